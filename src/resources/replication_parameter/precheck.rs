//! The check of what AWS demands, before the parameter is switched on.

use tfplugin::{Diagnostic, Diagnostics};

use super::{Model, is_on, target::Target};
use crate::{
    aws::{
        self, Clients,
        rds::{lookup, parameter_group},
    },
    diagnostics,
    operation::Operation,
    prerequisites::{self, Prerequisite, Verdict},
    scope::Scope,
};

/// What is done here.
const CHECK: &str = "Check Prerequisites";

/// When a prerequisite that does not hold is an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    Apply,
    Plan,
    Off,
}

impl Check {
    fn from_model(model: &Model) -> Self {
        match model.check_prerequisites.known().map(String::as_str) {
            Some("off") => Self::Off,
            Some("plan") => Self::Plan,
            _ => Self::Apply,
        }
    }
}

/// What a plan that switches the parameter on should say. What is not there yet may be created by
/// the same apply, and is passed over.
pub(super) async fn at_plan(
    clients: &Clients,
    operation: &Operation,
    planned: &Model,
) -> Diagnostics {
    let check = Check::from_model(planned);
    let Some(target) = Target::from_model(planned).filter(|_| check != Check::Off) else {
        return Diagnostics::new();
    };
    let found = match find_complaints(clients, operation.scope(), &target, Freshness::Recent).await
    {
        Ok(found) => found,
        Err(error) => diagnostics::aws(&operation.part(CHECK), &error)
            .at(target.attribute())
            .into(),
    };
    match check {
        Check::Plan => found,
        Check::Apply | Check::Off => found.into_iter().map(Diagnostic::into_warning).collect(),
    }
}

/// The warnings of an apply that switches the parameter on.
///
/// # Errors
/// The prerequisites that do not hold.
pub(super) async fn at_apply(
    clients: &Clients,
    operation: &Operation,
    planned: &Model,
) -> Result<Diagnostics, Diagnostics> {
    let applies = is_on(&planned.enabled) && Check::from_model(planned) != Check::Off;
    let Some(target) = Target::from_model(planned).filter(|_| applies) else {
        return Ok(Diagnostics::new());
    };
    let found = find_complaints(clients, operation.scope(), &target, Freshness::Now)
        .await
        .map_err(|error| diagnostics::aws(&operation.part(CHECK), &error).at(target.attribute()))?;
    if found.has_errors() {
        return Err(found);
    }
    Ok(found)
}

/// How old what is read may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Freshness {
    /// Shared with the reads of the same plan.
    Recent,
    /// Read again.
    Now,
}

/// Reads the group and what uses it: each complaint is one diagnostic.
async fn find_complaints(
    clients: &Clients,
    scope: &Scope,
    target: &Target,
    freshness: Freshness,
) -> Result<Diagnostics, aws::Error> {
    let (group, publishers) = match target {
        Target::Publisher(identifier) => {
            let found = match freshness {
                Freshness::Recent => lookup::find(clients, scope, identifier).await?,
                Freshness::Now => lookup::find_now(clients, scope, identifier).await?,
            };
            let Some(publisher) = found else {
                return Ok(Diagnostics::new());
            };
            (publisher.parameter_group.clone(), vec![publisher])
        }
        Target::Group(group) => {
            let users = match freshness {
                Freshness::Recent => lookup::associated_with(clients, scope, group).await?,
                Freshness::Now => lookup::list_with_parameter_group(clients, scope, group).await?,
            };
            (group.clone(), users.unwrap_or_default())
        }
    };
    let parameters = match freshness {
        Freshness::Recent => {
            parameter_group::find_replication_parameters(clients, scope, &group).await?
        }
        Freshness::Now => {
            parameter_group::find_replication_parameters_now(clients, scope, &group).await?
        }
    };
    let mut found = Diagnostics::new();
    for publisher in &publishers {
        let name = publisher.name().to_string();
        let complaints = prerequisites::of_publisher(publisher)
            .into_iter()
            .filter_map(|prerequisite| complaint(&prerequisite, &name));
        match target {
            Target::Publisher(_) => found.extend(complaints),
            // One of many that use the group does not keep the others from it.
            Target::Group(_) => found.extend(complaints.map(Diagnostic::into_warning)),
        }
    }
    if let Some(parameters) = parameters {
        found.extend(
            prerequisites::of_group(&group, &parameters, &publishers)
                .into_iter()
                .filter_map(|prerequisite| complaint(&prerequisite, &group.to_string())),
        );
    }
    Ok(found
        .into_iter()
        .map(|diagnostic| diagnostic.at(target.attribute()))
        .collect())
}

/// What there is to say of a prerequisite: an error when it does not hold, a warning in doubt.
fn complaint(prerequisite: &Prerequisite, whose: &str) -> Option<Diagnostic> {
    let Prerequisite {
        name,
        required,
        actual,
        detail,
        ..
    } = prerequisite;
    let text = format!("The {whose}: {name} must be {required}, and is {actual}. {detail}");
    match prerequisite.verdict {
        Verdict::Met => None,
        Verdict::InDoubt => Some(Diagnostic::warning(
            format!("Prerequisite In Doubt: {name}"),
            text,
        )),
        Verdict::NotMet => Some(Diagnostic::error(
            format!("Prerequisite Not Met: {name}"),
            text,
        )),
    }
}
