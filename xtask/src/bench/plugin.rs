//! The provider as a plugin process, started as Terraform starts it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};

use crate::{
    bench::certificate::ClientCertificate,
    failure::{Context, Failure},
};

/// What says to a plugin that it is Terraform or OpenTofu that has started it.
const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);
/// Terraform waits a minute for the handshake line.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running provider. It is killed when this is dropped.
pub struct Plugin {
    child: Child,
    // An end that is gone would be a broken pipe to the provider.
    _stdout: BufReader<ChildStdout>,
    // The socket's folder: what is killed cannot clean up.
    _directory: TempDir,
    took: Duration,
    address: Address,
    certificate: Option<CertificateDer<'static>>,
}

/// Where a provider listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The path of a socket.
    Unix(PathBuf),
    /// A host and a port.
    Tcp(String),
}

impl Plugin {
    /// Starts the provider and reads its handshake line.
    ///
    /// # Errors
    /// When it does not start, or says something else, with what it says.
    pub async fn start(
        binary: &Path,
        certificate: Option<&ClientCertificate>,
    ) -> Result<Self, Failure> {
        let directory = tempfile::Builder::new()
            .prefix("rdsiam-bench-")
            .tempdir()
            .context("making a temporary directory")?;
        let mut command = Command::new(binary);
        command
            .env(COOKIE.0, COOKIE.1)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env("TMPDIR", directory.path())
            .env_remove("PLUGIN_CLIENT_CERT")
            .env_remove("TF_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        if let Some(certificate) = certificate {
            command.env("PLUGIN_CLIENT_CERT", certificate.pem());
        }
        let started = Instant::now();
        let mut child = command.spawn().context("the provider cannot be started")?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| Failure::new("the provider has no standard output"))?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        tokio::time::timeout(START_TIMEOUT, stdout.read_line(&mut line))
            .await
            .context("waiting for the handshake line")?
            .context("reading the handshake line")?;
        let took = started.elapsed();
        let (address, server_certificate) = parse(line.trim_end())
            .ok_or_else(|| Failure::new(format!("{line:?} is not a handshake line")))?;
        if server_certificate.is_some() != certificate.is_some() {
            return Err(Failure::new(format!(
                "the handshake line {line:?} does not fit the client certificate that was {}given",
                if certificate.is_some() { "" } else { "not " }
            )));
        }
        Ok(Self {
            child,
            _stdout: stdout,
            _directory: directory,
            took,
            address,
            certificate: server_certificate,
        })
    }

    /// The time from just before the start until the handshake line was read.
    pub fn handshake_took(&self) -> Duration {
        self.took
    }

    /// The process id; 0 once it has ended.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The certificate that it shows, if it speaks TLS.
    pub fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.certificate.as_ref()
    }

    /// Ends it and waits until it has ended.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().await.context("ending the provider")
    }
}

/// Reads `CORE|APP|NETWORK|ADDRESS|PROTOCOL|CERTIFICATE`.
fn parse(line: &str) -> Option<(Address, Option<CertificateDer<'static>>)> {
    let fields: Vec<&str> = line.split('|').collect();
    let (address, certificate) = match fields.as_slice() {
        ["1", "6", "unix", path, "grpc", rest @ ..] => (Address::Unix(PathBuf::from(path)), rest),
        ["1", "6", "tcp", address, "grpc", rest @ ..] => {
            (Address::Tcp((*address).to_owned()), rest)
        }
        _ => return None,
    };
    let certificate = match certificate.first() {
        Some(&"") | None => None,
        Some(certificate) => Some(STANDARD_NO_PAD.decode(certificate).ok()?.into()),
    };
    Some((address, certificate))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Address, parse};

    #[test]
    fn handshake_line_with_certificate_is_read() {
        let (address, certificate) = parse("1|6|unix|/tmp/p/s|grpc|AAEC").expect("it is one");
        assert_eq!(address, Address::Unix(PathBuf::from("/tmp/p/s")));
        assert_eq!(certificate.as_deref(), Some([0, 1, 2].as_slice()));
    }

    #[test]
    fn handshake_line_without_certificate_is_read() {
        let (address, certificate) = parse("1|6|tcp|127.0.0.1:10000|grpc|").expect("it is one");
        assert_eq!(address, Address::Tcp("127.0.0.1:10000".to_owned()));
        assert!(certificate.is_none());
    }

    #[test]
    fn handshake_line_of_another_protocol_is_refused() {
        assert!(parse("1|5|unix|/tmp/p/s|grpc|").is_none());
        assert!(parse("This binary is a plugin.").is_none());
    }
}
