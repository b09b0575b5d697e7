//! Waiting until a parameter change is in effect on the members of a cluster.

use std::{fmt, time::Duration};

use tokio::time::Instant;

use super::{
    db_cluster::{self, DbCluster},
    db_instance,
};
use crate::aws::{Clients, Error, Scope, error::Cause, limits};

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
    /// The cluster is not there any more.
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

/// A member of a cluster, with the status of its parameter group, or its own where it is not
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

/// Waits until all available members of the cluster are in sync with their parameter group: three
/// readings in a row. See [`Wait::in_sync`].
///
/// # Errors
/// When the cluster cannot be read. A wait that ends without result is no error but
/// [`InSync::Unfinished`].
pub async fn wait_in_sync(
    clients: &Clients,
    scope: &Scope,
    identifier: &str,
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
        identifier: &str,
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
            seen = match Reading::of(clients, scope, identifier).await {
                Ok(Some(reading)) => reading,
                Ok(None) => return Ok(InSync::Gone),
                Err(error) if error.is_ended() => {
                    return Ok(unfinished(seen.available, error.cause()));
                }
                Err(error) => return Err(error),
            };
            settled = if seen.is_settled() { settled + 1 } else { 0 };
            tracing::debug!(
                cluster = identifier,
                members = %listed(&seen.available),
                readings = settled,
                "wait for the parameter group"
            );
            if settled == READINGS {
                return Ok(seen.into_outcome());
            }
            pause = if settled > 0 { self.first_pause } else { pause };
            if let Err(cause) = limits::limit(scope, tokio::time::sleep(pause)).await {
                return Ok(unfinished(seen.available, &cause));
            }
            if settled == 0 {
                pause = (pause * 3 / 2).min(self.longest_pause);
            }
        }
    }
}

/// One look at a cluster.
#[derive(Debug, Default)]
struct Reading {
    /// Members that can apply a change now, with the status of their parameter group.
    available: Vec<MemberStatus>,
    /// The others, with their own status.
    unavailable: Vec<MemberStatus>,
}

impl Reading {
    /// Looks; `None` when the cluster is gone.
    async fn of(clients: &Clients, scope: &Scope, identifier: &str) -> Result<Option<Self>, Error> {
        let Some(cluster) = db_cluster::find_now(clients, scope, identifier).await? else {
            return Ok(None);
        };
        if is_down(&cluster.status) {
            return Ok(Some(Self {
                available: Vec::new(),
                unavailable: cluster
                    .members
                    .into_iter()
                    .map(|member| MemberStatus {
                        identifier: member.identifier,
                        status: cluster.status.clone(),
                    })
                    .collect(),
            }));
        }
        // Without permission to read instances each member counts as available.
        let statuses = db_instance::statuses_in_cluster(clients, scope, &cluster.identifier)
            .await?
            .unwrap_or_default();
        Ok(Some(Self::split(cluster, |member| {
            statuses.get(&member.to_lowercase()).map(String::as_str)
        })))
    }

