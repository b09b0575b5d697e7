//! What an interrupted run granted, and what was somebody else's before: told apart by what is found together.

use rstest_reuse::apply;

use crate::support::{
    StandIn, any_major, on_both_sides_of_16,
    user::{ADDRESS, rewrite, workspace},
};

#[apply(on_both_sides_of_16)]
fn adopted_together_with_rds_iam_is_the_right_that_an_interrupted_run_granted(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace
        .apply()
        .success()
        .says("Membership In rds_iam Adopted")
        .says("\"app\" was in rds_iam and in rds_replication already. Both may come from a run");
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[apply(on_both_sides_of_16)]
fn adopted_is_no_right_that_was_found_alone(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN; GRANT rds_replication TO app");
    let workspace = workspace(&stand_in, "app", "");
    workspace
        .apply()
        .success()
        .does_not_say("Membership In rds_iam Adopted");
    // Later changes find both together, and know better.
    for rds_iam in ["false", "true"] {
        rewrite(
            &workspace,
            &stand_in,
            "app",
            &format!("rds_iam = {rds_iam}"),
        );
        workspace.apply().success().does_not_say("Adopted");
    }
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), ["rds_replication"]);
}

#[test]
fn adopted_by_an_import_is_what_is_together_with_rds_iam() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql(
        "CREATE ROLE app LOGIN; CREATE ROLE alone LOGIN; SET ROLE master; \
         GRANT rds_iam, rds_replication TO app; GRANT rds_replication TO alone",
    );
    for (name, left) in [("app", &[][..]), ("alone", &["rds_replication"])] {
        let workspace = workspace(&stand_in, name, "");
        let imported = workspace
            .run(&["import", ADDRESS, &format!("cluster:orders/{name}")])
            .success();
        if left.is_empty() {
            imported.says("was in rds_iam and in rds_replication already");
            workspace.plan().empty().does_not_say("Adopted");
        } else {
            imported.does_not_say("Adopted");
            workspace.apply().success().does_not_say("Adopted");
        }
        workspace.destroy().success();
        assert_eq!(stand_in.memberships(name), left, "{name}");
    }
}
