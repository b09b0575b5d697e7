//! `rdsiam_replication_user`: grants, the right to replicate, roles that it creates, names, races,
//! and who must not be locked out.

use serde_json::json;

use crate::support::{Relay, StandIn, Workspace, eventually};

const ADDRESS: &str = "rdsiam_replication_user.this";

/// The argument for a name, quoted as HCL wants it.
fn hcl(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn resource(name: &str, arguments: &str) -> String {
    format!(
        "resource \"rdsiam_replication_user\" \"this\" {{\n  name = \"{}\"\n  {arguments}\n}}\n",
        hcl(name)
    )
}

fn workspace(stand_in: &StandIn, name: &str, arguments: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(&(stand_in.provider() + &resource(name, arguments)));
    workspace
}

fn sql_ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[test]
fn replication_user_hostile_names_work_through_create_plan_import_and_destroy() {
    let stand_in = StandIn::start(15);
    let names = [
        "Repl User\"; DROP ROLE x;--",
        "UPPER",
        &"x".repeat(63),
        "réplication-ünïcode",
        "team/app@eu",
        "it's",
    ];
    stand_in.sql("CREATE ROLE x");
    for name in names {
        stand_in.sql(&format!(
            "CREATE ROLE {} LOGIN PASSWORD 'p'",
            sql_ident(name)
        ));
        let workspace = workspace(&stand_in, name, "");
        workspace.apply().success();
        assert_eq!(
            stand_in.memberships(name),
            ["rds_iam", "rds_replication"],
            "{name}"
        );
        workspace.plan().empty();
        let id = format!("orders/{name}");
        assert_eq!(
            workspace.state(ADDRESS).expect("a state")["id"],
            id.as_str()
        );
        workspace.run(&["state", "rm", ADDRESS]).success();
        workspace.run(&["import", ADDRESS, &id]).success();
        workspace.plan().empty();
        workspace.destroy().success();
        assert!(
            !stand_in.memberships(name).contains(&"rds_iam".to_owned()),
            "{name}"
        );
    }
    assert_eq!(
        stand_in
            .sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'x'")
            .as_deref(),
        Some("1")
    );
}

#[test]
fn replication_user_name_of_64_bytes_is_refused_not_truncated() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, &"x".repeat(64), "");
    workspace.run(&["validate"]).failure().says("63");
}

#[test]
fn replication_user_not_there_is_an_error_that_names_create_role() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "nobody_here", "");
    workspace
        .apply()
        .failure()
        .says("nobody_here")
        .says("create_role");
}

#[test]
fn replication_user_dropped_behind_our_back_is_planned_again() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql("DROP ROLE app");
    workspace
        .plan()
        .changes()
        .says("1 to add, 0 to change, 0 to destroy");
}

#[test]
fn replication_user_right_taken_away_drifts_from_none() {
    let stand_in = StandIn::start(17);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql("REVOKE rds_replication FROM app GRANTED BY rds_superuser");
    workspace.plan().changes().says("\"none\" -> \"auto\"");
    workspace.apply().success();
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();
}

#[test]
fn replication_user_created_on_15_is_dropped_at_destroy() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "fresh", "create_role = true");
    workspace.apply().success();
    assert_eq!(
        stand_in.memberships("fresh"),
        ["rds_iam", "rds_replication"]
    );
    workspace.plan().empty();
    workspace.destroy().success();
    let left = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'");
    assert_eq!(left.as_deref(), Some("0"));
}

#[test]
fn replication_user_created_role_that_exists_is_refused_and_named_for_import() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "create_role = true");
    workspace.apply().failure().says("import");
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[test]
fn replication_user_created_by_a_run_that_lost_its_state_is_adopted() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "fresh", "create_role = true");
    workspace.apply().success();
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace.apply().success().says("Warning");
    workspace.plan().empty();
}

#[test]
fn replication_user_create_role_released_and_taken_over_runs_no_sql() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    for create_role in ["true", "false"] {
        workspace.write(
            &(stand_in.provider() + &resource("app", &format!("create_role = {create_role}"))),
        );
        workspace
            .apply()
            .success()
            .says("0 added, 1 changed, 0 destroyed");
        workspace.plan().empty();
    }
    workspace.destroy().success();
    let left = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'app'");
    assert_eq!(left.as_deref(), Some("1"));
}

#[test]
fn replication_user_that_owns_objects_is_not_dropped_and_they_are_listed() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "fresh", "create_role = true");
    workspace.apply().success();
    stand_in.sql("CREATE TABLE public.owned_by_fresh (id int); ALTER TABLE public.owned_by_fresh OWNER TO fresh");
    workspace
        .destroy()
        .failure()
        .says(&stand_in.cluster().database.clone());
    assert_eq!(
        stand_in.memberships("fresh"),
        ["rds_iam", "rds_replication"]
    );
    stand_in.sql("DROP TABLE public.owned_by_fresh");
    workspace.destroy().success();
}

