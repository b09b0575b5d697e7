//! ReadResource: the identity of the object as it is now.

use terraform_client::proto::tfplugin6::{
    Diagnostic, ResourceIdentityData,
    read_resource::{Request, Response},
};

use super::golden::{
    bug_at, configured, configured_by, error, identity, identity_changed, msgpack, panic, start,
};

const IDENTITY: &[u8] = b"\x83\xa8greeting\xa5hello\xa4name\xa1a\xa6serial\x07";
const GIVEN: &[u8] = b"\x83\xa8greeting\xc0\xa4name\xa1a\xa6serial\xc0";
const PRIVATE: &[u8] = br#"{"kept":1}"#;

fn object(label: &str) -> Vec<u8> {
    let label: Vec<u8> = match label {
        "" => vec![0xc0],
        label => [&[0xa0 | label.len() as u8], label.as_bytes()].concat(),
    };
    [b"\x83\xa5label", &label[..], b"\xa4name\xa1a\xa6serial\x07"].concat()
}

fn request(state: &[u8], current_identity: Option<ResourceIdentityData>) -> Request {
    Request {
        type_name: "fixture_named".to_owned(),
        current_state: Some(msgpack(state)),
        private: PRIVATE.to_vec(),
        current_identity,
        ..Request::default()
    }
}

fn response(
    state: &[u8],
    new_identity: Option<ResourceIdentityData>,
    diagnostics: Vec<Diagnostic>,
) -> Response {
    Response {
        new_state: Some(msgpack(state)),
        diagnostics,
        private: PRIVATE.to_vec(),
        new_identity,
        ..Response::default()
    }
}

#[tokio::test]
async fn identity_is_set_by_the_first_read_and_kept_by_the_others() {
    let changed = identity_changed("serial", "7", "8");
    let other_serial = b"\x83\xa5label\xa3mix\xa4name\xa1a\xa6serial\x08".as_slice();
    let null_name = b"\x83\xa5label\xc0\xa4name\xc0\xa6serial\x07".as_slice();
    let stub = b"\x83\xa5label\xc0\xa4name\xa1a\xa6serial\xc0".as_slice();
    let table = [
        (
            "a state without an identity",
            request(&object(""), None),
            response(&object(""), identity(IDENTITY), vec![]),
        ),
        (
            "a state with one",
            request(&object(""), identity(IDENTITY)),
            response(&object(""), identity(IDENTITY), vec![]),
        ),
        (
            "an identity that is null",
            request(&object(""), identity(b"\xc0")),
            response(&object(""), identity(IDENTITY), vec![]),
        ),
        (
            "an identity without data",
            request(&object(""), Some(ResourceIdentityData::default())),
            response(&object(""), identity(IDENTITY), vec![]),
        ),
        (
            "after an import by a part of the identity",
            request(stub, identity(GIVEN)),
            response(&object(""), identity(IDENTITY), vec![]),
        ),
        (
            "another object than it was",
            request(&object("mix"), identity(IDENTITY)),
            response(other_serial, identity(IDENTITY), vec![changed]),
        ),
        (
            "an object that could not be imported",
            request(null_name, None),
            response(
                null_name,
                identity(b"\x83\xa8greeting\xa5hello\xa4name\xc0\xa6serial\x07"),
                vec![bug_at(
                    "name",
                    "The identity attribute name is null, although an import requires it.",
                )],
            ),
        ),
        (
            "an object that is gone",
            request(&object("gone"), identity(IDENTITY)),
            response(b"\xc0", None, vec![]),
        ),
        (
            "a read that fails",
            request(&object("fail"), identity(IDENTITY)),
            response(
                &object("fail"),
                identity(IDENTITY),
                vec![error("Late", "The label did not stick.")],
            ),
        ),
        (
            "a read that panics",
            request(&object("panic"), identity(IDENTITY)),
            response(
                &object("panic"),
                identity(IDENTITY),
                vec![panic("ReadResource", "fixture_named")],
            ),
        ),
        (
            "nothing",
            request(b"\xc0", None),
            response(b"\xc0", None, vec![]),
        ),
    ];
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    for (what, request, expected) in table {
        let answer = client.read_resource(request).await.expect("an answer");
        assert_eq!(answer.into_inner(), expected, "{what}");
    }
}

#[tokio::test]
async fn client_that_knows_no_identity_gets_none() {
    let plugin = start().await;
    let mut client = configured_by(&plugin, "1.11.4").await;
    let answer = client
        .read_resource(request(&object(""), None))
        .await
        .expect("an answer");
    assert_eq!(answer.into_inner(), response(&object(""), None, vec![]));
}
