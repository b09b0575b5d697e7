//! Whom a change of the parameter reaches: what else uses the group, and which logins.

use std::{fmt::Write, sync::Arc};

use futures::future::join_all;
use tfplugin::{Diagnostic, Diagnostics, Field};

use super::{Model, PARAMETER, target::Target};
use crate::{
    aws::{
        self, Clients,
        rds::{
            lookup,
            parameter_group::{self, GroupName},
            publisher::Publisher,
        },
    },
    connection::{Database, DatabaseRef},
    diagnostics,
    operation::Operation,
    postgres::{Activity, Slot, Walsender, membership::IamLogin},
    provider::Configured,
};

/// Logins that are listed at most, those that stream first.
const LISTED: usize = 50;

/// What a change does to the parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    On,
    Off,
}

/// What a plan that changes the parameter should say. Silent about what is not there yet, and when the
/// value holds already.
///
/// # Errors
/// When AWS does not tell what uses the group.
pub(super) async fn at_plan(
    provider: &Configured,
    clients: &Clients,
    operation: &Operation,
    model: &Model,
    change: Change,
) -> Result<Diagnostics, aws::Error> {
    let scope = operation.scope();
    let mut warnings = Diagnostics::new();
    let Some(target) = Target::from_model(model) else {
        return Ok(warnings);
    };
    let (group, named) = match &target {
        Target::Group(group) => (group.clone(), None),
        Target::Publisher(identifier) => match lookup::find(clients, scope, identifier).await? {
            None => return Ok(warnings),
            Some(publisher) => (publisher.parameter_group.clone(), Some(publisher)),
        },
    };
    let parameters = parameter_group::find_replication_parameters(clients, scope, &group).await?;
    let live = parameters.and_then(|found| found.iam_auth_for_replication);
    if live.is_none_or(|parameter| parameter.is_on() == (change == Change::On)) {
        return Ok(warnings);
    }
    let users = match lookup::associated_with(clients, scope, &group).await? {
        Some(users) => users,
        None => named.into_iter().collect(),
    };
    warnings.extend(shared(&target, &group, &users, model));
    let operation = &operation.part("Look At Logins");
    let readings = users.iter().filter_map(|publisher| {
        let database = provider
            .databases
            .visible_database(publisher, &model.publisher.region)?;
        Some(async move { (publisher, read_logins(&database, operation).await) })
    });
    let mut text = String::new();
    for (publisher, reading) in join_all(readings).await {
        match reading {
            Ok(Some((forced, activity))) => {
                let name = publisher.name();
                // Writing to a string does not fail.
                let _ = write!(text, "\n\nIn the {name}:\n{}", list(&forced, &activity));
            }
            Ok(None) => {}
            Err(diagnostic) => warnings.push(diagnostic.into_warning()),
        }
    }
    if !text.is_empty() {
        warnings.push(logins(change, &text).at("enabled"));
    }
    Ok(warnings)
}

/// Refuses to change a group that something uses which the practitioner did not expect.
///
/// # Errors
/// What that is; or that AWS does not tell.
pub(super) async fn refuse_unexpected(
    clients: &Clients,
    model: &Model,
    group: &GroupName,
    operation: &Operation,
) -> Result<(), Diagnostic> {
    let scope = operation.scope();
    const AT: &str = "expected_cluster_identifiers";
    let Some(target) =
        Target::from_model(model).filter(|_| !model.expected_cluster_identifiers.is_null())
    else {
        return Ok(());
    };
    let users = lookup::list_with_parameter_group(clients, scope, group)
        .await
        .map_err(|error| diagnostics::aws(operation, &error).at(AT))?
        .ok_or_else(|| {
            operation.error(format!(
                "What uses the {group} cannot be compared with `{AT}`: {} on all of them was denied. Nothing was \
                 changed. Allow that in the caller's IAM policy, or remove the argument.",
                group.kind().describe_publishers()
            ))
            .at(AT)
        })?;
    let others = unexpected(&target, &users, model);
    if others.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::error(
        format!(
            "{}: Unexpected Users Of The Parameter Group",
            operation.title()
        ),
        format!(
            "The {group} is also that of {}, which `{AT}` does not list. Nothing was changed. List what may be \
             reached, or give the others a group of their own.",
            others.join(", ")
        ),
    )
    .at(AT))
}

/// What uses the group besides what the practitioner named or expects.
pub(super) fn unexpected(target: &Target, users: &[Publisher], model: &Model) -> Vec<String> {
    let named = match target {
        Target::Publisher(identifier) => Some(identifier.as_str()),
        Target::Group(_) => None,
    };
    let expected = model.expected_cluster_identifiers.known();
    users
        .iter()
        .map(|publisher| publisher.identifier.clone())
        .filter(|user| {
            let is = |identifier: &str| identifier.eq_ignore_ascii_case(user);
            !named.is_some_and(is)
                && !expected.is_some_and(|expected| expected.iter().any(|one| is(one)))
        })
        .collect()
}

