//! A temporary directory for the CLI: configuration, state, and a mirror with built providers.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use xtask::failure::{Context, Failure};

use crate::{
    local_mirror, private,
    terraform_cli::{Place, TerraformCli, quote},
};

/// What the directories of all runs start with.
const PREFIX: &str = "rdsiam-xtask-";
/// Locked while the run that owns the directory is alive.
const LOCK: &str = ".lock";

/// The directory; removed when it is dropped.
pub struct Workspace {
    directory: TempDir,
    environment: Vec<(String, OsString)>,
    // Released by the operating system, however this process ends.
    _lock: File,
}

impl Workspace {
    /// Makes a directory whose `terraform init` finds these providers and nothing else: the namespace
    /// and type of each (`rdsiam/rdsiam`), and its binary.
    ///
    /// # Errors
    /// When the directory or a file in it cannot be made.
    pub fn new(cli: &TerraformCli, providers: &[(&str, &Path)]) -> Result<Self, Failure> {
        let directory = private::temporary_folder(PREFIX)?;
        let path = directory.path();
        let lock = File::create(path.join(LOCK)).context("making a lock file")?;
        lock.lock().context("locking the temporary directory")?;

        for (provider, built) in providers {
            local_mirror::install(path, provider, built, &cli.version.platform)?;
        }
        let cli_config = path.join("cli.tfrc");
        let text = format!(
            "# No registry is asked: providers come from the folder below.\nprovider_installation {{\n  \
             filesystem_mirror {{\n    path = {}\n  }}\n}}\n",
            quote(&path.join(local_mirror::FOLDER).to_string_lossy())?
        );
        private::write(&cli_config, &text)?;
        // Whoever has files in ~/.aws should see the same demo as everybody else.
        let empty = path.join("aws-config");
        private::write(&empty, "")?;

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

    /// Writes the configuration.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, configuration: &str) -> Result<(), Failure> {
        private::write(&self.path().join("main.tf"), configuration)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where the CLI is to run.
    pub fn place(&self) -> Place<'_> {
        Place {
            directory: self.path(),
            environment: &self.environment,
        }
    }
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
