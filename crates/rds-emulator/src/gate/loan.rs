//! The REPLICATION attribute, lent.
//!
//! On RDS a member of `rds_replication` may replicate without the attribute; stock PostgreSQL asks
//! for it, once, before the session is ready. The gate sets it for that moment.

use std::{collections::HashMap, sync::Arc};

use postgres_protocol::escape::escape_identifier;
use tokio::sync::{Mutex, MutexGuard};

use crate::postgres::Server;

/// The loans of one server: how many sessions of a user are between startup and ready.
#[derive(Clone)]
pub struct Loans {
    inner: Arc<Inner>,
}

struct Inner {
    server: Arc<Server>,
    borrowers: Mutex<HashMap<String, u32>>,
}

/// The attribute, on loan; taken back at the latest when this is dropped.
pub struct Loan {
    loans: Loans,
    user: Option<String>,
}

impl Loans {
    /// No loans yet.
    pub fn new(server: Arc<Server>) -> Self {
        Self {
            inner: Arc::new(Inner {
                server,
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
            self.alter(user, "REPLICATION").await?;
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
        if let Err(error) = self.alter(user, "NOREPLICATION").await {
            tracing::warn!(user, %error, "the REPLICATION attribute could not be taken back");
        }
    }

    async fn alter(&self, user: &str, attribute: &str) -> Result<(), tokio_postgres::Error> {
        let client = self.inner.server.superuser("postgres").await?;
        let user = escape_identifier(user);
        client
            .batch_execute(&format!(
                "SET lock_timeout = '5s'; ALTER ROLE {user} {attribute}"
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
