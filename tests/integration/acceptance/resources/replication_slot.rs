//! `rdsiam_replication_slot`: created, read, destroyed, imported, moved, and what is refused.

use rstest_reuse::apply;
use serde_json::json;

use crate::support::{
    Ability, StandIn, Workspace, any_major, fixture, on_both_sides_of_16,
    publication::as_master,
    slot::{ADDRESS, drop_slot, is_there, resource, rewrite, workspace},
};

/// What names a publication of the stand-in.
fn published(stand_in: &StandIn) -> String {
    format!("publications = [{:?}]", stand_in.cluster().publication)
}

#[apply(on_both_sides_of_16)]
fn slot_is_created_read_and_dropped(major: u16) {
    let stand_in = StandIn::start(major);
    let published = published(&stand_in);
    let workspace = workspace(&stand_in, "orders_cdc", &published);
    workspace
        .plan()
        .changes()
        .says("1 to add")
        .does_not_say("No Publication Named")
        .does_not_say("Transactions To Wait For");
    workspace.apply().success();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["id"], "cluster:orders/orders_cdc");
    assert_eq!(state["database"], stand_in.cluster().database.as_str());
    assert_eq!(state["status"], "usable");
    let confirmed = "SELECT confirmed_flush_lsn FROM pg_replication_slots \
                     WHERE slot_name = 'orders_cdc' AND plugin = 'pgoutput' AND NOT temporary";
    assert_eq!(
        state["consistent_point"].as_str(),
        stand_in.sql_value(confirmed).as_deref()
    );
    workspace.plan().empty();
    // What says how to behave changes nothing of the slot.
    let more = format!("{published}\n  force_destroy = true\n  on_loss = \"recreate\"");
    rewrite(&workspace, &stand_in, "orders_cdc", &more);
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    workspace.plan().empty();
    workspace
        .run(&["plan", "-destroy"])
        .success()
        .says("Replication Slot Will Be Dropped");
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "orders_cdc"));
}

#[test]
fn slot_of_another_database_is_created_there_and_dropped_from_any() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql(&format!(
        "CREATE DATABASE warehouse OWNER {}",
        stand_in.cluster().master_username
    ));
    let arguments = "database = \"warehouse\"\n  plugin = \"test_decoding\"";
    let workspace = workspace(&stand_in, "s", arguments);
    workspace.apply().success();
    let of = "SELECT database || ' ' || plugin FROM pg_replication_slots WHERE slot_name = 's'";
    assert_eq!(
        stand_in.sql_value(of).as_deref(),
        Some("warehouse test_decoding")
    );
    workspace.plan().empty();
    // It goes with its database, and is missing then.
    stand_in.sql("DROP DATABASE warehouse");
    workspace
        .plan()
        .changes()
        .says("Replication Slot Missing")
        .says("\"missing\" -> \"usable\"");
    workspace.destroy().success();
}

#[test]
fn slot_that_exists_is_refused_and_imported() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("SELECT pg_create_logical_replication_slot('theirs', 'pgoutput')");
    let published = published(&stand_in);
    let workspace = workspace(&stand_in, "theirs", &published);
    workspace.plan().changes().says("Replication Slot Exists");
    workspace
        .apply()
        .failure()
        .says("terraform import ADDRESS 'cluster:orders/theirs'");
    assert_eq!(workspace.state(ADDRESS), None);
    workspace
        .run(&["import", ADDRESS, "cluster:orders/theirs"])
        .success();
    rewrite(&workspace, &stand_in, "theirs", "");
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["plugin"], "pgoutput");
    workspace
        .run(&["import", ADDRESS, "cluster:orders/nobodys"])
        .failure();
    workspace.run(&["state", "rm", ADDRESS]).success();
    if workspace.can(Ability::ImportByIdentity) {
        workspace.write(&format!(
            "{}{}import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_identifier = \"orders\"\n    name = \"theirs\"\n  }}\n}}\n",
            stand_in.provider(),
            resource("theirs", "")
        ));
        workspace.apply().success().says("1 imported");
    }
    // A physical one is none of this resource's.
    stand_in.sql("SELECT pg_create_physical_replication_slot('physical')");
    rewrite(&workspace, &stand_in, "physical", "");
    workspace.apply().failure().says("physical or temporary");
    drop_slot(&stand_in, "physical");
}

