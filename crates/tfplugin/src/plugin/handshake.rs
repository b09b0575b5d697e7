//! The one line on standard output that tells the client where and how to connect.

use std::io::{self, Write};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use super::{
    environment::{Environment, PROTOCOL_VERSION},
    listener::Address,
};

/// The version of go-plugin's own protocol.
const CORE_PROTOCOL_VERSION: u32 = 1;

/// The line for a server at `address` that shows `certificate`, in DER, if it speaks TLS.
pub(crate) fn line(
    address: &Address,
    certificate: Option<&[u8]>,
    environment: &Environment,
) -> String {
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der));
    let mut line = format!(
        "{CORE_PROTOCOL_VERSION}|{PROTOCOL_VERSION}|{}|{}|grpc|{}",
        address.network,
        address.text,
        certificate.unwrap_or_default(),
    );
    // Clients that do not ask would take a seventh field for a part of the certificate.
    if environment.asks_for_multiplexing {
        line.push_str("|false");
    }
    line
}

/// Writes a line to standard output. Nothing else in the process may write there.
pub(crate) fn announce(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address {
            network: "unix",
            text: "/tmp/x/provider.sock".to_owned(),
        }
    }

    #[test]
    fn line_with_certificate_carries_base64_without_padding() {
        let line = line(&address(), Some(&[1, 2, 3, 4]), &Environment::default());
        assert_eq!(line, "1|6|unix|/tmp/x/provider.sock|grpc|AQIDBA");
    }

    #[test]
    fn line_without_certificate_keeps_the_empty_field() {
        let line = line(&address(), None, &Environment::default());
        assert_eq!(line, "1|6|unix|/tmp/x/provider.sock|grpc|");
    }

    #[test]
    fn line_for_client_that_asks_denies_multiplexing() {
        let environment = Environment {
            asks_for_multiplexing: true,
            ..Environment::default()
        };
        let line = line(&address(), None, &environment);
        assert_eq!(line, "1|6|unix|/tmp/x/provider.sock|grpc||false");
    }
}
