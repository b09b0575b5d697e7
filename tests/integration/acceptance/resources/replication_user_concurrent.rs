//! `rdsiam_replication_user` when many are changed at once, or somebody else is in the way.

use std::time::{Duration, Instant};

use rstest_reuse::apply;
use tokio_postgres::NoTls;

use crate::support::{
    StandIn, Workspace, on_both_sides_of_16,
    user::{ADDRESS, workspace},
};

const WAITING: &str = "SELECT count(*) FROM pg_stat_activity \
    WHERE application_name = 'terraform-provider-rdsiam' AND wait_event_type = 'Lock'";
const CONNECTED: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'terraform-provider-rdsiam'";

fn create_roles(stand_in: &StandIn, count: usize) {
    let roles: String = (0..count)
        .map(|number| format!("CREATE ROLE app_{number} LOGIN; "))
        .collect();
    stand_in.sql(&roles);
}

fn users(stand_in: &StandIn, count: usize) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_user\" \"this\" {{\n  count = {count}\n  name  = \"app_${{count.index}}\"\n}}\n",
        stand_in.provider()
    ));
    workspace
}

/// Roles that are in both groups.
fn granted(stand_in: &StandIn) -> Option<String> {
    stand_in.sql_value(
        "SELECT count(*) FROM pg_roles r WHERE rolname LIKE 'app%' AND 2 = (SELECT count(*) FROM pg_auth_members m \
         WHERE m.member = r.oid AND pg_get_userbyid(m.roleid) IN ('rds_iam', 'rds_replication'))",
    )
}

#[apply(on_both_sides_of_16)]
fn replication_users_fifty_at_once_are_all_granted_and_taken_back(major: u16) {
    let stand_in = StandIn::start(major);
    create_roles(&stand_in, 50);
    let workspace = users(&stand_in, 50);
    workspace
        .run(&["apply", "-auto-approve", "-parallelism=50"])
        .success();
    assert_eq!(granted(&stand_in).as_deref(), Some("50"));
    workspace.plan().empty();
    workspace
        .run(&["destroy", "-auto-approve", "-parallelism=50"])
        .success();
    assert_eq!(granted(&stand_in).as_deref(), Some("0"));
}

#[apply(on_both_sides_of_16)]
fn replication_users_of_two_workspaces_applied_at_once_end_well_in_both(major: u16) {
    let stand_in = StandIn::start(major);
    create_roles(&stand_in, 10);
    let workspaces = [users(&stand_in, 10), users(&stand_in, 10)];
    let children: Vec<_> = workspaces
        .iter()
        .map(|workspace| {
            workspace
                .command(&["apply", "-auto-approve"])
                .spawn()
                .expect("the CLI starts")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("the CLI ends");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        assert!(!text.contains("concurrently"), "{text}");
    }
    assert_eq!(granted(&stand_in).as_deref(), Some("10"));
    for workspace in workspaces {
        workspace.plan().empty();
    }
}

#[apply(on_both_sides_of_16)]
fn replication_user_behind_a_lock_is_told_who_waits_for_what_and_changes_nothing(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    let holder = hold_lock(&stand_in);
    workspace
        .apply()
        .failure()
        .says("could not grant to the role \"app\"")
        .says("SQLSTATE 55P03")
        .says("Somebody else holds a lock on the role");
    assert!(workspace.state(ADDRESS).is_none());
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    drop(holder);
    workspace.apply().success();
    workspace.plan().empty();
}

#[cfg(target_os = "linux")]
#[apply(on_both_sides_of_16)]
fn replication_user_interrupted_behind_a_lock_ends_at_once_and_leaves_nothing(major: u16) {
    use std::os::unix::process::CommandExt as _;

    use crate::support::eventually;

    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    let holder = hold_lock(&stand_in);
    // A group of its own, which Ctrl-C at a terminal reaches as a whole.
    let mut cli = workspace
        .command(&["apply", "-auto-approve"])
        .process_group(0)
        .spawn()
        .expect("the CLI starts");
    eventually("the wait for the lock", || {
        stand_in.sql_value(WAITING).as_deref() == Some("1")
    });
    let interrupted = std::process::Command::new("kill")
        .args(["-INT", "--", &format!("-{}", cli.id())])
        .status()
        .expect("kill can be run");
    assert!(interrupted.success());
    let since = Instant::now();
    let status = cli.wait().expect("the CLI ends");
    let took = since.elapsed();
    assert!(took < Duration::from_secs(2), "it took {took:?} to end");
    assert!(!status.success());
    eventually("the end of its session", || {
        stand_in.sql_value(CONNECTED).as_deref() == Some("0")
    });
    assert!(workspace.state(ADDRESS).is_none());
    drop(holder);
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    workspace.apply().success();
    workspace.plan().empty();
}

/// Somebody whose transaction is open, with a grant in it; ends when it is dropped.
fn hold_lock(stand_in: &StandIn) -> tokio_postgres::Client {
    stand_in.block_on(async {
        let (holder, connection) =
            tokio_postgres::connect(&stand_in.cluster().superuser_url, NoTls)
                .await
                .expect("the superuser can connect");
        tokio::spawn(connection);
        holder
            .batch_execute("BEGIN; GRANT rds_replication TO app")
            .await
            .expect("nobody holds it");
        holder
    })
}
