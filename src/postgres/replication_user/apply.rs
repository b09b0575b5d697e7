//! Granting: create, read, decide, run, read back, commit.

use super::{
    at_risk::{at_risk, refuse_without_probation},
    attribute::alter_replication,
    decide::{Decision, decide, verify},
    desired::{Desired, Outcome},
    probation::commit_on_probation,
    refuse::{refuse_change, refuse_name},
    retry::{read_again, reading, wait_for_others, wait_for_probation},
};
use crate::{
    postgres::{
        Batch, Error, Server, Statement,
        connection::{self, Connection},
        ident::Ident,
        refusal::Refusal,
        retry::{uninterruptible, until_done},
        snapshot::Snapshot,
        statement::{self, COMMENT, Coverage},
        transaction,
    },
    scope::Scope,
};

/// Makes a user what it is to be: what was done, and the catalog as it is now.
///
/// # Errors
/// When the server fails, or something is refused: then nothing is changed, or it was taken back. The error
/// says so where neither is known.
pub async fn apply(
    server: &Server,
    scope: &Scope,
    desired: &Desired,
) -> Result<(Outcome, Snapshot), Error> {
    refuse_name(&desired.name)?;
    let applied = until_done(server, scope, async || {
        apply_once(server, scope, desired).await
    })
    .await;
    server.forget_readings();
    applied
}

async fn apply_once(
    server: &Server,
    scope: &Scope,
    desired: &Desired,
) -> Result<(Outcome, Snapshot), Error> {
    let mut connection = server.connection(scope).await?;
    let applied = apply_in(server, scope, &mut connection, desired).await;
    let Err(error) = applied else {
        return applied;
    };
    connection.roll_back().await;
    if error.is_duplicate() && desired.create_role {
        let found = connection
            .read_snapshot(&reading(&desired.name), Coverage::around(&desired.name))
            .await?;
        if let Some(role) = found.role(&desired.name) {
            let is_ours = role.comment.as_deref() == Some(COMMENT);
            return Err(Refusal::RoleExists { is_ours }.into());
        }
    }
    Err(error)
}

async fn apply_in(
    server: &Server,
    scope: &Scope,
    connection: &mut Connection,
    desired: &Desired,
) -> Result<(Outcome, Snapshot), Error> {
    let name = &desired.name;
    let mut catalog = open(connection, desired).await?;
    let mut decision = decide(&catalog, desired)?;
    decision.wait_for_what_forces(&catalog, desired)?;
    let at_risk = at_risk(server, scope, desired, &catalog, &decision).await?;
    refuse_without_probation(connection, &at_risk)?;
    let mut statements = match at_risk.is_empty() {
        true => Batch::default(),
        // From before the commit on, so that nobody takes the grant for one that stays.
        false => statement::mark_probation(name).into(),
    };
    statements.extend(decision.statements.clone());
    if at_risk.is_empty() {
        statements.extend(decision.password.clone());
    }
    if !statements.is_empty() {
        catalog = connection
            .run_and_read(
                &format!("grant to the role {name:?}"),
                statements,
                Coverage::around(name),
            )
            .await?;
    }
    if let Some(give) = decision.attribute {
        catalog = alter_replication(connection, name, give).await?;
    }
    let attempted = format!("change the role {name:?}");
    refuse_change(Some(decision.outcome.oid), &catalog, name, &attempted)?;
    // Also without a statement: what nobody here may revoke is still there.
    verify(&catalog, desired)?;
    decision.refuse_newcomers(&catalog, desired)?;
    decision.wait_for_what_forces(&catalog, desired)?;
    // From here on an interruption comes too late: what was committed has to be known.
    connection.set_limits(&uninterruptible());
    let catalog = match at_risk.is_empty() {
        true => commit(server, connection, desired, &decision, catalog).await?,
        false => {
            commit_on_probation(server, connection, scope, desired, &decision, at_risk).await?
        }
    };
    if decision.grants_rds_iam(desired) {
        decision.outcome.newcomers = decision.newcomers(&catalog, desired);
    }
    Ok((decision.outcome, catalog))
}

/// Begins, creates the role if that is asked for, and reads: what is decided is decided from what is
/// there.
async fn open(connection: &mut Connection, desired: &Desired) -> Result<Snapshot, Error> {
    let name = &desired.name;
    let mut statements = statement::begin(name);
    let mut attempted = reading(name);
    if desired.create_role {
        statements.extend([statement::create_role(
            &Ident::new(name)?,
            desired.password.as_ref(),
        )]);
        attempted = format!("create the role {name:?}");
    }
    let catalog = connection
        .run_and_read(&attempted, statements, Coverage::around(name))
        .await?;
    wait_for_others(&catalog, &attempted)?;
    Ok(catalog)
}

/// Commits where nobody is at risk; the catalog after that.
async fn commit(
    server: &Server,
    connection: &mut Connection,
    desired: &Desired,
    decision: &Decision,
    catalog: Snapshot,
) -> Result<Snapshot, Error> {
    let name = &desired.name;
    let attempted = format!("commit the grants to the role {name:?}");
    let reads_again = may_have_changed(desired, decision);
    let mut batch = Batch::from(Statement::commit());
    if reads_again {
        batch = batch
            .then(transaction::read())
            .then(Coverage::around(name).select())
            .then([Statement::commit()]);
    }
    let error = match connection.run(&attempted, batch).await {
        Ok(_) if !reads_again => return Ok(catalog),
        Ok(mut results) => {
            results.pop();
            let now = connection::snapshot(&attempted, &results)?;
            if decision.outcome.rds_iam_found {
                wait_for_probation(&now, &attempted)?;
                if !is_there(&now, desired, decision) {
                    return Err(Error::NotCommitted(attempted));
                }
            }
            return Ok(now);
        }
        Err(error) if error.is_definite() && !reads_again => return Err(error),
        Err(error) => error,
    };
    connection.break_off();
    match read_again(server, name, Coverage::around(name)).await {
        Ok(now) => {
            wait_for_probation(&now, &attempted)?;
            match is_there(&now, desired, decision) {
                true => Ok(now),
                false if error.is_definite() => Err(error),
                false => Err(Error::NotCommitted(attempted)),
            }
        }
        Err(read) => Err(Error::CommitUnknown {
            attempted,
            reason: format!("{error}; {read}"),
        }),
    }
}

/// Whether what counts may have changed between the last reading and the end of the commit, so that one more is
/// taken together with it. A role that is created is nobody else's to see before.
fn may_have_changed(desired: &Desired, decision: &Decision) -> bool {
    match decision.outcome.rds_iam_found {
        // Not if it is about to be taken back.
        true => !decision.doubtful.is_empty(),
        // Somebody may have put a login into the role, which is forced with it.
        false => decision.grants_rds_iam(desired) && !desired.create_role,
    }
}

fn is_there(now: &Snapshot, desired: &Desired, decision: &Decision) -> bool {
    now.oid(&desired.name) == Some(decision.outcome.oid) && verify(now, desired).is_ok()
}

#[cfg(test)]
mod tests;
