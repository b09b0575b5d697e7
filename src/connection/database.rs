//! A database, found and contacted at first use.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::OnceCell;

use super::{
    Access, Circumstances, Error, LoginMethod, Origin, Origins, Override,
    circumstances::{Site, Watched, Witness, told_by},
    in_flight::InFlight,
    login::Login,
    origin::Sourced,
    overrides::Told,
    settings::{self, PORT, Settings},
};
use crate::{
    aws::{
        self,
        rds::{
            lookup,
            publisher::{Identifier, Publisher},
        },
    },
    host,
    postgres::{self, Address, Pool, Server, WriteCounter},
    region,
    scope::{Ended, Scope},
};

/// The database that every server has.
const DATABASE: &str = "postgres";

/// A database: known by name, contacted at first use.
pub struct Database {
    address: settings::DatabaseAddress,
    settings: Settings,
    aws: Arc<aws::Clients>,
    writes: Arc<WriteCounter>,
    told: Arc<Told>,
    /// The database of the same server that counts where none is named. It may turn out to be this one.
    unnamed: Option<Arc<Database>>,
    endpoint: OnceCell<Arc<Endpoint>>,
    in_flight: InFlight,
}

/// A database that can be contacted.
#[derive(Debug)]
pub struct OpenDatabase {
    /// The database.
    pub database: Arc<Database>,
    /// Its endpoint.
    pub endpoint: Arc<Endpoint>,
}

/// Where the database is and as whom the provider connects.
#[derive(Debug)]
pub struct Endpoint {
    /// The pool of connections.
    pub connector: Server,
    /// The database of PostgreSQL.
    pub database: String,
    /// As whom the provider logs in, where and how.
    pub access: Access,
    /// Where what it was made of comes from.
    pub origins: Origins,
    /// The master user, where the publisher is looked up.
    pub master_username: Option<String>,
    witness: Arc<Witness>,
    /// Whether somebody was told that the server cannot be asked what it demands.
    unproven_was_said: AtomicBool,
}

impl Endpoint {
    /// What was found out when the provider was last not let in.
    pub fn circumstances(&self) -> Circumstances {
        self.witness.seen()
    }

    /// Marks that somebody is told that the server cannot be asked what it demands; whether nobody was before.
    pub fn mark_unproven(&self) -> bool {
        !self.unproven_was_said.swap(true, Ordering::Relaxed)
    }
}

impl Database {
    pub(super) fn new(
        address: settings::DatabaseAddress,
        settings: Settings,
        aws: Arc<aws::Clients>,
        writes: Arc<WriteCounter>,
        told: Arc<Told>,
    ) -> Self {
        Self {
            address,
            settings,
            aws,
            writes,
            told,
            unnamed: None,
            endpoint: OnceCell::new(),
            in_flight: InFlight::default(),
        }
    }

    /// The database of that name on the server of another one.
    pub(super) fn named(unnamed: Arc<Self>, name: String) -> Self {
        let settings = unnamed.settings.in_database(name);
        Self {
            unnamed: Some(unnamed.clone()),
            ..Self::new(
                unnamed.address.clone(),
                settings,
                unnamed.aws.clone(),
                unnamed.writes.clone(),
                unnamed.told.clone(),
            )
        }
    }

    /// The publisher as it was seen at most ten seconds ago; `None` where only a host is known.
    ///
    /// # Errors
    /// When AWS does not tell.
    pub async fn publisher(&self, scope: &Scope) -> Result<Option<Publisher>, aws::Error> {
        match &self.address {
            settings::DatabaseAddress::Host(_) => Ok(None),
            settings::DatabaseAddress::Identifier(identifier) => {
                lookup::find(&self.aws, scope, identifier).await
            }
        }
    }

    /// The publisher as it is now; `None` where only a host is known.
    ///
    /// # Errors
    /// When AWS does not tell.
    pub async fn publisher_now(&self, scope: &Scope) -> Result<Option<Publisher>, aws::Error> {
        match &self.address {
            settings::DatabaseAddress::Host(_) => Ok(None),
            settings::DatabaseAddress::Identifier(identifier) => {
                lookup::find_now(&self.aws, scope, identifier).await
            }
        }
    }

    /// The AWS clients of the Region that the publisher is in.
    pub fn clients(&self) -> &aws::Clients {
        &self.aws
    }

