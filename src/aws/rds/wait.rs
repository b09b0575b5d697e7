//! Waiting until a parameter change is in effect on the members of a publisher.

use std::{fmt, time::Duration};

use tokio::time::Instant;

use super::{
    lookup,
    publisher::{Identifier, Publisher},
};
use crate::aws::{Clients, Error, Scope, error::Cause};

/// Readings in a row that must say that nothing is on its way: the first one after a change can be
/// stale.
const READINGS: u32 = 3;

/// How a wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InSync {
    /// All available members have applied their parameter group.
    Reached {
        /// Members that are not available and were not waited for, with their own status.
        unavailable: Vec<MemberStatus>,
    },
    /// Some members apply it with their next reboot, the others have. The status says nothing about
    /// which parameter is the cause.
    PendingReboot {
        /// The members that need a reboot.
        members: Vec<String>,
        /// Members that are not available and were not waited for, with their own status.
        unavailable: Vec<MemberStatus>,
    },
    /// The publisher is not there any more.
    Gone,
    /// The operation ended first.
    Unfinished {
        /// The available members, with what their parameter group said last. Empty when not even
        /// one reading was made.
        members: Vec<MemberStatus>,
        /// Whether the practitioner interrupted; else the time was up.
        cancelled: bool,
        /// How long the wait took.
        waited: Duration,
        /// Why the last reading failed, when it did.
        last_failure: Option<Box<Error>>,
    },
}

/// A member of a publisher, with the status of its parameter group, or its own where it is not
/// available. Shown as `NAME (STATUS)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberStatus {
    /// `DBInstanceIdentifier`.
    pub identifier: String,
    /// The status.
    pub status: String,
}

impl fmt::Display for MemberStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.identifier, self.status)
    }
}

/// How often is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The pause between readings at first, and between those that say that all is done. Default
    /// one second: three readings then outlast a stale answer.
    pub first_pause: Duration,
    /// The pause that it grows to while something is on its way. Default ten seconds.
    pub longest_pause: Duration,
}

impl Default for Wait {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(10),
        }
    }
}

/// Waits until all available members of the publisher are in sync with their parameter group: three
/// readings in a row. Reads that come later see at least what the wait saw. See [`Wait::in_sync`].
///
/// # Errors
/// When the publisher cannot be read. A wait that ends without result is no error but
/// [`InSync::Unfinished`].
pub async fn wait_in_sync(
    clients: &Clients,
    scope: &Scope,
    identifier: &Identifier,
) -> Result<InSync, Error> {
    Wait::default().in_sync(clients, scope, identifier).await
}

impl Wait {
    /// Waits as [`wait_in_sync`], looking as often as configured here.
    ///
    /// # Errors
    /// As [`wait_in_sync`].
    pub async fn in_sync(
        self,
        clients: &Clients,
        scope: &Scope,
        identifier: &Identifier,
    ) -> Result<InSync, Error> {
        let outcome = self.watch(clients, scope, identifier).await;
        // What others read meanwhile is older.
        clients.cache().clear();
        outcome
    }

    async fn watch(
        self,
        clients: &Clients,
        scope: &Scope,
        identifier: &Identifier,
    ) -> Result<InSync, Error> {
        let started = Instant::now();
        let mut pause = self.first_pause;
        let mut settled = 0;
        let mut seen = Reading::default();
        let unfinished = |members: Vec<MemberStatus>, cause: &Cause| InSync::Unfinished {
            members,
            cancelled: *cause == Cause::Cancelled,
            waited: started.elapsed(),
            last_failure: match cause {
                Cause::TimedOut(Some(last)) => Some(last.clone()),
                _ => None,
            },
        };
        loop {
            seen = match Reading::read(clients, scope, identifier).await {
                Ok(Some(reading)) => reading,
                Ok(None) => return Ok(InSync::Gone),
                Err(error) if error.is_ended() => {
                    return Ok(unfinished(seen.available, error.cause()));
                }
                Err(error) => return Err(error),
            };
            settled = if seen.is_settled() { settled + 1 } else { 0 };
            tracing::debug!(
                publisher = %identifier,
                members = %listed(&seen.available),
                readings = settled,
                "wait for the parameter group"
            );
            if settled == READINGS {
                return Ok(seen.into_outcome());
            }
            pause = if settled > 0 { self.first_pause } else { pause };
            if let Err(ended) = scope.limit(tokio::time::sleep(pause)).await {
                return Ok(unfinished(seen.available, &ended.into()));
            }
            if settled == 0 {
                pause = (pause * 3 / 2).min(self.longest_pause);
            }
        }
    }
}

/// One look at a publisher.
#[derive(Debug, Default)]
struct Reading {
    /// Members that can apply a change now, with the status of their parameter group.
    available: Vec<MemberStatus>,
    /// The others, with their own status.
    unavailable: Vec<MemberStatus>,
}

impl Reading {
    /// Looks; `None` when the publisher is gone.
    async fn read(
        clients: &Clients,
        scope: &Scope,
        identifier: &Identifier,
    ) -> Result<Option<Self>, Error> {
        let Some(publisher) = lookup::find_now(clients, scope, identifier).await? else {
            return Ok(None);
        };
        if is_down(&publisher.status) {
            return Ok(Some(Self {
                available: Vec::new(),
                unavailable: publisher
                    .members
                    .into_iter()
                    .map(|member| MemberStatus {
                        identifier: member.identifier,
                        status: publisher.status.clone(),
                    })
                    .collect(),
            }));
        }
        // Without permission to read instances each member counts as available.
        let statuses = lookup::member_statuses(clients, scope, &publisher)
            .await?
            .unwrap_or_default();
        Ok(Some(Self::split(publisher, |member| {
            statuses.get(&member.to_lowercase()).map(String::as_str)
        })))
    }

    fn split<'a>(publisher: Publisher, status_of: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut reading = Self::default();
        for member in publisher.members {
            match status_of(&member.identifier).filter(|status| is_down(status)) {
                Some(status) => reading.unavailable.push(MemberStatus {
                    identifier: member.identifier,
                    status: status.to_owned(),
                }),
                None => reading.available.push(MemberStatus {
                    identifier: member.identifier,
                    status: member.parameter_group_status,
                }),
            }
        }
        reading
    }

    /// Whether nothing is on its way. A status that nobody has documented is waited for.
    fn is_settled(&self) -> bool {
        self.available
            .iter()
            .all(|member| matches!(member.status.as_str(), "in-sync" | "pending-reboot"))
    }

    fn into_outcome(self) -> InSync {
        let unavailable = self.unavailable;
        let members: Vec<String> = self
            .available
            .into_iter()
            .filter(|member| member.status == "pending-reboot")
            .map(|member| member.identifier)
            .collect();
        if members.is_empty() {
            InSync::Reached { unavailable }
        } else {
            InSync::PendingReboot {
                members,
                unavailable,
            }
        }
    }
}

/// Whether a cluster or an instance in this status applies no change before someone acts.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html>
pub fn is_down(status: &str) -> bool {
    matches!(
        status,
        "stopped"
            | "stopping"
            | "deleting"
            | "deleted"
            | "failed"
            | "cloning-failed"
            | "migration-failed"
            | "inaccessible-encryption-credentials"
            | "inaccessible-encryption-credentials-recoverable"
            | "incompatible-network"
            | "incompatible-option-group"
            | "incompatible-parameters"
            | "incompatible-restore"
            | "restore-error"
    )
}

fn listed(members: &[MemberStatus]) -> String {
    members
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests;
