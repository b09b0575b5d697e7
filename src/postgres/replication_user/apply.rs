//! Granting: decide, run, read back, commit.

use super::{
    alter_replication,
    decide::{Decision, Desired, Outcome, decide, verify},
    guard::{guard, safety, suspects},
    until_no_conflict,
};
use crate::{
    postgres::{
        Connector, Error,
        connector::Connection,
        snapshot::{Extent, Snapshot},
        statement,
    },
    scope::Scope,
};

/// Makes a user what it is to be: what was done, and the catalogue as it is now.
///
/// # Errors
/// When the server fails, or something is refused: then nothing is changed, or it was taken back.
pub async fn apply(
    connector: &Connector,
    scope: &Scope,
    desired: &Desired,
) -> Result<(Outcome, Snapshot), Error> {
    let applied =
        until_no_conflict(scope, async || apply_once(connector, scope, desired).await).await;
    connector.forget_snapshot();
    applied
}

async fn apply_once(
    connector: &Connector,
    scope: &Scope,
    desired: &Desired,
) -> Result<(Outcome, Snapshot), Error> {
    let mut connection = connector.connection(scope).await?;
    match apply_in(connector, scope, &mut connection, desired).await {
        Ok((decision, catalogue)) => {
            if decision.hangs_on_creator {
                connection.run_or_break_off(statement::UNLOCK_PROOF).await;
            }
            Ok((decision.outcome, catalogue))
        }
        Err(error) => {
            connection.roll_back().await;
            Err(error)
        }
    }
}

async fn apply_in(
    connector: &Connector,
    scope: &Scope,
    connection: &mut Connection<'_>,
    desired: &Desired,
) -> Result<(Decision, Snapshot), Error> {
    let name = &desired.name;
    let reading = format!("read the role {name:?}");
    let mut catalogue = connection
        .run_and_read(&reading, &statement::begin(name), Extent::Around(name))
        .await?;
    let mut decision = decide(&catalogue, desired)?;
    if decision.hangs_on_creator {
        // What somebody else committed may be about to be taken back: wait for that, and look again.
        catalogue = connection
            .run_and_read(&reading, &statement::lock_proof(), Extent::Around(name))
            .await?;
        decision = Decision {
            hangs_on_creator: true,
            ..decide(&catalogue, desired)?
        };
    }
    let suspects = suspects(connector, scope, desired, &decision).await?;
    if !decision.statements.is_empty() {
        catalogue = connection
            .run_and_read(
                &format!("grant to the role {name:?}"),
                &decision.statements,
                Extent::Around(name),
            )
            .await?;
    }
    if let Some(give) = decision.attribute {
        catalogue = alter_replication(connection, name, give).await?;
    }
    // Also without a statement: what nobody here may revoke is still there.
    verify(&catalogue, desired)?;
    // From here on an interruption comes too late: what was committed has to be known.
    connection.limit_to(&safety());
    connection
        .run(&format!("commit the grants to the role {name:?}"), "COMMIT")
        .await?;
    if !suspects.is_empty() {
        guard(connector, connection, desired, &decision, suspects).await?;
    }
    Ok((decision, catalogue))
}
