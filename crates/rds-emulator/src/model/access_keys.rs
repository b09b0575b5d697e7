//! The access keys that the stand-in accepts, for API calls and for database tokens alike.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use jiff::Timestamp;

use crate::secret::Secret;

/// One access key: the secret half, and the session token that must come with it, if any.
#[derive(Clone, Debug)]
struct Key {
    secret: Secret,
    session_token: Option<Secret>,
    expiration: Option<Timestamp>,
}

/// All access keys of the pretended account.
#[derive(Debug, Default)]
pub struct AccessKeys {
    keys: RwLock<HashMap<String, Key>>,
}

impl AccessKeys {
    /// No keys yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a long-term access key.
    #[must_use]
    pub fn with(self, access_key_id: impl Into<String>, secret: Secret) -> Self {
        self.add(
            access_key_id.into(),
            Key {
                secret,
                session_token: None,
                expiration: None,
            },
        );
        self
    }

    /// Adds a temporary access key, which is good only together with its session token.
    #[must_use]
    pub fn with_session(
        self,
        access_key_id: impl Into<String>,
        secret: Secret,
        session_token: Secret,
    ) -> Self {
        self.add(
            access_key_id.into(),
            Key {
                secret,
                session_token: Some(session_token),
                expiration: None,
            },
        );
        self
    }

    /// Adds the temporary access key of a session that ends.
    pub fn add_session(
        &self,
        access_key_id: &str,
        secret: Secret,
        session_token: Secret,
        expiration: Timestamp,
    ) {
        self.add(
            access_key_id.to_owned(),
            Key {
                secret,
                session_token: Some(session_token),
                expiration: Some(expiration),
            },
        );
    }

    /// The secret half of an access key; `None` for an unknown one.
    pub fn secret_of(&self, access_key_id: &str) -> Option<Secret> {
        self.find(access_key_id, |key| key.secret.clone())
    }

    /// The session token that a request with this access key must carry; `None` when the key is
    /// a long-term one or unknown.
    pub fn session_token_of(&self, access_key_id: &str) -> Option<Secret> {
        self.find(access_key_id, |key| key.session_token.clone())?
    }

    /// Whether a request with this access key carries the right session token, or rightly none.
    pub fn accepts_session_token(&self, access_key_id: &str, session_token: Option<&str>) -> bool {
        let wanted = self.session_token_of(access_key_id);
        wanted.as_ref().map(Secret::expose) == session_token
    }

    /// Whether the session of this access key has ended; a long-term one has none.
    pub fn has_expired(&self, access_key_id: &str, now: Timestamp) -> bool {
        self.find(access_key_id, |key| key.expiration)
            .flatten()
            .is_some_and(|expiration| expiration <= now)
    }

    fn add(&self, access_key_id: String, key: Key) {
        self.keys
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(access_key_id, key);
    }

    fn find<T>(&self, access_key_id: &str, get: impl FnOnce(&Key) -> T) -> Option<T> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(access_key_id)
            .map(get)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn access_keys_session_token_must_match() {
        let keys = AccessKeys::new().with("AKIA", "one".into()).with_session(
            "ASIA",
            "two".into(),
            "token".into(),
        );
        assert_eq!(keys.secret_of("AKIA"), Some("one".into()));
        assert_eq!(keys.secret_of("other"), None);
        assert!(keys.accepts_session_token("AKIA", None));
        assert!(!keys.accepts_session_token("AKIA", Some("token")));
        assert!(keys.accepts_session_token("ASIA", Some("token")));
        assert!(!keys.accepts_session_token("ASIA", None));
        assert!(!keys.accepts_session_token("ASIA", Some("other")));
    }

    #[test]
    fn access_keys_of_a_session_expire_and_others_do_not() {
        let now = Timestamp::UNIX_EPOCH;
        let later = now + SignedDuration::from_secs(900);
        let keys = AccessKeys::new().with("AKIA", "one".into());
        keys.add_session("ASIA", "two".into(), "token".into(), later);
        assert!(!keys.has_expired("ASIA", now));
        assert!(keys.has_expired("ASIA", later));
        assert!(!keys.has_expired("AKIA", later));
    }
}
