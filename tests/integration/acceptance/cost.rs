//! What a plan and an apply cost, in calls, statements, connections and round trips.

use std::{
    thread,
    time::{Duration, Instant},
};

use rds_emulator::Options;
use rstest_reuse::apply;

use crate::support::{
    Kind, StandIn, Workspace, from_16, on_both_sides_of_16, relay::silence_after,
};

const USERS: usize = 1000;
/// The one with a server, and those without.
const CLUSTERS: usize = 1 + 99;
/// Operations that the CLI has in hand at once.
const WAITING: u64 = 10;

/// A state with many users is made from one with a single user: the refresh is what counts here.
fn multiply_users(workspace: &Workspace) {
    let path = workspace.path().join("terraform.tfstate");
    let text = workspace.state_text();
    let mut state: serde_json::Value = serde_json::from_str(&text).expect("the state is JSON");
    let instances = state["resources"][0]["instances"]
        .as_array_mut()
        .expect("a resource has instances");
    let mut one = instances.remove(0);
    // Which role it is, which the others are not.
    one.as_object_mut()
        .expect("an instance is an object")
        .remove("private");
    let one = one.to_string();
    for number in 0..USERS {
        let copy = one.replace("app_0", &format!("app_{number}"));
        let mut copy: serde_json::Value = serde_json::from_str(&copy).expect("a copy is JSON, too");
        copy["index_key"] = number.into();
        instances.push(copy);
    }
    std::fs::write(path, state.to_string()).expect("the state can be written");
}

/// A configuration of so many users.
fn users(provider: &str, users: usize) -> String {
    // Terraform evaluates the whole of a `for_each` again for each of its instances.
    format!(
        "{provider}resource \"rdsiam_replication_user\" \"this\" {{\n  count = {users}\n  name = \"app_${{count.index}}\"\n}}\n"
    )
}

/// A workspace with a thousand users in its state.
fn thousand_users(stand_in: &StandIn) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(&users(&stand_in.provider(), 1));
    workspace.apply().success();
    multiply_users(&workspace);
    workspace.write(&users(&stand_in.provider(), USERS));
    workspace
}

#[test]
fn cost_of_refreshing_a_thousand_users_is_one_snapshot() {
    let stand_in = StandIn::start(15);
    stand_in.sql(&format!(
        "DO $$ BEGIN FOR number IN 0..{} LOOP \
         EXECUTE format('CREATE ROLE app_%s LOGIN', number); \
         EXECUTE format('GRANT rds_replication, rds_iam TO app_%s', number); END LOOP; END $$",
        USERS - 1
    ));
    let workspace = thousand_users(&stand_in);

    let before = stand_in.traffic();
    let start = Instant::now();
    workspace.plan().empty();
    let took = start.elapsed();
    let after = stand_in.traffic();
    let statements = after.statements - before.statements;
    let connections = after.all_connections() - before.all_connections();
    // A snapshot lives ten seconds, and a connection that is idle as long does not outlive it. On a
    // machine with nothing else to do, one of each is enough. However long it takes, there are at most
    // 20 statements and 4 connections.
    let snapshots = 1 + took.as_secs() / 10;
    assert!(
        (1..=(2 * snapshots).min(20)).contains(&statements),
        "{statements} statements in {took:?}"
    );
    assert!(
        (1..=snapshots.min(4)).contains(&connections),
        "{connections} connections in {took:?}"
    );
    assert_eq!(after.all_unauthenticated(), before.all_unauthenticated());
}

#[test]
fn cost_of_a_server_without_an_answer_is_one_look_for_a_thousand_users() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app_0 LOGIN");
    let workspace = thousand_users(&stand_in);
    let silence = stand_in.relay();
    silence.add(silence_after(0));
    let port = |port: u16| format!("connect_port = {port}");
    let provider = stand_in.provider_with("connect_timeout = 2").replace(
        &port(stand_in.cluster().connect_port),
        &port(silence.port()),
    );
    workspace.write(&users(&provider, USERS));
    let tried = |plan: &dyn Fn()| {
        let (before, start) = (silence.accepted(), Instant::now());
        plan();
        let (attempts, took) = (silence.accepted() - before, start.elapsed());
        assert!(took < Duration::from_secs(60), "it took {took:?}");
        // A look tries again for some seconds. Whoever comes half a minute later looks for himself.
        let looks = 1 + took.as_secs() / 30;
        assert!(attempts <= 10 * looks, "{attempts} attempts in {took:?}");
    };
    tried(&|| {
        workspace
            .plan()
            .failure()
            .says("no answer within 2 seconds");
    });
    // To refresh nothing, and to create all.
    std::fs::remove_file(workspace.path().join("terraform.tfstate")).expect("there is a state");
    tried(&|| {
        workspace.plan().changes().says("1000 to add");
    });
}

