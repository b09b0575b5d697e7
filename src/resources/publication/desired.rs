//! From what is planned to what the PostgreSQL room does, and from its errors to messages.

use tfplugin::{Diagnostic, Private};

use super::{
    Model,
    definition::{allowed, definition},
    filters::Filters,
};
use crate::{
    connection::{Database, Endpoint},
    diagnostics,
    operation::Operation,
    postgres::{
        self,
        publication::{Refusal, Seen},
        publish::{Desired, WaitForWriters},
    },
    resources::in_database::InDatabase as _,
};

/// What a publication is to be.
///
/// # Errors
/// When a table has no name that can be one.
pub(super) fn desired(
    planned: &Model,
    config: &Model,
    seen: Option<Seen>,
    private: &Private,
    operation: &Operation,
) -> Result<Desired, Diagnostic> {
    Ok(Desired {
        name: planned.name.or_default(),
        seen,
        definition: definition(planned, operation)?,
        // As planned, not as configured: `ignore_changes` is not in the configuration of an apply.
        owner: match config.owner.is_null() {
            true => None,
            false => planned.owner.known().cloned(),
        },
        written_filters: Filters::recorded(private).into_inner(),
        allow_without_replica_identity: allowed(planned, operation)?,
        wait_for_writers: match planned.wait_for_writers.known().map(String::as_str) {
            Some("always") => WaitForWriters::Always,
            Some("never") => WaitForWriters::Never,
            _ => WaitForWriters::Auto,
        },
    })
}

/// Whether a planned update changes anything of the publication. The other arguments say how to behave.
pub(super) fn changes(prior: &Model, planned: &Model) -> bool {
    prior.id.is_null()
        || publishes_others(prior, planned)
        || planned.publish != prior.publish
        || planned.publish_generated_columns != prior.publish_generated_columns
        || planned.owner != prior.owner
}

/// Whether a planned update changes which tables and columns are published.
pub(super) fn publishes_others(prior: &Model, planned: &Model) -> bool {
    planned.all_tables != prior.all_tables
        || planned.tables != prior.tables
        || planned.schemas != prior.schemas
        || planned.publish_via_partition_root != prior.publish_via_partition_root
}

/// Whether the publication that was to be created is there already.
pub(super) fn is_exists(error: &postgres::Error) -> bool {
    matches!(error, postgres::Error::PublicationRefused(refusal) if matches!(**refusal, Refusal::Exists { .. }))
}

/// Whether the publication of that name is another one than that which is meant.
pub(super) fn is_another(error: &postgres::Error) -> bool {
    matches!(error, postgres::Error::PublicationRefused(refusal) if matches!(**refusal, Refusal::AnotherPublication))
}

/// Whether the database is not there any more, and the publication went with it.
pub(super) fn is_database_gone(error: &postgres::Error) -> bool {
    error.sqlstate() == Some("3D000")
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
    diagnostics::publication(operation, &name, &id, endpoint, error)
}
