//! Waits against scripted readings.

use tokio_util::sync::CancellationToken;

use super::*;
use crate::aws::testing::{
    Server, cluster, clusters, instance, instances, ok, refusal, scope, throttling,
};

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

fn orders() -> Identifier {
    Identifier::Cluster("orders".to_owned())
}

async fn wait(server: &Server) -> Result<InSync, Error> {
    HASTY.in_sync(&server.clients(), &scope(), &orders()).await
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
async fn wait_leaves_nothing_older_for_the_reads_after_it() {
    let server = server(
        |reading| match reading {
            0 | 1 => ["applying", "applying"],
            _ => ["in-sync", "in-sync"],
        },
        ["available", "available"],
    )
    .await;
    let (clients, scope) = (server.clients(), scope());
    let seen = async || {
        let found = lookup::find(&clients, &scope, &orders()).await.unwrap();
        found.unwrap().members[0].parameter_group_status.clone()
    };
    assert_eq!(seen().await, "applying");
    let outcome = HASTY.in_sync(&clients, &scope, &orders()).await;
    assert_eq!(outcome.unwrap(), REACHED);
    assert_eq!(seen().await, "in-sync");
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
    // Longer than a busy machine takes for the first reading.
    let scope = Scope::new(&CancellationToken::new(), Duration::from_secs(3));
    let outcome = HASTY
        .in_sync(&server.clients(), &scope, &orders())
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
    assert!(waited >= Duration::from_secs(2), "{waited:?}");
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
        .in_sync(&server.clients(), &scope, &orders())
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
        .in_sync(&clients, &scope, &orders())
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
    lookup::find(&clients, &scope(), &orders()).await.unwrap();
    let outcome = HASTY.in_sync(&clients, &scope(), &orders()).await.unwrap();
    assert_eq!(outcome, REACHED);
    assert_eq!(server.count(CLUSTERS), 6);
}

#[tokio::test]
async fn wait_for_an_instance_takes_three_readings_of_its_own_status_in_sync() {
    let server = Server::start(|request| {
        let status = if request.earlier < 2 {
            "applying"
        } else {
            "in-sync"
        };
        instances(&instance("orders", status, None), None)
    })
    .await;
    let orders = Identifier::Instance("orders".to_owned());
    let outcome = HASTY.in_sync(&server.clients(), &scope(), &orders).await;
    assert_eq!(outcome.unwrap(), REACHED);
    assert_eq!(server.count("DescribeDBInstances"), 5);
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn wait_for_a_stopped_instance_names_it() {
    let server = Server::start(|_| {
        let stopped = instance("orders", "applying", None).replace("available", "stopped");
        instances(&stopped, None)
    })
    .await;
    let orders = Identifier::Instance("orders".to_owned());
    let outcome = HASTY.in_sync(&server.clients(), &scope(), &orders).await;
    assert_eq!(
        outcome.unwrap(),
        InSync::Reached {
            unavailable: vec![status("orders", "stopped")]
        }
    );
}