#[test]
fn cost_of_a_plan_of_many_users_is_no_more_sessions_than_allowed() {
    let stand_in = StandIn::start(15);
    let many = 200;
    stand_in.sql(&format!(
        "DO $$ BEGIN FOR number IN 1..{many} LOOP EXECUTE format('CREATE ROLE app_%s LOGIN', number - 1); END LOOP; END $$"
    ));
    let workspace = Workspace::new(&stand_in);
    workspace.write(&users(&stand_in.provider_with("max_connections = 2"), many));
    let (planned, most) = thread::scope(|scope| {
        let plan = scope.spawn(|| workspace.run(&["plan", "-parallelism=100"]));
        let mut most = 0;
        while !plan.is_finished() {
            let sessions = stand_in.sql_value(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'terraform-provider-rdsiam'",
            );
            most = most.max(sessions.and_then(|text| text.parse().ok()).unwrap_or(0));
        }
        (plan.join().expect("no panic"), most)
    });
    planned.success();
    assert!((1..=2).contains(&most), "{most} sessions at once");
}

#[test]
fn cost_of_applying_a_user_is_three_round_trips() {
    let stand_in = StandIn::start(15);
    // More than Terraform has in hand at once: the later ones are planned after a write.
    let users = 30;
    for number in 0..users {
        stand_in.sql(&format!("CREATE ROLE app_{number} LOGIN"));
    }
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_user\" \"this\" {{\n  count = {users}\n  name = \"app_${{count.index}}\"\n}}\n",
        stand_in.provider()
    ));
    let before = stand_in.traffic();
    workspace.run(&["plan", "-out=planned"]).success();
    let planned = stand_in.traffic();
    let look = planned.round_trips - before.round_trips;
    // Set-up and end of one connection, the catalog, and who is connected.
    assert!((1..=4).contains(&look), "{look} round trips of the plan");
    let before = planned;
    workspace.run(&["apply", "planned"]).success();
    let after = stand_in.traffic();
    let round_trips = after.round_trips - before.round_trips;
    let connections = after.all_connections() - before.all_connections();
    assert!((1..=4).contains(&connections), "{connections} connections");
    // A connection is set up in one, and left with a word to which there is no answer.
    // Terraform plans each user once more, which looks at the catalog and the sessions once for all.
    let allowed = 3 * users + 2 * connections + 2;
    assert!(round_trips <= allowed, "{round_trips} round trips");
}

#[test]
fn cost_of_applying_a_user_does_not_grow_with_the_number_of_others() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_user\" \"this\" {{\n  name = \"app\"\n}}\n",
        stand_in.provider()
    ));
    // The bytes that the server answered to a plan, and to the apply of it.
    let cost = || {
        let before = stand_in.traffic().answered_bytes;
        workspace.run(&["plan", "-out=planned"]).success();
        let planned = stand_in.traffic().answered_bytes;
        workspace.run(&["apply", "planned"]).success();
        let applied = stand_in.traffic().answered_bytes;
        workspace.destroy().success();
        (planned - before, applied - planned)
    };
    let (_, alone) = cost();
    stand_in.sql(
        "DO $$ BEGIN FOR number IN 1..1000 LOOP EXECUTE format('CREATE ROLE other_%s LOGIN', number); \
         EXECUTE format('GRANT rds_replication, rds_iam TO other_%s', number); END LOOP; END $$",
    );
    // A plan looks at everybody once, also the one that Terraform makes during the apply.
    let (look, among_many) = cost();
    assert!(look > 5 * alone, "{look} bytes, and {alone} alone");
    assert!(
        among_many < look + 2 * alone,
        "{among_many} bytes, {look} for a look at everybody, {alone} alone"
    );
}

