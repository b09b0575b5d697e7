//! Verifies AWS Signature Version 4 of a request, in headers.
//!
//! Written from the specification alone, so that a mistake on the caller's side shows:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::{collections::BTreeMap, fmt::Write as _};

use axum::http::{HeaderMap, Method, Uri};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::utf8_percent_encode;

use super::error::ApiError;
use crate::{
    model::AccessKeys,
    signature::{self, ALGORITHM, DATE_FORMAT, RESERVED},
};

/// How far the clocks of caller and service may be apart.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A request as it came over the wire.
#[derive(Debug)]
pub struct SignedRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query, as sent.
    pub uri: &'a Uri,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
}

/// `KEY/DATE/REGION/SERVICE/aws4_request` of the `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Access key id.
    pub access_key_id: String,
    date: String,
    /// The region that it is signed for.
    pub region: String,
    /// Signing name of the service.
    pub service: String,
}

/// The `Authorization` header, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Authorization {
    scope: Scope,
    signed_headers: Vec<String>,
    signature: Vec<u8>,
}

/// The service that a request is signed for, whether the signature is right or not.
pub fn claimed_service(headers: &HeaderMap) -> Option<String> {
    Some(authorization(headers).ok()?.scope.service)
}

/// Verifies a request; who has signed it.
///
/// # Errors
/// With the codes and texts that AWS uses: MissingAuthenticationToken, IncompleteSignature,
/// InvalidClientTokenId, ExpiredToken, SignatureDoesNotMatch.
pub fn verify(
    request: &SignedRequest<'_>,
    keys: &AccessKeys,
    regions: &[String],
    services: &[&str],
    now: Timestamp,
) -> Result<Scope, ApiError> {
    let authorization = authorization(request.headers)?;
    let scope = &authorization.scope;
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let date = header("x-amz-date").ok_or_else(|| {
        incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    })?;
    let secret = keys
        .secret_of(&scope.access_key_id)
        .filter(|_| {
            keys.accepts_session_token(&scope.access_key_id, header("x-amz-security-token"))
        })
        .ok_or_else(|| {
            ApiError::forbidden(
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            )
        })?;
    if keys.has_expired(&scope.access_key_id, now) {
        return Err(ApiError::expired_token());
    }
    if !services.contains(&scope.service.as_str()) {
        return Err(mismatch(format!(
            "Credential should be scoped to correct service: '{}'.",
            services.join("', '")
        )));
    }
    if !regions.contains(&scope.region) {
        return Err(mismatch(format!(
            "Credential should be scoped to a valid region, not '{}'.",
            scope.region
        )));
    }
    if !date.starts_with(&scope.date) {
        return Err(mismatch(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{date}'.",
            scope.date
        )));
    }
    check_time(date, now)?;
    check_signed_headers(request, &authorization.signed_headers)?;
    check_payload_hash(header("x-amz-content-sha256"), request.body)?;

    let canonical = canonical_request(request, &authorization.signed_headers);
    let to_sign = format!(
        "{ALGORITHM}\n{date}\n{}/{}/{}/aws4_request\n{}",
        scope.date,
        scope.region,
        scope.service,
        signature::hash(canonical.as_bytes())
    );
    let key = signature::signing_key(&secret, &scope.date, &scope.region, &scope.service);
    if !signature::is_right(&key, &to_sign, &authorization.signature) {
        return Err(mismatch(
            "The request signature we calculated does not match the signature you provided. Check your \
             AWS Secret Access Key and signing method. Consult the service documentation for details.",
        ));
    }
    Ok(authorization.scope)
}

fn authorization(headers: &HeaderMap) -> Result<Authorization, ApiError> {
    let value = headers
        .get("authorization")
        .ok_or_else(|| {
            ApiError::forbidden(
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            )
        })?
        .to_str()
        .map_err(|_| incomplete("Authorization header is not ASCII."))?;
    let Some(parameters) = value
        .strip_prefix(ALGORITHM)
        .filter(|rest| rest.starts_with(' '))
    else {
        return Err(incomplete(format!(
            "Unsupported AWS 'algorithm': it should be {ALGORITHM}."
        )));
    };
    let parameters: BTreeMap<&str, &str> = parameters
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .collect();
    let parameter = |name: &str| {
        parameters
            .get(name)
            .copied()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| incomplete(format!("Authorization header requires '{name}' parameter.")))
    };
    let credential = parameter("Credential")?;
    let &[access_key_id, date, region, service, "aws4_request"] =
        credential.split('/').collect::<Vec<_>>().as_slice()
    else {
        return Err(incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
        ));
    };
    Ok(Authorization {
        scope: Scope {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        },
        signed_headers: parameter("SignedHeaders")?
            .split(';')
            .map(str::to_owned)
            .collect(),
        signature: signature::unhex(parameter("Signature")?)
            .ok_or_else(|| incomplete("The Signature parameter is not hexadecimal."))?,
    })
}

