//! A commit that the server takes back by itself unless it is proven that nobody is locked out.
//!
//! Whether RDS counts the membership that PostgreSQL 16 and later give to a role's creator is not documented,
//! and `pg_hba.conf` is evaluated with what is committed. So commit, pause and undoing are one message: a server
//! that has it runs it to its end, whatever becomes of its client. Within the pause the server is asked
//! what it demands of those at risk. The proof that it is a password cancels the rest of the message; without it,
//! nothing has to be done.
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>

use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;
use tokio_postgres::error::SqlState;

use super::{
    PROBATION_PAUSE,
    apply::{look_again, safety},
    decide::{Decision, Desired, Doubtful, verify},
    pauses,
    undo::undo,
};
use crate::{
    postgres::{
        Connector, Demanded, Error, Kind, catalogue,
        connector::{Answers, Connection},
        membership::{Inside, RDS_IAM},
        refusal::{Grant, Refusal},
        snapshot::{Extent, Snapshot},
        statement, transaction,
    },
    scope::Scope,
};

/// How long the server waits before it takes the grant back.
const PROBATION: Duration = Duration::from_secs(30);
/// How much longer it may take until that is done.
const MARGIN: Duration = Duration::from_secs(5);
/// After so long every probation is over that had begun before.
const EVERY_OTHER_IS_OVER: Duration = Duration::from_secs(40);
/// How long the server is asked again that gives no clear answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// The pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the server may take to give up what was cancelled, before it is asked to again.
const CANCELLATION: Duration = Duration::from_secs(3);
/// More bytes than the server holds back of its answers: whatever was answered before them is sent.
const LONGER_THAN_THE_BUFFER: usize = 16 * 1024;

/// Logins that might be forced with the role and log in with a password: those to prove safe after the
/// commit. What was proven for one role holds for the next.
///
/// # Errors
/// When the proof is not possible, when the server is known to count such memberships, or when it has to be
/// looked at later: somebody else's grant may be on probation.
pub(super) async fn at_risk(
    connector: &Connector,
    scope: &Scope,
    desired: &Desired,
    catalogue: &Snapshot,
    decision: &Decision,
) -> Result<Vec<Doubtful>, Error> {
    if decision.outcome.rds_iam_found {
        return Ok(Vec::new());
    }
    let mut at_risk = Vec::new();
    for doubtful in &decision.doubtful {
        let login = &doubtful.inside.login;
        match connector.proven.forces(login, &doubtful.rows) {
            Some(false) => continue,
            Some(true) => {
                return Err(Refusal::LockedOut {
                    logins: vec![doubtful.inside.clone()],
                    grant: Grant::NotMade,
                }
                .into());
            }
            None => {}
        }
        let not_possible = |reason: String| Refusal::Unproven {
            logins: vec![doubtful.inside.clone()],
            reason,
            grant: Grant::NotMade,
        };
        // Whoever logs in with tokens has nothing to lose.
        if connector.logs_in_with_tokens_as(login) {
            continue;
        }
        if !desired.probe {
            return Err(not_possible("`probe_authentication` is off".into()).into());
        }
        match ask(connector, scope, login, is_clear).await {
            Ok(Demanded::Token) => {
                let known = connector.proven.demands_token(login);
                if known >= EVERY_OTHER_IS_OVER && !catalogue.runs.any_probation {
                    continue;
                }
                return Err(Error::OnProbation {
                    attempted: format!("grant rds_iam to the role {:?}", desired.name),
                    pause: PROBATION_PAUSE,
                });
            }
            Ok(Demanded::Password) => {
                connector.proven.demands_no_token(login);
                at_risk.push(doubtful.clone());
            }
            Ok(other) => return Err(not_possible(unclear(connector, login, &other)).into()),
            Err(Error::Cancelled(attempted)) => return Err(Error::Cancelled(attempted)),
            Err(error) => return Err(not_possible(error.to_string()).into()),
        }
    }
    Ok(at_risk)
}

