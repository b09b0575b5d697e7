//! What AWS Signature Version 4 is made of, for requests and for database tokens alike.
//!
//! Written from the specification alone, so that a mistake on the caller's side shows:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt::Write as _;

use hmac::{Hmac, Mac};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};
use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// The one algorithm.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The format of `X-Amz-Date`.
pub const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// Everything but the unreserved characters of RFC 3986.
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A time as `X-Amz-Date` has it.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime(DATE_FORMAT, text).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

/// The key for a day (`YYYYMMDD`), a region and a service.
pub fn signing_key(secret: &Secret, day: &str, region: &str, service: &str) -> Vec<u8> {
    [day, region, service, "aws4_request"].into_iter().fold(
        format!("AWS4{}", secret.expose()).into_bytes(),
        |key, part| mac(&key, part),
    )
}

/// Whether a text has this signature.
pub fn is_right(key: &[u8], text: &str, signature: &[u8]) -> bool {
    hmac(key, text).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

/// HMAC-SHA256 of a text.
pub fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac(key, text)
        .map(|mac| mac.finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// Sorted by name, then by value, in their encoded form.
pub fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(text).collect();
        percent_encoding::percent_encode(&decoded, RESERVED).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// SHA-256 in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .fold(String::with_capacity(digest.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ok = write!(text, "{byte:02x}");
            text
        })
}

/// The bytes that hexadecimal digits stand for.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

fn hmac(key: &[u8], text: &str) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length, so there always is one.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}