/// The stamp must be within five minutes of now.
fn check_time(date: &str, now: Timestamp) -> Result<(), ApiError> {
    let signed = signature::parse_date(date).ok_or_else(|| {
        incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'."
        ))
    })?;
    let show = |time: Timestamp| time.strftime(DATE_FORMAT).to_string();
    let age = now.duration_since(signed);
    if age > CLOCK_SKEW {
        return Err(mismatch(format!(
            "Signature expired: {date} is now earlier than {} ({} - 5 min.)",
            show(now - CLOCK_SKEW),
            show(now)
        )));
    }
    if age < -CLOCK_SKEW {
        return Err(mismatch(format!(
            "Signature not yet current: {date} is still later than {} ({} + 5 min.)",
            show(now + CLOCK_SKEW),
            show(now)
        )));
    }
    Ok(())
}

/// `host` and every `x-amz-*` header that is sent must be signed; the list is in order.
fn check_signed_headers(request: &SignedRequest<'_>, signed: &[String]) -> Result<(), ApiError> {
    let is_signed = |name: &str| signed.iter().any(|one| one == name);
    if !is_signed("host") {
        return Err(mismatch(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    let unsigned = request
        .headers
        .keys()
        .map(axum::http::HeaderName::as_str)
        .find(|name| name.starts_with("x-amz-") && !is_signed(name));
    if let Some(name) = unsigned {
        return Err(mismatch(format!(
            "There were headers present in the request which were not signed: {name}"
        )));
    }
    if !signed.is_sorted()
        || signed
            .iter()
            .any(|name| name.chars().any(char::is_uppercase))
    {
        return Err(incomplete(
            "SignedHeaders must be in lower case and in alphabetical order.",
        ));
    }
    match signed
        .iter()
        .find(|name| !request.headers.contains_key(name.as_str()))
    {
        Some(name) => Err(mismatch(format!(
            "The signed header {name} is not in the request."
        ))),
        None => Ok(()),
    }
}

fn check_payload_hash(sent: Option<&str>, body: &[u8]) -> Result<(), ApiError> {
    match sent {
        Some(sent) if sent != "UNSIGNED-PAYLOAD" && sent != signature::hash(body) => Err(mismatch(
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )),
        _ => Ok(()),
    }
}

fn canonical_request(request: &SignedRequest<'_>, signed_headers: &[String]) -> String {
    let mut text = format!(
        "{}\n{}\n{}\n",
        request.method,
        canonical_path(request.uri.path()),
        signature::canonical_query(request.uri.query().unwrap_or_default())
    );
    for name in signed_headers {
        let values: Vec<String> = request
            .headers
            .get_all(name.as_str())
            .iter()
            .map(|value| {
                // Runs of spaces count as one.
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect();
        // Writing to a string cannot fail.
        let _ok = writeln!(text, "{name}:{}", values.join(","));
    }
    let hash = signature::hash(request.body);
    let _ok = write!(text, "\n{}\n{hash}", signed_headers.join(";"));
    text
}

/// Each segment is encoded once more than it was sent, as for every service but S3.
fn canonical_path(path: &str) -> String {
    let segments: Vec<String> = path
        .split('/')
        .map(|segment| utf8_percent_encode(segment, RESERVED).to_string())
        .collect();
    let path = segments.join("/");
    if path.is_empty() {
        "/".to_owned()
    } else {
        path
    }
}

fn incomplete(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("IncompleteSignature", message)
}

fn mismatch(message: impl Into<String>) -> ApiError {
    ApiError::forbidden("SignatureDoesNotMatch", message)
}