/// A warning that names what else uses the group. A group that is named itself is expected to have
/// one user.
fn shared(
    target: &Target,
    group: &GroupName,
    users: &[Publisher],
    model: &Model,
) -> Option<Diagnostic> {
    let others = unexpected(target, users, model);
    let is_alone = users.len() < 2 && model.expected_cluster_identifiers.is_null();
    if others.is_empty() || is_alone {
        return None;
    }
    let also = match target {
        Target::Publisher(identifier) => format!("The {group} of the {identifier} is also that of"),
        Target::Group(_) => format!("The {group} is that of"),
    };
    let at_apply = match &model.expected_cluster_identifiers {
        Field::Known(_) => {
            "`expected_cluster_identifiers` does not list them, and the apply will fail"
        }
        Field::Unknown => {
            "What `expected_cluster_identifiers` lists is known at apply, which fails if one of them is not listed"
        }
        Field::Null => "`expected_cluster_identifiers` makes a user that is not listed an error",
    };
    Some(
        Diagnostic::warning(
            "Parameter Group Shared",
            format!(
                "{also} {}: what is set in it holds for each of them. {at_apply}.",
                others.join(", ")
            ),
        )
        .at(target.attribute()),
    )
}

/// The logins that the parameter decides about, and what they do now; `None` when there are none.
async fn read_logins(
    database: &Database,
    operation: &Operation,
) -> Result<Option<(Vec<IamLogin>, Arc<Activity>)>, Diagnostic> {
    let scope = operation.scope();
    let endpoint = database
        .endpoint(scope)
        .await
        .map_err(|error| diagnostics::connection(operation, &DatabaseRef::default(), &error))?;
    let connector = &endpoint.connector;
    let failed = |error| diagnostics::server(operation, &endpoint, &error);
    let snapshot = connector.snapshot_for_plan(scope).await.map_err(failed)?;
    let forced = snapshot.iam_replication_logins();
    if forced.is_empty() {
        return Ok(None);
    }
    let activity = connector.activity_for_plan(scope).await.map_err(failed)?;
    Ok(Some((forced, activity)))
}

/// The logins of one database, line by line.
fn list(forced: &[IamLogin], activity: &Activity) -> String {
    let mut lines: Vec<(bool, String)> = forced
        .iter()
        .map(|login| {
            let streams: Vec<String> = activity
                .walsenders_of(&login.login)
                .map(|walsender| stream(walsender, activity.slot_of(walsender)))
                .collect();
            (streams.is_empty(), line(login, &streams))
        })
        .collect();
    lines.sort();
    let left_out = lines.len().saturating_sub(LISTED);
    let mut text: Vec<String> = lines
        .into_iter()
        .take(LISTED)
        .map(|(_, line)| line)
        .collect();
    if left_out > 0 {
        text.push(format!("- and {left_out} more"));
    }
    let idle: Vec<String> = activity
        .slots
        .iter()
        .filter(|slot| slot.active_pid.is_none())
        .map(retained)
        .collect();
    if !idle.is_empty() {
        text.push(format!(
            "Slots that nobody streams from now; the server does not record whose they are: {}.",
            idle.join(", ")
        ));
    }
    text.join("\n")
}

fn line(login: &IamLogin, streams: &[String]) -> String {
    let mut line = format!("- {}", login.membership.path.join(" -> "));
    if login.membership.only_as_creator {
        line.push_str(
            " (only as the creator of a role; whether RDS counts that is not documented)",
        );
    }
    if login.only_by_attribute {
        line.push_str(" (REPLICATION attribute alone; whether AWS covers that is not documented)");
    }
    if !streams.is_empty() {
        line.push_str(": streams now, ");
        line.push_str(&streams.join("; "));
    }
    line
}

/// One stream and its slot.
fn stream(walsender: &Walsender, slot: Option<&Slot>) -> String {
    let mut text = format!("process {}", walsender.pid);
    if let Some(application) = &walsender.application_name {
        let _ = write!(text, " of {application:?}");
    }
    if let Some(address) = &walsender.client_addr {
        let _ = write!(text, " from {address}");
    }
    if let Some(slot) = slot {
        let _ = write!(text, ", slot {}", retained(slot));
    }
    text
}

fn retained(slot: &Slot) -> String {
    match &slot.retains {
        Some(size) => format!("{:?} (retains {size} of WAL)", slot.name),
        None => format!("{:?}", slot.name),
    }
}

/// The warning about the logins.
fn logins(change: Change, text: &str) -> Diagnostic {
    match change {
        Change::On => Diagnostic::warning(
            "Replication Logins Will Need IAM Tokens",
            format!(
                "While {PARAMETER} is 1, replication connections of these logins must use IAM tokens. A stream that \
                 is established goes on until it reconnects.{text}"
            ),
        ),
        Change::Off => Diagnostic::warning(
            "Replication Logins Will Need Passwords",
            format!(
                "While {PARAMETER} is 0, replication connections of these logins use passwords, and those without a \
                 password cannot log in. A stream that is established goes on until it reconnects.{text}"
            ),
        ),
    }
}
