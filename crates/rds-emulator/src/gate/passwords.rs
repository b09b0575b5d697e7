//! `rds.restrict_password_commands`: who may not set passwords.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.RestrictPasswordMgmt.html>

use std::io;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::messages::Message;

/// Fails in the server itself, so that an open transaction is aborted as it would be on RDS.
const REFUSAL: &[u8] = b"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '42501', \
                         MESSAGE = 'must be a member of rds_password to alter passwords'; END $$\0";

/// Passes a client's messages on, and a refusal in place of simple queries that concern passwords.
pub async fn copy_restricted(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut look: impl FnMut(&[u8]),
) -> io::Result<()> {
    while let Some(mut message) = Message::read(&mut from).await? {
        if message.tag == b'Q' && concerns_passwords(&message.body) {
            message.body = REFUSAL.to_vec();
        }
        look(&message.to_bytes()?);
        message.write(&mut to).await?;
    }
    to.shutdown().await
}

/// Whether a text has a role's PASSWORD or VALID UNTIL in it.
fn concerns_passwords(query: &[u8]) -> bool {
    let query = String::from_utf8_lossy(query).to_uppercase();
    ["CREATE ROLE", "CREATE USER", "ALTER ROLE", "ALTER USER"]
        .iter()
        .any(|command| query.contains(command))
        && [" PASSWORD ", " VALID UNTIL "]
            .iter()
            .any(|option| query.contains(option))
}
