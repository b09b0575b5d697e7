//! All parts together: an account with its API and control endpoints, and for each cluster a
//! server behind its gate.

use std::{io, sync::Arc};

use futures::{
    FutureExt as _,
    future::{BoxFuture, join_all, try_join_all},
};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    api::{self, Service},
    ca::{self, CertificateAuthority},
    connection_file::{self, ConnectionFile},
    control::{self, Control, calls::Calls, faults::Faults},
    gate::{self, Gate, GateSettings},
    model::{
        AccessKeys, Family, Secret, SharedAccount,
        account::Account,
        catalogue::{ApplyMethod, IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION},
        cluster::{Behaviour, Cluster, MasterSecret, NewCluster},
        parameter_group::ParameterGroup,
        shared::{Backend, Boot},
    },
    postgres::{self, Server},
};

const ACCOUNT_ID: &str = "123456789012";
const PORT: u16 = 5432;
const DATABASE: &str = "shop";
const MASTER_USERNAME: &str = "master";
const REPLICATION_USERNAME: &str = "cdc";
const PUBLICATION: &str = "orders_pub";

/// What a stand-in is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// Major version of PostgreSQL, 11 to 18; defaults to 17.
    pub postgres: u16,
    /// The clusters' identifiers; defaults to `orders` alone.
    pub clusters: Vec<String>,
    /// Identifiers of clusters that the API knows and nobody can connect to; defaults to none.
    pub clusters_without_server: Vec<String>,
    /// The region; defaults to `eu-central-1`.
    pub region: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            postgres: 17,
            clusters: vec!["orders".to_owned()],
            clusters_without_server: Vec::new(),
            region: "eu-central-1".to_owned(),
        }
    }
}

/// Why a stand-in did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An option cannot be followed.
    #[error("{0}")]
    Options(String),
    /// A server did not start.
    #[error(transparent)]
    Postgres(#[from] postgres::Error),
    /// There is no certificate.
    #[error(transparent)]
    Certificate(#[from] ca::Error),
    /// A port or a file is not to be had.
    #[error("{what}")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// A running stand-in.
pub struct Emulator {
    connection: ConnectionFile,
    account: SharedAccount,
    running: Vec<Arc<Running>>,
    endpoints: Vec<api::Server>,
    stopped: CancellationToken,
    // Holds the CA file until the end.
    _directory: tempfile::TempDir,
}

/// The server and the gate of a cluster.
struct Running {
    server: Arc<Server>,
    gate: Gate,
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
        check(&options)?;
        let family = Family::of_major(options.postgres).ok_or_else(|| {
            Error::Options(format!(
                "there is no Aurora PostgreSQL {}",
                options.postgres
            ))
        })?;
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
        let account = SharedAccount::new(Account::new(ACCOUNT_ID, &options.region));
        let stopped = CancellationToken::new();

        let plan = Plan {
            options: &options,
            family,
            account: &account,
            access_keys: &access_keys,
            ca: &ca,
            domain: domain(&options.region),
        };
        for identifier in &options.clusters_without_server {
            plan.add_to_account(identifier, &format!("{}.1", options.postgres), &random());
        }
        let started = try_join_all(
            options
                .clusters
                .iter()
                .map(|identifier| plan.start_cluster(identifier, progress)),
        )
        .await?;
        let (clusters, running): (Vec<_>, Vec<_>) = started.into_iter().unzip();

        let (faults, calls) = (Faults::default(), Calls::default());
        let no_port = failed("there is no free port");
        let api = api::router(Service {
            account: account.clone(),
            access_keys,
            faults: faults.clone(),
            calls: calls.clone(),
            stopped: stopped.clone(),
        });
        let api = api::Server::start(api, stopped.clone())
            .await
            .map_err(no_port)?;
        let control = control::router(Control {
            account: account.clone(),
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
            },
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

    /// Stops everything and removes its files.
    pub async fn stop(self) {
        self.stopped.cancel();
        self.account.stop();
        join_all(self.running.iter().map(|cluster| async {
            cluster.gate.stop().await;
            cluster.server.end().await;
        }))
        .await;
        join_all(self.endpoints.into_iter().map(api::Server::stopped)).await;
    }
}

/// What all clusters are made from.
struct Plan<'a> {
    options: &'a Options,
    family: Family,
    account: &'a SharedAccount,
    access_keys: &'a Arc<AccessKeys>,
    ca: &'a CertificateAuthority,
    domain: String,
}

impl Plan<'_> {
    async fn start_cluster(
        &self,
        identifier: &str,
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
        let (cluster, settings) =
            self.add_to_account(identifier, server.version(), &master_password);
        tokio::spawn(follow(server.clone(), settings.clone()));
        let hosts = vec![cluster.endpoint.clone(), cluster.reader_endpoint.clone()];
        let gate = Gate::start(gate::Options {
            server: server.clone(),
            major: self.options.postgres,
            tls: self.ca.server_config(&hosts)?,
            hosts,
            port: cluster.port,
            region: self.options.region.clone(),
            access_keys: self.access_keys.clone(),
            settings,
        })
        .await
        .map_err(|source| Error::Io {
            what: "there is no free port",
            source,
        })?;
        let connection = connection_file::Cluster {
            identifier: cluster.identifier,
            resource_id: cluster.resource_id,
            parameter_group: cluster.parameter_group,
            engine_version: cluster.engine_version,
            host: cluster.endpoint,
            port: cluster.port,
            connect_host: "127.0.0.1".to_owned(),
            connect_port: gate.connect_port(),
            database: cluster.database,
            master_username: cluster.master_username,
            master_password,
            master_secret_arn: cluster.master_secret.arn,
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

    /// A cluster as somebody's existing one: logical replication on, the parameter at its default.
    fn add_to_account(
        &self,
        identifier: &str,
        version: &str,
        master_password: &str,
    ) -> (Cluster, watch::Receiver<GateSettings>) {
        let name = format!("{identifier}-{}", self.family);
        let mut group = ParameterGroup::new(&name, self.family, &format!("For {identifier}"));
        if let Some(parameter) = self.family.parameter(LOGICAL_REPLICATION) {
            group.set(parameter, "1", ApplyMethod::PendingReboot);
        }
        let secret_name = format!("rds!cluster-{}", Uuid::new_v4());
        let resource_id = |prefix: &str| format!("{prefix}-{}", &random().to_uppercase()[..26]);
        let cluster = Cluster::new(
            NewCluster {
                identifier: identifier.to_owned(),
                resource_id: resource_id("cluster"),
                engine_version: version.to_owned(),
                family: self.family,
                domain: self.domain.clone(),
                port: PORT,
                database: DATABASE.to_owned(),
                master_username: MASTER_USERNAME.to_owned(),
                master_secret: MasterSecret {
                    // Secrets Manager appends six characters to the name.
                    arn: format!(
                        "arn:aws:secretsmanager:{}:{ACCOUNT_ID}:secret:{secret_name}-{}",
                        self.options.region,
                        &random()[..6]
                    ),
                    name: secret_name,
                    version_id: Uuid::new_v4().to_string(),
                    password: Secret::new(master_password),
                },
                behaviour: Behaviour::default(),
            },
            &group,
            [resource_id("db"), resource_id("db")],
        );
        let settings = self.account.add_cluster(cluster.clone(), group);
        (cluster, settings)
    }
}

impl Backend for Running {
    fn disconnect_all(&self) {
        self.gate.disconnect_all();
    }

    fn restart(&self, boot: Boot) -> BoxFuture<'_, Result<(), String>> {
        async move {
            self.stop().await?;
            self.start(boot).await
        }
        .boxed()
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), String>> {
        let stop = async { self.server.stop().await.map_err(|error| error.to_string()) };
        stop.boxed()
    }

    fn start(&self, boot: Boot) -> BoxFuture<'_, Result<(), String>> {
        async move {
            let result = async {
                let wal_level = wal_level(boot.logical_replication);
                self.server
                    .set_parameters(&[("wal_level", wal_level)])
                    .await?;
                self.server.start_again().await
            };
            result
                .await
                .map_err(|error: postgres::Error| error.to_string())
        }
        .boxed()
    }

    fn traffic(&self) -> Value {
        self.gate.traffic()
    }
}

/// Shows the values that run in SQL, for as long as anybody can change them.
async fn follow(server: Arc<Server>, mut settings: watch::Receiver<GateSettings>) {
    let switch = |on| if on { "on" } else { "off" };
    loop {
        let now = settings.borrow_and_update().clone();
        if now.available {
            let result = server
                .set_parameters(&[
                    ("wal_level", wal_level(now.logical_replication)),
                    (LOGICAL_REPLICATION, switch(now.logical_replication)),
                    (
                        IAM_AUTH_FOR_REPLICATION,
                        switch(now.iam_auth_for_replication),
                    ),
                ])
                .await;
            if let Err(error) = result {
                tracing::warn!(%error, "a parameter cannot be seen in SQL");
            }
        }
        if settings.changed().await.is_err() {
            return;
        }
    }
}

fn wal_level(logical_replication: bool) -> &'static str {
    if logical_replication {
        "logical"
    } else {
        "replica"
    }
}

