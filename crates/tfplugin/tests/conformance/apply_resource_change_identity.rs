//! ApplyResourceChange: the identity of the object that is there.

use terraform_client::proto::tfplugin6::{
    Diagnostic, ResourceIdentityData,
    apply_resource_change::{Request, Response},
};

use super::golden::{
    bug_at, configured, configured_by, error, identity, identity_changed, msgpack, panic, start,
};

const NULL: &[u8] = b"\xc0";
const STATE: &[u8] = b"\x83\xa5label\xc0\xa4name\xa1a\xa6serial\x07";
const IDENTITY: &[u8] = b"\x83\xa8greeting\xa5hello\xa4name\xa1a\xa6serial\x07";
const PLANNED_IDENTITY: &[u8] = b"\x83\xa8greeting\xa5hello\xa4name\xa1a\xa6serial\xd4\0\0";
const PRIVATE: &[u8] = br#"{"kept":1}"#;

/// An object of that label; a serial in msgpack.
fn object(label: &str, serial: &[u8]) -> Vec<u8> {
    let label: Vec<u8> = match label {
        "" => vec![0xc0],
        label => [&[0xa0 | label.len() as u8], label.as_bytes()].concat(),
    };
    [
        b"\x83\xa5label",
        &label[..],
        b"\xa4name\xa1a\xa6serial",
        serial,
    ]
    .concat()
}

fn request(
    prior: &[u8],
    planned: &[u8],
    planned_identity: Option<ResourceIdentityData>,
) -> Request {
    Request {
        type_name: "fixture_named".to_owned(),
        prior_state: Some(msgpack(prior)),
        planned_state: Some(msgpack(planned)),
        config: Some(msgpack(planned)),
        planned_private: PRIVATE.to_vec(),
        planned_identity,
        ..Request::default()
    }
}

fn create(label: &str) -> Request {
    let mut request = request(
        NULL,
        &object(label, b"\xd4\0\0"),
        identity(PLANNED_IDENTITY),
    );
    request.config = Some(msgpack(&object(label, b"\xc0")));
    request
}

fn response(
    state: &[u8],
    new_identity: Option<ResourceIdentityData>,
    diagnostics: Vec<Diagnostic>,
) -> Response {
    Response {
        new_state: Some(msgpack(state)),
        private: PRIVATE.to_vec(),
        diagnostics,
        new_identity,
        ..Response::default()
    }
}

#[tokio::test]
async fn identity_after_an_apply_is_known_and_what_it_was() {
    let null_serial = b"\x83\xa8greeting\xa5hello\xa4name\xa1a\xa6serial\xc0";
    let forgotten = bug_at(
        "serial",
        "The value of serial is still unknown after the operation; null was stored in its place.",
    );
    let unidentifiable = error(
        "Bug in the Provider",
        "The identity could not be told from the state: a panic.\n\nThis is always a mistake in \
         the provider; please report it.",
    );
    let table = [
        (
            "a create",
            create(""),
            response(STATE, identity(IDENTITY), vec![]),
        ),
        (
            "a create whose plan had no identity",
            Request {
                planned_identity: None,
                ..create("")
            },
            response(STATE, identity(IDENTITY), vec![]),
        ),
        (
            "a create that fails late",
            create("fail"),
            response(
                &object("fail", b"\x07"),
                identity(IDENTITY),
                vec![error("Late", "The label did not stick.")],
            ),
        ),
        (
            "a create that leaves the serial unknown",
            create("forget"),
            response(
                &object("forget", b"\xc0"),
                identity(null_serial),
                vec![forgotten],
            ),
        ),
        (
            "a create whose identity cannot be told keeps the object",
            create("unidentifiable"),
            response(
                &object("unidentifiable", b"\x07"),
                identity(null_serial),
                vec![unidentifiable],
            ),
        ),
        (
            "a create that panics",
            create("panic"),
            response(
                NULL,
                None,
                vec![panic("ApplyResourceChange", "fixture_named")],
            ),
        ),
        (
            "an update",
            request(STATE, &object("l", b"\x07"), identity(IDENTITY)),
            response(&object("l", b"\x07"), identity(IDENTITY), vec![]),
        ),
        (
            "an update of another object than it was",
            request(STATE, &object("l", b"\x08"), identity(IDENTITY)),
            response(
                &object("l", b"\x08"),
                identity(IDENTITY),
                vec![identity_changed("serial", "7", "8")],
            ),
        ),
        (
            "an update that panics",
            request(STATE, &object("panic", b"\x07"), identity(IDENTITY)),
            response(
                STATE,
                identity(IDENTITY),
                vec![panic("ApplyResourceChange", "fixture_named")],
            ),
        ),
        (
            "a delete",
            request(STATE, NULL, identity(IDENTITY)),
            Response {
                private: vec![],
                ..response(NULL, None, vec![])
            },
        ),
        (
            "a delete that fails",
            request(&object("keep", b"\x07"), NULL, identity(IDENTITY)),
            response(
                &object("keep", b"\x07"),
                identity(IDENTITY),
                vec![error("Kept", "It is kept.")],
            ),
        ),
    ];
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    for (what, request, expected) in table {
        let answer = client
            .apply_resource_change(request)
            .await
            .expect("an answer");
        assert_eq!(answer.into_inner(), expected, "{what}");
    }
}

#[tokio::test]
async fn identity_that_cannot_be_read_fails_before_anything_is_changed() {
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    let broken = identity(b"\x81\xa4name\xa1a");
    let answer = client
        .apply_resource_change(request(STATE, &object("panic", b"\x07"), broken.clone()))
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(answer.diagnostics.len(), 1);
    assert_eq!(answer.diagnostics[0].summary, "Cannot Read the Identity");
    assert_eq!(answer.new_state, Some(msgpack(STATE)));
    assert_eq!(answer.new_identity, broken);
}

#[tokio::test]
async fn client_that_knows_no_identity_gets_none() {
    let plugin = start().await;
    let mut client = configured_by(&plugin, "1.11.4").await;
    let create = Request {
        planned_identity: None,
        ..create("")
    };
    let answer = client
        .apply_resource_change(create)
        .await
        .expect("an answer");
    assert_eq!(answer.into_inner(), response(STATE, None, vec![]));
}
