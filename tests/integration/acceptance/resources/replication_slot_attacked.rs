//! `rdsiam_replication_slot` where nothing is as it should be: unknown values, a user without rights, a server without
//! logical replication, settings of the login, a pooler in front, and operators who know better.

use std::thread;

use rstest_reuse::apply;

use crate::support::{
    Kind, Pgbouncer, StandIn, any_major, eventually, from_16, on_both_sides_of_16, publication,
    slot::{ADDRESS, Writer, drop_slot, is_being_created, is_there, resource, rewrite, workspace},
};

/// A provider block with more lines, and a slot.
fn slot_by(stand_in: &StandIn, postgres: &str, name: &str, arguments: &str) -> String {
    stand_in.provider_with(postgres) + &resource(name, arguments)
}

#[test]
fn slot_of_which_nothing_is_known_yet_is_made_in_one_run() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE DATABASE other OWNER master");
    let of = |name: &str| format!("terraform_data.this.output.{name}");
    let block = format!(
        "resource \"rdsiam_replication_slot\" \"this\" {{\n  name = {}\n  database = {}\n  plugin = {}\n  \
         publications = [{}]\n  two_phase = {}\n  failover = {}\n  on_loss = {}\n  on_destroy = {}\n  \
         force_destroy = {}\n  cluster_identifier = {}\n}}\n",
        of("name"),
        of("database"),
        of("plugin"),
        of("publication"),
        of("no"),
        of("no"),
        of("fail"),
        of("drop"),
        of("no"),
        of("cluster"),
    );
    let input = |name: &str| {
        format!(
            "resource \"terraform_data\" \"this\" {{\n  input = {{ name = \"{name}\", database = \"other\", \
             plugin = \"pgoutput\", publication = \"p\", no = false, fail = \"fail\", drop = \"drop\", \
             cluster = \"orders\" }}\n}}\n"
        )
    };
    let workspace = workspace(&stand_in, "s", "");
    let write = |name: &str| workspace.write(&(stand_in.provider() + &input(name) + &block));
    write("Not A Slot");
    workspace.plan().changes().says("2 to add");
    workspace.apply().failure().says("lower-case letters");
    // The publication is in the database that the provider names, and not in the slot's.
    let publish = "CREATE PUBLICATION p";
    stand_in.sql(publish);
    write("s");
    workspace
        .apply()
        .failure()
        .says("database \"other\" has no publication \"p\"");
    let url = &stand_in.cluster().superuser_url;
    let other = url.replace(&format!("/{}", stand_in.cluster().database), "/other");
    stand_in.sql_at(&other, publish);
    workspace.apply().success();
    workspace.plan().empty();
    let of = "SELECT database FROM pg_replication_slots WHERE slot_name = 's'";
    assert_eq!(stand_in.sql_value(of).as_deref(), Some("other"));
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "s"));
}

#[apply(on_both_sides_of_16)]
fn slot_of_a_user_without_the_right_is_refused_with_what_to_do(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE plain LOGIN PASSWORD 'plain and simple'");
    let login = "username = \"plain\"\n    password = \"plain and simple\"";
    let workspace = workspace(&stand_in, "s", "");
    workspace.write(&slot_by(&stand_in, login, "s", ""));
    workspace
        .apply()
        .failure()
        .says("may not manage replication slots")
        .says("GRANT rds_replication TO \"plain\";");
    assert!(!is_there(&stand_in, "s"));
    stand_in.sql("GRANT rds_replication TO plain");
    workspace.apply().success();
    stand_in.sql("REVOKE rds_replication FROM plain");
    workspace.plan().empty();
    workspace
        .destroy()
        .failure()
        .says("may not manage replication slots");
    assert!(is_there(&stand_in, "s"));
    stand_in.sql("GRANT rds_replication TO plain");
    workspace.destroy().success();
}

