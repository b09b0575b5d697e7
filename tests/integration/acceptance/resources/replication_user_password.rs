//! The password for the time before IAM: write-only, and never sent as it is.

use rds_emulator::client::Connection;
use rstest_reuse::apply;
use serde_json::Value;

use crate::support::{StandIn, Workspace, any_major, before_16, on_both_sides_of_16};

const ADDRESS: &str = "rdsiam_replication_user.this";
const PASSWORD: &str = "corr3ct-horse'battery\\staple";
const ANOTHER: &str = "an0ther-horse";

fn resource(name: &str, arguments: &str) -> String {
    format!(
        "variable \"password\" {{\n  type      = string\n  sensitive = true\n}}\n\
         resource \"rdsiam_replication_user\" \"this\" {{\n  name = {name:?}\n  {arguments}\n}}\n"
    )
}

/// A role that is created with the password of the given version.
fn with_version(version: u32) -> String {
    let arguments = format!(
        "create_role = true\n  password_wo = var.password\n  password_wo_version = {version}"
    );
    resource("fresh", &arguments)
}

fn workspace(stand_in: &StandIn, configuration: &str, password: &str) -> Workspace {
    let mut workspace = Workspace::new(stand_in);
    workspace.set_environment("TF_VAR_password", password);
    workspace.write(&(stand_in.provider() + configuration));
    workspace
}

/// Whether the role streams with a password, as it does until the parameter is on.
fn logs_in(stand_in: &StandIn, password: &str) -> bool {
    let ca_file = stand_in.connection().ca_file.clone();
    let opened = Connection::open(stand_in.cluster(), &ca_file, "fresh", password);
    stand_in.block_on(opened).is_ok()
}

#[apply(on_both_sides_of_16)]
fn password_of_a_created_role_works_until_its_version_changes(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let mut workspace = workspace(&stand_in, &with_version(1), PASSWORD);
    workspace.apply().success();
    assert!(logs_in(&stand_in, PASSWORD));
    workspace.plan().empty();

    workspace.set_environment("TF_VAR_password", ANOTHER);
    workspace.plan().empty();
    workspace.write(&(stand_in.provider() + &with_version(2)));
    workspace
        .plan()
        .changes()
        .says("password_wo_version")
        .says("\"1\" -> \"2\"");
    workspace.apply().success();
    assert!(logs_in(&stand_in, ANOTHER));
    assert!(!logs_in(&stand_in, PASSWORD));
    workspace.plan().empty();

    // Whoever no longer declares it leaves it as it is.
    workspace.write(&(stand_in.provider() + &resource("fresh", "create_role = true")));
    workspace.apply().success();
    assert!(logs_in(&stand_in, ANOTHER));
    workspace.destroy().success();
}

