//! From what is planned or stored to what the PostgreSQL room does, and from its errors to messages.

use std::collections::BTreeSet;

use tfplugin::{Diagnostic, Field};

use super::{Model, model::is_true};
use crate::{
    connection::Endpoint,
    diagnostics,
    operation::Operation,
    postgres::{
        self, TableName,
        publication_grant::{Desired, Refusal},
    },
};

/// What the role is to be able to read. A name that is none was refused with the configuration, or names nothing.
pub(super) fn desired(model: &Model) -> Desired {
    Desired {
        role: model.role.or_default(),
        seen: None,
        publications: model.publications.or_default(),
        by_column: is_true(&model.column_privileges),
        connect: is_true(&model.connect),
        usage: is_true(&model.usage),
        future_of: model.grant_future_tables_of.or_default(),
        allow_row_security_on: tables(&model.allow_row_security_on),
    }
}

/// Whether a planned update changes any right. The other arguments say how to behave.
pub(super) fn changes(prior: &Model, planned: &Model) -> bool {
    prior.id.is_null()
        || planned.granted_tables.is_unknown()
        || planned.publications != prior.publications
        || planned.select != prior.select
        || planned.connect != prior.connect
        || planned.usage != prior.usage
        || planned.column_privileges != prior.column_privileges
        || planned.grant_future_tables_of != prior.grant_future_tables_of
        || forbids_more(prior, planned)
}

/// Whether a table of which rows may be hidden is allowed no more.
fn forbids_more(prior: &Model, planned: &Model) -> bool {
    let (before, now) = (&prior.allow_row_security_on, &planned.allow_row_security_on);
    !tables(before).is_subset(&tables(now))
}

/// Tables as a state has them.
pub(super) fn texts<'a>(tables: impl IntoIterator<Item = &'a TableName>) -> BTreeSet<String> {
    tables.into_iter().map(ToString::to_string).collect()
}

/// Tables of a state.
pub(super) fn tables(texts: &Field<BTreeSet<String>>) -> BTreeSet<TableName> {
    let texts = texts.known().into_iter().flatten();
    texts
        .filter_map(|text| TableName::parse(text).ok())
        .collect()
}

/// Whether the database is not there any more, and the rights went with it.
pub(super) fn is_database_gone(error: &postgres::Error) -> bool {
    error.sqlstate() == Some("3D000")
}

/// Whether the role is another one than that which was meant.
pub(super) fn is_another_role(error: &postgres::Error) -> bool {
    matches!(error, postgres::Error::GrantRefused(refusal) if matches!(**refusal, Refusal::AnotherRole))
}

/// An error of the PostgreSQL room, at the attribute to blame.
pub(super) fn failed(
    operation: &Operation,
    model: &Model,
    endpoint: &Endpoint,
    error: &postgres::Error,
) -> Diagnostic {
    let role = model.role.or_default();
    diagnostics::publication_grant(operation, &role, endpoint, error)
}