#[apply(on_both_sides_of_16)]
fn cost_of_an_operation_on_a_user_does_not_grow_with_the_roles_of_its_creator(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let workspace = Workspace::new(&stand_in);
    // The bytes that the server answers to what takes one role: it is created, changed and dropped without a look at
    // all of them.
    let cost = || {
        let write = |arguments: &str| {
            workspace.write(&format!(
                "{}resource \"rdsiam_replication_user\" \"this\" {{\n  name = \"fresh\"\n  create_role = true\n  \
                 {arguments}\n}}\n",
                stand_in.provider()
            ));
        };
        ["", "rds_iam = false", "destroy"].map(|step| {
            let before = stand_in.traffic().answered_bytes;
            match step {
                "destroy" => workspace.run(&["destroy", "-auto-approve", "-refresh=false"]),
                arguments => {
                    write(arguments);
                    workspace.run(&["apply", "-auto-approve", "-refresh=false"])
                }
            }
            .success();
            stand_in.traffic().answered_bytes - before
        })
    };
    let alone = cost();
    stand_in.sql(
        "SET ROLE master; DO $$ BEGIN FOR number IN 1..2000 LOOP \
         EXECUTE format('CREATE ROLE other_%s LOGIN', number); END LOOP; END $$",
    );
    let among_many = cost();
    for (alone, among_many) in alone.into_iter().zip(among_many) {
        assert!(among_many < 2 * alone, "{among_many} bytes, {alone} alone");
    }
}

#[test]
fn cost_of_the_probe_is_two_connections_for_a_user_that_changes_and_none_otherwise() {
    let stand_in = StandIn::start(15);
    let users: u64 = 5;
    for number in 0..users {
        stand_in.sql(&format!("CREATE ROLE app_{number} LOGIN"));
    }
    let workspace = Workspace::new(&stand_in);
    let write = |arguments: &str| {
        workspace.write(&format!(
            "{}resource \"rdsiam_replication_user\" \"this\" {{\n  count = {users}\n  name = \"app_${{count.index}}\"\n  \
             {arguments}\n}}\n",
            stand_in.provider()
        ));
    };
    let cost = |run: &dyn Fn()| {
        let before = stand_in.traffic().all_unauthenticated();
        run();
        stand_in.traffic().all_unauthenticated() - before
    };
    let apply = || {
        workspace.apply().success();
    };
    write("");
    // One for normal connections, and one for replication.
    assert_eq!(cost(&apply), 2 * users, "of users that are granted");
    let refresh = || {
        workspace.plan().empty();
    };
    assert_eq!(cost(&refresh), 0, "of a refresh");
    write("on_destroy = \"retain\"");
    assert_eq!(cost(&apply), 0, "of users in whom nothing changes");
    write("rds_iam = false");
    assert_eq!(cost(&apply), 2 * users, "of users that are revoked");
    write("probe_authentication = false");
    assert_eq!(cost(&apply), 0, "without the probe");
    let destroy = || {
        workspace.destroy().success();
    };
    assert_eq!(cost(&destroy), 0, "of a destroy");
}

#[test]
fn cost_of_planning_a_hundred_clusters_is_a_call_each() {
    let clusters: Vec<String> = (1..CLUSTERS).map(|number| format!("c{number}")).collect();
    let stand_in = StandIn::with_options(Options {
        clusters_without_server: clusters,
        ..Options::default()
    });
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_parameter\" \"this\" {{\n  count = {CLUSTERS}\n  \
         cluster_identifier = count.index == 0 ? \"orders\" : \"c${{count.index}}\"\n  wait_for_in_sync = false\n}}\n",
        stand_in.provider()
    ));
    workspace.apply().success();
    stand_in.forget_calls();
    workspace.plan().empty();
    let calls = stand_in.calls();
    // STS is asked once who is calling, which is no call of RDS.
    let rds: u64 = calls
        .iter()
        .filter(|(action, _)| *action != "GetCallerIdentity")
        .map(|(_, calls)| calls)
        .sum();
    assert!((1..=102).contains(&rds), "{rds} calls: {calls:?}");
}

