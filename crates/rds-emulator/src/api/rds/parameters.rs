//! The parameters of a parameter group: describe, modify, reset.

use std::time::Instant;

use crate::{
    api::{error::ApiError, form::Form, page::Page, xml::Element},
    model::{
        SharedAccount,
        account::Reset,
        catalog::{ApplyMethod, ParameterDefinition},
        parameter_group::{GroupKind, ParameterGroup, Source},
    },
};

fn element(group: &ParameterGroup, parameter: &ParameterDefinition) -> Element {
    Element::new("Parameter")
        .member("ParameterName", parameter.name)
        .optional("ParameterValue", group.value(parameter))
        .member("Description", parameter.description)
        .member("Source", group.source(parameter).as_str())
        .member("ApplyType", parameter.apply_type.as_str())
        .member("DataType", parameter.data_type)
        .optional("AllowedValues", parameter.allowed_values)
        .member("IsModifiable", parameter.is_modifiable)
        .member("ApplyMethod", group.apply_method(parameter).as_str())
        .with(Element::new("SupportedEngineModes").member("member", "provisioned"))
}

/// DescribeDBClusterParameters, DescribeDBParameters.
///
/// `Source` is applied to the pages after they are cut, so that a page can be short, even empty,
/// and still have a marker, as RDS warns; the filter `parameter-name` is applied before.
pub fn describe(
    account: &SharedAccount,
    kind: GroupKind,
    form: &Form,
) -> Result<Vec<Element>, ApiError> {
    let name = form.required(&format!("{kind}Name"))?;
    let source = match form.get("Source") {
        None => None,
        Some(text) => Some(Source::parse(text).ok_or_else(|| {
            ApiError::invalid_value(format!(
                "Invalid parameter source: {text}. Valid values: user, system, engine-default"
            ))
        })?),
    };
    let filters = form.filters(&["parameter-name"])?;
    account.with(|account| {
        let group = account.group(kind, name)?;
        let named = group.family.parameters().filter(|parameter| {
            filters.iter().all(|filter| {
                filter
                    .values
                    .iter()
                    .any(|value| value.eq_ignore_ascii_case(parameter.name))
            })
        });
        let mut page = Page::of(named, form)?;
        page.records
            .retain(|parameter| source.is_none_or(|source| group.source(parameter) == source));
        Ok(page
            .into_elements("Parameters", |parameter| element(group, parameter))
            .collect())
    })
}

/// ModifyDBClusterParameterGroup, ModifyDBParameterGroup.
pub fn modify(
    account: &SharedAccount,
    kind: GroupKind,
    form: &Form,
) -> Result<Vec<Element>, ApiError> {
    let group = form.required(&format!("{kind}Name"))?;
    let values = form
        .list("Parameters", "Parameter")
        .iter()
        .map(|entry| {
            let name = entry.required("ParameterName")?.to_owned();
            let value = entry
                .raw("ParameterValue")
                .ok_or_else(|| ApiError::missing("ParameterValue"))?;
            Ok((name, value.to_owned(), apply_method(entry)?))
        })
        .collect::<Result<Vec<_>, ApiError>>()?;
    let name =
        account.with(|account| account.modify_parameters(kind, group, &values, Instant::now()))?;
    Ok(vec![Element::text(format!("{kind}Name"), name)])
}

/// ResetDBClusterParameterGroup, ResetDBParameterGroup.
///
/// `ResetAllParameters` is true unless the request for a DB parameter group says otherwise, and
/// false unless the one for a DB cluster parameter group does.
pub fn reset(
    account: &SharedAccount,
    kind: GroupKind,
    form: &Form,
) -> Result<Vec<Element>, ApiError> {
    let group = form.required(&format!("{kind}Name"))?;
    let all = form
        .boolean("ResetAllParameters")?
        .unwrap_or(kind == GroupKind::Instance);
    let listed = form.list("Parameters", "Parameter");
    let reset = match (all, listed.is_empty()) {
        (true, true) => Reset::All,
        (false, false) => Reset::Listed(
            listed
                .iter()
                .map(|entry| {
                    Ok((
                        entry.required("ParameterName")?.to_owned(),
                        apply_method(entry)?,
                    ))
                })
                .collect::<Result<Vec<_>, ApiError>>()?,
        ),
        (true, false) => {
            return Err(ApiError::invalid_combination(
                "ResetAllParameters cannot be combined with a list of parameters.",
            ));
        }
        (false, true) => {
            return Err(ApiError::invalid_combination(
                "Either ResetAllParameters or a list of parameters must be given.",
            ));
        }
    };
    let name =
        account.with(|account| account.reset_parameters(kind, group, &reset, Instant::now()))?;
    Ok(vec![Element::text(format!("{kind}Name"), name)])
}

fn apply_method(entry: &Form) -> Result<ApplyMethod, ApiError> {
    let text = entry.required("ApplyMethod")?;
    ApplyMethod::parse(text).ok_or_else(|| {
        ApiError::invalid_value(format!(
            "Invalid apply method: {text}. Valid values: immediate, pending-reboot"
        ))
    })
}