    /// Waits until a change of the replication parameter that is on its way has arrived, as far as AWS
    /// tells. `running` is its value in the running server.
    pub async fn wait_for_parameter(&self, scope: &Scope, running: bool) {
        if let Ok(Some(publisher)) = self.publisher(scope).await {
            self.in_flight
                .wait(&self.aws, scope, &publisher, running)
                .await;
        }
    }

    /// The part of an id that says which database a role is in: the identifier of the cluster or
    /// instance, or `host:port`.
    pub fn target(&self) -> String {
        match &self.address {
            settings::DatabaseAddress::Identifier(identifier) => identifier.as_str().to_lowercase(),
            settings::DatabaseAddress::Host(host) => {
                let port = self.settings.port.map_or(PORT, |port| port.value);
                host::with_port(&host.value.to_lowercase(), port)
            }
        }
    }

    /// The cluster or instance; `None` where only a host is known.
    pub fn identifier(&self) -> Option<&Identifier> {
        match &self.address {
            settings::DatabaseAddress::Identifier(identifier) => Some(identifier),
            settings::DatabaseAddress::Host(_) => None,
        }
    }

    /// The host that is named, where there is no identifier, and what names it: `host` of the provider's
    /// `postgres` block, or the variable.
    ///
    /// # Errors
    /// When the environment gives what is no host.
    pub fn host(&self) -> Result<Option<(&str, Origin)>, Error> {
        self.settings.check_hosts()?;
        Ok(match &self.address {
            settings::DatabaseAddress::Identifier(_) => None,
            settings::DatabaseAddress::Host(host) => Some((&host.value, host.origin)),
        })
    }

    /// The variables that stand in place of what would hold without them, those that nobody was told of yet.
    /// None while AWS does not tell of the cluster or instance.
    pub async fn overrides(&self, scope: &Scope) -> Vec<Override> {
        if !self.settings.has_variables() {
            return Vec::new();
        }
        let Ok(publisher) = self.publisher(scope).await else {
            return Vec::new();
        };
        self.told
            .not_yet(Override::all(&self.settings, publisher.as_ref()))
    }

    /// Whether the cluster or instance that is named is not there any more.
    ///
    /// # Errors
    /// When AWS does not tell.
    pub async fn is_gone(&self, scope: &Scope) -> Result<bool, aws::Error> {
        let publisher = self.publisher(scope).await?;
        Ok(publisher.is_none() && self.identifier().is_some())
    }

    /// Finds the endpoint; looks the publisher up at the first call, which whoever comes meanwhile waits for within
    /// limits of its own. No connection is opened.
    ///
    /// # Errors
    /// When the publisher is not there, or nothing says how to log in.
    pub async fn endpoint(&self, scope: &Scope) -> Result<Arc<Endpoint>, Error> {
        let endpoint = self.endpoint.get_or_try_init(|| async {
            // Boxed: what looks a publisher up is deep.
            Box::pin(self.find_or_share_endpoint(scope)).await
        });
        let outcome = scope.limit(endpoint).await;
        outcome
            .unwrap_or_else(|ended| Err(self.ended(ended)))
            .cloned()
    }

    /// That an operation ended while another one looked.
    fn ended(&self, ended: Ended) -> Error {
        let action = match self.identifier() {
            Some(identifier) => identifier.group_kind().describe_publishers(),
            None => "secretsmanager:GetSecretValue",
        };
        aws::Error::ended(action, self.target(), ended).into()
    }

    /// The endpoint; that of the database that is not named, where that is this one, so that both have one pool and one
    /// reading.
    async fn find_or_share_endpoint(&self, scope: &Scope) -> Result<Arc<Endpoint>, Error> {
        if let Some(unnamed) = &self.unnamed {
            let publisher = self.publisher(scope).await?;
            let name = unnamed.database_name(publisher.as_ref());
            if Some(name.value)
                == self
                    .settings
                    .database
                    .as_ref()
                    .map(|name| name.value.clone())
            {
                return unnamed.own_endpoint(scope).await;
            }
        }
        Ok(Arc::new(self.find_endpoint(scope).await?))
    }

    /// The endpoint of a database that cannot be another one.
    async fn own_endpoint(&self, scope: &Scope) -> Result<Arc<Endpoint>, Error> {
        let endpoint = self.endpoint.get_or_try_init(|| async {
            let found = Box::pin(self.find_endpoint(scope)).await?;
            Ok::<_, Error>(Arc::new(found))
        });
        endpoint.await.cloned()
    }

