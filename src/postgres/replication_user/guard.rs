//! What only the server can tell: whether a grant locks somebody out.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{
    decide::{Decision, Desired},
    pauses,
};
use crate::{
    postgres::{
        Connector, Demanded, Error, Kind,
        connector::Connection,
        ident::Ident,
        membership::{Inside, RDS_IAM, RDS_REPLICATION},
        refusal::Refusal,
        snapshot::Extent,
        statement,
    },
    scope::Scope,
};

/// How long a commit, the check after it, and the way back may take.
const SAFETY: Duration = Duration::from_secs(60);

/// Logins that might be forced and still log in with a password: those to look at after the commit.
pub(super) async fn suspects(
    connector: &Connector,
    scope: &Scope,
    desired: &Desired,
    decision: &Decision,
) -> Result<Vec<Inside>, Error> {
    if decision.uncertain.is_empty() {
        return Ok(Vec::new());
    }
    let unproven = |reason: String| Refusal::Unproven(decision.uncertain.clone(), reason);
    if !desired.probe {
        return Err(unproven("`probe_authentication` is off".into()).into());
    }
    let mut suspects = Vec::new();
    for inside in &decision.uncertain {
        match connector.probe(scope, &inside.login, Kind::Normal).await {
            Ok(Demanded::Token) => {}
            Ok(_) => suspects.push(inside.clone()),
            Err(error) => return Err(unproven(error.to_string()).into()),
        }
    }
    Ok(suspects)
}

/// Asks the server whether the commit forced a suspect; if so, takes it back on this very session,
/// which no new login could replace.
pub(super) async fn guard(
    connector: &Connector,
    connection: &mut Connection<'_>,
    desired: &Desired,
    decision: &Decision,
    suspects: Vec<Inside>,
) -> Result<(), Error> {
    let safety = safety();
    let mut locked_out = Vec::new();
    let mut unknown = None;
    for inside in suspects {
        match connector.probe(&safety, &inside.login, Kind::Normal).await {
            Ok(Demanded::Token) => locked_out.push(inside),
            Ok(_) => {}
            Err(error) => {
                unknown = Some(error.to_string());
                locked_out.push(inside);
            }
        }
    }
    if locked_out.is_empty() {
        return Ok(());
    }
    let mut pauses = pauses();
    let taken_back = loop {
        let taken_back = take_back(&safety, connection, desired, decision).await;
        let conflict = matches!(&taken_back, Err(error) if error.is_conflict());
        let Some(pause) = pauses.next().filter(|_| conflict) else {
            break taken_back;
        };
        // Not the lock: nobody else may take what is there now for proven.
        connection.run_or_break_off("ROLLBACK").await;
        safety.sleep(pause).await;
    };
    let not_taken_back = taken_back.err().map(|error| error.to_string());
    Err(match (unknown, not_taken_back) {
        (Some(reason), None) => Refusal::Unproven(locked_out, reason),
        (_, not_taken_back) => Refusal::LockedOut {
            logins: locked_out,
            not_taken_back,
        },
    }
    .into())
}

/// Limits that an interruption does not cut short.
pub(super) fn safety() -> Scope {
    Scope::new(&CancellationToken::new(), SAFETY)
}

/// Undoes what the decision did.
async fn take_back(
    safety: &Scope,
    connection: &mut Connection<'_>,
    desired: &Desired,
    decision: &Decision,
) -> Result<(), Error> {
    let ident = Ident::new(&desired.name)?;
    let mut statements = String::from("BEGIN; ");
    if decision.outcome.created {
        statements += &statement::drop_role(&ident);
    } else {
        // In the order of the grants, as every revocation.
        if decision.outcome.granted.membership {
            statements += &statement::revoke(RDS_REPLICATION, &ident, None);
        }
        statements += &statement::revoke(RDS_IAM, &ident, None);
        if decision.outcome.granted.attribute {
            statements += &statement::alter_replication(&ident, false);
        }
        if decision.taken.membership {
            statements += &statement::grant(RDS_REPLICATION, &ident);
        }
        if decision.taken.attribute {
            statements += &statement::alter_replication(&ident, true);
        }
    }
    let attempted = format!("take back the grants to the role {:?}", desired.name);
    connection.limit_to(safety);
    let after = connection
        .run_and_read(&attempted, &statements, Extent::Around(&desired.name))
        .await?;
    if !decision.outcome.created && !after.direct(&desired.name, RDS_IAM).is_empty() {
        return Err(Refusal::NotInCatalogue("the end of the membership in rds_iam").into());
    }
    connection.run(&attempted, "COMMIT").await?;
    Ok(())
}
