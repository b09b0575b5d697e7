//! What is found out about a database at the moment when it does not let the provider in: what AWS shows of it, how
//! far a connection comes, and what the server demands of the provider's user.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    net::{TcpStream, lookup_host},
    time::Instant,
};

use super::password_source::LastSigned;
use crate::{
    aws::{
        self, Cause, ClockSkew,
        auth_token::SignedFor,
        rds::{
            lookup,
            publisher::{Identifier, Publisher},
            wait::{MemberStatus, is_down},
        },
    },
    postgres::{
        AuthRequest, ConnectionKind, Error,
        transport::{AskAuthentication, CommandReplication, Patience, Session, Transport},
    },
    region,
    scope::Scope,
};

/// How long a look may take: somebody waits for an error.
const LOOK: Duration = Duration::from_secs(3);
/// How old a look may be that is shared by all who fail likewise.
const MAX_AGE: Duration = Duration::from_secs(10);
/// How long ago a look may be that an error speaks of.
const REMEMBERED: Duration = Duration::from_secs(30);
/// The status of a member that needs no word.
const AVAILABLE: &str = "available";

/// What was found out. What could not be is missing.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// The cluster or instance, as AWS shows it.
    pub publisher: Option<Publisher>,
    /// Its members that are not `available`, with their own status.
    pub unavailable: Vec<MemberStatus>,
    /// How far a connection comes.
    pub reached: Option<Reached>,
    /// What the server demands of the provider's user, asked without credentials.
    pub demanded: Option<AuthRequest>,
    /// What the last token was signed for.
    pub signed_for: Option<SignedFor>,
    /// Why AWS shows no cluster or instance, where one was looked for.
    pub not_shown: Option<String>,
    /// How far this machine's clock is off, as far as an answer of AWS has shown it.
    pub clock_skew: Option<ClockSkew>,
}

impl Circumstances {
    /// Whether the cluster or instance does not come back by itself, as far as AWS shows it.
    fn is_down(&self) -> bool {
        let publisher = self.publisher.as_ref();
        publisher.is_some_and(|publisher| is_down(&publisher.status))
    }
}

/// How far a connection comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The name has no address.
    NoName,
    /// None of the addresses takes a TCP connection.
    NoAnswer(Vec<IpAddr>),
    /// Somebody takes TCP connections.
    Tcp,
}

/// Where to look.
#[derive(Debug)]
pub(super) struct Site {
    /// The AWS clients of the database.
    pub aws: Arc<aws::Clients>,
    /// The cluster or instance, if AWS may be asked about it.
    pub identifier: Option<Identifier>,
    /// Where TCP connections go.
    pub tcp: (String, u16),
    /// The last token, where tokens are signed.
    pub last_signed: LastSigned,
}

/// Looks around when a connection fails, and remembers what it saw.
#[derive(Debug)]
pub(super) struct Witness {
    site: Site,
    /// When it looked last, and because of which SQLSTATE.
    looked: tokio::sync::Mutex<Option<(Instant, Option<String>)>>,
    seen: Mutex<Option<(Instant, Circumstances)>>,
}

impl Witness {
    pub(super) fn new(site: Site) -> Self {
        Self {
            site,
            looked: tokio::sync::Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// What was seen a moment ago; nothing when that is longer ago.
    pub(super) fn seen(&self) -> Circumstances {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = seen.as_ref().filter(|(at, _)| at.elapsed() < REMEMBERED);
        Circumstances {
            signed_for: self.site.last_signed.get(),
            ..recent.map(|(_, seen)| seen.clone()).unwrap_or_default()
        }
    }

    /// Looks around because of an error; whoever fails likewise at the same time or a moment later shares the look.
    async fn look(&self, scope: &Scope, way: &dyn Transport, error: &Error) {
        if !is_worth_a_look(error) {
            return;
        }
        // The operation's own time may be up: the reason is worth a moment all the same.
        let scope = &Scope::new(scope.cancellation(), LOOK);
        let Ok(mut looked) = scope.limit(self.looked.lock()).await else {
            return;
        };
        let code = error.sqlstate().map(str::to_owned);
        let is_fresh =
            |(at, because): &(Instant, Option<String>)| at.elapsed() < MAX_AGE && *because == code;
        if looked.as_ref().is_some_and(is_fresh) {
            return;
        }
        let (shown, reached, demanded) = tokio::join!(
            self.publisher(scope),
            self.reached(scope, error),
            demanded(scope, way, error)
        );
        let (publisher, unavailable, not_shown) = match shown {
            Ok(Some((publisher, unavailable))) => (Some(publisher), unavailable, None),
            Ok(None) => Default::default(),
            Err(reason) => (None, Vec::new(), Some(reason)),
        };
        let seen = Circumstances {
            publisher,
            unavailable,
            reached,
            demanded,
            signed_for: None,
            not_shown,
            clock_skew: self.site.aws.clock_skew(),
        };
        tracing::debug!(?seen, "looked around");
        let now = Instant::now();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, seen));
        *looked = Some((now, code));
    }

