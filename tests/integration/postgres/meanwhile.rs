//! What others do to a role between two round trips of an operation on it.

use std::time::Duration;

use rstest_reuse::apply;
use terraform_provider_rdsiam::postgres::{
    Error,
    refusal::Refusal,
    replication_user::{self, Desired, Revocation},
};

use super::{connector, connector_through, desired, scope};
use crate::support::{StandIn, on_both_sides_of_16};

/// What a message takes to the server, and the answer back.
const DELAY: Duration = Duration::from_millis(300);
/// Somebody renames the role, and makes one of his own of its name.
const MADE_ANEW: &str =
    "ALTER ROLE app RENAME TO app_old; CREATE ROLE app LOGIN; GRANT rds_replication TO app";

/// Something has its lock on a role: the second round trip of an operation is still to come.
const WORKS: &str = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted";
/// A session has granted, has looked, and has not committed yet: after the last look of an operation.
const HAS_GRANTED: &str = "SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' \
    AND query LIKE '%GRANT rds_iam TO%'";

/// An operation, and what somebody does as soon as a query finds something.
async fn disturbed<T>(
    stand_in: &StandIn,
    operation: impl Future<Output = T>,
    when: &str,
    disturbance: &str,
) -> T {
    let url = stand_in.cluster().superuser_url.clone();
    let disturbed = async {
        let (somebody, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .expect("the superuser can connect");
        tokio::spawn(connection);
        while somebody.query(when, &[]).await.expect("it may").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        somebody.batch_execute(disturbance).await.expect("it may");
    };
    tokio::join!(operation, disturbed).0
}

#[track_caller]
fn assert_is_another<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    match outcome {
        Err(Error::Refused(refusal)) => match *refusal {
            Refusal::AnotherRole { .. } => {}
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn oid(stand_in: &StandIn) -> u32 {
    let oid = stand_in.sql_value("SELECT oid FROM pg_roles WHERE rolname = 'app'");
    oid.and_then(|oid| oid.parse().ok()).expect("it is there")
}

#[apply(on_both_sides_of_16)]
fn role_made_anew_before_it_is_dropped_is_left_alone(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("SET ROLE master; CREATE ROLE app LOGIN");
    let oid = oid(&stand_in);
    let relay = stand_in.relay();
    relay.delay(DELAY);
    let connector = connector_through(&stand_in, relay.port(), 2);
    let dropped = stand_in.block_on(async {
        let limits = scope();
        let dropping = replication_user::drop_role(&connector, &limits, "app", Some(oid), false);
        disturbed(
            &stand_in,
            dropping,
            WORKS,
            &format!("SET ROLE master; {MADE_ANEW}"),
        )
        .await
    });
    assert_is_another(dropped);
    assert_eq!(stand_in.memberships("app"), ["rds_replication"]);
}

#[apply(on_both_sides_of_16)]
fn role_made_anew_before_it_is_granted_is_left_alone(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let wanted = Desired {
        oid: Some(oid(&stand_in)),
        ..desired("app")
    };
    let relay = stand_in.relay();
    relay.delay(DELAY);
    let connector = connector_through(&stand_in, relay.port(), 2);
    let applied = stand_in.block_on(async {
        let limits = scope();
        let applying = replication_user::apply(&connector, &limits, &wanted);
        disturbed(&stand_in, applying, WORKS, MADE_ANEW).await
    });
    assert_is_another(applied);
    assert_eq!(stand_in.memberships("app"), ["rds_replication"]);
}

#[apply(on_both_sides_of_16)]
fn role_made_anew_before_it_is_revoked_from_is_left_alone(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN; SET ROLE master; GRANT rds_replication, rds_iam TO app");
    let oid = oid(&stand_in);
    let relay = stand_in.relay();
    relay.delay(DELAY);
    let connector = connector_through(&stand_in, relay.port(), 2);
    let theirs = format!("{MADE_ANEW}; SET ROLE master; GRANT rds_iam TO app");
    let revoked = stand_in.block_on(async {
        let limits = scope();
        let what = Revocation {
            rds_iam: true,
            ..Revocation::default()
        };
        let revoking = replication_user::revoke(&connector, &limits, "app", Some(oid), what);
        disturbed(&stand_in, revoking, WORKS, &theirs).await
    });
    assert_is_another(revoked);
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
}

#[apply(on_both_sides_of_16)]
fn login_put_into_the_role_between_the_last_look_and_the_commit_is_named(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN; CREATE ROLE inside LOGIN");
    let relay = stand_in.relay();
    relay.delay(DELAY);
    let connector = connector_through(&stand_in, relay.port(), 2);
    let (outcome, catalog) = stand_in.block_on(async {
        let (limits, wanted) = (scope(), desired("app"));
        let applying = replication_user::apply(&connector, &limits, &wanted);
        disturbed(&stand_in, applying, HAS_GRANTED, "GRANT app TO inside")
            .await
            .expect("it is granted")
    });
    let came: Vec<&str> = outcome
        .newcomers
        .iter()
        .map(|one| one.login.as_str())
        .collect();
    assert_eq!(came, ["inside"]);
    assert!(catalog.is_member("inside", "rds_iam"));
}

#[apply(on_both_sides_of_16)]
fn login_forced_by_a_grant_on_probation_is_not_taken_for_forced_anyway(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(
        "CREATE ROLE app LOGIN; CREATE ROLE other LOGIN; CREATE ROLE inside LOGIN; GRANT app, other TO inside; \
         GRANT rds_iam TO other",
    );
    let connector = connector(&stand_in);
    let url = stand_in.cluster().superuser_url.clone();
    let applied = stand_in.block_on(async {
        let (other_run, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .expect("the superuser can connect");
        tokio::spawn(connection);
        // The mark of a grant on probation.
        other_run
            .batch_execute(
                "BEGIN; SELECT pg_advisory_xact_lock_shared(1919185770, hashtext('other'))",
            )
            .await
            .expect("nobody holds it");
        let (wanted, limits) = (desired("app"), scope());
        let applying = replication_user::apply(&connector, &limits, &wanted);
        let taken_back = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            other_run
                .batch_execute("REVOKE rds_iam FROM other; COMMIT")
                .await
                .expect("it may");
        };
        tokio::join!(applying, taken_back).0
    });
    match applied {
        Err(Error::Refused(refusal)) => match *refusal {
            Refusal::WouldForce(nested) => assert_eq!(nested[0].login, "inside"),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}
