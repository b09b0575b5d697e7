//! `db_user_arn`, without any server.

use crate::support::Workspace;

fn workspace(call: &str) -> Workspace {
    let workspace = Workspace::offline();
    workspace.write(&format!(
        "output \"arn\" {{\n  value = provider::rdsiam::db_user_arn({call})\n}}\n"
    ));
    workspace
}

#[test]
fn db_user_arn_is_computed_without_a_configured_provider() {
    let call = r#""us-gov-west-1", "123456789012", "cluster-ABCDEFGHIJKL01234", "it's \"one\"""#;
    let workspace = workspace(call);
    workspace.apply().success();
    let shown = workspace.run(&["output", "-raw", "arn"]).success();
    assert_eq!(
        shown.stdout(),
        "arn:aws-us-gov:rds-db:us-gov-west-1:123456789012:dbuser:cluster-ABCDEFGHIJKL01234/it's \"one\""
    );
}

#[test]
fn db_user_arn_of_an_identifier_blames_that_argument() {
    workspace(r#""eu-central-1", "123456789012", "orders", "cdc""#)
        .run(&["validate"])
        .failure()
        .says("Invalid value for \"resource_id\" parameter")
        .says("not the identifier");
}
