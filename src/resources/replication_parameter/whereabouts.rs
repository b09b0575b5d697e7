//! Whether what was found is what was there before, and whether what was not found is gone.

use tfplugin::{Diagnostic, Private};

use super::PARAMETER;
use crate::{
    aws::{
        Clients, Error,
        rds::{
            parameter_group::{self, GroupName},
            publisher::Publisher,
        },
    },
    diagnostics,
    operation::Operation,
    resources::last_seen::{Kind, LastSeen},
    scope::Scope,
};

/// Records where a publisher is.
///
/// # Errors
/// When the one that was there before is in another Region or account.
pub(super) fn check_publisher(
    private: &mut Private,
    publisher: &Publisher,
    operation: &Operation,
) -> Result<(), Diagnostic> {
    let Some(here) = LastSeen::from_arn(&publisher.arn) else {
        return Ok(());
    };
    here.refuse_another(private, operation, &publisher.name().to_string())?;
    here.record(private);
    Ok(())
}

/// Records where a group is that was found by its name.
///
/// # Errors
/// When the one that was there before is in another Region or account; or AWS does not tell.
pub(super) async fn check_group(
    clients: &Clients,
    private: &mut Private,
    group: &GroupName,
    operation: &Operation,
) -> Result<(), Diagnostic> {
    let scope = operation.scope();
    learn_account(clients, scope, group)
        .await
        .map_err(|error| diagnostics::aws(operation, &error))?;
    let here = LastSeen::here(clients, scope, kind(group))
        .await
        .map_err(|error| diagnostics::aws(operation, &error))?;
    here.refuse_another(private, operation, &group.to_string())?;
    here.record(private);
    Ok(())
}

/// As [`check_group`], for a read, which goes on where policies deny whatever tells the account: before
/// anything is changed it is checked again.
///
/// # Errors
/// As [`check_group`].
pub(super) async fn check_group_to_read(
    clients: &Clients,
    private: &mut Private,
    group: &GroupName,
    operation: &Operation,
) -> Result<(), Diagnostic> {
    let scope = operation.scope();
    let learned = match learn_account(clients, scope, group).await {
        Ok(()) => LastSeen::here(clients, scope, kind(group))
            .await
            .map(|_| ()),
        Err(error) => Err(error),
    };
    match learned {
        Err(error) if error.is_access_denied() => Ok(()),
        _ => check_group(clients, private, group, operation).await,
    }
}

/// Asks for the ARN of the group while nothing else has told the account. What that is remembered holds for
/// all that follow.
async fn learn_account(clients: &Clients, scope: &Scope, group: &GroupName) -> Result<(), Error> {
    if clients.known_account().is_some() {
        return Ok(());
    }
    match parameter_group::find_group(clients, scope, group).await {
        // There is another way to learn it.
        Err(error) if !error.is_access_denied() => Err(error),
        _ => Ok(()),
    }
}

/// That the group is there and AWS does not list the parameter in it, which does not mean that it is gone.
pub(super) fn not_listed(group: &GroupName, family: Option<&String>) -> String {
    let family = family.map_or_else(String::new, |family| format!(" (family {family:?})"));
    format!(
        "AWS does not list {PARAMETER} among the parameters of the {group}{family}, which is there. No group loses a \
         parameter, so this answer is not taken to mean that it is gone."
    )
}

/// The warning of a refresh that keeps the state, since the parameter was not listed in its group.
pub(super) fn parameter_not_listed(group: &GroupName, family: Option<&String>) -> Diagnostic {
    Diagnostic::warning(
        "Replication Parameter Not Listed",
        format!(
            "{} The state stays as it was, and whether that still holds is not known. Refresh again. If AWS goes on to \
             answer so, look at the group itself; what is no longer to be managed leaves the state with `terraform state \
             rm`.",
            not_listed(group, family)
        ),
    )
}

/// That the parameters of a group were read, and the group itself is not listed.
pub(super) fn group_not_listed(operation: &Operation, group: &GroupName) -> Diagnostic {
    operation.error(format!(
        "AWS gave the parameters of the {group}, and does not list the group itself. Nothing was changed, also not the \
         state. Try again."
    ))
}

fn kind(group: &GroupName) -> Kind {
    match group.kind() {
        parameter_group::GroupKind::Cluster => Kind::ClusterParameterGroup,
        parameter_group::GroupKind::Instance => Kind::ParameterGroup,
    }
}
