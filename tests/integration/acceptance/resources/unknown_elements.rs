//! Sets with elements that are known only after apply.

use crate::support::{StandIn, Workspace, any_major, eventually};

/// Two resources whose outputs are known only after the apply that changes them.
fn later(one: &str, two: &str) -> String {
    format!(
        "resource \"terraform_data\" \"a\" {{\n  input = {one:?}\n}}\n\
         resource \"terraform_data\" \"b\" {{\n  input = {two:?}\n}}\n"
    )
}

const BOTH: &str = "[terraform_data.a.output, terraform_data.b.output]";
const BOTH_AND_STOCK: &str = "[terraform_data.a.output, \"stock\", terraform_data.b.output]";

/// Plans what is known only after apply, applies it, and has nothing more to do.
fn converges(workspace: &Workspace, address: &str, attribute: &str, expected: &[&str]) {
    workspace.plan().changes();
    workspace.apply().success();
    let state = workspace.state(address).expect("a state");
    assert_eq!(state[attribute], serde_json::json!(expected));
    workspace.plan().empty();
}

#[test]
fn replication_parameter_with_unknown_expected_clusters_is_planned_and_applied() {
    const ADDRESS: &str = "rdsiam_replication_parameter.this";
    const AT: &str = "expected_cluster_identifiers";
    let stand_in = StandIn::with_clusters(any_major(), &["orders", "billing", "stock"]);
    let group = stand_in.cluster().parameter_group.clone();
    for cluster in ["billing", "stock"] {
        stand_in.attach_cluster_group(cluster, &group);
    }
    eventually("clusters are available again", || {
        let described = stand_in.block_on(stand_in.rds().describe_db_clusters().send());
        let described = described.expect("clusters can be described");
        let mut clusters = described.db_clusters().iter();
        clusters.all(|cluster| cluster.status() == Some("available"))
    });
    let workspace = Workspace::new(&stand_in);
    let write = |later: String, expected: &str| {
        workspace.write(&format!(
            "{later}resource \"rdsiam_replication_parameter\" \"this\" {{\n  cluster_identifier = \"orders\"\n  \
             wait_for_in_sync = false\n  {AT} = {expected}\n}}\n"
        ));
    };
    write(later("billing", "stock"), BOTH);
    workspace
        .plan()
        .changes()
        .says("What `expected_cluster_identifiers` lists is known at apply");
    converges(&workspace, ADDRESS, AT, &["billing", "stock"]);
    // Both turn out to be the same, and one of them to be what is known already.
    write(later("billing", "billing"), BOTH);
    converges(&workspace, ADDRESS, AT, &["billing"]);
    write(later("stock", "billing"), BOTH_AND_STOCK);
    converges(&workspace, ADDRESS, AT, &["billing", "stock"]);
    write(later("billing", "audit"), BOTH_AND_STOCK);
    converges(&workspace, ADDRESS, AT, &["audit", "billing", "stock"]);
    workspace.destroy().success();

    // What is not among them is refused once they are known.
    write(later("audit", "stock"), BOTH);
    workspace.plan().changes();
    workspace
        .apply()
        .failure()
        .says("Unexpected Users Of The Parameter Group")
        .says("billing");
}

#[test]
fn replication_user_with_unknown_logins_to_allow_is_planned_and_applied() {
    const ADDRESS: &str = "rdsiam_replication_user.this";
    const AT: &str = "allow_iam_for";
    let stand_in = StandIn::start(any_major());
    stand_in.sql(
        "CREATE ROLE team; CREATE ROLE billing LOGIN PASSWORD 'b'; CREATE ROLE stock LOGIN PASSWORD 's'; \
         GRANT team TO billing, stock",
    );
    let workspace = Workspace::new(&stand_in);
    let write = |later: String, allowed: &str| {
        workspace.write(&format!(
            "{}{later}resource \"rdsiam_replication_user\" \"this\" {{\n  name = \"team\"\n  \
             replication_privilege = \"rds_replication\"\n  probe_authentication = false\n  {AT} = {allowed}\n}}\n",
            stand_in.provider()
        ));
    };
    write(later("audit", "billing"), BOTH);
    workspace.plan().changes();
    workspace.apply().failure().says("stock");
    write(later("billing", "stock"), BOTH);
    converges(&workspace, ADDRESS, AT, &["billing", "stock"]);
    write(later("billing", "billing"), BOTH);
    converges(&workspace, ADDRESS, AT, &["billing"]);
    write(later("stock", "billing"), BOTH_AND_STOCK);
    converges(&workspace, ADDRESS, AT, &["billing", "stock"]);
}
