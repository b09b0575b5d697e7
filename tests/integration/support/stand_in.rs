//! The stand-in for RDS, with what a test does behind the provider's back.

use std::collections::BTreeMap;

use aws_sdk_rds::{
    config::{BehaviorVersion, Credentials, Region},
    types::ApplyMethod,
};
use rds_emulator::{Cluster, ConnectionFile, Emulator, Options};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

use super::Kind;

/// The parameter that the provider manages.
pub const PARAMETER: &str = "rds.iam_auth_for_replication";

/// A stand-in of its own for each test, with one cluster unless more are asked for.
pub struct StandIn {
    runtime: Runtime,
    emulator: Option<Emulator>,
}

/// What came through a gate.
#[derive(serde::Deserialize)]
pub struct Traffic {
    pub connections: BTreeMap<String, u64>,
    pub statements: u64,
    pub round_trips: u64,
}

impl Traffic {
    /// All connections.
    pub fn all_connections(&self) -> u64 {
        self.connections.values().sum()
    }
}

impl StandIn {
    /// A stand-in with one cluster, `orders`, on the given major version of PostgreSQL.
    pub fn start(postgres: u16) -> Self {
        Self::with_clusters(postgres, &["orders"])
    }

    /// A stand-in with the given clusters.
    pub fn with_clusters(postgres: u16, clusters: &[&str]) -> Self {
        Self::with_options(Options {
            postgres,
            clusters: clusters.iter().map(|name| (*name).to_owned()).collect(),
            ..Options::default()
        })
    }