/// Commits, proves that nobody is locked out, and keeps the grants; the catalogue after that.
///
/// # Errors
/// When it is not proven: then the grants are taken back, or the error says what became of them.
pub(super) async fn commit_on_probation(
    connector: &Connector,
    connection: &mut Connection<'_>,
    scope: &Scope,
    desired: &Desired,
    decision: &Decision,
    at_risk: Vec<Doubtful>,
) -> Result<Snapshot, Error> {
    let undoing = undo(&desired.name, decision)?;
    // Those at risk may not get in any more after the commit.
    let spare = connector.spare_connection(&safety()).await;
    let attempted = format!("commit the grants to the role {:?}", desired.name);
    let mut probation = Probation {
        connector,
        connection,
        scope,
        desired,
        decision,
        undoing: &undoing,
        ends: Instant::now() + PROBATION + MARGIN,
        attempted,
    };
    let mut answers = probation.commit(&undoing).await?;
    let verdict = tokio::select! {
        verdict = prove(connector, desired, &at_risk) => verdict,
        ended = answers.all() => Verdict::Ended(ended.err()),
        () = scope.cancellation().cancelled() => Verdict::Interrupted,
    };
    tracing::debug!(?verdict, "probation of the grants to {:?}", desired.name);
    let inside = || -> Vec<Inside> { at_risk.iter().map(|one| one.inside.clone()).collect() };
    let remember = |one: &Doubtful, forces| {
        let proven = &connector.proven;
        proven.remember(&one.inside.login, &one.rows, forces);
    };
    match verdict {
        Verdict::Harmless => match probation.keep(answers).await? {
            Kept::Yes(catalogue) => {
                for one in &at_risk {
                    remember(one, false);
                }
                verify(&catalogue, desired)?;
                Ok(*catalogue)
            }
            Kept::No(grant) => Err(Refusal::Unproven {
                logins: inside(),
                reason: "the proof was there, and did not reach the server in time".to_owned(),
                grant,
            }
            .into()),
        },
        Verdict::LockedOut(logins) => {
            for one in at_risk.iter().filter(|one| logins.contains(&one.inside)) {
                remember(one, true);
            }
            let grant = probation.take_back(answers, spare).await;
            Err(Refusal::LockedOut { logins, grant }.into())
        }
        Verdict::NotPossible(reason) => Err(Refusal::Unproven {
            logins: inside(),
            reason,
            grant: probation.take_back(answers, spare).await,
        }
        .into()),
        Verdict::Interrupted => {
            probation.connection.break_off();
            Err(Refusal::Unproven {
                logins: inside(),
                reason: "the run was interrupted meanwhile".to_owned(),
                grant: probation.soon(),
            }
            .into())
        }
        Verdict::Ended(error) => Err(Refusal::Unproven {
            logins: inside(),
            reason: match &error {
                Some(error) => format!("the session that made the grant was lost ({error})"),
                None => "the server did not wait for the proof".to_owned(),
            },
            grant: probation.ended(error).await,
        }
        .into()),
    }
}

/// What came of the proof.
#[derive(Debug)]
enum Verdict {
    Harmless,
    LockedOut(Vec<Inside>),
    NotPossible(String),
    Interrupted,
    /// The message ended by itself.
    Ended(Option<Error>),
}

/// Asks the server what it demands: first of the role itself, which is in `rds_iam` for certain. Whoever
/// answers anything but a token there is not the server, and what he says of others means nothing.
async fn prove(connector: &Connector, desired: &Desired, at_risk: &[Doubtful]) -> Verdict {
    let safety = safety();
    let is_token = |answer: &Demanded| *answer == Demanded::Token;
    let name = &desired.name;
    match ask(connector, &safety, name, is_token).await {
        Ok(Demanded::Token) => {}
        Ok(Demanded::Refused(said)) => {
            return Verdict::NotPossible(unclear(connector, name, &Demanded::Refused(said)));
        }
        Ok(other) => {
            return Verdict::NotPossible(format!(
                "{} demands {other} of {name:?}, which is in rds_iam: what answers there is not the server itself, but a \
                 pooler or proxy in front of it (PgBouncer, RDS Proxy), or another server",
                connector.endpoint()
            ));
        }
        Err(error) => return Verdict::NotPossible(error.to_string()),
    }
    let answers = at_risk
        .iter()
        .map(|one| ask(connector, &safety, &one.inside.login, is_clear));
    let mut locked_out = Vec::new();
    let mut unclear_because = None;
    for (one, answer) in at_risk.iter().zip(join_all(answers).await) {
        match answer {
            Ok(Demanded::Password) => {}
            Ok(Demanded::Token) => locked_out.push(one.inside.clone()),
            Ok(other) => unclear_because = Some(unclear(connector, &one.inside.login, &other)),
            Err(error) => unclear_because = Some(error.to_string()),
        }
    }
    match (locked_out.is_empty(), unclear_because) {
        (false, _) => Verdict::LockedOut(locked_out),
        (true, Some(reason)) => Verdict::NotPossible(reason),
        (true, None) => Verdict::Harmless,
    }
}

