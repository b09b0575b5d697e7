//! What the provider says that it can do.

use terraform_client::proto::tfplugin6::{get_metadata, get_provider_schema};

use super::plugin::{GRANT, PARAMETER, PUBLICATION, Provider, SLOT, USER};
use crate::support::StandIn;

#[test]
fn metadata_and_schema_offer_the_same_and_no_more_than_is_there() {
    let stand_in = StandIn::without_server();
    stand_in.block_on(async {
        let mut provider = Provider::start().await;
        let metadata = provider.client.get_metadata(get_metadata::Request {}).await;
        let metadata = metadata.expect("an answer").into_inner();
        let schema = provider
            .client
            .get_provider_schema(get_provider_schema::Request {})
            .await;
        let schema = schema.expect("an answer").into_inner();

        let resources = metadata.resources.iter().map(|one| one.type_name.as_str());
        assert!(resources.eq([PUBLICATION, GRANT, PARAMETER, SLOT, USER]));
        let listed = metadata
            .list_resources
            .iter()
            .map(|one| one.type_name.as_str());
        assert!(listed.eq([PUBLICATION, SLOT, USER]));
        let actions = metadata.actions.iter().map(|one| one.type_name.as_str());
        assert!(actions.eq(["rdsiam_terminate_replication_connections"]));
        let ephemeral = metadata.ephemeral_resources.iter();
        assert!(
            ephemeral
                .map(|one| one.type_name.as_str())
                .eq(["rdsiam_auth_token"])
        );
        let functions = metadata.functions.iter().map(|one| one.name.as_str());
        assert!(functions.eq(["db_user_arn"]));
        assert!(metadata.state_stores.is_empty());

        let resources = schema.resource_schemas.keys();
        assert!(resources.eq([PUBLICATION, GRANT, PARAMETER, SLOT, USER]));
        let listed = schema.list_resource_schemas.keys();
        assert!(listed.eq([PUBLICATION, SLOT, USER]));
        assert!(
            schema
                .action_schemas
                .keys()
                .eq(["rdsiam_terminate_replication_connections"])
        );
        assert!(
            schema
                .ephemeral_resource_schemas
                .keys()
                .eq(["rdsiam_auth_token"])
        );
        assert!(schema.functions.keys().eq(["db_user_arn"]));
        assert!(schema.state_store_schemas.is_empty());
        assert_eq!(schema.server_capabilities, metadata.server_capabilities);
        let capabilities = schema.server_capabilities.expect("capabilities");
        assert!(capabilities.plan_destroy && capabilities.move_resource_state);
        assert!(capabilities.generate_resource_config);
    });
}
