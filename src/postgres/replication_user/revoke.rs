//! Revoking what a resource declares, and saying what is still there.

use super::{
    attribute::try_to_take_replication,
    refuse::{refuse_another, refuse_change},
    retry::wait_for_others,
    revoke_statements::{remaining_membership, revoke_statements},
};
use crate::{
    postgres::{
        Batch, Error, Server, Statement,
        rds_roles::{RDS_IAM, RDS_REPLICATION},
        refusal::RemainingMembership,
        replication_privilege::PrivilegeSources,
        retry::until_done,
        server_error::ServerError,
        snapshot::{Oid, Snapshot},
        statement::{self, Coverage},
    },
    scope::Scope,
};

/// A revocation: what is to be taken from a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revocation {
    /// Its membership in `rds_iam`.
    pub rds_iam: bool,
    /// Sources of its right to replicate.
    pub privilege: PrivilegeSources,
}

/// The memberships that remain after a revocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemainingMemberships {
    /// What keeps the user in `rds_iam`.
    pub rds_iam: RemainingMembership,
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
    what: Revocation,
) -> Result<RemainingMemberships, Error> {
    let remaining = until_done(server, scope, || {
        revoke_once(server, scope, name, oid, what)
    })
    .await;
    server.forget_readings();
    remaining
}

async fn revoke_once(
    server: &Server,
    scope: &Scope,
    name: &str,
    oid: Option<Oid>,
    what: Revocation,
) -> Result<RemainingMemberships, Error> {
    let mut connection = server.connection(scope).await?;
    let attempted = format!("revoke from the role {name:?}");
    let revoked = async {
        let before = connection
            .run_and_read(
                &attempted,
                statement::begin(name),
                Coverage::Neighborhood { name, object: oid },
            )
            .await?;
        wait_for_others(&before, &attempted)?;
        refuse_another(&before, name, oid)?;
        let statements = statements(&before, name, what)?;
        let there = before.oid(name);
        let has_attribute = PrivilegeSources::from_snapshot(&before, name).attribute;
        let (mut after, mut refused) = (before, None);
        if !statements.is_empty() {
            after = connection
                .run_and_read(
                    &attempted,
                    statements,
                    Coverage::Neighborhood { name, object: oid },
                )
                .await?;
        }
        if what.privilege.attribute && has_attribute {
            (after, refused) = try_to_take_replication(&mut connection, name).await?;
        }
        refuse_change(there, &after, name, &attempted)?;
        connection.run(&attempted, Statement::commit()).await?;
        Ok(RemainingMemberships {
            attribute: refused,
            ..remaining(&after, name, what)
        })
    }
    .await;
    if revoked.is_err() {
        connection.roll_back().await;
    }
    revoked
}

fn statements(snapshot: &Snapshot, name: &str, what: Revocation) -> Result<Batch, Error> {
    let mut statements = Batch::default();
    if snapshot.role(name).is_none() {
        return Ok(statements);
    }
    // In the order of the grants: from 16 on each locks its group, so that another order would end in
    // deadlocks.
    if what.privilege.membership {
        statements.extend(revoke_statements(snapshot, name, RDS_REPLICATION)?);
    }
    if what.rds_iam {
        statements.extend(revoke_statements(snapshot, name, RDS_IAM)?);
    }
    Ok(statements)
}

fn remaining(snapshot: &Snapshot, name: &str, what: Revocation) -> RemainingMemberships {
    RemainingMemberships {
        rds_iam: if what.rds_iam {
            remaining_membership(snapshot, name)
        } else {
            RemainingMembership::default()
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
