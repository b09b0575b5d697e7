//! Granting: create, read, decide, run, read back, commit.

use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_util::sync::CancellationToken;

use super::{
    alter_replication,
    at_risk::at_risk,
    decide::{Decision, Desired, Outcome, decide, refuse_name, verify},
    probation::commit_on_probation,
    refuse_change, until_no_conflict, wait_for_others, wait_for_probation,
};
use crate::{
    postgres::{
        Connector, Error,
        connector::Connection,
        ident::Ident,
        refusal::Refusal,
        snapshot::{Extent, Snapshot},
        statement::{self, COMMENT},
    },
    scope::Scope,
};

/// How long a commit, and what has to follow it, may take.
const SAFETY: Duration = Duration::from_secs(60);
/// The pause before a server is looked at again whose commit has no answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Makes a user what it is to be: what was done, and the catalogue as it is now.
///
/// # Errors
/// When the server fails, or something is refused: then nothing is changed, or it was taken back. The error
/// says so where neither is known.
pub async fn apply(
    connector: &Connector,
    scope: &Scope,
    desired: &Desired,
) -> Result<(Outcome, Snapshot), Error> {
    refuse_name(&desired.name)?;
    let applied = until_no_conflict(connector, scope, async || {
        apply_once(connector, scope, desired).await
    })
    .await;
    connector.forget_snapshot();
    applied
}

async fn apply_once(
    connector: &Connector,
    scope: &Scope,
    desired: &Desired,
) -> Result<(Outcome, Snapshot), Error> {
    let mut connection = connector.connection(scope).await?;
    let applied = apply_in(connector, scope, &mut connection, desired).await;
    let Err(error) = applied else {
        return applied;
    };
    connection.roll_back().await;
    if error.sqlstate() == Some(SqlState::DUPLICATE_OBJECT.code()) && desired.create_role {
        let found = connection
            .read_snapshot(&reading(&desired.name), Extent::Around(&desired.name))
            .await?;
        if let Some(role) = found.role(&desired.name) {
            let is_ours = role.comment.as_deref() == Some(COMMENT);
            return Err(Refusal::RoleExists { is_ours }.into());
        }
    }
    Err(error)
}

async fn apply_in(
    connector: &Connector,
    scope: &Scope,
    connection: &mut Connection<'_>,
    desired: &Desired,
) -> Result<(Outcome, Snapshot), Error> {
    let name = &desired.name;
    let mut catalogue = open(connection, desired).await?;
    let mut decision = decide(&catalogue, desired)?;
    decision.wait_for_what_forces(&catalogue, desired)?;
    let at_risk = at_risk(connector, scope, desired, &catalogue, &decision).await?;
    let mut statements = match at_risk.is_empty() {
        true => String::new(),
        // From before the commit on, so that nobody takes the grant for one that stays.
        false => statement::mark_probation(name),
    };
    statements += &decision.statements;
    if at_risk.is_empty() {
        statements += &decision.password;
    }
    if !statements.is_empty() {
        catalogue = connection
            .run_and_read(
                &format!("grant to the role {name:?}"),
                &statements,
                Extent::Around(name),
            )
            .await?;
    }
    if let Some(give) = decision.attribute {
        catalogue = alter_replication(connection, name, give).await?;
    }
    let attempted = format!("change the role {name:?}");
    refuse_change(Some(decision.outcome.oid), &catalogue, name, &attempted)?;
    // Also without a statement: what nobody here may revoke is still there.
    verify(&catalogue, desired)?;
    decision.refuse_newcomers(&catalogue, desired)?;
    decision.wait_for_what_forces(&catalogue, desired)?;
    // From here on an interruption comes too late: what was committed has to be known.
    connection.limit_to(&safety());
    let catalogue = match at_risk.is_empty() {
        true => commit(connector, connection, desired, &decision, catalogue).await?,
        false => {
            let kept =
                commit_on_probation(connector, connection, scope, desired, &decision, at_risk)
                    .await?;
            decision.outcome.came_inside = decision.newcomers(&kept, desired);
            kept
        }
    };
    Ok((decision.outcome, catalogue))
}

/// Begins, creates the role if that is asked for, and reads: what is decided is decided from what is
/// there.
async fn open(connection: &mut Connection<'_>, desired: &Desired) -> Result<Snapshot, Error> {
    let name = &desired.name;
    let mut statements = statement::begin(name);
    let mut attempted = reading(name);
    if desired.create_role {
        statements += &statement::create_role(&Ident::new(name)?, desired.password.as_ref());
        attempted = format!("create the role {name:?}");
    }
    let catalogue = connection
        .run_and_read(&attempted, &statements, Extent::Around(name))
        .await?;
    wait_for_others(&catalogue, &attempted)?;
    Ok(catalogue)
}

/// Commits where nobody is at risk.
async fn commit(
    connector: &Connector,
    connection: &mut Connection<'_>,
    desired: &Desired,
    decision: &Decision,
    catalogue: Snapshot,
) -> Result<Snapshot, Error> {
    let name = &desired.name;
    let attempted = format!("commit the grants to the role {name:?}");
    let lost = match connection.run(&attempted, "COMMIT").await {
        Ok(_) => None,
        Err(error) if error.is_definite() => return Err(error),
        Err(error) => Some(error),
    };
    if lost.is_none() && (decision.doubtful.is_empty() || !decision.outcome.rds_iam_found) {
        return Ok(catalogue);
    }
    let looked = match &lost {
        // Somebody else's grant was found: not one that is about to be taken back, if it is none now.
        None => {
            connection
                .read_snapshot(&attempted, Extent::Around(name))
                .await
        }
        Some(_) => {
            connection.break_off();
            look_again(connector, name, Extent::Around(name)).await
        }
    };
    match (looked, lost) {
        (Ok(now), _) => {
            wait_for_probation(&now, &attempted)?;
            let is_there =
                now.oid(name) == Some(decision.outcome.oid) && verify(&now, desired).is_ok();
            is_there
                .then_some(now)
                .ok_or(Error::NotCommitted(attempted))
        }
        (Err(error), None) => Err(error),
        (Err(error), Some(lost)) => Err(Error::CommitUnknown {
            attempted,
            reason: format!("{lost}; {error}"),
        }),
    }
}

/// Reads a role on a new connection, once every transaction that works on it has ended; again while the
/// server cannot be reached.
pub(super) async fn look_again(
    connector: &Connector,
    name: &str,
    extent: Extent<'_>,
) -> Result<Snapshot, Error> {
    let safety = safety();
    loop {
        let looked = async {
            let mut connection = connector.connection(&safety).await?;
            let looked = connection
                .run_and_read(&reading(name), &statement::begin(name), extent)
                .await;
            connection.roll_back().await;
            looked
        };
        match looked.await {
            Err(error) if error.is_transient_connect() && !safety.is_over(PAUSE) => {
                tracing::debug!(%error, "look again whether it was committed");
                safety.sleep(PAUSE).await;
            }
            looked => return looked,
        }
    }
}

/// Limits that an interruption does not cut short.
pub(super) fn safety() -> Scope {
    Scope::new(&CancellationToken::new(), SAFETY)
}

fn reading(name: &str) -> String {
    format!("read the role {name:?}")
}
