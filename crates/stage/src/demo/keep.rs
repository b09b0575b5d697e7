//! What `--keep` says: how to point one's own configuration at the stand-in.

use xtask::{
    failure::Failure,
    screen::{Screen, Tone},
};

use crate::{configuration, demo::Stage};

/// Prints it.
///
/// # Errors
/// As [`configuration::provider_block`].
pub fn explain(screen: &Screen, stage: &Stage) -> Result<(), Failure> {
    let connection = stage.emulator.connection();
    let cluster = stage.cluster_client.cluster();
    screen.line("");
    screen.toned(
        Tone::Bold,
        "The stand-in stays until Ctrl-C. To try a configuration of your own:",
    );
    screen.line("");
    screen.line("   # the provider that was just built, and the stand-in's access keys");
    let keys = [
        ("AWS_ACCESS_KEY_ID", &connection.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &connection.secret_access_key),
    ];
    for (name, value) in stage.workspace.environment() {
        if name == "TF_CLI_CONFIG_FILE" {
            screen.line(&format!("   export {name}='{}'", value.to_string_lossy()));
        }
    }
    for (name, value) in keys {
        screen.line(&format!("   export {name}='{value}'"));
    }
    screen.line("");
    for line in configuration::provider_block(connection, cluster)?.lines() {
        screen.line(format!("   {line}").trim_end());
    }
    screen.line(&format!(
        "   # the configuration of this demo:  cd {}",
        stage.workspace.path().display()
    ));
    screen.line(&format!(
        "   # SQL past the gate, as superuser:  psql '{}'",
        cluster.superuser_url
    ));
    screen.line(&format!(
        "   # replication user: {}, password {}, publication {}",
        cluster.replication_username, cluster.replication_password, cluster.publication
    ));
    screen.line(&format!(
        "   # faults, failovers, counted calls:  {}",
        connection.control_endpoint
    ));
    Ok(())
}
