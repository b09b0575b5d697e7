//! Revoking what a resource declares, and saying what is still there.

use super::{
    attribute::try_to_take_replication,
    decide::{refuse_another, refuse_change},
    retry::{until_no_conflict, wait_for_others},
    revocations::{revocations, survivors},
};
use crate::{
    postgres::{
        Batch, Error, Server, Statement,
        error::ServerError,
        rds_roles::{RDS_IAM, RDS_REPLICATION},
        refusal::Survivors,
        replication_privilege::Parts,
        snapshot::{Oid, Snapshot},
        statement::{self, Extent},
    },
    scope::Scope,
};

/// What is to be taken from a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revoke {
    /// Its membership in `rds_iam`.
    pub rds_iam: bool,
    /// Parts of its right to replicate.
    pub privilege: Parts,
}

/// What is still there after a revocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// What keeps the user in `rds_iam`.
    pub rds_iam: Survivors,
    /// Who granted the memberships in `rds_replication` that are still there.
    pub rds_replication: Vec<String>,
    /// Why the REPLICATION attribute is still there, in the server's words; `None` when it is not.
    pub attribute: Option<ServerError>,
}

/// Takes from a user what is to be taken, as far as the session may. A role that is gone has nothing;
/// `oid` is the object that it was, where that is known.
///
/// # Errors
/// When the server fails, or the role of this name is another object; then nothing is changed.
pub async fn revoke(
    server: &Server,
    scope: &Scope,
    name: &str,
    oid: Option<Oid>,
    what: Revoke,
) -> Result<Left, Error> {
    let left = until_no_conflict(server, scope, || {
        revoke_once(server, scope, name, oid, what)
    })
    .await;
    server.forget_readings();
    left
}

async fn revoke_once(
    server: &Server,
    scope: &Scope,
    name: &str,
    oid: Option<Oid>,
    what: Revoke,
) -> Result<Left, Error> {
    let mut connection = server.connection(scope).await?;
    let attempted = format!("revoke from the role {name:?}");
    let revoked = async {
        let before = connection
            .run_and_read(&attempted, statement::begin(name), Extent::Around(name))
            .await?;
        wait_for_others(&before, &attempted)?;
        refuse_another(&before, name, oid)?;
        let statements = statements(&before, name, what)?;
        let there = before.oid(name);
        let has_attribute = Parts::of(&before, name).attribute;
        let (mut after, mut refused) = (before, None);
        if !statements.is_empty() {
            after = connection
                .run_and_read(&attempted, statements, Extent::Around(name))
                .await?;
        }
        if what.privilege.attribute && has_attribute {
            (after, refused) = try_to_take_replication(&mut connection, name).await?;
        }
        refuse_change(there, &after, name, &attempted)?;
        connection.run(&attempted, Statement::commit()).await?;
        Ok(Left {
            attribute: refused,
            ..left(&after, name, what)
        })
    }
    .await;
    if revoked.is_err() {
        connection.roll_back().await;
    }
    revoked
}

fn statements(snapshot: &Snapshot, name: &str, what: Revoke) -> Result<Batch, Error> {
    let mut statements = Batch::default();
    if snapshot.role(name).is_none() {
        return Ok(statements);
    }
    // In the order of the grants: from 16 on each locks its group, so that another order would end in
    // deadlocks.
    if what.privilege.membership {
        statements.extend(revocations(snapshot, name, RDS_REPLICATION)?);
    }
    if what.rds_iam {
        statements.extend(revocations(snapshot, name, RDS_IAM)?);
    }
    Ok(statements)
}

fn left(snapshot: &Snapshot, name: &str, what: Revoke) -> Left {
    Left {
        rds_iam: if what.rds_iam {
            survivors(snapshot, name)
        } else {
            Survivors::default()
        },
        rds_replication: if what.privilege.membership {
            snapshot
                .grantors(name, RDS_REPLICATION)
                .into_iter()
                .collect()
        } else {
            Vec::new()
        },
        attribute: None,
    }
}
