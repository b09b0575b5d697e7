//! A commit that the server takes back by itself unless it is proven that nobody is locked out.
//!
//! Whether RDS counts the membership that PostgreSQL 16 and later give to a role's creator is not documented,
//! and `pg_hba.conf` is evaluated with what is committed. So commit, pause and undoing are one message: a server
//! that has it runs it to its end, whatever becomes of its client. Within the pause the server is asked
//! what it demands of those at risk. The proof that it is a password cancels the rest of the message; without it,
//! nothing has to be done.
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>

use std::{pin::pin, sync::Arc, time::Duration};

use futures::future;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    at_risk::AtRisk,
    decide::{Decision, verify},
    desired::Desired,
    message::{PROBATION, message},
    retry::read_again,
    undo::Undo,
    verdict::{Verdict, prove},
};
use crate::{
    postgres::{
        Batch, Error, NotProven, Server, Statement,
        connection::{self, Connection},
        membership::NestedLogin,
        refusal::{Grant, Refusal},
        retry::uninterruptible,
        snapshot::Snapshot,
        statement::{self, Coverage},
        transport::Answers,
    },
    scope::Scope,
};

/// How much longer it may take until that is done.
const MARGIN: Duration = Duration::from_secs(5);
/// How long a commit takes.
const COMMIT: Duration = Duration::from_millis(100);
/// How long the server may take to give up what was cancelled, before it is asked to again.
const CANCELLATION: Duration = Duration::from_secs(3);

/// Commits, proves that nobody is locked out, and keeps the grants; the catalog after that.
///
/// # Errors
/// When it is not proven: then the grants are taken back, or the error says what became of them.
pub(super) async fn commit_on_probation(
    server: &Server,
    connection: &mut Connection,
    scope: &Scope,
    desired: &Desired,
    decision: &Decision,
    at_risk: Vec<AtRisk<'_>>,
) -> Result<Snapshot, Error> {
    let undo = Undo::new(&desired.name, decision)?;
    // Those at risk may not get in any more after the commit.
    let mut spare = server.spare_connection(&uninterruptible()).await;
    let attempted = format!("commit the grants to the role {:?}", desired.name);
    let mut probation = Probation {
        server,
        connection,
        scope,
        desired,
        decision,
        undo: &undo,
        ends: Instant::now() + PROBATION + MARGIN,
        attempted,
    };
    let mut answers = probation.commit().await?;
    let proof = async {
        wait_for_commit(&mut spare, &desired.name).await;
        prove(server, desired, &at_risk).await
    };
    let verdict = {
        let ended = async { Verdict::Ended(answers.all().await.err()) };
        let (proof, ended) = (pin!(proof), pin!(ended));
        match scope.unless_cancelled(future::select(proof, ended)).await {
            Ok(first) => first.factor_first().0,
            Err(_) => Verdict::Interrupted,
        }
    };
    tracing::debug!(?verdict, "probation of the grants to {:?}", desired.name);
    // A server that restarts takes each session with it once.
    let starts_again = matches!(&verdict, Verdict::Ended(Some(error)) if !error.is_definite())
        && server.proven().is_first_loss();
    match &verdict {
        // It was not even committed.
        Verdict::Ended(Some(error)) if error.is_definite() && answers.is_none() => {
            return Err(error.clone());
        }
        Verdict::Harmless | Verdict::LockedOut(_) => {}
        Verdict::Ended(_) if starts_again => {}
        // Whoever waits for this trial is not to begin another.
        Verdict::NotPossible(_) | Verdict::Interrupted | Verdict::Ended(_) => {
            server.proven().mark_unprovable();
        }
    }
    let nested = || -> Vec<NestedLogin> { at_risk.iter().map(|one| one.nested.clone()).collect() };
    match verdict {
        Verdict::Harmless => match probation.keep(answers).await? {
            Kept::Yes(catalog) => {
                for one in &at_risk {
                    one.trial.record(false);
                }
                if catalog.oid(&desired.name) != Some(decision.outcome.oid) {
                    return Err(Refusal::TakenAway.into());
                }
                verify(&catalog, desired)?;
                Ok(*catalog)
            }
            Kept::No(grant) => Err(Refusal::Unproven {
                logins: nested(),
                reason: NotProven::TooLate,
                grant,
            }
            .into()),
        },
        Verdict::LockedOut(logins) => {
            for one in at_risk.iter().filter(|one| logins.contains(&one.nested)) {
                one.trial.record(true);
            }
            let grant = probation.take_back(End::Awaited(answers), spare).await;
            Err(Refusal::LockedOut { logins, grant }.into())
        }
        Verdict::NotPossible(reason) => Err(Refusal::Unproven {
            logins: nested(),
            reason,
            grant: probation.take_back(End::Awaited(answers), spare).await,
        }
        .into()),
        Verdict::Interrupted => {
            probation.connection.break_off();
            Err(Refusal::Unproven {
                logins: nested(),
                reason: NotProven::Interrupted,
                grant: probation.soon(),
            }
            .into())
        }
        Verdict::Ended(error) => {
            let attempted = probation.attempted.clone();
            let grant = probation
                .take_back(End::Reached(error.clone()), spare)
                .await;
            if starts_again && matches!(grant, Grant::TakenBack) {
                return Err(Error::NotCommitted(attempted));
            }
            server.proven().mark_unprovable();
            Err(Refusal::Unproven {
                logins: nested(),
                reason: match error {
                    Some(error) if error.is_definite() => NotProven::WaitCancelled(Arc::new(error)),
                    Some(error) => NotProven::SessionLost(Arc::new(error)),
                    None => NotProven::NoPause,
                },
                grant,
            }
            .into())
        }
    }
}

