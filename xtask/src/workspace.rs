//! The demo's temporary directory: configuration, state, and a mirror with the built provider.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use rds_emulator::{Cluster, ConnectionFile};
use tempfile::TempDir;

use crate::{
    failure::{Context, Failure},
    terraform_cli::{Place, TerraformCli, quote},
};

/// What the directories of all runs start with.
const PREFIX: &str = "rdsiam-demo-";
/// Locked while the run that owns the directory is alive.
const LOCK: &str = ".lock";
/// The provider's address is taken from the default registry, which differs between the CLIs.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];
/// The provider's namespace and type.
const PROVIDER: &str = "rdsiam/rdsiam";

/// The directory; removed when it is dropped.
pub struct Workspace {
    directory: TempDir,
    environment: Vec<(String, OsString)>,
    // Released by the operating system, however this process ends.
    _lock: File,
}

impl Workspace {
    /// Makes a directory whose `terraform init` finds the provider and nothing else.
    ///
    /// # Errors
    /// When the directory or a file in it cannot be made.
    pub fn new(cli: &TerraformCli, provider: &Path) -> Result<Self, Failure> {
        let directory = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir()
            .context("making a temporary directory")?;
        let path = directory.path();
        let lock = File::create(path.join(LOCK)).context("making a lock file")?;
        lock.lock().context("locking the temporary directory")?;

        let mirror = path.join("mirror");
        for registry in REGISTRIES {
            let version = env!("CARGO_PKG_VERSION");
            let package = mirror
                .join(registry)
                .join(PROVIDER)
                .join(version)
                .join(&cli.platform);
            fs::create_dir_all(&package).context("making the provider mirror")?;
            let suffix = std::env::consts::EXE_SUFFIX;
            let binary = package.join(format!("terraform-provider-rdsiam_v{version}{suffix}"));
            // Debug binaries are large; a link does where both are on one file system.
            if fs::hard_link(provider, &binary).is_err() {
                fs::copy(provider, &binary).context("copying the provider to its mirror")?;
            }
        }
        let cli_config = path.join("cli.tfrc");
        let text = format!(
            "# No registry is asked: the provider comes from the folder below.\nprovider_installation {{\n  \
             filesystem_mirror {{\n    path = {}\n  }}\n}}\n",
            quote(&mirror.to_string_lossy())?
        );
        fs::write(&cli_config, text).context("writing the CLI configuration")?;
        // Whoever has files in ~/.aws should see the same demo as everybody else.
        let empty = path.join("aws-config");
        fs::write(&empty, "").context("writing an empty AWS configuration")?;

        Ok(Self {
            environment: vec![
                ("TF_CLI_CONFIG_FILE".to_owned(), cli_config.into()),
                ("AWS_CONFIG_FILE".to_owned(), empty.clone().into()),
                ("AWS_SHARED_CREDENTIALS_FILE".to_owned(), empty.into()),
                ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".into()),
            ],
            directory,
            _lock: lock,
        })
    }

    /// Writes the configuration for a cluster of the stand-in, and its credentials to the
    /// environment.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn configure(
        &mut self,
        connection: &ConnectionFile,
        cluster: &Cluster,
    ) -> Result<(), Failure> {
        let text = format!(
            "{REQUIREMENTS}{}{}",
            provider_block(connection, cluster)?,
            resources(cluster)?
        );
        fs::write(self.path().join("main.tf"), text).context("writing main.tf")?;
        self.environment.extend([
            (
                "AWS_ACCESS_KEY_ID".to_owned(),
                connection.access_key_id.clone().into(),
            ),
            (
                "AWS_SECRET_ACCESS_KEY".to_owned(),
                connection.secret_access_key.clone().into(),
            ),
        ]);
        Ok(())
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Environment variables that lead the CLI to the mirror and the stand-in.
    pub fn environment(&self) -> &[(String, OsString)] {
        &self.environment
    }

    /// Where the CLI is to run.
    pub fn place(&self) -> Place<'_> {
        Place {
            directory: self.path(),
            environment: &self.environment,
        }
    }
}

/// The `terraform` block of `main.tf`.
const REQUIREMENTS: &str = "terraform {
  required_providers {
    rdsiam = {
      source = \"rdsiam/rdsiam\"
    }
  }
}

";

/// The `provider` block for a cluster of the stand-in.
///
/// # Errors
/// None that are known of.
pub fn provider_block(connection: &ConnectionFile, cluster: &Cluster) -> Result<String, Failure> {
    let endpoint = quote(&connection.api_endpoint)?;
    Ok(format!(
        "provider \"rdsiam\" {{
  region = {region}

  # Access keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
  endpoints {{
    rds            = {endpoint}
    sts            = {endpoint}
    secretsmanager = {endpoint}
  }}

  postgres {{
    cluster_identifier = {cluster_identifier}
    connect_host       = {connect_host}
    connect_port       = {connect_port}
    sslrootcert        = {ca_file}
  }}
}}

",
        region = quote(&connection.region)?,
        cluster_identifier = quote(&cluster.identifier)?,
        connect_host = quote(&cluster.connect_host)?,
        connect_port = cluster.connect_port,
        ca_file = quote(&connection.ca_file.to_string_lossy())?,
    ))
}

fn resources(cluster: &Cluster) -> Result<String, Failure> {
    Ok(format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{
  cluster_identifier = {}
}}

resource \"rdsiam_replication_user\" \"cdc\" {{
  name = {}
}}
",
        quote(&cluster.identifier)?,
        quote(&cluster.replication_username)?,
    ))
}

/// Removes the directories of runs that were killed.
pub fn remove_stale() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && is_stale(&entry.path()).unwrap_or(false)
        {
            // Another user's directory stays; its owner's next run removes it.
            let _ignored = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether nobody holds the lock of a directory that is old enough to have one.
fn is_stale(directory: &Path) -> io::Result<bool> {
    let age = SystemTime::now()
        .duration_since(fs::metadata(directory)?.modified()?)
        .unwrap_or_default();
    if age < Duration::from_secs(60) {
        return Ok(false);
    }
    let lock = File::open(directory.join(LOCK))?;
    Ok(lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        time::{Duration, SystemTime},
    };

    use super::{LOCK, is_stale};

    #[test]
    fn directory_of_a_dead_run_is_stale_and_of_a_living_one_is_not() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let lock = File::create(directory.path().join(LOCK)).expect("a lock file");
        assert!(!is_stale(directory.path()).expect("a young directory can be judged"));

        let old = SystemTime::now() - Duration::from_secs(3600);
        File::open(directory.path())
            .and_then(|folder| folder.set_modified(old))
            .expect("the directory can be made older");
        lock.lock().expect("the lock is free");
        assert!(!is_stale(directory.path()).expect("a living run can be judged"));
        drop(lock);
        assert!(is_stale(directory.path()).expect("a dead run can be judged"));
    }
}