fn check(options: &Options) -> Result<(), Error> {
    if !(11..=18).contains(&options.postgres) {
        return Err(Error::Options(format!(
            "PostgreSQL {} is not among those that can be run: 11 to 18",
            options.postgres
        )));
    }
    let all = || {
        options
            .clusters
            .iter()
            .chain(&options.clusters_without_server)
    };
    for (index, identifier) in all().enumerate() {
        // <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>
        let valid = identifier.len() <= 63
            && identifier.starts_with(|first: char| first.is_ascii_lowercase())
            && identifier
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !identifier.ends_with('-')
            && !identifier.contains("--");
        if !valid {
            return Err(Error::Options(format!(
                "{identifier:?} is no cluster identifier: up to 63 lower-case letters, digits and single \
                 hyphens, a letter first, no hyphen last"
            )));
        }
        if all().take(index).any(|other| other == identifier) {
            return Err(Error::Options(format!(
                "there are two clusters {identifier:?}"
            )));
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_with_bad_or_double_clusters_are_refused() {
        let complaint = |clusters: &[&str], postgres| {
            let clusters = clusters.iter().map(|name| (*name).to_owned()).collect();
            check(&Options {
                postgres,
                clusters,
                ..Options::default()
            })
            .err()
            .map(|error| error.to_string())
        };
        assert_eq!(complaint(&["orders", "orders-2"], 18), None);
        for bad in ["", "-a", "a-", "a--b", "A", "1a", "a_b"] {
            assert!(
                complaint(&[bad], 17).is_some_and(|text| text.contains("no cluster identifier"))
            );
        }
        assert!(complaint(&["a", "a"], 17).is_some_and(|text| text.contains("two clusters")));
        assert!(complaint(&["a"], 10).is_some_and(|text| text.contains("11 to 18")));
    }
}