    /// The database of PostgreSQL: as it is configured, or that of the cluster or instance, or the one that every server has.
    fn database_name(&self, publisher: Option<&Publisher>) -> Sourced<String> {
        let looked_up = || Some(Sourced::looked_up(publisher?.database_name.clone()?));
        let configured = self.settings.database.clone();
        configured
            .or_else(looked_up)
            .unwrap_or_else(|| Sourced::default(DATABASE.to_owned()))
    }

    async fn find_endpoint(&self, scope: &Scope) -> Result<Endpoint, Error> {
        let settings = &self.settings;
        settings.check_hosts()?;
        let publisher = self.publisher(scope).await?;
        let looked_up = publisher.as_ref();
        let host = match (&self.address, looked_up) {
            (settings::DatabaseAddress::Host(host), _) => host.clone(),
            (settings::DatabaseAddress::Identifier(identifier), None) => {
                return Err(Error::NotFound {
                    identifier: identifier.clone(),
                    place: self.aws.location(),
                });
            }
            (settings::DatabaseAddress::Identifier(identifier), Some(publisher)) => {
                let endpoint = publisher.endpoint.clone();
                Sourced::looked_up(endpoint.ok_or_else(|| Error::NoEndpoint {
                    identifier: identifier.clone(),
                    status: publisher.status.clone(),
                })?)
            }
        };
        let port = settings
            .port
            .or_else(|| looked_up?.port.map(Sourced::looked_up))
            .unwrap_or(Sourced::default(PORT));
        let database = self.database_name(looked_up);
        let Login {
            username,
            method,
            origin,
            source,
            last_signed,
        } = Login::find(
            scope,
            settings,
            &self.aws,
            looked_up,
            (&host.value, port.value),
        )
        .await?;
        let access = Access {
            target: self.target(),
            host: host.value.clone(),
            username: username.value.clone(),
            method,
            follows: looked_up.and_then(Publisher::follows),
        };
        let origins = Origins {
            host: host.origin,
            port: port.origin,
            connect_host: settings
                .connect_host
                .as_ref()
                .map_or(Origin::Default, |host| host.origin),
            database: database.origin,
            username: username.origin,
            password: origin,
            sslmode: settings.sslmode.origin,
            sslrootcert: settings.roots.origin,
        };
        let connect_host = settings.connect_host.clone().map(|host| host.value);
        let tcp = (
            connect_host.as_ref().unwrap_or(&host.value).clone(),
            settings.connect_port.unwrap_or(port.value),
        );
        let witness = Arc::new(Witness::new(Site {
            aws: self.aws.clone(),
            identifier: self.identifier_to_look_up(&access),
            tcp,
            last_signed,
        }));
        let settings = postgres::Settings {
            address: Address {
                host: host.value,
                port: port.value,
                connect_host,
                connect_port: settings.connect_port,
                sslmode: settings.sslmode.value,
                roots: settings.roots.value.clone(),
                connect_timeout: settings.connect_timeout.value,
            },
            database: database.value.clone(),
            username: username.value,
            max_connections: settings.max_connections,
        };
        let way = Pool::new(settings, source).map_err(|error| Error::Settings {
            error,
            roots: origins.sslrootcert,
        })?;
        let way = Watched {
            way: Box::new(way),
            witness: witness.clone(),
        };
        Ok(Endpoint {
            connector: Server::through(Box::new(way), self.writes.clone()),
            database: database.value,
            access,
            origins,
            witness,
            master_username: publisher.and_then(|publisher| publisher.master_username),
            unproven_was_said: AtomicBool::new(false),
        })
    }

    /// The cluster or instance to ask AWS about when the provider is not let in. A host alone is asked about only where
    /// the login takes AWS anyway, and in the Region of the clients.
    fn identifier_to_look_up(&self, access: &Access) -> Option<Identifier> {
        let is_near = || region::from_host(&access.host) == self.aws.known_region().as_deref();
        match (&self.address, &access.method) {
            (settings::DatabaseAddress::Identifier(identifier), _) => Some(identifier.clone()),
            (_, LoginMethod::Password { .. } | LoginMethod::GivenToken) => None,
            (settings::DatabaseAddress::Host(host), _) => {
                told_by(&host.value).filter(|_| is_near())
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("target", &self.target())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
