//! The access keys that the stand-in accepts, for API calls and for database tokens alike.

use std::collections::HashMap;

use super::Secret;

/// One access key: the secret half, and the session token that must come with it, if any.
#[derive(Clone, Debug)]
struct Key {
    secret: Secret,
    session_token: Option<Secret>,
}

/// All access keys of the pretended account.
#[derive(Clone, Debug, Default)]
pub struct AccessKeys {
    keys: HashMap<String, Key>,
}

impl AccessKeys {
    /// No keys yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a long-term access key.
    #[must_use]
    pub fn with(mut self, access_key_id: impl Into<String>, secret: Secret) -> Self {
        self.keys.insert(
            access_key_id.into(),
            Key {
                secret,
                session_token: None,
            },
        );
        self
    }

    /// Adds a temporary access key, which is good only together with its session token.
    #[must_use]
    pub fn with_session(
        mut self,
        access_key_id: impl Into<String>,
        secret: Secret,
        session_token: Secret,
    ) -> Self {
        let key = Key {
            secret,
            session_token: Some(session_token),
        };
        self.keys.insert(access_key_id.into(), key);
        self
    }

    /// The secret half of an access key; `None` for an unknown one.
    pub fn secret_of(&self, access_key_id: &str) -> Option<Secret> {
        self.keys.get(access_key_id).map(|key| key.secret.clone())
    }

    /// The session token that a request with this access key must carry; `None` when the key is
    /// a long-term one or unknown.
    pub fn session_token_of(&self, access_key_id: &str) -> Option<Secret> {
        self.keys
            .get(access_key_id)
            .and_then(|key| key.session_token.clone())
    }

    /// Whether a request with this access key carries the right session token, or rightly none.
    pub fn accepts_session_token(&self, access_key_id: &str, session_token: Option<&str>) -> bool {
        let wanted = self.session_token_of(access_key_id);
        wanted.as_ref().map(Secret::expose) == session_token
    }
}

#[cfg(test)]
mod tests {
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
}
