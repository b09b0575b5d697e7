//! The RDS API: one file per kind of thing, one function per action.

mod clusters;
mod engine_versions;
mod instances;
mod parameter_groups;
mod parameters;

use super::{error::ApiError, form::Form, xml::Element};
use crate::model::SharedAccount;

/// The version of the RDS API.
pub const VERSION: &str = "2014-10-31";
/// The XML namespace of its answers.
pub const NAMESPACE: &str = "http://rds.amazonaws.com/doc/2014-10-31/";

/// The actions that [`call`] answers.
pub const ACTIONS: &[&str] = &[
    "CreateDBClusterParameterGroup",
    "DeleteDBClusterParameterGroup",
    "DescribeDBClusterParameterGroups",
    "DescribeDBClusterParameters",
    "DescribeDBClusters",
    "DescribeDBEngineVersions",
    "DescribeDBInstances",
    "ModifyDBCluster",
    "ModifyDBClusterParameterGroup",
    "RebootDBInstance",
    "ResetDBClusterParameterGroup",
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
    let members = match action {
        "CreateDBClusterParameterGroup" => parameter_groups::create(account, form)?,
        "DeleteDBClusterParameterGroup" => {
            parameter_groups::delete(account, form)?;
            return Ok(None);
        }
        "DescribeDBClusterParameterGroups" => parameter_groups::describe(account, form)?,
        "DescribeDBClusterParameters" => parameters::describe(account, form)?,
        "DescribeDBClusters" => clusters::describe(account, form)?,
        "DescribeDBEngineVersions" => engine_versions::describe(account, form)?,
        "DescribeDBInstances" => instances::describe(account, form)?,
        "ModifyDBCluster" => clusters::modify(account, form)?,
        "ModifyDBClusterParameterGroup" => parameters::modify(account, form)?,
        "RebootDBInstance" => instances::reboot(account, form)?,
        "ResetDBClusterParameterGroup" => parameters::reset(account, form)?,
        _ => return Err(ApiError::unknown_action(action, version)),
    };
    Ok(Some(
        Element::new(format!("{action}Result")).with_all(members),
    ))
}
