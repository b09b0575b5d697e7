//! `rdsiam_replication_users`: who can replicate or is in `rds_iam`, and what their connections must show.

use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::support::{
    StandIn, Workspace, any_major, eventually, on_both_sides_of_16, relay::silence_after,
};

const ADDRESS: &str = "data.rdsiam_replication_users.this";
const EVERYBODY: &str = "";

fn users(arguments: &str) -> String {
    format!("data \"rdsiam_replication_users\" \"this\" {{\n  {arguments}\n}}\n")
}

fn workspace(stand_in: &StandIn, configuration: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(configuration);
    workspace
}

/// The users that are read, by an apply that must succeed.
#[track_caller]
fn read_with(workspace: &Workspace) -> Vec<Value> {
    workspace.apply().success();
    let state = workspace.state(ADDRESS).expect("it is in the state");
    state["users"].as_array().expect("a list").clone()
}

/// The users that a data source with the given arguments reads.
#[track_caller]
fn read(stand_in: &StandIn, arguments: &str) -> Vec<Value> {
    let configuration = stand_in.provider() + &users(arguments);
    read_with(&workspace(stand_in, &configuration))
}

fn names(users: &[Value]) -> Vec<&str> {
    users
        .iter()
        .filter_map(|user| user["name"].as_str())
        .collect()
}

#[track_caller]
fn user(users: &[Value], name: &str) -> Value {
    let found = users.iter().find(|user| user["name"] == name);
    found
        .unwrap_or_else(|| panic!("{name} in {:?}", names(users)))
        .clone()
}

/// What normal and replication connections must show, each with how it is known.
fn required(user: &Value) -> [Value; 4] {
    [
        "normal_authentication",
        "normal_authentication_known_by",
        "replication_authentication",
        "replication_authentication_known_by",
    ]
    .map(|attribute| user[attribute].clone())
}

#[apply(on_both_sides_of_16)]
fn users_direct_nested_and_by_attribute_have_their_memberships_and_what_they_must_show(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(
        "CREATE ROLE team; GRANT rds_iam, rds_replication TO team; \
         CREATE ROLE nested LOGIN IN ROLE team; \
         CREATE ROLE direct LOGIN; GRANT rds_iam, rds_replication, team TO direct; \
         CREATE ROLE attribute LOGIN REPLICATION; GRANT rds_iam TO attribute; \
         CREATE ROLE reader LOGIN; GRANT rds_iam TO reader; \
         CREATE ROLE bystander LOGIN",
    );
    stand_in.switch_on();
    let all = read(&stand_in, EVERYBODY);
    let mut sorted = names(&all);
    sorted.sort_unstable();
    assert_eq!(names(&all), sorted);
    for name in ["cdc", "team", "nested", "direct", "attribute", "reader"] {
        user(&all, name);
    }
    for name in ["bystander", "rds_iam", "rds_replication"] {
        assert!(!sorted.contains(&name), "{name}");
    }

    let direct = user(&all, "direct");
    let grantor = stand_in.sql_value("SELECT session_user").expect("a name");
    let membership =
        |group: &str, path: &[&str]| json!({"group": group, "path": path, "grantors": [grantor]});
    assert_eq!(
        direct["memberships"],
        json!([
            membership("rds_iam", &["direct", "rds_iam"]),
            membership("rds_iam", &["direct", "team", "rds_iam"]),
            membership("rds_replication", &["direct", "rds_replication"]),
            membership("rds_replication", &["direct", "team", "rds_replication"]),
        ])
    );
    assert_eq!(direct["privileges"], json!(["rds_iam", "rds_replication"]));
    assert_eq!(direct["can_login"], true);
    let by_catalog = ["iam", "catalog", "iam", "catalog"];
    assert_eq!(required(&direct), by_catalog);
    let reason = direct["reason"].as_str().unwrap_or_default();
    assert!(
        reason.contains("it is in rds_iam (direct -> rds_iam)"),
        "{reason}"
    );
    assert!(
        reason.contains("rds.iam_auth_for_replication is on in the running server"),
        "{reason}"
    );

    let nested = user(&all, "nested");
    assert_eq!(required(&nested), by_catalog);
    assert_eq!(
        nested["memberships"][0]["path"],
        json!(["nested", "team", "rds_iam"])
    );

    let attribute = user(&all, "attribute");
    assert_eq!(attribute["privileges"], json!(["rds_iam", "replication"]));
    assert_eq!(
        required(&attribute),
        [
            json!("iam"),
            json!("catalog"),
            json!("unknown"),
            Value::Null
        ]
    );
    assert_eq!(
        required(&user(&all, "reader")),
        ["iam", "catalog", "none", "catalog"]
    );
    assert_eq!(
        required(&user(&all, "cdc")),
        ["password", "catalog", "password", "catalog"]
    );
    let team = user(&all, "team");
    assert_eq!(team["can_login"], false);
    assert_eq!(required(&team), ["none", "catalog", "none", "catalog"]);
    assert_eq!(team["reason"], "It cannot log in.");
}

