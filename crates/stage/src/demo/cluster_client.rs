//! A client of the demo's cluster: logins, rows, and what other people do there.

use std::{
    fmt,
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_rds::{
    auth_token::{self, AuthTokenGenerator},
    types::ApplyMethod,
};
use aws_smithy_async::time::SystemTimeSource;
use rds_emulator::{
    Cluster, ConnectionFile,
    client::{self, Connection, Row},
};
use xtask::failure::{Context, Failure};

use crate::demo::snapshot::Snapshot;

/// How long an inserted row may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// The stand-in, seen from its users' side and from behind their backs.
pub struct ClusterClient {
    connection: ConnectionFile,
    cluster: Cluster,
    sdk: SdkConfig,
    rds: aws_sdk_rds::Client,
}

/// With what a user logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The password that the user has.
    Password,
    /// An IAM token, signed for this login.
    Token,
}

/// What a connection is for. Each has rules of its own for who must show a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To run SQL.
    Sql,
    /// To stream.
    Replication,
}

/// How a login ended.
pub enum Login {
    /// With a stream that brought a row inserted meanwhile.
    Streamed {
        /// The row as text.
        row: String,
    },
    /// With an error of the server.
    Refused {
        /// The message with its SQLSTATE.
        error: String,
    },
}

/// A parameter of the cluster's group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value, unless it has none.
    pub value: Option<String>,
    /// Who has set it: `user`, `system` or `engine-default`.
    pub source: Option<String>,
}

impl Parameter {
    /// Whether it has the value that it has where nobody sets it.
    pub fn is_default(&self) -> bool {
        self.value.as_deref().is_none_or(|value| value == "0")
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, &self.source) {
            (Some(value), Some(source)) => write!(f, "{value} ({source})"),
            (Some(value), None) => write!(f, "{value}"),
            (None, Some(source)) => write!(f, "unset ({source})"),
            (None, None) => write!(f, "unset"),
        }
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "password",
            Self::Token => "fresh IAM token",
        })
    }
}

impl ClusterClient {
    /// A client of a cluster.
    pub fn new(connection: ConnectionFile, cluster: Cluster) -> Self {
        let keys = Credentials::new(
            &connection.access_key_id,
            &connection.secret_access_key,
            None,
            None,
            "stand-in",
        );
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(connection.region.clone()))
            .endpoint_url(&connection.api_endpoint)
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .time_source(SystemTimeSource::new())
            .build();
        let rds = aws_sdk_rds::Client::new(&sdk);
        Self {
            connection,
            cluster,
            sdk,
            rds,
        }
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Runs SQL as the superuser, past the gate; the rows as text.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn sql(&self, text: &str) -> Result<Vec<Row>, Failure> {
        client::sql(&self.cluster.superuser_url, text)
            .await
            .context(text)
    }

