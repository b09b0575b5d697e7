//! Credentials kept until they are about to expire, shared by the clients and the token signer.
//!
//! Without this each token would run the `credential_process` of a profile again, or call STS. That there
//! are none is kept for some seconds only: a session may be signed in to while a run goes on.

use std::time::{Duration, SystemTime};

use aws_credential_types::{
    Credentials,
    provider::{
        self, ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
    },
};
use tokio::{sync::Mutex, time::Instant};

use super::error::{Error, assumed_role, no_credentials};

/// How long before they expire credentials are replaced: a token that is signed with them must
/// still hold when its connection is made.
const MARGIN: Duration = Duration::from_secs(300);
/// How long before they expire credentials are replaced for a call.
const MARGIN_OF_CALL: Duration = Duration::from_secs(60);
/// How long a failure to get credentials is that of whoever asks next, so that many resources do not wait
/// for the same program one after the other.
pub(super) const FAILURE_SHARED: Duration = Duration::from_secs(10);
/// How long credentials may take to come: a process may have to ask somebody. It is what the AWS SDK for Go
/// gives a `credential_process`.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// A provider of credentials that caches them.
#[derive(Debug)]
pub(super) struct CachedCredentials {
    provider: SharedCredentialsProvider,
    /// Where the provider looks, for a message.
    place: String,
    limit: Duration,
    failure_shared: Duration,
    held: Mutex<Held>,
}

/// What came of it when a provider was asked.
#[derive(Debug, Default)]
struct Held {
    credentials: Option<Credentials>,
    failure: Option<(Instant, Failure)>,
}

/// Why there are no credentials. The SDK's error cannot be given twice.
#[derive(Clone, Debug)]
enum Failure {
    /// A role could not be assumed.
    Role(Box<Error>),
    /// Anything else.
    Other(String),
}

impl Failure {
    /// Whether it may be another one, or none, a moment later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Role(error) => error.is_transient() || error.is_clock_skew(),
            Self::Other(_) => false,
        }
    }
}

impl From<Failure> for CredentialsError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Role(error) => Self::provider_error(*error),
            Failure::Other(reason) => Self::provider_error(reason),
        }
    }
}

impl CachedCredentials {
    pub(super) fn new(provider: SharedCredentialsProvider, place: String) -> Self {
        Self {
            provider,
            place,
            limit: LIMIT,
            failure_shared: FAILURE_SHARED,
            held: Mutex::default(),
        }
    }

    /// Where credentials are looked for, for a message.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Credentials that last as long as a call.
    pub(super) async fn for_call(&self) -> provider::Result {
        self.lasting(MARGIN_OF_CALL).await
    }

    async fn lasting(&self, margin: Duration) -> provider::Result {
        let asked = Instant::now();
        // Held across the call, so that concurrent callers share its outcome.
        let mut held = self.held.lock().await;
        if let Some(credentials) = held
            .credentials
            .as_ref()
            .filter(|credentials| is_fresh(credentials, SystemTime::now(), margin))
        {
            return Ok(credentials.clone());
        }
        if let Some((failed, failure)) = &held.failure {
            let is_shared = !failure.may_pass() && failed.elapsed() < self.failure_shared;
            if *failed >= asked || is_shared {
                return Err(failure.clone().into());
            }
        }
        match self.provide().await {
            Ok(credentials) => {
                held.credentials = Some(credentials.clone());
                Ok(credentials)
            }
            Err(failure) => {
                held.failure = Some((Instant::now(), failure.clone()));
                Err(failure.into())
            }
        }
    }

    async fn provide(&self) -> Result<Credentials, Failure> {
        let provided = tokio::time::timeout(self.limit, self.provider.provide_credentials());
        let Ok(provided) = provided.await else {
            return Err(Failure::Other(format!(
                "{} gave none in {} seconds",
                self.place,
                self.limit.as_secs()
            )));
        };
        let provided = provided.and_then(|credentials| match fault(&credentials) {
            Some(fault) => Err(CredentialsError::invalid_configuration(fault)),
            None => Ok(credentials),
        });
        provided.map_err(|error| match (assumed_role::failure(&error), &error) {
            (Some(error), _) => Failure::Role(Box::new(error)),
            // The SDK does not say where it looked.
            (None, CredentialsError::CredentialsNotLoaded(_)) => Failure::Other(format!(
                "there are none in {} ({})",
                self.place,
                no_credentials(&error)
            )),
            (None, _) => Failure::Other(no_credentials(&error)),
        })
    }
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.lasting(MARGIN))
    }
}

/// What of credentials cannot be sent: they go into headers as they are.
fn fault(credentials: &Credentials) -> Option<&'static str> {
    let is_odd = |text: &str| !text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_odd(credentials.access_key_id()) {
        Some(
            "the access key id has a space, a line break or another character that no access key id has",
        )
    } else if credentials.session_token().is_some_and(is_odd) {
        Some(
            "the session token has a space, a line break or another character that no session token has",
        )
    } else {
        None
    }
}

/// Whether credentials last for a while; those without an end last.
fn is_fresh(credentials: &Credentials, now: SystemTime, margin: Duration) -> bool {
    credentials.expiry().is_none_or(|end| end > now + margin)
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

    /// A provider that fails so many times, each time after a moment.
    #[derive(Debug)]
    struct Failing {
        asked: Arc<AtomicUsize>,
        failures: usize,
    }

    impl ProvideCredentials for Failing {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(async {
                let earlier = self.asked.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                if earlier < self.failures {
                    return Err(CredentialsError::provider_error("no session"));
                }
                Ok(Credentials::new("a", "b", None, None, "test"))
            })
        }
    }

    fn failing(failures: usize) -> (CachedCredentials, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let provider = Failing {
            asked: asked.clone(),
            failures,
        };
        let provider = SharedCredentialsProvider::new(provider);
        let cached = CachedCredentials {
            failure_shared: Duration::from_millis(500),
            ..CachedCredentials::new(provider, "a test".to_owned())
        };
        (cached, asked)
    }

    #[tokio::test]
    async fn failure_is_shared_by_many_for_some_seconds_and_then_forgotten() {
        let (cached, asked) = failing(1);
        let many = futures::future::join_all((0..1000).map(|_| cached.provide_credentials()));
        assert!(many.await.iter().all(Result::is_err));
        let error = cached.provide_credentials().await.unwrap_err();
        assert_eq!(no_credentials(&error), "no session");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        tokio::time::sleep(cached.failure_shared).await;
        cached.provide_credentials().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn credentials_that_do_not_come_are_given_up_once_for_all_who_wait() {
        #[derive(Debug)]
        struct Hanging;
        impl ProvideCredentials for Hanging {
            fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
            where
                Self: 'a,
            {
                future::ProvideCredentials::new(std::future::pending())
            }
        }
        let provider = SharedCredentialsProvider::new(Hanging);
        let cached = CachedCredentials {
            limit: Duration::from_secs(1),
            ..CachedCredentials::new(provider, "the program".to_owned())
        };
        let begun = Instant::now();
        let many = futures::future::join_all((0..1000).map(|_| cached.for_call())).await;
        assert!(begun.elapsed() < 2 * cached.limit);
        for outcome in many {
            let said = no_credentials(&outcome.unwrap_err());
            assert_eq!(said, "the program gave none in 1 seconds");
        }
    }
}
