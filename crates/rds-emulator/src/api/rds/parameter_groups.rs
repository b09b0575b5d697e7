//! DB cluster parameter groups: create, describe, delete.

use crate::{
    api::{error::ApiError, form::Form, page::Page, xml::Element},
    model::{SharedAccount, account::Account, parameter_group::ParameterGroup},
};

fn element(account: &Account, group: &ParameterGroup) -> Element {
    Element::new("DBClusterParameterGroup")
        .member("DBClusterParameterGroupName", &group.name)
        .member("DBParameterGroupFamily", group.family)
        .member("Description", &group.description)
        .member(
            "DBClusterParameterGroupArn",
            account.arn("cluster-pg", &group.name),
        )
}

/// CreateDBClusterParameterGroup. Tags are taken and forgotten.
pub fn create(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let name = form.required("DBClusterParameterGroupName")?;
    let family = form.required("DBParameterGroupFamily")?;
    let description = form.required("Description")?;
    account.with(|account| {
        let group = account.create_group(name, family, description)?.clone();
        Ok(vec![element(account, &group)])
    })
}

/// DescribeDBClusterParameterGroups.
pub fn describe(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    form.filters(&[])?;
    account.with(|account| {
        let groups: Vec<&ParameterGroup> = match form.get("DBClusterParameterGroupName") {
            Some(name) => vec![account.group(name)?],
            None => account.groups().collect(),
        };
        let page = Page::of(groups, form)?;
        Ok(page
            .into_elements("DBClusterParameterGroups", |group| element(account, group))
            .collect())
    })
}

/// DeleteDBClusterParameterGroup.
pub fn delete(account: &SharedAccount, form: &Form) -> Result<(), ApiError> {
    let name = form.required("DBClusterParameterGroupName")?;
    Ok(account.with(|account| account.delete_group(name))?)
}
