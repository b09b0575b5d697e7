//! The RDS API: one file per kind of thing, one function per action.

mod clusters;
mod engine_versions;
mod instances;
mod parameter_groups;
mod parameters;
mod tags;

use super::{error::ApiError, form::Form, xml::Element};
use crate::model::{Publisher, SharedAccount, account::Account, parameter_group::GroupKind};

/// The version of the RDS API.
pub const VERSION: &str = "2014-10-31";
/// The XML namespace of its answers.
pub const NAMESPACE: &str = "http://rds.amazonaws.com/doc/2014-10-31/";

/// The actions that [`call`] answers.
pub const ACTIONS: &[&str] = &[
    "CreateDBClusterParameterGroup",
    "CreateDBParameterGroup",
    "DeleteDBClusterParameterGroup",
    "DeleteDBParameterGroup",
    "DescribeDBClusterParameterGroups",
    "DescribeDBClusterParameters",
    "DescribeDBClusters",
    "DescribeDBEngineVersions",
    "DescribeDBInstances",
    "DescribeDBParameterGroups",
    "DescribeDBParameters",
    "ListTagsForResource",
    "ModifyDBCluster",
    "ModifyDBClusterParameterGroup",
    "ModifyDBInstance",
    "ModifyDBParameterGroup",
    "RebootDBCluster",
    "RebootDBInstance",
    "ResetDBClusterParameterGroup",
    "ResetDBParameterGroup",
];

/// Answers an action: the `Result` element, unless the action has none.
///
/// # Errors
/// With the code and text of the refusal.
pub fn call(
    account: &SharedAccount,
    action: &str,
    form: &Form,
) -> Result<Option<Element>, ApiError> {
    let version = form.get("Version").unwrap_or_default();
    if version != VERSION {
        return Err(ApiError::unknown_action(action, version));
    }
    // Both kinds of parameter groups have the same actions; the names tell which is meant.
    let groups = if action.contains("DBCluster") {
        GroupKind::Cluster
    } else {
        GroupKind::Instance
    };
    let members = match action {
        "CreateDBClusterParameterGroup" | "CreateDBParameterGroup" => {
            parameter_groups::create(account, groups, form)?
        }
        "DeleteDBClusterParameterGroup" | "DeleteDBParameterGroup" => {
            parameter_groups::delete(account, groups, form)?;
            return Ok(None);
        }
        "DescribeDBClusterParameterGroups" | "DescribeDBParameterGroups" => {
            parameter_groups::describe(account, groups, form)?
        }
        "DescribeDBClusterParameters" | "DescribeDBParameters" => {
            parameters::describe(account, groups, form)?
        }
        "DescribeDBClusters" => clusters::describe(account, form)?,
        "DescribeDBEngineVersions" => engine_versions::describe(account, form)?,
        "DescribeDBInstances" => instances::describe(account, form)?,
        "ListTagsForResource" => tags::list(account, form)?,
        "ModifyDBCluster" => clusters::modify(account, form)?,
        "ModifyDBClusterParameterGroup" | "ModifyDBParameterGroup" => {
            parameters::modify(account, groups, form)?
        }
        "ModifyDBInstance" => instances::modify(account, form)?,
        "RebootDBCluster" => clusters::reboot(account, form)?,
        "RebootDBInstance" => instances::reboot(account, form)?,
        "ResetDBClusterParameterGroup" | "ResetDBParameterGroup" => {
            parameters::reset(account, groups, form)?
        }
        _ => return Err(ApiError::unknown_action(action, version)),
    };
    Ok(Some(
        Element::new(format!("{action}Result")).with_all(members),
    ))
}

/// Refuses a request with parameters that mean nothing here, rather than to forget them.
fn only(form: &Form, modifiable: &[&str]) -> Result<(), ApiError> {
    match form.names().find(|name| !modifiable.contains(name)) {
        Some(name) => Err(ApiError::invalid_combination(format!(
            "{name} cannot be modified in this stand-in for RDS."
        ))),
        None => Ok(()),
    }
}

/// What waits for the maintenance window.
fn pending_modified_values(publisher: &Publisher) -> Element {
    Element::new("PendingModifiedValues").optional(
        "IAMDatabaseAuthenticationEnabled",
        publisher.pending_iam_database_authentication(),
    )
}

/// Where the master user's password is.
fn master_user_secret(account: &Account, publisher: &Publisher) -> Element {
    Element::new("MasterUserSecret")
        .member("SecretArn", &publisher.master_secret.arn)
        .member("SecretStatus", "active")
        .member(
            "KmsKeyId",
            format!(
                "arn:aws:kms:{}:{}:alias/aws/secretsmanager",
                account.region, account.id
            ),
        )
}
