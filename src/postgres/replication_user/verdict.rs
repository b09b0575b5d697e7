//! What the server says of those at risk, next to one of whom the answer is known.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;

use super::{apply::safety, at_risk::AtRisk, decide::Desired};
use crate::{
    postgres::{Connector, Demanded, Error, Kind, membership::Inside},
    scope::Scope,
};

/// How long the server is asked again that gives no clear answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// The pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(200);
/// What came of the proof.
#[derive(Debug)]
pub(super) enum Verdict {
    Harmless,
    LockedOut(Vec<Inside>),
    NotPossible(String),
    Interrupted,
    /// The message ended by itself.
    Ended(Option<Error>),
}

/// Asks the server what it demands: first of the role itself, which is in `rds_iam` for certain. Whoever
/// answers anything but a token there is not the server, and what he says of others means nothing.
pub(super) async fn prove(
    connector: &Connector,
    desired: &Desired,
    at_risk: &[AtRisk<'_>],
) -> Verdict {
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
                "{} demands {other} of {name:?}, which is in rds_iam: either what answers there is not the server itself, but a \
                 pooler or proxy in front of it (PgBouncer, RDS Proxy) or another server, or somebody renamed or dropped the \
                 role meanwhile",
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
pub(super) async fn ask(
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

pub(super) fn is_clear(answer: &Demanded) -> bool {
    matches!(answer, Demanded::Token | Demanded::Password)
}

pub(super) fn unclear(connector: &Connector, login: &str, answer: &Demanded) -> String {
    format!("{} demands {answer} of {login:?}", connector.endpoint())
}
