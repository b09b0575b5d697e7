//! Debug mode: started by hand, found through `TF_REATTACH_PROVIDERS`.

use terraform_client::{
    Lines, PATIENCE, connect_in_plaintext, proto::tfplugin6::get_provider_schema, provider_on,
    signal,
};

use super::plugin::{command, is_gone};

#[tokio::test]
async fn debug_mode_prints_how_to_reattach_and_serves_until_interrupted() {
    let mut child = command()
        .arg("--debug")
        .spawn()
        .expect("the fixture starts");
    let stdout = Lines::of(child.stdout.take().expect("a pipe"));
    let line = stdout
        .find("variable", |line| {
            line.trim_start().starts_with("TF_REATTACH_PROVIDERS='")
        })
        .await;
    let value = line
        .trim_start()
        .trim_start_matches("TF_REATTACH_PROVIDERS=")
        .trim_matches('\'');
    let value: serde_json::Value = serde_json::from_str(value).expect("the value is JSON");
    let entry = &value["registry.terraform.io/tests/fixture"];
    let id = child.id().expect("the process runs");
    assert_eq!(entry["Pid"], id);
    assert_eq!(entry["ProtocolVersion"], 6);
    let socket = entry["Addr"]["String"].as_str().expect("a path").to_owned();

    // Terraform keeps the process for all its phases, each with a connection of its own.
    for _phase in ["plan", "apply"] {
        let channel = connect_in_plaintext("unix", &socket)
            .await
            .expect("a connection");
        let schema = provider_on(channel)
            .get_provider_schema(get_provider_schema::Request {})
            .await
            .expect("a schema");
        assert!(
            schema
                .into_inner()
                .resource_schemas
                .contains_key("fixture_thing")
        );
    }

    signal(id, "INT");
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
    let status = ended
        .expect("the process ends")
        .expect("its status is known");
    assert_eq!(status.code(), Some(0));
    assert!(is_gone(std::path::Path::new(&socket)));
}
