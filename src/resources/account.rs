//! The account and the Region in which the object of a resource is, as identities name them.

use std::time::Duration;

use tfplugin::{Diagnostic, Field};

use crate::{
    connection::DatabaseArguments, diagnostics, operation::Operation, provider::Configured, region,
};

/// How long asking for the account may take, of an import by the identity.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// The account; unknown until AWS has named it. Whether it has is a matter of what else was read in this
/// process, so nothing may follow from that: what is not known here is what it was before.
pub(super) fn account_id(provider: &Configured, region: &Field<String>) -> Field<String> {
    let clients = provider.clients(region);
    let account = clients.and_then(|clients| clients.known_account().map(str::to_owned));
    account.map_or(Field::Unknown, Field::Known)
}

/// The Region of an object whose state names one, or none for the provider's.
pub(super) fn region(provider: &Configured, named: &Field<String>) -> Field<String> {
    if named.known().is_some() {
        return named.clone();
    }
    let home = provider
        .clients(named)
        .and_then(|clients| clients.known_region());
    home.map_or(Field::Unknown, Field::Known)
}

/// An identifier, a name of a group or an endpoint as RDS stores it: it takes them in any case.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>
pub(super) fn identifier_of_rds(given: Field<String>) -> Field<String> {
    given.map(|name| name.to_lowercase())
}

/// The arguments of an identity as RDS stores them.
pub(super) fn canonical(given: DatabaseArguments) -> DatabaseArguments {
    DatabaseArguments {
        cluster_identifier: identifier_of_rds(given.cluster_identifier),
        db_instance_identifier: identifier_of_rds(given.db_instance_identifier),
        region: given.region,
    }
}

/// The Region that the state of an imported object names: none where it is the provider's.
///
/// # Errors
/// When it is no Region of AWS.
pub(super) fn imported_region(
    provider: &Configured,
    operation: &Operation,
    region: Field<String>,
) -> Result<Field<String>, Diagnostic> {
    if let Some(region) = region.known()
        && !region::is_region(region)
    {
        let detail = format!("{region:?} is not an AWS Region such as `eu-central-1`.");
        return Err(operation.error(detail).at("region"));
    }
    let is_home = region.is_null() || provider.databases.is_same_region(&region, &Field::Null);
    Ok(if is_home { Field::Null } else { region })
}

/// Refuses an identity of another account than that of the credentials.
///
/// # Errors
/// Which accounts these are; or that AWS does not tell.
pub(super) async fn check_account(
    provider: &Configured,
    operation: &Operation,
    account_id: &Field<String>,
    region: &Field<String>,
) -> Result<(), Diagnostic> {
    let Some(wanted) = account_id.known() else {
        return Ok(());
    };
    let clients = provider.clients_for(operation, region)?;
    let caller = clients
        .identity(operation.scope())
        .await
        .map_err(|error| diagnostics::aws(operation, &error).at("account_id"))?;
    if caller.account == *wanted {
        return Ok(());
    }
    Err(operation.error(format!(
        "The identity is of the account {wanted}, and the provider's credentials are of {}. Use credentials or a role \
         of that account.",
        caller.account
    ))
    .at("account_id"))
}
