//! Whether what was found is what was there before, and whether what was not found is gone.

use tfplugin::{Diagnostic, Private};

use crate::{
    aws::{
        Clients,
        rds::{
            parameter_group::{self, GroupName},
            publisher::Publisher,
        },
    },
    diagnostics,
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
    operation: &str,
) -> Result<(), Diagnostic> {
    let Some(here) = LastSeen::from_arn(&publisher.arn) else {
        return Ok(());
    };
    here.refuse_another(private, operation, &publisher.name().to_string())?;
    here.record(private);
    Ok(())
}

/// Records where a group is that was found by its name. Its ARN is asked for only while nothing else has
/// told the account.
///
/// # Errors
/// When the one that was there before is in another Region or account; or AWS does not tell.
pub(super) async fn check_group(
    clients: &Clients,
    scope: &Scope,
    private: &mut Private,
    group: &GroupName,
    operation: &str,
) -> Result<(), Diagnostic> {
    let failed = |error| diagnostics::aws(operation, &error);
    if clients.known_account().is_none() {
        // Remembers the account in the ARN, for all that follow.
        parameter_group::find_group(clients, scope, group)
            .await
            .map_err(failed)?;
    }
    let here = LastSeen::here(clients, scope, kind(group))
        .await
        .map_err(failed)?;
    here.refuse_another(private, operation, &group.to_string())?;
    here.record(private);
    Ok(())
}

fn kind(group: &GroupName) -> Kind {
    match group.kind() {
        parameter_group::Kind::Cluster => Kind::ClusterParameterGroup,
        parameter_group::Kind::Instance => Kind::ParameterGroup,
    }
}
