//! The folder with built providers in which either CLI looks without being told to.

use std::{fs, path::Path};

use terraform_client::cli::REGISTRIES;
use xtask::failure::{Context, Failure};

/// Below the folder that the CLI runs in. What is in it is asked of no registry, unless the CLI configuration of
/// whoever runs it has a `provider_installation` of its own.
/// <https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories>
pub const FOLDER: &str = "terraform.d/plugins";

/// Puts a provider such as `rdsiam/rdsiam` where each CLI looks for it in a folder.
///
/// # Errors
/// When a file or folder cannot be made.
pub fn install(folder: &Path, provider: &str, built: &Path, platform: &str) -> Result<(), Failure> {
    let name = provider.rsplit('/').next().unwrap_or(provider);
    let version = env!("CARGO_PKG_VERSION");
    let suffix = std::env::consts::EXE_SUFFIX;
    for registry in REGISTRIES {
        let package = folder
            .join(FOLDER)
            .join(registry)
            .join(provider)
            .join(version)
            .join(platform);
        fs::create_dir_all(&package).context("making the provider mirror")?;
        let binary = package.join(format!("terraform-provider-{name}_v{version}{suffix}"));
        // Debug binaries are large; a link does where both are on one file system.
        if fs::hard_link(built, &binary).is_err() {
            fs::copy(built, &binary).context("copying a provider to the mirror")?;
        }
    }
    Ok(())
}
