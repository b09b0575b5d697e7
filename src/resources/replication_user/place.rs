//! The cluster or instance that a user is in, held against where it was last seen.

use tfplugin::{Diagnostic, Private};

use crate::{
    connection::Database,
    diagnostics,
    resources::last_seen::{self, LastSeen},
    scope::Scope,
};

/// Whether the cluster or instance is still there. It is gone only in the account and Region in which it was
/// last seen, and one of the same name in another place is another one. Records that it is here.
///
/// # Errors
/// When that cannot be found out, or the provider looks in another place.
pub(super) async fn is_gone(
    database: &Database,
    scope: &Scope,
    private: &mut Private,
    operation: &str,
) -> Result<bool, Diagnostic> {
    let Some(identifier) = database.identifier() else {
        return Ok(false);
    };
    let what = identifier.to_string();
    let publisher = database
        .publisher(scope)
        .await
        .map_err(|error| diagnostics::aws(operation, &error))?;
    let Some(publisher) = publisher else {
        last_seen::confirm_gone(database.clients(), scope, private, operation, &what).await?;
        return Ok(true);
    };
    if let Some(here) = LastSeen::from_arn(&publisher.arn) {
        here.refuse_another(private, operation, &what)?;
        here.record(private);
    }
    Ok(false)
}
