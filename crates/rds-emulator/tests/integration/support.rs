//! A running stand-in with the clients of the tests.

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_rds::{
    auth_token::{AuthTokenGenerator, Config},
    config::{BehaviorVersion, Region, SharedAsyncSleep, retry::RetryConfig},
    types::{ApplyMethod, Parameter},
};
use rds_emulator::{
    Cluster, ConnectionFile, Emulator, Options,
    client::{self, AuthRequest, Connection},
    relay::Relay,
};
use serde_json::Value;

pub const PARAMETER: &str = "rds.iam_auth_for_replication";

/// A stand-in with one cluster, `orders`.
pub struct StandIn {
    emulator: Emulator,
    pub rds: aws_sdk_rds::Client,
}

impl StandIn {
    pub async fn start(postgres: u16) -> Self {
        Self::with_options(Options {
            postgres,
            ..Options::default()
        })
        .await
    }

    pub async fn with_options(options: Options) -> Self {
        let emulator = Emulator::start(options).await.expect("it starts");
        let rds = rds(emulator.connection());
        Self { emulator, rds }
    }

    pub async fn stop(self) {
        self.emulator.stop().await;
    }

    pub fn connection(&self) -> &ConnectionFile {
        self.emulator.connection()
    }

    pub fn cluster(&self) -> &Cluster {
        &self.connection().clusters[0]
    }

    /// Runs statements as the superuser, past the gate; the single text of the last row.
    pub async fn sql(&self, text: &str) -> Option<String> {
        sql(&self.cluster().superuser_url, text).await
    }

    pub async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        client::control(&self.connection().control_endpoint, method, path, &body)
            .await
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sets a parameter and waits until the server shows it.
    pub async fn set_parameter(&self, value: &str) {
        self.modify(PARAMETER, value, ApplyMethod::Immediate)
            .await
            .expect("it can be set");
        let wanted = if value == "1" { "on" } else { "off" };
        let show = format!("SHOW {PARAMETER}");
        eventually("the parameter", async || {
            self.sql(&show).await.as_deref() == Some(wanted)
        })
        .await;
    }

    pub async fn modify(
        &self,
        name: &str,
        value: &str,
        method: ApplyMethod,
    ) -> Result<(), aws_sdk_rds::Error> {
        let parameter = Parameter::builder()
            .parameter_name(name)
            .parameter_value(value)
            .apply_method(method)
            .build();
        self.rds
            .modify_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(&self.cluster().parameter_group)
            .parameters(parameter)
            .send()
            .await?;
        Ok(())
    }

    pub async fn set_iam_database_authentication(&self, enabled: bool) {
        self.rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .enable_iam_database_authentication(enabled)
            .apply_immediately(true)
            .send()
            .await
            .expect("it can be set");
        eventually("the flag", async || {
            let clusters = self.rds.describe_db_clusters().send().await;
            let clusters = clusters.expect("they can be described");
            let cluster = &clusters.db_clusters()[0];
            cluster.iam_database_authentication_enabled() == Some(enabled)
                && cluster.status() == Some("available")
        })
        .await;
    }

    /// A network in front of a cluster's gate.
    pub async fn relay(&self, identifier: &str) -> Relay {
        self.emulator
            .relay(identifier)
            .await
            .expect("a port is free")
    }

    pub async fn probe(&self, user: &str, replication: bool) -> AuthRequest {
        client::probe(
            self.cluster(),
            &self.connection().ca_file,
            user,
            replication,
        )
        .await
        .expect("the gate answers")
    }

    pub async fn open(&self, user: &str, password: &str) -> Result<Connection, client::Error> {
        Connection::open(self.cluster(), &self.connection().ca_file, user, password).await
    }

    /// A token, made by the AWS SDK.
    pub async fn token(&self, user: &str) -> String {
        self.token_for(self.cluster(), user).await
    }

    /// A token for the endpoint of a given cluster or instance.
    pub async fn token_for(&self, cluster: &Cluster, user: &str) -> String {
        let connection = self.connection();
        let keys = Credentials::new(
            &connection.access_key_id,
            &connection.secret_access_key,
            None,
            None,
            "test",
        );
        let config = Config::builder()
            .hostname(&cluster.host)
            .port(cluster.port.into())
            .username(user)
            .region(Region::new(connection.region.clone()))
            .credentials(SharedCredentialsProvider::new(keys))
            .build()
            .expect("the configuration is complete");
        let sdk = aws_types::SdkConfig::builder()
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .build();
        AuthTokenGenerator::new(config)
            .auth_token(&sdk)
            .await
            .expect("a token can be signed")
            .to_string()
    }
}

/// A client of the RDS API that tries everything once.
pub fn rds(connection: &ConnectionFile) -> aws_sdk_rds::Client {
    aws_sdk_rds::Client::from_conf(
        aws_sdk_rds::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(connection.region.clone()))
            .endpoint_url(&connection.api_endpoint)
            .retry_config(RetryConfig::disabled())
            .sleep_impl(SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
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

/// Runs statements at a libpq URI; the single text of the last row.
pub async fn sql(url: &str, text: &str) -> Option<String> {
    let rows = client::sql(url, text).await;
    let mut rows = rows.unwrap_or_else(|error| panic!("{text}: {error:?}"));
    rows.pop()?.into_iter().next()?
}

/// Waits until something is so, for at most half a minute.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let start = std::time::Instant::now();
    while !holds().await {
        assert!(start.elapsed().as_secs() < 30, "{what} did not come");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