#[test]
fn replication_user_login_inside_is_refused_unless_listed() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN; CREATE ROLE inside NOINHERIT LOGIN; GRANT app TO inside");
    let workspace = workspace(&stand_in, "app", "");
    workspace
        .apply()
        .failure()
        .says("inside")
        .says("allow_iam_for");
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    workspace.write(&(stand_in.provider() + &resource("app", "allow_iam_for = [\"inside\"]")));
    workspace.apply().success();
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();
}

#[test]
fn replication_user_created_on_17_is_taken_back_when_the_creator_would_be_locked_out() {
    let stand_in = StandIn::start(17);
    let workspace = workspace(&stand_in, "fresh", "create_role = true");
    workspace.apply().failure().says("master");
    let left = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'");
    assert_eq!(left.as_deref(), Some("0"));
    assert!(workspace.state(ADDRESS).is_none());
}

#[test]
fn replication_user_created_on_17_stays_where_the_creators_row_does_not_count() {
    let stand_in = StandIn::start(17);
    stand_in.control(
        "POST",
        "/clusters/orders/settings",
        &json!({"creator_row_counts": false}),
    );
    let workspace = workspace(&stand_in, "fresh", "create_role = true");
    workspace.apply().success();
    assert_eq!(
        stand_in.memberships("fresh"),
        ["rds_iam", "rds_replication"]
    );
    workspace.plan().empty();
    workspace.destroy().success();
}

#[test]
fn replication_user_reserved_roles_and_the_master_user_are_refused() {
    let stand_in = StandIn::start(15);
    for name in ["master", "rdsadmin", "rds_superuser", "pg_monitor"] {
        let workspace = workspace(&stand_in, name, "");
        workspace.apply().failure().says(name);
    }
}

#[test]
fn replication_user_in_rds_ad_even_nested_is_refused() {
    let stand_in = StandIn::start(15);
    stand_in
        .sql("CREATE ROLE staff; GRANT rds_ad TO staff; CREATE ROLE app LOGIN; GRANT staff TO app");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().failure().says("rds_ad");
    assert_eq!(stand_in.memberships("app"), ["staff"]);
}

#[test]
fn replication_user_nologin_is_allowed_with_a_warning() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app NOLOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success().says("cannot log in");
    workspace.plan().empty();
}

#[test]
fn replication_user_membership_of_another_grantor_survives_and_is_named() {
    let stand_in = StandIn::start(17);
    let workspace = workspace(&stand_in, "cdc", "");
    workspace.apply().success();
    stand_in.sql("GRANT rds_iam TO cdc");
    workspace.write(&(stand_in.provider() + &resource("cdc", "rds_iam = false")));
    workspace.apply().failure().says("rdsadmin");
    workspace.write(&(stand_in.provider() + &resource("cdc", "")));
    workspace.destroy().success().says("rdsadmin");
}

#[test]
fn replication_user_membership_that_nobody_here_may_revoke_is_an_error_not_a_success() {
    let stand_in = StandIn::start(17);
    stand_in.sql("GRANT rds_iam TO cdc");
    let workspace = workspace(&stand_in, "cdc", "");
    workspace.apply().success().says("rds_iam already");
    workspace.write(&(stand_in.provider() + &resource("cdc", "rds_iam = false")));
    workspace.apply().failure().says("rdsadmin");
    assert_eq!(workspace.state(ADDRESS).expect("a state")["rds_iam"], true);
}

#[test]
fn replication_user_two_processes_at_once_both_succeed() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspaces: Vec<_> = (0..3).map(|_| workspace(&stand_in, "app", "")).collect();
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
}

#[test]
fn replication_user_unknown_connection_is_planned_and_applied_in_one_run() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    let provider = stand_in.provider_with("").replace(
        "cluster_identifier = \"orders\"",
        "cluster_identifier = terraform_data.cluster.output",
    );
    workspace.write(&format!(
        "resource \"terraform_data\" \"cluster\" {{\n  input = \"orders\"\n}}\n{provider}{}",
        resource("cdc", "")
    ));
    workspace.plan().changes().says("Plan: 2 to add");
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn replication_user_provider_that_points_elsewhere_is_an_error_that_names_both() {
    let stand_in = StandIn::with_clusters(15, &["orders", "billing"]);
    let workspace = workspace(&stand_in, "cdc", "");
    workspace.apply().success();
    let billing = stand_in.cluster_named("billing");
    let provider = stand_in
        .provider()
        .replace("\"orders\"", "\"billing\"")
        .replace(
            &stand_in.cluster().connect_port.to_string(),
            &billing.connect_port.to_string(),
        );
    workspace.write(&(provider + &resource("cdc", "")));
    workspace
        .run(&["plan"])
        .failure()
        .says("orders")
        .says("billing");
}

