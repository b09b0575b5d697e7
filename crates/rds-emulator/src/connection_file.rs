//! What somebody needs to know to use a running stand-in.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// The connection file. It holds passwords and keys, on purpose: they are good for this stand-in
/// alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct ConnectionFile {
    /// Base URL of RDS, STS and Secrets Manager.
    pub api_endpoint: String,
    /// Base URL of the control endpoint.
    pub control_endpoint: String,
    /// The region.
    pub region: String,
    /// An access key that is allowed everything.
    pub access_key_id: String,
    /// Its secret half.
    pub secret_access_key: String,
    /// The root certificate of all gates, in PEM.
    pub ca_file: PathBuf,
    /// The clusters, Aurora and Multi-AZ DB clusters.
    pub clusters: Vec<Cluster>,
    /// The DB instances that stand alone.
    #[serde(default)]
    pub instances: Vec<Cluster>,
}

/// A cluster, or a DB instance that stands alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct Cluster {
    /// `DBClusterIdentifier` or `DBInstanceIdentifier`.
    pub identifier: String,
    /// `DbClusterResourceId` or `DbiResourceId`.
    pub resource_id: String,
    /// `DBClusterParameterGroup` or `DBParameterGroupName`.
    pub parameter_group: String,
    /// `EngineVersion`.
    pub engine_version: String,
    /// The endpoint's name, which certificate and tokens carry.
    pub host: String,
    /// The endpoint's port, which tokens carry.
    pub port: u16,
    /// The address to connect to instead.
    pub connect_host: String,
    /// The port to connect to instead.
    pub connect_port: u16,
    /// `DatabaseName` or `DBName`.
    pub database: String,
    /// `MasterUsername`.
    pub master_username: String,
    /// The master user's password.
    pub master_password: String,
    /// `MasterUserSecret.SecretArn`.
    pub master_secret_arn: String,
    /// A user who replicates with a password.
    pub replication_username: String,
    /// That user's password.
    pub replication_password: String,
    /// A publication with one table, `public.orders (id, item)`.
    pub publication: String,
    /// A libpq URI for the bootstrap superuser, past the gate.
    pub superuser_url: String,
}

impl ConnectionFile {
    /// Writes it as JSON for its owner's eyes only, whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // Temporary files are their maker's alone.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.persist(path)?;
        Ok(())
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is not there, or is something else.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }
}