    /// A stand-in with the given options.
    pub fn with_options(options: Options) -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let emulator = runtime.block_on(Emulator::start(options)).expect(
            "the stand-in starts (PostgreSQL is installed, or Maven Central can be reached)",
        );
        Self {
            runtime,
            emulator: Some(emulator),
        }
    }

    fn emulator(&self) -> &Emulator {
        self.emulator
            .as_ref()
            .expect("the stand-in runs until it is dropped")
    }

    /// What somebody needs to know to use it.
    pub fn connection(&self) -> &ConnectionFile {
        self.emulator().connection()
    }

    /// The first cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.connection().clusters[0]
    }

    /// The cluster of the given name.
    pub fn cluster_named(&self, identifier: &str) -> &Cluster {
        self.connection()
            .clusters
            .iter()
            .find(|cluster| cluster.identifier == identifier)
            .expect("the cluster was asked for")
    }

    /// The first DB instance that is in no cluster.
    pub fn instance(&self) -> &Cluster {
        &self.connection().instances[0]
    }

    /// What points the AWS SDKs at the stand-in.
    pub fn environment(&self) -> Vec<(String, String)> {
        let connection = self.connection();
        [
            ("AWS_ACCESS_KEY_ID", &connection.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", &connection.secret_access_key),
            ("AWS_REGION", &connection.region),
            ("AWS_ENDPOINT_URL", &connection.api_endpoint),
        ]
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .into_iter()
        .chain([
            ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
            ("AWS_CONFIG_FILE".to_owned(), "/dev/null".to_owned()),
            (
                "AWS_SHARED_CREDENTIALS_FILE".to_owned(),
                "/dev/null".to_owned(),
            ),
        ])
        .collect()
    }

    /// The provider block for the first cluster.
    pub fn provider(&self) -> String {
        self.provider_with("")
    }

    /// The provider block for the first cluster, with more lines in its `postgres` block.
    pub fn provider_with(&self, postgres: &str) -> String {
        self.provider_of("cluster_identifier", self.cluster(), postgres)
    }

    /// The provider block for a publisher that the given argument names.
    pub fn provider_of(&self, argument: &str, publisher: &Cluster, postgres: &str) -> String {
        format!(
            "provider \"rdsiam\" {{\n  postgres {{\n    {argument} = {:?}\n    connect_host = {:?}\n    \
             connect_port = {}\n    sslrootcert = {:?}\n    {postgres}\n  }}\n}}\n",
            publisher.identifier,
            publisher.connect_host,
            publisher.connect_port,
            self.connection().ca_file
        )
    }

    /// Runs SQL as the superuser, past the gate; the rows of the last statement as text.
    pub fn sql(&self, text: &str) -> Vec<Vec<Option<String>>> {
        self.sql_at(&self.cluster().superuser_url, text)
    }

    /// Runs SQL at a libpq URI.
    pub fn sql_at(&self, url: &str, text: &str) -> Vec<Vec<Option<String>>> {
        self.runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls)
                .await
                .expect("the superuser can connect");
            let connection = tokio::spawn(connection);
            let messages = client
                .simple_query(text)
                .await
                .unwrap_or_else(|error| panic!("{text}: {error:?}"));
            drop(client);
            let _closed = connection.await;
            messages
                .into_iter()
                .filter_map(|message| match message {
                    tokio_postgres::SimpleQueryMessage::Row(row) => Some(
                        (0..row.len())
                            .map(|column| row.get(column).map(str::to_owned))
                            .collect(),
                    ),
                    _ => None,
                })
                .collect()
        })
    }

    /// The single text that a query gives.
    pub fn sql_value(&self, text: &str) -> Option<String> {
        self.sql(text).into_iter().next()?.into_iter().next()?
    }

    /// The roles that a role is a direct member of.
    pub fn memberships(&self, role: &str) -> Vec<String> {
        self.sql(&format!(
            "SELECT DISTINCT pg_get_userbyid(roleid) FROM pg_auth_members \
             WHERE pg_get_userbyid(member) = '{}' ORDER BY 1",
            role.replace('\'', "''")
        ))
        .into_iter()
        .filter_map(|mut row| row.remove(0))
        .collect()
    }

    /// An RDS client that somebody else uses.
    pub fn rds(&self) -> aws_sdk_rds::Client {
        let connection = self.connection();
        aws_sdk_rds::Client::from_conf(
            aws_sdk_rds::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(connection.region.clone()))
                .endpoint_url(&connection.api_endpoint)
                .credentials_provider(Credentials::new(
                    &connection.access_key_id,
                    &connection.secret_access_key,
                    None,
                    None,
                    "test",
                ))
                .build(),
        )
    }

    /// Runs a future to its end.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The parameter's value in the first cluster's group.
    pub fn parameter(&self) -> Option<String> {
        self.value(Kind::Cluster)
    }

    /// Sets the parameter in the first cluster's group, as somebody else would.
    pub fn set_parameter(&self, value: &str) {
        self.set_value_in(Kind::Cluster, &self.cluster().parameter_group, value);
    }

    /// Sets a parameter that needs a reboot.
    pub fn set_static_parameter(&self, group: &str, name: &str, value: &str) {
        self.set_in(
            Kind::Cluster,
            group,
            name,
            value,
            ApplyMethod::PendingReboot,
        );
    }

    /// Makes a DB cluster parameter group, with logical replication as the publishers have it.
    pub fn create_cluster_group(&self, name: &str, family: &str) {
        self.block_on(async {
            self.rds()
                .create_db_cluster_parameter_group()
                .db_cluster_parameter_group_name(name)
                .db_parameter_group_family(family)
                .description(name)
                .send()
                .await
                .expect("a group can be made");
        });
        self.set_static_parameter(name, "rds.logical_replication", "1");
    }

    /// Makes a cluster use another group, which waits for a reboot.
    pub fn attach_cluster_group(&self, cluster: &str, group: &str) {
        self.block_on(async {
            self.rds()
                .modify_db_cluster()
                .db_cluster_identifier(cluster)
                .db_cluster_parameter_group_name(group)
                .apply_immediately(true)
                .send()
                .await
                .expect("a group can be attached");
        });
    }

    /// Sends JSON to the control endpoint.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let endpoint = self.connection().control_endpoint.clone();
        self.block_on(rds_emulator::client::control(&endpoint, method, path, body))
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// API calls by action since the start or the last [`StandIn::forget_calls`].
    pub fn calls(&self) -> BTreeMap<String, u64> {
        serde_json::from_value(self.control("GET", "/calls", &Value::Null))
            .expect("calls are counted by action")
    }

    /// What came through the first cluster's gate since the start.
    pub fn traffic(&self) -> Traffic {
        self.traffic_of(&self.cluster().identifier)
    }

    /// What has come through the gate of a cluster.
    pub fn traffic_of(&self, cluster: &str) -> Traffic {
        let path = format!("/clusters/{cluster}/traffic");
        serde_json::from_value(self.control("GET", &path, &Value::Null))
            .expect("traffic is counted")
    }

    /// Starts counting anew.
    pub fn forget_calls(&self) {
        self.control("DELETE", "/calls", &Value::Null);
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(emulator) = self.emulator.take() {
            self.runtime.block_on(emulator.stop());
        }
    }
}