#[apply(on_both_sides_of_16)]
fn users_are_probed_on_request_and_the_wire_decides(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(
        "CREATE ROLE attribute LOGIN REPLICATION; GRANT rds_iam TO attribute; \
         GRANT rds_iam TO cdc; CREATE ROLE team; GRANT rds_iam TO team",
    );
    stand_in.switch_on();
    let relay = stand_in.relay();
    let through = |arguments: &str| {
        let port = format!("connect_port = {}", stand_in.cluster().connect_port);
        let provider = stand_in
            .provider()
            .replace(&port, &format!("connect_port = {}", relay.port()));
        workspace(&stand_in, &(provider + &users(arguments)))
    };
    const WHO: &str = "name_regex = \"^(attribute|cdc|team)$\"";
    let unprobed = through(WHO);
    let before = relay.accepted();
    let all = read_with(&unprobed);
    assert_eq!(
        required(&user(&all, "attribute")),
        [
            json!("iam"),
            json!("catalog"),
            json!("unknown"),
            Value::Null
        ]
    );
    assert_eq!(relay.accepted() - before, 1);

    let before = relay.accepted();
    let all = read_with(&through(&format!("{WHO}\n  probe_authentication = true")));
    for name in ["attribute", "cdc"] {
        assert_eq!(
            required(&user(&all, name)),
            ["iam", "server", "iam", "server"],
            "{name}"
        );
    }
    let reason = user(&all, "attribute")["reason"].clone();
    let reason = reason.as_str().unwrap_or_default();
    assert!(
        reason.contains("asked, the server demands a token"),
        "{reason}"
    );
    assert_eq!(
        required(&user(&all, "team")),
        ["none", "catalog", "none", "catalog"]
    );
    // One for the catalog, and two for each login.
    assert_eq!(relay.accepted() - before, 1 + 2 * 2);
}

#[test]
fn users_that_cannot_be_probed_are_told_by_the_catalog_with_a_warning() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("GRANT rds_iam TO cdc");
    let relay = stand_in.relay();
    relay.add(silence_after(1));
    let port = format!("connect_port = {}", stand_in.cluster().connect_port);
    let provider = stand_in
        .provider_with("connect_timeout = 1")
        .replace(&port, &format!("connect_port = {}", relay.port()));
    let arguments = "name_regex = \"^cdc$\"\n  probe_authentication = true";
    let workspace = workspace(&stand_in, &(provider + &users(arguments)));
    workspace
        .plan()
        .empty()
        .says("Warning: Authentication Not Probed")
        .says("\"cdc\" for one");
}

#[test]
fn users_of_a_cluster_without_iam_authentication_replicate_with_passwords() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("GRANT rds_iam TO cdc");
    stand_in.switch_on();
    stand_in.set_iam_authentication(false, true);
    let cdc = user(&read(&stand_in, EVERYBODY), "cdc");
    assert_eq!(cdc["replication_authentication"], "password");
    let reason = cdc["reason"].as_str().unwrap_or_default();
    assert!(
        reason.contains("IAM database authentication is not enabled"),
        "{reason}"
    );
}

