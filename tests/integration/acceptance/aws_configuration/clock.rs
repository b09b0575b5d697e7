//! A machine whose clock is not that of AWS.

use serde_json::json;

use crate::support::{StandIn, Workspace};

#[test]
fn clock_that_is_off_is_made_up_for_in_calls_and_tokens() {
    let stand_in = StandIn::start(15);
    stand_in.sql("GRANT rds_iam TO master");
    let provider = stand_in.provider_with("username = \"master\"\n    iam_auth = true");
    let user = "resource \"rdsiam_replication_user\" \"cdc\" {\n  name = \"cdc\"\n}\n";
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!("{provider}{user}"));
    for ahead in [1200, -1200] {
        let clock = json!({ "ahead_seconds": ahead });
        stand_in.control("POST", "/clock", &clock);
        workspace.apply().success();
        workspace.plan().empty();
        workspace.destroy().success();
    }
}

#[test]
fn clock_that_is_off_is_named_where_a_call_has_one_attempt() {
    let stand_in = StandIn::without_server();
    for (ahead, off) in [
        (1200, "20 minutes behind that of AWS"),
        (-1200, "20 minutes ahead of that of AWS"),
    ] {
        let clock = json!({ "ahead_seconds": ahead });
        stand_in.control("POST", "/clock", &clock);
        super::workspace(&stand_in, "max_retries = 1")
            .plan()
            .changes()
            .says("SignatureDoesNotMatch")
            .says(&format!("this machine's clock is {off}"))
            .says("Set the clock of this machine");
    }
}
