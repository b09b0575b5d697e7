//! Imports, upgrades, data sources and functions.

use serde_json::json;
use tfplugin::{
    testing::{State, unknown},
    value::Value,
};

use crate::provider::{Misbehavior, THING, messages, test};

#[tokio::test]
async fn import_makes_a_stub_without_unknown_or_write_only_values() {
    let state = test(Misbehavior::None)
        .await
        .import(THING, "x")
        .await
        .unwrap_state();
    assert_eq!(state.get("id"), "x".into());
    assert_eq!(state.get("name"), Value::Null);
    assert_eq!(state.get("password_wo"), Value::Null);
    assert_eq!(state.get("rule"), Value::List(vec![]));
}

#[tokio::test]
async fn import_of_what_is_not_there_is_an_error() {
    let step = test(Misbehavior::Gone).await.import(THING, "x").await;
    assert_eq!(
        messages(&step.diagnostics),
        ["Cannot Import Non-Existent Remote Object"]
    );
    assert!(step.state.is_none());
}

async fn upgraded(version: i64, state: serde_json::Value) -> Result<State, Vec<String>> {
    test(Misbehavior::None)
        .await
        .upgrade(THING, version, &state)
        .await
        .map_err(|diagnostics| messages(&diagnostics))
}

#[tokio::test]
async fn state_of_this_version_is_read_with_more_or_fewer_attributes() {
    let state = upgraded(
        2,
        json!({"name": "a", "size": 4, "gone": {"x": 1}, "password_wo": "p"}),
    )
    .await
    .unwrap();
    assert_eq!(state.get("name"), "a".into());
    assert_eq!(state.get("size"), 4.into());
    assert_eq!(state.get("serial"), Value::Null);
    assert_eq!(state.get("password_wo"), Value::Null);
    assert_eq!(state.get("port"), Value::Set(vec![]));
}

#[tokio::test]
async fn state_of_an_older_version_is_upgraded_by_its_author() {
    let state = upgraded(1, json!({"title": "a", "size": 4})).await.unwrap();
    assert_eq!(state.get("name"), "a".into());
    assert_eq!(state.get("password_wo"), Value::Null);
}

#[tokio::test]
async fn state_that_cannot_be_read_is_an_error() {
    for (version, state, expected) in [
        (0, json!({}), "Too Old"),
        (3, json!({}), "Cannot Read the Stored State"),
        (
            2,
            json!({"size": "many"}),
            "Cannot Read the Stored State @ size",
        ),
    ] {
        assert_eq!(upgraded(version, state).await.unwrap_err(), [expected]);
    }
}

#[tokio::test]
async fn data_source_keeps_what_is_configured() {
    let read = test(Misbehavior::None)
        .await
        .read_data_source("test_look", json!({"at": "x"}))
        .await;
    assert_eq!(messages(&read.diagnostics), [""; 0]);
    let state = read.state.unwrap();
    assert_eq!(state, Value::object([("at", "x"), ("seen", "something")]));
}

#[tokio::test]
async fn data_source_against_the_contract_is_an_error() {
    for (misbehavior, config, expected) in [
        (
            Misbehavior::None,
            json!({}),
            "Missing Required Argument @ at",
        ),
        (
            Misbehavior::None,
            json!({"at": "x", "seen": "y"}),
            "Read-Only Argument @ seen",
        ),
        (
            Misbehavior::ForgetId,
            json!({"at": "x"}),
            "Bug in the Provider @ seen",
        ),
        (
            Misbehavior::PlanOtherName,
            json!({"at": "x"}),
            "Bug in the Provider @ at",
        ),
    ] {
        let read = test(misbehavior)
            .await
            .read_data_source("test_look", config)
            .await;
        assert_eq!(messages(&read.diagnostics), [expected]);
        assert!(read.state.is_none());
    }
}

#[tokio::test]
async fn function_is_given_its_arguments() {
    let provider = test(Misbehavior::None).await;
    let call = |arguments| provider.call_function("join", arguments);
    assert_eq!(
        call(vec![json!("-"), json!("a"), json!("b")]),
        Ok("a-b".into())
    );
    assert_eq!(
        call(vec![json!("-"), json!("a"), json!(null)]),
        Ok("a".into())
    );
    assert_eq!(call(vec![json!("-"), unknown()]), Ok(Value::UNKNOWN));
}

#[tokio::test]
async fn function_with_arguments_against_its_signature_fails() {
    let provider = test(Misbehavior::None).await;
    let call = |arguments| provider.call_function("join", arguments).unwrap_err();
    assert_eq!(
        call(vec![]).text,
        "The function join takes at least 1 argument, but 0 were given."
    );
    let null = call(vec![json!(null)]);
    assert_eq!(
        (null.text.as_str(), null.argument),
        ("The argument separator must not be null.", Some(0))
    );
    assert!(
        call(vec![json!("number")])
            .text
            .starts_with("Bug in the provider")
    );
}
