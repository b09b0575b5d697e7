//! One role, as Terraform sees it.

use tfplugin::{Field, Model};

use crate::postgres::{
    Activity, ConnectionKind,
    replication_role::ReplicationRole,
    replication_user::{AuthMethod, AuthRequirement, Evidence},
};

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Model)]
pub(super) struct UserModel {
    /// Name of the role.
    #[attribute(computed)]
    name: Field<String>,
    /// Whether it can log in; a role that cannot is a group.
    #[attribute(computed)]
    can_login: Field<bool>,
    /// What it holds of `rds_iam`, `rds_replication` (membership, directly or not), `replication`
    /// and `superuser` (attributes).
    #[attribute(computed)]
    privileges: Field<Vec<String>>,
    /// Each membership of the role that leads into `rds_iam` or `rds_replication`.
    #[attribute(computed)]
    memberships: Field<Vec<MembershipModel>>,
    /// What normal connections must show: `iam`, `password`, `unknown`, or `none` for a role that
    /// cannot log in.
    #[attribute(computed)]
    normal_authentication: Field<String>,
    /// How that is known: `catalog` or `server`; null when it is `unknown`.
    #[attribute(computed)]
    normal_authentication_known_by: Field<String>,
    /// What replication connections must show: `iam`, `password`, `unknown`, or `none` for a role
    /// that cannot log in or has no right to replicate.
    #[attribute(computed)]
    pub(super) replication_authentication: Field<String>,
    /// How that is known: `catalog` or `server`; null when it is `unknown`.
    #[attribute(computed)]
    replication_authentication_known_by: Field<String>,
    /// Why, in a sentence for each kind of connection.
    #[attribute(computed)]
    reason: Field<String>,
    /// The streams of the role now, by process.
    #[attribute(computed)]
    walsenders: Field<Vec<WalsenderModel>>,
    /// The slots that these stream from, by name.
    #[attribute(computed)]
    slot_names: Field<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Model)]
struct MembershipModel {
    /// `rds_iam` or `rds_replication`.
    #[attribute(computed)]
    group: Field<String>,
    /// From the role to the group, both included.
    #[attribute(computed)]
    path: Field<Vec<String>>,
    /// Who granted the first step of the path.
    #[attribute(computed)]
    grantors: Field<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Model)]
struct WalsenderModel {
    /// Its process.
    #[attribute(computed)]
    pid: Field<i32>,
    /// Null where it is empty or may not be seen.
    #[attribute(computed)]
    application_name: Field<String>,
    /// Null where it may not be seen.
    #[attribute(computed)]
    client_addr: Field<String>,
    /// The slot that it streams from; null without one.
    #[attribute(computed)]
    slot_name: Field<String>,
}

impl UserModel {
    /// The role, with what its connections must show and what it does now.
    pub(super) fn new(
        role: ReplicationRole,
        required: &[AuthRequirement],
        activity: &Activity,
    ) -> Self {
        let of = |kind: ConnectionKind| required.iter().find(|one| one.kind == kind);
        let (normal, replication) = (of(ConnectionKind::Normal), of(ConnectionKind::Replication));
        let walsenders: Vec<WalsenderModel> = activity
            .walsenders_of(&role.name)
            .map(|walsender| WalsenderModel {
                pid: walsender.pid.into(),
                application_name: walsender.application_name.clone().into(),
                client_addr: walsender.client_addr.clone().into(),
                slot_name: activity
                    .slot_of(walsender)
                    .map(|slot| slot.name.clone())
                    .into(),
            })
            .collect();
        let mut slot_names: Vec<String> = walsenders
            .iter()
            .filter_map(|walsender| walsender.slot_name.known().cloned())
            .collect();
        slot_names.sort();
        let privileges = role.privileges.iter().map(|one| one.as_str().to_owned());
        let memberships = role.memberships.iter().map(|membership| MembershipModel {
            group: membership.group.into(),
            path: membership.path.clone().into(),
            grantors: membership.grantors.clone().into(),
        });
        Self {
            can_login: role.can_login.into(),
            privileges: privileges.collect::<Vec<_>>().into(),
            memberships: memberships.collect::<Vec<_>>().into(),
            normal_authentication: authentication(normal).into(),
            normal_authentication_known_by: known_by(normal).into(),
            replication_authentication: authentication(replication).into(),
            replication_authentication_known_by: known_by(replication).into(),
            reason: reason(normal, replication).into(),
            walsenders: walsenders.into(),
            slot_names: slot_names.into(),
            name: role.name.into(),
        }
    }
}

fn authentication(required: Option<&AuthRequirement>) -> &'static str {
    match required.map(|one| one.method) {
        None => "none",
        Some(None) => "unknown",
        Some(Some(AuthMethod::Token)) => "iam",
        Some(Some(AuthMethod::Password)) => "password",
    }
}

/// Nothing is known of what is not known; that there is nothing to show is in the catalog.
fn known_by(required: Option<&AuthRequirement>) -> Option<String> {
    let known_by = match required {
        None => Evidence::Catalog,
        Some(required) => required.method.map(|_| required.known_by)?,
    };
    let text = match known_by {
        Evidence::Catalog => "catalog",
        Evidence::Server => "server",
    };
    Some(text.to_owned())
}

fn reason(normal: Option<&AuthRequirement>, replication: Option<&AuthRequirement>) -> String {
    match (normal, replication) {
        (None, _) => "It cannot log in.".to_owned(),
        (Some(normal), None) => format!(
            "Normal connections: {}. Replication connections: it has no right to replicate.",
            normal.because
        ),
        (Some(normal), Some(replication)) if normal.because == replication.because => {
            format!("Normal and replication connections: {}.", normal.because)
        }
        (Some(normal), Some(replication)) => format!(
            "Normal connections: {}. Replication connections: {}.",
            normal.because, replication.because
        ),
    }
}
