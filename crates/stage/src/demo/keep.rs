//! What `--keep` leaves beside the stand-in: folders in which a plan works at once.

use std::path::Path;

use xtask::{
    failure::Failure,
    screen::{Screen, Tone},
};

use crate::{configuration, demo::Stage, local_mirror, private, wrapper};

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
    private::write(&beside_aws.join("main.tf"), &text)?;
    for folder in [folder, &beside_aws] {
        wrapper::write(folder, &cli, stage.cli.program())?;
    }
    let typed = format!("./{}", wrapper::word(&cli));
    let enter = |folder: &Path| format!("cd {}", wrapper::word(&folder.to_string_lossy()));

    screen.line("");
    screen.toned(
        Tone::Bold,
        "The stand-in stays until Ctrl-C, and these folders with it. Nothing is to be filled in.",
    );
    screen.line(&format!(
        "{typed} is {cli} without what your shell and home folder set for Terraform, AWS and PostgreSQL."
    ));
    screen.line("");
    screen.line("   # the configuration of this demo, to be changed as you like");
    screen.line(&format!("   {} && {typed} plan", enter(folder)));
    screen.line("");
    screen.line(
        "   # a parameter group of hashicorp/aws with our parameter; init fetches hashicorp/aws",
    );
    screen.line(&format!(
        "   {} && {typed} init && {typed} plan",
        enter(&beside_aws)
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
