//! Plans.

use serde_json::{Value as Json, json};
use tfplugin::{
    testing::{Action, Plan, State, TestProvider, unknown},
    value::Value,
};

use crate::provider::{Misbehavior, THING, Test, messages, test};

async fn created(provider: &TestProvider<Test>, config: Json) -> State {
    provider
        .apply_config(THING, None, config)
        .await
        .unwrap_state()
}

async fn planned(provider: &TestProvider<Test>, prior: &State, config: Json) -> Plan {
    match provider.plan(THING, Some(prior), config).await {
        Ok(plan) => plan,
        Err(diagnostics) => panic!("{diagnostics:#?}"),
    }
}

#[tokio::test]
async fn create_has_defaults_and_leaves_computed_values_unknown() {
    let provider = test(Misbehavior::None).await;
    let config = json!({"name": "a", "disk": [{"path": "/"}], "port": [{"number": 1}]});
    let plan = provider.plan(THING, None, config).await.unwrap();
    assert_eq!(plan.action, Action::Create);
    assert_eq!(plan.get("size"), 10.into());
    assert_eq!(plan.unknown(), ["disk[0].device", "id", "serial"]);
    let disk = tfplugin::AttributePath::root("disk").index(0);
    assert_eq!(plan.get(disk.attribute("kind")), "ssd".into());
    assert_eq!(
        plan.get("port"),
        Value::Set(vec![Value::object([
            ("number", Value::from(1)),
            ("protocol", "tcp".into())
        ])])
    );
}

#[tokio::test]
async fn unchanged_config_plans_nothing() {
    let provider = test(Misbehavior::None).await;
    for config in [
        json!({"name": "a"}),
        json!({"name": "a", "size": 11, "ratio": 0.1, "tags": {"a": "b"}, "disk": [{"path": "/"}]}),
        json!({"name": "a", "rule": [{"allow": "x", "key_wo": "k"}], "place": {"room": "1"}, "password_wo": "p"}),
        json!({"name": "a", "port": [{"number": 2}, {"number": 1, "protocol": "udp"}], "timeouts": {"create": "1m"}}),
    ] {
        let state = created(&provider, config.clone()).await;
        let plan = planned(&provider, &state, config.clone()).await;
        assert_eq!(plan.action, Action::NoOp, "{config}: {plan:#?}");
        assert_eq!(plan.planned, state.value, "{config}");
    }
}

#[tokio::test]
async fn update_makes_computed_values_unknown_but_for_those_that_stay() {
    let provider = test(Misbehavior::None).await;
    let state = created(&provider, json!({"name": "a", "disk": [{"path": "/"}]})).await;
    let config = json!({"name": "a", "size": 12, "disk": [{"path": "/"}, {"path": "/home"}]});
    let plan = planned(&provider, &state, config).await;
    assert_eq!(plan.action, Action::Update);
    assert_eq!(plan.unknown(), ["disk[1].device", "serial"]);
    assert_eq!(plan.get("id"), "id-a".into());
}

#[tokio::test]
async fn argument_that_was_removed_goes_back_to_its_default() {
    let provider = test(Misbehavior::None).await;
    let state = created(&provider, json!({"name": "a", "size": 12})).await;
    let plan = planned(&provider, &state, json!({"name": "a"})).await;
    assert_eq!(plan.action, Action::Update);
    assert_eq!(plan.get("size"), 10.into());
}

#[tokio::test]
async fn drifted_argument_is_planned_back() {
    let provider = test(Misbehavior::None).await;
    let mut state = created(&provider, json!({"name": "a"})).await;
    let Value::Object(attributes) = &mut state.value else {
        panic!("not an object");
    };
    attributes.insert("size".to_owned(), 3.into());
    let plan = planned(&provider, &state, json!({"name": "a"})).await;
    assert_eq!(plan.action, Action::Update);
    assert_eq!(plan.get("size"), 10.into());
}

#[tokio::test]
async fn change_that_requires_replacement_replaces() {
    let table = [
        (
            json!({"name": "b", "place": {"rack": "1"}, "port": [{"number": 1}]}),
            vec!["name"],
        ),
        (
            json!({"name": "a", "place": {"rack": "2"}, "port": [{"number": 1}]}),
            vec!["place.rack"],
        ),
        (
            json!({"name": "a", "port": [{"number": 1}]}),
            vec!["place.rack"],
        ),
        (
            json!({"name": "a", "place": {"rack": "1"}, "port": [{"number": 2}]}),
            vec!["port"],
        ),
        (
            json!({"name": unknown(), "place": {"rack": "1"}, "port": [{"number": 1}]}),
            vec!["name"],
        ),
        (
            json!({"name": "a", "place": {"rack": "1"}, "port": [{"number": 1}], "size": 2}),
            vec![],
        ),
    ];
    let provider = test(Misbehavior::None).await;
    let config = json!({"name": "a", "place": {"rack": "1"}, "port": [{"number": 1}]});
    let state = created(&provider, config).await;
    for (config, paths) in table {
        let plan = planned(&provider, &state, config.clone()).await;
        let found: Vec<_> = plan
            .requires_replace
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, paths, "{config}");
        let action = if paths.is_empty() {
            Action::Update
        } else {
            Action::Replace
        };
        assert_eq!(plan.action, action, "{config}");
        if action == Action::Replace {
            assert!(plan.get("id").is_unknown(), "{config}");
        }
    }
}

