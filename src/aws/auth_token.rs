//! IAM authentication tokens of RDS: signed here, valid for 15 minutes. No API is called.
//!
//! A token is a presigned request without its scheme, as every AWS SDK makes it. The generator of
//! the Rust SDK is not used: it leaves the user name unescaped, and panics at a space in it.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html>

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{self, SignableBody, SignableRequest, SignatureLocation, SigningSettings},
    sign::v4,
};
use aws_smithy_types::{DateTime, date_time::Format};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tracing::subscriber::NoSubscriber;

use super::{Cause, Clients, Error, Scope};
use crate::{causes::chain, host, region, secret::Secret};

/// What a token allows, as IAM names it.
const ACTION: &str = "rds-db:connect";
/// The service that tokens are signed for.
const SERVICE: &str = "rds-db";
/// How long RDS accepts a token.
const TOKEN_LIFETIME: Duration = Duration::from_secs(900);
/// What RFC 3986 reserves: everything but letters, digits and `-._~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The parameters of the signature, in the order of the other SDKs.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
];

/// A token that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What is sent as the password.
    pub secret: Secret,
    /// What it was signed for.
    pub signed_for: SignedFor,
}

/// What a token was signed for, and with whose key: what RDS holds it against. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedFor {
    /// The endpoint's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The Region.
    pub region: String,
    /// The database user.
    pub username: String,
    /// `AccessKeyId` of the credentials.
    pub access_key_id: String,
    /// Until when it lets somebody log in: 15 minutes after it was signed, or less if the credentials
    /// that signed it expire before that.
    pub expires_at: SystemTime,
}

impl SignedFor {
    /// What somebody else's token was signed for; `None` for other passwords.
    pub fn of_token(token: &str) -> Option<Self> {
        let (authority, query) = token.split_once("/?Action=connect&")?;
        let (host, port) = authority.rsplit_once(':')?;
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(given, _)| *given == name)?;
            let decoded = percent_decode_str(value).decode_utf8().ok()?;
            Some(decoded.into_owned())
        };
        let credential = value("X-Amz-Credential")?;
        let [access_key_id, _, region, ..] = credential.split('/').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Self {
            host: host.to_owned(),
            port: port.parse().ok()?,
            region: region.to_owned(),
            username: value("DBUser")?,
            access_key_id: access_key_id.to_owned(),
            expires_at: time(&value("X-Amz-Date")?)? + TOKEN_LIFETIME,
        })
    }
}

/// The time of a signature, `YYYYMMDDTHHMMSSZ`.
fn time(text: &str) -> Option<SystemTime> {
    let part = |range: std::ops::Range<usize>| text.get(range);
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let (hour, minute, second) = (part(9..11)?, part(11..13)?, part(13..15)?);
    let extended = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    let parsed = DateTime::from_str(&extended, Format::DateTime).ok()?;
    SystemTime::try_from(parsed).ok()
}

/// Signs a token that lets `username` log in at `host:port`, the endpoint as RDS names it, also
/// when the connection goes through a tunnel. Without a `region` the one in the host name counts,
/// then the configured one. Calls no API; credentials are refreshed when they are about to expire. The time
/// in the token is AWS's, where an answer has shown that this machine's clock is off.
///
/// # Errors
/// When there are no usable credentials, or no Region.
pub async fn sign(
    clients: &Clients,
    scope: &Scope,
    host: &str,
    port: u16,
    region: Option<&str>,
    username: &str,
) -> Result<Token, Error> {
    let object = format!("{username}@{}", host::with_port(host, port));
    let credentials = clients.credentials(scope, ACTION, &object).await?;
    let now = clients.now();
    let lasts_until = now + TOKEN_LIFETIME;
    let expires_at = credentials
        .expiry()
        .map_or(lasts_until, |expiry| lasts_until.min(expiry));
    let region = match region.or_else(|| region::from_host(host)) {
        Some(region) => region,
        None => clients.region(scope).await?,
    };
    let signed_for = SignedFor {
        host: host.to_owned(),
        port,
        region: region.to_owned(),
        username: username.to_owned(),
        access_key_id: credentials.access_key_id().to_owned(),
        expires_at,
    };
    sign_at(now, credentials, host, port, region, username)
        .map(|secret| Token { secret, signed_for })
        .map_err(|reason| Error::new(ACTION, object, Cause::Configuration(reason)))
}

