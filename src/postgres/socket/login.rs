//! Logging in: with the password of the moment, again while the server cannot be reached.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;
use tokio_postgres::{Client, NoTls, config::SslMode as ClientTls};

use super::{
    dial::{Address, Dialer, Stream},
    outage::{Down, Outage},
    replication::ForReplication,
};
use crate::{
    causes::chain,
    postgres::{
        Error, PasswordError, limited::limited, statement::APPLICATION_NAME, transport::Patience,
    },
    scope::Scope,
    secret::Secret,
};

/// The first pause before another attempt to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// How long a look waits for a server that cannot be reached.
const LOOK: Duration = Duration::from_secs(10);
/// How long a name that leads nowhere is looked up: it is a typing error, or that of a cluster that is made.
const NAME: Duration = Duration::from_secs(20);
/// How long a server that resumes may have no rule for what is encrypted.
const RULES: Duration = Duration::from_secs(20);
/// How long a token is signed anew that PAM refuses. It says so of too many logins in a second and of a policy that
/// does not let the user in, and does not tell one from the other.
const PAM: Duration = Duration::from_secs(15);

/// Where the password of each physical connection comes from.
#[async_trait]
pub trait PasswordSource: std::fmt::Debug + Send + Sync {
    /// The password for one attempt to log in.
    async fn password(&self, scope: &Scope) -> Result<Secret, PasswordError>;

    /// Whether it may be rotated: after one was refused, another may be there.
    fn may_rotate(&self) -> bool;

    /// Whether it is an IAM token.
    fn is_token(&self) -> bool {
        false
    }
}

/// Which database, as whom, and with how many connections at most.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub address: Address,
    /// The database.
    pub database: String,
    /// The user.
    pub username: String,
    /// Connections that are open at once at most.
    pub max_connections: usize,
}

/// A client that has logged in.
#[derive(Debug)]
pub(super) struct LoggedIn {
    pub(super) client: Client,
    /// The version of the server, such as 170010; 0 where it does not say.
    pub(super) version: u32,
}

/// Logs in to one database as one user.
#[derive(Debug)]
pub(super) struct Login {
    settings: Settings,
    dialer: Arc<Dialer>,
    source: Arc<dyn PasswordSource>,
    outage: Outage,
}