#[tokio::test]
async fn replacement_that_the_author_asks_for_counts_only_where_something_changes() {
    let provider = test(Misbehavior::ReplaceOnTags).await;
    let state = created(&provider, json!({"name": "a", "tags": {"a": "b"}})).await;
    let same = planned(
        &provider,
        &state,
        json!({"name": "a", "tags": {"a": "b"}, "size": 2}),
    )
    .await;
    assert_eq!(same.action, Action::Update);
    let other = planned(&provider, &state, json!({"name": "a", "tags": {"a": "c"}})).await;
    assert_eq!(other.action, Action::Replace);
    assert_eq!(other.requires_replace, ["tags".into()]);
}

#[tokio::test]
async fn write_only_values_are_null_in_the_plan() {
    let provider = test(Misbehavior::None).await;
    let config = json!({"name": "a", "password_wo": "p", "rule": [{"allow": "x", "key_wo": "k"}]});
    let plan = provider.plan(THING, None, config).await.unwrap();
    assert_eq!(plan.get("password_wo"), Value::Null);
    let rule = tfplugin::AttributePath::root("rule").index(0);
    assert_eq!(plan.get(rule.clone().attribute("key_wo")), Value::Null);
    assert_eq!(plan.get(rule.attribute("allow")), "x".into());
}

#[tokio::test]
async fn blocks_that_are_not_written_are_empty_and_not_null() {
    let provider = test(Misbehavior::None).await;
    let plan = provider
        .plan(THING, None, json!({"name": "a"}))
        .await
        .unwrap();
    assert_eq!(plan.get("rule"), Value::List(vec![]));
    assert_eq!(plan.get("port"), Value::Set(vec![]));
    assert_eq!(plan.get("place"), Value::Null);
    assert_eq!(plan.get("disk"), Value::Null);
}

#[tokio::test]
async fn unknown_arguments_stay_unknown() {
    let provider = test(Misbehavior::None).await;
    let config =
        json!({"name": unknown(), "tags": {"a": unknown()}, "rule": unknown(), "size": unknown()});
    let plan = provider.plan(THING, None, config).await.unwrap();
    assert_eq!(
        plan.unknown(),
        ["id", "name", "rule", "serial", "size", "tags[\"a\"]"]
    );
}

#[tokio::test]
async fn collection_with_one_unknown_element_keeps_the_others() {
    let provider = test(Misbehavior::None).await;
    let config =
        json!({"name": "a", "tags": {"a": "x", "b": unknown()}, "port": [{"number": unknown()}]});
    let plan = provider.plan(THING, None, config).await.unwrap();
    assert_eq!(
        plan.get(tfplugin::AttributePath::root("tags").key("a")),
        "x".into()
    );
    assert_eq!(plan.unknown(), ["id", "port", "serial", "tags[\"b\"]"]);
    let port = plan.get("port");
    assert_eq!(port.elements().map(<[_]>::len), Some(1));
}

#[tokio::test]
async fn set_with_unknown_elements_is_planned_with_each_of_them() {
    let provider = test(Misbehavior::None).await;
    let port = |number: Json| json!({"number": number, "protocol": "udp"});
    let config = json!({"name": "a", "port": [port(unknown()), port(json!(1)), port(unknown())]});
    let plan = provider.plan(THING, None, config).await.unwrap();
    let planned = |number: Value| Value::object([("number", number), ("protocol", "udp".into())]);
    assert_eq!(
        plan.get("port"),
        Value::Set(vec![
            planned(1.into()),
            planned(Value::UNKNOWN),
            planned(Value::UNKNOWN)
        ])
    );
}

#[tokio::test]
async fn number_that_no_float_holds_is_planned_as_it_was_written() {
    let provider = test(Misbehavior::None).await;
    let config: Json =
        serde_json::from_str(r#"{"name": "a", "ratio": 123456789012345678901234567890.123456789}"#)
            .unwrap();
    let state = created(&provider, config.clone()).await;
    assert_eq!(state.to_json()["ratio"], config["ratio"]);
    assert_eq!(
        planned(&provider, &state, config).await.action,
        Action::NoOp
    );
}

#[tokio::test]
async fn plan_that_contradicts_the_config_is_a_bug_at_the_attribute() {
    let provider = test(Misbehavior::PlanOtherName).await;
    let errors = provider
        .plan(THING, None, json!({"name": "a"}))
        .await
        .unwrap_err();
    assert_eq!(messages(&errors), ["Bug in the Provider @ name"]);
}

#[tokio::test]
async fn plan_that_differs_from_the_plan_before_is_a_bug() {
    let provider = test(Misbehavior::PlanAtRandom).await;
    let errors = provider
        .plan(THING, None, json!({"name": "a"}))
        .await
        .unwrap_err();
    assert_eq!(messages(&errors), ["Bug in the Provider"]);
}

#[tokio::test]
async fn planned_destroy_is_blocked_by_its_author() {
    let provider = test(Misbehavior::None).await;
    let state = created(&provider, json!({"name": "keeper"})).await;
    let errors = provider.plan_destroy(&state).await.unwrap_err();
    assert_eq!(messages(&errors), ["Kept"]);
    let other = created(&provider, json!({"name": "other"})).await;
    assert_eq!(
        provider.plan_destroy(&other).await.unwrap().action,
        Action::Delete
    );
}

#[tokio::test]
async fn plan_before_the_provider_is_configured_is_an_error() {
    let provider = TestProvider::new(Test::default());
    let errors = provider
        .plan(THING, None, json!({"name": "a"}))
        .await
        .unwrap_err();
    assert_eq!(messages(&errors), ["Provider Not Configured"]);
}
