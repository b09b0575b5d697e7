//! The beginning of a connection: TLS or not, and the startup packet.

use std::{collections::BTreeMap, io, pin::Pin};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use crate::messages::{StartupPacket, request};

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// A connection of a client, with or without TLS.
pub trait ByteStream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> ByteStream for T {}

/// What the first packet of a client asks for.
pub enum FirstPacket {
    /// It wants a session.
    Startup(Pin<Box<dyn ByteStream>>, Startup),
    /// It wants a statement of another session cancelled; the whole packet.
    Cancel(Vec<u8>),
    /// It has gone.
    Gone,
}

/// A startup packet.
#[derive(Debug)]
pub struct Startup {
    /// The packet as it came.
    pub packet: Vec<u8>,
    /// Whether it came over TLS.
    pub encrypted: bool,
    parameters: BTreeMap<String, String>,
}

/// The kind of session that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQL.
    Normal,
    /// A walsender for a database: logical replication.
    Logical,
    /// A walsender for all: physical replication.
    Physical,
}

impl Startup {
    fn parse(packet: Vec<u8>, encrypted: bool) -> Self {
        let mut texts = packet
            .get(8..)
            .unwrap_or_default()
            .split(|byte| *byte == 0)
            .map(|text| String::from_utf8_lossy(text).into_owned());
        let mut parameters = BTreeMap::new();
        while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
            if name.is_empty() {
                break;
            }
            parameters.insert(name, value);
        }
        Self {
            packet,
            encrypted,
            parameters,
        }
    }

    /// The user.
    pub fn user(&self) -> &str {
        self.parameters.get("user").map_or("", String::as_str)
    }

    /// The database; the user's name where none is given.
    pub fn database(&self) -> &str {
        let named = self.parameters.get("database").map(String::as_str);
        named.filter(|name| !name.is_empty()).unwrap_or(self.user())
    }

    /// The kind of session.
    pub fn kind(&self) -> Kind {
        match self.parameters.get("replication").map(String::as_str) {
            Some("database") => Kind::Logical,
            Some("true" | "on" | "yes" | "1" | "t" | "y") => Kind::Physical,
            _ => Kind::Normal,
        }
    }
}

/// Reads the beginning of a connection.
///
/// # Errors
/// When the connection breaks off or does not speak the protocol.
pub async fn begin(client: TcpStream, acceptor: &TlsAcceptor) -> io::Result<FirstPacket> {
    let mut first = [0];
    if client.peek(&mut first).await? == 0 {
        return Ok(FirstPacket::Gone);
    }
    let mut encrypted = first[0] == TLS_HANDSHAKE;
    let mut stream: Pin<Box<dyn ByteStream>> = if encrypted {
        Box::pin(acceptor.accept(client).await?)
    } else {
        Box::pin(client)
    };
    while let Some(packet) = StartupPacket::read(&mut stream).await? {
        match packet.code {
            request::SSL if !encrypted => {
                stream.write_all(b"S").await?;
                stream.flush().await?;
                stream = Box::pin(acceptor.accept(stream).await?);
                encrypted = true;
            }
            request::SSL | request::GSS_ENCRYPTION => {
                stream.write_all(b"N").await?;
                stream.flush().await?;
            }
            request::CANCEL => return Ok(FirstPacket::Cancel(packet.bytes)),
            _ => {
                let startup = Startup::parse(packet.bytes, encrypted);
                return Ok(FirstPacket::Startup(stream, startup));
            }
        }
    }
    Ok(FirstPacket::Gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn startup(parameters: &[(&str, &str)]) -> Startup {
        let mut packet = vec![0; 8];
        for text in parameters.iter().flat_map(|(name, value)| [name, value]) {
            packet.extend_from_slice(text.as_bytes());
            packet.push(0);
        }
        packet.push(0);
        Startup::parse(packet, true)
    }

    #[test]
    fn startup_without_database_means_the_one_named_like_the_user() {
        let packet = startup(&[("user", "a b"), ("application_name", "")]);
        assert_eq!((packet.user(), packet.database()), ("a b", "a b"));
        assert_eq!(packet.kind(), Kind::Normal);
        let packet = startup(&[
            ("user", "a"),
            ("database", "d"),
            ("replication", "database"),
        ]);
        assert_eq!((packet.database(), packet.kind()), ("d", Kind::Logical));
        assert_eq!(startup(&[("replication", "on")]).kind(), Kind::Physical);
        assert_eq!(startup(&[("replication", "off")]).kind(), Kind::Normal);
    }
}
