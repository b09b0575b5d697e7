//! The program whose transport is tested.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use terraform_client::{Identity, Plugin, example};
use tokio::process::Command;

/// The program.
pub fn program() -> PathBuf {
    example(env!("CARGO_MANIFEST_DIR"), "transport_fixture")
}

/// The program, with an environment in which nothing of a plugin is set.
pub fn command() -> Command {
    terraform_client::command(program())
}

/// The program, with the environment that Terraform gives to plugins.
pub fn plugin_command() -> Command {
    terraform_client::plugin_command(program())
}

/// A plugin without TLS.
pub async fn start() -> Plugin {
    start_with(&mut plugin_command()).await
}

/// A plugin that speaks TLS with the holder of a certificate.
pub async fn start_for(client: &Identity) -> Plugin {
    start_with(plugin_command().env("PLUGIN_CLIENT_CERT", &client.pem)).await
}

/// A plugin whose log is on.
pub async fn start_logging(level: &str) -> Plugin {
    start_with(plugin_command().env("TF_LOG", level)).await
}

/// A plugin by a command of its own.
pub async fn start_with(command: &mut Command) -> Plugin {
    Plugin::spawn(command).await.expect("the fixture starts")
}

/// Whether a folder and what was in it are gone.
pub fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}