#[test]
fn cost_of_a_refresh_is_one_call_of_each_action_for_all_that_share_a_publisher() {
    let stand_in = StandIn::with_both_kinds();
    let workspace = Workspace::new(&stand_in);
    let parameters: String = Kind::BOTH
        .into_iter()
        .map(|kind| {
            format!(
                "resource \"rdsiam_replication_parameter\" {:?} {{\n  {} = {:?}\n  wait_for_in_sync = false\n}}\n",
                kind.identifier(),
                kind.argument(),
                kind.identifier()
            )
        })
        .collect();
    let users = "resource \"rdsiam_replication_user\" \"this\" {\n  count = 3\n  name = \"app_${count.index}\"\n}\n";
    stand_in.sql("CREATE ROLE app_0 LOGIN; CREATE ROLE app_1 LOGIN; CREATE ROLE app_2 LOGIN");
    workspace.write(&(stand_in.provider() + &parameters + users));
    workspace.apply().success();
    stand_in.forget_calls();
    workspace.plan().empty();
    let calls: Vec<(String, u64)> = stand_in.calls().into_iter().collect();
    let once = [
        "DescribeDBClusterParameters",
        "DescribeDBClusters",
        "DescribeDBInstances",
        "DescribeDBParameters",
        "GetCallerIdentity",
        "GetSecretValue",
    ];
    assert_eq!(calls, once.map(|action| (action.to_owned(), 1)));
}

#[test]
fn cost_of_creating_many_users_from_16_is_one_proof_for_all_of_them() {
    let stand_in = StandIn::not_counting_creators(from_16());
    let users = 30;
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_user\" \"this\" {{\n  count = {users}\n  name = \"fresh_${{count.index}}\"\n  \
         create_role = true\n}}\n",
        stand_in.provider()
    ));
    workspace.run(&["plan", "-out=planned"]).success();
    let before = stand_in.traffic();
    workspace.run(&["apply", "planned"]).success();
    let after = stand_in.traffic();
    // Two for each, as for a role that is there, and three for the proof.
    let probes = after.all_unauthenticated() - before.all_unauthenticated();
    assert_eq!(probes, 2 * users + 3, "{:?}", after.unauthenticated);
    // Three for each, two more for the one on probation, and those of the users that waited for its proof: each
    // may have looked and rolled back.
    let round_trips = after.round_trips - before.round_trips;
    let connections = after.all_connections() - before.all_connections();
    assert!((1..=4).contains(&connections), "{connections} connections");
    let allowed = 3 * users + 2 + 2 * connections + 2 + 2 * WAITING;
    assert!(round_trips <= allowed, "{round_trips} round trips");
}

#[test]
fn cost_of_refreshing_many_publications_is_one_reading() {
    let stand_in = StandIn::start(from_16());
    let (publications, tables) = (50, 20);
    stand_in.sql(&format!(
        "SET ROLE master; DO $$ BEGIN FOR number IN 0..{} LOOP \
         EXECUTE format('CREATE TABLE public.t_%s (id int PRIMARY KEY)', number); END LOOP; END $$",
        publications * tables - 1
    ));
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_user\" \"cdc\" {{\n  name = \"cdc\"\n}}\n\
         resource \"rdsiam_publication\" \"this\" {{\n  count  = {publications}\n  name   = \"p_${{count.index}}\"\n  \
         tables = {{ for i in range({tables}) : \"public.t_${{count.index * {tables} + i}}\" => {{}} }}\n}}\n",
        stand_in.provider()
    ));
    // What is created is looked at once for all: the publications, the tables, and the roles.
    let before = stand_in.traffic();
    workspace.plan().changes();
    let after = stand_in.traffic();
    let messages = after.statements - before.statements;
    assert!((3..=4).contains(&messages), "{messages} messages");
    workspace.apply().success();

    let before = stand_in.traffic();
    let start = Instant::now();
    workspace.plan().empty();
    let took = start.elapsed();
    let after = stand_in.traffic();
    // A reading lives ten seconds: one of the publications, and one of the roles.
    let readings = 1 + took.as_secs() / 10;
    let messages = after.statements - before.statements;
    assert!(
        (2..=2 * readings).contains(&messages),
        "{messages} messages in {took:?}"
    );
    // Users and publications share the connections of their database, of which both readings may want one at once.
    let connections = after.all_connections() - before.all_connections();
    assert!(
        (1..=2 * readings).contains(&connections),
        "{connections} connections in {took:?}"
    );
    // A connection is set up in one, and left with a word to which there is no answer.
    let round_trips = after.round_trips - before.round_trips;
    let allowed = messages + 2 * connections;
    assert!(
        (1..=allowed).contains(&round_trips),
        "{round_trips} round trips in {took:?}"
    );
}

