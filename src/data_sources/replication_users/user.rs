//! One role, as Terraform sees it.

use serde::{Deserialize, Serialize};
use tfplugin::{Field, schema::Attribute, value::Type};

use crate::postgres::{
    Activity, Kind,
    replication_role::ReplicationRole,
    replication_user::{KnownBy, Method, Required},
};

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UserModel {
    name: Field<String>,
    can_login: Field<bool>,
    privileges: Field<Vec<String>>,
    memberships: Field<Vec<MembershipModel>>,
    normal_authentication: Field<String>,
    normal_authentication_known_by: Field<String>,
    pub(super) replication_authentication: Field<String>,
    replication_authentication_known_by: Field<String>,
    reason: Field<String>,
    walsenders: Field<Vec<WalsenderModel>>,
    slot_names: Field<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MembershipModel {
    group: Field<String>,
    path: Field<Vec<String>>,
    grantors: Field<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct WalsenderModel {
    pid: Field<i32>,
    application_name: Field<String>,
    client_addr: Field<String>,
    slot_name: Field<String>,
}

/// The attributes of a role.
pub(super) fn attributes() -> [Attribute; 11] {
    let text =
        |name: &str, description: &str| Attribute::string(name).computed().description(description);
    let texts = |name: &str, description: &str| {
        Attribute::list(name, Type::String)
            .computed()
            .description(description)
    };
    [
        text("name", "Name of the role."),
        Attribute::bool("can_login")
            .computed()
            .description("Whether it can log in; a role that cannot is a group."),
        texts(
            "privileges",
            "What it holds of `rds_iam`, `rds_replication` (membership, directly or not), `replication` and \
             `superuser` (attributes).",
        ),
        Attribute::nested_list(
            "memberships",
            [
                text("group", "`rds_iam` or `rds_replication`."),
                texts("path", "From the role to the group, both included."),
                texts("grantors", "Who granted the first step of the path."),
            ],
        )
        .computed()
        .description("Each membership of the role that leads into `rds_iam` or `rds_replication`."),
        text(
            "normal_authentication",
            "What normal connections must show: `iam`, `password`, `unknown`, or `none` for a role that cannot log \
             in.",
        ),
        text(
            "normal_authentication_known_by",
            "How that is known: `catalogue` or `wire`; null when it is `unknown`.",
        ),
        text(
            "replication_authentication",
            "What replication connections must show: `iam`, `password`, `unknown`, or `none` for a role that cannot \
             log in or has no right to replicate.",
        ),
        text(
            "replication_authentication_known_by",
            "How that is known: `catalogue` or `wire`; null when it is `unknown`.",
        ),
        text("reason", "Why, in a sentence for each kind of connection."),
        Attribute::nested_list(
            "walsenders",
            [
                Attribute::int64("pid")
                    .computed()
                    .description("Its process."),
                text(
                    "application_name",
                    "Null where it is empty or may not be seen.",
                ),
                text("client_addr", "Null where it may not be seen."),
                text(
                    "slot_name",
                    "The slot that it streams from; null without one.",
                ),
            ],
        )
        .computed()
        .description("The streams of the role now, by process."),
        texts("slot_names", "The slots that these stream from, by name."),
    ]
}

impl UserModel {
    /// The role, with what its connections must show and what it does now.
    pub(super) fn new(role: ReplicationRole, required: &[Required], activity: &Activity) -> Self {
        let of = |kind: Kind| required.iter().find(|one| one.kind == kind);
        let (normal, replication) = (of(Kind::Normal), of(Kind::Replication));
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
        let memberships = role.memberships.iter().map(|way| MembershipModel {
            group: way.group.into(),
            path: way.path.clone().into(),
            grantors: way.grantors.clone().into(),
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

fn authentication(required: Option<&Required>) -> &'static str {
    match required.map(|one| one.method) {
        None => "none",
        Some(None) => "unknown",
        Some(Some(Method::Token)) => "iam",
        Some(Some(Method::Password)) => "password",
    }
}

/// Nothing is known of what is not known; that there is nothing to show is in the catalogue.
fn known_by(required: Option<&Required>) -> Option<String> {
    let known_by = match required {
        None => KnownBy::Catalogue,
        Some(required) => required.method.map(|_| required.known_by)?,
    };
    let text = match known_by {
        KnownBy::Catalogue => "catalogue",
        KnownBy::Wire => "wire",
    };
    Some(text.to_owned())
}

fn reason(normal: Option<&Required>, replication: Option<&Required>) -> String {
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
