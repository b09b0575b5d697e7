//! PlanResourceChange: the planned identity.

use terraform_client::proto::tfplugin6::{
    AttributePath, Diagnostic, ResourceIdentityData,
    attribute_path::{Step, step::Selector},
    plan_resource_change::{Request, Response},
};

use super::golden::{configured, configured_by, identity, identity_changed, msgpack, start};

const NULL: &[u8] = b"\xc0";
const CONFIG: &[u8] = b"\x83\xa5label\xc0\xa4name\xa1a\xa6serial\xc0";
const STATE: &[u8] = b"\x83\xa5label\xc0\xa4name\xa1a\xa6serial\x07";
const OTHER_NAME: &[u8] = b"\x83\xa5label\xc0\xa4name\xa1b\xa6serial\x07";
/// What a plan does not know is what is computed and not kept.
const CREATED: &[u8] = b"\x83\xa5label\xc0\xa4name\xa1a\xa6serial\xd4\0\0";
const LABELLED: &[u8] = b"\x83\xa5label\xa1l\xa4name\xa1a\xa6serial\x07";
const NEVER_READ: &[u8] = b"\x83\xa5label\xc0\xa4name\xa1a\xa6serial\xc0";
const NEVER_READ_LABELLED: &[u8] = b"\x83\xa5label\xa1l\xa4name\xa1a\xa6serial\xc0";
const UNKNOWN_LABELLED: &[u8] = b"\x83\xa5label\xa1l\xa4name\xa1a\xa6serial\xd4\0\0";

const IDENTITY: &[u8] = b"\x83\xa8greeting\xa5hello\xa4name\xa1a\xa6serial\x07";

fn name_path() -> AttributePath {
    AttributePath {
        steps: vec![Step {
            selector: Some(Selector::AttributeName("name".to_owned())),
        }],
    }
}

fn request(prior: &[u8], proposed: &[u8], prior_identity: Option<ResourceIdentityData>) -> Request {
    Request {
        type_name: "fixture_named".to_owned(),
        prior_state: Some(msgpack(prior)),
        proposed_new_state: Some(msgpack(proposed)),
        config: Some(msgpack(if proposed == NULL { NULL } else { proposed })),
        prior_private: br#"{"kept":1}"#.to_vec(),
        prior_identity,
        ..Request::default()
    }
}

/// The proposal as the configuration that leads to it: without the computed serial.
fn with_config(mut request: Request, config: &[u8]) -> Request {
    request.config = Some(msgpack(config));
    request
}

fn response(planned: &[u8], planned_identity: Option<ResourceIdentityData>) -> Response {
    Response {
        planned_state: Some(msgpack(planned)),
        planned_private: br#"{"kept":1}"#.to_vec(),
        planned_identity,
        ..Response::default()
    }
}

fn with_error(mut response: Response, diagnostic: Diagnostic) -> Response {
    response.diagnostics.push(diagnostic);
    response
}

#[tokio::test]
async fn identity_of_a_plan_is_that_of_the_object() {
    let labelled = b"\x83\xa5label\xa1l\xa4name\xa1a\xa6serial\xc0".as_slice();
    let renamed = b"\x83\xa5label\xc0\xa4name\xa1b\xa6serial\xc0".as_slice();
    let partial = b"\x83\xa8greeting\xc0\xa4name\xa1a\xa6serial\x07";
    let other = b"\x83\xa8greeting\xa3bye\xa4name\xa1a\xa6serial\x07";
    let table = [
        (
            "a create whose identity is not known yet",
            with_config(request(NULL, CONFIG, None), CONFIG),
            response(CREATED, None),
        ),
        (
            "nothing to do",
            with_config(request(STATE, STATE, identity(IDENTITY)), CONFIG),
            response(STATE, identity(IDENTITY)),
        ),
        (
            "an update",
            with_config(request(STATE, LABELLED, identity(IDENTITY)), labelled),
            response(LABELLED, identity(IDENTITY)),
        ),
        (
            "an update of a state without an identity yet",
            with_config(request(STATE, LABELLED, None), labelled),
            response(LABELLED, identity(IDENTITY)),
        ),
        (
            "an update whose plan knows less than the identity",
            with_config(
                request(NEVER_READ, NEVER_READ_LABELLED, identity(IDENTITY)),
                labelled,
            ),
            response(UNKNOWN_LABELLED, identity(IDENTITY)),
        ),
        (
            "an update whose identity cannot be told",
            with_config(request(NEVER_READ, NEVER_READ_LABELLED, None), labelled),
            response(UNKNOWN_LABELLED, None),
        ),
        (
            "what was null may be found out",
            with_config(request(STATE, LABELLED, identity(partial)), labelled),
            response(LABELLED, identity(IDENTITY)),
        ),
        (
            "what was set stays",
            with_config(request(STATE, LABELLED, identity(other)), labelled),
            with_error(
                response(LABELLED, identity(other)),
                identity_changed("greeting", "\"bye\"", "\"hello\""),
            ),
        ),
        (
            "a replacement: still that of the object before",
            with_config(request(STATE, OTHER_NAME, identity(IDENTITY)), renamed),
            Response {
                requires_replace: vec![name_path()],
                ..response(OTHER_NAME, identity(IDENTITY))
            },
        ),
        (
            "a destroy: that of the object",
            request(STATE, NULL, identity(IDENTITY)),
            response(NULL, identity(IDENTITY)),
        ),
    ];
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    for (what, request, expected) in table {
        let answer = client
            .plan_resource_change(request)
            .await
            .expect("an answer");
        assert_eq!(answer.into_inner(), expected, "{what}");
    }
}

#[tokio::test]
async fn identity_that_cannot_be_read_fails_the_plan() {
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    for broken in [
        b"\x81\xa4name\xa1a".as_slice(),
        b"\x01",
        b"\x83\xa8greeting",
    ] {
        let answer = client
            .plan_resource_change(with_config(request(STATE, STATE, identity(broken)), CONFIG))
            .await
            .expect("an answer")
            .into_inner();
        assert_eq!(answer.diagnostics.len(), 1, "{answer:?}");
        assert_eq!(answer.diagnostics[0].summary, "Cannot Read the Identity");
        assert_eq!(answer.planned_identity, None);
    }
}

#[tokio::test]
async fn client_that_knows_no_identity_gets_none() {
    let plugin = start().await;
    for version in ["1.11.4", "1.9.0", "0.15.0"] {
        let mut client = configured_by(&plugin, version).await;
        let answer = client
            .plan_resource_change(with_config(request(NULL, CONFIG, None), CONFIG))
            .await
            .expect("an answer");
        assert_eq!(answer.into_inner(), response(CREATED, None), "{version}");
    }
}

#[tokio::test]
async fn resource_without_an_identity_sends_none_back() {
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    let state = b"\x83\xa8behavior\xc0\xa2id\xa1i\xa4text\xc0";
    let config = b"\x83\xa8behavior\xc0\xa2id\xc0\xa4text\xc0";
    for proposed in [state.as_slice(), NULL] {
        let answer = client
            .plan_resource_change(Request {
                type_name: "fixture_thing".to_owned(),
                prior_state: Some(msgpack(state)),
                proposed_new_state: Some(msgpack(proposed)),
                config: Some(msgpack(if proposed == NULL { NULL } else { config })),
                prior_identity: identity(IDENTITY),
                ..Request::default()
            })
            .await
            .expect("an answer")
            .into_inner();
        assert_eq!(answer.diagnostics, []);
        assert_eq!(answer.planned_identity, None);
    }
}
