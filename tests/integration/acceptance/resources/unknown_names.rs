//! What is named by values that are known only after apply, of resources that exist: planned as an
//! update, and never a replacement that nobody has seen.

use rds_emulator::Options;
use serde_json::json;

use crate::support::{Kind, StandIn, Workspace, any_major};

const USER: &str = "rdsiam_replication_user.this";
const PARAMETER: &str = "rdsiam_replication_parameter.this";
/// What the name comes from.
const LATER: &str = "terraform_data.later.output";

/// A resource whose output is known only after an apply that changes its input or its trigger.
fn later(output: &str, trigger: u8) -> String {
    format!(
        "resource \"terraform_data\" \"later\" {{\n  input            = {output:?}\n  triggers_replace = {trigger}\n}}\n"
    )
}

/// Two clusters and two instances.
fn stand_in() -> StandIn {
    let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    StandIn::with_options(Options {
        postgres: any_major(),
        clusters: names(["orders", "stock"]),
        instances: names(["billing", "audit"]),
        own_ports: true,
        ..Options::default()
    })
}

/// A provider block whose `postgres` block names no database.
fn defaults(stand_in: &StandIn) -> String {
    format!(
        "provider \"rdsiam\" {{\n  postgres {{\n    connect_host = \"127.0.0.1\"\n    sslrootcert = {:?}\n  }}\n}}\n",
        stand_in.connection().ca_file
    )
}

fn user(arguments: &str) -> String {
    format!("resource \"rdsiam_replication_user\" \"this\" {{\n  {arguments}\n}}\n")
}

fn parameter(arguments: &str) -> String {
    format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  wait_for_in_sync = false\n  {arguments}\n}}\n"
    )
}

/// The roles of RDS that a role is directly in.
fn memberships(stand_in: &StandIn, publisher: &str, role: &str) -> Vec<String> {
    let connection = stand_in.connection();
    let mut all = connection.clusters.iter().chain(&connection.instances);
    let publisher = all.find(|one| one.identifier == publisher);
    let url = &publisher.expect("a publisher").superuser_url;
    let sql = format!(
        "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid \
         JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = '{role}' AND r.rolname ~ '^rds_' ORDER BY 1"
    );
    let rows = stand_in.sql_at(url, &sql).into_iter().flatten();
    rows.flatten().collect()
}

/// Whether a role is directly in `rds_iam`. Some of them can replicate without us.
fn is_member(stand_in: &StandIn, publisher: &str, role: &str) -> bool {
    memberships(stand_in, publisher, role).contains(&"rds_iam".to_owned())
}

const GRANTED: [&str; 2] = ["rds_iam", "rds_replication"];

#[test]
fn replication_user_whose_names_are_not_known_yet_is_updated_in_place() {
    let stand_in = stand_in();
    for publisher in ["orders", "stock", "billing", "audit"] {
        let connection = stand_in.connection();
        let mut all = connection.clusters.iter().chain(&connection.instances);
        let url = all.find(|one| one.identifier == publisher);
        let url = &url.expect("a publisher").superuser_url;
        stand_in.sql_at(url, "CREATE ROLE another LOGIN");
    }
    // The argument, what it is, what it becomes; the other arguments; the user after that.
    let table = [
        (
            "cluster_identifier",
            "orders",
            "stock",
            "name = \"cdc\"",
            ("stock", "cdc"),
        ),
        (
            "db_instance_identifier",
            "billing",
            "audit",
            "name = \"cdc\"",
            ("audit", "cdc"),
        ),
        (
            "name",
            "cdc",
            "another",
            "cluster_identifier = \"orders\"",
            ("orders", "another"),
        ),
    ];
    for (argument, before, after, others, (publisher, role)) in table {
        let workspace = Workspace::new(&stand_in);
        let write = |output: &str, trigger: u8, more: &str| {
            workspace.write(&format!(
                "{}{}{}",
                defaults(&stand_in),
                later(output, trigger),
                user(&format!("{argument} = {LATER}\n  {others}\n  {more}")),
            ));
        };
        write(before, 1, "");
        workspace.apply().success();
        let state = workspace.state(USER).expect("a state");
        let (first, role_before) = match argument {
            "name" => ("orders", "cdc"),
            _ => (before, "cdc"),
        };
        assert_eq!(memberships(&stand_in, first, role_before), GRANTED);

        // Not known yet, and the same: nothing happens to it.
        write(before, 2, "");
        workspace
            .plan()
            .changes()
            .says("rdsiam_replication_user.this will be updated in-place")
            .says("1 to add, 1 to change, 1 to destroy");
        let granted_at = grant_time(&stand_in, first);
        workspace.apply().success();
        assert_eq!(grant_time(&stand_in, first), granted_at);
        assert_eq!(workspace.state(USER), Some(state.clone()));
        workspace.plan().empty();

        // With another change beside it.
        write(
            before,
            3,
            "on_destroy = \"revoke\"\n  probe_authentication = false",
        );
        workspace.plan().changes().says("will be updated in-place");
        workspace.apply().success();
        workspace.plan().empty();

        // Another one, which nobody could know: nothing is changed.
        write(after, 3, "");
        workspace
            .plan()
            .changes()
            .says("rdsiam_replication_user.this will be updated in-place")
            .says("0 to add, 2 to change, 0 to destroy");
        workspace
            .apply()
            .failure()
            .says("Replication User To Be Replaced")
            .says(&format!("{before:?}"))
            .says(&format!("{after:?}"))
            .says("Plan and apply again")
            .says("inconsistent final plan");
        assert_eq!(memberships(&stand_in, first, role_before), GRANTED);
        assert!(!is_member(&stand_in, publisher, role));
        // The next plan says what it takes.
        workspace
            .plan()
            .changes()
            .says("rdsiam_replication_user.this must be replaced")
            .does_not_say("To Be Replaced");
        workspace.apply().success();
        assert_eq!(memberships(&stand_in, publisher, role), GRANTED);
        assert!(!is_member(&stand_in, first, role_before));
        workspace.plan().empty();
        workspace.destroy().success();
    }
}

