//! DB clusters: describe, modify.

use std::time::Instant;

use crate::{
    api::{
        error::ApiError,
        form::{Filter, Form},
        page::Page,
        xml::Element,
    },
    model::{
        SharedAccount,
        account::{Account, ClusterChange},
        cluster::Cluster,
    },
};

/// The only engine here.
pub const ENGINE: &str = "aurora-postgresql";
/// Parameters of ModifyDBCluster that mean something here.
const MODIFIABLE: [&str; 6] = [
    "Action",
    "ApplyImmediately",
    "DBClusterIdentifier",
    "DBClusterParameterGroupName",
    "EnableIAMDatabaseAuthentication",
    "Version",
];

/// How a cluster looks now. With `reading`, it counts as one of the early readings that still
/// show the status from before a change.
fn element(account: &mut Account, identifier: &str, reading: bool) -> Result<Element, ApiError> {
    let statuses: Vec<&'static str> = account
        .cluster_mut(identifier)?
        .members
        .iter_mut()
        .map(|member| {
            if reading {
                member.read_parameter_group_status()
            } else {
                member.parameter_group_status()
            }
        })
        .collect();
    let status = {
        let cluster = account.cluster_mut(identifier)?;
        if reading {
            cluster.read_status()
        } else {
            cluster.shown_status()
        }
    };
    let cluster = account.cluster(identifier)?;
    let members = cluster
        .members
        .iter()
        .zip(statuses)
        .map(|(member, status)| {
            Element::new("DBClusterMember")
                .member("DBInstanceIdentifier", &member.identifier)
                .member("IsClusterWriter", member.is_writer)
                .member("DBClusterParameterGroupStatus", status)
                .member("PromotionTier", 1)
        });
    let pending = cluster
        .pending_iam_database_authentication()
        .map(|enabled| {
            Element::new("PendingModifiedValues")
                .member("IAMDatabaseAuthenticationEnabled", enabled)
        });
    let secret = Element::new("MasterUserSecret")
        .member("SecretArn", &cluster.master_secret.arn)
        .member("SecretStatus", "active")
        .member(
            "KmsKeyId",
            format!(
                "arn:aws:kms:{}:{}:alias/aws/secretsmanager",
                account.region, account.id
            ),
        );
    let zones = ["a", "b", "c"]
        .map(|zone| Element::text("AvailabilityZone", format!("{}{zone}", account.region)));
    Ok(Element::new("DBCluster")
        .member("AllocatedStorage", 1)
        .with(Element::new("AvailabilityZones").with_all(zones))
        .member("BackupRetentionPeriod", 1)
        .member("DatabaseName", &cluster.database)
        .member("DBClusterIdentifier", &cluster.identifier)
        .member("DBClusterParameterGroup", &cluster.parameter_group)
        .member("DBSubnetGroup", "default")
        .member("Status", status.as_str())
        .member("Endpoint", &cluster.endpoint)
        .member("ReaderEndpoint", &cluster.reader_endpoint)
        .member("MultiAZ", true)
        .member("Engine", ENGINE)
        .member("EngineVersion", &cluster.engine_version)
        .member("Port", cluster.port)
        .member("MasterUsername", &cluster.master_username)
        .with(Element::new("DBClusterMembers").with_all(members))
        .member("StorageEncrypted", false)
        .member("DbClusterResourceId", &cluster.resource_id)
        .member("DBClusterArn", account.arn("cluster", &cluster.identifier))
        .member(
            "IAMDatabaseAuthenticationEnabled",
            cluster.iam_database_authentication(),
        )
        .member("ClusterCreateTime", account.created)
        .member("EngineMode", "provisioned")
        .member("DeletionProtection", false)
        .member("HttpEndpointEnabled", false)
        .with_all(pending)
        .with(secret))
}

/// DescribeDBClusters.
pub fn describe(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let filters = form.filters(&[
        "clone-group-id",
        "db-cluster-id",
        "db-cluster-resource-id",
        "domain",
        "engine",
    ])?;
    account.with(|account| {
        let clusters: Vec<&Cluster> = match form.get("DBClusterIdentifier") {
            Some(identifier) => vec![account.cluster(identifier)?],
            None => account.clusters().iter().collect(),
        };
        let identifiers: Vec<String> = clusters
            .into_iter()
            .filter(|cluster| {
                filters
                    .iter()
                    .all(|filter| passes(account, cluster, filter))
            })
            .map(|cluster| cluster.identifier.clone())
            .collect();
        let page = Page::of(identifiers, form)?;
        let elements = page
            .records
            .iter()
            .map(|identifier| element(account, identifier, true))
            .collect::<Result<Vec<_>, ApiError>>()?;
        let page = Page {
            records: elements,
            marker: page.marker,
        };
        Ok(page
            .into_elements("DBClusters", |element| element)
            .collect())
    })
}

fn passes(account: &Account, cluster: &Cluster, filter: &Filter) -> bool {
    filter
        .values
        .iter()
        .any(|value| match filter.name.as_str() {
            "db-cluster-id" => {
                value.eq_ignore_ascii_case(&cluster.identifier)
                    || *value == account.arn("cluster", &cluster.identifier)
            }
            "db-cluster-resource-id" => *value == cluster.resource_id,
            "engine" => value == ENGINE,
            // No cluster here is a clone or in a domain.
            _ => false,
        })
}

/// ModifyDBCluster, of the IAM flag and the parameter group.
pub fn modify(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let identifier = form.required("DBClusterIdentifier")?;
    if let Some(name) = form.names().find(|name| !MODIFIABLE.contains(name)) {
        return Err(ApiError::invalid_combination(format!(
            "{name} cannot be modified in this stand-in for RDS."
        )));
    }
    let change = ClusterChange {
        iam_database_authentication: form.boolean("EnableIAMDatabaseAuthentication")?,
        parameter_group: form.get("DBClusterParameterGroupName").map(str::to_owned),
        apply_immediately: form.boolean("ApplyImmediately")?.unwrap_or(false),
    };
    account.with(|account| {
        let identifier = account.modify_cluster(identifier, &change, Instant::now())?;
        Ok(vec![element(account, &identifier, false)?])
    })
}
