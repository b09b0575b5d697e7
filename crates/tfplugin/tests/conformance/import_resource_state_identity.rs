//! ImportResourceState: by an identity.

use terraform_client::proto::tfplugin6::{
    Diagnostic, ResourceIdentityData,
    import_resource_state::{ImportedResource, Request, Response},
};

use super::golden::{configured, error, error_at, identity, msgpack, panic, start};

const STUB: &[u8] = b"\x83\xa5label\xc0\xa4name\xa1a\xa6serial\xc0";

fn request(type_name: &str, id: &str, identity: Option<ResourceIdentityData>) -> Request {
    Request {
        type_name: type_name.to_owned(),
        id: id.to_owned(),
        identity,
        ..Request::default()
    }
}

fn imported(identity: Option<ResourceIdentityData>) -> Response {
    Response {
        imported_resources: vec![ImportedResource {
            type_name: "fixture_named".to_owned(),
            state: Some(msgpack(STUB)),
            private: vec![],
            identity,
        }],
        ..Response::default()
    }
}

fn refused(diagnostic: Diagnostic) -> Response {
    Response {
        diagnostics: vec![diagnostic],
        ..Response::default()
    }
}

#[tokio::test]
async fn import_is_by_an_id_or_by_an_identity() {
    let name = b"\x83\xa8greeting\xc0\xa4name\xa1a\xa6serial\xc0";
    let with_greeting = b"\x83\xa8greeting\xa5hello\xa4name\xa1a\xa6serial\xc0";
    let both = b"\x83\xa8greeting\xa3bye\xa4name\xa1a\xa6serial\xc0";
    let named = "fixture_named";
    let table = [
        (
            "an id; the identity comes with the read",
            request(named, "a", None),
            imported(None),
        ),
        (
            "a required attribute; what the provider knows comes with it",
            request(named, "", identity(name)),
            imported(identity(with_greeting)),
        ),
        (
            "an optional attribute as well",
            request(named, "", identity(both)),
            imported(identity(both)),
        ),
        (
            "no required attribute",
            request(
                named,
                "",
                identity(b"\x83\xa8greeting\xc0\xa4name\xc0\xa6serial\xc0"),
            ),
            refused(error_at(
                "name",
                "Missing Identity Attribute",
                "The identity attribute name is required for an import, but its value is null.",
            )),
        ),
        (
            "an attribute that is unknown",
            request(
                named,
                "",
                identity(b"\x83\xa8greeting\xc0\xa4name\xd4\0\0\xa6serial\xc0"),
            ),
            refused(error_at(
                "name",
                "Identity Not Known",
                "The identity attribute name is not known yet.",
            )),
        ),
        (
            "another shape",
            request(named, "", identity(b"\x81\xa4name\xa1a")),
            refused(error(
                "Cannot Read the Identity",
                "The value has no attribute \"greeting\".",
            )),
        ),
        (
            "a panic",
            request(
                named,
                "",
                identity(b"\x83\xa8greeting\xc0\xa4name\xa5panic\xa6serial\xc0"),
            ),
            refused(panic("ImportResourceState", named)),
        ),
        (
            "a resource without an identity",
            request("fixture_thing", "", identity(name)),
            refused(error(
                "Import by Identity Not Supported",
                "fixture_thing has no identity to be imported by; give an id instead.",
            )),
        ),
    ];
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    for (what, request, expected) in table {
        let answer = client
            .import_resource_state(request)
            .await
            .expect("an answer");
        assert_eq!(answer.into_inner(), expected, "{what}");
    }
}
