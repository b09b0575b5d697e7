//! Ephemeral resources: checked, opened, renewed, closed.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tfplugin::{
    Context, Diagnostic, Diagnostics, EphemeralResource, Field, Private, ProviderSchema,
    ephemeral_resource::{Opened, Renewed},
    schema::{Attribute, Schema, Validator},
    testing::{self, Open, StubProvider, TestProvider, unknown},
    value::Value,
};
use tokio_util::sync::CancellationToken;

use crate::provider::messages;

const TOKEN: &str = "test_token";
const PASS: &str = "test_pass";

/// When a token has to be renewed for the first time.
const FIRST: Duration = Duration::from_secs(1_000_000);

/// A token that has to be renewed and closed, and whose name says what goes wrong.
struct Token;

#[derive(Serialize, Deserialize)]
struct TokenModel {
    name: Field<String>,
    length: Field<i64>,
    value: Field<String>,
}

fn private(key: &str, value: i64) -> Result<Private, Diagnostic> {
    let mut private = Private::default();
    private
        .set(key, &value)
        .map_err(|error| Diagnostic::error("Unstorable", error.to_string()))?;
    Ok(private)
}

#[async_trait]
impl EphemeralResource<()> for Token {
    type Model = TokenModel;

    fn type_name(&self) -> &'static str {
        TOKEN
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .attribute(
                Attribute::string("name")
                    .required()
                    .validate(Validator::length(1..=10)),
            )
            .attribute(Attribute::int64("length").optional().default(3))
            .attribute(Attribute::string("value").computed())
    }

    async fn validate(&self, _context: &Context, config: TokenModel) -> Diagnostics {
        match config.name.known().map(String::as_str) {
            Some("forbidden") => Diagnostic::error("Forbidden", "Not that one.")
                .at("name")
                .into(),
            _ => Diagnostics::new(),
        }
    }

    async fn open(
        &self,
        _context: &Context,
        _provider: &(),
        config: TokenModel,
    ) -> Result<Opened<TokenModel>, Diagnostics> {
        let name = config.name.or_default();
        let length = config.length.or_default();
        let mut result = TokenModel {
            value: "x"
                .repeat(usize::try_from(length).unwrap_or_default())
                .into(),
            ..config
        };
        let mut diagnostics = Diagnostics::new();
        match name.as_str() {
            "refuse" => return Err(Diagnostic::error("No", "Nothing is open.").into()),
            "forget" => result.value = Field::Unknown,
            "rename" => result.name = "other".into(),
            "complain" => diagnostics.push(Diagnostic::error("Half", "It is open, but.")),
            "warn" => diagnostics.push(Diagnostic::warning("Soon", "It ends soon.")),
            _ => {}
        }
        Ok(Opened::new(result)
            .renew_at(SystemTime::UNIX_EPOCH + FIRST)
            .keeping(private("opened", 1)?)
            .reporting(diagnostics))
    }

    async fn renew(
        &self,
        _context: &Context,
        _provider: &(),
        stored: &Private,
    ) -> Result<Renewed, Diagnostics> {
        let renewals: i64 = stored.get("renewed").unwrap_or_default();
        match renewals {
            // Opened, and renewed once.
            0 | 1 => Ok(Renewed::new()
                .renew_at(SystemTime::UNIX_EPOCH + 2 * FIRST)
                .keeping(private("renewed", renewals + 1)?)),
            _ => Err(Diagnostic::error("Too Often", "It ends now.").into()),
        }
    }

    async fn close(
        &self,
        context: &Context,
        _provider: &(),
        private: &Private,
    ) -> Result<Diagnostics, Diagnostics> {
        if context.cancellation().is_cancelled() {
            return Err(Diagnostic::error("Stopped", "It is open still.").into());
        }
        let opened: i64 = private.get("opened").unwrap_or_default();
        Ok(Diagnostic::warning(format!("Closed {opened}"), "It was open.").into())
    }
}

/// What is neither renewed nor closed, although it may ask to be.
struct Pass;

#[derive(Serialize, Deserialize)]
struct PassModel {
    renewed: Field<bool>,
}

#[async_trait]
impl EphemeralResource<()> for Pass {
    type Model = PassModel;

    fn type_name(&self) -> &'static str {
        PASS
    }

    fn schema(&self) -> Schema {
        Schema::new(0).attribute(Attribute::bool("renewed").optional())
    }

    async fn open(
        &self,
        _context: &Context,
        _provider: &(),
        config: PassModel,
    ) -> Result<Opened<PassModel>, Diagnostics> {
        let is_renewed = config.renewed == Field::Known(true);
        Ok(Opened::new(config).renew_at(is_renewed.then_some(SystemTime::UNIX_EPOCH)))
    }
}

async fn desk() -> TestProvider<StubProvider> {
    testing::provider(|registry| {
        registry.ephemeral_resource(Token).ephemeral_resource(Pass);
    })
    .await
}

