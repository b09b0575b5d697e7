//! States that a resource takes over from other types.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, MoveState, Private, ProviderSchema,
    move_state::{MoveRequest, MoveSource, Moved},
    testing::{self, Source, Step, StubProvider},
    value::Value,
};

use crate::{
    leaky::{LEAKY, Leaky, LeakyModel},
    provider::messages,
};

const OTHER: &str = "registry.terraform.io/test/other";

#[async_trait]
impl MoveState<()> for Leaky {
    fn move_sources(&self) -> Vec<MoveSource> {
        vec![
            MoveSource::new("test/other", "other_leaky").schema_versions(0..=2),
            MoveSource::new("registry.terraform.io/test/test", "test_ancient"),
        ]
    }

    async fn move_state(
        &self,
        _context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<LeakyModel>, Diagnostics> {
        #[derive(Deserialize)]
        struct Other {
            name: Field<String>,
        }
        let other: Other = serde_json::from_value(request.state)
            .map_err(|error| Diagnostic::error("Unreadable", error.to_string()))?;
        let mut private = Private::from_bytes(&request.private)
            .map_err(|error| Diagnostic::error("Unreadable", error.to_string()))?;
        private
            .set("from", &request.type_name)
            .map_err(|error| Diagnostic::error("Unstorable", error.to_string()))?;
        let name = other.name.or_default();
        let mut state = LeakyModel::full(&name);
        state.note = match request.identity {
            Some(identity) => identity["id"].as_str().unwrap_or_default().into(),
            None => Field::Null,
        };
        if name == "forgetful" {
            state.id = Field::Unknown;
        }
        Ok(Moved::new(state)
            .keeping(private)
            .reporting(Diagnostic::warning("Moved", "Have a look at it.")))
    }
}

async fn moved(source: Source) -> Step {
    let provider = testing::provider(|registry| {
        registry.resource(Leaky).move_state(Leaky);
    });
    provider.await.move_state(source, LEAKY).await
}

fn source(name: &str) -> Source {
    Source::new(OTHER, "other_leaky", json!({"name": name, "more": [1]}))
}

#[tokio::test]
async fn state_of_a_source_is_taken_over_with_its_private_data() {
    let step = moved(Source {
        private: br#"{"kept":1}"#.to_vec(),
        identity: Some(json!({"id": "x"})),
        schema_version: 2,
        ..source("a")
    })
    .await;
    assert_eq!(messages(&step.diagnostics), ["Moved"]);
    let state = step.unwrap_state();
    assert_eq!(state.get("name"), "a".into());
    assert_eq!(state.get("note"), "x".into());
    assert_eq!(state.get("legacy"), Value::List(vec![]));
    let private = Private::from_bytes(&state.private).unwrap();
    assert_eq!(private.get::<i64>("kept"), Some(1));
    assert_eq!(private.get::<String>("from").unwrap(), "other_leaky");
}

#[tokio::test]
async fn source_that_nobody_declared_is_refused_by_name() {
    for (address, type_name) in [
        (OTHER, "other_thing"),
        ("registry.terraform.io/test/third", "other_leaky"),
        // This one is named with its host.
        ("registry.opentofu.org/test/test", "test_ancient"),
    ] {
        let step = moved(Source::new(address, type_name, json!({}))).await;
        assert!(step.state.is_none());
        assert_eq!(messages(&step.diagnostics), ["Cannot Move the Resource"]);
        let detail = &step.diagnostics.iter().next().unwrap().detail;
        for part in [
            LEAKY,
            address,
            type_name,
            "other_leaky from test/other",
            "removed",
        ] {
            assert!(detail.contains(part), "{part}: {detail}");
        }
    }
}

#[tokio::test]
async fn source_of_another_schema_version_is_refused_with_the_versions() {
    let step = moved(Source {
        schema_version: 3,
        ..source("a")
    })
    .await;
    let detail = &step.diagnostics.iter().next().unwrap().detail;
    assert!(
        detail.contains("schema version 3") && detail.contains("0 to 2"),
        "{detail}"
    );
}

#[tokio::test]
async fn move_that_leaves_something_unknown_is_a_bug_at_the_attribute() {
    let step = moved(source("forgetful")).await;
    assert!(step.state.is_none());
    assert_eq!(messages(&step.diagnostics), ["Bug in the Provider @ id"]);
}

#[tokio::test]
async fn resource_that_takes_over_nothing_refuses_every_source() {
    let provider = testing::provider(|registry| {
        registry.resource(Leaky);
    });
    let step = provider.await.move_state(source("a"), LEAKY).await;
    assert_eq!(messages(&step.diagnostics), ["Cannot Move the Resource"]);
}

#[test]
fn mover_of_a_resource_that_is_not_registered_is_a_problem_of_the_schema() {
    let schema = ProviderSchema::of(StubProvider::new(|registry| {
        registry.move_state(Leaky);
    }));
    assert_eq!(
        schema.problems(),
        ["the resource test_leaky: it takes over states and is not registered"]
    );
}
