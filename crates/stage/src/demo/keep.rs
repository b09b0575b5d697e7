//! What `--keep` leaves beside the stand-in: folders in which a plan works at once.

use std::fs;

use xtask::{
    failure::{Context, Failure},
    screen::{Screen, Tone},
};

use crate::{configuration, demo::Stage, local_mirror};

/// Writes the second folder, and prints what there is.
///
/// # Errors
/// When a file cannot be written.
pub fn explain(screen: &Screen, stage: &Stage) -> Result<(), Failure> {
    let connection = stage.emulator.connection();
    let cluster = stage.cluster_client.cluster();
    let (cli, folder) = (stage.cli.name(), stage.workspace.path());
    let beside_aws = folder.join("beside-aws");
    local_mirror::install(
        &beside_aws,
        "rdsiam/rdsiam",
        &stage.provider,
        &stage.cli.version.platform,
    )?;
    let text = configuration::beside_aws(connection, cluster)?;
    fs::write(beside_aws.join("main.tf"), text).context("writing a configuration")?;

    screen.line("");
    screen.toned(
        Tone::Bold,
        "The stand-in stays until Ctrl-C, and these folders with it. Nothing is to be filled in.",
    );
    screen.line("");
    screen.line("   # the configuration of this demo, to be changed as you like");
    screen.line(&format!("   cd {} && {cli} plan", folder.display()));
    screen.line("");
    screen.line(
        "   # a parameter group of hashicorp/aws with our parameter; init fetches hashicorp/aws",
    );
    screen.line(&format!(
        "   cd {} && {cli} init && {cli} plan",
        beside_aws.display()
    ));
    screen.line("");
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
