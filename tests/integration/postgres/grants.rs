//! Granting, revoking and dropping.

use rstest_reuse::apply;
use terraform_provider_rdsiam::postgres::{
    AuthRequest, ConnectionKind,
    rds_roles::{RDS_IAM, RDS_REPLICATION},
    replication_privilege::PrivilegeSources,
    replication_user::{self, AuthMethod, Desired, Revocation, drop_role, revoke},
};

use super::{connector, desired, scope};
use crate::support::{StandIn, from_16, on_both_sides_of_16};

const BOTH: PrivilegeSources = PrivilegeSources {
    membership: true,
    attribute: true,
};

#[apply(on_both_sides_of_16)]
fn grants_are_given_found_and_taken_back(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let (given, catalog) = replication_user::apply(&connector, &scope(), &desired("app"))
            .await
            .expect("it is granted");
        assert!(!given.created && !given.rds_iam_found, "{given:?}");
        let membership = PrivilegeSources {
            membership: true,
            attribute: false,
        };
        assert_eq!(given.granted, membership);
        let expected = catalog.expected_auth("app", Some(true));
        assert_eq!(expected[0].method, Some(AuthMethod::Token));
        let requested = connector
            .auth_requests(&scope(), "app", &expected)
            .await
            .expect("the server answers");
        assert!(
            std::iter::zip(&expected, &requested)
                .all(|(expected, requested)| expected.agrees_with(requested)),
            "{expected:?} {requested:?}"
        );
        let (again, _) = replication_user::apply(&connector, &scope(), &desired("app"))
            .await
            .expect("it is found");
        assert!(again.rds_iam_found && again.granted.is_none(), "{again:?}");
        let snapshot = connector.snapshot(&scope()).await.expect("it can be read");
        assert!(snapshot.is_member("app", RDS_IAM));
        assert!(snapshot.is_member("app", RDS_REPLICATION));
        let what = Revocation {
            rds_iam: true,
            privilege: BOTH,
        };
        let remaining = revoke(&connector, &scope(), "app", None, what)
            .await
            .expect("it is revoked");
        assert_eq!(remaining, <_>::default());
    });
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[apply(on_both_sides_of_16)]
fn grants_are_taken_back_without_an_attribute_that_the_session_may_not_take(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(
        "CREATE ROLE app LOGIN REPLICATION; SET ROLE master; GRANT rds_iam, rds_replication TO app",
    );
    let connector = connector(&stand_in);
    let what = Revocation {
        rds_iam: true,
        privilege: BOTH,
    };
    let remaining = stand_in.block_on(revoke(&connector, &scope(), "app", None, what));
    let remaining = remaining.expect("what stays is told");
    let said = remaining.attribute.expect("a superuser gave it");
    assert_eq!(said.sqlstate, "42501");
    assert!(remaining.rds_iam.is_empty() && remaining.rds_replication.is_empty());
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    let has = "SELECT rolreplication FROM pg_roles WHERE rolname = 'app'";
    assert_eq!(stand_in.sql_value(has).as_deref(), Some("t"));
}

#[apply(on_both_sides_of_16)]
fn grants_to_a_role_of_its_own_are_dropped_with_it(major: u16) {
    let stand_in = StandIn::start(major);
    let connector = connector(&stand_in);
    let wanted = Desired {
        create_role: true,
        // From 16 on the master user is inside what it creates.
        allow_iam_for: ["master".to_owned()].into(),
        ..desired("fresh")
    };
    let count = "SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'";
    stand_in.block_on(async {
        let (made, _) = replication_user::apply(&connector, &scope(), &wanted)
            .await
            .expect("it is made");
        assert!(made.created);
    });
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("1"));
    stand_in.block_on(async {
        drop_role(&connector, &scope(), "fresh", None, false)
            .await
            .expect("it is dropped");
        drop_role(&connector, &scope(), "fresh", None, false)
            .await
            .expect("gone is gone");
    });
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("0"));
}

#[apply(on_both_sides_of_16)]
fn grants_by_many_at_once_all_succeed(major: u16) {
    let stand_in = StandIn::start(major);
    for number in 0..8 {
        stand_in.sql(&format!("CREATE ROLE app_{number} LOGIN"));
    }
    let first = connector(&stand_in);
    let second = connector(&stand_in);
    stand_in.block_on(async {
        let mut all = Vec::new();
        for number in 0..8 {
            let name = format!("app_{number}");
            for connector in [&first, &second] {
                let wanted = desired(&name);
                all.push(async move {
                    replication_user::apply(connector, &scope(), &wanted)
                        .await
                        .map(|_| ())
                });
            }
        }
        for result in futures::future::join_all(all).await {
            result.expect("nobody is in anybody's way");
        }
    });
    for number in 0..8 {
        let name = format!("app_{number}");
        assert_eq!(stand_in.memberships(&name), ["rds_iam", "rds_replication"]);
    }
}

/// Whoever proves that its creator is locked out takes that back; nobody else may build on it meanwhile.
#[test]
fn grants_that_would_lock_out_their_creator_from_16_are_all_taken_back_when_many_are_made_at_once()
{
    let stand_in = StandIn::start(from_16());
    let (first, second) = (connector(&stand_in), connector(&stand_in));
    stand_in.block_on(async {
        let mut all = Vec::new();
        for number in 0..12 {
            let connector = if number % 2 == 0 { &first } else { &second };
            let wanted = Desired {
                create_role: true,
                ..desired(&format!("fresh_{number}"))
            };
            all.push(async move { replication_user::apply(connector, &scope(), &wanted).await });
        }
        for result in futures::future::join_all(all).await {
            result.expect_err("this server counts the creator's row");
        }
        let requested = first
            .probe(&scope(), "master", ConnectionKind::Normal)
            .await;
        assert_eq!(
            requested.expect("the server answers"),
            AuthRequest::Password
        );
    });
    let remaining = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'fresh%'";
    assert_eq!(stand_in.sql_value(remaining).as_deref(), Some("0"));
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(stand_in.sql_value(locks).as_deref(), Some("0"));
}

#[test]
fn grants_whose_creator_is_not_counted_from_16_are_all_made_at_once() {
    let stand_in = StandIn::start(from_16());
    stand_in.control(
        "POST",
        "/clusters/orders/settings",
        &serde_json::json!({"creator_row_counts": false}),
    );
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let all = (0..12).map(|number| {
            let wanted = Desired {
                create_role: true,
                ..desired(&format!("fresh_{number}"))
            };
            let connector = &connector;
            async move { replication_user::apply(connector, &scope(), &wanted).await }
        });
        for result in futures::future::join_all(all).await {
            let (made, _) = result.expect("nobody is locked out");
            assert!(made.created);
        }
    });
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(stand_in.sql_value(locks).as_deref(), Some("0"));
}

#[apply(on_both_sides_of_16)]
fn grants_that_meet_an_open_transaction_end_with_the_sqlstate(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let connector = connector(&stand_in);
    let url = stand_in.cluster().superuser_url.clone();
    stand_in.block_on(async {
        let (holder, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .expect("the superuser can connect");
        tokio::spawn(connection);
        holder
            .batch_execute("BEGIN; GRANT rds_replication TO app")
            .await
            .expect("the row is free");
        let error = replication_user::apply(&connector, &scope(), &desired("app"))
            .await
            .expect_err("nothing waits on a lock without end");
        assert!(format!("{error:?}").contains("55P03"), "{error:?}");
        holder
            .batch_execute("ROLLBACK")
            .await
            .expect("it is still there");
        replication_user::apply(&connector, &scope(), &desired("app"))
            .await
            .expect("the way is free");
    });
}
