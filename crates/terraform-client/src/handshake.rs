//! The line on standard output that says where a provider listens.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rustls_pki_types::CertificateDer;

/// The parts of a handshake line, `CORE|APP|NETWORK|ADDRESS|PROTOCOL|CERTIFICATE`.
/// <https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md>
#[derive(Clone, Debug)]
pub struct Handshake {
    /// The whole line.
    pub line: String,
    /// `unix` or `tcp`.
    pub network: String,
    /// The path of a socket, or a host and a port.
    pub address: String,
    /// What the provider shows, if it speaks TLS.
    pub certificate: Option<CertificateDer<'static>>,
}

impl Handshake {
    /// Reads a line; `None` when it is none of gRPC and version 6 of Terraform's protocol.
    pub fn parse(line: &str) -> Option<Self> {
        let parts: Vec<_> = line.split('|').collect();
        let [
            "1",
            "6",
            network @ ("unix" | "tcp"),
            address,
            "grpc",
            rest @ ..,
        ] = parts.as_slice()
        else {
            return None;
        };
        let certificate = match rest.first() {
            None | Some(&"") => None,
            Some(certificate) => Some(STANDARD_NO_PAD.decode(certificate).ok()?.into()),
        };
        Some(Self {
            line: line.to_owned(),
            network: (*network).to_owned(),
            address: (*address).to_owned(),
            certificate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Handshake;

    #[test]
    fn handshake_line_with_certificate_is_read() {
        let handshake = Handshake::parse("1|6|unix|/tmp/p/s|grpc|AAEC").expect("it is one");
        assert_eq!(handshake.network, "unix");
        assert_eq!(handshake.address, "/tmp/p/s");
        assert_eq!(handshake.certificate.as_deref(), Some(&[0, 1, 2][..]));
    }

    #[test]
    fn handshake_line_without_certificate_is_read() {
        let handshake = Handshake::parse("1|6|tcp|127.0.0.1:10000|grpc|").expect("it is one");
        assert_eq!(handshake.network, "tcp");
        assert_eq!(handshake.address, "127.0.0.1:10000");
        assert!(handshake.certificate.is_none());
    }

    #[test]
    fn handshake_line_of_another_protocol_is_refused() {
        assert!(Handshake::parse("1|5|unix|/tmp/p/s|grpc|").is_none());
        assert!(Handshake::parse("This binary is a plugin.").is_none());
    }
}
