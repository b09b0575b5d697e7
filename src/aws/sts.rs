//! AWS STS: whose credentials these are.

use super::{CallerIdentity, Clients, Error, Scope, call::Call, error::GET_CALLER_IDENTITY};

/// Asks whose credentials these are. Needs no permission.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
pub(super) async fn get_caller_identity(
    clients: &Clients,
    scope: &Scope,
) -> Result<CallerIdentity, Error> {
    let client = clients.sts(scope).await?;
    let output = Call::read(GET_CALLER_IDENTITY, "the credentials")
        .run(clients, scope, || client.get_caller_identity().send())
        .await?;
    Ok(CallerIdentity {
        account: output.account().unwrap_or_default().to_owned(),
        arn: output.arn().unwrap_or_default().to_owned(),
    })
}