    /// Runs SQL as the master user, as who has granted can revoke, on 16 and later nobody else.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn sql_as_master(&self, text: &str) -> Result<(), Failure> {
        let master = &self.cluster.master_username;
        self.sql(&format!("SET ROLE {master}; {text}")).await?;
        Ok(())
    }

    /// Makes a login who may replicate, with the replication user's password.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn create_replication_user(&self, name: &str) -> Result<(), Failure> {
        let password = self.cluster.replication_password.replace('\'', "''");
        self.sql(&format!(
            "CREATE ROLE {name} LOGIN PASSWORD '{password}'; GRANT rds_replication TO {name}"
        ))
        .await?;
        Ok(())
    }

    /// Whether a user is a direct member of a role.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn is_member(&self, user: &str, role: &str) -> Result<bool, Failure> {
        let rows = self
            .sql(&format!(
                "SELECT 1 FROM pg_auth_members \
                 WHERE pg_get_userbyid(member) = '{user}' AND pg_get_userbyid(roleid) = '{role}'"
            ))
            .await?;
        Ok(!rows.is_empty())
    }

    /// Sets a parameter in the cluster's group, through the RDS API.
    ///
    /// # Errors
    /// With the API's error.
    pub async fn set_parameter(&self, name: &str, value: &str) -> Result<(), Failure> {
        let parameter = aws_sdk_rds::types::Parameter::builder()
            .parameter_name(name)
            .parameter_value(value)
            .apply_method(ApplyMethod::Immediate)
            .build();
        self.rds
            .modify_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(&self.cluster.parameter_group)
            .parameters(parameter)
            .send()
            .await
            .context("ModifyDBClusterParameterGroup")?;
        Ok(())
    }

    /// A parameter of the cluster's group.
    ///
    /// # Errors
    /// With the API's error, or when the group does not have it.
    pub async fn parameter(&self, name: &str) -> Result<Parameter, Failure> {
        self.parameters()
            .await?
            .into_iter()
            .find(|parameter| parameter.name == name)
            .ok_or_else(|| Failure::new(format!("the parameter group does not have {name}")))
    }

    /// All parameters of the cluster's group, through the RDS API.
    async fn parameters(&self) -> Result<Vec<Parameter>, Failure> {
        let parameters = self
            .rds
            .describe_db_cluster_parameters()
            .db_cluster_parameter_group_name(&self.cluster.parameter_group)
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .context("DescribeDBClusterParameters")?;
        let text = |text: Option<&str>| text.map(str::to_owned);
        Ok(parameters
            .iter()
            .map(|parameter| Parameter {
                name: parameter.parameter_name().unwrap_or_default().to_owned(),
                value: text(parameter.parameter_value()),
                source: text(parameter.source()),
            })
            .collect())
    }

    /// Logs a user in for replication, as any consumer would, and waits for a row that is inserted
    /// meanwhile.
    ///
    /// # Errors
    /// When something else goes wrong than the login.
    pub async fn replicate(&self, user: &str, credential: Credential) -> Result<Login, Failure> {
        let password = match credential {
            Credential::Password => self.cluster.replication_password.clone(),
            Credential::Token => self.token(user).await?,
        };
        let cluster = &self.cluster;
        let opened = Connection::open(cluster, &self.connection.ca_file, user, &password).await;
        let mut connection = match opened {
            Ok(connection) => connection,
            Err(error @ client::Error::Server { .. }) => {
                return Ok(Login::Refused {
                    error: error.to_string(),
                });
            }
            Err(error) => return Err(error).context("the replication connection"),
        };
        let slot = format!("demo_{}", std::process::id());
        let create_slot =
            format!("CREATE_REPLICATION_SLOT {slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT");
        connection
            .execute(&create_slot)
            .await
            .context(&create_slot)?;
        connection
            .start_replication(&slot, &cluster.publication)
            .await
            .context("START_REPLICATION")?;
        self.sql(&format!(
            "INSERT INTO public.orders (item) VALUES ('for {user} by {credential}')"
        ))
        .await?;
        let row = tokio::time::timeout(ARRIVAL, connection.next_insert())
            .await
            .context("waiting for the row")?
            .context("the stream")?;
        connection.close().await.context("ending the stream")?;
        Ok(Login::Streamed {
            row: row.join(", "),
        })
    }

    /// Logs a user in with a fresh token.
    ///
    /// # Errors
    /// When the login is refused.
    pub async fn open(&self, user: &str, purpose: Purpose) -> Result<Connection, Failure> {
        let token = self.token(user).await?;
        let (cluster, ca_file) = (&self.cluster, &self.connection.ca_file);
        let opened = match purpose {
            Purpose::Sql => Connection::open_for_sql(cluster, ca_file, user, &token).await,
            Purpose::Replication => Connection::open(cluster, ca_file, user, &token).await,
        };
        opened.context(&format!("{user} with a fresh IAM token"))
    }

    /// Drops a slot, as soon as nobody uses it.
    ///
    /// # Errors
    /// When it stays in use, or is not there.
    pub async fn drop_slot(&self, name: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + ARRIVAL;
        let in_use =
            format!("SELECT 1 FROM pg_replication_slots WHERE slot_name = '{name}' AND active");
        while !self.sql(&in_use).await?.is_empty() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let drop = format!("SELECT pg_drop_replication_slot('{name}')");
        self.sql(&drop).await?;
        Ok(())
    }

    /// A fresh token, as `aws rds generate-db-auth-token` makes it.
    async fn token(&self, user: &str) -> Result<String, Failure> {
        let boxed = |error: aws_sdk_rds::error::BoxError| Failure::new(error.to_string());
        let config = auth_token::Config::builder()
            .hostname(&self.cluster.host)
            .port(self.cluster.port.into())
            .username(user)
            .build()
            .map_err(boxed)?;
        let token = AuthTokenGenerator::new(config)
            .auth_token(&self.sdk)
            .await
            .map_err(boxed)?;
        Ok(token.as_str().to_owned())
    }

    /// Everything that the demo must leave as it was.
    ///
    /// # Errors
    /// With the server's or the API's error.
    pub async fn snapshot(&self) -> Result<Snapshot, Failure> {
        let mut snapshot = Snapshot::default();
        for parameter in self.parameters().await? {
            snapshot.insert(
                format!("parameter {}", parameter.name),
                parameter.to_string(),
            );
        }
        for query in SNAPSHOT_QUERIES {
            for row in self.sql(query).await? {
                let mut fields = row.into_iter().map(Option::unwrap_or_default);
                let name = fields.next().unwrap_or_default();
                snapshot.insert(name, fields.collect::<Vec<_>>().join(" "));
            }
        }
        Ok(snapshot)
    }
}

/// Facts of the database: a name, then what is to stay.
const SNAPSHOT_QUERIES: [&str; 5] = [
    "SELECT 'role ' || r.rolname, to_jsonb(r) - 'oid', shobj_description(r.oid, 'pg_authid') FROM pg_authid r",
    "SELECT 'membership of ' || pg_get_userbyid(member) || ' in ' || pg_get_userbyid(roleid) \
     || ' by ' || pg_get_userbyid(grantor), to_jsonb(m) - 'oid' FROM pg_auth_members m",
    "SELECT 'publication ' || pubname, to_jsonb(p) FROM pg_publication p",
    "SELECT 'slot ' || slot_name, plugin FROM pg_replication_slots WHERE NOT temporary",
    "SELECT 'right to ' || a.privilege_type || ' ' || c.oid::regclass || ' of ' || pg_get_userbyid(a.grantee), a.is_grantable \
     FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a \
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
];
