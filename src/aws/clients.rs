//! The clients of the AWS services: made without contacting anything, resolved at the first use.

use std::{
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials as _},
};
use futures::FutureExt as _;
use tokio::{sync::OnceCell, time::Instant};

use super::{
    CallerIdentity, Config, Error, Scope,
    call::{Call, Pauses},
    clock::{Clock, ClockSkew},
    config::Resolved,
    credentials::FAILURE_SHARED,
    error::{Cause, GET_CALLER_IDENTITY},
    rds::cache::Cache,
    services, sts,
    unreached::Unreached,
};

/// What is asked whose credentials these are.
const CREDENTIALS: &str = "the credentials";

/// The clients of AWS. Making them contacts nothing, reads no file and starts no process.
#[derive(Debug)]
pub struct Clients {
    config: Config,
    connected: OnceCell<Connected>,
    /// Whose credentials these are.
    identity: OnceCell<CallerIdentity>,
    /// When and why AWS did not accept them, for whoever asks soon after.
    refused: Mutex<Option<(Instant, Error)>>,
    /// The account that the ARN of something here named.
    account: OnceLock<String>,
    calls: AtomicU64,
    pauses: Pauses,
    clock: Clock,
    cache: Cache,
    unreached: Unreached,
}

/// The clients once the configuration is resolved.
#[derive(Debug)]
struct Connected {
    resolved: Resolved,
    rds: aws_sdk_rds::Client,
    sts: aws_sdk_sts::Client,
    secrets_manager: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Clients for the given configuration.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            connected: OnceCell::new(),
            identity: OnceCell::new(),
            refused: Mutex::default(),
            account: OnceLock::new(),
            calls: AtomicU64::new(0),
            pauses: Pauses::default(),
            clock: Clock::default(),
            cache: Cache::default(),
            unreached: Unreached::default(),
        }
    }

    /// Where the clients look, for a message: Region and account, as far as they are known.
    pub fn location(&self) -> String {
        let region = match (self.connected.get(), &self.config.region) {
            (Some(connected), _) => format!("the Region {}", connected.resolved.region),
            (None, Some(region)) => format!("the Region {region}"),
            (None, None) => "the configured Region".to_owned(),
        };
        match self.identity.get() {
            Some(identity) => format!("{region} of the account {}", identity.account),
            _ => region,
        }
    }

    /// The account, as soon as AWS has named it: about the caller, or in an ARN.
    pub fn known_account(&self) -> Option<&str> {
        let of_caller = self.identity.get();
        let of_caller = of_caller.map(|identity| identity.account.as_str());
        self.account.get().map(String::as_str).or(of_caller)
    }

    /// The Region, as soon as it is known without a question.
    pub fn known_region(&self) -> Option<String> {
        match self.connected.get() {
            Some(connected) => Some(connected.resolved.region.clone()),
            None => self.config.configured_region(),
        }
    }

    /// Remembers the account in the ARN of what was described.
    pub(super) fn remember_account(&self, arn: &str) {
        if let Some(account) = arn.split(':').nth(4).filter(|account| !account.is_empty()) {
            self.account.get_or_init(|| account.to_owned());
        }
    }

    /// The Region.
    ///
    /// # Errors
    /// When none is configured.
    pub async fn region(&self, scope: &Scope) -> Result<&str, Error> {
        Ok(&self.connected(scope).await?.resolved.region)
    }

    /// Whose credentials these are; asked once. That AWS does not accept them is an answer for some seconds.
    ///
    /// # Errors
    /// When there are no credentials, or AWS does not accept them.
    pub async fn identity(&self, scope: &Scope) -> Result<&CallerIdentity, Error> {
        let asked = Instant::now();
        let ask = || async {
            if let Some(error) = self.refusal() {
                return Err(error);
            }
            // Boxed: it is in the future of whatever calls AWS.
            let call = sts::get_caller_identity(self, scope).boxed();
            let identity = self.unreached.unless(scope, asked, CREDENTIALS, call).await;
            if let Err(error) = &identity
                && error.is_credentials()
            {
                *lock(&self.refused) = Some((Instant::now(), error.clone()));
            }
            identity
        };
        let identity = scope.limit(self.identity.get_or_try_init(ask)).await;
        identity.unwrap_or_else(|ended| Err(Error::ended(GET_CALLER_IDENTITY, CREDENTIALS, ended)))
    }

    /// Why AWS has just not accepted the credentials.
    fn refusal(&self) -> Option<Error> {
        let refused = lock(&self.refused);
        let (when, error) = refused.as_ref()?;
        (when.elapsed() < FAILURE_SHARED).then(|| error.clone())
    }

    /// How far this machine's clock is off, by the last answer of AWS; `None` while no answer has shown
    /// that it is by minutes.
    pub fn clock_skew(&self) -> Option<ClockSkew> {
        self.clock.skew()
    }

    /// The time by AWS's clock, as far as an answer has shown it: what is signed must carry it.
    pub(super) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call; its number.
    pub(super) fn count_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Attempts at one call at most, at least one.
    pub(super) fn max_attempts(&self) -> u32 {
        self.connected
            .get()
            .map_or(1, |connected| connected.resolved.max_attempts)
    }

    /// The pauses before a call is tried again.
    pub(super) fn pauses(&self) -> Pauses {
        self.pauses
    }

    /// The same clients with other pauses.
    #[cfg(test)]
    pub(super) fn with_pauses(self, pauses: Pauses) -> Self {
        Self { pauses, ..self }
    }

    /// Clusters seen a moment ago.
    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Whether AWS could not be reached a moment ago.
    pub(super) fn unreached(&self) -> &Unreached {
        &self.unreached
    }

    /// The RDS client, with checked credentials.
    pub(super) async fn rds(&self, scope: &Scope) -> Result<&aws_sdk_rds::Client, Error> {
        self.check_credentials(scope).await?;
        Ok(&self.connected(scope).await?.rds)
    }

    /// The Secrets Manager client, with checked credentials.
    pub(super) async fn secrets_manager(
        &self,
        scope: &Scope,
    ) -> Result<&aws_sdk_secretsmanager::Client, Error> {
        self.check_credentials(scope).await?;
        Ok(&self.connected(scope).await?.secrets_manager)
    }

    /// The STS client.
    pub(super) async fn sts(&self, scope: &Scope) -> Result<&aws_sdk_sts::Client, Error> {
        Ok(&self.connected(scope).await?.sts)
    }

    /// Credentials to sign with, which last for a while.
    pub(super) async fn credentials(
        &self,
        scope: &Scope,
        action: &'static str,
        object: &str,
    ) -> Result<Credentials, Error> {
        if !self.config.accounts.is_any() {
            self.check_account(scope).await?;
        }
        let provider = &self.connected(scope).await?.resolved.credentials;
        let provide = || provider.provide_credentials();
        self.obtain(scope, action, object, provide).await
    }

    /// Waits for the credentials of a call, so that what keeps them is told from what keeps the call.
    pub(super) async fn await_credentials(
        &self,
        scope: &Scope,
        action: &'static str,
        object: &str,
    ) -> Result<(), Error> {
        let provider = &self.connected(scope).await?.resolved.credentials;
        let provide = || provider.for_call();
        self.obtain(scope, action, object, provide).await.map(drop)
    }

    async fn obtain<F: Future<Output = provider::Result>>(
        &self,
        scope: &Scope,
        action: &'static str,
        object: &str,
        mut provide: impl FnMut() -> F,
    ) -> Result<Credentials, Error> {
        let place = self.connected(scope).await?.resolved.credentials.place();
        let mut has_begun = false;
        let attempt = || {
            has_begun = true;
            let given = provide();
            async {
                given
                    .await
                    .map_err(|error| Error::from_credentials(action, object, &error))
            }
        };
        let obtained = Call::read(action, object)
            .repeat(self, scope, attempt)
            .await;
        obtained.map_err(|error| {
            let waited = Cause::Credentials(format!("{place} gave none until then"));
            error.after(has_begun.then(|| Error::new(action, object, waited)))
        })
    }

    /// Asks AWS once whether it accepts the credentials, so that a wrong key is one clear error.
    async fn check_credentials(&self, scope: &Scope) -> Result<(), Error> {
        if !self.config.accounts.is_any() {
            return self.check_account(scope).await;
        }
        if self.config.skip_credentials_validation {
            return Ok(());
        }
        match self.identity(scope).await {
            // A policy may deny even this; what the credentials are for says more.
            Err(error) if error.is_access_denied() => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    /// Asks AWS once whose credentials these are, and goes on in an account only that is accepted.
    async fn check_account(&self, scope: &Scope) -> Result<(), Error> {
        let identity = self.identity(scope).await?;
        self.config.accounts.check(identity).map_err(|wrong| {
            Error::new(
                GET_CALLER_IDENTITY,
                CREDENTIALS,
                Cause::WrongAccount(Box::new(wrong)),
            )
        })
    }

    /// The resolved configuration; looking for a Region may ask the instance that this runs on.
    async fn connected(&self, scope: &Scope) -> Result<&Connected, Error> {
        // Boxed: it is large, and in the future of whatever calls AWS.
        let connect = || Box::pin(self.connect());
        let connected = self.connected.get_or_try_init(connect);
        scope
            .limit(connected)
            .await
            .unwrap_or_else(|ended| Err(Error::new("aws:Configure", "the provider", ended.into())))
    }

    async fn connect(&self) -> Result<Connected, Error> {
        let resolved = self.config.resolve(&self.clock).await?;
        let (sdk, clock, endpoints) = (&resolved.sdk, &self.clock, &self.config.endpoints);
        let rds = services::rds(sdk, clock, endpoints);
        let sts = services::sts(sdk, clock, endpoints);
        let secrets_manager = services::secrets_manager(sdk, clock, endpoints);
        Ok(Connected {
            rds: aws_sdk_rds::Client::from_conf(rds.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            secrets_manager: aws_sdk_secretsmanager::Client::from_conf(secrets_manager.build()),
            resolved,
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        aws::{
            Endpoints, auth_token,
            rds::db_cluster,
            secrets_manager,
            testing::{Reply, Request, Server, cluster, clusters, hasty, identity, refusal, scope},
        },
        secret::Secret,
    };

    fn answer(request: &Request) -> Reply {
        match request.action.as_str() {
            "GetCallerIdentity" => identity(),
            "GetSecretValue" => Reply::Answer(
                200,
                r#"{"ARN":"arn","SecretString":"{\"username\":\"postgres\",\"password\":\"hush\"}"}"#.to_owned(),
            ),
            _ => clusters(&cluster("orders", &[]), None),
        }
    }

    fn checking(server: &Server) -> Clients {
        hasty(Config {
            skip_credentials_validation: false,
            ..server.config()
        })
    }

    #[tokio::test]
    async fn clients_contact_nothing_before_the_first_call() {
        let server = Server::start(answer).await;
        let clients = checking(&server);
        assert_eq!(clients.location(), "the Region eu-central-1");
        assert_eq!(clients.region(&scope()).await.unwrap(), "eu-central-1");
        auth_token::sign(
            &clients,
            &scope(),
            "h.eu-west-1.rds.amazonaws.com",
            5432,
            None,
            "cdc",
        )
        .await
        .unwrap();
        assert_eq!(clients.calls(), 0);
        assert!(server.requests().is_empty());
    }

    #[tokio::test]
    async fn clients_check_the_credentials_once_for_all_calls() {
        let server = Server::start(answer).await;
        let clients = checking(&server);
        let scope = scope();
        let found = futures::future::join_all(
            (0..10).map(|_| db_cluster::find_now(&clients, &scope, "orders")),
        )
        .await;
        assert!(found.into_iter().all(|found| found.unwrap().is_some()));
        assert_eq!(server.count("GetCallerIdentity"), 1);
        assert_eq!(server.requests()[0].action, "GetCallerIdentity");
        assert_eq!(
            clients.identity(&scope).await.unwrap().account,
            "123456789012"
        );
        assert_eq!(
            clients.location(),
            "the Region eu-central-1 of the account 123456789012"
        );
    }

    #[tokio::test]
    async fn clients_wait_for_the_check_of_another_no_longer_than_they_may() {
        let server = Server::start(|_| Reply::Silence).await;
        let clients = checking(&server);
        let short = Scope::new(&CancellationToken::new(), Duration::from_millis(50));
        let long = scope();
        let ended = tokio::select! {
            biased;
            _ = clients.identity(&long) => panic!("it has no answer"),
            ended = clients.identity(&short) => ended,
        };
        assert_eq!(*ended.unwrap_err().cause(), Cause::TimedOut(None));
    }

    #[tokio::test]
    async fn clients_with_a_wrong_key_ask_once_and_call_nothing_else() {
        let server = Server::start(|_| {
            refusal(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            )
        })
        .await;
        let clients = checking(&server);
        for _ in 0..2 {
            let error = db_cluster::find_now(&clients, &scope(), "orders")
                .await
                .unwrap_err();
            assert!(error.is_credentials(), "{error}");
            assert_eq!(error.action(), "sts:GetCallerIdentity");
        }
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn clients_whose_key_is_accepted_meanwhile_go_on() {
        let server = Server::start(|request| match request.action.as_str() {
            "GetCallerIdentity" if request.earlier == 0 => {
                refusal(403, "InvalidClientTokenId", "not valid yet")
            }
            _ => answer(request),
        })
        .await;
        let clients = checking(&server);
        let refused = clients.identity(&scope()).await;
        assert!(refused.unwrap_err().is_credentials());
        let long_ago = Instant::now().checked_sub(FAILURE_SHARED).unwrap();
        lock(&clients.refused).as_mut().unwrap().0 = long_ago;
        let identity = clients.identity(&scope()).await.unwrap();
        assert_eq!(identity.account, "123456789012");
    }

    #[tokio::test]
    async fn clients_that_may_not_ask_who_they_are_go_on() {
        let server = Server::start(|request| match request.action.as_str() {
            "GetCallerIdentity" => refusal(403, "AccessDenied", "explicit deny"),
            _ => answer(request),
        })
        .await;
        let found = db_cluster::find_now(&checking(&server), &scope(), "orders").await;
        assert!(found.unwrap().is_some());
    }

    #[tokio::test]
    async fn clients_without_check_do_not_call_sts() {
        let server = Server::start(answer).await;
        let clients = server.clients();
        assert!(
            db_cluster::find_now(&clients, &scope(), "orders")
                .await
                .unwrap()
                .is_some()
        );
        let username = secrets_manager::get_username(&clients, &scope(), "arn").await;
        assert_eq!(username.unwrap(), "postgres");
        let password = secrets_manager::get_password(&clients, &scope(), "arn").await;
        assert_eq!(password.unwrap(), Secret::new("hush"));
        assert_eq!(server.count("GetCallerIdentity"), 0);
    }

    #[tokio::test]
    async fn clients_with_half_a_key_or_a_wrong_url_say_so() {
        let server = Server::start(answer).await;
        let half = hasty(Config {
            secret_key: None,
            ..server.config()
        });
        let error = db_cluster::find_now(&half, &scope(), "orders")
            .await
            .unwrap_err();
        assert!(error.is_credentials(), "{error}");
        for url in ["localhost:4566", "http://", "http://a b", "ftp://host"] {
            let wrong = hasty(Config {
                endpoints: Endpoints {
                    rds: Some(url.to_owned()),
                    ..Endpoints::default()
                },
                ..server.config()
            });
            let error = db_cluster::find_now(&wrong, &scope(), "orders")
                .await
                .unwrap_err();
            assert!(matches!(error.cause(), Cause::Configuration(_)), "{error}");
            assert!(error.to_string().contains(url), "{error}");
        }
        assert!(server.requests().is_empty());
    }

    #[tokio::test]
    async fn clients_debug_shows_no_secret() {
        let server = Server::start(answer).await;
        let clients = hasty(Config {
            token: Some(Secret::new("hush-token")),
            ..server.config()
        });
        db_cluster::find_now(&clients, &scope(), "orders")
            .await
            .unwrap();
        let shown = format!("{clients:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}
