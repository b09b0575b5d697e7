//! DB cluster parameter groups and DB parameter groups: create, describe, delete.

use super::tags;
use crate::{
    api::{error::ApiError, form::Form, page::Page, xml::Element},
    model::{
        SharedAccount,
        account::Account,
        parameter_group::{GroupKind, ParameterGroup},
    },
};

fn element(account: &Account, group: &ParameterGroup) -> Element {
    let kind = group.kind;
    Element::new(kind.to_string())
        .with(Element::text(format!("{kind}Name"), &group.name))
        .member("DBParameterGroupFamily", group.family)
        .member("Description", &group.description)
        .with(Element::text(
            format!("{kind}Arn"),
            account.arn(kind.resource_type(), &group.name),
        ))
}

/// CreateDBClusterParameterGroup, CreateDBParameterGroup.
pub fn create(
    account: &SharedAccount,
    kind: GroupKind,
    form: &Form,
) -> Result<Vec<Element>, ApiError> {
    let name = form.required(&format!("{kind}Name"))?;
    let family = form.required("DBParameterGroupFamily")?;
    let description = form.required("Description")?;
    let tags = tags::given(form)?;
    account.with(|account| {
        let group = account
            .create_group(kind, name, family, description, tags)?
            .clone();
        Ok(vec![element(account, &group)])
    })
}

/// DescribeDBClusterParameterGroups, DescribeDBParameterGroups.
pub fn describe(
    account: &SharedAccount,
    kind: GroupKind,
    form: &Form,
) -> Result<Vec<Element>, ApiError> {
    form.filters(&[])?;
    account.with(|account| {
        let groups: Vec<&ParameterGroup> = match form.get(&format!("{kind}Name")) {
            Some(name) => vec![account.group(kind, name)?],
            None => account.groups(kind).collect(),
        };
        let page = Page::of(groups, form)?;
        Ok(page
            .into_elements(format!("{kind}s"), |group| element(account, group))
            .collect())
    })
}

/// DeleteDBClusterParameterGroup, DeleteDBParameterGroup.
pub fn delete(account: &SharedAccount, kind: GroupKind, form: &Form) -> Result<(), ApiError> {
    let name = form.required(&format!("{kind}Name"))?;
    Ok(account.with(|account| account.delete_group(kind, name))?)
}
