//! Commands on a connection of their own for replication: some are known there alone.
//! <https://www.postgresql.org/docs/current/protocol-replication.html>

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::dial::Stream;

/// What a start-up message says more of a connection for logical replication.
const REPLICATION: &[u8] = b"replication\0database\0";

/// A connection whose start-up message asks for replication: the client that writes it cannot.
pub(super) struct ForReplication {
    stream: Box<dyn Stream>,
    startup: Startup,
}

enum Startup {
    /// Nothing was written yet.
    ToCome,
    /// The message in place of the client's, and how much of it is written.
    Begun(Vec<u8>, usize),
    Written,
}

impl ForReplication {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            startup: Startup::ToCome,
        }
    }
}

impl AsyncWrite for ForReplication {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, startup } = &mut *self;
        if let Startup::ToCome = startup {
            let message = for_replication(bytes).ok_or(io::ErrorKind::InvalidData)?;
            *startup = Startup::Begun(message, 0);
        }
        if let Startup::Begun(message, written) = startup {
            while *written < message.len() {
                let more = Pin::new(&mut *stream).poll_write(context, &message[*written..]);
                match ready!(more)? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    more => *written += more,
                }
            }
            *startup = Startup::Written;
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for ForReplication {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

/// A whole start-up message that asks for replication besides; `None` of anything else.
fn for_replication(message: &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = message.split_first_chunk()?;
    let parameters = rest.strip_suffix(b"\0")?;
    if u32::from_be_bytes(*length) as usize != message.len() {
        return None;
    }
    let length = u32::try_from(message.len() + REPLICATION.len()).ok()?;
    Some([&length.to_be_bytes(), parameters, REPLICATION, b"\0"].concat())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn startup_message_asks_for_replication_and_what_follows_is_passed_on() {
        // A pipe of a few bytes: the message is written in many parts.
        let (near, mut far) = tokio::io::duplex(7);
        let mut connection = ForReplication::new(Box::new(near));
        let startup = b"\0\0\0\x12\0\x03\0\0user\0cdc\0\0";
        let write = async {
            connection.write_all(startup).await?;
            connection.write_all(b"next").await?;
            connection.shutdown().await
        };
        let mut read = Vec::new();
        let (written, _) = tokio::join!(write, far.read_to_end(&mut read));
        written.expect("it can be written");
        assert_eq!(
            read,
            b"\0\0\0\x27\0\x03\0\0user\0cdc\0replication\0database\0\0next"
        );
    }

    #[test]
    fn anything_but_a_whole_startup_message_is_refused() {
        for wrong in [
            &b""[..],
            b"\0\0\0\x12\0\x03\0\0user",
            b"\0\0\0\x04",
            b"Q\0\0\0\x04",
        ] {
            assert_eq!(for_replication(wrong), None);
        }
    }
}
