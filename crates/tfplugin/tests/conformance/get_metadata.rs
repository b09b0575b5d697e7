//! GetMetadata.

use terraform_client::proto::tfplugin6::{
    ServerCapabilities,
    get_metadata::{
        DataSourceMetadata, EphemeralMetadata, FunctionMetadata, Request, ResourceMetadata,
        Response,
    },
};

use super::message::started;

#[tokio::test]
async fn get_metadata_names_what_is_registered_and_nothing_else() {
    let mut golden = started().await;
    let answer = golden.client.get_metadata(Request {}).await;
    let resource = |name: &str| ResourceMetadata {
        type_name: name.to_owned(),
    };
    let expected = Response {
        server_capabilities: Some(ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            move_resource_state: true,
            generate_resource_config: true,
        }),
        data_sources: vec![DataSourceMetadata {
            type_name: "golden_look".to_owned(),
        }],
        resources: vec![resource("golden_old"), resource("golden_thing")],
        functions: vec![FunctionMetadata {
            name: "join".to_owned(),
        }],
        ephemeral_resources: vec![EphemeralMetadata {
            type_name: "golden_token".to_owned(),
        }],
        ..Response::default()
    };
    assert_eq!(answer.expect("an answer").into_inner(), expected);
}