#[test]
fn password_version_of_an_earlier_state_is_the_same_as_text() {
    let stand_in = StandIn::not_counting_creators(any_major());
    let workspace = workspace(&stand_in, &with_version(1), PASSWORD);
    workspace.apply().success();
    let path = workspace.path().join("terraform.tfstate");
    let state = std::fs::read_to_string(&path).expect("there is a state");
    let earlier = state
        .replace(
            "\"password_wo_version\": \"1\"",
            "\"password_wo_version\": 1",
        )
        .replace("\"schema_version\": 1", "\"schema_version\": 0");
    assert_ne!(earlier, state);
    std::fs::write(&path, earlier).expect("the state can be written");
    workspace.plan().empty();
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .success();
    let text = with_version(1).replace("= 1", "= \"1\"");
    workspace.write(&(stand_in.provider() + &text));
    workspace.plan().empty();
    let id = with_version(1).replace("= 1", "= \"8c2dd3a4-7c1b-4b0e-9d5c-1f2e3d4c5b6a\"");
    workspace.write(&(stand_in.provider() + &id));
    workspace.apply().success();
    assert!(logs_in(&stand_in, PASSWORD));
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn password_is_in_no_state_plan_log_or_log_of_the_server(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    stand_in.sql("ALTER SYSTEM SET log_statement = 'all'");
    stand_in.sql("SELECT pg_reload_conf()");
    let mut workspace = workspace(&stand_in, &with_version(1), ANOTHER);
    let log = workspace.path().join("provider.log");
    // For its log.
    workspace.manage_provider();
    workspace.set_environment("TF_LOG", "TRACE");
    workspace.set_environment("TF_LOG_PATH", &log.display().to_string());
    workspace.run(&["plan", "-out=planned"]).success();
    let shown = workspace.run(&["show", "-json", "planned"]).success();
    let applied = workspace.run(&["apply", "planned"]).success();
    assert!(logs_in(&stand_in, ANOTHER));
    let state = workspace.state(ADDRESS).expect("a state");
    assert!(state["password_wo"].is_null());
    let of_the_server = stand_in.sql_value(
        "SELECT pg_read_file(regexp_replace(current_setting('data_directory'), '[^/]+$', 'log'))",
    );
    let of_the_server = of_the_server.expect("the server has a log");
    assert!(of_the_server.contains("CREATE ROLE \"fresh\" LOGIN PASSWORD 'SCRAM-SHA-256$"));
    let log = std::fs::read_to_string(log).expect("there is a log");
    let of_the_provider: String = log
        .lines()
        .filter(|line| line.contains("provider.terraform-provider-rdsiam"))
        .collect();
    assert!(!of_the_provider.contains("SCRAM-SHA-256$"));
    for (place, text) in [
        // Terraform keeps the variables' values beside the plan's changes.
        ("the plan", plan_of_resources(&shown.stdout())),
        ("the output", applied.text()),
        ("the state", workspace.state_text()),
        ("the server's log", of_the_server),
        ("the provider's log", of_the_provider),
    ] {
        assert!(!text.contains(ANOTHER), "{place} holds the password");
    }
}

/// The part of a shown plan that comes from the provider.
fn plan_of_resources(shown: &str) -> String {
    let plan: serde_json::Value = serde_json::from_str(shown).expect("show prints JSON");
    format!("{} {}", plan["planned_values"], plan["resource_changes"])
}

#[test]
fn password_of_a_role_of_somebody_else_is_refused() {
    let workspace = Workspace::offline();
    let arguments = "password_wo = var.password\n  password_wo_version = 1";
    workspace.write(&resource("app", arguments));
    workspace
        .run(&["validate"])
        .failure()
        .says("password_wo")
        .says("set `create_role = true`");
    workspace.write(&resource(
        "app",
        "create_role = true\n  password_wo = \"hush\"",
    ));
    workspace
        .run(&["validate"])
        .failure()
        .says("password_wo_version");
}

#[apply(on_both_sides_of_16)]
fn password_among_md5_is_scram_and_that_is_said(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    stand_in.sql("ALTER SYSTEM SET password_encryption = 'md5'");
    stand_in.sql("SELECT pg_reload_conf()");
    let workspace = workspace(&stand_in, &with_version(1), PASSWORD);
    workspace
        .apply()
        .success()
        .says("Password Kept As SCRAM")
        .says("JDBC 42.2.0");
    assert!(logs_in(&stand_in, PASSWORD));
}

#[apply(on_both_sides_of_16)]
fn password_of_a_role_that_an_earlier_run_created_is_set_only_after_its_import(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let first = workspace(&stand_in, &with_version(1), ANOTHER);
    first.apply().success();
    let second = workspace(&stand_in, &with_version(1), PASSWORD);
    second
        .apply()
        .failure()
        .says("another configuration manages it")
        .says("terraform import");
    assert!(logs_in(&stand_in, ANOTHER));
    second
        .run(&["import", ADDRESS, "cluster:orders/fresh"])
        .success();
    second.apply().success();
    assert!(logs_in(&stand_in, PASSWORD));
}

/// From 16 on whoever may grant rds_iam is in rds_superuser, and so in rds_password.
#[test]
fn password_that_before_16_only_members_of_rds_password_may_set_is_refused_in_words_for_that() {
    let stand_in = StandIn::start(before_16());
    stand_in.sql("CREATE ROLE admin LOGIN CREATEROLE PASSWORD 'p'");
    let group = stand_in.cluster().parameter_group.clone();
    stand_in.set_static_parameter(&group, "rds.restrict_password_commands", "1");
    stand_in.control("POST", "/clusters/orders/reboot", &Value::Null);
    let as_admin = "username = \"admin\"\n    password = \"p\"";
    let mut workspace = Workspace::new(&stand_in);
    workspace.set_environment("TF_VAR_password", PASSWORD);
    workspace.write(&(stand_in.provider_with(as_admin) + &with_version(1)));
    workspace
        .apply()
        .failure()
        .says("must be a member of rds_password to alter passwords")
        .says("42501")
        .says("Grant rds_password to the provider's user")
        .says("with rdsiam_replication_user.this");
    let made = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'");
    assert_eq!(made.as_deref(), Some("0"));
    stand_in.sql("GRANT rds_password TO admin");
    workspace.apply().success();
    assert!(logs_in(&stand_in, PASSWORD));
}