/// `PUBLICATION_TABLES` says of how many tables, such as 10,000.
#[test]
fn cost_of_applying_a_publication_is_three_round_trips_of_however_many_tables() {
    let tables = std::env::var("PUBLICATION_TABLES")
        .map_or(500, |tables| tables.parse().expect("a number of tables"));
    let stand_in = StandIn::start(from_16());
    // A transaction has no room for the locks of all of them.
    for first in (0..tables).step_by(1000) {
        let last = tables.min(first + 1000) - 1;
        stand_in.sql(&format!(
            "SET ROLE master; DO $$ BEGIN FOR number IN {first}..{last} LOOP \
             EXECUTE format('CREATE TABLE public.t_%s (id int PRIMARY KEY)', number); END LOOP; END $$"
        ));
    }
    let listed: String = (0..tables)
        .map(|number| format!("\"public.t_{number}\" = {{}}\n"))
        .collect();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_publication\" \"this\" {{\n  name   = \"p\"\n  tables = {{\n{listed}}}\n}}\n",
        stand_in.provider()
    ));
    workspace.run(&["plan", "-out=plan.bin"]).success();
    let before = stand_in.traffic();
    let start = Instant::now();
    workspace.run(&["apply", "plan.bin"]).success();
    eprintln!("{tables} tables are published in {:?}", start.elapsed());
    let after = stand_in.traffic();
    let connections = after.all_connections() - before.all_connections();
    // Terraform plans it once more as it applies it, which looks at the publications and the tables.
    let round_trips = after.round_trips - before.round_trips;
    let allowed = 3 + 2 + 2 * connections;
    assert!(
        (3..=allowed).contains(&round_trips),
        "{round_trips} round trips"
    );
}

#[test]
fn cost_of_refreshing_many_slots_is_the_reading_of_publications() {
    let stand_in = StandIn::start(from_16());
    let slots = 50;
    stand_in.sql(&format!("ALTER SYSTEM SET max_replication_slots = {slots}"));
    stand_in.reboot(Kind::Cluster);
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_publication\" \"this\" {{\n  name = \"p\"\n}}\n\
         resource \"rdsiam_replication_slot\" \"this\" {{\n  count        = {slots}\n  name         = \"s_${{count.index}}\"\n  \
         publications = [rdsiam_publication.this.name]\n}}\n\
         data \"rdsiam_replication_slots\" \"all\" {{}}\n",
        stand_in.provider()
    ));
    workspace.apply().success();

    let before = stand_in.traffic();
    let start = Instant::now();
    workspace.plan().empty();
    let readings = 1 + start.elapsed().as_secs() / 10;
    let after = stand_in.traffic();
    let messages = after.statements - before.statements;
    assert!((1..=readings).contains(&messages), "{messages} messages");
    let connections = after.all_connections() - before.all_connections();
    assert!(
        (1..=readings).contains(&connections),
        "{connections} connections"
    );
}

#[test]
fn cost_of_applying_a_slot_is_two_round_trips() {
    let stand_in = StandIn::start(from_16());
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_slot\" \"this\" {{\n  name = \"s\"\n}}\n",
        stand_in.provider()
    ));
    workspace.run(&["plan", "-out=plan.bin"]).success();
    let before = stand_in.traffic();
    workspace.run(&["apply", "plan.bin"]).success();
    let after = stand_in.traffic();
    let connections = after.all_connections() - before.all_connections();
    // Terraform plans it once more as it applies it, which looks at the slots and at what is in the way of one.
    let round_trips = after.round_trips - before.round_trips;
    let allowed = 2 + 2 + 2 * connections;
    assert!(
        (2..=allowed).contains(&round_trips),
        "{round_trips} round trips"
    );
}
