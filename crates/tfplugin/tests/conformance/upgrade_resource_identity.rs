//! UpgradeResourceIdentity.

use terraform_client::proto::tfplugin6::{
    Diagnostic, RawState, ResourceIdentityData,
    upgrade_resource_identity::{Request, Response},
};

use super::golden::{bug_at, error, error_at, identity, panic, start, unconfigured, unknown_type};

/// Type, version, identity as stored; identity in the answer, error.
type Row<'a> = (
    &'a str,
    i64,
    &'a str,
    Option<ResourceIdentityData>,
    Option<Diagnostic>,
);

#[tokio::test]
async fn identity_is_read_upgraded_or_refused() {
    const SUMMARY: &str = "Cannot Read the Stored Identity";
    let newer = "The identity of fixture_named has schema version 3, and version 1.2.3 of the \
                 provider knows versions up to 2 only. Use the version of the provider that wrote \
                 it, or a later one.";
    let none = "Version 1.2.3 of the provider fixture has no identity for fixture_thing. Use the \
                version of the provider that wrote it, or a later one.";
    let whole = || identity(b"\x83\xa8greeting\xc0\xa4name\xa1a\xa6serial\x07");
    let name_only = || identity(b"\x83\xa8greeting\xc0\xa4name\xa1a\xa6serial\xc0");
    let named = "fixture_named";
    let table: [Row<'_>; 13] = [
        (
            named,
            2,
            r#"{"name":"a","greeting":null,"serial":7}"#,
            whole(),
            None,
        ),
        (named, 2, r#"{"name":"a","gone":[1]}"#, name_only(), None),
        (named, 1, r#"{"title":"a"}"#, name_only(), None),
        (
            named,
            2,
            r#"{"name":[]}"#,
            None,
            Some(error_at(
                "name",
                SUMMARY,
                "The value of name is not of type string.",
            )),
        ),
        (
            named,
            2,
            "",
            None,
            Some(error(SUMMARY, "The value is not JSON.")),
        ),
        (
            named,
            2,
            r#"{"name"#,
            None,
            Some(error(SUMMARY, "The value is not JSON.")),
        ),
        (named, 3, "{}", None, Some(error(SUMMARY, newer))),
        (
            named,
            0,
            "{}",
            None,
            Some(error("Too Old", "Version 0 was never released.")),
        ),
        (
            named,
            -1,
            r#"{"title":"unknown"}"#,
            None,
            Some(bug_at(
                "name",
                "The upgraded value of the identity attribute name is unknown.",
            )),
        ),
        (
            named,
            1,
            r#"{"title":"panic"}"#,
            None,
            Some(panic("UpgradeResourceIdentity", named)),
        ),
        ("fixture_thing", 0, "{}", None, Some(error(SUMMARY, none))),
        (
            "fixture_none",
            0,
            "{}",
            None,
            Some(unknown_type("resource", "fixture_none")),
        ),
        ("", 0, "{}", None, Some(unknown_type("resource", ""))),
    ];
    let plugin = start().await;
    let mut client = unconfigured(&plugin).await;
    for (type_name, version, json, upgraded_identity, diagnostic) in table {
        let answer = client
            .upgrade_resource_identity(Request {
                type_name: type_name.to_owned(),
                version,
                raw_identity: Some(RawState {
                    json: json.as_bytes().to_vec(),
                    ..RawState::default()
                }),
            })
            .await
            .expect("an answer");
        let expected = Response {
            upgraded_identity,
            diagnostics: diagnostic.into_iter().collect(),
        };
        assert_eq!(
            answer.into_inner(),
            expected,
            "{type_name} {version} {json}"
        );
    }
}
