//! GetResourceIdentitySchemas.

use terraform_client::proto::tfplugin6::{
    ResourceIdentitySchema,
    get_resource_identity_schemas::{Request, Response},
    resource_identity_schema::IdentityAttribute,
};

use super::golden::{start, unconfigured};

#[tokio::test]
async fn schemas_are_those_of_resources_with_an_identity() {
    let plugin = start().await;
    let answer = unconfigured(&plugin)
        .await
        .get_resource_identity_schemas(Request {})
        .await
        .expect("an answer");
    let attribute =
        |name: &str, r#type: &str, required, optional, description: &str| IdentityAttribute {
            name: name.to_owned(),
            r#type: r#type.as_bytes().to_vec(),
            required_for_import: required,
            optional_for_import: optional,
            description: description.to_owned(),
        };
    let named = ResourceIdentitySchema {
        version: 2,
        identity_attributes: vec![
            attribute("name", "\"string\"", true, false, "The name."),
            attribute("greeting", "\"string\"", false, true, ""),
            attribute("serial", "\"number\"", false, true, ""),
        ],
    };
    assert_eq!(
        answer.into_inner(),
        Response {
            identity_schemas: [("fixture_named".to_owned(), named)].into(),
            diagnostics: vec![],
        }
    );
}