async fn open(type_name: &str, config: Json) -> Result<Open, Vec<String>> {
    let opened = desk().await.open(type_name, config).await;
    opened.map_err(|diagnostics| messages(&diagnostics))
}

#[tokio::test]
async fn open_gives_what_is_configured_with_defaults_and_computed_values() {
    let open = open(TOKEN, json!({"name": "warn"})).await.unwrap();
    assert_eq!(
        open.result,
        Value::object([
            ("name", Value::from("warn")),
            ("length", 3.into()),
            ("value", "xxx".into()),
        ])
    );
    assert_eq!(open.renew_at, Some(SystemTime::UNIX_EPOCH + FIRST));
    assert_eq!(messages(&open.diagnostics), ["Soon"]);
}

#[tokio::test]
async fn config_against_the_schema_is_not_opened() {
    for (config, expected) in [
        (json!({}), "Missing Required Argument @ name"),
        (json!({"name": ""}), "Invalid Attribute Value @ name"),
        (json!({"name": "forbidden"}), "Forbidden @ name"),
        (
            json!({"name": "a", "value": "x"}),
            "Read-Only Argument @ value",
        ),
        (
            json!({"name": "a", "length": unknown()}),
            "Configuration Not Known @ length",
        ),
    ] {
        assert_eq!(open(TOKEN, config).await.unwrap_err(), [expected]);
    }
    let unknown = json!({"name": unknown(), "length": unknown()});
    let checked = desk()
        .await
        .validate_ephemeral_resource(TOKEN, unknown)
        .await;
    assert_eq!(messages(&checked), [""; 0]);
}

#[tokio::test]
async fn open_that_fails_is_not_closed() {
    assert_eq!(
        open(TOKEN, json!({"name": "refuse"})).await.unwrap_err(),
        ["No"]
    );
}

#[tokio::test]
async fn open_whose_result_cannot_be_used_is_closed_with_its_private_data() {
    for (name, expected) in [
        ("forget", "Bug in the Provider @ value"),
        ("rename", "Bug in the Provider @ name"),
        ("complain", "Half"),
    ] {
        let errors = open(TOKEN, json!({"name": name})).await.unwrap_err();
        assert_eq!(errors, [expected, "Closed 1"]);
    }
}

#[tokio::test]
async fn open_whose_result_cannot_be_used_is_closed_also_after_a_request_to_stop() {
    let stopped = CancellationToken::new();
    stopped.cancel();
    let desk = desk().await.with_context(Context::new("test", stopped));
    let errors = desk.open(TOKEN, json!({"name": "complain"})).await;
    assert_eq!(messages(&errors.unwrap_err()), ["Half", "Closed 1"]);
}

#[tokio::test]
async fn renewals_hand_private_data_on_and_close_gets_that_of_the_open() {
    let desk = desk().await;
    let mut open = desk.open(TOKEN, json!({"name": "a"})).await.unwrap();
    for _ in 0..2 {
        let renewed = desk.renew(&mut open).await;
        assert_eq!(messages(&renewed), [""; 0]);
        assert_eq!(open.renew_at, Some(SystemTime::UNIX_EPOCH + 2 * FIRST));
    }
    assert_eq!(messages(&desk.renew(&mut open).await), ["Too Often"]);
    assert_eq!(open.renew_at, None);
    assert_eq!(messages(&desk.close(open).await), ["Closed 1"]);
}

#[tokio::test]
async fn resource_without_renew_and_close_needs_none() {
    let desk = desk().await;
    let open = desk.open(PASS, json!({})).await.unwrap();
    assert_eq!((open.renew_at, open.private.len()), (None, 0));
    assert_eq!(messages(&desk.close(open).await), [""; 0]);
}

#[tokio::test]
async fn resource_that_asks_for_a_renewal_that_it_has_not_says_so() {
    let desk = desk().await;
    let mut open = desk.open(PASS, json!({"renewed": true})).await.unwrap();
    assert_eq!(
        messages(&desk.renew(&mut open).await),
        ["Ephemeral Resource Renewal Not Supported"]
    );
}

#[test]
fn write_only_attribute_of_what_is_never_stored_is_a_problem_of_the_schema() {
    struct Bad;
    #[async_trait]
    impl EphemeralResource<()> for Bad {
        type Model = PassModel;
        fn type_name(&self) -> &'static str {
            "test_bad"
        }
        fn schema(&self) -> Schema {
            let inside = Attribute::string("key_wo").optional().write_only();
            Schema::new(0).attribute(Attribute::nested_single("part", [inside]).optional())
        }
        async fn open(
            &self,
            _context: &Context,
            _provider: &(),
            config: PassModel,
        ) -> Result<Opened<PassModel>, Diagnostics> {
            Ok(Opened::new(config))
        }
    }
    let schema = ProviderSchema::of(StubProvider::new(|registry| {
        registry.ephemeral_resource(Bad);
    }));
    assert_eq!(
        schema.problems(),
        [
            "the ephemeral resource test_bad: part.key_wo is write-only outside of a managed \
             resource"
        ]
    );
}
