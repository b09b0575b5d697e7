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
    Access, Circumstances, Error, LoginMethod, NoSecret,
    circumstances::{Site, Watched, Witness, told_by},
    in_flight::InFlight,
    password_source::{IamToken, LastSigned, SecretsManagerPassword, StaticPassword},
    settings::{self, Authentication, PORT, Settings},
};
use crate::{
    aws::{
        self,
        auth_token::SignedFor,
        rds::{
            lookup,
            publisher::{Identifier, Publisher},
        },
        secrets_manager,
    },
    postgres::{self, Address, PasswordSource, Pool, Server, WriteCounter},
    region,
    scope::Scope,
};

/// The database that every server has.
const DATABASE: &str = "postgres";

/// A database: known by name, contacted at first use.
pub struct Database {
    address: settings::DatabaseAddress,
    settings: Settings,
    aws: Arc<aws::Clients>,
    writes: Arc<WriteCounter>,
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
    /// As whom the provider logs in, where and how.
    pub access: Access,
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
    ) -> Self {
        Self {
            address,
            settings,
            aws,
            writes,
            endpoint: OnceCell::new(),
            in_flight: InFlight::default(),
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
                format!(
                    "{}:{}",
                    host.to_lowercase(),
                    self.settings.port.unwrap_or(PORT)
                )
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

    /// Whether the cluster or instance that is named is not there any more.
    ///
    /// # Errors
    /// When AWS does not tell.
    pub async fn is_gone(&self, scope: &Scope) -> Result<bool, aws::Error> {
        let publisher = self.publisher(scope).await?;
        Ok(publisher.is_none() && self.identifier().is_some())
    }

    /// Finds the endpoint; looks the publisher up at the first call. No connection is opened.
    ///
    /// # Errors
    /// When the publisher is not there, or nothing says how to log in.
    pub async fn endpoint(&self, scope: &Scope) -> Result<Arc<Endpoint>, Error> {
        let endpoint = self.endpoint.get_or_try_init(|| async {
            // Boxed: what looks a publisher up is deep.
            let found = Box::pin(self.find_endpoint(scope)).await?;
            Ok::<_, Error>(Arc::new(found))
        });
        endpoint.await.cloned()
    }

    async fn find_endpoint(&self, scope: &Scope) -> Result<Endpoint, Error> {
        let settings = &self.settings;
        let publisher = self.publisher(scope).await?;
        let host = match (&self.address, &publisher) {
            (settings::DatabaseAddress::Host(host), _) => host.clone(),
            (settings::DatabaseAddress::Identifier(identifier), None) => {
                return Err(Error::NotFound {
                    identifier: identifier.clone(),
                    place: self.aws.location(),
                });
            }
            (settings::DatabaseAddress::Identifier(identifier), Some(publisher)) => publisher
                .endpoint
                .clone()
                .ok_or_else(|| Error::NoEndpoint {
                    identifier: identifier.clone(),
                    status: publisher.status.clone(),
                })?,
        };
        let port = settings
            .port
            .or(publisher.as_ref().and_then(|publisher| publisher.port))
            .unwrap_or(PORT);
        let database = settings
            .database
            .clone()
            .or_else(|| {
                publisher
                    .as_ref()
                    .and_then(|publisher| publisher.database_name.clone())
            })
            .unwrap_or_else(|| DATABASE.to_owned());
        let Login {
            username,
            method,
            source,
            last_signed,
        } = self
            .find_login(scope, publisher.as_ref(), &host, port)
            .await?;
        let access = Access {
            target: self.target(),
            host: host.clone(),
            username: username.clone(),
            method,
            follows: publisher.as_ref().and_then(Publisher::follows),
        };
        let tcp = (
            settings.connect_host.as_ref().unwrap_or(&host).clone(),
            settings.connect_port.unwrap_or(port),
        );
        let witness = Arc::new(Witness::new(Site {
            aws: self.aws.clone(),
            identifier: self.identifier_to_look_up(&access),
            tcp,
            last_signed,
        }));
        let settings = postgres::Settings {
            address: Address {
                host,
                port,
                connect_host: settings.connect_host.clone(),
                connect_port: settings.connect_port,
                sslmode: settings.sslmode,
                roots: settings.roots.clone(),
                connect_timeout: settings.connect_timeout,
            },
            database,
            username,
            max_connections: settings.max_connections,
        };
        let way = Watched {
            way: Box::new(Pool::new(settings, source).map_err(Error::Settings)?),
            witness: witness.clone(),
        };
        Ok(Endpoint {
            connector: Server::through(Box::new(way), self.writes.clone()),
            access,
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
            (settings::DatabaseAddress::Host(host), _) => told_by(host).filter(|_| is_near()),
        }
    }

    /// How the provider logs in.
    async fn find_login(
        &self,
        scope: &Scope,
        publisher: Option<&Publisher>,
        host: &str,
        port: u16,
    ) -> Result<Login, Error> {
        let master = publisher.and_then(|publisher| publisher.master_username.clone());
        let username = self.settings.username.clone();
        match &self.settings.authentication {
            Authentication::Password(password) => {
                let username = username.or(master).ok_or(Error::NoUsername)?;
                let source = Arc::new(StaticPassword(password.clone()));
                Ok(match SignedFor::of_token(password.expose()) {
                    None => Login::new(username, LoginMethod::Password { variable: None }, source),
                    Some(signed_for) => Login {
                        last_signed: LastSigned::new(signed_for),
                        ..Login::new(username, LoginMethod::GivenToken, source)
                    },
                })
            }
            Authentication::Iam => {
                let username = username.or(master).ok_or(Error::NoUsername)?;
                let last_signed = LastSigned::default();
                let source = IamToken {
                    aws: self.aws.clone(),
                    host: host.to_owned(),
                    port,
                    region: publisher.and_then(Publisher::region).map(str::to_owned),
                    username: username.clone(),
                    last_signed: last_signed.clone(),
                };
                Ok(Login {
                    last_signed,
                    ..Login::new(username, LoginMethod::Token, Arc::new(source))
                })
            }
            Authentication::SecretArn(arn) => {
                let username = match username {
                    Some(username) => username,
                    None => {
                        secrets_manager::get_master_secret(&self.aws, scope, arn)
                            .await?
                            .username
                    }
                };
                let source = self.secrets_manager_password(arn);
                Ok(Login::new(
                    username,
                    LoginMethod::Secret(arn.clone()),
                    source,
                ))
            }
            Authentication::Discovered => {
                let managed = publisher.and_then(|publisher| publisher.master_user_secret.as_ref());
                let is_master = username.is_none() || username == master;
                match (managed, master) {
                    (Some(secret), Some(master)) if is_master => {
                        let method = LoginMethod::ManagedSecret(secret.arn.clone());
                        let source = self.secrets_manager_password(&secret.arn);
                        Ok(Login::new(master, method, source))
                    }
                    (_, master) => Err(Error::NoLogin {
                        username: username.or(master),
                        no_secret: match publisher {
                            None => NoSecret::OnlyHost,
                            Some(_) if is_master => NoSecret::NotManaged,
                            Some(_) => NoSecret::NotMaster,
                        },
                    }),
                }
            }
        }
    }

    fn secrets_manager_password(&self, arn: &str) -> Arc<dyn PasswordSource> {
        Arc::new(SecretsManagerPassword {
            aws: self.aws.clone(),
            arn: arn.to_owned(),
        })
    }
}

/// The user, and where the password of each connection comes from.
struct Login {
    username: String,
    method: LoginMethod,
    source: Arc<dyn PasswordSource>,
    last_signed: LastSigned,
}

impl Login {
    fn new(username: String, method: LoginMethod, source: Arc<dyn PasswordSource>) -> Self {
        Self {
            username,
            method,
            source,
            last_signed: LastSigned::default(),
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
