//! `rds_iam` where no token is accepted: whoever is granted that could log in with nothing.

use crate::support::{
    StandIn, any_major,
    user::{ADDRESS, rewrite, workspace},
};

const WARNING: &str = "No Token Would Be Accepted";
const ALLOWED: &str = "allow_without_iam_authentication = true";

#[test]
fn iam_authentication_that_is_off_refuses_the_grant_before_anything_is_changed() {
    let stand_in = StandIn::not_counting_creators(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    stand_in.set_iam_authentication(false, true);
    for (name, arguments) in [("app", ""), ("fresh", "create_role = true")] {
        let workspace = workspace(&stand_in, name, arguments);
        workspace.plan().changes().says(WARNING);
        workspace
            .apply()
            .failure()
            .says("IAM database authentication of the DB cluster \"orders\" is disabled.")
            .says("Enable it on the DB cluster")
            .says("allow_without_iam_authentication = true");
        assert!(workspace.state(ADDRESS).is_none());
        assert_eq!(stand_in.memberships(name), [""; 0]);
    }
    let made = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'");
    assert_eq!(made.as_deref(), Some("0"));

    let workspace = workspace(&stand_in, "app", ALLOWED);
    workspace.plan().changes().does_not_say(WARNING);
    workspace.apply().success().does_not_say(WARNING);
    workspace.plan().empty();
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
}

#[test]
fn iam_authentication_that_is_pending_is_neither_on_nor_sure_to_stay() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    // On, until the next maintenance window.
    stand_in.set_iam_authentication(false, false);
    let workspace = workspace(&stand_in, "app", "");
    workspace.plan().changes().says(WARNING);
    workspace
        .apply()
        .failure()
        .says("is enabled, disabled is pending")
        .says("Once it is off, no user in rds_iam can log in.");
    stand_in.set_iam_authentication(false, true);
    stand_in.set_iam_authentication(true, false);
    workspace
        .apply()
        .failure()
        .says("is disabled, enabled is pending")
        .says("ApplyImmediately");
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    stand_in.set_iam_authentication(true, true);
    workspace.apply().success().does_not_say(WARNING);
}

#[test]
fn iam_authentication_is_of_no_interest_where_nothing_is_granted() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN; CREATE ROLE other LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.set_iam_authentication(false, true);
    workspace.plan().empty().does_not_say(WARNING);
    rewrite(&workspace, &stand_in, "app", "rds_iam = false");
    workspace.plan().changes().does_not_say(WARNING);
    workspace.apply().success();
    // An update that grants is one like any other.
    rewrite(&workspace, &stand_in, "app", "");
    workspace.plan().changes().says(WARNING);
    workspace.apply().failure().says("is disabled.");
    assert_eq!(stand_in.memberships("app"), ["rds_replication"]);
    workspace.destroy().success();
}
