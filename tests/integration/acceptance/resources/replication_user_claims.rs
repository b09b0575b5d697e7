//! One role at two addresses of a run: what is done at one is not undone at the other.

use rstest_reuse::apply;

use crate::support::{
    StandIn, Workspace, any_major, on_both_sides_of_16,
    user::{ADDRESS, resource, workspace},
};

const KEPT: &str = "Kept For Another Resource Of This Run";
const BEFORE: &str = "lifecycle {\n    create_before_destroy = true\n  }";

/// Those of `app_0` to `app_2` that are there, and those that are in `rds_iam`.
fn roles(stand_in: &StandIn) -> (String, String) {
    let count = |condition: &str| {
        let query =
            format!("SELECT count(*) FROM pg_roles r WHERE rolname LIKE 'app%' AND {condition}");
        stand_in.sql_value(&query).expect("a count")
    };
    (
        count("true"),
        count(
            "EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid \
             AND pg_get_userbyid(m.roleid) = 'rds_iam')",
        ),
    )
}

fn counted(stand_in: &StandIn, arguments: &str) -> String {
    format!(
        "{}resource \"rdsiam_replication_user\" \"this\" {{\n  count = 3\n  name = \"app_${{count.index}}\"\n  \
         {arguments}\n}}\n",
        stand_in.provider()
    )
}

fn each(stand_in: &StandIn, arguments: &str) -> String {
    format!(
        "{}resource \"rdsiam_replication_user\" \"this\" {{\n  for_each = toset([\"app_0\", \"app_1\", \"app_2\"])\n  \
         name = each.key\n  {arguments}\n}}\n",
        stand_in.provider()
    )
}

#[apply(on_both_sides_of_16)]
fn claims_of_a_role_that_was_there_outlive_a_replacement_that_creates_first(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", BEFORE);
    workspace.apply().success();
    workspace
        .run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")])
        .success()
        .says(KEPT);
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();
    // The new object answers for what the old one granted.
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[apply(on_both_sides_of_16)]
fn claims_of_a_created_role_outlive_a_replacement_that_creates_first(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let workspace = workspace(
        &stand_in,
        "fresh",
        &format!("create_role = true\n  {BEFORE}"),
    );
    workspace.apply().success();
    workspace
        .run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")])
        .failure()
        .says("The role \"fresh\" is there already");
    assert_eq!(
        stand_in.memberships("fresh"),
        ["rds_iam", "rds_replication"]
    );
    workspace.plan().empty();
    workspace.destroy().success();
}

#[test]
fn claims_of_roles_that_were_there_outlive_new_addresses() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app_0 LOGIN; CREATE ROLE app_1 LOGIN; CREATE ROLE app_2 LOGIN");
    let workspace = Workspace::new(&stand_in);
    workspace.write(&counted(&stand_in, ""));
    workspace.apply().success();
    workspace.write(&each(&stand_in, ""));
    workspace
        .plan()
        .changes()
        .says("One Object Created And Destroyed")
        .says("Write a `moved` block");
    workspace.apply().success();
    assert_eq!(roles(&stand_in), ("3".to_owned(), "3".to_owned()));
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(roles(&stand_in), ("3".to_owned(), "0".to_owned()));
}

#[test]
fn claims_of_created_roles_outlive_new_addresses() {
    let stand_in = StandIn::not_counting_creators(any_major());
    let workspace = Workspace::new(&stand_in);
    workspace.write(&counted(&stand_in, "create_role = true"));
    workspace.apply().success();
    workspace.write(&each(&stand_in, "create_role = true"));
    workspace
        .plan()
        .changes()
        .says("One Object Created And Destroyed");
    let run = workspace.apply();
    assert_eq!(roles(&stand_in), ("3".to_owned(), "3".to_owned()));
    // Each is in the state at its new address or at its old one, and then an error says how it moves.
    for number in 0..3 {
        let address = format!("rdsiam_replication_user.this[\"app_{number}\"]");
        if workspace.state(&address).is_none() {
            let old = format!("rdsiam_replication_user.this[{number}]");
            assert!(run.text().contains("`moved` block"), "{}", run.text());
            workspace.run(&["state", "mv", &old, &address]).success();
        }
    }
    workspace.apply().success();
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(roles(&stand_in), ("0".to_owned(), "0".to_owned()));
}

