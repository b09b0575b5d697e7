//! DB clusters: describe, modify, reboot.

use std::time::Instant;

use super::{master_user_secret, only, pending_modified_values};
use crate::{
    api::{
        error::ApiError,
        form::{Filter, Form},
        page::Page,
        xml::Element,
    },
    model::{
        Kind, Publisher, SharedAccount,
        account::{Account, Modification, Transition},
    },
};

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
    let cluster = account.publisher_mut(identifier)?;
    let statuses: Vec<&'static str> = cluster
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
    let status = if reading {
        cluster.read_status()
    } else {
        cluster.shown_status()
    };
    let cluster = account.publisher(identifier)?;
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
        .map(|_| pending_modified_values(cluster));
    // Aurora's storage and class are those of its instances.
    let own_class = (cluster.kind == Kind::MultiAzCluster).then(|| cluster.kind.instance_class());
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
        .optional("ReaderEndpoint", cluster.reader_endpoint.as_ref())
        .member("MultiAZ", true)
        .member("Engine", cluster.kind.engine())
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
        .optional("DBClusterInstanceClass", own_class)
        .member("StorageType", cluster.kind.storage_type())
        .member("DeletionProtection", false)
        .member("HttpEndpointEnabled", false)
        .with_all(pending)
        .with(master_user_secret(account, cluster)))
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
        let clusters: Vec<&Publisher> = match form.get("DBClusterIdentifier") {
            Some(identifier) => vec![account.cluster(identifier)?],
            None => account.clusters().collect(),
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
        let page = Page::of(identifiers, form)?
            .try_map(|identifier| element(account, &identifier, true))?;
        Ok(page
            .into_elements("DBClusters", |element| element)
            .collect())
    })
}

fn passes(account: &Account, cluster: &Publisher, filter: &Filter) -> bool {
    filter
        .values
        .iter()
        .any(|value| match filter.name.as_str() {
            "db-cluster-id" => {
                value.eq_ignore_ascii_case(&cluster.identifier)
                    || *value == account.arn("cluster", &cluster.identifier)
            }
            "db-cluster-resource-id" => *value == cluster.resource_id,
            "engine" => value == cluster.kind.engine().as_str(),
            // No cluster here is a clone or in a domain.
            _ => false,
        })
}

/// ModifyDBCluster, of the IAM flag and the parameter group.
pub fn modify(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let identifier = form.required("DBClusterIdentifier")?;
    only(form, &MODIFIABLE)?;
    let modification = Modification {
        iam_database_authentication: form.boolean("EnableIAMDatabaseAuthentication")?,
        parameter_group: form.get("DBClusterParameterGroupName").map(str::to_owned),
        apply_immediately: form.boolean("ApplyImmediately")?.unwrap_or(false),
    };
    account.with(|account| {
        let identifier = account.modify_cluster(identifier, &modification, Instant::now())?;
        Ok(vec![element(account, &identifier, false)?])
    })
}

/// RebootDBCluster, of Multi-AZ DB clusters only.
pub fn reboot(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let identifier = form.required("DBClusterIdentifier")?;
    let identifier = account
        .with(|account| Ok::<_, ApiError>(account.cluster(identifier)?.identifier.clone()))?;
    // The reboot ends by itself.
    let _reboot = account.begin(&identifier, Transition::Reboot)?;
    account.with(|account| Ok(vec![element(account, &identifier, false)?]))
}
