//! Connections: shared, made anew after a failover, with the password of the moment.

use futures::future::join_all;
use serde_json::Value;
use terraform_provider_rdsiam::postgres::{
    Connector,
    membership::RDS_IAM,
    replication_user::{Revoke, apply, drop_role, revoke},
};

use super::{Password, connector, connector_with, desired, scope};
use crate::support::StandIn;

#[test]
fn connector_asked_by_many_at_once_reads_one_snapshot() {
    let stand_in = StandIn::start(15);
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let reads = (0..100).map(|_| async { connector.snapshot(&scope()).await.map(|_| ()) });
        for read in join_all(reads).await {
            read.expect("it can be read");
        }
    });
    let traffic = stand_in.traffic();
    assert_eq!(traffic.all_connections(), 1);
    // The session's settings, and the snapshot.
    assert_eq!(traffic.statements, 2);
}

#[test]
fn connector_with_many_writers_opens_no_more_connections_than_allowed() {
    let stand_in = StandIn::start(15);
    for number in 0..20 {
        stand_in.sql(&format!("CREATE ROLE app_{number} LOGIN"));
    }
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let names: Vec<String> = (0..20).map(|number| format!("app_{number}")).collect();
        let writes = names.iter().map(|name| async {
            apply(&connector, &scope(), &desired(name))
                .await
                .map(|_| ())
        });
        for write in join_all(writes).await {
            write.expect("it is granted");
        }
    });
    let connections = stand_in.traffic().all_connections();
    assert!((1..=4).contains(&connections), "{connections}");
}

#[test]
fn connector_after_a_failover_connects_anew() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN");
    let connector = connector(&stand_in);
    let granted = || stand_in.block_on(apply(&connector, &scope(), &desired("app")));
    granted().expect("it is granted");
    stand_in.control("POST", "/clusters/orders/failover", &Value::Null);
    let found = granted().expect("the kept connection is not used");
    assert!(found.0.rds_iam_found);
}

#[test]
fn connector_whose_password_was_rotated_reads_it_once_more() {
    let stand_in = StandIn::start(15);
    let right = stand_in.cluster().master_password.clone();
    let rotated = connector_with(&stand_in, Password::new(&["of yesterday", &right]));
    let wrong = connector_with(&stand_in, Password::new(&["of yesterday"]));
    stand_in.block_on(async {
        rotated
            .snapshot(&scope())
            .await
            .expect("the second password is right");
        let error = wrong
            .snapshot(&scope())
            .await
            .expect_err("there is no right one");
        let shown = format!("{error:?} {error}");
        assert!(shown.contains("28P01"), "{shown}");
        assert!(!shown.contains("of yesterday"), "{shown}");
    });
}

#[test]
fn connector_read_after_a_write_is_not_older_than_it_though_others_read_all_the_time() {
    let stand_in = StandIn::start(15);
    let names: Vec<String> = (0..10).map(|number| format!("app_{number}")).collect();
    for name in &names {
        stand_in.sql(&format!("CREATE ROLE {name} LOGIN"));
    }
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let writes = join_all(names.iter().map(|name| write_and_read(&connector, name)));
        let reads = async {
            loop {
                is_member(&connector, "app_0").await;
            }
        };
        tokio::select! {
            _ = writes => {}
            () = reads => {}
        }
    });
}

/// Grants, revokes and drops, and reads after each.
async fn write_and_read(connector: &Connector, name: &str) {
    let scope = scope();
    assert!(!is_member(connector, name).await, "{name} before the grant");
    let granted = apply(connector, &scope, &desired(name)).await;
    granted.expect("it is granted");
    assert!(is_member(connector, name).await, "{name} after the grant");
    let what = Revoke {
        rds_iam: true,
        ..Revoke::default()
    };
    let revoked = revoke(connector, &scope, name, what).await;
    revoked.expect("it is revoked");
    assert!(!is_member(connector, name).await, "{name} after the revoke");
    let dropped = drop_role(connector, &scope, name, false).await;
    dropped.expect("it is dropped");
    let snapshot = connector.snapshot(&scope).await.expect("it can be read");
    assert!(snapshot.role(name).is_none(), "{name} after the drop");
}

async fn is_member(connector: &Connector, name: &str) -> bool {
    let snapshot = connector.snapshot(&scope()).await.expect("it can be read");
    snapshot.is_member(name, RDS_IAM)
}