#[test]
fn claims_of_one_role_by_two_resources_are_refused_to_the_second() {
    let stand_in = StandIn::not_counting_creators(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    for (name, arguments) in [("app", ""), ("fresh", "create_role = true")] {
        let workspace = Workspace::new(&stand_in);
        let one = resource(name, arguments);
        // The same database, named in another way.
        let other = format!("cluster_identifier = \"Orders\"\n  {arguments}");
        let other = resource(name, &other).replace("\"this\"", "\"other\"");
        workspace.write(&(stand_in.provider() + &one + &other));
        workspace.apply().failure().says(&format!(
            "Another resource of this run manages the role \"{name}\""
        ));
        assert_eq!(stand_in.memberships(name), ["rds_iam", "rds_replication"]);
        let managed = [ADDRESS, "rdsiam_replication_user.other"]
            .into_iter()
            .filter(|address| workspace.state(address).is_some());
        assert_eq!(managed.count(), 1);
    }
}

/// A resource at the address `other`.
fn other(name: &str, arguments: &str) -> String {
    resource(name, arguments).replace("\"this\"", "\"other\"")
}

#[apply(on_both_sides_of_16)]
fn claims_of_a_role_that_is_imported_at_another_address_keep_it_from_being_destroyed(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let workspace = workspace(&stand_in, "fresh", "create_role = true");
    workspace.apply().success();
    let import =
        "import {\n  to = rdsiam_replication_user.other\n  id = \"cluster:orders/fresh\"\n}\n";
    workspace.write(&format!(
        "{}{import}{}",
        stand_in.provider(),
        other("fresh", "create_role = true")
    ));
    workspace
        .apply()
        .failure()
        .says("One Object Destroyed And Kept")
        .says("`moved` block");
    assert_eq!(
        stand_in.memberships("fresh"),
        ["rds_iam", "rds_replication"]
    );
    let moved =
        "moved {\n  from = rdsiam_replication_user.this\n  to = rdsiam_replication_user.other\n}\n";
    workspace.write(&format!(
        "{}{moved}{}",
        stand_in.provider(),
        other("fresh", "create_role = true")
    ));
    workspace.apply().success().does_not_say("One Object");
    workspace.destroy().success();
    assert_eq!(
        stand_in.sql_value("SELECT 1 FROM pg_roles WHERE rolname = 'fresh'"),
        None
    );
}

#[test]
fn claims_of_a_role_at_two_addresses_are_said_and_neither_destroys_it() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    let both = format!("{}{}", resource("app", ""), other("app", ""));
    workspace.write(&format!("{}{both}", stand_in.provider()));
    workspace
        .run(&[
            "import",
            "rdsiam_replication_user.other",
            "cluster:orders/app",
        ])
        .success();
    workspace
        .plan()
        .empty()
        .says("One Object At Two Addresses")
        .says("`terraform state rm`");
    workspace.write(&format!("{}{}", stand_in.provider(), resource("app", "")));
    workspace
        .apply()
        .failure()
        .says("One Object Destroyed And Kept");
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace
        .run(&["state", "rm", "rdsiam_replication_user.other"])
        .success();
    workspace.plan().empty().does_not_say("One Object");
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[test]
fn claims_of_a_role_with_a_deposed_object_do_not_stand_in_the_way_of_the_next_applies() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    let after = "resource \"terraform_data\" \"after\" {\n  triggers_replace = timestamp()\n  depends_on = [rdsiam_replication_user.this]\n  \
         lifecycle {\n    create_before_destroy = true\n  }\n  provisioner \"local-exec\" {\n    command = \"exit STATUS\"\n  }\n}\n";
    let workspace = Workspace::new(&stand_in);
    let write = |status: &str| {
        workspace.write(&format!(
            "{}{}{}",
            stand_in.provider(),
            resource("app", BEFORE),
            after.replace("STATUS", status)
        ));
    };
    write("0");
    workspace.apply().success();
    write("1");
    workspace
        .run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")])
        .failure();
    workspace.run(&["show"]).success().says("deposed");
    write("0");
    workspace
        .apply()
        .success()
        .says("One Object Destroyed And Kept");
    workspace.apply().success();
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}
