//! A session within the limits of the operation that uses it, and what operations run in one.

use super::{
    Batch, Error, Rows, Statement,
    snapshot::Snapshot,
    statement::Coverage,
    transaction,
    transport::{Answers, Session},
};
use crate::scope::Scope;

/// A session within the limits of the operation that uses it.
pub(super) struct Connection {
    session: Box<dyn Session>,
    scope: Scope,
}

impl Connection {
    pub(super) fn new(session: Box<dyn Session>, scope: &Scope) -> Self {
        Self {
            session,
            scope: scope.clone(),
        }
    }

    /// The version of the server, such as 170010.
    pub(super) fn version(&self) -> u32 {
        self.session.version()
    }

    /// Goes on within other limits.
    pub(super) fn set_limits(&mut self, scope: &Scope) {
        self.scope = scope.clone();
    }

    /// Runs statements in one round trip; the rows of each.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(super) async fn run(
        &mut self,
        attempted: &str,
        batch: impl Into<Batch>,
    ) -> Result<Vec<Rows>, Error> {
        let ran = self
            .session
            .run(&self.scope, attempted, &batch.into())
            .await;
        if ran.as_ref().is_err_and(Error::is_read_only) {
            // Its name may lead to the new writer by now.
            self.break_off();
        }
        ran
    }

    /// Runs statements that only read in a transaction of their own and in one round trip; the rows of each.
    ///
    /// # Errors
    /// As [`Connection::run`].
    pub(super) async fn read(
        &mut self,
        attempted: &str,
        statements: impl IntoIterator<Item = Statement>,
    ) -> Result<Vec<Rows>, Error> {
        let begin = transaction::read();
        let before = begin.len();
        let batch = begin.then(statements).then([Statement::commit()]);
        match self.run(attempted, batch).await {
            Ok(mut results) => {
                results.pop();
                Ok(results.split_off(before.min(results.len())))
            }
            Err(error) => {
                self.roll_back().await;
                Err(error)
            }
        }
    }

    /// Runs statements, then reads a snapshot, in one round trip.
    ///
    /// # Errors
    /// As [`Connection::run`].
    pub(super) async fn run_and_read(
        &mut self,
        attempted: &str,
        batch: Batch,
        coverage: Coverage<'_>,
    ) -> Result<Snapshot, Error> {
        let results = self.run(attempted, batch.then(coverage.select())).await?;
        snapshot(attempted, &results)
    }

    /// Reads a snapshot, in one round trip and a transaction of its own.
    ///
    /// # Errors
    /// As [`Connection::run`].
    pub(super) async fn read_snapshot(
        &mut self,
        attempted: &str,
        coverage: Coverage<'_>,
    ) -> Result<Snapshot, Error> {
        let results = self.read(attempted, coverage.select()).await?;
        snapshot(attempted, &results)
    }

    /// Whether a batch may be left to the server.
    pub(super) fn runs_unattended(&mut self) -> bool {
        self.session.unattended().is_some()
    }

    /// Sends statements whose end is waited for.
    ///
    /// # Errors
    /// When the session is over, or no batch may be left to the server.
    pub(super) async fn send(
        &mut self,
        attempted: &str,
        batch: &Batch,
    ) -> Result<Box<dyn Answers>, Error> {
        match self.session.unattended() {
            Some(session) => session.send(attempted, batch).await,
            None => Err(Error::NotSupported(attempted.to_owned())),
        }
    }

    /// Takes back what the transaction did. A session that cannot is broken off, which does the same.
    pub(super) async fn roll_back(&mut self) {
        self.session.roll_back().await;
    }

    /// Ends the session instead of leaving it to others.
    pub(super) fn break_off(&mut self) {
        self.session.break_off();
    }
}

/// The snapshot in what the statements of a coverage have given, which are the last of a batch.
///
/// # Errors
/// When the rows have another form.
pub(super) fn snapshot(attempted: &str, results: &[Rows]) -> Result<Snapshot, Error> {
    Snapshot::from_rows(results).ok_or_else(|| Error::UnexpectedRows(attempted.to_owned()))
}
