//! Who might be locked out by a grant, as far as the catalog cannot tell.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use super::{
    affected::Doubtful,
    ask::{ask, failed, is_clear},
    decide::Decision,
    desired::Desired,
    retry::PROBATION_PAUSE,
};
use crate::{
    postgres::{
        AuthRequest, Error, NotProven, Server,
        connection::Connection,
        membership::NestedLogin,
        proven::Trial,
        rds_roles::RDS_IAM,
        refusal::{Grant, Refusal},
        snapshot::Snapshot,
    },
    scope::Scope,
};

/// After so long every probation is over that had begun before.
const EVERY_OTHER_IS_OVER: Duration = Duration::from_secs(40);

/// A login that might be forced with the role, and logs in with a password.
#[derive(Debug)]
pub(super) struct AtRisk<'a> {
    pub(super) nested: NestedLogin,
    /// Nobody else tries the same meanwhile, with another role.
    pub(super) trial: Trial<'a>,
}

/// Logins that might be forced with the role and log in with a password: those to prove safe after the
/// commit. What was proven for one role holds for the next.
///
/// # Errors
/// When the proof is not possible, when the server is known to count such memberships, or when it has to be
/// looked at later: the same is being tried, or somebody else's grant may be on probation.
pub(super) async fn at_risk<'a>(
    server: &'a Server,
    scope: &Scope,
    desired: &Desired,
    catalog: &Snapshot,
    decision: &Decision,
) -> Result<Vec<AtRisk<'a>>, Error> {
    let mut at_risk = Vec::new();
    if decision.outcome.rds_iam_found {
        return Ok(at_risk);
    }
    let proven = server.proven();
    let later = || Error::OnProbation {
        attempted: format!("grant rds_iam to the role {:?}", desired.name),
        pause: PROBATION_PAUSE,
    };
    for Doubtful { nested, rows } in &decision.doubtful {
        let login = &nested.login;
        // Whoever logs in with tokens has nothing to lose.
        if server.logs_in_with_tokens_as(login) {
            continue;
        }
        match proven.is_forced(login, rows) {
            Some(false) => continue,
            Some(true) => {
                let logins = vec![nested.clone()];
                let grant = Grant::NotMade;
                return Err(Refusal::LockedOut { logins, grant }.into());
            }
            None => {}
        }
        let not_possible = |reason: NotProven| Refusal::Unproven {
            logins: vec![nested.clone()],
            reason,
            grant: Grant::NotMade,
        };
        if !desired.probe {
            return Err(not_possible(NotProven::ProbeOff).into());
        }
        let trial = proven.try_out(login, rows).ok_or_else(later)?;
        if proven.is_unprovable() {
            return Err(not_possible(NotProven::TriedBefore).into());
        }
        let before = match login == server.username() && !catalog.runs.any_probation {
            true => Ok(AuthRequest::Password),
            false => ask(server, scope, login, is_clear).await,
        };
        match before {
            Ok(AuthRequest::Token) => {
                let known = proven.requests_token(login);
                if known < EVERY_OTHER_IS_OVER || catalog.runs.any_probation {
                    return Err(later());
                }
                uses_tokens(server, scope, login)
                    .await
                    .map_err(not_possible)?;
            }
            Ok(AuthRequest::Password) => {
                proven.requests_no_token(login);
                let nested = nested.clone();
                at_risk.push(AtRisk { nested, trial });
            }
            Ok(answer) => {
                let login = login.clone();
                return Err(not_possible(NotProven::Unclear { login, answer }).into());
            }
            Err(Error::Cancelled(attempted)) => return Err(Error::Cancelled(attempted)),
            Err(error) => return Err(not_possible(failed(error)).into()),
        }
    }
    if !at_risk.is_empty() && !catalog.is_member(&desired.name, RDS_IAM) {
        refuse_foreign_answers(server, scope, &desired.name, &at_risk).await?;
    }
    Ok(at_risk)
}

/// Makes sure that the server demands no token of the role as long as it is not in `rds_iam`: who does is not the
/// server, and that he demands one afterwards would say nothing. A role that is not committed yet is
/// one that there is not.
///
/// # Errors
/// When it demands anything but a password.
async fn refuse_foreign_answers(
    server: &Server,
    scope: &Scope,
    name: &str,
    at_risk: &[AtRisk<'_>],
) -> Result<(), Error> {
    let reason = match ask(server, scope, name, is_clear).await {
        Ok(AuthRequest::Password) => return Ok(()),
        Ok(AuthRequest::Token) => NotProven::TokenBeforeGrant,
        Ok(answer) => NotProven::Unclear {
            login: name.to_owned(),
            answer,
        },
        Err(Error::Cancelled(attempted)) => return Err(Error::Cancelled(attempted)),
        Err(error) => failed(error),
    };
    Err(unproven(at_risk, reason))
}

fn unproven(at_risk: &[AtRisk<'_>], reason: NotProven) -> Error {
    let logins = at_risk.iter().map(|one| one.nested.clone()).collect();
    let grant = Grant::NotMade;
    Refusal::Unproven {
        logins,
        reason,
        grant,
    }
    .into()
}

/// Refuses to put anybody at risk in a session that could not take the grant back.
///
/// # Errors
/// When somebody is at risk, and the server would not run the rest of a message without its client.
pub(super) fn refuse_without_probation(
    connection: &mut Connection,
    at_risk: &[AtRisk<'_>],
) -> Result<(), Error> {
    if at_risk.is_empty() || connection.runs_unattended() {
        return Ok(());
    }
    Err(unproven(at_risk, NotProven::NoProbation))
}

/// Makes sure that a token is demanded of a login because of who it is: not of everybody, as a pooler may,
/// nor of the provider, which logs in with a password all the same.
async fn uses_tokens(server: &Server, scope: &Scope, login: &str) -> Result<(), NotProven> {
    if login == server.username() {
        return Err(NotProven::TokenOfOwnLogin);
    }
    match ask(server, scope, &nobody(), is_clear).await {
        Ok(AuthRequest::Password) => Ok(()),
        Ok(answer) => Err(NotProven::NobodyKnown(answer)),
        Err(error) => Err(failed(error)),
    }
}

/// The name of a role that there is not: the server demands a password of it, so as not to tell.
fn nobody() -> String {
    format!("nobody_{:016x}", RandomState::new().build_hasher().finish())
}
