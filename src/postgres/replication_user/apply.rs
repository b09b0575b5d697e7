//! Granting: decide, run, read back, commit.

use super::{
    decide::{Desired, Outcome, decide, verify},
    guard::{guard, proof, safety, suspects},
    until_no_conflict,
};
use crate::{
    postgres::{Connector, Error, connector::Connection, statement},
    scope::Scope,
};

/// Makes a user what it is to be.
///
/// # Errors
/// When the server fails, or something is refused: then nothing is changed, or it was taken back.
pub async fn apply(
    connector: &Connector,
    scope: &Scope,
    desired: &Desired,
) -> Result<Outcome, Error> {
    let applied = until_no_conflict(scope, || apply_once(connector, scope, desired)).await;
    connector.forget_snapshot().await;
    applied
}

async fn apply_once(
    connector: &Connector,
    scope: &Scope,
    desired: &Desired,
) -> Result<Outcome, Error> {
    let mut connection = connector.connection(scope).await?;
    let done = apply_in(connector, scope, &mut connection, desired).await;
    if done.is_err() {
        connection.roll_back().await;
    }
    done
}

async fn apply_in(
    connector: &Connector,
    scope: &Scope,
    connection: &mut Connection<'_>,
    desired: &Desired,
) -> Result<Outcome, Error> {
    let name = &desired.name;
    let before = connection
        .run_and_read(&format!("read the role {name:?}"), &statement::begin(name))
        .await?;
    let mut decision = decide(&before, desired)?;
    let suspects = suspects(connector, scope, desired, &decision).await?;
    if decision.statements.is_empty() {
        // What nobody here may revoke is still there.
        verify(&before, desired)?;
    } else {
        let after = connection
            .run_and_read(&format!("grant to the role {name:?}"), &decision.statements)
            .await?;
        verify(&after, desired)?;
    }
    // From here on an interruption comes too late: what was committed has to be known.
    connection.limit_to(&safety());
    connection
        .run(&format!("commit the grants to the role {name:?}"), "COMMIT")
        .await?;
    if !suspects.is_empty() {
        guard(connector, connection, desired, &decision, suspects).await?;
    }
    decision.outcome.proof = proof(connector, desired, &decision).await;
    Ok(decision.outcome)
}
