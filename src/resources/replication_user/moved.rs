//! Taking over the state of cyrilgdn/postgresql: `postgresql_grant_role` and `postgresql_role`.
//!
//! A move touches nothing and knows no database: the id is left for the next read or update.

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Context, Diagnostic, Diagnostics, MoveState, Private,
    move_state::{MoveRequest, MoveSource, Moved},
};

use super::{Model, ReplicationUser, declared_privilege::store_granted};
use crate::{
    postgres::{
        rds_roles::{RDS_IAM, RDS_REPLICATION},
        replication_privilege::PrivilegeSources,
    },
    provider::Configured,
    resources::moved_from,
};

const GRANT_ROLE: &str = "postgresql_grant_role";
const ROLE: &str = "postgresql_role";

/// The state of a `postgresql_grant_role`.
#[derive(Deserialize)]
struct GrantRole {
    role: String,
    grant_role: String,
    #[serde(default)]
    with_admin_option: Option<bool>,
}

/// The state of a `postgresql_role`, as far as it matters here.
#[derive(Deserialize)]
struct Role {
    name: String,
    #[serde(default)]
    roles: Option<Vec<String>>,
    #[serde(default)]
    login: Option<bool>,
    #[serde(default)]
    replication: Option<bool>,
    #[serde(default)]
    superuser: Option<bool>,
    #[serde(default)]
    create_database: Option<bool>,
    #[serde(default)]
    create_role: Option<bool>,
    #[serde(default)]
    inherit: Option<bool>,
    #[serde(default)]
    bypass_row_level_security: Option<bool>,
    #[serde(default)]
    connection_limit: Option<i64>,
    #[serde(default)]
    valid_until: Option<String>,
    #[serde(default)]
    search_path: Option<Vec<String>>,
    #[serde(default)]
    statement_timeout: Option<i64>,
    #[serde(default)]
    idle_in_transaction_session_timeout: Option<i64>,
    #[serde(default)]
    assume_role: Option<String>,
    #[serde(default)]
    skip_drop_role: Option<bool>,
}

/// What is adopted from a state.
struct Adopted {
    name: String,
    rds_iam: bool,
    /// Sources of the right to replicate that the other resource gave, and that are this one's now.
    privilege: PrivilegeSources,
    create_role: bool,
}

#[async_trait]
impl MoveState<Configured> for ReplicationUser {
    fn move_sources(&self) -> Vec<MoveSource> {
        moved_from::PROVIDERS
            .into_iter()
            .flat_map(|provider| {
                [GRANT_ROLE, ROLE].map(|type_name| MoveSource::new(provider, type_name))
            })
            .collect()
    }

    async fn move_state(
        &self,
        _context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<Model>, Diagnostics> {
        let unreadable = |error: serde_json::Error| {
            refusal(format!(
                "The state of the {} cannot be read: {error}.",
                request.type_name
            ))
        };
        let adopted = if request.type_name == GRANT_ROLE {
            serde_json::from_value(request.state.clone())
                .map_err(unreadable)
                .and_then(GrantRole::adopt)?
        } else {
            serde_json::from_value(request.state.clone())
                .map_err(unreadable)
                .and_then(Role::adopt)?
        };
        let mut private = Private::default();
        let mut diagnostics = Diagnostics::new();
        store_granted(&mut private, adopted.privilege, &mut diagnostics);
        Ok(Moved::new(adopted.into_state())
            .keeping(private)
            .reporting(diagnostics))
    }
}

impl GrantRole {
    fn adopt(self) -> Result<Adopted, Diagnostic> {
        let Self {
            role, grant_role, ..
        } = self;
        if self.with_admin_option == Some(true) {
            return Err(refusal(format!(
                "{role:?} holds {grant_role:?} WITH ADMIN OPTION, and rdsiam_replication_user grants without. Set \
                 `with_admin_option = false` there, or leave that grant where it is."
            )));
        }
        let (rds_iam, membership) = match grant_role.as_str() {
            RDS_IAM => (true, false),
            RDS_REPLICATION => (false, true),
            _ => {
                return Err(refusal(format!(
                    "The grant is of {grant_role:?} to {role:?}, and rdsiam_replication_user stands for rds_iam and \
                     rds_replication alone. Leave that grant where it is."
                )));
            }
        };
        Ok(Adopted {
            name: role,
            rds_iam,
            privilege: PrivilegeSources {
                membership,
                attribute: false,
            },
            create_role: false,
        })
    }
}

impl Role {
    fn adopt(self) -> Result<Adopted, Diagnostic> {
        let lost = self.lost();
        let name = self.name;
        if !lost.is_empty() {
            return Err(refusal(format!(
                "The postgresql_role {name:?} has what rdsiam_replication_user does not stand for, and nobody would look \
                 after it any more: {}. Set that to its default there and apply, or keep the postgresql_role without \
                 the two roles and without `replication`, and let rdsiam_replication_user have those.",
                lost.join(", ")
            )));
        }
        let is_in = |group: &str| {
            let roles = self.roles.iter().flatten();
            roles.into_iter().any(|role| role == group)
        };
        Ok(Adopted {
            rds_iam: is_in(RDS_IAM),
            privilege: PrivilegeSources {
                membership: is_in(RDS_REPLICATION),
                attribute: self.replication == Some(true),
            },
            // It was dropped with its resource, unless that said otherwise.
            create_role: self.skip_drop_role != Some(true),
            name,
        })
    }

    /// What would be lost, argument by argument.
    fn lost(&self) -> Vec<String> {
        let is_set = |value: Option<bool>, default: bool| value.is_some_and(|it| it != default);
        let foreign = self
            .roles
            .iter()
            .flatten()
            .filter(|role| ![RDS_IAM, RDS_REPLICATION].contains(&role.as_str()))
            .map(|role| format!("membership in {role:?} (`roles`)"));
        let arguments = [
            ("superuser", is_set(self.superuser, false)),
            ("create_database", is_set(self.create_database, false)),
            ("create_role", is_set(self.create_role, false)),
            ("inherit", is_set(self.inherit, true)),
            ("login", self.login != Some(true)),
            (
                "bypass_row_level_security",
                is_set(self.bypass_row_level_security, false),
            ),
            (
                "connection_limit",
                self.connection_limit.is_some_and(|limit| limit != -1),
            ),
            (
                "valid_until",
                self.valid_until
                    .as_deref()
                    .is_some_and(|until| !["", "infinity"].contains(&until)),
            ),
            (
                "search_path",
                self.search_path
                    .as_ref()
                    .is_some_and(|path| !path.is_empty()),
            ),
            (
                "statement_timeout",
                self.statement_timeout.is_some_and(|timeout| timeout != 0),
            ),
            (
                "idle_in_transaction_session_timeout",
                self.idle_in_transaction_session_timeout
                    .is_some_and(|timeout| timeout != 0),
            ),
            (
                "assume_role",
                self.assume_role
                    .as_deref()
                    .is_some_and(|role| !role.is_empty()),
            ),
        ];
        arguments
            .into_iter()
            .filter(|(_, is_lost)| *is_lost)
            .map(|(name, _)| format!("`{name}`"))
            .chain(foreign)
            .collect()
    }
}

impl Adopted {
    /// The state. Where it is not known yet what the server has, the next read finds out.
    fn into_state(self) -> Model {
        Model {
            rds_iam: self.rds_iam.into(),
            create_role: self.create_role.into(),
            ..Model::with_defaults(self.name)
        }
    }
}

fn refusal(detail: String) -> Diagnostic {
    Diagnostic::error("Move To Replication User", detail)
}
