//! The OpenID Connect provider of the pretended account: makes web identity tokens, and reads them.
//!
//! They are JSON Web Tokens, RFC 7519. A real provider signs with a key pair, whose public half STS
//! fetches from it; this one signs with HMAC, since STS is in the same process.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{secret::Secret, signature};

/// Who signs: the URL of the identity provider.
pub const ISSUER: &str = "https://oidc.rds-emulator.test";
/// Whom the tokens are for: the audience that AWS's documentation recommends.
pub const AUDIENCE: &str = "sts.amazonaws.com";

/// Signs tokens.
#[derive(Debug)]
pub struct Issuer {
    key: Secret,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// Who it speaks of.
    pub sub: String,
    iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

/// Why a token is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no token, or of another provider.
    Invalid(&'static str),
    /// It ended at that time, in seconds since 1970.
    Expired(i64),
}

#[derive(Serialize)]
struct Header {
    alg: &'static str,
    typ: &'static str,
}

impl Default for Issuer {
    fn default() -> Self {
        Self {
            key: Secret::new(Uuid::new_v4().to_string()),
        }
    }
}

impl Issuer {
    /// A token for a subject that lives for a while from `now` on; a negative life is over.
    pub fn token(&self, subject: &str, life: SignedDuration, now: Timestamp) -> String {
        let header = Header {
            alg: "HS256",
            typ: "JWT",
        };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: subject.to_owned(),
            iat: now.as_second(),
            exp: now.as_second().saturating_add(life.as_secs()),
        };
        let text = format!("{}.{}", encode(&header), encode(&claims));
        let mac = signature::mac(self.key.expose().as_bytes(), &text);
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    /// What a token says, if it is one of this provider that has not ended.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, Refusal> {
        let no_token = || {
            Refusal::Invalid(
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
            )
        };
        let (text, mac) = token.rsplit_once('.').ok_or_else(no_token)?;
        let (_, claims) = text.split_once('.').ok_or_else(no_token)?;
        let claims: Claims = BASE64_URL_SAFE_NO_PAD
            .decode(claims)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(no_token)?;
        if claims.iss != ISSUER {
            return Err(Refusal::Invalid(
                "No OpenIDConnect provider found in your account for that issuer",
            ));
        }
        if claims.aud != AUDIENCE {
            return Err(Refusal::Invalid("Incorrect token audience"));
        }
        let mac = BASE64_URL_SAFE_NO_PAD.decode(mac).unwrap_or_default();
        if !signature::is_right(self.key.expose().as_bytes(), text, &mac) {
            return Err(Refusal::Invalid("The token's signature is wrong"));
        }
        if claims.exp <= now.as_second() {
            return Err(Refusal::Expired(claims.exp));
        }
        Ok(claims)
    }
}

fn encode(part: &impl Serialize) -> String {
    // Structs of texts and numbers can always be written.
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    #[test]
    fn token_is_read_by_its_issuer_until_it_ends() {
        let (issuer, now) = (Issuer::default(), Timestamp::UNIX_EPOCH);
        let token = issuer.token("ci", HOUR, now);
        assert_eq!(
            issuer.verify(&token, now).map(|claims| claims.sub),
            Ok("ci".to_owned())
        );
        assert_eq!(
            issuer.verify(&token, now + HOUR),
            Err(Refusal::Expired(3600))
        );
    }

    #[test]
    fn token_of_another_issuer_or_with_another_subject_is_refused() {
        let (issuer, now) = (Issuer::default(), Timestamp::UNIX_EPOCH);
        let foreign = Issuer::default().token("ci", HOUR, now);
        let token = issuer.token("ci", HOUR, now);
        let mut parts: Vec<&str> = token.split('.').collect();
        let other = issuer.token("admin", HOUR, now);
        parts[1] = other.split('.').nth(1).expect("a token has three parts");
        for wrong in [
            foreign,
            parts.join("."),
            "a.b.c".to_owned(),
            "junk".to_owned(),
        ] {
            assert!(
                matches!(issuer.verify(&wrong, now), Err(Refusal::Invalid(_))),
                "{wrong}"
            );
        }
    }
}
