//! What the server says of those at risk, next to one of whom the answer is known.

use futures::future::join_all;

use super::{
    ask::{ask, failed, is_clear},
    at_risk::AtRisk,
    desired::Desired,
};
use crate::postgres::{
    AuthRequest, Error, NotProven, Server, membership::NestedLogin, retry::uninterruptible,
};

/// What came of the proof.
#[derive(Debug)]
pub(super) enum Verdict {
    Harmless,
    LockedOut(Vec<NestedLogin>),
    NotPossible(NotProven),
    Interrupted,
    /// The message ended by itself.
    Ended(Option<Error>),
}

/// Asks the server what it demands: first of the role itself, which is in `rds_iam` for certain. Whoever
/// answers anything but a token there is not the server, and what he says of others means nothing.
pub(super) async fn prove(server: &Server, desired: &Desired, at_risk: &[AtRisk<'_>]) -> Verdict {
    let scope = uninterruptible();
    let is_token = |answer: &AuthRequest| *answer == AuthRequest::Token;
    let name = &desired.name;
    match ask(server, &scope, name, is_token).await {
        Ok(AuthRequest::Token) => {}
        Ok(answer @ AuthRequest::Refused(_)) => {
            let login = name.clone();
            return Verdict::NotPossible(NotProven::Unclear { login, answer });
        }
        Ok(answer) => return Verdict::NotPossible(NotProven::NoToken(answer)),
        Err(error) => return Verdict::NotPossible(failed(error)),
    }
    let answers = at_risk
        .iter()
        .map(|one| ask(server, &scope, &one.nested.login, is_clear));
    let mut locked_out = Vec::new();
    let mut unclear_because = None;
    for (one, answer) in at_risk.iter().zip(join_all(answers).await) {
        match answer {
            Ok(AuthRequest::Password) => {}
            Ok(AuthRequest::Token) => locked_out.push(one.nested.clone()),
            Ok(answer) => {
                let login = one.nested.login.clone();
                unclear_because = Some(NotProven::Unclear { login, answer });
            }
            Err(error) => unclear_because = Some(failed(error)),
        }
    }
    match (locked_out.is_empty(), unclear_because) {
        (false, _) => Verdict::LockedOut(locked_out),
        (true, Some(reason)) => Verdict::NotPossible(reason),
        (true, None) => Verdict::Harmless,
    }
}
