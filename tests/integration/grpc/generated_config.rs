//! Configurations that the CLI writes for what was imported.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::generate_resource_config;

use super::plugin::{Object, PARAMETER, Provider, USER, no_errors, unpacked};
use crate::support::StandIn;

/// Imports an object, and generates the configuration that would have made it.
async fn generated(provider: &mut Provider, type_name: &str, identity: Json) -> Json {
    let imported = provider.import_by_identity(type_name, &identity).await;
    let read = provider.read(type_name, imported.expect("an import")).await;
    let object: Object = read.expect("a read").expect("the object is there");
    let request = generate_resource_config::Request {
        type_name: type_name.to_owned(),
        state: Some(object.into_state()),
    };
    let answer = provider.client.generate_resource_config(request).await;
    let answer = answer.expect("an answer").into_inner();
    no_errors(&answer.diagnostics).expect("a configuration");
    let config = answer.config.expect("a configuration");
    unpacked(&provider.resource_type(type_name), &config)
}

#[test]
fn generated_configuration_has_what_can_be_written_and_nothing_else() {
    let stand_in = StandIn::start(15);
    stand_in.sql("GRANT rds_iam TO cdc");
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let user = generated(&mut provider, USER, json!({"name": "cdc"})).await;
        assert_eq!(user["name"], "cdc");
        assert_eq!(user["id"], Json::Null);
        assert_eq!(user["password_wo"], Json::Null);
        let identity = json!({"cluster_identifier": "orders"});
        let parameter = generated(&mut provider, PARAMETER, identity).await;
        assert_eq!(parameter["cluster_identifier"], "orders");
        assert_eq!(parameter["id"], Json::Null);
    });
}