#[apply(on_both_sides_of_16)]
fn users_who_stream_are_listed_with_their_streams_and_slots(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE plain LOGIN PASSWORD 'p'");
    let one = stand_in.stream("b_slot");
    let other = stand_in.stream("a_slot");
    let all = read(&stand_in, EVERYBODY);
    let cdc = user(&all, "cdc");
    assert_eq!(cdc["slot_names"], json!(["a_slot", "b_slot"]));
    let walsenders = cdc["walsenders"].as_array().expect("a list");
    assert_eq!(walsenders.len(), 2);
    for walsender in walsenders {
        assert!(
            walsender["pid"].as_i64().is_some_and(|pid| pid > 0),
            "{walsender}"
        );
        assert_eq!(walsender["client_addr"], "127.0.0.1");
        assert_eq!(walsender["application_name"], Value::Null);
        assert!(walsender["slot_name"].is_string(), "{walsender}");
    }
    let master = user(&all, "master");
    assert_eq!(
        (&master["walsenders"], &master["slot_names"]),
        (&json!([]), &json!([]))
    );

    // Without pg_monitor the server does not say where somebody else comes from.
    let provider = stand_in.provider_with("username = \"plain\"\n    password = \"p\"");
    let cdc = user(
        &read_with(&workspace(&stand_in, &(provider + &users(EVERYBODY)))),
        "cdc",
    );
    assert_eq!(cdc["slot_names"], json!(["a_slot", "b_slot"]));
    assert_eq!(cdc["walsenders"][0]["client_addr"], Value::Null);

    for connection in [one, other] {
        stand_in
            .block_on(connection.close())
            .expect("the stream can be ended");
    }
    eventually("the end of the streams", || {
        stand_in.sql("SELECT FROM pg_stat_replication").is_empty()
    });
    let cdc = user(&read(&stand_in, EVERYBODY), "cdc");
    assert_eq!(
        (&cdc["walsenders"], &cdc["slot_names"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn users_are_filtered_by_name_and_by_what_replication_must_show() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql(
        "CREATE ROLE app_iam LOGIN; GRANT rds_iam, rds_replication TO app_iam; \
         CREATE ROLE app_password LOGIN; GRANT rds_replication TO app_password; \
         CREATE ROLE app_unknown LOGIN REPLICATION; GRANT rds_iam TO app_unknown; \
         CREATE ROLE app_none LOGIN; GRANT rds_iam TO app_none; \
         CREATE ROLE \"app\"\"quo'ted; \u{e9}\" LOGIN; GRANT rds_iam TO \"app\"\"quo'ted; \u{e9}\"",
    );
    stand_in.switch_on();
    for (arguments, expected) in [
        ("authentication = \"iam\"", vec!["app_iam"]),
        (
            "name_regex = \"^app_\"\n  authentication = \"password\"",
            vec!["app_password"],
        ),
        ("authentication = \"unknown\"", vec!["app_unknown"]),
        ("name_regex = \"_(none|iam)$\"", vec!["app_iam", "app_none"]),
        ("name_regex = \"quo\"", vec!["app\"quo'ted; \u{e9}"]),
        ("name_regex = \"^nobody$\"", vec![]),
    ] {
        assert_eq!(names(&read(&stand_in, arguments)), expected, "{arguments}");
    }
}

#[test]
fn users_of_a_cluster_of_their_own_follow_a_change_that_they_depend_on() {
    let stand_in = StandIn::start(any_major());
    let configuration = stand_in.provider()
        + "resource \"rdsiam_replication_parameter\" \"this\" {\n  cluster_identifier = \"orders\"\n}\n\
           resource \"rdsiam_replication_user\" \"cdc\" {\n  name = \"cdc\"\n}\n"
        + &users(
            "cluster_identifier = \"Orders\"\n  region = \"eu-central-1\"\n  \
             depends_on = [rdsiam_replication_parameter.this, rdsiam_replication_user.cdc]",
        );
    let workspace = workspace(&stand_in, &configuration);
    let cdc = user(&read_with(&workspace), "cdc");
    assert_eq!(required(&cdc), ["iam", "catalog", "iam", "catalog"]);
    assert_eq!(
        cdc["memberships"][0]["grantors"].as_array().map(Vec::len),
        Some(1)
    );
    workspace.plan().empty();
}

#[test]
fn users_of_no_database_or_of_one_that_is_down_are_an_error_that_says_so() {
    let stand_in = StandIn::start(any_major());
    workspace(&stand_in, &users(EVERYBODY))
        .plan()
        .failure()
        .says("Read Replication Users: No Database Configured");
    workspace(&stand_in, &users("cluster_identifier = \"nowhere\""))
        .plan()
        .failure()
        .says("There is no DB cluster \"nowhere\"");
    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    let provider = stand_in.provider_with("connect_timeout = 1");
    workspace(&stand_in, &(provider + &users(EVERYBODY)))
        .plan()
        .failure()
        .says("Error: Read Replication Users")
        .says(&stand_in.cluster().host);
}

#[test]
fn users_of_a_provider_that_is_not_known_yet_wait_for_what_it_comes_from() {
    let stand_in = StandIn::start(any_major());
    let provider = stand_in.provider().replace(
        "cluster_identifier = \"orders\"",
        "cluster_identifier = terraform_data.cluster.output",
    ) + "resource \"terraform_data\" \"cluster\" {\n  input = \"orders\"\n}\n";
    workspace(&stand_in, &(provider.clone() + &users(EVERYBODY)))
        .plan()
        .failure()
        .says("Read Replication Users: Database Not Known");
    let later = users("depends_on = [terraform_data.cluster]");
    let workspace = workspace(&stand_in, &(provider + &later));
    user(&read_with(&workspace), "cdc");
    workspace.plan().empty();
}

#[test]
fn users_with_arguments_that_mean_nothing_are_refused_before_anything_is_asked() {
    for (arguments, complaint) in [
        (
            "name_regex = \"(\"",
            "The value of name_regex must be a regular expression",
        ),
        (
            "authentication = \"none\"",
            "must be one of \"iam\", \"password\", \"unknown\"",
        ),
        ("region = \"eu-west-1\"", "Region Of Nothing"),
        (
            "cluster_identifier = \"a\"\n  db_instance_identifier = \"b\"",
            "At most one of `cluster_identifier` and `db_instance_identifier`",
        ),
    ] {
        let workspace = Workspace::offline();
        workspace.write(&users(arguments));
        let run = workspace.run(&["validate"]).failure().says(complaint);
        let argument = arguments.split(' ').next().unwrap_or_default();
        run.says(argument);
    }
}

#[test]
fn users_by_the_thousand_cost_one_snapshot_and_one_look() {
    const USERS: usize = 1000;
    let stand_in = StandIn::start(any_major());
    stand_in.sql(&format!(
        "DO $$ BEGIN FOR number IN 1..{USERS} LOOP \
         EXECUTE format('CREATE ROLE app_%s LOGIN', number); \
         EXECUTE format('GRANT rds_replication, rds_iam TO app_%s', number); END LOOP; END $$"
    ));
    let again = users("name_regex = \"^app_\"").replace("\"this\"", "\"again\"");
    let configuration = stand_in.provider() + &users("name_regex = \"^app_\"") + &again;
    let workspace = workspace(&stand_in, &configuration);
    let before = stand_in.traffic();
    let all = read_with(&workspace);
    let after = stand_in.traffic();
    assert_eq!(all.len(), USERS);
    let statements = after.statements - before.statements;
    let connections = after.all_connections() - before.all_connections();
    assert!((1..=20).contains(&statements), "{statements} statements");
    assert!((1..=2).contains(&connections), "{connections} connections");
}
