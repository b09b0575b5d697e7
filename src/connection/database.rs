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
    Error, NoSecret,
    in_flight::InFlight,
    password_source::{IamToken, SecretsManagerPassword, StaticPassword},
    settings::{self, Authentication, PORT, Settings},
};
use crate::{
    aws::{
        self,
        rds::{
            lookup,
            publisher::{Identifier, Publisher},
        },
        secrets_manager,
    },
    postgres::{self, Address, PasswordSource, Server, WriteCounter},
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
    /// The master user, where the publisher is looked up.
    pub master_username: Option<String>,
    /// Whether somebody was told that the server cannot be asked what it demands.
    unproven_was_said: AtomicBool,
}

impl Endpoint {
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

    /// Finds the endpoint; looks the publisher up at the first call, which whoever comes meanwhile waits for within
    /// limits of its own. No connection is opened.
    ///
    /// # Errors
    /// When the publisher is not there, or nothing says how to log in.
    pub async fn endpoint(&self, scope: &Scope) -> Result<Arc<Endpoint>, Error> {
        let endpoint = self.endpoint.get_or_try_init(|| async {
            // Boxed: what looks a publisher up is deep.
            let found = Box::pin(self.find_endpoint(scope)).await?;
            Ok::<_, Error>(Arc::new(found))
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
                .ok_or_else(|| Error::NoEndpoint(identifier.clone()))?,
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
        let (username, source) = self
            .find_login(scope, publisher.as_ref(), &host, port)
            .await?;
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
        let connector =
            Server::new(settings, source, self.writes.clone()).map_err(Error::Settings)?;
        Ok(Endpoint {
            connector,
            master_username: publisher.and_then(|publisher| publisher.master_username),
            unproven_was_said: AtomicBool::new(false),
        })
    }

    /// The user, and where the password of each connection comes from.
    async fn find_login(
        &self,
        scope: &Scope,
        publisher: Option<&Publisher>,
        host: &str,
        port: u16,
    ) -> Result<(String, Arc<dyn PasswordSource>), Error> {
        let master = publisher.and_then(|publisher| publisher.master_username.clone());
        let username = self.settings.username.clone();
        match &self.settings.authentication {
            Authentication::Password(password) => Ok((
                username.or(master).ok_or(Error::NoUsername)?,
                Arc::new(StaticPassword(password.clone())),
            )),
            Authentication::Iam => {
                let username = username.or(master).ok_or(Error::NoUsername)?;
                let source = IamToken {
                    aws: self.aws.clone(),
                    host: host.to_owned(),
                    port,
                    region: publisher.and_then(Publisher::region).map(str::to_owned),
                    username: username.clone(),
                };
                Ok((username, Arc::new(source)))
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
                Ok((username, self.secrets_manager_password(arn)))
            }
            Authentication::Discovered => {
                let managed = publisher.and_then(|publisher| publisher.master_user_secret.as_ref());
                let is_master = username.is_none() || username == master;
                match (managed, master) {
                    (Some(secret), Some(master)) if is_master => {
                        Ok((master, self.secrets_manager_password(&secret.arn)))
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

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("target", &self.target())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, time::Duration};

    use tfplugin::Field;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        aws::{Config, Endpoints, Regions},
        connection::{DatabaseRef, Databases, Environment, PostgresModel},
        secret::Secret,
    };

    #[tokio::test]
    async fn endpoint_that_another_operation_looks_up_is_waited_for_no_longer_than_allowed() {
        // It takes connections, and nobody answers.
        let silence = TcpListener::bind("127.0.0.1:0").unwrap();
        let regions = Arc::new(Regions::new(Config {
            region: Some("eu-central-1".to_owned()),
            access_key: Some("AKIDEXAMPLE".to_owned()),
            secret_key: Some(Secret::new("hush-hush")),
            skip_credentials_validation: true,
            endpoints: Endpoints {
                rds: Some(format!("http://{}", silence.local_addr().unwrap())),
                ..Endpoints::default()
            },
            ..Config::default()
        }));
        let model = PostgresModel {
            cluster_identifier: "orders".into(),
            ..PostgresModel::default()
        };
        let environment = Environment::default();
        let databases = Databases::new(&Field::Known(model), Some(&regions), &environment).unwrap();
        let database_ref = DatabaseRef::default();
        let scope = |timeout| Scope::new(&CancellationToken::new(), timeout);
        let (long, short) = (
            scope(Duration::from_secs(60)),
            scope(Duration::from_millis(50)),
        );
        let ended = tokio::select! {
            biased;
            _ = databases.open(&long, &database_ref) => panic!("nobody answers"),
            ended = databases.open(&short, &database_ref) => ended,
        };
        assert!(
            matches!(&ended, Err(Error::Aws(error)) if error.is_ended()),
            "{ended:?}"
        );
    }
}