/// The token signed at a point in time; or why the host cannot be signed for.
fn sign_at(
    time: SystemTime,
    credentials: Credentials,
    host: &str,
    port: u16,
    region: &str,
    username: &str,
) -> Result<Secret, String> {
    const SCHEME: &str = "https://";
    if host.is_empty() {
        return Err("there is no host to sign for".to_owned());
    }
    let url = format!(
        "{SCHEME}{}/?Action=connect&DBUser={}",
        host::with_port(&host.to_ascii_lowercase(), port),
        utf8_percent_encode(username, RESERVED)
    );
    let mut settings = SigningSettings::default();
    settings.expires_in = Some(TOKEN_LIFETIME);
    settings.signature_location = SignatureLocation::QueryParams;
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(time)
        .settings(settings)
        .build()
        .map_err(|error| chain(&error))?
        .into();
    let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::empty())
        .map_err(|error| chain(&error))?;
    // The signer logs the query that it signs, session token and all, at trace level.
    let signed = tracing::subscriber::with_default(NoSubscriber::new(), || {
        http_request::sign(request, &parameters)
    });
    let (instructions, _signature) = signed.map_err(|error| chain(&error))?.into_parts();
    let mut token = url[SCHEME.len()..].to_owned();
    for name in PARAMETERS {
        for (_, value) in instructions
            .params()
            .iter()
            .filter(|(given, _)| *given == name)
        {
            token.push('&');
            token.push_str(name);
            token.push('=');
            token.extend(utf8_percent_encode(value, RESERVED));
        }
    }
    Ok(Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "orders.cluster-c1a2b3c4d5e6.eu-central-1.rds.amazonaws.com";

    fn token(host: &str, username: &str, session_token: Option<&str>) -> String {
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            session_token.map(str::to_owned),
            None,
            "test",
        );
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_500_966);
        sign_at(time, credentials, host, 5432, "eu-central-1", username)
            .unwrap()
            .expose()
            .to_owned()
    }

    // The expected texts are those of botocore 1.43.11 at the same time.

    #[test]
    fn token_of_a_plain_name_is_that_of_botocore() {
        let expected = "orders.cluster-c1a2b3c4d5e6.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=cdc\
            &X-Amz-Algorithm=AWS4-HMAC-SHA256\
            &X-Amz-Credential=AKIDEXAMPLE%2F20260314%2Feu-central-1%2Frds-db%2Faws4_request\
            &X-Amz-Date=20260314T150926Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
            &X-Amz-Signature=bdc59d47cb8adb6a20caeb37e040e42f08af536ddb40a7a02d1f1caceb6ac6a1";
        assert_eq!(token(HOST, "cdc", None), expected);
        assert_eq!(token(&HOST.to_uppercase(), "cdc", None), expected);
    }

    #[test]
    fn token_of_temporary_credentials_is_that_of_botocore() {
        assert_eq!(
            token(HOST, "cdc", Some("FwoGZXIvYXdzEXAMPLE/token+with=signs")),
            "orders.cluster-c1a2b3c4d5e6.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=cdc\
            &X-Amz-Algorithm=AWS4-HMAC-SHA256\
            &X-Amz-Credential=AKIDEXAMPLE%2F20260314%2Feu-central-1%2Frds-db%2Faws4_request\
            &X-Amz-Date=20260314T150926Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
            &X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2Ftoken%2Bwith%3Dsigns\
            &X-Amz-Signature=25df79dc6548d197f3c80ebf5689c23da2b350507e9c973f1689f62b5111e69f"
        );
    }

    #[test]
    fn token_of_a_name_with_signs_is_that_of_botocore() {
        assert_eq!(
            token(HOST, "Repl User&x=1#+%~é\"/@;", None),
            "orders.cluster-c1a2b3c4d5e6.eu-central-1.rds.amazonaws.com:5432/?Action=connect\
            &DBUser=Repl%20User%26x%3D1%23%2B%25~%C3%A9%22%2F%40%3B\
            &X-Amz-Algorithm=AWS4-HMAC-SHA256\
            &X-Amz-Credential=AKIDEXAMPLE%2F20260314%2Feu-central-1%2Frds-db%2Faws4_request\
            &X-Amz-Date=20260314T150926Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
            &X-Amz-Signature=6e234e4727ca7ac0d4a05a4a1d4ba176ff9888f7ff268e4582124727213aeb8c"
        );
    }

    #[test]
    fn token_of_somebody_else_tells_what_it_was_signed_for() {
        let signed_for = SignedFor::of_token(&token(HOST, "Cdc User", Some("session=")));
        assert_eq!(
            signed_for,
            Some(SignedFor {
                host: HOST.to_owned(),
                port: 5432,
                region: "eu-central-1".to_owned(),
                username: "Cdc User".to_owned(),
                access_key_id: "AKIDEXAMPLE".to_owned(),
                expires_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_500_966 + 900),
            })
        );
        for password in ["", "hush", "host:5432/?Action=connect&DBUser=cdc"] {
            assert_eq!(SignedFor::of_token(password), None, "{password}");
        }
    }

    #[test]
    fn token_for_a_host_that_is_none_is_an_error_not_a_panic() {
        let credentials = Credentials::new("a", "b", None, None, "test");
        for host in ["", "no host", "[::1"] {
            let time = SystemTime::UNIX_EPOCH;
            let signed = sign_at(time, credentials.clone(), host, 5432, "eu-central-1", "cdc");
            assert!(signed.is_err(), "{host:?}");
        }
    }
}
