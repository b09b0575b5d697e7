//! IAM authentication tokens of RDS: signed here, valid for 15 minutes.

use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    Clients, Error, Scope,
    error::Cause,
};
use crate::secret::Secret;

/// How long RDS accepts a token, in seconds.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html>
const EXPIRES_IN: u64 = 900;
/// What RFC 3986 reserves: everything but letters, digits and `-._~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Signs a token that lets `username` log in at `host:port`, the endpoint as RDS names it. Calls no
/// API; the credentials are refreshed when they are about to expire.
///
/// # Errors
/// When there are no usable credentials.
pub async fn sign(
    clients: &Clients,
    scope: &Scope,
    host: &str,
    port: u16,
    region: &str,
    username: &str,
) -> Result<Secret, Error> {
    const ACTION: &str = "rds-db:connect";
    let object = format!("{username}@{host}:{port}");
    let failed = |text: String| Error::new(ACTION, object.clone(), Cause::Credentials(text));
    let sdk = clients.sdk().await?;
    let config = Config::builder()
        .hostname(host)
        .port(u64::from(port))
        // The generator puts the name into the query as it is.
        .username(utf8_percent_encode(username, RESERVED).to_string())
        .region(aws_config::Region::new(region.to_owned()))
        .expires_in(EXPIRES_IN)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let generator = AuthTokenGenerator::new(config);
    tokio::select! {
        token = generator.auth_token(sdk) => match token {
            Ok(token) => Ok(Secret::new(token.as_str().to_owned())),
            Err(error) => Err(failed(error.to_string())),
        },
        () = scope.cancellation().cancelled() => Err(Error::new(ACTION, object, Cause::Cancelled)),
        () = tokio::time::sleep_until(scope.deadline()) => {
            Err(Error::new(ACTION, object, Cause::TimedOut(None)))
        }
    }
}