#[test]
fn slot_before_its_publication_is_refused_and_made_once_that_is_there() {
    let stand_in = StandIn::start(any_major());
    as_master(&stand_in, "CREATE TABLE public.a (id int PRIMARY KEY)");
    let hostile = "it's \\\"a\\\" Pub";
    let workspace = workspace(&stand_in, "s", &format!("publications = [\"{hostile}\"]"));
    workspace
        .apply()
        .failure()
        .says("has no publication")
        .says("it's");
    assert!(!is_there(&stand_in, "s"));
    // One apply makes both, in order.
    let publication = format!(
        "resource \"rdsiam_publication\" \"p\" {{\n  name = \"{hostile}\"\n  tables = {{ \"public.a\" = {{}} }}\n}}\n"
    );
    let slot = resource("s", "publications = [rdsiam_publication.p.name]");
    workspace.write(&(stand_in.provider() + &publication + &slot));
    workspace.apply().success().says("2 added");
    workspace.plan().empty();
}

#[test]
fn slot_without_room_plugin_or_logical_replication_is_refused() {
    let stand_in = StandIn::start(any_major());
    let room = stand_in.sql_value("SHOW max_replication_slots");
    let room: u32 = room.and_then(|text| text.parse().ok()).expect("a number");
    let workspace = workspace(&stand_in, "s", "plugin = \"no_such_plugin\"");
    workspace
        .apply()
        .failure()
        .says("output plugin cannot be used");
    stand_in.sql(&format!(
        "SELECT pg_create_physical_replication_slot('p' || n) FROM generate_series(1, {room}) n"
    ));
    rewrite(&workspace, &stand_in, "s", "");
    workspace
        .plan()
        .changes()
        .says("No Publication Named")
        .says("No Replication Slot Left");
    workspace
        .apply()
        .failure()
        .says("are in use")
        .says("max_replication_slots");
    assert!(!is_there(&stand_in, "s"));
}

#[test]
fn slot_names_that_the_server_would_refuse_or_shorten_are_refused_by_validate() {
    let workspace = Workspace::offline();
    let validate = |name: &str, arguments: &str| {
        workspace.write(&resource(name, arguments));
        workspace.run(&["validate"]).failure()
    };
    for name in ["Orders", "a b", "", &"x".repeat(64)] {
        validate(name, "").says("must have");
    }
    validate("s", "status = \"missing\"").says("usable");
}

#[apply(on_both_sides_of_16)]
fn slot_of_two_phases_and_for_standby_servers_is_made_where_the_server_knows_them(major: u16) {
    let stand_in = StandIn::start(major);
    for (argument, since) in [("two_phase", 14), ("failover", 17)] {
        let arguments = format!("{}\n  {argument} = true", published(&stand_in));
        let workspace = workspace(&stand_in, argument, &arguments);
        if major < since {
            workspace.plan().changes().says("Server Too Old");
            let refused = workspace.apply().failure();
            refused.says(&format!("{argument} came with"));
            continue;
        }
        workspace.apply().success();
        let sql =
            format!("SELECT {argument} FROM pg_replication_slots WHERE slot_name = '{argument}'");
        assert_eq!(stand_in.sql_value(&sql).as_deref(), Some("t"));
        workspace.plan().empty();
    }
}

