//! The RPCs, each called over gRPC as Terraform does.

use serde_json::{Value as Json, json};
use terraform_client::{
    proto::tfplugin6::{
        self as proto, apply_resource_change, attribute_path::step::Selector, call_function,
        configure_provider, diagnostic::Severity, get_functions, get_metadata, get_provider_schema,
        import_resource_state, move_resource_state, plan_resource_change,
        provider_client::ProviderClient, read_data_source, read_resource, upgrade_resource_state,
        validate_data_resource_config, validate_provider_config, validate_resource_config,
    },
    provider,
};
use tfplugin::{
    testing::Encoded,
    value::{Type, Value},
};
use tonic::{Code, Status, transport::Channel};

use super::plugin::start;

type Client = ProviderClient<Channel>;

/// A value in the encoding that can be read here.
pub fn dynamic(value: Json) -> proto::DynamicValue {
    proto::DynamicValue {
        msgpack: Vec::new(),
        json: value.to_string().into_bytes(),
    }
}

/// A thing, decoded.
pub fn thing(value: Option<proto::DynamicValue>) -> Value {
    decode(
        value,
        &Type::object([
            ("behavior", Type::String),
            ("text", Type::String),
            ("id", Type::String),
        ]),
    )
}

fn decode(value: Option<proto::DynamicValue>, r#type: &Type) -> Value {
    let value = value.expect("a value");
    Encoded {
        msgpack: value.msgpack,
        json: value.json,
    }
    .decode(r#type)
    .expect("a value of its type")
}

/// An object of the given attributes.
pub fn object(attributes: &[(&str, Value)]) -> Value {
    Value::Object(
        attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    )
}

/// A text as a value.
pub fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A create of a thing that behaves as told, with the id unknown.
pub fn create(behavior: &str) -> apply_resource_change::Request {
    let r#type = Type::object([
        ("behavior", Type::String),
        ("text", Type::String),
        ("id", Type::String),
    ]);
    let attributes = |id| {
        object(&[
            ("behavior", text(behavior)),
            ("text", Value::Null),
            ("id", id),
        ])
    };
    let encode = |value: &Value| {
        let encoded = Encoded::encode(value, &r#type).expect("a value of its type");
        proto::DynamicValue {
            msgpack: encoded.msgpack,
            json: encoded.json,
        }
    };
    apply_resource_change::Request {
        type_name: "fixture_thing".to_owned(),
        prior_state: Some(dynamic(Json::Null)),
        planned_state: Some(encode(&attributes(Value::Unknown(None)))),
        config: Some(encode(&attributes(Value::Null))),
        ..apply_resource_change::Request::default()
    }
}

/// Applies a change with a provider that is configured for it.
pub async fn apply(
    client: &mut Client,
    change: &apply_resource_change::Request,
) -> Result<apply_resource_change::Response, Status> {
    configure(client).await;
    let answer = client.apply_resource_change(change.clone()).await?;
    Ok(answer.into_inner())
}

/// Configures the provider.
pub async fn configure(client: &mut Client) {
    configure_with(client, "hello").await;
}

/// Configures the provider with a greeting.
pub async fn configure_with(client: &mut Client, greeting: &str) {
    let answer = client
        .configure_provider(configure_provider::Request {
            terraform_version: "1.11.4".to_owned(),
            config: Some(dynamic(json!({ "greeting": greeting }))),
            client_capabilities: None,
        })
        .await
        .expect("an answer");
    assert_eq!(answer.into_inner().diagnostics, []);
}

