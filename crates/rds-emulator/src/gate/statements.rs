//! Simple queries that RDS treats otherwise than stock PostgreSQL does.
//!
//! `rds.restrict_password_commands`: who may not set passwords.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.RestrictPasswordMgmt.html>
//!
//! Publications of all tables: a member of `rds_superuser` may make them.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.MajorVersionUpgrade.html>

use std::io;

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::watch,
};

use super::loan::Loans;
use crate::messages::Message;

/// Fails in the server itself, so that an open transaction is aborted as it would be on RDS.
const REFUSAL: &[u8] = b"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '42501', \
                         MESSAGE = 'must be a member of rds_password to alter passwords'; END $$\0";

/// What RDS makes of the simple queries of one client.
pub struct Rules<'a> {
    /// Whether it may set passwords.
    pub may_set_passwords: bool,
    /// Who lends the attribute SUPERUSER to it, while a query runs that publishes all tables.
    pub lender: Option<Lender<'a>>,
}

/// Who lends the attribute SUPERUSER to a user.
pub struct Lender<'a> {
    /// The loans of the server.
    pub loans: &'a Loans,
    /// The user.
    pub user: &'a str,
    /// How often the server was ready for a query.
    pub ready: watch::Receiver<u64>,
}

impl Rules<'_> {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.may_set_passwords && self.lender.is_none()
    }
}

/// Passes a client's messages on by the rules. `publishes_schemas` says whether the attribute is lent for publications of
/// all tables in a schema, too.
pub async fn copy_by(
    mut rules: Rules<'_>,
    publishes_schemas: impl Fn() -> bool,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut look: impl FnMut(&[u8]),
) -> io::Result<()> {
    while let Some(mut message) = Message::read(&mut from).await? {
        let is_query = message.tag == b'Q';
        if is_query && !rules.may_set_passwords && concerns_passwords(&message.body) {
            message.body = REFUSAL.to_vec();
        }
        look(&message.to_bytes()?);
        match &mut rules.lender {
            Some(lender) if is_query && publishes_all(&message.body, publishes_schemas()) => {
                lender.pass_on(&message, &mut to).await?;
            }
            _ => message.write(&mut to).await?,
        }
    }
    to.shutdown().await
}

impl Lender<'_> {
    /// Passes a query on, and takes the attribute back once the server is ready for the next.
    async fn pass_on(
        &mut self,
        message: &Message,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        let before = *self.ready.borrow();
        let loan = self.loans.lend(self.user).await.map_err(io::Error::other)?;
        message.write(to).await?;
        let ready = self.ready.wait_for(|ready| *ready > before).await;
        // The server may be gone as well.
        drop(ready);
        loan.take_back().await;
        Ok(())
    }
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

/// Whether a text publishes all tables, of the database or, with `schemas`, of a schema.
fn publishes_all(query: &[u8], schemas: bool) -> bool {
    let query = String::from_utf8_lossy(query).to_uppercase();
    query.contains(" PUBLICATION ")
        && (query.contains(" FOR ALL TABLES") || (schemas && query.contains("TABLES IN SCHEMA ")))
}
