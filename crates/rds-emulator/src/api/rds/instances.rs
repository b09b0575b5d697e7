//! DB instances, members of clusters and those that stand alone: describe, modify, reboot.

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
        Publisher, SharedAccount,
        account::{Account, Modification},
        member::Member,
    },
};

/// Parameters of ModifyDBInstance that mean something here.
const MODIFIABLE: [&str; 6] = [
    "Action",
    "ApplyImmediately",
    "DBInstanceIdentifier",
    "DBParameterGroupName",
    "EnableIAMDatabaseAuthentication",
    "Version",
];

/// How an instance looks now. With `reading`, it counts as one of the early readings that still
/// show the status from before a change.
fn element(account: &mut Account, identifier: &str, reading: bool) -> Result<Element, ApiError> {
    let (publisher, place) = account.instance(identifier)?;
    if publisher.kind.is_cluster() {
        return Ok(member_element(
            account,
            publisher,
            &publisher.members[place],
        ));
    }
    let publisher = publisher.identifier.clone();
    let publisher = account.publisher_mut(&publisher)?;
    let member = &mut publisher.members[place];
    let (applied, status) = if reading {
        (
            member.read_parameter_group_status(),
            publisher.read_status(),
        )
    } else {
        (member.parameter_group_status(), publisher.shown_status())
    };
    let (publisher, place) = account.instance(identifier)?;
    let group = group_element(&publisher.parameter_group, applied);
    Ok(common(account, publisher, &publisher.members[place])
        .member("DBInstanceStatus", status.as_str())
        .with(Element::new("DBParameterGroups").with(group))
        .with(pending_modified_values(publisher))
        .member(
            "IAMDatabaseAuthenticationEnabled",
            publisher.iam_database_authentication(),
        )
        .with(master_user_secret(account, publisher)))
}

fn member_element(account: &Account, cluster: &Publisher, member: &Member) -> Element {
    // The cluster's parameters are in the cluster's group; this one is the instance's own.
    let group = group_element(&format!("default.{}", cluster.family), "in-sync");
    common(account, cluster, member)
        .member("DBInstanceStatus", member.status.as_str())
        .with(Element::new("DBParameterGroups").with(group))
        .with(Element::new("PendingModifiedValues"))
        .member("DBClusterIdentifier", &cluster.identifier)
        .member("PromotionTier", 1)
        // The cluster manages it; on its instances RDS always says no.
        .member("IAMDatabaseAuthenticationEnabled", false)
}

fn group_element(name: &str, status: &str) -> Element {
    Element::new("DBParameterGroup")
        .member("DBParameterGroupName", name)
        .member("ParameterApplyStatus", status)
}

/// What members and instances that stand alone have in common.
fn common(account: &Account, publisher: &Publisher, member: &Member) -> Element {
    let kind = publisher.kind;
    let endpoint = Element::new("Endpoint")
        .member("Address", publisher.member_address(member))
        .member("Port", publisher.port)
        .member("HostedZoneId", "Z29XKXDKYMONMX");
    Element::new("DBInstance")
        .member("DBInstanceIdentifier", &member.identifier)
        .member("DBInstanceClass", kind.instance_class())
        .member("Engine", kind.engine())
        .member("MasterUsername", &publisher.master_username)
        .member("DBName", &publisher.database)
        .with(endpoint)
        .member("AllocatedStorage", 1)
        .member("InstanceCreateTime", account.created)
        .member("MultiAZ", false)
        .member("EngineVersion", &publisher.engine_version)
        .member("PubliclyAccessible", false)
        .member("StorageType", kind.storage_type())
        .member("DbInstancePort", 0)
        .member("StorageEncrypted", false)
        .member("DbiResourceId", &member.resource_id)
        .member("DBInstanceArn", account.arn("db", &member.identifier))
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
        let instances: Vec<(&Publisher, &Member)> = match form.get("DBInstanceIdentifier") {
            Some(identifier) => {
                let (publisher, place) = account.instance(identifier)?;
                vec![(publisher, &publisher.members[place])]
            }
            None => account
                .publishers()
                .iter()
                .flat_map(|publisher| {
                    publisher
                        .members
                        .iter()
                        .map(move |member| (publisher, member))
                })
                .collect(),
        };
        let passing: Vec<String> = instances
            .into_iter()
            .filter(|(publisher, member)| {
                filters
                    .iter()
                    .all(|filter| passes(account, publisher, member, filter))
            })
            .map(|(_, member)| member.identifier.clone())
            .collect();
        let page =
            Page::of(passing, form)?.try_map(|identifier| element(account, &identifier, true))?;
        Ok(page
            .into_elements("DBInstances", |element| element)
            .collect())
    })
}

fn passes(account: &Account, publisher: &Publisher, member: &Member, filter: &Filter) -> bool {
    let names = |value: &str, resource_type: &str, identifier: &str| {
        value.eq_ignore_ascii_case(identifier) || value == account.arn(resource_type, identifier)
    };
    filter
        .values
        .iter()
        .any(|value| match filter.name.as_str() {
            "db-cluster-id" => {
                publisher.kind.is_cluster() && names(value, "cluster", &publisher.identifier)
            }
            "db-instance-id" => names(value, "db", &member.identifier),
            "dbi-resource-id" => *value == member.resource_id,
            "engine" => value == publisher.kind.engine().as_str(),
            // No instance here is in a domain.
            _ => false,
        })
}

/// ModifyDBInstance, of the IAM flag and the parameter group.
pub fn modify(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let identifier = form.required("DBInstanceIdentifier")?;
    only(form, &MODIFIABLE)?;
    let modification = Modification {
        iam_database_authentication: form.boolean("EnableIAMDatabaseAuthentication")?,
        parameter_group: form.get("DBParameterGroupName").map(str::to_owned),
        apply_immediately: form.boolean("ApplyImmediately")?.unwrap_or(false),
    };
    account.with(|account| {
        let identifier = account.modify_instance(identifier, &modification, Instant::now())?;
        Ok(vec![element(account, &identifier, false)?])
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
    account.with(|account| Ok(vec![element(account, identifier, false)?]))
}