    fn split<'a>(cluster: DbCluster, status_of: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut reading = Self::default();
        for member in cluster.members {
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
fn is_down(status: &str) -> bool {
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
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::aws::testing::{Server, cluster, clusters, ok, refusal, scope, throttling};

    const HASTY: Wait = Wait {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(4),
    };
    const CLUSTERS: &str = "DescribeDBClusters";

    /// A server whose cluster has a writer and a reader, whose parameter group statuses come from
    /// the number of the reading, and whose instances have the given statuses.
    async fn server(
        statuses: impl Fn(usize) -> [&'static str; 2] + Send + Sync + 'static,
        instances: [&'static str; 2],
    ) -> Server {
        Server::start(move |request| {
            if request.action == CLUSTERS {
                let [writer, reader] = statuses(request.earlier);
                let orders = cluster("orders", &[("orders-1", writer), ("orders-2", reader)]);
                return clusters(&orders, None);
            }
            let instances: String = ["orders-1", "orders-2"]
                .iter()
                .zip(instances)
                .map(|(identifier, status)| {
                    format!(
                        "<DBInstance><DBInstanceIdentifier>{identifier}</DBInstanceIdentifier>\
                         <DBInstanceStatus>{status}</DBInstanceStatus></DBInstance>"
                    )
                })
                .collect();
            ok(
                "DescribeDBInstances",
                &format!("<DBInstances>{instances}</DBInstances>"),
            )
        })
        .await
    }

    async fn wait(server: &Server) -> Result<InSync, Error> {
        HASTY.in_sync(&server.clients(), &scope(), "orders").await
    }

    fn status(identifier: &str, status: &str) -> MemberStatus {
        MemberStatus {
            identifier: identifier.to_owned(),
            status: status.to_owned(),
        }
    }

    const REACHED: InSync = InSync::Reached {
        unavailable: Vec::new(),
    };

    #[tokio::test]
    async fn wait_takes_three_readings_in_sync_in_a_row() {
        let server = server(
            |reading| match reading {
                // The first one is stale.
                0 => ["in-sync", "in-sync"],
                1 => ["applying", "in-sync"],
                2 | 3 => ["in-sync", "in-sync"],
                4 => ["in-sync", "something-new"],
                _ => ["in-sync", "in-sync"],
            },
            ["available", "available"],
        )
        .await;
        assert_eq!(wait(&server).await.unwrap(), REACHED);
        assert_eq!(server.count(CLUSTERS), 8);
    }

    #[tokio::test]
    async fn wait_ends_at_pending_reboot_with_the_members() {
        let server = server(
            |reading| match reading {
                0..4 => ["applying", "pending-reboot"],
                _ => ["in-sync", "pending-reboot"],
            },
            ["available", "available"],
        )
        .await;
        assert_eq!(
            wait(&server).await.unwrap(),
            InSync::PendingReboot {
                members: vec!["orders-2".to_owned()],
                unavailable: Vec::new(),
            }
        );
        assert_eq!(server.count(CLUSTERS), 7);
    }

    #[tokio::test]
    async fn wait_names_stopped_members_and_does_not_wait_for_them() {
        let server = server(|_| ["in-sync", "applying"], ["available", "stopped"]).await;
        assert_eq!(
            wait(&server).await.unwrap(),
            InSync::Reached {
                unavailable: vec![status("orders-2", "stopped")],
            }
        );
        let requests = server.requests();
        let instances = requests
            .iter()
            .find(|request| request.action == "DescribeDBInstances");
        let filter = instances.and_then(|request| request.get("Filters.Filter.1.Values.Value.1"));
        assert_eq!(filter, Some("orders"));
    }

    #[tokio::test]
    async fn wait_for_a_stopped_cluster_names_all_members() {
        let server = Server::start(|_| {
            let orders = cluster("orders", &[("orders-1", "applying")]);
            clusters(&orders.replace(">available<", ">stopped<"), None)
        })
        .await;
        assert_eq!(
            wait(&server).await.unwrap(),
            InSync::Reached {
                unavailable: vec![status("orders-1", "stopped")],
            }
        );
    }

    #[tokio::test]
    async fn wait_without_permission_to_read_instances_counts_all_as_available() {
        let server = Server::start(|request| match request.action.as_str() {
            CLUSTERS => clusters(&cluster("orders", &[("orders-1", "in-sync")]), None),
            _ => refusal(403, "AccessDenied", "no"),
        })
        .await;
        assert_eq!(wait(&server).await.unwrap(), REACHED);
    }

    #[tokio::test]
    async fn wait_for_a_cluster_that_goes_says_so() {
        let server = Server::start(|_| refusal(404, "DBClusterNotFoundFault", "gone")).await;
        assert_eq!(wait(&server).await.unwrap(), InSync::Gone);
    }

    #[tokio::test]
    async fn wait_out_of_time_names_members_and_statuses() {
        let server = server(|_| ["in-sync", "applying"], ["available", "available"]).await;
        let scope = Scope::new(&CancellationToken::new(), Duration::from_millis(500));
        let outcome = HASTY
            .in_sync(&server.clients(), &scope, "orders")
            .await
            .unwrap();
        let InSync::Unfinished {
            members,
            cancelled,
            waited,
            ..
        } = outcome
        else {
            panic!("{outcome:?}");
        };
        assert_eq!(
            members,
            [
                status("orders-1", "in-sync"),
                status("orders-2", "applying")
            ]
        );
        assert_eq!(members[1].to_string(), "orders-2 (applying)");
        assert!(!cancelled);
        assert!(waited >= Duration::from_millis(400), "{waited:?}");
    }

    #[tokio::test]
    async fn wait_cancelled_ends_at_once_with_the_last_reading() {
        let token = CancellationToken::new();
        let server = server(
            {
                let token = token.clone();
                move |reading| {
                    if reading == 2 {
                        token.cancel();
                    }
                    ["applying", "in-sync"]
                }
            },
            ["available", "available"],
        )
        .await;
        let scope = Scope::new(&token, Duration::from_secs(60));
        let outcome = HASTY
            .in_sync(&server.clients(), &scope, "orders")
            .await
            .unwrap();
        let InSync::Unfinished {
            members, cancelled, ..
        } = outcome
        else {
            panic!("{outcome:?}");
        };
        assert!(cancelled);
        assert_eq!(members[0], status("orders-1", "applying"));
        assert_eq!(server.count(CLUSTERS), 3);
    }

    #[tokio::test]
    async fn wait_throttled_to_the_end_keeps_the_failure() {
        let server = Server::start(|_| throttling()).await;
        let scope = Scope::new(&CancellationToken::new(), Duration::from_millis(20));
        // With the usual pauses the second attempt comes too late.
        let clients = Clients::new(server.config());
        let outcome = Wait::default()
            .in_sync(&clients, &scope, "orders")
            .await
            .unwrap();
        let InSync::Unfinished {
            members,
            last_failure,
            ..
        } = outcome
        else {
            panic!("{outcome:?}");
        };
        assert!(members.is_empty());
        assert!(last_failure.is_none_or(|failure| failure.is_throttling()));
    }

    #[tokio::test]
    async fn wait_that_may_not_read_the_cluster_is_an_error() {
        let server = Server::start(|_| refusal(403, "AccessDenied", "no")).await;
        assert!(wait(&server).await.unwrap_err().is_access_denied());
    }

    #[tokio::test]
    async fn wait_asks_aws_and_not_the_cache() {
        let server = server(
            |reading| [if reading < 3 { "applying" } else { "in-sync" }, "in-sync"],
            ["available", "available"],
        )
        .await;
        let clients = server.clients();
        db_cluster::find(&clients, &scope(), "orders")
            .await
            .unwrap();
        let outcome = HASTY.in_sync(&clients, &scope(), "orders").await.unwrap();
        assert_eq!(outcome, REACHED);
        assert_eq!(server.count(CLUSTERS), 6);
    }
}