#[apply(on_both_sides_of_16)]
fn slot_whose_stream_may_not_be_ended_stays_and_says_what_that_takes(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in
        .sql("CREATE ROLE plain LOGIN PASSWORD 'plain and simple'; GRANT rds_replication TO plain");
    let stream = stand_in.stream("consumer");
    let login = "username = \"plain\"\n    password = \"plain and simple\"";
    let workspace = workspace(&stand_in, "consumer", "");
    let force = "force_destroy = true";
    workspace.write(&slot_by(&stand_in, login, "consumer", force));
    let import = ["import", ADDRESS, "cluster:orders/consumer"];
    workspace.run(&import).success();
    workspace.apply().success();
    workspace
        .destroy()
        .failure()
        .says("may not end the stream")
        .says("GRANT pg_signal_backend TO \"plain\";")
        .does_not_say("GRANT rds_replication");
    assert!(is_there(&stand_in, "consumer"));
    stand_in.sql("GRANT pg_signal_backend TO plain");
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "consumer"));
    drop(stream);
}

#[test]
fn slot_whose_consumer_is_to_name_more_publications_is_said_to_be_older_than_they_may_be() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "s", "");
    let title = "Publication After The Slot";
    let write = |names: &str| {
        let arguments = format!("publications = [{names}]");
        rewrite(&workspace, &stand_in, "s", &arguments);
    };
    let first = format!("{:?}", stand_in.cluster().publication);
    write(&first);
    workspace.plan().changes().does_not_say(title);
    workspace.apply().success();
    write(&format!("{first}, \"newer\""));
    workspace.plan().changes().says(title).says("\"newer\"");
    workspace.apply().success();
    write("\"newer\"");
    workspace.plan().changes().does_not_say(title);
}

#[test]
fn slot_on_a_server_without_logical_replication_is_refused_with_what_to_set() {
    let stand_in = StandIn::start(any_major());
    let group = &stand_in.cluster().parameter_group;
    stand_in.set_static_parameter(group, "rds.logical_replication", "0");
    stand_in.reboot(Kind::Cluster);
    let workspace = workspace(&stand_in, "s", "");
    workspace
        .plan()
        .changes()
        .says("Logical Replication Is Off")
        .says("`rds.logical_replication` to 1");
    workspace
        .apply()
        .failure()
        .says("takes `logical`")
        .says("`rds.logical_replication` to 1");
    assert_eq!(workspace.state(ADDRESS), None);
    stand_in.set_static_parameter(group, "rds.logical_replication", "1");
    stand_in.reboot(Kind::Cluster);
    workspace.apply().success();
}

#[test]
fn slot_comes_to_be_for_standby_servers_by_a_user_who_logs_in_with_tokens_alone() {
    let stand_in = StandIn::start(17);
    stand_in.sql("GRANT rds_iam TO master");
    stand_in.switch_on();
    let login = "username = \"master\"\n    iam_auth = true";
    let workspace = workspace(&stand_in, "s", "");
    workspace.write(&slot_by(&stand_in, login, "s", ""));
    workspace.apply().success();
    workspace.write(&slot_by(&stand_in, login, "s", "failover = true"));
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    let failover = "SELECT failover FROM pg_replication_slots WHERE slot_name = 's'";
    assert_eq!(stand_in.sql_value(failover).as_deref(), Some("t"));
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn slot_of_the_longest_name_and_its_publication_are_not_bent_by_the_settings_of_their_login(
    major: u16,
) {
    let stand_in = StandIn::start(major);
    for setting in [
        "default_transaction_read_only = on",
        "default_transaction_isolation = 'serializable'",
        "statement_timeout = '100ms'",
        "lock_timeout = '50ms'",
        "idle_in_transaction_session_timeout = '100ms'",
        "search_path = evil",
        "client_min_messages = debug1",
        "role = rds_password",
    ] {
        stand_in.sql(&format!("ALTER ROLE master SET {setting}"));
    }
    let name = "0_a".repeat(21);
    stand_in.sql(
        "CREATE ROLE writer LOGIN PASSWORD 'of a writer'; GRANT INSERT ON public.orders TO writer",
    );
    let writer = Writer::begin_as(&stand_in, "writer", "of a writer");
    let workspace = workspace(&stand_in, &name, "");
    let write = |arguments: &str| {
        let published = publication::resource("p", "tables = { \"public.orders\" = {} }");
        let arguments = format!("publications = [rdsiam_publication.this.name]\n  {arguments}");
        workspace.write(&(stand_in.provider() + &published + &resource(&name, &arguments)));
    };
    write("");
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        // For longer than the settings let a statement, a lock or a pause last.
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
             AND clock_timestamp() - query_start > interval '500 ms'";
        eventually("the wait", || {
            stand_in.sql_value(waits).as_deref() == Some("1")
        });
        writer.commit(&stand_in);
        apply.join().expect("no panic").success();
    });
    assert!(is_there(&stand_in, &name));
    workspace.plan().empty();
    if major >= 17 {
        write("failover = true");
        workspace.apply().success();
        workspace.plan().empty();
    }
    workspace.destroy().success();
    assert!(!is_there(&stand_in, &name));
}

