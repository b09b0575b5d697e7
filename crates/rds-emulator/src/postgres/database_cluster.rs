//! The files of a database cluster: initdb, `postgresql.conf`, `pg_hba.conf`.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::{
    Binaries, Error,
    process::{give_away, unprivileged},
};

/// The bootstrap superuser, as on RDS.
pub const SUPERUSER: &str = "rdsadmin";

/// Everyone is trusted on the Unix socket, whose folder is the server's alone: who comes there has
/// been authenticated by the gate. Elsewhere passwords count; `md5` takes SCRAM ones as well.
const PG_HBA: &str = "local all         all              trust
local replication all              trust
host  all         all 127.0.0.1/32 md5
";

/// Durability is for databases that are meant to outlive their process. Parameters of RDS are there
/// from the first connection on; `rds.conf` has their running values.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 16MB
max_wal_senders = 20
max_replication_slots = 20
wal_level = logical
password_encryption = 'scram-sha-256'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
rds.logical_replication = on
rds.iam_auth_for_replication = off
include_if_exists = 'rds.conf'
";

/// A database cluster on disk; removed when dropped.
#[derive(Debug)]
pub struct DatabaseCluster {
    directory: tempfile::TempDir,
}

impl DatabaseCluster {
    /// Makes a new one.
    ///
    /// # Errors
    /// When files cannot be made, or initdb fails.
    pub async fn new(binaries: &Binaries, superuser_password: &str) -> Result<Self, Error> {
        // Paths of Unix sockets are short: <https://www.postgresql.org/docs/current/runtime-config-connection.html>
        let directory = tempfile::Builder::new()
            .prefix("rds-emulator-")
            // Whoever reaches the Unix socket is trusted.
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .map_err(Error::file("making a folder in", std::env::temp_dir()))?;
        let this = Self { directory };
        give_away(this.path()).map_err(Error::file("giving away", this.path()))?;
        let password_file = this.path().join("password");
        this.write("password", superuser_password)?;
        let output = unprivileged(binaries.program("initdb"))
            .arg("--pgdata")
            .arg(this.data())
            .args([
                "--username",
                SUPERUSER,
                "--encoding",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .args(["--auth", "trust"])
            .arg("--pwfile")
            .arg(&password_file)
            .output()
            .await
            .map_err(Error::file("running", binaries.program("initdb")))?;
        fs::remove_file(&password_file).map_err(Error::file("removing", &password_file))?;
        if !output.status.success() {
            return Err(Error::Program {
                program: "initdb",
                output: String::from_utf8_lossy(&output.stderr).into_owned(),
            });
        }
        let settings = format!(
            "{SETTINGS}unix_socket_directories = '{}'\n",
            this.path().display()
        );
        this.write("data/postgresql.conf", &settings)?;
        this.write("data/pg_hba.conf", PG_HBA)?;
        Ok(this)
    }

    /// The folder of all of it, where the Unix socket is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// `PGDATA`.
    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Where the server's output goes.
    pub fn log(&self) -> PathBuf {
        self.path().join("log")
    }

    /// The end of the server's output.
    pub fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }

    /// Writes settings that come on top of the others.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_settings(&self, settings: &[(&str, &str)]) -> Result<(), Error> {
        let text: String = settings
            .iter()
            .map(|(name, value)| format!("{name} = '{value}'\n"))
            .collect();
        self.write("data/rds.conf", &text)
    }

    /// Removes what is left of it.
    ///
    /// # Errors
    /// When the operating system does not let it.
    pub fn remove(&self) -> std::io::Result<()> {
        match fs::remove_dir_all(self.path()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.path().join(name);
        fs::write(&path, text)
            .and_then(|()| give_away(&path))
            .map_err(Error::file("writing", path))
    }
}
