//! Credentials kept until they are about to expire, shared by the clients and the token signer.
//!
//! Without this each token would run the `credential_process` of a profile again, or call STS.

use std::{
    error::Error as _,
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{
        self, ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
    },
};
use tokio::sync::Mutex;

use crate::causes::chain;

/// How long before they expire credentials are replaced: a token that is signed with them must
/// still hold when its connection is made.
const MARGIN: Duration = Duration::from_secs(300);

/// A provider of credentials that caches them.
#[derive(Debug)]
pub(super) struct CachedCredentials {
    provider: SharedCredentialsProvider,
    /// Where the provider looks, for a message.
    place: String,
    cached: Mutex<Option<Credentials>>,
}

impl CachedCredentials {
    pub(super) fn new(provider: SharedCredentialsProvider, place: String) -> Self {
        Self {
            provider,
            place,
            cached: Mutex::new(None),
        }
    }

    async fn credentials(&self) -> provider::Result {
        // Held across the call, so that concurrent callers share its outcome.
        let mut cached = self.cached.lock().await;
        if let Some(credentials) = cached
            .as_ref()
            .filter(|cached| is_fresh(cached, SystemTime::now()))
        {
            return Ok(credentials.clone());
        }
        let credentials = match self.provider.provide_credentials().await {
            Ok(credentials) => credentials,
            // The SDK does not say where it looked.
            Err(error @ CredentialsError::CredentialsNotLoaded(_)) => {
                let reason = error.source().map(|source| format!(" ({})", chain(source)));
                return Err(CredentialsError::not_loaded(format!(
                    "there are none in {}{}",
                    self.place,
                    reason.unwrap_or_default()
                )));
            }
            Err(error) => return Err(error),
        };
        *cached = Some(credentials.clone());
        Ok(credentials)
    }
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Whether credentials last for a while; those without an end last.
fn is_fresh(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|end| end > now + MARGIN)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[derive(Debug)]
    struct Counted {
        asked: Arc<AtomicUsize>,
        life: Option<Duration>,
    }

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let expiry = self.life.map(|life| SystemTime::now() + life);
            future::ProvideCredentials::ready(Ok(Credentials::new("a", "b", None, expiry, "test")))
        }
    }

    /// How often a provider is asked when credentials of such a life are needed three times.
    async fn asked(life: Option<Duration>) -> usize {
        let asked = Arc::new(AtomicUsize::new(0));
        let provider = Counted {
            asked: asked.clone(),
            life,
        };
        let cached = CachedCredentials::new(
            SharedCredentialsProvider::new(provider),
            "a test".to_owned(),
        );
        for _ in 0..3 {
            cached.provide_credentials().await.unwrap();
        }
        asked.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn credentials_are_asked_for_once_while_they_last() {
        assert_eq!(asked(None).await, 1);
        assert_eq!(asked(Some(Duration::from_secs(3600))).await, 1);
    }

    #[tokio::test]
    async fn credentials_about_to_expire_are_replaced() {
        assert_eq!(asked(Some(Duration::from_secs(200))).await, 3);
    }
}
