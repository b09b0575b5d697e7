//! Taking away what a resource stands for, and nothing of what somebody else has put in its place.

use tfplugin::{Diagnostic, Diagnostics, Private};

use super::{
    Model,
    declared_privilege::stored_granted,
    is_true,
    object::{self, Fate, fate, is_another_role, is_ours},
};
use crate::{
    diagnostics,
    postgres::{
        COMMENT, Error, Server,
        replication_user::{self, Revocation},
        snapshot::Oid,
    },
    scope::Scope,
};

/// Drops the role that was created, or revokes what is declared. What turns out to be another role is left,
/// with a warning.
pub(super) async fn take_away(
    connector: &Server,
    scope: &Scope,
    prior: &Model,
    name: &str,
    private: &Private,
) -> Result<Diagnostics, Error> {
    let oid = object::recorded(private);
    if is_true(&prior.create_role) {
        let force = is_true(&prior.force_destroy);
        return drop_role(connector, scope, name, oid, force).await;
    }
    let what = Revocation {
        rds_iam: is_true(&prior.rds_iam),
        privilege: stored_granted(private),
    };
    match (
        replication_user::revoke(connector, scope, name, oid, what).await,
        oid,
    ) {
        (Ok(remaining), _) => Ok(diagnostics::remaining(name, &remaining)),
        (Err(error), Some(oid)) => left_by(connector, scope, name, oid, error).await,
        (Err(error), None) => Err(error),
    }
}

/// Drops a role that the provider created. What somebody else has put in its place is left, with a warning.
async fn drop_role(
    connector: &Server,
    scope: &Scope,
    name: &str,
    oid: Option<Oid>,
    force: bool,
) -> Result<Diagnostics, Error> {
    let endpoint = connector.endpoint();
    let oid = match oid {
        Some(oid) => oid,
        // An earlier version of the provider wrote the state: the comment alone tells whose the role is.
        None => {
            let snapshot = connector.snapshot_now(scope).await?;
            match (snapshot.oid(name), snapshot.role(name)) {
                (Some(oid), Some(role)) if is_ours(role) => oid,
                (Some(_), Some(_)) => return Ok(without_comment(name, &endpoint).into()),
                _ => return Ok(Diagnostics::new()),
            }
        }
    };
    match replication_user::drop_role(connector, scope, name, Some(oid), force).await {
        Ok(()) => Ok(Diagnostics::new()),
        Err(error) => left_by(connector, scope, name, oid, error).await,
    }
}

/// Turns the refusal to touch another role into the warning of a destroy that left it.
async fn left_by(
    connector: &Server,
    scope: &Scope,
    name: &str,
    oid: Oid,
    error: Error,
) -> Result<Diagnostics, Error> {
    if !is_another_role(&error) {
        return Err(error);
    }
    let snapshot = connector.snapshot_now(scope).await?;
    match fate(&snapshot, name, Some(oid)) {
        // It has its name back.
        Fate::There => Err(error),
        fate => Ok(fate.left(name, &connector.endpoint()).into_iter().collect()),
    }
}

fn without_comment(name: &str, endpoint: &str) -> Diagnostic {
    Diagnostic::warning(
        "Role Left",
        format!(
            "The role {name:?} on {endpoint} does not carry the comment {COMMENT:?}, and the state does not say which \
             role it was: an earlier version of the provider wrote it. It may be somebody else's by now, and was left as \
             it is. Drop it yourself if it was created here."
        ),
    )
    .at("name")
}
