//! TLS in front of a server on loopback, with a certificate that no platform trusts.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{StandIn, port};

/// Speaks TLS for a server. Ends with the runtime that it was started on.
pub struct TlsFront {
    /// Its port on loopback.
    pub port: u16,
    /// Its certificate, in PEM.
    pub certificate: String,
}

impl TlsFront {
    /// One for the stand-in's API, with a certificate for the given hosts.
    pub fn start(stand_in: &StandIn, hosts: &[&str]) -> Self {
        stand_in.block_on(Self::before(stand_in.api_port(), hosts))
    }

    /// One for a port of loopback, with a certificate for the given hosts.
    pub async fn before(server: u16, hosts: &[&str]) -> Self {
        let names: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let own = rcgen::generate_simple_self_signed(names).expect("a certificate can be made");
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("it has a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has the versions")
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .expect("key and certificate belong together");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let port = port::serve(move |client| serve(acceptor.clone(), client, server)).await;
        Self {
            port,
            certificate: own.cert.pem(),
        }
    }
}

async fn serve(acceptor: TlsAcceptor, client: TcpStream, server: u16) {
    // Without trust the client goes.
    let (Ok(mut client), Ok(mut server)) = (
        acceptor.accept(client).await,
        TcpStream::connect(("127.0.0.1", server)).await,
    ) else {
        return;
    };
    let _ended = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}