#[test]
fn slot_comes_to_be_for_standby_servers_in_place_once_its_consumer_lets_go() {
    // The first that knows it.
    let stand_in = StandIn::start(17);
    let published = published(&stand_in);
    let workspace = workspace(&stand_in, "s", &published);
    workspace.apply().success();
    let point = workspace.state(ADDRESS).expect("a state")["consistent_point"].clone();
    let failover = format!("{published}\n  failover = true");
    rewrite(&workspace, &stand_in, "s", &failover);
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    let is_failover = |name: &str| {
        stand_in.sql_value(&format!(
            "SELECT failover FROM pg_replication_slots WHERE slot_name = '{name}'"
        ))
    };
    assert_eq!(is_failover("s").as_deref(), Some("t"));
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["consistent_point"], point);

    let stream = stand_in.stream("consumer");
    let limited = "failover = true\n  timeouts {\n    update = \"2s\"\n  }";
    let workspace = self::workspace(&stand_in, "consumer", "");
    workspace
        .run(&["import", ADDRESS, "cluster:orders/consumer"])
        .success();
    rewrite(&workspace, &stand_in, "consumer", limited);
    workspace
        .apply()
        .failure()
        .says("while nobody streams from it");
    assert_eq!(is_failover("consumer").as_deref(), Some("f"));
    drop(stream);
}

#[test]
fn slot_in_use_is_dropped_by_force_alone() {
    let stand_in = StandIn::start(any_major());
    let stream = stand_in.stream("consumer");
    let workspace = workspace(&stand_in, "consumer", "");
    workspace
        .run(&["import", ADDRESS, "cluster:orders/consumer"])
        .success();
    workspace
        .run(&["plan", "-destroy"])
        .success()
        .says("in use by process");
    workspace
        .destroy()
        .failure()
        .says("is in use by process")
        .says(&format!("{:?}", stand_in.cluster().replication_username));
    assert!(is_there(&stand_in, "consumer"));
    rewrite(&workspace, &stand_in, "consumer", "force_destroy = true");
    workspace.apply().success();
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "consumer"));
    drop(stream);
}

#[test]
fn slot_that_is_retained_stays_and_one_of_another_name_replaces_it() {
    let stand_in = StandIn::start(any_major());
    let published = published(&stand_in);
    let workspace = workspace(&stand_in, "first", &published);
    workspace.apply().success();
    let retained = format!("{published}\n  on_destroy = \"retain\"");
    rewrite(&workspace, &stand_in, "second", &retained);
    workspace
        .plan()
        .changes()
        .says("must be replaced")
        .says("Replication Slot Will Be Dropped");
    workspace.apply().success();
    assert!(!is_there(&stand_in, "first"));
    workspace.destroy().success();
    assert!(is_there(&stand_in, "second"));
}

#[test]
fn moved_slot_is_taken_over_without_touching_it() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    let workspace = Workspace::new(&stand_in);
    let database = &stand_in.cluster().database;
    let state = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1,
        "lineage": "6f1c5d2e-0d3b-4a52-9f0e-2b8f3d1f6a02", "outputs": {}, "resources": [{
            "mode": "managed",
            "type": "postgresql_replication_slot",
            "name": "s",
            "provider": "provider[\"registry.terraform.io/cyrilgdn/postgresql\"]",
            "instances": [{
                "schema_version": 0,
                "attributes": {"id": format!("{database}.s"), "name": "s", "database": database, "plugin": "pgoutput"},
                "sensitive_attributes": [],
                "private": "bnVsbA=="
            }]
        }]
    });
    let path = workspace.path().join("terraform.tfstate");
    std::fs::write(path, state.to_string()).expect("the state can be written");
    workspace.add_provider("cyrilgdn/postgresql", &fixture::postgresql());
    let moved =
        format!("moved {{\n  from = postgresql_replication_slot.s\n  to   = {ADDRESS}\n}}\n");
    workspace.write(&(stand_in.provider() + &resource("s", "") + &moved));
    workspace
        .plan()
        .changes()
        .says("has moved to")
        .does_not_say("will be destroyed")
        .does_not_say("must be replaced");
    workspace.apply().success();
    workspace.plan().empty();
    assert!(is_there(&stand_in, "s"));
}
