//! All parts together: an account with its API and control endpoints, and for each cluster and
//! each instance that stands alone a server behind its gate.

use std::sync::Arc;

use futures::future::{join_all, try_join_all};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    api::{self, Service, calls::Calls, faults::Faults},
    ca::CertificateAuthority,
    clock::Clock,
    connection_file::{self, ConnectionFile},
    control::{self, Control},
    error::Error,
    gate::{self, Gate},
    model::{
        AccessKeys, Family, Iam, Kind, Publisher, RunningSettings, Secrets, SharedAccount,
        account::Account,
        catalog::{ApplyMethod, LOGICAL_REPLICATION},
        master_secret::MasterSecret,
        parameter_group::ParameterGroup,
        publisher::{Behaviour, NewPublisher},
    },
    options::Options,
    postgres::{self, Server},
    relay::Relay,
    running::{Running, follow},
    secret::Secret,
};

const PORT: u16 = 5432;
const DATABASE: &str = "shop";
const MASTER_USERNAME: &str = "master";
const REPLICATION_USERNAME: &str = "cdc";
const PUBLICATION: &str = "orders_pub";

/// A running stand-in.
pub struct Emulator {
    connection: ConnectionFile,
    ca: CertificateAuthority,
    account: SharedAccount,
    running: Vec<Arc<Running>>,
    endpoints: Vec<api::Server>,
    stopped: CancellationToken,
    // Holds the CA file until the end.
    _directory: tempfile::TempDir,
}

impl Emulator {
    /// Starts one. It is ready when this returns.
    ///
    /// # Errors
    /// When PostgreSQL is not to be had or does not start, or an option is no good.
    pub async fn start(options: Options) -> Result<Self, Error> {
        Self::start_with_progress(options, &|_| {}).await
    }

    /// Starts one, and says what takes long.
    ///
    /// # Errors
    /// As [`Emulator::start`].
    pub async fn start_with_progress(
        options: Options,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, Error> {
        options.check()?;
        let failed = |what| move |source| Error::Io { what, source };
        let directory = tempfile::Builder::new()
            .prefix("rds-emulator-")
            .tempdir()
            .map_err(failed("a temporary folder could not be made"))?;
        let ca = CertificateAuthority::new(&options.region)?;
        let ca_file = directory.path().join("ca.pem");
        std::fs::write(&ca_file, ca.pem()).map_err(failed("the CA file could not be written"))?;

        let access_key_id = format!("AKIA{}", &random().to_uppercase()[..16]);
        let secret_access_key = format!("{}{}", random(), &random()[..8]);
        let access_keys =
            Arc::new(AccessKeys::new().with(&access_key_id, Secret::new(&secret_access_key)));
        let account = SharedAccount::new(Account::new(&options.account_id, &options.region));
        let clock = Clock::default();
        let stopped = CancellationToken::new();

        let plan = Plan {
            options: &options,
            account: &account,
            access_keys: &access_keys,
            clock: &clock,
            ca: &ca,
            domain: domain(&options.region),
        };
        for identifier in &options.clusters_without_server {
            let version = format!("{}.1", options.postgres);
            plan.add_to_account(identifier, Kind::Aurora, &version, &random(), PORT)?;
        }
        let started = try_join_all(
            options
                .publishers()
                .map(|(identifier, kind)| plan.start(identifier, kind, progress)),
        )
        .await?;
        let (mut clusters, mut instances, mut running) = (Vec::new(), Vec::new(), Vec::new());
        for ((_, kind), (connection, server)) in options.publishers().zip(started) {
            let list = if kind.is_cluster() {
                &mut clusters
            } else {
                &mut instances
            };
            list.push(connection);
            running.push(server);
        }

        let (faults, calls) = (Faults::default(), Calls::default());
        let (iam, secrets) = (Iam::default(), Secrets::default());
        let no_port = failed("there is no free port");
        let api = api::router(Service {
            account: account.clone(),
            access_keys,
            iam: iam.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            faults: faults.clone(),
            calls: calls.clone(),
            stopped: stopped.clone(),
        });
        let api = api::Server::start(api, stopped.clone())
            .await
            .map_err(no_port)?;
        let control = control::router(Control {
            account: account.clone(),
            iam,
            secrets,
            clock,
            faults,
            calls,
        });
        let control = api::Server::start(control, stopped.clone())
            .await
            .map_err(failed("there is no free port"))?;
        Ok(Self {
            connection: ConnectionFile {
                api_endpoint: api.endpoint.clone(),
                control_endpoint: control.endpoint.clone(),
                region: options.region,
                access_key_id,
                secret_access_key,
                ca_file,
                clusters,
                instances,
            },
            ca,
            account,
            running,
            endpoints: vec![api, control],
            stopped,
            _directory: directory,
        })
    }

    /// What somebody needs to know to use it.
    pub fn connection(&self) -> &ConnectionFile {
        &self.connection
    }

    /// A network in front of the gate of a cluster, or of an instance that stands alone: its certificate has
    /// the same name, of the same authority. It ends when it is dropped.
    ///
    /// # Errors
    /// When there is no such publisher with a server, or no free port.
    pub async fn relay(&self, identifier: &str) -> Result<Relay, Error> {
        let ConnectionFile {
            clusters,
            instances,
            ..
        } = &self.connection;
        let publisher = clusters
            .iter()
            .chain(instances)
            .find(|publisher| publisher.identifier == identifier)
            .ok_or_else(|| Error::Options(format!("there is no server of {identifier:?}")))?;
        Relay::start(&self.ca, &publisher.host, publisher.connect_port).await
    }

    /// Stops everything and removes its files.
    pub async fn stop(self) {
        self.stopped.cancel();
        self.account.stop();
        join_all(self.running.iter().map(|running| async {
            running.gate.stop().await;
            running.server.end().await;
        }))
        .await;
        join_all(self.endpoints.into_iter().map(api::Server::stopped)).await;
    }
}

/// What all publishers are made from.
struct Plan<'a> {
    options: &'a Options,
    account: &'a SharedAccount,
    access_keys: &'a Arc<AccessKeys>,
    clock: &'a Clock,
    ca: &'a CertificateAuthority,
    domain: String,
}

