//! ValidateListResourceConfig.

use terraform_client::proto::tfplugin6::{
    Diagnostic, DynamicValue,
    validate_list_resource_config::{Request, Response},
};

use super::golden::{error, error_at, msgpack, panic, start, unconfigured, unknown_type};

/// What is beside the configuration: whether to include the state, and the limit.
type Beside<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// Type, configuration, what is beside it, error.
type Row<'a> = (&'a str, Option<&'a [u8]>, Beside<'a>, Option<Diagnostic>);

#[tokio::test]
async fn configuration_of_a_listing_is_checked_against_its_schema_and_by_its_author() {
    const UNREADABLE: &str = "Cannot Read the Configuration";
    let named = "fixture_named";
    let required = error_at(
        "count",
        "Missing Required Argument",
        "The argument count is required, but its value is null.",
    );
    let limit = error_at(
        "limit",
        "Invalid Limit",
        "The limit of a listing must be a whole number of at least 1.",
    );
    let none: Beside<'_> = (None, None);
    let good = b"\x82\xa5count\x03\xa4then\xc0".as_slice();
    let table: [Row<'_>; 16] = [
        (named, Some(good), none, None),
        (named, Some(good), (Some(b"\xc3"), Some(b"\x64")), None),
        (named, Some(good), (Some(b"\xc0"), Some(b"\xc0")), None),
        (
            named,
            Some(good),
            (Some(b"\xd4\0\0"), Some(b"\xd4\0\0")),
            None,
        ),
        (
            named,
            Some(b"\x82\xa5count\xd4\0\0\xa4then\xd4\0\0"),
            none,
            None,
        ),
        (named, None, none, Some(required.clone())),
        (named, Some(b"\xc0"), none, Some(required.clone())),
        (
            named,
            Some(b"\x82\xa5count\xc0\xa4then\xc0"),
            none,
            Some(required),
        ),
        (
            named,
            Some(good),
            (None, Some(b"\x00")),
            Some(limit.clone()),
        ),
        (
            named,
            Some(good),
            (None, Some(b"\xcb\x3f\xf8\0\0\0\0\0\0")),
            Some(limit),
        ),
        (
            named,
            Some(good),
            (Some(b"\x01"), None),
            Some(error_at(
                "include_resource",
                UNREADABLE,
                "The value of include_resource is not of type bool.",
            )),
        ),
        (
            named,
            Some(b"\x82\xa5count\x03\xa4then\xa7nothing"),
            none,
            Some(error_at("then", "Nothing Then", "Say something.")),
        ),
        (
            named,
            Some(b"\x82\xa5count\x03\xa4then\xadpanic at once"),
            none,
            Some(panic("ValidateListResourceConfig", named)),
        ),
        (
            named,
            Some(b"\x81\xa5count\x03"),
            none,
            Some(error(UNREADABLE, "The value has no attribute \"then\".")),
        ),
        (
            named,
            Some(b"\x82\xa5count\xdd\xff\xff\xff\xff\xa4then\xc0"),
            none,
            Some(error_at(
                "count",
                UNREADABLE,
                "The value of count is not of type number.",
            )),
        ),
        (
            "fixture_thing",
            Some(good),
            none,
            Some(unknown_type("list resource", "fixture_thing")),
        ),
    ];
    let value = |bytes: Option<&[u8]>| -> Option<DynamicValue> { bytes.map(msgpack) };
    let plugin = start().await;
    let mut client = unconfigured(&plugin).await;
    for (type_name, config, (include_resource, limit), diagnostic) in table {
        let answer = client
            .validate_list_resource_config(Request {
                type_name: type_name.to_owned(),
                config: value(config),
                include_resource_object: value(include_resource),
                limit: value(limit),
            })
            .await
            .expect("an answer");
        let expected = Response {
            diagnostics: diagnostic.into_iter().collect(),
        };
        assert_eq!(answer.into_inner(), expected, "{config:02x?} {limit:02x?}");
    }
}
