//! Hosts through which nothing can be granted, which the configuration and the environment alone tell.

use tfplugin::Diagnostic;

use super::{Model, password};
use crate::{
    connection::{Database, DatabaseLookup, DatabaseRef},
    diagnostics,
    operation::Operation,
    provider::Configured,
    region,
    resources::in_database::InDatabase as _,
};

/// The error of a plan that changes something through such a host.
pub(super) fn at_plan(
    provider: &Configured,
    operation: &Operation,
    planned: &Model,
    prior: Option<&Model>,
) -> Option<Diagnostic> {
    let changes = prior.is_none_or(|prior| changes_role(prior, planned));
    match provider.databases.lookup(&planned.database_ref()) {
        DatabaseLookup::Known(database) if changes => refuse(&database, operation).err(),
        _ => None,
    }
}

/// Refuses the reader endpoint of a cluster, and what is no host.
///
/// # Errors
/// What names it, and what to write instead.
pub(super) fn refuse(database: &Database, operation: &Operation) -> Result<(), Diagnostic> {
    let named = database
        .host()
        .map_err(|error| diagnostics::connection(operation, &DatabaseRef::default(), &error))?;
    let Some((host, origin)) = named.filter(|(host, _)| region::is_reader(host)) else {
        return Ok(());
    };
    Err(operation.error(format!(
        "{host:?} is the reader endpoint of a cluster, and nothing can be granted on a replica. It stands in {} of the \
         provider's `postgres` block. Name the writer, {:?}, or the cluster with `cluster_identifier`, whose writer \
         endpoint is looked up.",
        origin.or_argument("host"),
        host.to_lowercase().replacen(".cluster-ro-", ".cluster-", 1)
    )))
}

/// Whether a planned update changes anything of the role. The other arguments say how to behave, and who owns
/// it.
pub(super) fn changes_role(prior: &Model, planned: &Model) -> bool {
    prior.id.is_null()
        || planned.rds_iam != prior.rds_iam
        || planned.replication_privilege != prior.replication_privilege
        || password::changes(Some(prior), planned)
}
