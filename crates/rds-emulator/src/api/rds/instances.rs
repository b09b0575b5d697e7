//! DB instances: describe, reboot.

use super::clusters::ENGINE;
use crate::{
    api::{
        error::ApiError,
        form::{Filter, Form},
        page::Page,
        xml::Element,
    },
    model::{
        SharedAccount,
        account::Account,
        cluster::{Cluster, Member},
    },
};

fn element(account: &Account, cluster: &Cluster, member: &Member) -> Element {
    let domain = cluster
        .endpoint
        .split_once(".cluster-")
        .map_or("", |(_, domain)| domain);
    let endpoint = Element::new("Endpoint")
        .member("Address", format!("{}.{domain}", member.identifier))
        .member("Port", cluster.port)
        .member("HostedZoneId", "Z29XKXDKYMONMX");
    // The cluster's parameters are in the cluster's group; this one is the instance's own.
    let group = Element::new("DBParameterGroup")
        .member(
            "DBParameterGroupName",
            format!("default.{}", cluster.family),
        )
        .member("ParameterApplyStatus", "in-sync");
    Element::new("DBInstance")
        .member("DBInstanceIdentifier", &member.identifier)
        .member("DBInstanceClass", "db.r6g.large")
        .member("Engine", ENGINE)
        .member("DBInstanceStatus", member.status.as_str())
        .member("MasterUsername", &cluster.master_username)
        .member("DBName", &cluster.database)
        .with(endpoint)
        .member("AllocatedStorage", 1)
        .member("InstanceCreateTime", account.created)
        .with(Element::new("DBParameterGroups").with(group))
        .with(Element::new("PendingModifiedValues"))
        .member("MultiAZ", false)
        .member("EngineVersion", &cluster.engine_version)
        .member("PubliclyAccessible", false)
        .member("StorageType", "aurora")
        .member("DbInstancePort", 0)
        .member("DBClusterIdentifier", &cluster.identifier)
        .member("StorageEncrypted", false)
        .member("DbiResourceId", &member.resource_id)
        .member("PromotionTier", 1)
        .member("DBInstanceArn", account.arn("db", &member.identifier))
        // The cluster manages it; on its instances RDS always says no.
        .member("IAMDatabaseAuthenticationEnabled", false)
        .member("DeletionProtection", false)
}

/// DescribeDBInstances.
pub fn describe(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let filters = form.filters(&[
        "db-cluster-id",
        "db-instance-id",
        "dbi-resource-id",
        "domain",
        "engine",
    ])?;
    account.with(|account| {
        let instances: Vec<(&Cluster, &Member)> = match form.get("DBInstanceIdentifier") {
            Some(identifier) => {
                let (cluster, place) = account.instance(identifier)?;
                vec![(cluster, &cluster.members[place])]
            }
            None => account
                .clusters()
                .iter()
                .flat_map(|cluster| cluster.members.iter().map(move |member| (cluster, member)))
                .collect(),
        };
        let passing = instances.into_iter().filter(|(cluster, member)| {
            filters
                .iter()
                .all(|filter| passes(account, cluster, member, filter))
        });
        let page = Page::of(passing, form)?;
        Ok(page
            .into_elements("DBInstances", |(cluster, member)| {
                element(account, cluster, member)
            })
            .collect())
    })
}

fn passes(account: &Account, cluster: &Cluster, member: &Member, filter: &Filter) -> bool {
    let names = |value: &str, resource_type: &str, identifier: &str| {
        value.eq_ignore_ascii_case(identifier) || value == account.arn(resource_type, identifier)
    };
    filter
        .values
        .iter()
        .any(|value| match filter.name.as_str() {
            "db-cluster-id" => names(value, "cluster", &cluster.identifier),
            "db-instance-id" => names(value, "db", &member.identifier),
            "dbi-resource-id" => *value == member.resource_id,
            "engine" => value == ENGINE,
            // No instance here is in a domain.
            _ => false,
        })
}

/// RebootDBInstance.
pub fn reboot(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let identifier = form.required("DBInstanceIdentifier")?;
    if form.boolean("ForceFailover")? == Some(true) {
        return Err(ApiError::invalid_combination(
            "ForceFailover cannot be specified since the instance is not configured for MultiAZ",
        ));
    }
    // The reboot ends by itself.
    let _reboot = account.reboot_instance(identifier)?;
    account.with(|account| {
        let (cluster, place) = account.instance(identifier)?;
        Ok(vec![element(account, cluster, &cluster.members[place])])
    })
}