/// The end of the message.
enum End {
    /// It is still to come.
    Awaited(Box<dyn Answers>),
    /// It has come, with an error or without.
    Reached(Option<Error>),
}

/// A grant on probation.
struct Probation<'a> {
    server: &'a Server,
    connection: &'a mut Connection,
    scope: &'a Scope,
    desired: &'a Desired,
    decision: &'a Decision,
    undo: &'a Undo,
    /// When the server has taken it back at the latest.
    ends: Instant,
    attempted: String,
}

/// Whether a grant was kept.
enum Kept {
    Yes(Box<Snapshot>),
    No(Grant),
}

impl Probation<'_> {
    /// Sends the commit, the pause and the undoing as one message.
    async fn commit(&mut self) -> Result<Box<dyn Answers>, Error> {
        let message = message(&self.desired.name, self.undo.transactions());
        let answers = self.connection.send(&self.attempted, &message).await?;
        self.ends = Instant::now() + PROBATION + MARGIN;
        Ok(answers)
    }

    /// Cancels the way back. The end of the message says whether that was in time.
    async fn keep(mut self, mut answers: Box<dyn Answers>) -> Result<Kept, Error> {
        let mut cancellations = 0;
        let mut is_kept = false;
        let ended = loop {
            cancellations += 1;
            if let Err(error) = answers.cancel().await {
                tracing::debug!(%error, "the server was not asked to give up the way back");
            }
            let limit = CANCELLATION.min(self.left());
            match tokio::time::timeout(limit, answers.all()).await {
                Ok(ended) => break ended.err(),
                Err(_) if self.is_seen_to_be_kept().await => {
                    is_kept = true;
                    break None;
                }
                Err(_) if self.left().is_zero() => break Some(self.silence()),
                Err(_) => {}
            }
        };
        if is_kept || ended.as_ref().is_some_and(Error::is_cancelled_statement) {
            if is_kept || cancellations > 1 {
                // One of them may be on its way still, and would end what comes next.
                self.connection.break_off();
            }
            let now = self
                .read_kept()
                .await
                .map_err(|error| self.after_commit(error))?;
            // It came when the way back had begun: then that has to be gone to its end.
            return Ok(match self.is_there(&now) && !self.stands(&now) {
                true => Kept::No(self.undo_anywhere().await),
                false => Kept::Yes(Box::new(now)),
            });
        }
        // It is proven to be harmless: that it is there still is as good as an answer.
        Ok(match self.read_after_end(ended).await {
            Ok(now) if self.stands(&now) => Kept::Yes(Box::new(now)),
            Ok(now) => Kept::No(self.taken_back(&now)),
            // The server was asked to give the way back up, and may have.
            Err(Grant::TakenBackSoon(_)) => {
                Kept::No(Grant::NotKnown("the run was interrupted".to_owned()))
            }
            Err(grant) => Kept::No(grant),
        })
    }

    /// Whether the way back was given up although nobody hears of that: a connection may be lost in one direction.
    async fn is_seen_to_be_kept(&self) -> bool {
        let scope = Scope::new(&CancellationToken::new(), CANCELLATION);
        let Ok(mut another) = self.server.connection(&scope).await else {
            return false;
        };
        let around = Coverage::around(&self.desired.name);
        let now = another.read_snapshot(&self.attempted, around).await;
        now.is_ok_and(|now| !now.runs.probation && self.stands(&now))
    }

    /// Gives the role its password, which nobody could have taken back, and reads what was kept; on a new
    /// session where this one is of no use any more.
    async fn read_kept(&mut self) -> Result<Snapshot, Error> {
        let name = &self.desired.name;
        let batch = Batch::from(Statement::rollback())
            .then(statement::begin(name))
            .then(self.decision.password.clone())
            .then(Coverage::around(name).select())
            .then([Statement::commit()]);
        let ran = match self.connection.run(&self.attempted, batch.clone()).await {
            Err(error) if error.is_cancelled_statement() || !error.is_definite() => {
                self.connection.break_off();
                if self.decision.password.is_none() {
                    return read_again(self.server, name, Coverage::around(name)).await;
                }
                let mut another = self.server.connection(&uninterruptible()).await?;
                another.run(&self.attempted, batch).await
            }
            ran => ran,
        };
        let mut results = ran?;
        results.pop();
        connection::snapshot(&self.attempted, &results)
    }

    /// Takes the grant back, at once if another session can, and otherwise by waiting for the server to.
    async fn take_back(mut self, mut end: End, mut spare: Option<Connection>) -> Grant {
        if let Some(spare) = &mut spare
            && self.is_seen_by(spare).await
            && let Some(grant) = self.undone_on(spare).await
        {
            if let End::Awaited(answers) = &mut end {
                let _ = answers.cancel().await;
            }
            self.connection.break_off();
            return grant;
        }
        let ended = match end {
            End::Reached(error) => error,
            End::Awaited(mut answers) => {
                // The pause begins with the end of the commit, which may have come but a moment ago.
                self.ends = Instant::now() + PROBATION + MARGIN;
                let ended = tokio::time::timeout(self.left(), answers.all());
                match self.scope.unless_cancelled(ended).await {
                    Ok(Ok(ended)) => ended.err(),
                    Ok(Err(_)) => Some(self.silence()),
                    Err(_) => {
                        self.connection.break_off();
                        return self.soon();
                    }
                }
            }
        };
        match self.read_after_end(ended).await {
            // Somebody else has cancelled it.
            Ok(now) if self.stands(&now) => self.undo_anywhere().await,
            Ok(now) => self.taken_back(&now),
            Err(grant) => grant,
        }
    }

    /// Takes the grant back in this session, which is there for certain; else in a new one, which may not get
    /// in any more.
    async fn undo_anywhere(&mut self) -> Grant {
        let on_this = self.undo.run_on(self.connection, &self.attempted).await;
        if let Ok(now) = &on_this
            && !self.stands(now)
        {
            return self.taken_back(now);
        }
        self.connection.break_off();
        match self.server.connection(&uninterruptible()).await {
            Ok(mut connection) => {
                let grant = self.undone_on(&mut connection).await;
                grant.unwrap_or_else(|| Grant::Stands("REVOKE did not end it".to_owned()))
            }
            Err(error) => Grant::Stands(error.to_string()),
        }
    }

    /// Whether a session sees the grant: before its commit has ended there is nothing yet that could be taken
    /// back.
    async fn is_seen_by(&self, session: &mut Connection) -> bool {
        session.set_limits(&uninterruptible());
        let read = session
            .read_snapshot(&self.attempted, Coverage::AllRoles)
            .await;
        read.is_ok_and(|now| self.stands(&now))
    }

    /// Takes the grant back in a session; `None` when that did not end it.
    async fn undone_on(&self, session: &mut Connection) -> Option<Grant> {
        match self.undo.run_on(session, &self.attempted).await {
            Ok(now) if !self.stands(&now) => Some(self.taken_back(&now)),
            outcome => {
                tracing::debug!(?outcome, "the grant was not taken back");
                None
            }
        }
    }

    /// What is there after the end of the message. Where the session is lost, the server may still be at it:
    /// a new one reads when it must be over.
    ///
    /// # Errors
    /// What is known of the grant when it cannot be read.
    async fn read_after_end(&mut self, error: Option<Error>) -> Result<Snapshot, Grant> {
        let is_alive = error.as_ref().is_none_or(Error::is_definite);
        if is_alive {
            self.connection.roll_back().await;
            let read = self
                .connection
                .read_snapshot(&self.attempted, Coverage::AllRoles);
            if let Ok(now) = read.await {
                return Ok(now);
            }
        }
        self.connection.break_off();
        if !is_alive && !self.left().is_zero() {
            let over = self
                .scope
                .unless_cancelled(tokio::time::sleep_until(self.ends));
            over.await.map_err(|_| self.soon())?;
        }
        read_again(self.server, &self.desired.name, Coverage::AllRoles)
            .await
            .map_err(|error| Grant::NotKnown(error.to_string()))
    }

    /// An error after the commit, which is never run again.
    fn after_commit(&self, error: Error) -> Error {
        let runs_again =
            error.passes_by_itself() || error.is_lock_timeout() || error.is_read_only();
        match runs_again {
            true => Error::CommitUnknown {
                attempted: self.attempted.clone(),
                reason: error.to_string(),
            },
            false => error,
        }
    }

    fn stands(&self, now: &Snapshot) -> bool {
        self.undo.is_left_by(now)
    }

    fn is_there(&self, now: &Snapshot) -> bool {
        now.roles.contains_key(&self.decision.outcome.oid)
    }

    fn taken_back(&self, now: &Snapshot) -> Grant {
        match self.decision.outcome.created && self.is_there(now) {
            true => Grant::RoleLeft,
            false => Grant::TakenBack,
        }
    }

    /// The server takes it back, and nobody waits for that.
    fn soon(&self) -> Grant {
        Grant::TakenBackSoon(self.left().as_secs() + 1)
    }

    /// How long it is until the server has taken it back at the latest.
    fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    fn silence(&self) -> Error {
        Error::Connection {
            endpoint: self.server.endpoint(),
            reason: "no answer".to_owned(),
        }
    }
}

/// Waits until the commit has ended, as far as there is a session to see that in, and else for as long as one takes
/// that waits for nothing: it holds a lock on the role
/// until then, and may take long where it waits for another node.
/// <https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION>
async fn wait_for_commit(spare: &mut Option<Connection>, name: &str) {
    let Some(session) = spare else {
        return tokio::time::sleep(COMMIT).await;
    };
    let attempted = format!("wait for the commit of the role {name:?}");
    let wait = [statement::wait_for_role(name)];
    if let Err(error) = session.read(&attempted, wait).await {
        tracing::debug!(%error, "the commit was not seen to end");
    }
}

#[cfg(test)]
mod tests;
