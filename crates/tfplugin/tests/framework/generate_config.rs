//! Configurations that are generated for states.

use async_trait::async_trait;
use serde_json::json;
use tfplugin::{
    AttributePath, Context, Diagnostic, Diagnostics, GenerateConfig,
    generate_config::{GenerateRequest, Generated},
    testing::{self, State, StubProvider, TestProvider},
    value::Value,
};

use crate::{
    leaky::{LEAKY, Leaky, LeakyModel},
    provider::messages,
};

#[async_trait]
impl GenerateConfig<()> for Leaky {
    async fn generate_config(
        &self,
        _context: &Context,
        request: GenerateRequest<LeakyModel>,
    ) -> Result<Generated<LeakyModel>, Diagnostics> {
        if request.state.old.known().is_some() {
            return Err(Diagnostic::error("Too Old", "Nobody can write that.").into());
        }
        let mut config = request.proposed;
        config.note = "generated".into();
        // Nobody can set this one.
        config.serial = request.state.serial;
        Ok(
            Generated::new(config)
                .reporting(Diagnostic::warning("Generated", "Have a look at it.")),
        )
    }
}

async fn plain() -> TestProvider<StubProvider> {
    testing::provider(|registry| {
        registry.resource(Leaky);
    })
    .await
}

async fn adjusted() -> TestProvider<StubProvider> {
    testing::provider(|registry| {
        registry.resource(Leaky).generate_config(Leaky);
    })
    .await
}

async fn state(more: &[(&str, serde_json::Value)]) -> State {
    let mut stored = json!({
        "id": "i-1",
        "name": "",
        "note": "",
        "tone": "",
        "serial": 7,
        "part": [{"label": "", "made": "m"}],
        "rule": [{"allow": "all"}],
        "legacy": [{"text": "x"}],
    });
    for (name, value) in more {
        stored[*name] = value.clone();
    }
    plain()
        .await
        .upgrade(LEAKY, 1, &stored)
        .await
        .expect("it is read")
}

#[tokio::test]
async fn config_from_the_schema_is_what_a_practitioner_would_write() {
    let state = state(&[("old", "o".into())]).await;
    let config = plain().await.generate_config(&state).await;
    assert_eq!(messages(&config.diagnostics), [""; 0]);
    let part = [
        ("label", Value::from("")),
        ("made", Value::Null),
        ("key_wo", Value::Null),
    ];
    let rule = [("allow", Value::from("all")), ("key_wo", Value::Null)];
    let expected = Value::object([
        // The provider gives one.
        ("id", Value::Null),
        // Required, so that it cannot be left out.
        ("name", "".into()),
        ("note", Value::Null),
        // Left out it would be warm.
        ("tone", "".into()),
        ("old", Value::Null),
        ("serial", Value::Null),
        ("key_wo", Value::Null),
        ("part", Value::List(vec![Value::object(part)])),
        ("rule", Value::List(vec![Value::object(rule)])),
        ("legacy", Value::List(vec![])),
    ]);
    assert_eq!(config.value, Some(expected));
}

#[tokio::test]
async fn generated_config_is_accepted_again() {
    let provider = plain().await;
    let config = provider.generate_config(&state(&[]).await).await;
    let config = config.value.unwrap().to_json().unwrap();
    let diagnostics = provider.validate(LEAKY, config).await;
    assert_eq!(messages(&diagnostics), [""; 0]);
}

#[tokio::test]
async fn author_adjusts_the_config_but_not_what_is_read_only() {
    let config = adjusted().await.generate_config(&state(&[]).await).await;
    assert_eq!(messages(&config.diagnostics), ["Generated"]);
    assert_eq!(config.get("note"), "generated".into());
    assert_eq!(config.get("serial"), Value::Null);
    let made = AttributePath::root("part").index(0).attribute("made");
    assert_eq!(config.get(made), Value::Null);
}

#[tokio::test]
async fn author_refuses_what_cannot_be_written() {
    let state = state(&[("old", "o".into())]).await;
    let config = adjusted().await.generate_config(&state).await;
    assert_eq!(messages(&config.diagnostics), ["Too Old"]);
    assert!(config.value.is_none());
}
