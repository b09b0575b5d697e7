//! Whom a planned grant of `rds_iam` reaches.

use std::fmt::Write;

use tfplugin::{Diagnostic, Diagnostics};

use super::{Model, is_true};
use crate::{
    connection::{Database, DatabaseLookup, DatabaseRef},
    diagnostics,
    operation::Operation,
    postgres::{Activity, Sessions, rds_roles::RDS_IAM},
    provider::Configured,
    resources::in_database::InDatabase as _,
};

/// What a plan that grants `rds_iam` should say: whose password logins end, and which sessions they
/// have. Silent about a role or a database that is not there yet, and when nothing changes.
pub(super) async fn at_plan(
    provider: &Configured,
    operation: &Operation,
    planned: &Model,
    prior: Option<&Model>,
) -> Diagnostics {
    let is_new_role = prior.is_none() && is_true(&planned.create_role);
    let had_it = prior.is_some_and(|prior| is_true(&prior.rds_iam));
    let Some(name) = planned.name.known() else {
        return Diagnostics::new();
    };
    let DatabaseLookup::Known(database) = provider.databases.lookup(&planned.database_ref()) else {
        return Diagnostics::new();
    };
    if is_new_role || had_it || !is_true(&planned.rds_iam) {
        return Diagnostics::new();
    }
    match read_logins(&database, &operation.part("Look At Sessions"), name).await {
        Ok(None) => Diagnostics::new(),
        Ok(Some(reached)) => warning(name, &reached).into(),
        Err(error) => error.into_warning().into(),
    }
}

/// The logins that a grant reaches, each with its sessions.
async fn read_logins(
    database: &Database,
    operation: &Operation,
    name: &str,
) -> Result<Option<String>, Diagnostic> {
    let scope = operation.scope();
    let is_gone = database.is_gone(scope).await;
    if is_gone.map_err(|error| diagnostics::aws(operation, &error))? {
        return Ok(None);
    }
    let endpoint = database
        .endpoint(scope)
        .await
        .map_err(|error| diagnostics::connection(operation, &DatabaseRef::default(), &error))?;
    let connector = &endpoint.connector;
    let failed = |error| diagnostics::role(operation, name, &endpoint, &error);
    let snapshot = connector.snapshot_for_plan(scope).await.map_err(failed)?;
    let Some(role) = snapshot.role(name) else {
        return Ok(None);
    };
    if snapshot.is_member(name, RDS_IAM) {
        return Ok(None);
    }
    let nested = snapshot.logins_affected_by_grant(name);
    let logins: Vec<&str> = role
        .can_login
        .then_some(name)
        .into_iter()
        .chain(nested.iter().map(|login| login.login.as_str()))
        .collect();
    if logins.is_empty() {
        return Ok(None);
    }
    let activity = connector.activity_for_plan(scope).await.map_err(failed)?;
    let lines: Vec<String> = logins
        .into_iter()
        .map(|login| line(login, &activity))
        .collect();
    Ok(Some(lines.join("\n")))
}

/// A login with its sessions.
fn line(login: &str, activity: &Activity) -> String {
    let sessions = activity.sessions_of(login);
    let count: u64 = sessions.iter().map(|alike| alike.count).sum();
    match count {
        0 => format!("- {login:?}: no session now"),
        1 => format!("- {login:?}: 1 session now, {}", all(sessions)),
        _ => format!("- {login:?}: {count} sessions now, {}", all(sessions)),
    }
}

fn all(sessions: &[Sessions]) -> String {
    let each: Vec<String> = sessions.iter().map(alike).collect();
    each.join("; ")
}

/// Sessions that look alike.
fn alike(sessions: &Sessions) -> String {
    let mut text = sessions.count.to_string();
    // Writing to a string does not fail.
    if let Some(database) = &sessions.database {
        let _ = write!(text, " in {database:?}");
    }
    if let Some(application) = &sessions.application_name {
        let _ = write!(text, " of {application:?}");
    }
    if let Some(address) = &sessions.client_addr {
        let _ = write!(text, " from {address}");
    }
    text
}

fn warning(name: &str, reached: &str) -> Diagnostic {
    Diagnostic::warning(
        "Password Logins To End",
        format!(
            "Once the role {name:?} is in rds_iam, normal connections of these logins must use IAM tokens at once, \
             whether {} is on or off. Sessions that are established go on until they reconnect.\n{reached}",
            crate::aws::rds::parameter_group::IAM_AUTH_FOR_REPLICATION
        ),
    )
    .at("rds_iam")
}
