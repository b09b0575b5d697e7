//! DB clusters: Aurora, and Multi-AZ DB clusters.

use aws_sdk_rds::types::DbCluster as Described;

use crate::aws::{Clients, Error, Scope, call::call};

/// The action that reads clusters.
const DESCRIBE: &str = "rds:DescribeDBClusters";
/// Records to a page: the most that AWS gives.
const PAGE: i32 = 100;

/// A DB cluster, with the members that matter here.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DbCluster {
    /// `DBClusterIdentifier`, in lower case.
    pub identifier: String,
    /// `DBClusterArn`.
    pub arn: String,
    /// `DbClusterResourceId`, as IAM policies name it.
    pub resource_id: String,
    /// `Status`, such as `available`.
    pub status: String,
    /// `Engine`.
    pub engine: String,
    /// `EngineVersion`.
    pub engine_version: String,
    /// The writer's endpoint.
    pub endpoint: Option<String>,
    /// The port of the endpoint.
    pub port: Option<u16>,
    /// `DatabaseName`.
    pub database_name: Option<String>,
    /// `MasterUsername`.
    pub master_username: Option<String>,
    /// The name of the DB cluster parameter group.
    pub parameter_group_name: String,
    /// The instances of the cluster.
    pub members: Vec<Member>,
    /// `IAMDatabaseAuthenticationEnabled`.
    pub iam_database_authentication_enabled: bool,
    /// The managed master secret.
    pub master_user_secret: Option<MasterUserSecret>,
}

/// An instance of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `DBInstanceIdentifier`.
    pub identifier: String,
    /// `IsClusterWriter`.
    pub is_writer: bool,
    /// `DBClusterParameterGroupStatus`, such as `in-sync`.
    pub parameter_group_status: String,
}

/// The secret that RDS manages for the master user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterUserSecret {
    /// `SecretArn`.
    pub arn: String,
    /// `SecretStatus`.
    pub status: String,
}

impl DbCluster {
    /// The Region in the cluster's ARN.
    pub fn region(&self) -> Option<&str> {
        self.arn.split(':').nth(3).filter(|region| !region.is_empty())
    }
}

/// The cluster as it was at most ten seconds ago; `None` when it is not there.
///
/// # Errors
/// When it cannot be read.
pub async fn find(
    clients: &Clients,
    scope: &Scope,
    identifier: &str,
) -> Result<Option<DbCluster>, Error> {
    clients.cache.find(clients, scope, identifier).await
}

/// The clusters that use a DB cluster parameter group. `None` when the caller may not list clusters.
///
/// # Errors
/// When they cannot be read for another reason.
pub async fn list_with_parameter_group(
    clients: &Clients,
    scope: &Scope,
    group: &str,
) -> Result<Option<Vec<DbCluster>>, Error> {
    match list(clients, scope).await {
        Ok(clusters) => Ok(Some(
            clusters
                .into_iter()
                .filter(|cluster| cluster.parameter_group_name.eq_ignore_ascii_case(group))
                .collect(),
        )),
        Err(error) if error.is_access_denied() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The cluster as it is now; `None` when it is not there.
pub(super) async fn describe(
    clients: &Clients,
    scope: &Scope,
    identifier: &str,
) -> Result<Option<DbCluster>, Error> {
    let client = clients.rds(scope).await?;
    let described = call(clients, scope, DESCRIBE, identifier, || {
        client
            .describe_db_clusters()
            .db_cluster_identifier(identifier)
            .send()
    })
    .await;
    match described {
        Ok(output) => Ok(output
            .db_clusters()
            .iter()
            .map(from_described)
            // An endpoint that ignores the identifier must not hand out another cluster.
            .find(|cluster| {
                cluster.identifier.eq_ignore_ascii_case(identifier)
                    || cluster.arn.eq_ignore_ascii_case(identifier)
            })),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// All clusters of the account in the Region, a hundred to a call.
pub(super) async fn list(clients: &Clients, scope: &Scope) -> Result<Vec<DbCluster>, Error> {
    let client = clients.rds(scope).await?;
    let mut clusters = Vec::new();
    let mut marker = None;
    loop {
        let output = call(clients, scope, DESCRIBE, "all clusters", || {
            client
                .describe_db_clusters()
                .max_records(PAGE)
                .set_marker(marker.clone())
                .send()
        })
        .await?;
        clusters.extend(output.db_clusters().iter().map(from_described));
        marker = output.marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        if marker.is_none() {
            return Ok(clusters);
        }
    }
}

fn from_described(described: &Described) -> DbCluster {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    DbCluster {
        identifier: text(described.db_cluster_identifier()),
        arn: text(described.db_cluster_arn()),
        resource_id: text(described.db_cluster_resource_id()),
        status: text(described.status()),
        engine: text(described.engine()),
        engine_version: text(described.engine_version()),
        endpoint: described.endpoint().map(str::to_owned),
        port: described.port().and_then(|port| u16::try_from(port).ok()),
        database_name: described.database_name().map(str::to_owned),
        master_username: described.master_username().map(str::to_owned),
        parameter_group_name: text(described.db_cluster_parameter_group()),
        members: described
            .db_cluster_members()
            .iter()
            .map(|member| Member {
                identifier: text(member.db_instance_identifier()),
                is_writer: member.is_cluster_writer().unwrap_or_default(),
                parameter_group_status: text(member.db_cluster_parameter_group_status()),
            })
            .collect(),
        iam_database_authentication_enabled: described
            .iam_database_authentication_enabled()
            .unwrap_or_default(),
        master_user_secret: described.master_user_secret().and_then(|secret| {
            Some(MasterUserSecret {
                arn: secret.secret_arn()?.to_owned(),
                status: text(secret.secret_status()),
            })
        }),
    }
}