/// Asks the server what it demands of a login, again for a while until the answer will do.
async fn ask(
    connector: &Connector,
    scope: &Scope,
    login: &str,
    will_do: impl Fn(&Demanded) -> bool,
) -> Result<Demanded, Error> {
    let since = Instant::now();
    loop {
        let answer = connector.probe(scope, login, Kind::Normal).await;
        let is_last = match &answer {
            Ok(answer) => will_do(answer),
            Err(error) => !error.is_transient_connect(),
        };
        if is_last || since.elapsed() + PAUSE > PATIENCE || scope.is_over(PAUSE) {
            return answer;
        }
        tracing::debug!(?answer, login, "ask again what the server demands");
        scope.sleep(PAUSE).await;
    }
}

fn is_clear(answer: &Demanded) -> bool {
    matches!(answer, Demanded::Token | Demanded::Password)
}

fn unclear(connector: &Connector, login: &str, answer: &Demanded) -> String {
    format!("{} demands {answer} of {login:?}", connector.endpoint())
}

/// A grant on probation.
struct Probation<'a, 'c> {
    connector: &'a Connector,
    connection: &'a mut Connection<'c>,
    scope: &'a Scope,
    desired: &'a Desired,
    decision: &'a Decision,
    undoing: &'a [String],
    /// When the server has taken it back at the latest.
    ends: Instant,
    attempted: String,
}

/// Whether a grant was kept.
enum Kept {
    Yes(Box<Snapshot>),
    No(Grant),
}

impl Probation<'_, '_> {
    /// Sends the commit, the pause and the undoing as one message, and waits for the end of the first.
    async fn commit(&mut self, undoing: &[String]) -> Result<Answers, Error> {
        let mut message = format!(
            "COMMIT; {}{}SELECT repeat(' ', {LONGER_THAN_THE_BUFFER}); SELECT pg_sleep({}); ",
            transaction::write_whatever_happens(),
            statement::mark_probation(&self.desired.name),
            PROBATION.as_secs(),
        );
        message += &undoing.join(&format!(
            "COMMIT; {}",
            transaction::write_whatever_happens()
        ));
        message += "COMMIT";
        let mut answers = self.connection.send(&self.attempted, &message).await?;
        // Where the answer is held back after all, the proof shows that it was committed.
        match tokio::time::timeout(PATIENCE, answers.next()).await {
            Ok(Err(error)) if error.is_definite() => return Err(error),
            Ok(Ok(_) | Err(_)) | Err(_) => {}
        }
        self.ends = Instant::now() + PROBATION + MARGIN;
        Ok(answers)
    }

    /// Cancels the way back. The end of the message says whether that was in time.
    async fn keep(mut self, mut answers: Answers) -> Result<Kept, Error> {
        let ended = loop {
            if let Err(error) = self.connector.cancel(answers.cancel_token()).await {
                tracing::debug!(%error, "the server was not asked to give up the way back");
            }
            let limit = CANCELLATION.min(self.left());
            match tokio::time::timeout(limit, answers.all()).await {
                Ok(ended) => break ended.err(),
                Err(_) if self.left().is_zero() => break Some(self.silence()),
                Err(_) => {}
            }
        };
        if ended.as_ref().is_some_and(is_cancelled) {
            return self.read_kept().await.map(|now| Kept::Yes(Box::new(now)));
        }
        // It is proven to be harmless: that it is there still is as good as an answer.
        Ok(match self.look(ended).await {
            Ok(now) if self.stands(&now) => Kept::Yes(Box::new(now)),
            Ok(now) => Kept::No(self.taken_back(&now)),
            Err(grant) => Kept::No(grant),
        })
    }

    /// Gives the role its password, which nobody could have taken back, and reads what was kept.
    async fn read_kept(&mut self) -> Result<Snapshot, Error> {
        let name = &self.desired.name;
        let statements = format!(
            "ROLLBACK; {}{}{}; COMMIT",
            statement::begin(name),
            self.decision.password,
            Extent::Around(name).select()
        );
        match self.connection.run(&self.attempted, &statements).await {
            Ok(mut results) => {
                results.pop();
                catalogue::snapshot(&self.attempted, &results)
            }
            Err(error) if error.is_definite() => Err(error),
            Err(error) => {
                self.connection.break_off();
                let now = look_again(self.connector, name).await;
                match (now, self.decision.password.is_empty()) {
                    (Ok(now), true) => Ok(now),
                    _ => Err(Error::CommitUnknown {
                        attempted: format!("give the role {name:?} its password"),
                        reason: error.to_string(),
                    }),
                }
            }
        }
    }

