//! The stand-in for RDS, with what a test does behind the provider's back.

use std::collections::BTreeMap;

use aws_sdk_rds::{
    config::{BehaviorVersion, Credentials, Region},
    types::{ApplyMethod, DbCluster},
};
use rds_emulator::{
    Cluster, ConnectionFile, Emulator, Options,
    client::{self, Connection, Row, SqlClient, Traffic},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{Kind, eventually};

/// The parameter that the provider manages.
pub const PARAMETER: &str = "rds.iam_auth_for_replication";

/// A stand-in of its own for each test, with one cluster unless more are asked for.
pub struct StandIn {
    runtime: Runtime,
    emulator: Option<Emulator>,
    superuser: SqlClient,
}

impl StandIn {
    /// A stand-in with one cluster, `orders`, on the given major version of PostgreSQL.
    pub fn start(postgres: u16) -> Self {
        Self::with_clusters(postgres, &["orders"])
    }

    /// A stand-in on which nobody must use IAM as the creator of a role (16 and later): the master
    /// user can create some.
    pub fn not_counting_creators(postgres: u16) -> Self {
        let stand_in = Self::start(postgres);
        stand_in.control(
            "POST",
            "/clusters/orders/settings",
            &json!({"creator_row_counts": false}),
        );
        stand_in
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
        // Shown with a test that fails.
        eprintln!("PostgreSQL {}", options.postgres);
        let runtime = Runtime::new().expect("a runtime can be made");
        let emulator = runtime.block_on(Emulator::start(options)).expect(
            "the stand-in starts (PostgreSQL is installed, or Maven Central can be reached)",
        );
        Self {
            runtime,
            emulator: Some(emulator),
            superuser: SqlClient::default(),
        }
    }

    /// A stand-in with one cluster, `orders`, that nobody can connect to: for what AWS alone decides.
    pub fn without_server() -> Self {
        Self::with_options(Options {
            clusters: Vec::new(),
            clusters_without_server: vec!["orders".to_owned()],
            ..Options::default()
        })
    }

    /// The stand-in itself.
    pub(super) fn emulator(&self) -> &Emulator {
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

    /// The port of the API on loopback.
    pub fn api_port(&self) -> u16 {
        let endpoint = &self.connection().api_endpoint;
        let port = endpoint.rsplit_once(':').map(|(_, port)| port.parse());
        port.and_then(Result::ok).expect("the endpoint has a port")
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
    pub fn sql(&self, text: &str) -> Vec<Row> {
        self.block_on(self.superuser.sql(&self.cluster().superuser_url, text))
            .unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    /// Runs SQL at a libpq URI.
    pub fn sql_at(&self, url: &str, text: &str) -> Vec<Row> {
        self.block_on(client::sql(url, text))
            .unwrap_or_else(|error| panic!("{text}: {error:?}"))
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

    /// A stream from a slot of its own, by the replication user's password.
    pub fn stream(&self, slot: &str) -> Connection {
        let cluster = self.cluster();
        self.block_on(async {
            let mut connection = Connection::open(
                cluster,
                &self.connection().ca_file,
                &cluster.replication_username,
                &cluster.replication_password,
            )
            .await
            .expect("the user may replicate");
            connection
                .execute(&format!(
                    "CREATE_REPLICATION_SLOT {slot} LOGICAL pgoutput NOEXPORT_SNAPSHOT"
                ))
                .await
                .expect("a slot can be made");
            connection
                .start_replication(slot, &cluster.publication)
                .await
                .expect("the stream starts");
            connection
        })
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

    /// Switches the parameter on in the first cluster's group, and waits until all members and the running
    /// server have it.
    pub fn switch_on(&self) {
        self.set_parameter("1");
        eventually("the parameter", || {
            self.sql_value("SHOW rds.iam_auth_for_replication")
                .as_deref()
                == Some("on")
        });
        self.wait_for_members("in-sync");
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

    /// Switches IAM database authentication of the first cluster, at once or with the next
    /// maintenance window.
    pub fn set_iam_authentication(&self, enabled: bool, immediately: bool) {
        let identifier = self.cluster().identifier.clone();
        self.block_on(async {
            self.rds()
                .modify_db_cluster()
                .db_cluster_identifier(&identifier)
                .enable_iam_database_authentication(enabled)
                .apply_immediately(immediately)
                .send()
                .await
                .expect("the cluster can be modified");
        });
        if immediately {
            self.wait_for_cluster("the change of the IAM flag", |orders| {
                orders.iam_database_authentication_enabled() == Some(enabled)
            });
        }
    }

    /// Waits until the first cluster is available and something is so.
    #[track_caller]
    pub fn wait_for_cluster(&self, what: &str, holds: impl Fn(&DbCluster) -> bool) {
        let identifier = self.cluster().identifier.clone();
        eventually(what, || {
            let described = self.block_on(
                self.rds()
                    .describe_db_clusters()
                    .db_cluster_identifier(&identifier)
                    .send(),
            );
            let described = described.expect("clusters can be described");
            let cluster = &described.db_clusters()[0];
            cluster.status() == Some("available") && holds(cluster)
        });
    }

    /// Waits until the first cluster is available, and what each member says of its parameter group is
    /// this.
    #[track_caller]
    pub fn wait_for_members(&self, status: &str) {
        self.wait_for_cluster(&format!("{status} of all members"), |cluster| {
            cluster
                .db_cluster_members()
                .iter()
                .all(|member| member.db_cluster_parameter_group_status() == Some(status))
        });
    }

    /// Sends JSON to the control endpoint.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let endpoint = self.connection().control_endpoint.clone();
        self.block_on(client::control(&endpoint, method, path, body))
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// API calls by action since the start or the last [`StandIn::forget_calls`].
    pub fn calls(&self) -> BTreeMap<String, u64> {
        serde_json::from_value(self.control("GET", "/calls", &Value::Null))
            .expect("calls are counted by action")
    }

    /// Makes a role; its ARN.
    pub fn role(&self, role: &Value) -> String {
        let made = self.control("POST", "/roles", role);
        made["arn"].as_str().expect("a role has an ARN").to_owned()
    }

    /// The sessions of roles since the start, in order.
    pub fn sessions(&self) -> Vec<Value> {
        let sessions = self.control("GET", "/sessions", &Value::Null);
        sessions.as_array().cloned().unwrap_or_default()
    }

    /// A web identity token of a subject, good for so many seconds.
    pub fn web_identity_token(&self, subject: &str, seconds: i64) -> String {
        let request = serde_json::json!({"subject": subject, "seconds": seconds});
        let made = self.control("POST", "/web-identity-tokens", &request);
        made["token"].as_str().expect("a token is text").to_owned()
    }

    /// What came through the first cluster's gate since the start.
    pub fn traffic(&self) -> Traffic {
        self.traffic_of(&self.cluster().identifier)
    }

    /// What has come through the gate of a cluster.
    pub fn traffic_of(&self, cluster: &str) -> Traffic {
        let endpoint = &self.connection().control_endpoint;
        self.block_on(Traffic::of(endpoint, cluster))
            .unwrap_or_else(|error| panic!("{cluster}: {error}"))
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
