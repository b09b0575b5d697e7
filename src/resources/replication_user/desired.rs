//! From what is planned to what the PostgreSQL room does, and from its errors to messages.

use tfplugin::Diagnostic;

use super::{Model, declared_privilege::privilege, is_true};
use crate::{
    connection::{Database, Endpoint},
    diagnostics,
    operation::Operation,
    postgres::{
        self, refusal::Refusal, replication_privilege::PrivilegeSources, replication_user::Desired,
    },
    resources::in_database::InDatabase as _,
};

/// What a user is to be, as far as the plan alone says it.
pub(super) fn desired(planned: &Model, endpoint: &Endpoint) -> Desired {
    Desired {
        name: planned.name.or_default(),
        oid: None,
        rds_iam: is_true(&planned.rds_iam),
        privilege: privilege(planned),
        create_role: false,
        password: None,
        allow_iam_for: planned.allow_iam_for.or_default(),
        master_username: endpoint.master_username.clone(),
        take_back: PrivilegeSources::default(),
        probe: is_true(&planned.probe_authentication),
        no_tokens_because: None,
    }
}

/// Whether the role that was to be created is there already.
pub(super) fn is_role_exists(error: &postgres::Error) -> bool {
    matches!(error, postgres::Error::Refused(refusal) if matches!(**refusal, Refusal::RoleExists { .. }))
}

/// An error of the PostgreSQL room, at the attribute to blame.
pub(super) fn failed(
    operation: &Operation,
    model: &Model,
    database: &Database,
    endpoint: &Endpoint,
    error: &postgres::Error,
) -> Diagnostic {
    let name = model.name.or_default();
    let id = model.id_to_import(database);
    diagnostics::replication_user(operation, &name, &id, endpoint, error)
}
