//! `rdsiam_publication` of tables whose UPDATEs and DELETEs would fail from then on, in whatever application runs them:
//! refused, unless that is allowed.

use rds_emulator::client;
use rstest_reuse::apply;

use crate::support::{
    StandIn, any_major, from_16, on_both_sides_of_16,
    publication::{as_master, is_there, rewrite, workspace},
};

#[apply(on_both_sides_of_16)]
fn publication_that_would_let_updates_fail_is_refused_unless_that_is_allowed(major: u16) {
    let stand_in = StandIn::start(major);
    as_master(
        &stand_in,
        "CREATE TABLE public.log (id int, v text); INSERT INTO public.log VALUES (1, 'x')",
    );
    let tables = "tables = { \"public.log\" = {} }";
    let workspace = workspace(&stand_in, "p", tables);
    workspace
        .plan()
        .changes()
        .says("Tables Without Replica Identity");
    workspace
        .apply()
        .failure()
        .says("ALTER TABLE \"public\".\"log\" REPLICA IDENTITY FULL;");
    assert!(!is_there(&stand_in, "p"));
    // What would come of it, for whoever writes to the table.
    let update = "UPDATE public.log SET v = 'x'";
    let master = &stand_in.cluster().master_username;
    let failed = stand_in.block_on(client::sql(
        &stand_in.cluster().superuser_url,
        &format!("SET ROLE {master}; CREATE PUBLICATION theirs FOR TABLE public.log; {update}"),
    ));
    let failed = failed.expect_err("the update fails");
    let said = failed.as_db_error().expect("the server says so");
    assert_eq!(said.code().code(), "55000");
    as_master(&stand_in, update);
    // Inserts alone need none.
    rewrite(
        &workspace,
        &stand_in,
        "p",
        &format!("publish = [\"insert\"]\n  {tables}"),
    );
    workspace.apply().success();
    as_master(&stand_in, "UPDATE public.log SET v = 'y'");
    rewrite(&workspace, &stand_in, "p", tables);
    workspace
        .apply()
        .failure()
        .says("it has no replica identity");
    as_master(&stand_in, "UPDATE public.log SET v = 'z'");
    let allowed = format!("allow_without_replica_identity = [\"public.log\"]\n  {tables}");
    rewrite(&workspace, &stand_in, "p", &allowed);
    workspace.apply().success().says("Updates Will Fail");
    workspace.plan().empty();
    as_master(
        &stand_in,
        "ALTER TABLE public.log REPLICA IDENTITY FULL; UPDATE public.log SET v = 'z'",
    );
}

#[test]
fn publication_from_16_whose_filter_or_columns_do_not_fit_the_replica_identity_is_refused() {
    let stand_in = StandIn::start(from_16());
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY, v text, region text); \
         CREATE TABLE public.parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id); \
         CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES FROM (0) TO (100); \
         CREATE TABLE public.complete (id int, v text); ALTER TABLE public.complete REPLICA IDENTITY FULL",
    );
    for (table, member, more, said) in [
        (
            "a",
            "where = \"region = 'eu'\"",
            "",
            "the filter uses \"region\"",
        ),
        (
            "a",
            "columns = [\"v\"]",
            "",
            "lacks \"id\" of the replica identity",
        ),
        (
            "complete",
            "columns = [\"id\"]",
            "",
            "REPLICA IDENTITY FULL",
        ),
        (
            "parted",
            "where = \"v = 'x'\"",
            "publish_via_partition_root = true",
            "public.parted_1: the filter uses \"v\"",
        ),
    ] {
        let arguments = format!("{more}\n  tables = {{ \"public.{table}\" = {{ {member} }} }}");
        let workspace = workspace(&stand_in, "p", &arguments);
        workspace.apply().failure().says(said);
        assert!(!is_there(&stand_in, "p"));
    }
    // What fits does join, and updates go on.
    let arguments = "tables = { \"public.a\" = { columns = [\"id\", \"v\"], where = \"id > 1\" }, \
         \"public.complete\" = { where = \"v = 'x'\" } }";
    let workspace = workspace(&stand_in, "p", arguments);
    workspace.apply().success();
    as_master(
        &stand_in,
        "INSERT INTO public.a VALUES (1, 'v', 'r'); UPDATE public.a SET v = 'w'; DELETE FROM public.a; \
         INSERT INTO public.complete VALUES (1, 'v'); UPDATE public.complete SET v = 'w'",
    );
}

#[test]
fn publication_of_all_tables_whose_updates_would_fail_is_refused() {
    let stand_in = StandIn::start(any_major());
    as_master(&stand_in, "CREATE TABLE public.log (id int)");
    let workspace = workspace(&stand_in, "p", "all_tables = true");
    workspace
        .apply()
        .failure()
        .says("public.log: it has no replica identity");
    assert!(!is_there(&stand_in, "p"));
}
