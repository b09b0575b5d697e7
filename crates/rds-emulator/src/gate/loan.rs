//! Attributes, lent.
//!
//! On RDS a member of `rds_replication` may replicate without the REPLICATION attribute; stock PostgreSQL asks
//! for it before the session is ready, and in the functions for slots. The gate sets it for that moment. A member of `rds_superuser` may publish
//! all tables, for which stock PostgreSQL asks for SUPERUSER while the statement runs.

use std::{collections::HashMap, sync::Arc};

use postgres_protocol::escape::escape_identifier;
use tokio::sync::{Mutex, MutexGuard};

use crate::postgres::Server;

/// The loans of one attribute on one server: how many sessions of a user need it at the moment.
#[derive(Clone)]
pub struct Loans {
    inner: Arc<Inner>,
}

struct Inner {
    server: Arc<Server>,
    attribute: &'static str,
    borrowers: Mutex<HashMap<String, u32>>,
}

/// The attribute, on loan; taken back at the latest when this is dropped.
pub struct Loan {
    loans: Loans,
    user: Option<String>,
}

impl Loans {
    /// No loans yet of that attribute.
    pub fn new(server: Arc<Server>, attribute: &'static str) -> Self {
        Self {
            inner: Arc::new(Inner {
                server,
                attribute,
                borrowers: Mutex::default(),
            }),
        }
    }

    /// Lends the attribute to a user who does not have it.
    ///
    /// # Errors
    /// When the server does not do it.
    pub async fn lend(&self, user: &str) -> Result<Loan, tokio_postgres::Error> {
        let mut borrowers = self.borrowers().await;
        if !borrowers.contains_key(user) {
            self.alter(user, "").await?;
        }
        *borrowers.entry(user.to_owned()).or_default() += 1;
        Ok(Loan {
            loans: self.clone(),
            user: Some(user.to_owned()),
        })
    }

    /// The users who have the attribute on loan; that stays so until the result is dropped.
    pub async fn borrowers(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.inner.borrowers.lock().await
    }

    async fn take_back(&self, user: &str) {
        let mut borrowers = self.borrowers().await;
        let Some(sessions) = borrowers.get_mut(user) else {
            return;
        };
        *sessions -= 1;
        if *sessions > 0 {
            return;
        }
        borrowers.remove(user);
        if let Err(error) = self.alter(user, "NO").await {
            let attribute = self.inner.attribute;
            tracing::warn!(user, attribute, %error, "an attribute could not be taken back");
        }
    }

    /// Gives the attribute, or with `NO` takes it.
    async fn alter(&self, user: &str, no: &str) -> Result<(), tokio_postgres::Error> {
        let attribute = self.inner.attribute;
        let client = self.inner.server.superuser("postgres").await?;
        let user = escape_identifier(user);
        client
            .batch_execute(&format!(
                "SET lock_timeout = '5s'; ALTER ROLE {user} {no}{attribute}"
            ))
            .await
    }
}

impl Loan {
    /// Takes the attribute back.
    pub async fn take_back(mut self) {
        if let Some(user) = self.user.take() {
            self.loans.take_back(&user).await;
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(user) = self.user.take() {
            let loans = self.loans.clone();
            tokio::spawn(async move { loans.take_back(&user).await });
        }
    }
}