    /// The publisher, and its members that are not available; `None` where none is looked for.
    ///
    /// # Errors
    /// Why AWS shows none.
    async fn publisher(
        &self,
        scope: &Scope,
    ) -> Result<Option<(Publisher, Vec<MemberStatus>)>, String> {
        let Some(identifier) = &self.site.identifier else {
            return Ok(None);
        };
        let aws = &self.site.aws;
        // Boxed: what looks a publisher up is deep.
        let look = Box::pin(async {
            let found = match lookup::find_now(aws, scope, identifier).await {
                Err(error) => match error.cause() {
                    Cause::InCluster(cluster) => {
                        let cluster = Identifier::Cluster(cluster.clone());
                        lookup::find_now(aws, scope, &cluster).await
                    }
                    _ => Err(error),
                },
                found => found,
            };
            let publisher = found
                .map_err(|error| error.to_string())?
                .ok_or_else(|| format!("there is no {identifier} in {}", aws.location()))?;
            let statuses = lookup::member_statuses(aws, scope, &publisher).await;
            let statuses = statuses.ok().flatten().unwrap_or_default().into_iter();
            let unavailable = statuses
                .filter(|(_, status)| status != AVAILABLE)
                .map(|(identifier, status)| MemberStatus { identifier, status });
            Ok(Some((publisher, unavailable.collect())))
        });
        let shown = scope.limit(look).await;
        shown.unwrap_or_else(|_| Err("it gave no answer in time".to_owned()))
    }

    /// How far a connection comes, unless the server itself has answered.
    async fn reached(&self, scope: &Scope, error: &Error) -> Option<Reached> {
        if error.sqlstate().is_some() || matches!(error, Error::Tls(_)) {
            return None;
        }
        let (host, port) = &self.site.tcp;
        let found = scope
            .limit(lookup_host((host.as_str(), *port)))
            .await
            .ok()?;
        let Ok(addresses) = found else {
            return Some(Reached::NoName);
        };
        let addresses: Vec<_> = addresses.collect();
        let connected = scope.limit(TcpStream::connect(addresses.as_slice())).await;
        Some(match connected {
            Ok(Ok(_)) => Reached::Tcp,
            _ => Reached::NoAnswer(addresses.iter().map(std::net::SocketAddr::ip).collect()),
        })
    }
}

/// Whether the circumstances say more than the error: not where the server has said what is wrong.
fn is_worth_a_look(error: &Error) -> bool {
    match error.said() {
        Some(said) => {
            error.is_invalid_login()
                || said.is_about_the_server_itself()
                || said.is_connection_exception()
        }
        None => !matches!(error, Error::Cancelled(_) | Error::Password(_)),
    }
}

/// What the server demands of the provider's user that it did not let in.
async fn demanded(scope: &Scope, way: &dyn Transport, error: &Error) -> Option<AuthRequest> {
    if !error.is_invalid_login() {
        return None;
    }
    let asked = way
        .authentication()?
        .ask(scope, way.username(), ConnectionKind::Normal)
        .await;
    asked.ok()
}

/// The cluster or instance that the name of an endpoint tells; `None` for other names, and those of proxies and custom
/// endpoints.
pub(super) fn told_by(host: &str) -> Option<Identifier> {
    region::from_host(host)?;
    let (name, rest) = host.split_once('.')?;
    let (label, _) = rest.split_once('.')?;
    let name = name.to_lowercase();
    match label {
        _ if region::is_proxy(host) || label.starts_with("cluster-custom-") => None,
        _ if label.starts_with("cluster-") => Some(Identifier::Cluster(name)),
        _ => Some(Identifier::Instance(name)),
    }
}

