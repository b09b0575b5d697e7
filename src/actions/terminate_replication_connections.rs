//! `rdsiam_terminate_replication_connections`: ends streams, so that consumers log in again, with a
//! token where they must.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use tfplugin::{
    Action, Context, Diagnostic, Diagnostics, Field, Model, action::Progress, schema::Schema,
};

use crate::{
    aws::rds::parameter_group::IAM_AUTH_FOR_REPLICATION,
    connection::DatabaseArguments,
    diagnostics,
    operation::Operation,
    postgres::{Activity, Walsender, snapshot::Snapshot},
    postgres_name,
    provider::Configured,
};

/// How long it may take until the streams are gone.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The action.
pub struct TerminateReplicationConnections;

/// Ends replication connections, so that their consumers log in again. A stream that was
/// established with a password goes on after IAM authentication is demanded; this is how it comes
/// to use a token. Slots stay, and consumers go on from where they were.
#[derive(Clone, Debug, Model)]
#[model(config_only, at_most_one_of = ["cluster_identifier", "db_instance_identifier"])]
pub struct Config {
    #[attributes]
    database: DatabaseArguments,
    /// User whose replication connections are ended. Defaults to all users whose replication
    /// connections must use IAM tokens now.
    #[attribute(optional, validate = postgres_name::validator())]
    username: Field<String>,
}

#[async_trait]
impl Action<Configured> for TerminateReplicationConnections {
    type Config = Config;

    fn type_name(&self) -> &'static str {
        "rdsiam_terminate_replication_connections"
    }

    fn schema(&self) -> Schema {
        Config::schema()
    }

    async fn validate(&self, _context: &Context, config: Config) -> Diagnostics {
        config.database.database_ref().validate()
    }

    async fn invoke(
        &self,
        context: &Context,
        provider: &Configured,
        config: Config,
        progress: &Progress,
    ) -> Result<Diagnostics, Diagnostics> {
        let operation = &Operation::new(context, "Terminate Replication Connections", TIMEOUT);
        let scope = operation.scope();
        let opened = provider
            .open(operation, &config.database.database_ref())
            .await?;
        let connector = &opened.endpoint.connector;
        let failed = |error| diagnostics::server(operation, &opened.endpoint, &error);
        let snapshot = connector.snapshot_now(scope).await.map_err(failed)?;
        let users = users(&snapshot, config.username.known(), operation)?;
        let activity = connector.activity_now(scope).await.map_err(failed)?;
        let walsenders: Vec<Walsender> = users
            .iter()
            .flat_map(|user| activity.walsenders_of(user))
            .cloned()
            .collect();
        if walsenders.is_empty() {
            progress
                .report(format!(
                    "No replication connection of {} is open.",
                    list(&users)
                ))
                .await;
            return Ok(Diagnostics::new());
        }
        for walsender in &walsenders {
            progress.report(describe(walsender, &activity)).await;
        }
        let left = connector
            .terminate(scope, &walsenders)
            .await
            .map_err(failed)?;
        if !left.is_empty() {
            return Err(operation.error(format!(
                "On {} the processes {} did not end within {} seconds. Look at pg_stat_replication; run it again, \
                 or stop the consumers.",
                connector.endpoint(),
                left.iter().map(i32::to_string).collect::<Vec<_>>().join(", "),
                TIMEOUT.as_secs()
            ))
            .into());
        }
        progress
            .report(format!(
                "Ended {} replication connection(s). Their slots stay; consumers go on from there once they have \
                 logged in again.",
                walsenders.len()
            ))
            .await;
        Ok(Diagnostics::new())
    }
}

/// The users whose connections are ended.
fn users(
    snapshot: &Snapshot,
    named: Option<&String>,
    operation: &Operation,
) -> Result<BTreeSet<String>, Diagnostic> {
    if let Some(name) = named {
        if snapshot.role(name).is_none() {
            return Err(operation
                .error(format!(
                    "There is no role {name:?}. Check the name; it is case-sensitive."
                ))
                .at("username"));
        }
        return Ok(BTreeSet::from([name.clone()]));
    }
    if snapshot.iam_auth_for_replication == Some(false) {
        return Err(operation.error(format!(
            "{IAM_AUTH_FOR_REPLICATION} is off in the running server, so that nobody must use IAM on replication \
             connections, and nothing was ended. Switch it on first (`depends_on` the \
             rdsiam_replication_parameter), or name a `username`."
        )));
    }
    let forced = snapshot.iam_replication_logins().into_iter();
    Ok(forced.map(|forced| forced.login).collect())
}

/// A connection that is about to end, with its slot.
fn describe(walsender: &Walsender, activity: &Activity) -> String {
    let slot = match activity.slot_of(walsender) {
        Some(slot) => format!("with the slot {:?} active", slot.name),
        None => "without a slot".to_owned(),
    };
    let application = walsender
        .application_name
        .as_ref()
        .map_or_else(String::new, |name| format!(" of {name:?}"));
    let address = walsender
        .client_addr
        .as_ref()
        .map_or_else(String::new, |address| format!(" from {address}"));
    format!(
        "Ending process {} of {:?}{application}{address}, {slot}",
        walsender.pid, walsender.user
    )
}

fn list(users: &BTreeSet<String>) -> String {
    match users.len() {
        0 => "a user that must use IAM".to_owned(),
        _ => users
            .iter()
            .map(|user| format!("{user:?}"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