/// When somebody last wrote a membership.
fn grant_time(stand_in: &StandIn, publisher: &str) -> Vec<Vec<Option<String>>> {
    let connection = stand_in.connection();
    let mut all = connection.clusters.iter().chain(&connection.instances);
    let found = all.find(|one| one.identifier == publisher);
    let url = &found.expect("a publisher").superuser_url;
    stand_in.sql_at(
        url,
        "SELECT xmin::text, member::text FROM pg_auth_members ORDER BY 1, 2",
    )
}

#[test]
fn replication_user_whose_region_is_not_known_yet_is_updated_in_place() {
    let stand_in = stand_in();
    let workspace = Workspace::new(&stand_in);
    let write = |region: &str, trigger: u8| {
        workspace.write(&format!(
            "{}{}{}{}",
            defaults(&stand_in),
            later(region, trigger),
            user(&format!(
                "name = \"cdc\"\n  cluster_identifier = \"orders\"\n  region = {LATER}"
            )),
            parameter(&format!(
                "cluster_identifier = \"orders\"\n  region = {LATER}"
            )),
        ));
    };
    write("eu-central-1", 1);
    workspace.apply().success();
    write("eu-central-1", 2);
    workspace
        .plan()
        .changes()
        .says("1 to add, 2 to change, 1 to destroy");
    workspace.apply().success();
    workspace.plan().empty();
    write("eu-west-1", 2);
    workspace
        .plan()
        .changes()
        .says("0 to add, 3 to change, 0 to destroy");
    stand_in.forget_calls();
    workspace
        .apply()
        .failure()
        .says("Replication User To Be Replaced")
        .says("Replication Parameter To Be Replaced")
        .says("in eu-west-1");
    assert_eq!(stand_in.calls_of(Kind::Cluster.modify()), 0);
    assert_eq!(memberships(&stand_in, "orders", "cdc"), GRANTED);
}

#[test]
fn replication_user_of_another_kind_of_publisher_is_replaced_before_its_name_is_known() {
    let stand_in = stand_in();
    let workspace = Workspace::new(&stand_in);
    let write = |of_user: &str, of_parameter: &str| {
        workspace.write(&format!(
            "{}{}{}{}",
            defaults(&stand_in),
            later("billing", 1),
            user(&format!("name = \"cdc\"\n  {of_user}")),
            parameter(of_parameter),
        ));
    };
    let of_cluster = "cluster_identifier = \"orders\"";
    write(of_cluster, of_cluster);
    workspace
        .run(&[
            "apply",
            "-auto-approve",
            "-target",
            USER,
            "-target",
            PARAMETER,
        ])
        .success();
    let of_instance = format!("db_instance_identifier = {LATER}");
    write(&of_instance, &of_instance);
    workspace
        .plan()
        .changes()
        .says("rdsiam_replication_user.this must be replaced")
        .says("rdsiam_replication_parameter.this must be replaced");
    workspace.apply().success();
    assert_eq!(memberships(&stand_in, "billing", "cdc"), GRANTED);
    assert!(!is_member(&stand_in, "orders", "cdc"));
    workspace.plan().empty();
}