#[test]
fn replication_user_retained_on_destroy_keeps_its_grants() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "cdc", "on_destroy = \"retain\"");
    workspace.apply().success();
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("cdc"), ["rds_iam", "rds_replication"]);
}

#[test]
fn replication_user_server_down_is_no_obstacle_to_the_plan_of_a_create() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    let provider = stand_in.provider_with("").replace(
        &format!("connect_port = {}", stand_in.cluster().connect_port),
        "connect_port = 1",
    );
    workspace.write(&(provider + &resource("cdc", "")));
    workspace.plan().changes().says("1 to add");
    workspace.apply().failure();
}

#[test]
fn replication_user_secrets_are_in_no_state_plan_log_or_error() {
    let stand_in = StandIn::start(15);
    let mut workspace = Workspace::new(&stand_in);
    let log = workspace.path().join("provider.log");
    workspace.set_environment("TF_LOG", "TRACE");
    workspace.set_environment("TF_LOG_PATH", &log.display().to_string());
    workspace.set_environment("PGPASSWORD", "a-wrong-password-in-clear");
    workspace.write(&(stand_in.provider() + &resource("cdc", "")));
    let refused = workspace.apply().failure();
    workspace.set_environment("PGPASSWORD", "");
    let applied = workspace.apply().success();
    workspace.run(&["plan", "-out=plan.bin"]).success();
    let shown = workspace.run(&["show", "-json", "plan.bin"]).success();
    let log = std::fs::read_to_string(log).expect("there is a log");
    let secrets = [
        "a-wrong-password-in-clear".to_owned(),
        stand_in.cluster().master_password.clone(),
        stand_in.cluster().replication_password.clone(),
    ];
    for secret in &secrets {
        for (place, text) in [
            ("an error", refused.text()),
            ("the output", applied.text()),
            ("the plan", shown.text()),
            ("the state", workspace.state_text()),
        ] {
            assert!(!text.contains(secret.as_str()), "{place} holds a secret");
        }
        // Terraform's own trace shows what it was given in the environment; the provider's may not.
        let lines = log
            .lines()
            .filter(|line| line.contains("provider.terraform-provider-rdsiam"));
        for line in lines {
            assert!(
                !line.contains(secret.as_str()),
                "the log holds a secret: {line}"
            );
        }
    }
}

/// The provider's processes that a CLI process started.
fn providers_of(cli: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")
        .expect("processes can be listed")
        .flatten()
    {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let is_provider = stat.contains("(terraform-provi");
        let parent = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        if is_provider && parent == Some(cli) {
            found.push(pid);
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn replication_user_provider_killed_between_commit_and_revoke_leaves_a_way_back_in() {
    let stand_in = StandIn::start(17);
    // The session, and the look at the master user before the commit; the one after it is held.
    let relay = Relay::passing(2, stand_in.cluster().connect_port);
    let through_relay = stand_in.provider_with("").replace(
        &format!("connect_port = {}", stand_in.cluster().connect_port),
        &format!("connect_port = {}", relay.port()),
    );
    let workspace = Workspace::new(&stand_in);
    let user = resource("fresh", "create_role = true");
    workspace.write(&(through_relay + &user));
    let cli = workspace
        .command(&["apply", "-auto-approve"])
        .spawn()
        .expect("the CLI starts");
    eventually("the look after the commit", || relay.accepted() == 3);
    assert_eq!(
        stand_in.memberships("fresh"),
        ["rds_iam", "rds_replication"]
    );
    for pid in providers_of(cli.id()) {
        let killed = std::process::Command::new("kill")
            .args(["-KILL", &pid.to_string()])
            .status()
            .expect("kill can be run");
        assert!(killed.success());
    }
    let output = cli.wait_with_output().expect("the CLI ends");
    assert!(!output.status.success());

    // The master user's password is refused now, and the error says how to go on.
    workspace.write(&(stand_in.provider() + &user));
    workspace.apply().failure().says("iam_auth = true");
    // With a token it gets back in, finds the role by its comment, and converges.
    workspace.write(
        &(stand_in.provider_with("username = \"master\"\n    iam_auth = true")
            + &resource(
                "fresh",
                "create_role = true\n  allow_iam_for = [\"master\"]",
            )),
    );
    workspace.apply().success().says("Role Adopted");
    workspace.plan().empty();
    workspace.destroy().success();
}
