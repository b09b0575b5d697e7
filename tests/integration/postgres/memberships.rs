//! Memberships of every kind: what the catalog implies is what the server demands; and whose grants
//! can be taken back.

use futures::future::join_all;
use rstest_reuse::apply;
use terraform_provider_rdsiam::postgres::{
    AuthRequest, ConnectionKind, Error, Server,
    rds_roles::RDS_IAM,
    refusal::{Grant, Refusal, RemainingMembership},
    replication_privilege::PrivilegeSources,
    replication_user::{self, Desired, Revocation},
};

use super::{connector, desired, scope};
use crate::support::{StandIn, before_16, eventually, from_16, on_both_sides_of_16};

/// Logins inside `app` and one beside it.
const LOGINS: &str = "CREATE ROLE app LOGIN; CREATE ROLE beside LOGIN; \
    CREATE ROLE direct LOGIN; GRANT app TO direct; \
    CREATE ROLE noinherit LOGIN NOINHERIT; GRANT app TO noinherit; \
    CREATE ROLE team NOINHERIT; GRANT app TO team; CREATE ROLE nested LOGIN; GRANT team TO nested";
const LOGINS_FROM_16: &str = "CREATE ROLE dba; GRANT app TO dba WITH ADMIN OPTION; \
    CREATE ROLE inherit_false LOGIN; GRANT app TO inherit_false WITH INHERIT FALSE, SET FALSE; \
    CREATE ROLE admin_only LOGIN; SET ROLE dba; \
    GRANT app TO admin_only WITH ADMIN TRUE, INHERIT FALSE, SET FALSE";

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Refused(refusal) => *refusal,
        other => panic!("{other:?} is no refusal"),
    }
}

async fn requested(connector: &Server, user: &str) -> AuthRequest {
    connector
        .probe(&scope(), user, ConnectionKind::Normal)
        .await
        .expect("the server answers")
}

#[apply(on_both_sides_of_16)]
fn memberships_of_every_kind_are_refused_then_read_as_the_server_counts_them(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(LOGINS);
    let mut logins = vec!["direct", "nested", "noinherit"];
    if major >= 16 {
        stand_in.sql(LOGINS_FROM_16);
        logins.extend(["admin_only", "inherit_false"]);
        logins.sort_unstable();
    }
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let refused = replication_user::apply(&connector, &scope(), &desired("app")).await;
        let Refusal::WouldForce(nested) = refusal(refused.expect_err("others are inside")) else {
            panic!("another refusal");
        };
        let mut named: Vec<&str> = nested.iter().map(|nested| nested.login.as_str()).collect();
        named.sort_unstable();
        assert_eq!(named, logins);
        for login in &logins {
            assert_eq!(
                requested(&connector, login).await,
                AuthRequest::Password,
                "{login}"
            );
        }
        let allowed = Desired {
            allow_iam_for: logins.iter().map(|login| (*login).to_owned()).collect(),
            ..desired("app")
        };
        replication_user::apply(&connector, &scope(), &allowed)
            .await
            .expect("they are listed");
        let snapshot = connector.snapshot(&scope()).await.expect("it can be read");
        for login in logins.iter().chain(&["app"]) {
            assert!(snapshot.is_member(login, RDS_IAM), "{login}");
            assert_eq!(
                requested(&connector, login).await,
                AuthRequest::Token,
                "{login}"
            );
        }
        for login in ["beside", "master", "cdc"] {
            assert!(!snapshot.is_member(login, RDS_IAM), "{login}");
            assert_eq!(
                requested(&connector, login).await,
                AuthRequest::Password,
                "{login}"
            );
        }
    });
}

#[test]
fn memberships_of_another_grantor_before_16_are_revoked_like_any() {
    let stand_in = StandIn::start(before_16());
    stand_in.sql("CREATE ROLE app LOGIN; GRANT rds_iam, rds_replication TO app");
    let connector = connector(&stand_in);
    let remaining = stand_in.block_on(replication_user::revoke(
        &connector,
        &scope(),
        "app",
        None,
        Revocation {
            rds_iam: true,
            privilege: PrivilegeSources {
                membership: true,
                attribute: false,
            },
        },
    ));
    assert_eq!(remaining.expect("it is revoked"), <_>::default());
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[test]
fn memberships_of_each_grantor_from_16_are_revoked_as_far_as_the_session_may() {
    let stand_in = StandIn::start(from_16());
    // The master user may take back the grants of rds_superuser alone.
    stand_in.sql(
        "CREATE ROLE app LOGIN; CREATE ROLE dba; \
         GRANT rds_iam TO dba WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; GRANT rds_iam TO app; \
         SET ROLE dba; GRANT rds_iam TO app; RESET ROLE; SET ROLE master; GRANT rds_iam TO app",
    );
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let snapshot = connector.snapshot(&scope()).await.expect("it can be read");
        assert_eq!(
            snapshot.grantors("app", RDS_IAM),
            ["dba", "rds_superuser", "rdsadmin"]
                .map(str::to_owned)
                .into()
        );
        let out = Desired {
            rds_iam: false,
            ..desired("app")
        };
        let remaining_membership = RemainingMembership {
            grantors: ["dba", "rdsadmin"].map(str::to_owned).into(),
            path: None,
        };
        let refused = replication_user::apply(&connector, &scope(), &out).await;
        let Refusal::MembershipRemains(remains) = refusal(refused.expect_err("two of them stay"))
        else {
            panic!("another refusal");
        };
        assert_eq!(remains, remaining_membership);
        let what = Revocation {
            rds_iam: true,
            ..Revocation::default()
        };
        let remaining = replication_user::revoke(&connector, &scope(), "app", None, what)
            .await
            .expect("what stays is told");
        assert_eq!(remaining.rds_iam, remaining_membership);
    });
}

