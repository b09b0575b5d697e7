//! The limits of an operation, with what it was about.

use super::Error;
use crate::scope::Scope;

/// The outcome of a future, unless the operation ends first.
pub(super) async fn limited<T>(
    scope: &Scope,
    attempted: &str,
    future: impl Future<Output = T>,
) -> Result<T, Error> {
    let limited = scope.limit(future).await;
    limited.map_err(|ended| Error::ended(attempted, ended))
}
