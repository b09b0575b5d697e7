//! Waiting until a parameter change is in effect on the members of a cluster.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    db_cluster::{self, DbCluster},
    db_instance,
};
use crate::aws::{Clients, Error, Scope};

/// Readings in a row that must say that nothing is on its way: the first one after a change can be
/// stale.
const READINGS: u32 = 3;
/// The first pause between two readings.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two readings.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How a wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// All available members have applied the group; these others are not available.
    InSync {
        /// Members that were not waited for, with their status.
        unavailable: Vec<(String, String)>,
    },
    /// These members apply the group with their next reboot.
    PendingReboot {
        /// The members.
        members: Vec<String>,
    },
    /// The cluster is not there any more.
    Gone,
    /// The time was up, or the practitioner interrupted.
    Unfinished {
        /// The members waited for, with what they said last.
        members: Vec<(String, String)>,
        /// Whether the practitioner interrupted.
        cancelled: bool,
        /// How long the wait took.
        waited: Duration,
    },
}

/// Waits until all available members of the cluster are in sync with their parameter group.
///
/// # Errors
/// When the cluster cannot be read.
pub async fn wait_in_sync(
    clients: &Clients,
    scope: &Scope,
    identifier: &str,
) -> Result<Settled, Error> {
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut settled = 0;
    loop {
        let Some(cluster) = db_cluster::describe(clients, scope, identifier).await? else {
            return Ok(Settled::Gone);
        };
        let (available, unavailable) = split(clients, scope, &cluster).await?;
        let with = |status: &str| -> Vec<String> {
            available
                .iter()
                .filter(|(_, said)| said == status)
                .map(|(member, _)| member.clone())
                .collect()
        };
        let pending = with("pending-reboot");
        let is_settled = with("in-sync").len() + pending.len() == available.len();
        settled = if is_settled { settled + 1 } else { 0 };
        if settled == READINGS {
            return Ok(if pending.is_empty() {
                Settled::InSync { unavailable }
            } else {
                Settled::PendingReboot { members: pending }
            });
        }
        let ended = tokio::select! {
            () = tokio::time::sleep(pause) => None,
            () = scope.cancellation().cancelled() => Some(true),
            () = tokio::time::sleep_until(scope.deadline()) => Some(false),
        };
        if let Some(cancelled) = ended {
            return Ok(Settled::Unfinished {
                members: available,
                cancelled,
                waited: started.elapsed(),
            });
        }
        // Readings in a row need not be far apart; a change that takes long is looked at less often.
        if !is_settled {
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Members with their statuses.
type Members = Vec<(String, String)>;

/// The members that can apply a change now, with the status of their parameter group, and the
/// others with their own status.
async fn split(
    clients: &Clients,
    scope: &Scope,
    cluster: &DbCluster,
) -> Result<(Members, Members), Error> {
    let cluster_is_up = cluster.status != "stopped" && cluster.status != "stopping";
    let statuses = if cluster_is_up {
        db_instance::statuses_in_cluster(clients, scope, &cluster.identifier).await?
    } else {
        None
    };
    let mut available = Vec::new();
    let mut unavailable = Vec::new();
    for member in &cluster.members {
        let status = match &statuses {
            _ if !cluster_is_up => Some(cluster.status.clone()),
            // Without permission to read instances, each member counts as available.
            None => None,
            Some(statuses) => statuses
                .get(&member.identifier)
                .filter(|status| matches!(status.as_str(), "stopped" | "stopping" | "deleting" | "failed"))
                .cloned(),
        };
        match status {
            Some(status) => unavailable.push((member.identifier.clone(), status)),
            None => available.push((
                member.identifier.clone(),
                member.parameter_group_status.clone(),
            )),
        }
    }
    Ok((available, unavailable))
}