#[test]
fn memberships_of_a_creator_from_16_are_proven_by_the_server_and_taken_back_where_they_count() {
    for counts in [true, false] {
        let stand_in = if counts {
            StandIn::start(from_16())
        } else {
            StandIn::not_counting_creators(from_16())
        };
        // As AWS's page has it: the master user creates the role, then grants.
        stand_in.sql("SET ROLE master; CREATE ROLE app LOGIN");
        let connector = connector(&stand_in);
        let applied = stand_in.block_on(replication_user::apply(
            &connector,
            &scope(),
            &desired("app"),
        ));
        if counts {
            let Refusal::LockedOut {
                logins,
                grant: Grant::TakenBack,
            } = refusal(applied.expect_err("the creator is locked out"))
            else {
                panic!("another refusal");
            };
            assert_eq!(logins[0].path, ["app", "master"]);
            assert_eq!(stand_in.memberships("app"), [""; 0]);
        } else {
            applied.expect("the creator is not counted");
            assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
        }
        let master = stand_in.block_on(requested(&connector, "master"));
        assert_eq!(master, AuthRequest::Password);
    }
}

/// Whom an open transaction puts into the role cannot be seen: it is waited for, and then refused.
#[apply(on_both_sides_of_16)]
fn memberships_that_are_not_committed_yet_are_waited_for_and_then_refused(major: u16) {
    assert_uncommitted_is_waited_for(major, "psql");
}

#[apply(on_both_sides_of_16)]
fn memberships_not_committed_yet_by_somebody_who_takes_the_providers_name_are_waited_for(
    major: u16,
) {
    assert_uncommitted_is_waited_for(major, "terraform-provider-rdsiam");
}

fn assert_uncommitted_is_waited_for(major: u16, application_name: &str) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app; CREATE ROLE inside LOGIN");
    let connector = connector(&stand_in);
    let url = &stand_in.cluster().superuser_url;
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{separator}application_name={application_name}");
    stand_in.block_on(async {
        let (holder, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .expect("the superuser can connect");
        tokio::spawn(connection);
        holder
            .batch_execute("BEGIN; GRANT app TO inside")
            .await
            .expect("nobody holds it");
        let limits = scope();
        let wanted = desired("app");
        let applied = replication_user::apply(&connector, &limits, &wanted);
        let committed = async {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            holder.batch_execute("COMMIT").await.expect("it was open");
        };
        let (refused, ()) = tokio::join!(applied, committed);
        let Refusal::WouldForce(nested) = refusal(refused.expect_err("somebody is inside")) else {
            panic!("another refusal");
        };
        assert_eq!(nested[0].login, "inside");
        assert_eq!(requested(&connector, "inside").await, AuthRequest::Password);
    });
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[apply(on_both_sides_of_16)]
fn memberships_given_and_taken_at_once_end_without_a_deadlock(major: u16) {
    const ROUNDS: usize = 10;
    let stand_in = StandIn::start(major);
    let (givers, takers) = (connector(&stand_in), connector(&stand_in));
    for number in 0..8 {
        stand_in.sql(&format!(
            "CREATE ROLE giver_{number} LOGIN; CREATE ROLE taker_{number} LOGIN; \
             SET ROLE master; GRANT rds_replication, rds_iam TO taker_{number}"
        ));
    }
    let both = Revocation {
        rds_iam: true,
        privilege: PrivilegeSources {
            membership: true,
            attribute: false,
        },
    };
    let give = async |connector: &Server, name: &str| {
        replication_user::apply(connector, &scope(), &desired(name))
            .await
            .expect("it is granted");
    };
    let take = async |connector: &Server, name: &str| {
        replication_user::revoke(connector, &scope(), name, None, both)
            .await
            .expect("it is revoked");
    };
    stand_in.block_on(async {
        let rounds = (0..8).map(async |number| {
            let (giver, taker) = (format!("giver_{number}"), format!("taker_{number}"));
            for _ in 0..ROUNDS {
                tokio::join!(give(&givers, &giver), take(&takers, &taker));
                tokio::join!(give(&takers, &taker), take(&givers, &giver));
            }
        });
        join_all(rounds).await;
    });
    // Sessions leave their last numbers when they end.
    drop((givers, takers));
    eventually("the end of the sessions", || {
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'master'";
        stand_in.sql_value(sessions).as_deref() == Some("0")
    });
    let deadlocks = "SELECT sum(deadlocks) FROM pg_stat_database";
    assert_eq!(stand_in.sql_value(deadlocks).as_deref(), Some("0"));
}
