//! GetProviderSchema and GetMetadata: list resources and actions.

use terraform_client::proto::tfplugin6::{
    ActionSchema, Schema, StringKind, get_metadata, get_provider_schema,
    schema::{Attribute, Block},
};

use super::golden::{start, unconfigured};

fn attribute(name: &str, r#type: &str, required: bool) -> Attribute {
    Attribute {
        name: name.to_owned(),
        r#type: r#type.as_bytes().to_vec(),
        required,
        optional: !required,
        description_kind: StringKind::Markdown.into(),
        ..Attribute::default()
    }
}

fn schema(description: &str, attributes: Vec<Attribute>) -> Schema {
    Schema {
        version: 0,
        block: Some(Block {
            attributes,
            description: description.to_owned(),
            description_kind: StringKind::Markdown.into(),
            ..Block::default()
        }),
    }
}

#[tokio::test]
async fn schema_has_list_resources_and_actions() {
    let plugin = start().await;
    let answer = unconfigured(&plugin)
        .await
        .get_provider_schema(get_provider_schema::Request {})
        .await
        .expect("an answer")
        .into_inner();
    let list = schema(
        "",
        vec![
            attribute("count", "\"number\"", true),
            attribute("then", "\"string\"", false),
        ],
    );
    assert_eq!(
        answer.list_resource_schemas,
        [("fixture_named".to_owned(), list)].into()
    );
    let action = ActionSchema {
        schema: Some(schema(
            "Counts down.",
            vec![
                attribute("from", "\"number\"", true),
                attribute("then", "\"string\"", false),
            ],
        )),
    };
    assert_eq!(
        answer.action_schemas,
        [("fixture_countdown".to_owned(), action)].into()
    );
    assert_eq!(answer.state_store_schemas, [].into());
}

#[tokio::test]
async fn metadata_has_the_names() {
    let plugin = start().await;
    let answer = unconfigured(&plugin)
        .await
        .get_metadata(get_metadata::Request {})
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(
        answer.list_resources,
        [get_metadata::ListResourceMetadata {
            type_name: "fixture_named".to_owned()
        }]
    );
    assert_eq!(
        answer.actions,
        [get_metadata::ActionMetadata {
            type_name: "fixture_countdown".to_owned()
        }]
    );
}
