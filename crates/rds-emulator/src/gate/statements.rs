//! Simple queries that RDS treats otherwise than stock PostgreSQL does.
//!
//! `rds.restrict_password_commands`: who may not set passwords.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.RestrictPasswordMgmt.html>
//!
//! Publications of all tables: a member of `rds_superuser` may make them.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.MajorVersionUpgrade.html>
//!
//! Functions for slots: a member of `rds_replication` may call them.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Replication.Logical.Configure.html>

use std::io;

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::watch,
};

use super::loan::{Loan, Loans};
use crate::messages::Message;

/// Fails in the server itself, so that an open transaction is aborted as it would be on RDS.
const REFUSAL: &[u8] = b"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '42501', \
                         MESSAGE = 'must be a member of rds_password to alter passwords'; END $$\0";

/// What RDS makes of the simple queries of one client.
pub struct Rules<'a> {
    /// Whether it may set passwords.
    pub may_set_passwords: bool,
    /// Who lends the attribute SUPERUSER to it, while a query runs that publishes all tables.
    pub publishing: Option<Lender<'a>>,
    /// Who lends the attribute REPLICATION to it, while a query runs that calls a function for slots.
    pub slots: Option<Lender<'a>>,
}

/// Who lends an attribute to a user.
pub struct Lender<'a> {
    /// The loans of the attribute.
    pub loans: &'a Loans,
    /// The user.
    pub user: &'a str,
    /// How often the server was ready for a query.
    pub ready: watch::Receiver<u64>,
}

/// An attribute, on loan until the server is ready for the next query.
struct Lent {
    loan: Loan,
    ready: watch::Receiver<u64>,
    before: u64,
}

impl Rules<'_> {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.may_set_passwords && self.publishing.is_none() && self.slots.is_none()
    }

    /// Who lends what a query takes.
    fn lender(&self, query: &[u8], publishes_schemas: bool) -> Option<&Lender<'_>> {
        let publishing = self.publishing.as_ref();
        publishing
            .filter(|_| publishes_all(query, publishes_schemas))
            .or_else(|| self.slots.as_ref().filter(|_| calls_for_slots(query)))
    }
}

/// Passes a client's messages on by the rules. `publishes_schemas` says whether the attribute is lent for publications of
/// all tables in a schema, too. A client that leaves while its query runs is gone for the server at once.
pub async fn copy_by(
    rules: Rules<'_>,
    publishes_schemas: impl Fn() -> bool,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut look: impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut lent = None;
    loop {
        let mut message = {
            let next = Message::read(&mut from);
            tokio::pin!(next);
            loop {
                tokio::select! {
                    biased;
                    () = until_ready(&mut lent) => take_back(&mut lent).await,
                    message = &mut next => break message?,
                }
            }
        };
        let Some(message) = &mut message else {
            return to.shutdown().await;
        };
        let is_query = message.tag == b'Q';
        if is_query && !rules.may_set_passwords && concerns_passwords(&message.body) {
            message.body = REFUSAL.to_vec();
        }
        look(&message.to_bytes()?);
        let lender = rules.lender(&message.body, publishes_schemas());
        if let Some(lender) = lender.filter(|_| is_query) {
            take_back(&mut lent).await;
            lent = Some(lender.lend().await?);
        }
        message.write(&mut to).await?;
    }
}

impl Lender<'_> {
    async fn lend(&self) -> io::Result<Lent> {
        let before = *self.ready.borrow();
        Ok(Lent {
            loan: self.loans.lend(self.user).await.map_err(io::Error::other)?,
            ready: self.ready.clone(),
            before,
        })
    }
}

/// Waits until the server is ready for the next query, where something is lent until then.
async fn until_ready(lent: &mut Option<Lent>) {
    match lent {
        Some(lent) => {
            let before = lent.before;
            // The server may be gone as well.
            let _gone = lent.ready.wait_for(|ready| *ready > before).await;
        }
        None => std::future::pending().await,
    }
}

async fn take_back(lent: &mut Option<Lent>) {
    if let Some(lent) = lent.take() {
        lent.loan.take_back().await;
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

/// Whether a text calls a function for slots, for which PostgreSQL looks at the attribute REPLICATION.
fn calls_for_slots(query: &[u8]) -> bool {
    let query = String::from_utf8_lossy(query).to_lowercase();
    [
        "pg_create_logical_replication_slot",
        "pg_create_physical_replication_slot",
        "pg_copy_logical_replication_slot",
        "pg_copy_physical_replication_slot",
        "pg_drop_replication_slot",
        "pg_replication_slot_advance",
        "pg_logical_slot_",
    ]
    .iter()
    .any(|function| query.contains(function))
}