impl Plan<'_> {
    async fn start(
        &self,
        identifier: &str,
        kind: Kind,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<(connection_file::Cluster, Arc<Running>), Error> {
        let master_password = random();
        let replication_password = random();
        let server = Server::start(
            &postgres::Options {
                major: self.options.postgres,
                database: DATABASE.to_owned(),
                master_username: MASTER_USERNAME.to_owned(),
                master_password: Secret::new(&master_password),
                replication_username: REPLICATION_USERNAME.to_owned(),
                replication_password: Secret::new(&replication_password),
                publication: PUBLICATION.to_owned(),
            },
            progress,
        )
        .await?;
        let server = Arc::new(server);
        let no_port = |source| Error::Io {
            what: "there is no free port",
            source,
        };
        let listener = gate::listener().await.map_err(no_port)?;
        let port = match self.options.own_ports {
            true => listener.local_addr().map_err(no_port)?.port(),
            false => PORT,
        };
        let (publisher, settings) =
            self.add_to_account(identifier, kind, server.version(), &master_password, port)?;
        tokio::spawn(follow(server.clone(), settings.clone()));
        let hosts: Vec<String> = std::iter::once(publisher.endpoint.clone())
            .chain(publisher.reader_endpoint)
            .collect();
        let gate = Gate::start(
            listener,
            gate::Options {
                server: server.clone(),
                major: self.options.postgres,
                tls: self.ca.server_config(&hosts)?,
                hosts,
                port: publisher.port,
                region: self.options.region.clone(),
                access_keys: self.access_keys.clone(),
                clock: self.clock.clone(),
                settings,
            },
        )
        .map_err(no_port)?;
        let connection = connection_file::Cluster {
            identifier: publisher.identifier,
            resource_id: publisher.resource_id,
            parameter_group: publisher.parameter_group,
            engine_version: publisher.engine_version,
            host: publisher.endpoint,
            port: publisher.port,
            connect_host: "127.0.0.1".to_owned(),
            connect_port: gate.connect_port(),
            database: publisher.database,
            master_username: publisher.master_username,
            master_password,
            master_secret_arn: publisher.master_secret.arn,
            replication_username: REPLICATION_USERNAME.to_owned(),
            replication_password,
            publication: PUBLICATION.to_owned(),
            superuser_url: server.superuser_url(),
        };
        let running = Arc::new(Running { server, gate });
        self.account
            .set_backend(&connection.identifier, running.clone());
        Ok((connection, running))
    }

    /// A publisher as somebody's existing one: logical replication on, the parameter at its
    /// default.
    fn add_to_account(
        &self,
        identifier: &str,
        kind: Kind,
        version: &str,
        master_password: &str,
        port: u16,
    ) -> Result<(Publisher, watch::Receiver<RunningSettings>), Error> {
        let (engine, major) = (kind.engine(), self.options.postgres);
        let family = Family::of(engine, major)
            .ok_or_else(|| Error::Options(format!("there is no {engine} {major}")))?;
        let mut group = ParameterGroup::new(
            kind.group_kind(),
            &format!("{identifier}-{family}"),
            family,
            &format!("For {identifier}"),
        );
        if let Some(parameter) = family.parameter(LOGICAL_REPLICATION) {
            group.set(parameter, "1", ApplyMethod::PendingReboot);
        }
        let prefix = if kind.is_cluster() { "cluster" } else { "db" };
        let secret_name = format!("rds!{prefix}-{}", Uuid::new_v4());
        let publisher = Publisher::new(
            NewPublisher {
                identifier: identifier.to_owned(),
                kind,
                engine_version: version.to_owned(),
                domain: self.domain.clone(),
                port,
                database: DATABASE.to_owned(),
                master_username: MASTER_USERNAME.to_owned(),
                master_secret: MasterSecret {
                    // Secrets Manager appends six characters to the name.
                    arn: format!(
                        "arn:aws:secretsmanager:{}:{}:secret:{secret_name}-{}",
                        self.options.region,
                        self.options.account_id,
                        &random()[..6]
                    ),
                    name: secret_name,
                    version_id: Uuid::new_v4().to_string(),
                    password: Secret::new(master_password),
                },
                behaviour: Behaviour::default(),
            },
            &group,
        );
        let settings = self.account.add(publisher.clone(), group);
        Ok((publisher, settings))
    }
}

/// What the endpoints of one account in one region end with.
fn domain(region: &str) -> String {
    let country = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("{}.{region}.rds.amazonaws.com{country}", &random()[..12])
}

/// 32 lower-case hexadecimal digits.
fn random() -> String {
    Uuid::new_v4().simple().to_string()
}