#[test]
fn replication_user_of_a_module_that_waits_is_updated_in_place() {
    let stand_in = stand_in();
    let workspace = Workspace::new(&stand_in);
    let state = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "elsewhere", "resources": [],
        "outputs": {"cluster": {"value": "orders", "type": "string"}, "role": {"value": "cdc", "type": "string"}},
    });
    let elsewhere = workspace.path().join("elsewhere.tfstate");
    std::fs::write(&elsewhere, state.to_string()).expect("a state can be written");
    let module = workspace.path().join("replication");
    std::fs::create_dir(&module).expect("a folder can be made");
    let resources = format!(
        "terraform {{\n  required_providers {{\n    rdsiam = {{\n      source = \"rdsiam/rdsiam\"\n    }}\n  }}\n}}\n\
         data \"terraform_remote_state\" \"elsewhere\" {{\n  backend = \"local\"\n  config = {{\n    path = {elsewhere:?}\n  }}\n}}\n{}{}",
        user(
            "name = data.terraform_remote_state.elsewhere.outputs.role\n  \
             cluster_identifier = data.terraform_remote_state.elsewhere.outputs.cluster"
        ),
        parameter("cluster_identifier = data.terraform_remote_state.elsewhere.outputs.cluster"),
    );
    std::fs::write(module.join("main.tf"), resources).expect("a module can be written");
    let write = |trigger: u8| {
        workspace.write(&format!(
            "{}{}module \"replication\" {{\n  source     = \"./replication\"\n  depends_on = [terraform_data.later]\n}}\n",
            defaults(&stand_in),
            later("x", trigger),
        ));
    };
    write(1);
    workspace.run(&["get"]).success();
    workspace.apply().success();
    workspace.plan().empty();
    write(2);
    workspace
        .plan()
        .changes()
        .says("module.replication.rdsiam_replication_user.this will be updated in-place")
        .says("module.replication.rdsiam_replication_parameter.this will be updated in-place")
        .says("1 to add, 2 to change, 1 to destroy");
    let granted_at = grant_time(&stand_in, "orders");
    stand_in.forget_calls();
    workspace.apply().success();
    assert_eq!(grant_time(&stand_in, "orders"), granted_at);
    assert_eq!(stand_in.calls_of(Kind::Cluster.modify()), 0);
    assert_eq!(stand_in.calls_of(Kind::Cluster.reset()), 0);
    workspace.plan().empty();
}

#[test]
fn replication_parameter_whose_names_are_not_known_yet_is_updated_in_place() {
    let stand_in = stand_in();
    let connection = stand_in.connection();
    let groups = |all: &[rds_emulator::Cluster]| {
        let groups = all.iter().map(|one| one.parameter_group.clone());
        groups.collect::<Vec<_>>()
    };
    for (kind, names, groups) in [
        (
            Kind::Cluster,
            ["orders", "stock"],
            groups(&connection.clusters),
        ),
        (
            Kind::Instance,
            ["billing", "audit"],
            groups(&connection.instances),
        ),
    ] {
        for (argument, before, after) in [
            (kind.argument(), names[0], names[1]),
            (
                kind.group_argument(),
                groups[0].as_str(),
                groups[1].as_str(),
            ),
        ] {
            let workspace = Workspace::new(&stand_in);
            let write = |output: &str, trigger: u8, more: &str| {
                workspace.write(&format!(
                    "{}{}",
                    later(output, trigger),
                    parameter(&format!("{argument} = {LATER}\n  {more}")),
                ));
            };
            let is_on = |group: &str| stand_in.value_in(kind, group).as_deref() == Some("1");
            write(before, 1, "");
            workspace.apply().success();
            assert!(is_on(&groups[0]), "{argument}");
            let state = workspace.state(PARAMETER).expect("a state");

            write(before, 2, "");
            workspace
                .plan()
                .changes()
                .says("rdsiam_replication_parameter.this will be updated in-place")
                .says("1 to add, 1 to change, 1 to destroy");
            stand_in.forget_calls();
            workspace.apply().success();
            assert_eq!(stand_in.calls_of(kind.modify()), 0);
            assert_eq!(workspace.state(PARAMETER), Some(state));
            workspace.plan().empty();

            // What is changed beside it is done.
            write(before, 3, "enabled = false");
            workspace.plan().changes().says("will be updated in-place");
            workspace.apply().success();
            assert!(!is_on(&groups[0]), "{argument}");
            workspace.plan().empty();
            write(before, 3, "");
            workspace.apply().success();

            write(after, 3, "");
            workspace
                .plan()
                .changes()
                .says("rdsiam_replication_parameter.this will be updated in-place")
                .says("0 to add, 2 to change, 0 to destroy");
            stand_in.forget_calls();
            workspace
                .apply()
                .failure()
                .says("Replication Parameter To Be Replaced")
                .says(&format!("{before:?}"))
                .says(&format!("{after:?}"))
                .says("Plan and apply again")
                .says("inconsistent final plan");
            assert_eq!(stand_in.calls_of(kind.modify()), 0);
            assert_eq!(stand_in.calls_of(kind.reset()), 0);
            assert!(is_on(&groups[0]) && !is_on(&groups[1]), "{argument}");
            // The next plan says what it takes. Without a refresh nothing tells it from an apply.
            workspace
                .run(&["plan", "-refresh=false"])
                .success()
                .says("rdsiam_replication_parameter.this must be replaced")
                .says("Replication Parameter To Be Replaced");
            if argument == kind.argument() {
                workspace.apply().success().does_not_say("To Be Replaced");
                assert!(!is_on(&groups[0]) && is_on(&groups[1]), "{argument}");
                workspace.plan().empty();
            }
            workspace.destroy().success();
        }
    }
}

