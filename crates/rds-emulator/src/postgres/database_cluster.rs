//! The files of a database cluster: what initdb makes, `postgresql.conf`, `pg_hba.conf`.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::{StatVfs, statvfs};

use super::{
    Binaries, Error,
    process::give_away,
    template::{self, copy_folder},
};

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

/// What memory must have room for, in bytes, before database clusters go there: some dozens of them.
const ROOM: u64 = 2 << 30;

/// A database cluster's files; removed when dropped.
#[derive(Debug)]
pub struct DatabaseCluster {
    directory: tempfile::TempDir,
}

impl DatabaseCluster {
    /// Makes a new one.
    ///
    /// # Errors
    /// When files cannot be made, or initdb or the copy fails.
    pub async fn new(binaries: &Binaries) -> Result<Self, Error> {
        let parent = temporary_folder();
        // Paths of Unix sockets are short: <https://www.postgresql.org/docs/current/runtime-config-connection.html>
        let directory = tempfile::Builder::new()
            .prefix("rds-emulator-")
            // Whoever reaches the Unix socket is trusted.
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(&parent)
            .map_err(Error::file("making a folder in", parent))?;
        let this = Self { directory };
        give_away(this.path()).map_err(Error::file("giving away", this.path()))?;
        template::make_data(binaries, &this.data()).await?;
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

    /// What the data were when a snapshot was taken.
    fn snapshot(&self) -> PathBuf {
        self.path().join("snapshot")
    }

    /// Keeps a copy of the data, in place of an earlier one. Nobody may write to them meanwhile.
    ///
    /// # Errors
    /// When the copy fails.
    pub async fn take_snapshot(&self) -> Result<(), Error> {
        replace(&self.snapshot(), &self.data()).await
    }

    /// Puts the copy in the place of the data, with the replication slots that are in it or without.
    ///
    /// # Errors
    /// When the files cannot be replaced.
    pub async fn restore(&self, with_slots: bool) -> Result<(), Error> {
        let data = self.data();
        replace(&data, &self.snapshot()).await?;
        if !with_slots {
            let slots = data.join("pg_replslot");
            remove_entries(&slots).map_err(Error::file("emptying", slots))?;
        }
        Ok(())
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

/// Puts a copy of a folder in the place of another one.
async fn replace(folder: &Path, by: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file("removing", folder)(error))
        }
        _ => copy_folder(by, folder).await,
    }
}

/// Removes the folders in a folder.
fn remove_entries(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        fs::remove_dir_all(entry?.path())?;
    }
    Ok(())
}

/// In memory, where the thousand files of a database cluster take a fifth of the time, unless `TMPDIR`
/// names another folder.
fn temporary_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let has_room = |found: StatVfs| found.f_bavail.saturating_mul(found.f_frsize) > ROOM;
    match env::var_os("TMPDIR") {
        None if statvfs(memory).is_ok_and(has_room) => memory.to_owned(),
        _ => env::temp_dir(),
    }
}