#[test]
fn slot_and_its_publication_through_a_pooler_in_transaction_mode_are_created_and_dropped() {
    let stand_in = StandIn::start(any_major());
    let cluster = stand_in.cluster();
    let Some(pgbouncer) = Pgbouncer::start(&stand_in, cluster, 2) else {
        return;
    };
    let workspace = workspace(&stand_in, "s", "");
    let provider = format!(
        "provider \"rdsiam\" {{\n  postgres {{\n    host = {:?}\n    connect_host = \"127.0.0.1\"\n    \
         connect_port = {}\n    database = {:?}\n    username = {:?}\n    password = {:?}\n    sslmode = \"disable\"\n  }}\n}}\n",
        cluster.host,
        pgbouncer.port,
        cluster.database,
        cluster.master_username,
        cluster.master_password
    );
    let published = publication::resource("p", "tables = { \"public.orders\" = {} }");
    let reference = "publications = [rdsiam_publication.this.name]";
    workspace.write(&(provider + &published + &resource("s", reference)));
    let writer = Writer::begin(&stand_in);
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("the wait", || is_being_created(&stand_in));
        writer.commit(&stand_in);
        apply.join().expect("no panic").success();
    });
    workspace.plan().empty();
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "s"));
    // What others share has nothing of ours left.
    let temporary = "SELECT count(*) FROM pg_replication_slots";
    assert_eq!(stand_in.sql_value(temporary).as_deref(), Some("0"));
}

#[test]
fn slot_whose_changes_are_ignored_is_said_to_be_missing_and_not_made_again() {
    let stand_in = StandIn::start(any_major());
    let ignored = "lifecycle {\n    ignore_changes = all\n  }";
    let workspace = workspace(&stand_in, "s", ignored);
    workspace.apply().success();
    drop_slot(&stand_in, "s");
    for _ in 0..2 {
        workspace.plan().empty().says("Replication Slot Missing");
        workspace.apply().success().says("Replication Slot Missing");
        assert!(!is_there(&stand_in, "s"));
    }
    rewrite(&workspace, &stand_in, "s", "");
    workspace.apply().failure().says("was not made again");
}

#[test]
fn slot_that_left_the_state_is_imported_as_it_is_and_with_its_configuration() {
    let stand_in = StandIn::start(any_major());
    let publication = &stand_in.cluster().publication;
    let arguments = format!("publications = [{publication:?}]\n  on_loss = \"recreate\"");
    let workspace = workspace(&stand_in, "s", &arguments);
    workspace.apply().success();
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace.apply().failure().says("is there already");
    workspace
        .run(&["import", ADDRESS, "cluster:orders/s"])
        .success();
    // What the server has no say in is stored, and the slot is not touched.
    let before = stand_in.sql_value("SELECT restart_lsn FROM pg_replication_slots");
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    workspace.plan().empty();
    let after = stand_in.sql_value("SELECT restart_lsn FROM pg_replication_slots");
    assert_eq!(before, after);
}