#[test]
fn replication_parameter_by_a_group_that_is_not_known_yet_is_the_one_of_its_cluster() {
    let stand_in = stand_in();
    let workspace = Workspace::new(&stand_in);
    let group = stand_in.cluster().parameter_group.clone();
    let write = |output: &str, trigger: u8, named: &str| {
        workspace.write(&(later(output, trigger) + &parameter(named)));
    };
    write(&group, 1, "cluster_identifier = \"orders\"");
    workspace.apply().success();
    let by_group = format!("db_cluster_parameter_group_name = {LATER}");
    write(&group, 2, &by_group);
    workspace.plan().changes().says("will be updated in-place");
    stand_in.forget_calls();
    workspace.apply().success();
    assert_eq!(stand_in.calls_of(Kind::Cluster.modify()), 0);
    let state = workspace.state(PARAMETER).expect("a state");
    assert_eq!(state["id"], format!("cluster-parameter-group/{group}"));
    workspace.plan().empty();
    // Back to a cluster is another thing, whichever it is.
    write("orders", 2, &format!("cluster_identifier = {LATER}"));
    workspace.plan().changes().says("must be replaced");
}

#[test]
fn replication_user_of_a_provider_that_turns_out_to_be_elsewhere_is_left_alone() {
    let stand_in = stand_in();
    let workspace = Workspace::new(&stand_in);
    let write = |output: &str, arguments: &str| {
        let block = defaults(&stand_in).replace(
            "postgres {",
            &format!("postgres {{\n    cluster_identifier = {LATER}"),
        );
        workspace
            .write(&(block + &later(output, 1) + &user(&format!("name = \"cdc\"\n  {arguments}"))));
    };
    write("orders", "");
    workspace.apply().success();
    write("stock", "probe_authentication = false");
    workspace.plan().changes().says("will be updated in-place");
    // An error of the plan that the CLI makes once more at apply is shown as it is.
    workspace
        .apply()
        .failure()
        .says("Error: Plan Replication User")
        .says("points at \"stock\"")
        .does_not_say("inconsistent final plan");
    assert!(is_member(&stand_in, "orders", "cdc") && !is_member(&stand_in, "stock", "cdc"));
}

#[test]
fn change_beside_a_name_that_is_not_known_yet_says_whom_it_reaches() {
    let stand_in = stand_in();
    stand_in.sql("CREATE ROLE app LOGIN PASSWORD 'a' IN ROLE rds_replication, rds_iam");
    let workspace = Workspace::new(&stand_in);
    let write = |trigger: u8, is_on: bool| {
        workspace.write(&format!(
            "{}{}{}{}",
            defaults(&stand_in),
            later("orders", trigger),
            user(&format!(
                "name = \"cdc\"\n  cluster_identifier = {LATER}\n  rds_iam = {is_on}"
            )),
            parameter(&format!(
                "cluster_identifier = {LATER}\n  enabled = {is_on}"
            )),
        ));
    };
    write(1, false);
    workspace.apply().success();
    write(2, true);
    workspace
        .plan()
        .changes()
        .says("1 to add, 2 to change, 1 to destroy")
        .says("Password Logins To End")
        .says("Replication Logins Will Need IAM Tokens")
        .says("app -> rds_iam");
    workspace.apply().success();
    assert!(is_member(&stand_in, "orders", "cdc"));
    assert_eq!(stand_in.parameter().as_deref(), Some("1"));
    workspace.plan().empty();
}
