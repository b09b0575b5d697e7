//! The main job from end to end: plan, apply, empty plan, drift, repair,
//! destroy.

use rstest_reuse::apply;

use crate::support::{StandIn, Workspace, on_both_sides_of_16};

const RESOURCES: &str = r#"
resource "rdsiam_replication_parameter" "this" {
  cluster_identifier = "orders"
}

resource "rdsiam_replication_user" "cdc" {
  name = "cdc"
}
"#;

#[apply(on_both_sides_of_16)]
fn main_job_converges_shows_drift_and_is_taken_back(major: u16) {
    let stand_in = StandIn::start(major);
    let mut workspace = Workspace::new(&stand_in);
    // As for everybody who does not debug the provider: a process for each phase, and mutual TLS.
    workspace.manage_provider();
    workspace.write(&(stand_in.provider() + RESOURCES));

    workspace
        .plan()
        .changes()
        .says("Plan: 2 to add, 0 to change, 0 to destroy.");
    workspace.apply().success();
    assert_eq!(stand_in.parameter().as_deref(), Some("1"));
    assert_eq!(stand_in.memberships("cdc"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();

    stand_in.set_parameter("0");
    stand_in.sql("SET ROLE master; REVOKE rds_iam FROM cdc");
    let drift = workspace.plan().changes();
    let text = drift.stdout();
    for attribute in ["enabled", "rds_iam"] {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("~ {attribute} ")))
            .unwrap_or_else(|| panic!("{attribute} does not drift:\n{text}"));
        assert!(line.ends_with("= false -> true"), "{line}");
    }

    workspace.apply().success();
    assert_eq!(stand_in.parameter().as_deref(), Some("1"));
    assert_eq!(stand_in.memberships("cdc"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();

    workspace.destroy().success();
    assert_eq!(stand_in.parameter().as_deref().unwrap_or("0"), "0");
    // The right to replicate was there before.
    assert_eq!(stand_in.memberships("cdc"), ["rds_replication"]);
}