#[test]
fn slot_of_a_database_that_was_made_anew_is_missing_and_made_there_on_request() {
    let stand_in = StandIn::start(any_major());
    let (create, drop) = ("CREATE DATABASE other OWNER master", "DROP DATABASE other");
    stand_in.sql(create);
    let workspace = workspace(&stand_in, "s", "database = \"other\"");
    workspace.apply().success();
    stand_in.sql(drop);
    workspace
        .run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")])
        .failure()
        .says("database \"other\" does not exist");
    stand_in.sql(create);
    workspace.apply();
    workspace
        .run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")])
        .success();
    assert!(is_there(&stand_in, "s"));
    workspace.plan().empty();
}

#[test]
fn slot_made_by_others_under_the_name_of_one_from_16_is_doubted_by_its_count() {
    let stand_in = StandIn::start(from_16());
    let publication = &stand_in.cluster().publication;
    let arguments = format!("publications = [{publication:?}]");
    let workspace = workspace(&stand_in, "s", &arguments);
    workspace.apply().success();
    stand_in.sql("INSERT INTO public.orders (item) VALUES ('x')");
    // What is not in the files yet is not read.
    stand_in.sql("CHECKPOINT");
    stand_in.sql(&format!(
        "SELECT count(*) FROM pg_logical_slot_get_binary_changes('s', NULL, NULL, 'proto_version', '1', \
         'publication_names', '{publication}')"
    ));
    let decoded = "SELECT total_txns FROM pg_stat_replication_slots WHERE slot_name = 's'";
    eventually("the count", || {
        stand_in
            .sql_value(decoded)
            .is_some_and(|count| count != "0")
    });
    workspace
        .run(&["apply", "-auto-approve", "-refresh-only"])
        .success();
    drop_slot(&stand_in, "s");
    stand_in.sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    workspace
        .plan()
        .empty()
        .says("Replication Slot In Doubt")
        .says("made another one of its name");
}

#[test]
fn slot_of_another_name_is_made_before_the_old_one_is_dropped_and_of_the_same_never() {
    let stand_in = StandIn::start(any_major());
    let first = "lifecycle {\n    create_before_destroy = true\n  }";
    let workspace = workspace(&stand_in, "one", first);
    workspace.apply().success();
    let point = |name: &str| {
        stand_in.sql_value(&format!(
            "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '{name}'"
        ))
    };
    let before = point("one");
    workspace
        .run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")])
        .failure()
        .says("is there already");
    assert_eq!(point("one"), before);
    workspace.plan().empty();
    rewrite(&workspace, &stand_in, "two", first);
    workspace
        .apply()
        .success()
        .says("1 added, 0 changed, 1 destroyed");
    assert!(is_there(&stand_in, "two") && !is_there(&stand_in, "one"));
    workspace.plan().empty();
}

#[test]
fn slot_at_two_addresses_of_a_run_is_an_error_and_made_once() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "s", "");
    let one = resource("s", "");
    let another = one.replace("\"this\"", "\"that\"");
    workspace.write(&(stand_in.provider() + &one + &another));
    workspace
        .apply()
        .failure()
        .says("Another resource of this run manages the replication slot \"s\"");
    assert!(is_there(&stand_in, "s"));
}

#[test]
fn slot_at_another_address_is_said_to_be_lost_to_its_consumer_unless_a_moved_block_says_that_it_is_the_same()
 {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "s", "");
    workspace.apply().success();
    let another = stand_in.provider() + &resource("s", "").replace("\"this\"", "\"that\"");
    workspace.write(&another);
    workspace
        .plan()
        .changes()
        .says("One Object Created And Destroyed")
        .says("its consumer misses what was written before");
    let to = ADDRESS.replace("this", "that");
    let moved = format!("moved {{\n  from = {ADDRESS}\n  to   = {to}\n}}\n");
    let before = stand_in.sql_value("SELECT restart_lsn FROM pg_replication_slots");
    workspace.write(&(another + &moved));
    workspace
        .apply()
        .success()
        .says("0 added, 0 changed, 0 destroyed");
    let after = stand_in.sql_value("SELECT restart_lsn FROM pg_replication_slots");
    assert_eq!(before, after);
}