impl Login {
    /// Contacts nothing yet.
    ///
    /// # Errors
    /// When the root certificates cannot be read.
    pub(super) fn new(settings: Settings, source: Arc<dyn PasswordSource>) -> Result<Self, Error> {
        Ok(Self {
            dialer: Arc::new(Dialer::new(settings.address.clone())?),
            settings,
            source,
            outage: Outage::default(),
        })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn dialer(&self) -> &Arc<Dialer> {
        &self.dialer
    }

    #[cfg(test)]
    pub(super) fn outage(&self) -> &Outage {
        &self.outage
    }

    pub(super) fn uses_tokens(&self) -> bool {
        self.source.is_token()
    }

    /// Logs in, again after failures that pass, and once more with another password if the one at hand was refused.
    /// While the server cannot be reached, one tries for all who wait. One that has no room is not waited for where
    /// there are connections already (`has_others`).
    ///
    /// # Errors
    /// How the last attempt failed, with how many there were where such a failure passes; that the operation was
    /// cancelled.
    pub(super) async fn until_connected(
        &self,
        scope: &Scope,
        patience: Patience,
        has_others: impl Fn() -> bool,
    ) -> Result<LoggedIn, Error> {
        let attempted = format!("connect to {}", self.settings.address.endpoint());
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times()
            .with_jitter()
            .build();
        let mut reread = self.source.may_rotate();
        let mut turn = None;
        let mut paused_after = None;
        loop {
            match self.outage.now() {
                None => turn = None,
                Some(down) if turn.is_none() => {
                    let waited = self.left(&down, scope, patience);
                    let waited = tokio::time::timeout(waited, self.outage.turn());
                    match limited(scope, &attempted, waited).await {
                        Ok(Ok(mine)) => turn = Some(mine),
                        Err(error @ Error::Cancelled(_)) => return Err(error),
                        _ => return Err(down.gave_up()),
                    }
                    // Somebody else's attempt a moment ago is as good as one of its own.
                    let another = |down: &Down| down.is_fresh() && Some(down.at()) != paused_after;
                    if let Some(down) = self.outage.now().filter(another) {
                        self.pause(down, &mut pauses, scope, patience).await?;
                    }
                    continue;
                }
                Some(_) => {}
            }
            let began = Instant::now();
            let outcome = limited(scope, &attempted, self.once(scope)).await;
            let error = match outcome.and_then(|outcome| outcome) {
                Ok(client) => {
                    self.outage.over();
                    return Ok(client);
                }
                Err(error) => error,
            };
            if let (Error::TimedOut { .. }, Some(down)) = (&error, self.outage.now()) {
                return Err(down.gave_up());
            }
            // A rotated secret shows as a wrong password.
            if error.is_invalid_password() && std::mem::take(&mut reread) {
                continue;
            }
            if error.is_too_many_connections() && has_others() {
                return Err(error);
            }
            if self.passes_within(&error).is_none() {
                if error.sqlstate().is_some() {
                    self.outage.over();
                }
                return Err(error);
            }
            let down = self.outage.failed(began, error);
            paused_after = Some(down.at());
            self.pause(down, &mut pauses, scope, patience).await?;
        }
    }

    /// Logs in. The attempt has its limit once there is a password: the calls to AWS that give it have their own.
    ///
    /// # Errors
    /// When there is no password, the server cannot be reached or does not let the user in.
    pub(super) async fn once(&self, scope: &Scope) -> Result<LoggedIn, Error> {
        self.on(scope, |stream| stream).await
    }

    /// The same on a connection for replication, on which there are commands and no transactions.
    ///
    /// # Errors
    /// As [`Login::once`].
    pub(super) async fn for_replication(&self, scope: &Scope) -> Result<LoggedIn, Error> {
        self.on(scope, |stream| Box::new(ForReplication::new(stream)))
            .await
    }

    async fn on(
        &self,
        scope: &Scope,
        kind: impl FnOnce(Box<dyn Stream>) -> Box<dyn Stream>,
    ) -> Result<LoggedIn, Error> {
        let settings = &self.settings;
        let password = self.source.password(scope).await.map_err(Error::Password)?;
        let attempted = format!("log in as {:?}", settings.username);
        let endpoint = settings.address.endpoint();
        let (client, connection) = self
            .dialer
            .limit(async {
                let stream = kind(self.dialer.dial().await?);
                tokio_postgres::Config::new()
                    .user(&settings.username)
                    .dbname(&settings.database)
                    .password(password.expose())
                    .application_name(APPLICATION_NAME)
                    // TLS was agreed on while dialling.
                    .ssl_mode(ClientTls::Disable)
                    .connect_raw(stream, NoTls)
                    .await
                    .map_err(|error| Error::from_client(&attempted, &endpoint, &error))
            })
            .await?;
        let version = connection.parameter("server_version").map_or(0, version);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %chain(&error), "connection ended");
            }
        });
        Ok(LoggedIn { client, version })
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// How the last one failed, where no other is worth it; that the operation was cancelled.
    async fn pause(
        &self,
        down: Down,
        pauses: &mut ExponentialBackoff,
        scope: &Scope,
        patience: Patience,
    ) -> Result<(), Error> {
        let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
        if self.left(&down, scope, patience) <= pause {
            return Err(down.gave_up());
        }
        tracing::debug!(error = %down.error(), ?pause, "connect again");
        let attempted = format!("connect to {}", self.settings.address.endpoint());
        limited(scope, &attempted, tokio::time::sleep(pause)).await
    }

    /// How much longer it is worth to try.
    fn left(&self, down: &Down, scope: &Scope, patience: Patience) -> Duration {
        let all = match patience {
            Patience::Look => LOOK.min(scope.timeout()),
            Patience::Change => scope.timeout(),
        };
        let alike = self.passes_within(down.error()).unwrap_or_default();
        let of_operation = scope.deadline().saturating_duration_since(Instant::now());
        down.left(all, alike).min(of_operation)
    }

    /// How long it may take until a failure has passed; `None` for one that stays.
    fn passes_within(&self, error: &Error) -> Option<Duration> {
        match error {
            Error::HostNotFound { .. } => Some(NAME),
            error if error.passes_by_itself() => Some(Duration::MAX),
            error if error.is_without_rule_for_tls() => Some(RULES),
            error if error.is_refused_by_pam() && self.uses_tokens() => Some(PAM),
            _ => None,
        }
    }
}

/// A version as a number: `server_version_num` of a `server_version`, which a distribution may add to.
/// <https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQSERVERVERSION>
fn version(text: &str) -> u32 {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .map(|digits| digits.parse().unwrap_or(0));
    let major: u32 = numbers.next().unwrap_or(0);
    // What comes before a beta is no minor version.
    let minor = match text.contains('.') {
        true => numbers.next().unwrap_or(0),
        false => 0,
    };
    major * 10_000 + minor
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn version_is_a_number_whatever_a_distribution_adds() {
        for (text, number) in [
            ("17.11", 170_011),
            ("16.4 (Debian 16.4-1.pgdg120+1)", 160_004),
            ("18beta1", 180_000),
            ("", 0),
        ] {
            assert_eq!(version(text), number, "{text}");
        }
    }
}
