//! Verifies a database token: a presigned URL without its scheme.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html>

use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp};

use crate::{
    model::AccessKeys,
    signature::{self, ALGORITHM},
};

/// Longest lifetime of a token.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// How far the signer's clock may be ahead.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
/// The service that tokens are signed for.
const SERVICE: &str = "rds-db";

/// What a token must be for.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    /// The names of the cluster's endpoints.
    pub hosts: &'a [String],
    /// The cluster's port.
    pub port: u16,
    /// The region.
    pub region: &'a str,
    /// The database user.
    pub user: &'a str,
}

/// Why a token is not accepted. The server's log says so, the client only hears that PAM failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not a token.
    Malformed(&'static str),
    /// It is for another host or port.
    Host(String),
    /// It is for another user.
    User(String),
    /// It is for another region or service.
    Scope(String),
    /// It is too old, or not valid yet.
    Time(String),
    /// The access key, or its session token, is not known or has expired.
    AccessKey(String),
    /// The signature is wrong.
    Signature,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "it is not a token: {what}"),
            Self::Host(host) => write!(f, "it is for {host}"),
            Self::User(user) => write!(f, "it is for user {user:?}"),
            Self::Scope(scope) => write!(f, "it is signed for {scope}"),
            Self::Time(date) => write!(f, "it is of {date}"),
            Self::AccessKey(id) => write!(
                f,
                "access key {id} is not known, or its session has expired"
            ),
            Self::Signature => f.write_str("its signature is wrong"),
        }
    }
}

/// Verifies a token in every part.
///
/// # Errors
/// With the first part that is wrong.
pub fn verify(
    token: &str,
    login: &Login<'_>,
    keys: &AccessKeys,
    now: Timestamp,
) -> Result<(), Refusal> {
    let (host, query) = token
        .split_once("/?")
        .ok_or(Refusal::Malformed("there is no query"))?;
    let parameters: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let parameter = |name: &'static str| {
        parameters
            .get(name)
            .map(String::as_str)
            .ok_or(Refusal::Malformed(name))
    };
    if parameter("Action")? != "connect" {
        return Err(Refusal::Malformed("Action"));
    }
    if parameter("X-Amz-Algorithm")? != ALGORITHM {
        return Err(Refusal::Malformed("X-Amz-Algorithm"));
    }
    if parameter("X-Amz-SignedHeaders")? != "host" {
        return Err(Refusal::Malformed("X-Amz-SignedHeaders"));
    }
    if !login
        .hosts
        .iter()
        .any(|name| host == format!("{name}:{}", login.port))
    {
        return Err(Refusal::Host(host.to_owned()));
    }
    let user = parameter("DBUser")?;
    if user != login.user {
        return Err(Refusal::User(user.to_owned()));
    }
    let credential = parameter("X-Amz-Credential")?;
    let (access_key_id, scope) = credential
        .split_once('/')
        .ok_or(Refusal::Malformed("X-Amz-Credential"))?;
    let date = parameter("X-Amz-Date")?;
    let day = date.get(..8).unwrap_or_default();
    if scope != format!("{day}/{}/{SERVICE}/aws4_request", login.region) {
        return Err(Refusal::Scope(scope.to_owned()));
    }
    let signed = signature::parse_date(date).ok_or(Refusal::Malformed("X-Amz-Date"))?;
    let life = parameter("X-Amz-Expires")?
        .parse()
        .map(SignedDuration::from_secs)
        .ok()
        .filter(|life| (SignedDuration::ZERO..=TOKEN_LIFETIME).contains(life))
        .ok_or(Refusal::Malformed("X-Amz-Expires"))?;
    let age = now.duration_since(signed);
    if age > life || age < -CLOCK_SKEW {
        return Err(Refusal::Time(date.to_owned()));
    }
    let session_token = parameters.get("X-Amz-Security-Token").map(String::as_str);
    let secret = keys
        .secret_of(access_key_id)
        .filter(|_| keys.accepts_session_token(access_key_id, session_token))
        .filter(|_| !keys.has_expired(access_key_id, now))
        .ok_or_else(|| Refusal::AccessKey(access_key_id.to_owned()))?;
    let signed_query = query
        .split('&')
        .filter(|pair| !pair.starts_with("X-Amz-Signature="))
        .collect::<Vec<_>>()
        .join("&");
    let canonical = format!(
        "GET\n/\n{}\nhost:{host}\n\nhost\n{}",
        signature::canonical_query(&signed_query),
        signature::hash(b"")
    );
    let to_sign = format!(
        "{ALGORITHM}\n{date}\n{scope}\n{}",
        signature::hash(canonical.as_bytes())
    );
    let key = signature::signing_key(&secret, day, login.region, SERVICE);
    let sent = signature::unhex(parameter("X-Amz-Signature")?)
        .ok_or(Refusal::Malformed("X-Amz-Signature"))?;
    if signature::is_right(&key, &to_sign, &sent) {
        Ok(())
    } else {
        Err(Refusal::Signature)
    }
}