/// What the data source answers to a text.
pub async fn echo(client: &mut Client, said: &str) -> String {
    let answer = client
        .read_data_source(read_data_source::Request {
            type_name: "fixture_echo".to_owned(),
            config: Some(dynamic(json!({ "text": said, "answer": null }))),
            ..read_data_source::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(answer.diagnostics, []);
    let r#type = Type::object([("text", Type::String), ("answer", Type::String)]);
    let Value::Object(mut attributes) = decode(answer.state, &r#type) else {
        panic!("an object")
    };
    assert_eq!(attributes.remove("text"), Some(text(said)));
    match attributes.remove("answer") {
        Some(Value::String(answer)) => answer,
        other => panic!("a text, not {other:?}"),
    }
}

#[tokio::test]
async fn schema_and_metadata_list_the_same_things() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    let schema = client
        .get_provider_schema(get_provider_schema::Request {})
        .await
        .expect("an answer")
        .into_inner();
    let metadata = client
        .get_metadata(get_metadata::Request {})
        .await
        .expect("an answer")
        .into_inner();
    let functions = client
        .get_functions(get_functions::Request {})
        .await
        .expect("an answer")
        .into_inner();

    assert!(schema.provider.is_some());
    assert_eq!(
        schema.resource_schemas.keys().collect::<Vec<_>>(),
        ["fixture_named", "fixture_thing", "fixture_wide"]
    );
    let names = metadata.resources.iter().map(|one| &one.type_name);
    assert!(schema.resource_schemas.keys().eq(names));
    assert!(schema.list_resource_schemas.keys().eq(["fixture_named"]));
    assert_eq!(metadata.list_resources[0].type_name, "fixture_named");
    assert!(schema.action_schemas.keys().eq(["fixture_countdown"]));
    assert_eq!(metadata.actions[0].type_name, "fixture_countdown");
    assert_eq!(
        schema.data_source_schemas.keys().collect::<Vec<_>>(),
        ["fixture_echo"]
    );
    assert_eq!(metadata.data_sources[0].type_name, "fixture_echo");
    assert_eq!(schema.functions, functions.functions);
    assert_eq!(metadata.functions[0].name, "shout");
    assert_eq!(
        functions.functions["shout"].parameters[0].r#type,
        br#""string""#
    );
    let capabilities = schema.server_capabilities.expect("capabilities");
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert_eq!(metadata.server_capabilities, Some(capabilities));
}

#[tokio::test]
async fn configurations_are_validated_each_by_its_own_rpc() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    let answer = client
        .validate_provider_config(validate_provider_config::Request {
            config: Some(dynamic(json!({ "greeting": "" }))),
        })
        .await
        .expect("an answer")
        .into_inner();
    let [diagnostic] = answer.diagnostics.as_slice() else {
        panic!("one diagnostic, not {:?}", answer.diagnostics)
    };
    assert_eq!(diagnostic.severity(), Severity::Error);
    assert_eq!(diagnostic.summary, "No Greeting");
    let path = diagnostic.attribute.as_ref().expect("a path");
    let greeting = Selector::AttributeName("greeting".to_owned());
    assert_eq!(path.steps[0].selector, Some(greeting));

    let answer = client
        .validate_resource_config(validate_resource_config::Request {
            type_name: "fixture_thing".to_owned(),
            config: Some(dynamic(
                json!({ "behavior": null, "text": null, "id": "mine" }),
            )),
            client_capabilities: None,
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(
        answer.diagnostics.len(),
        1,
        "id is read-only: {:?}",
        answer.diagnostics
    );

    let answer = client
        .validate_data_resource_config(validate_data_resource_config::Request {
            type_name: "fixture_echo".to_owned(),
            config: Some(dynamic(json!({ "text": null, "answer": null }))),
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(
        answer.diagnostics.len(),
        1,
        "text is required: {:?}",
        answer.diagnostics
    );
}

#[tokio::test]
async fn resource_lives_from_plan_to_upgrade() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    configure(&mut client).await;
    let config = dynamic(json!({ "behavior": null, "text": "toast", "id": null }));

    let plan = client
        .plan_resource_change(plan_resource_change::Request {
            type_name: "fixture_thing".to_owned(),
            prior_state: Some(dynamic(Json::Null)),
            proposed_new_state: Some(config.clone()),
            config: Some(config.clone()),
            ..plan_resource_change::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(plan.diagnostics, []);
    assert_eq!(
        thing(plan.planned_state.clone()),
        object(&[
            ("behavior", Value::Null),
            ("text", text("toast")),
            ("id", Value::Unknown(None)),
        ]),
    );

    let applied = client
        .apply_resource_change(apply_resource_change::Request {
            type_name: "fixture_thing".to_owned(),
            prior_state: Some(dynamic(Json::Null)),
            planned_state: plan.planned_state,
            config: Some(config),
            planned_private: plan.planned_private,
            ..apply_resource_change::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(applied.diagnostics, []);
    let made = object(&[
        ("behavior", Value::Null),
        ("text", text("toast")),
        ("id", text("made")),
    ]);
    assert_eq!(thing(applied.new_state.clone()), made);

    let private = br#"{"kept":1}"#.to_vec();
    let read = client
        .read_resource(read_resource::Request {
            type_name: "fixture_thing".to_owned(),
            current_state: applied.new_state,
            private: private.clone(),
            ..read_resource::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(read.diagnostics, []);
    assert_eq!(thing(read.new_state), made);
    assert_eq!(read.private, private);

    let upgraded = client
        .upgrade_resource_state(upgrade_resource_state::Request {
            type_name: "fixture_thing".to_owned(),
            version: 0,
            raw_state: Some(proto::RawState {
                json: br#"{"behavior":null,"text":"toast","id":"made"}"#.to_vec(),
                ..proto::RawState::default()
            }),
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(upgraded.diagnostics, []);
    assert_eq!(thing(upgraded.upgraded_state), made);
}

#[tokio::test]
async fn import_gives_a_state_with_its_private_part() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    configure(&mut client).await;
    let answer = client
        .import_resource_state(import_resource_state::Request {
            type_name: "fixture_thing".to_owned(),
            id: "mine".to_owned(),
            ..import_resource_state::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(answer.diagnostics, []);
    let [imported] = answer.imported_resources.as_slice() else {
        panic!("one resource, not {:?}", answer.imported_resources)
    };
    assert_eq!(imported.type_name, "fixture_thing");
    assert_eq!(imported.private, br#"{"imported":true}"#);
    let mine = object(&[
        ("behavior", Value::Null),
        ("text", Value::Null),
        ("id", text("mine")),
    ]);
    assert_eq!(thing(imported.state.clone()), mine);
}

#[tokio::test]
async fn data_source_answers_with_what_the_provider_was_configured_with() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    configure(&mut client).await;
    assert_eq!(echo(&mut client, "toast").await, "hello toast");
}

#[tokio::test]
async fn function_answers_with_a_result_or_names_the_argument() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    let mut shout = async |argument: &str| {
        client
            .call_function(call_function::Request {
                name: "shout".to_owned(),
                arguments: vec![dynamic(argument.into())],
            })
            .await
            .expect("an answer")
            .into_inner()
    };
    let answer = shout("toast").await;
    assert_eq!(answer.error, None);
    assert_eq!(decode(answer.result, &Type::String), text("TOAST"));
    let error = shout("").await.error.expect("an error");
    assert_eq!(error.text, "there is nothing to shout");
    assert_eq!(error.function_argument, Some(0));
}

#[tokio::test]
async fn what_is_not_served_says_so() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    let moved = client
        .move_resource_state(move_resource_state::Request {
            source_type_name: "other_thing".to_owned(),
            target_type_name: "fixture_thing".to_owned(),
            ..move_resource_state::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(moved.diagnostics[0].severity(), Severity::Error);
    assert!(moved.diagnostics[0].detail.contains("other_thing"));

    let listed = client
        .get_states(proto::get_states::Request::default())
        .await;
    assert_eq!(listed.expect_err("no answer").code(), Code::Unimplemented);
}
