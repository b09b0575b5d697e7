//! Opens the database that an object is in, held against where the object was last seen.

use tfplugin::{Diagnostic, Private};

use super::{InDatabase, target::points_elsewhere};
use crate::{
    connection::{Database, OpenDatabase},
    diagnostics,
    operation::Operation,
    provider::Configured,
    resources::last_seen::{self, LastSeen},
};

/// Opens the database that `model` names and the object of the state is in; `None` when it is gone.
///
/// # Errors
/// When it cannot be opened, or is another one than the state's.
pub(in crate::resources) async fn open<M: InDatabase>(
    provider: &Configured,
    operation: &Operation,
    model: &M,
    state: &M,
    private: &mut Private,
) -> Result<Option<OpenDatabase>, Diagnostic> {
    let scope = operation.scope();
    let database_ref = model.database_ref();
    let database = provider.database(operation, &database_ref)?;
    if let Some(diagnostic) = points_elsewhere(state, &database, operation) {
        return Err(diagnostic);
    }
    let is_gone = is_gone(&database, private, operation).await;
    if is_gone.map_err(|error| database_ref.at_argument(error))? {
        return Ok(None);
    }
    let endpoint = database.endpoint(scope).await;
    let endpoint =
        endpoint.map_err(|error| diagnostics::connection(operation, &database_ref, &error))?;
    Ok(Some(OpenDatabase { database, endpoint }))
}

/// Whether the cluster or instance is still there. It is gone only in the account and Region in which it was
/// last seen, and one of the same name in another place is another one. Records that it is here.
///
/// # Errors
/// When that cannot be found out, or the provider looks in another place.
async fn is_gone(
    database: &Database,
    private: &mut Private,
    operation: &Operation,
) -> Result<bool, Diagnostic> {
    let scope = operation.scope();
    let Some(identifier) = database.identifier() else {
        return Ok(false);
    };
    let what = identifier.to_string();
    let publisher = database
        .publisher(scope)
        .await
        .map_err(|error| diagnostics::aws(operation, &error))?;
    let Some(publisher) = publisher else {
        last_seen::confirm_gone(database.clients(), private, operation, &what).await?;
        return Ok(true);
    };
    if let Some(here) = LastSeen::from_arn(&publisher.arn) {
        here.refuse_another(private, operation, &what)?;
        here.record(private);
    }
    Ok(false)
}