    /// Takes the grant back, at once if another session can, and otherwise by waiting for the server to.
    async fn take_back(mut self, mut answers: Answers, spare: Option<Connection<'_>>) -> Grant {
        if let Some(mut spare) = spare {
            match self.undo_on(&mut spare).await {
                Ok(now) if !self.stands(&now) => {
                    let _ = self.connector.cancel(answers.cancel_token()).await;
                    self.connection.break_off();
                    return self.taken_back(&now);
                }
                outcome => tracing::debug!(?outcome, "left to the server to take back"),
            }
        }
        let ended = tokio::select! {
            ended = tokio::time::timeout(self.left(), answers.all()) => ended,
            () = self.scope.cancellation().cancelled() => {
                self.connection.break_off();
                return self.soon();
            }
        };
        let ended = match ended {
            Ok(ended) => ended.err(),
            Err(_) => Some(self.silence()),
        };
        self.ended(ended).await
    }

    /// What became of the grant when the message has ended without a proof.
    async fn ended(&mut self, error: Option<Error>) -> Grant {
        let now = match self.look(error).await {
            Ok(now) => now,
            Err(grant) => return grant,
        };
        if !self.stands(&now) {
            return self.taken_back(&now);
        }
        // Somebody else has cancelled it.
        self.connection.break_off();
        let again = async {
            let mut connection = self.connector.connection(&safety()).await?;
            self.undo_on(&mut connection).await
        };
        match again.await {
            Ok(now) if !self.stands(&now) => self.taken_back(&now),
            Ok(_) => Grant::Stands("REVOKE changed nothing".to_owned()),
            Err(error) => Grant::Stands(error.to_string()),
        }
    }

    /// What is there after the end of the message. Where the session is lost, the server may still be at it:
    /// a new one looks when it must be over.
    ///
    /// # Errors
    /// What is known of the grant when it cannot be looked at.
    async fn look(&mut self, error: Option<Error>) -> Result<Snapshot, Grant> {
        let is_alive = error.as_ref().is_none_or(Error::is_definite);
        if is_alive {
            self.connection.roll_back().await;
            let around = Extent::Around(&self.desired.name);
            if let Ok(now) = self.connection.read_snapshot(&self.attempted, around).await {
                return Ok(now);
            }
        }
        self.connection.break_off();
        if !is_alive {
            tokio::select! {
                () = tokio::time::sleep_until(self.ends) => {}
                () = self.scope.cancellation().cancelled() => return Err(self.soon()),
            }
        }
        look_again(self.connector, &self.desired.name)
            .await
            .map_err(|error| Grant::NotKnown(error.to_string()))
    }

    /// Runs the way back in a session, and reads what is there after it.
    async fn undo_on(&self, connection: &mut Connection<'_>) -> Result<Snapshot, Error> {
        let safety = safety();
        connection.limit_to(&safety);
        for statements in self.undoing {
            let transaction = format!("{}{statements}COMMIT", transaction::write());
            let mut pauses = pauses();
            while let Err(error) = connection.run(&self.attempted, &transaction).await {
                connection.roll_back().await;
                let pause = pauses.next().filter(|_| error.is_conflict());
                safety.sleep(pause.ok_or(error)?).await;
            }
        }
        connection
            .read_snapshot(&self.attempted, Extent::Around(&self.desired.name))
            .await
    }

    /// Whether the role is there and in `rds_iam`.
    fn stands(&self, now: &Snapshot) -> bool {
        self.is_there(now) && !now.direct(&self.desired.name, RDS_IAM).is_empty()
    }

    fn is_there(&self, now: &Snapshot) -> bool {
        now.oid(&self.desired.name) == Some(self.decision.outcome.oid)
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
            endpoint: self.connector.endpoint(),
            reason: "no answer".to_owned(),
        }
    }
}

fn is_cancelled(error: &Error) -> bool {
    error.sqlstate() == Some(SqlState::QUERY_CANCELED.code())
}
