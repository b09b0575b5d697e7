//! PlanResourceChange.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    AttributePath, Diagnostic,
    attribute_path::{Step, step::Selector},
    plan_resource_change::{Request, Response},
};

use super::message::{
    UNKNOWN, configured, deferring, error, packed, panicked, refusal, thing, unknown_type,
};

const PRIVATE: &[u8] = br#"{"secret_length":1}"#;

fn request(prior: Json, proposed: Json, config: Json) -> Request {
    Request {
        type_name: "golden_thing".to_owned(),
        prior_state: packed(prior),
        proposed_new_state: packed(proposed),
        config: packed(config),
        client_capabilities: deferring(),
        ..Request::default()
    }
}

async fn planned(request: Request) -> Response {
    let answer = configured()
        .await
        .client
        .plan_resource_change(request)
        .await;
    answer.expect("an answer").into_inner()
}

fn at(name: &str) -> AttributePath {
    AttributePath {
        steps: vec![Step {
            selector: Some(Selector::AttributeName(name.to_owned())),
        }],
    }
}

#[tokio::test]
async fn plan_resource_change_of_a_create_has_defaults_unknowns_and_no_write_only_values() {
    let config = || {
        thing(json!({
            "name": "a",
            "secret_wo": "s",
            "label": ["x", UNKNOWN, UNKNOWN],
            "part": [{"label": UNKNOWN, "made": null}],
            "rule": [{"allow": "all"}],
        }))
    };
    let expected = Response {
        planned_state: packed(thing(json!({
            "id": UNKNOWN,
            "name": "a",
            "size": 10,
            // Two elements that are not known yet are two, in the order in which sets are sent.
            "label": [UNKNOWN, UNKNOWN, "x"],
            "part": [{"label": UNKNOWN, "made": UNKNOWN}],
            "rule": [{"allow": "all"}],
        }))),
        ..Response::default()
    };
    // What Terraform proposes has the write-only values in it.
    let found = planned(request(json!(null), config(), config())).await;
    assert_eq!(found, expected);
}

#[tokio::test]
async fn plan_resource_change_of_an_update_names_what_replaces() {
    let prior = || thing(json!({"id": "1", "name": "a", "size": 10}));
    let config = || thing(json!({"name": "b", "secret_wo": "other"}));
    let mut proposed = config();
    proposed["id"] = "1".into();
    proposed["size"] = 10.into();
    let mut change = request(prior(), proposed, config());
    change.prior_private = PRIVATE.to_vec();
    let expected = Response {
        planned_state: packed(thing(json!({"id": "1", "name": "b", "size": 10}))),
        requires_replace: vec![at("name"), at("secret_wo")],
        planned_private: PRIVATE.to_vec(),
        ..Response::default()
    };
    assert_eq!(planned(change).await, expected);
}

#[tokio::test]
async fn plan_resource_change_of_nothing_gives_the_prior_state() {
    let prior = || thing(json!({"id": "1", "name": "a", "size": 10}));
    let config = thing(json!({"name": "a", "secret_wo": "s"}));
    let mut proposed = prior();
    proposed["secret_wo"] = "s".into();
    let mut change = request(prior(), proposed, config);
    change.prior_private = PRIVATE.to_vec();
    let expected = Response {
        planned_state: packed(prior()),
        planned_private: PRIVATE.to_vec(),
        ..Response::default()
    };
    assert_eq!(planned(change).await, expected);
}

#[tokio::test]
async fn plan_resource_change_of_a_destroy_gives_null_and_the_private_data() {
    let prior = thing(json!({"id": "1", "name": "a", "size": 10}));
    let mut change = request(prior, json!(null), json!(null));
    change.prior_private = PRIVATE.to_vec();
    let expected = Response {
        planned_state: packed(json!(null)),
        planned_private: PRIVATE.to_vec(),
        ..Response::default()
    };
    assert_eq!(planned(change).await, expected);
}

#[tokio::test]
async fn plan_resource_change_that_fails_says_why() {
    let failed = |diagnostic: Diagnostic| Response {
        diagnostics: vec![diagnostic],
        ..Response::default()
    };
    let create = |name: &str| {
        let config = || thing(json!({ "name": name }));
        request(json!(null), config(), config())
    };
    let found = planned(create("fail")).await;
    assert_eq!(found.diagnostics, [refusal()]);
    // Nothing is planned: what is there, in this case nothing, stays.
    let expected = Response {
        planned_state: packed(json!(null)),
        ..failed(panicked("PlanResourceChange", "golden_thing"))
    };
    assert_eq!(planned(create("panic")).await, expected);
    let mut nothing = create("a");
    nothing.type_name = "golden_nothing".to_owned();
    assert_eq!(planned(nothing).await, failed(unknown_type("resource")));
    let shape = error(
        "Cannot Read the Proposed State",
        "The value is not of its type.",
        "",
    );
    let found = planned(request(json!(null), json!("text"), json!(null))).await;
    assert_eq!(found.diagnostics[0].summary, shape.summary);
    assert_eq!(found.planned_state, None);
}
