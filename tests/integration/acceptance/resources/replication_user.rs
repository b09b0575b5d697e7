//! `rdsiam_replication_user`: roles that it creates, roles that it refuses, where it is told nothing of
//! the server, and who must not be locked out.

use rstest_reuse::apply;

use crate::support::{
    StandIn, Workspace, any_major, before_16, from_16, on_both_sides_of_16,
    user::{ADDRESS, resource, rewrite, workspace},
};

#[test]
fn replication_user_name_of_64_bytes_is_refused_not_truncated() {
    let workspace = Workspace::offline();
    workspace.write(&resource(&"x".repeat(64), ""));
    workspace.run(&["validate"]).failure().says("63");
}

#[test]
fn replication_user_not_there_is_an_error_that_names_create_role() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "nobody_here", "");
    workspace
        .apply()
        .failure()
        .says("nobody_here")
        .says("create_role");
}

#[test]
fn replication_user_created_before_16_is_dropped_at_destroy() {
    let stand_in = StandIn::start(before_16());
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
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "create_role = true");
    workspace
        .apply()
        .failure()
        .says("this provider did not create it")
        .says("terraform import ADDRESS 'cluster:orders/app'");
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[apply(on_both_sides_of_16)]
fn replication_user_created_by_a_run_that_lost_its_state_is_refused_until_it_is_imported(
    major: u16,
) {
    let stand_in = StandIn::not_counting_creators(major);
    let workspace = workspace(&stand_in, "it's", "create_role = true");
    workspace.apply().success();
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace
        .apply()
        .failure()
        .says("with the comment of this provider")
        .says("terraform import ADDRESS 'cluster:orders/it'\\''s'");
    workspace
        .run(&["import", ADDRESS, "cluster:orders/it's"])
        .success();
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    workspace.plan().empty();
    workspace.destroy().success();
    let left = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'it''s'");
    assert_eq!(left.as_deref(), Some("0"));
}

#[apply(on_both_sides_of_16)]
fn replication_user_of_a_lost_state_is_imported_by_a_block_and_dropped_at_destroy(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let created = "create_role = true";
    let workspace = workspace(&stand_in, "fresh", created);
    workspace.apply().success();
    workspace.run(&["state", "rm", ADDRESS]).success();
    let import = format!("import {{\n  to = {ADDRESS}\n  id = \"cluster:orders/fresh\"\n}}\n");
    workspace.write(&(stand_in.provider() + &resource("fresh", created) + &import));
    workspace
        .apply()
        .success()
        .says("1 imported, 0 added, 1 changed, 0 destroyed");
    workspace.plan().empty();
    workspace.destroy().success();
    let left = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'");
    assert_eq!(left.as_deref(), Some("0"));
}

#[test]
fn replication_user_create_role_released_and_taken_over_runs_no_sql() {
    let stand_in = StandIn::start(any_major());
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

#[apply(on_both_sides_of_16)]
fn replication_user_that_owns_objects_is_not_dropped_and_they_are_listed(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
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
fn replication_user_created_from_16_is_taken_back_when_the_creator_would_be_locked_out() {
    let stand_in = StandIn::start(from_16());
    let workspace = workspace(&stand_in, "fresh", "create_role = true");
    workspace.apply().failure().says("master");
    let left = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'");
    assert_eq!(left.as_deref(), Some("0"));
    assert!(workspace.state(ADDRESS).is_none());
}

#[test]
fn replication_user_created_from_16_stays_where_the_creators_row_does_not_count() {
    let stand_in = StandIn::not_counting_creators(from_16());
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
    let stand_in = StandIn::start(any_major());
    for name in ["master", "rdsadmin", "rds_superuser", "pg_monitor"] {
        let workspace = workspace(&stand_in, name, "");
        workspace.apply().failure().says(name);
    }
}

#[test]
fn replication_user_in_rds_ad_even_nested_is_refused() {
    let stand_in = StandIn::start(any_major());
    stand_in
        .sql("CREATE ROLE staff; GRANT rds_ad TO staff; CREATE ROLE app LOGIN; GRANT staff TO app");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().failure().says("rds_ad");
    assert_eq!(stand_in.memberships("app"), ["staff"]);
}

#[apply(on_both_sides_of_16)]
fn replication_user_nologin_is_allowed_with_a_warning(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app NOLOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success().says("cannot log in");
    workspace.plan().empty();
}

#[test]
fn replication_user_unknown_connection_is_planned_and_applied_in_one_run() {
    let stand_in = StandIn::start(any_major());
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
    let stand_in = StandIn::with_clusters(any_major(), &["orders", "billing"]);
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
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "cdc", "on_destroy = \"retain\"");
    workspace.apply().success();
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("cdc"), ["rds_iam", "rds_replication"]);
}

#[test]
fn replication_user_server_down_is_no_obstacle_to_the_plan_of_a_create() {
    let stand_in = StandIn::start(any_major());
    let workspace = Workspace::new(&stand_in);
    let provider = stand_in.provider_with("").replace(
        &format!("connect_port = {}", stand_in.cluster().connect_port),
        "connect_port = 1",
    );
    let limit = "timeouts {\n    create = \"3s\"\n  }";
    workspace.write(&(provider + &resource("cdc", limit)));
    workspace.plan().changes().says("1 to add");
    workspace.apply().failure();
}

#[test]
fn replication_user_secrets_are_in_no_state_plan_log_or_error() {
    let stand_in = StandIn::start(any_major());
    let mut workspace = Workspace::new(&stand_in);
    let log = workspace.path().join("provider.log");
    // For its log.
    workspace.manage_provider();
    workspace.set_environment("TF_LOG", "TRACE");
    workspace.set_environment("TF_LOG_PATH", &log.display().to_string());
    workspace.set_environment("PGPASSWORD", "a-wrong-password-in-clear");
    rewrite(&workspace, &stand_in, "cdc", "");
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