/// A way to a server, with somebody who looks around when it does not lead in.
#[derive(Debug)]
pub(super) struct Watched {
    pub way: Box<dyn Transport>,
    pub witness: Arc<Witness>,
}

#[async_trait]
impl Transport for Watched {
    fn endpoint(&self) -> String {
        self.way.endpoint()
    }

    fn username(&self) -> &str {
        self.way.username()
    }

    fn uses_tokens(&self) -> bool {
        self.way.uses_tokens()
    }

    async fn open(&self, scope: &Scope, patience: Patience) -> Result<Box<dyn Session>, Error> {
        // First for as long as a look waits: what AWS shows then may be nothing that passes.
        let opened = self.way.open(scope, Patience::Look).await;
        let Err(error) = &opened else {
            return opened;
        };
        self.witness.look(scope, &*self.way, error).await;
        let is_patient = patience == Patience::Change && error.is_given_up();
        if !is_patient || self.witness.seen().is_down() {
            return opened;
        }
        let opened = self.way.open(scope, patience).await;
        if let Err(error) = &opened {
            self.witness.look(scope, &*self.way, error).await;
        }
        opened
    }

    async fn open_spare(&self, scope: &Scope) -> Option<Box<dyn Session>> {
        self.way.open_spare(scope).await
    }

    fn authentication(&self) -> Option<&dyn AskAuthentication> {
        self.way.authentication()
    }

    fn replication(&self) -> Option<&dyn CommandReplication> {
        self.way.replication()
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    use super::*;

    /// A way that leads nowhere.
    #[derive(Debug)]
    struct Nowhere;

    #[async_trait]
    impl Transport for Nowhere {
        fn endpoint(&self) -> String {
            "nowhere:5432".to_owned()
        }

        fn username(&self) -> &'static str {
            "master"
        }

        fn uses_tokens(&self) -> bool {
            false
        }

        async fn open(&self, _: &Scope, _: Patience) -> Result<Box<dyn Session>, Error> {
            Err(Error::Connection {
                endpoint: self.endpoint(),
                reason: "refused".to_owned(),
            })
        }

        async fn open_spare(&self, _scope: &Scope) -> Option<Box<dyn Session>> {
            None
        }
    }

    /// How far a connection came where it did not lead in.
    async fn reached(host: &str, port: u16) -> Option<Reached> {
        let witness = Arc::new(Witness::new(Site {
            aws: Arc::new(aws::Clients::new(aws::Config::default())),
            identifier: None,
            tcp: (host.to_owned(), port),
            last_signed: LastSigned::default(),
        }));
        let watched = Watched {
            way: Box::new(Nowhere),
            witness: witness.clone(),
        };
        let scope = Scope::new(&CancellationToken::new(), LOOK);
        assert!(watched.open(&scope, Patience::Look).await.is_err());
        witness.seen().reached
    }

    #[tokio::test]
    async fn witness_of_a_failure_sees_how_far_a_connection_comes() {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        assert_eq!(reached("127.0.0.1", port).await, Some(Reached::Tcp));
        drop(listener);
        let refused = Reached::NoAnswer(vec![IpAddr::from([127, 0, 0, 1])]);
        assert_eq!(reached("127.0.0.1", port).await, Some(refused));
        assert_eq!(
            reached("nowhere.invalid", port).await,
            Some(Reached::NoName)
        );
    }

    #[test]
    fn endpoint_names_tell_the_cluster_or_instance() {
        let cluster = |name: &str| Some(Identifier::Cluster(name.to_owned()));
        for (front, told) in [
            ("Orders.cluster-c1a2b3", cluster("orders")),
            ("orders.cluster-ro-c1a2b3", cluster("orders")),
            ("analysts.cluster-custom-c1a2b3", None),
            (
                "orders-1.c1a2b3",
                Some(Identifier::Instance("orders-1".to_owned())),
            ),
            ("orders.proxy-c1a2b3", None),
        ] {
            let host = format!("{front}.eu-central-1.rds.amazonaws.com");
            assert_eq!(told_by(&host), told, "{host}");
        }
        assert_eq!(told_by("orders.example.com"), None);
    }
}
