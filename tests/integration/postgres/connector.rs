//! Connections: shared, made anew after a failover, with the password of the moment.

use futures::future::join_all;
use rstest_reuse::apply;
use serde_json::Value;
use terraform_provider_rdsiam::postgres::{
    Server,
    rds_roles::RDS_IAM,
    replication_user::{self, Revocation, revoke},
};

use super::{Password, connector, connector_with, desired, scope};
use crate::support::{StandIn, any_major, on_both_sides_of_16};

#[test]
fn connector_asked_by_many_at_once_reads_one_snapshot() {
    let stand_in = StandIn::start(any_major());
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let reads = (0..100).map(|_| async { connector.snapshot(&scope()).await.map(|_| ()) });
        for read in join_all(reads).await {
            read.expect("it can be read");
        }
    });
    let traffic = stand_in.traffic();
    assert_eq!(traffic.all_connections(), 1);
    assert_eq!(traffic.statements, 1);
}

#[apply(on_both_sides_of_16)]
fn connector_session_has_limits_on_locks_and_statements_whatever_its_role_says(major: u16) {
    let stand_in = StandIn::start(major);
    // The comments that a snapshot reads are now what its session is set to.
    stand_in.sql(
        "ALTER ROLE master SET lock_timeout = 0; ALTER ROLE master SET statement_timeout = 0; \
         CREATE OR REPLACE FUNCTION pg_catalog.shobj_description(oid, name) RETURNS text LANGUAGE sql STABLE AS \
         $$ SELECT concat_ws(', ', current_setting('lock_timeout'), current_setting('statement_timeout'), \
         current_setting('idle_in_transaction_session_timeout'), current_setting('search_path')) $$",
    );
    let connector = connector(&stand_in);
    let snapshot = stand_in
        .block_on(connector.snapshot(&scope()))
        .expect("it can be read");
    assert_eq!(
        snapshot
            .role("cdc")
            .expect("it is there")
            .comment
            .as_deref(),
        Some("10s, 1min, 15s, pg_catalog, pg_temp")
    );
}

#[test]
fn connector_with_many_writers_opens_no_more_connections_than_allowed() {
    let stand_in = StandIn::start(any_major());
    for number in 0..20 {
        stand_in.sql(&format!("CREATE ROLE app_{number} LOGIN"));
    }
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let names: Vec<String> = (0..20).map(|number| format!("app_{number}")).collect();
        let writes = names.iter().map(|name| async {
            replication_user::apply(&connector, &scope(), &desired(name))
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
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    let connector = connector(&stand_in);
    let granted = || {
        stand_in.block_on(replication_user::apply(
            &connector,
            &scope(),
            &desired("app"),
        ))
    };
    granted().expect("it is granted");
    stand_in.control("POST", "/clusters/orders/failover", &Value::Null);
    let found = granted().expect("the kept connection is not used");
    assert!(found.0.rds_iam_found);
}

#[test]
fn connector_whose_password_was_rotated_reads_it_once_more() {
    let stand_in = StandIn::start(any_major());
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
    let stand_in = StandIn::start(any_major());
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

/// Grants and revokes, and reads after each.
async fn write_and_read(connector: &Server, name: &str) {
    let scope = scope();
    assert!(!is_member(connector, name).await, "{name} before the grant");
    let granted = replication_user::apply(connector, &scope, &desired(name)).await;
    granted.expect("it is granted");
    assert!(is_member(connector, name).await, "{name} after the grant");
    let what = Revocation {
        rds_iam: true,
        ..Revocation::default()
    };
    let revoked = revoke(connector, &scope, name, None, what).await;
    revoked.expect("it is revoked");
    assert!(!is_member(connector, name).await, "{name} after the revoke");
}

async fn is_member(connector: &Server, name: &str) -> bool {
    let snapshot = connector.snapshot(&scope()).await.expect("it can be read");
    snapshot.is_member(name, RDS_IAM)
}
