//! Logins through a gate, as a client of the database would make them.

use std::{io, sync::Arc};

use rds_emulator::Cluster;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_postgres::{Client, Config, NoTls};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::StandIn;

/// The wish for TLS: length and code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

impl StandIn {
    /// Logs in through a cluster's gate and runs a statement.
    ///
    /// # Errors
    /// What the gate or the server says.
    pub fn log_in(&self, cluster: &Cluster, user: &str, password: &str) -> Result<(), String> {
        self.block_on(async {
            let client = self.session(cluster, user, password).await?;
            let answered = client.simple_query("SELECT 1").await;
            answered.map(|_| ()).map_err(|error| format!("{error:?}"))
        })
    }

    /// A session through a cluster's gate.
    ///
    /// # Errors
    /// What the gate or the server says.
    pub async fn session(
        &self,
        cluster: &Cluster,
        user: &str,
        password: &str,
    ) -> Result<Client, String> {
        let dialled = self.dial(cluster).await;
        let stream = dialled.map_err(|error| error.to_string())?;
        let connected = Config::new()
            .user(user)
            .password(password)
            .dbname(&cluster.database)
            .connect_raw(stream, NoTls)
            .await;
        let (client, connection) = connected.map_err(|error| format!("{error:?}"))?;
        tokio::spawn(connection);
        Ok(client)
    }

    async fn dial(&self, cluster: &Cluster) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let ca_file = &self.connection().ca_file;
        for certificate in CertificateDer::pem_file_iter(ca_file).map_err(io::Error::other)? {
            let certificate = certificate.map_err(io::Error::other)?;
            roots.add(certificate).map_err(io::Error::other)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(cluster.host.clone()).map_err(io::Error::other)?;
        let address = (cluster.connect_host.as_str(), cluster.connect_port);
        let mut socket = TcpStream::connect(address).await?;
        socket.write_all(&SSL_REQUEST).await?;
        if socket.read_u8().await? != b'S' {
            return Err(io::Error::other("the gate speaks no TLS"));
        }
        TlsConnector::from(Arc::new(config))
            .connect(name, socket)
            .await
    }
}
