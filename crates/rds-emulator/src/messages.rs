//! Messages of the PostgreSQL protocol, as far as a gate and a simple client read and write them.
//!
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest message, in bytes; what is read here (logins, statements, rows of tests) is far shorter.
const MESSAGE_LIMIT: usize = 1 << 20;
/// Longest startup packet, in bytes, as in PostgreSQL.
const PACKET_LIMIT: usize = 10_000;

/// Codes of the packets with which a client asks for something else than a session.
pub mod request {
    /// `CancelRequest`.
    pub const CANCEL: u32 = 80_877_102;
    /// `SSLRequest`.
    pub const SSL: u32 = 80_877_103;
    /// `GSSENCRequest`.
    pub const GSS_ENCRYPTION: u32 = 80_877_104;
}

/// A packet with which a client begins: it has a code in place of a type.
#[derive(Debug)]
pub struct StartupPacket {
    /// One of [`request`], or the version of the protocol.
    pub code: u32,
    /// All of it, as it came.
    pub bytes: Vec<u8>,
}

impl StartupPacket {
    /// Reads one; `None` at the end of the stream.
    ///
    /// # Errors
    /// When the connection breaks off or does not speak the protocol.
    pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let length = match stream.read_u32().await {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        let code = stream.read_u32().await?;
        let mut bytes = [length.to_be_bytes(), code.to_be_bytes()].concat();
        let header = bytes.len();
        let length = length as usize;
        if !(header..=PACKET_LIMIT).contains(&length) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a startup packet of {length} bytes"),
            ));
        }
        bytes.resize(length, 0);
        stream.read_exact(&mut bytes[header..]).await?;
        Ok(Some(Self { code, bytes }))
    }
}

/// A message with its type.
#[derive(Debug)]
pub struct Message {
    /// The type.
    pub tag: u8,
    /// What follows the length.
    pub body: Vec<u8>,
}

/// What an authentication request asks for.
/// <https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONOK>
pub mod authentication {
    /// Nothing more.
    pub const OK: u32 = 0;
    /// The password as it is.
    pub const CLEARTEXT_PASSWORD: u32 = 3;
    /// The beginning of SASL.
    pub const SASL: u32 = 10;
    /// More of SASL.
    pub const SASL_CONTINUE: u32 = 11;
    /// The end of SASL, to which there is no answer.
    pub const SASL_FINAL: u32 = 12;
}

impl Message {
    /// Reads one; `None` at the end of the stream.
    ///
    /// # Errors
    /// When the connection breaks off or does not speak the protocol.
    pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let tag = match stream.read_u8().await {
            Ok(tag) => tag,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = stream.read_u32().await? as usize;
        let Some(length) = length
            .checked_sub(4)
            .filter(|length| *length <= MESSAGE_LIMIT)
        else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a message of {length} bytes"),
            ));
        };
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        Ok(Some(Self { tag, body }))
    }

    /// Sends it.
    ///
    /// # Errors
    /// When the connection breaks off.
    pub async fn write(&self, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        stream.write_all(&self.to_bytes()?).await?;
        stream.flush().await
    }

    /// As it is sent.
    ///
    /// # Errors
    /// When it is too long.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let length = u32::try_from(self.body.len() + 4)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let mut bytes = Vec::with_capacity(self.body.len() + 5);
        bytes.push(self.tag);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&self.body);
        Ok(bytes)
    }

    /// An authentication request.
    pub fn authentication(kind: u32) -> Self {
        Self {
            tag: b'R',
            body: kind.to_be_bytes().to_vec(),
        }
    }

    /// What an authentication request asks for; `None` for other messages.
    pub fn authentication_kind(&self) -> Option<u32> {
        let kind = self.body.first_chunk().filter(|_| self.tag == b'R')?;
        Some(u32::from_be_bytes(*kind))
    }

    /// A fatal error.
    pub fn fatal(sqlstate: &str, text: &str) -> Self {
        let mut body = Vec::new();
        for (field, value) in [
            (b'S', "FATAL"),
            (b'V', "FATAL"),
            (b'C', sqlstate),
            (b'M', text),
        ] {
            body.push(field);
            body.extend_from_slice(value.as_bytes());
            body.push(0);
        }
        body.push(0);
        Self { tag: b'E', body }
    }

    /// SQLSTATE and text of an error; `None` for other messages.
    pub fn error(&self) -> Option<(String, String)> {
        if self.tag != b'E' {
            return None;
        }
        let field = |wanted: u8| {
            self.body
                .split(|byte| *byte == 0)
                .find_map(|field| field.strip_prefix(&[wanted]))
                .map(|text| String::from_utf8_lossy(text).into_owned())
                .unwrap_or_default()
        };
        Some((field(b'C'), field(b'M')))
    }

    /// The password in a password message, without the zero byte that ends it.
    pub fn password(&self) -> Option<&str> {
        let text = self.body.strip_suffix(&[0]).filter(|_| self.tag == b'p')?;
        std::str::from_utf8(text).ok()
    }
}
