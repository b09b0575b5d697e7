//! What a server demands of a user, learned without credentials.
//!
//! The server answers a start-up message by naming the authentication method. A cleartext password is
//! asked for by PAM, which on RDS means an IAM token; SCRAM or MD5 mean a password. Nothing is sent
//! after that, so neither a password nor a permission is needed. Not through RDS Proxy, which
//! authenticates by itself.

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::message::{backend::Message, frontend};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::dial::{Dialer, Stream};
use crate::{
    postgres::{AuthRequest, ConnectionKind, Error, ServerError},
    region,
};

/// The largest first answer that makes sense, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

/// Asks what the server demands of a user; see the module.
pub(super) async fn probe(
    dialer: &Dialer,
    user: &str,
    database: &str,
    kind: ConnectionKind,
) -> Result<AuthRequest, Error> {
    let address = dialer.address();
    let failed = |reason: String| Error::Connection {
        endpoint: address.endpoint(),
        reason,
    };
    if region::is_proxy(&address.host) {
        return Err(failed(
            "RDS Proxy answers for itself what it demands, and not for the server".to_owned(),
        ));
    }
    let ask = async {
        let mut stream = dialer.dial().await?;
        let mut parameters = vec![("user", user), ("database", database)];
        if kind == ConnectionKind::Replication {
            parameters.push(("replication", "database"));
        }
        let mut buffer = BytesMut::new();
        frontend::startup_message(parameters, &mut buffer)
            .map_err(|error| failed(error.to_string()))?;
        stream
            .write_all(&buffer)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let message = first_message(&mut *stream)
            .await
            .map_err(|error| failed(error.to_string()))?;
        Ok(requested(message))
    };
    dialer.limit(ask).await
}

async fn first_message(stream: &mut dyn Stream) -> std::io::Result<Message> {
    let mut buffer = BytesMut::new();
    loop {
        if let Some(message) = Message::parse(&mut buffer)? {
            return Ok(message);
        }
        if buffer.len() > LARGEST_ANSWER {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn requested(message: Message) -> AuthRequest {
    match message {
        Message::AuthenticationCleartextPassword => AuthRequest::Token,
        Message::AuthenticationMd5Password(_) | Message::AuthenticationSasl(_) => {
            AuthRequest::Password
        }
        Message::AuthenticationOk => AuthRequest::Nothing,
        Message::ErrorResponse(body) => {
            let mut said = ServerError {
                sqlstate: String::new(),
                message: String::new(),
                detail: None,
                hint: None,
                is_fatal: true,
            };
            let mut fields = body.fields();
            while let Ok(Some(field)) = fields.next() {
                let text = String::from_utf8_lossy(field.value_bytes()).into_owned();
                match field.type_() {
                    b'C' => said.sqlstate = text,
                    b'M' => said.message = text,
                    b'D' => said.detail = Some(text),
                    b'H' => said.hint = Some(text),
                    _ => {}
                }
            }
            AuthRequest::Refused(said)
        }
        Message::AuthenticationGss | Message::AuthenticationSspi => AuthRequest::Other("GSSAPI"),
        Message::AuthenticationKerberosV5 => AuthRequest::Other("Kerberos"),
        _ => AuthRequest::Other("an unknown method"),
    }
}
