//! Asking the server what it demands of a login, until the answer is clear.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    postgres::{AuthRequest, ConnectionKind, Error, NotProven, Server},
    scope::{Ended, GaveUp, Scope},
};

/// How long the server is asked again that gives no clear answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// The pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks the server what it demands of a login, again for a while until the answer will do.
pub(super) async fn ask(
    server: &Server,
    scope: &Scope,
    login: &str,
    will_do: impl Fn(&AuthRequest) -> bool,
) -> Result<AuthRequest, Error> {
    let since = Instant::now();
    let next = |answer: &Result<AuthRequest, Error>| {
        let may_pass = answer.as_ref().err().is_none_or(Error::passes_by_itself);
        let pause = (may_pass && since.elapsed() + PAUSE <= PATIENCE).then_some(PAUSE)?;
        tracing::debug!(?answer, login, "ask again what the server demands");
        Some(pause)
    };
    let probe = || async {
        match server.probe(scope, login, ConnectionKind::Normal).await {
            Ok(answer) if will_do(&answer) => Ok(answer),
            other => Err(other),
        }
    };
    let asked = scope.retry(next, probe).await;
    asked.or_else(|GaveUp { last, ended }| match ended {
        Some(Ended::Cancelled) => Err(Error::ended(
            &format!("ask what the server demands of {login:?}"),
            Ended::Cancelled,
        )),
        _ => last,
    })
}

pub(super) fn is_clear(answer: &AuthRequest) -> bool {
    matches!(answer, AuthRequest::Token | AuthRequest::Password)
}

/// That the server could not be asked.
pub(super) fn failed(error: Error) -> NotProven {
    NotProven::Failed(Arc::new(error))
}
