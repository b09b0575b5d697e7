//! Actions.

use serde_json::json;
use tfplugin::testing::unknown;

use crate::{
    provider::messages,
    shelf::{Quirk, shelf},
};

const DUST: &str = "shelf_dust";

#[tokio::test]
async fn action_tells_its_progress_and_its_end() {
    let invocation = shelf(Quirk::None)
        .await
        .invoke_action(DUST, json!({"room": "hall"}))
        .await;
    assert_eq!(invocation.progress, ["hall: top", "hall: bottom"]);
    assert_eq!(messages(&invocation.diagnostics), ["Dusty"]);
}

#[tokio::test]
async fn action_whose_plan_fails_is_not_invoked() {
    let shelf = shelf(Quirk::None).await;
    for (config, expected) in [
        (json!({}), "Missing Required Argument @ room"),
        (json!({"room": "cellar"}), "Dark @ room"),
        (json!({"room": unknown()}), "Configuration Not Known"),
    ] {
        let invocation = shelf.invoke_action(DUST, config).await;
        assert_eq!(messages(&invocation.diagnostics), [expected]);
        assert_eq!(invocation.progress, [""; 0]);
    }
}

#[tokio::test]
async fn plan_of_an_action_may_have_unknown_values() {
    let diagnostics = shelf(Quirk::None)
        .await
        .plan_action(DUST, json!({"room": unknown()}))
        .await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
}
