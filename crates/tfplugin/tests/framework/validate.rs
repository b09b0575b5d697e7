//! Checks of configurations.

use std::time::{Duration, Instant};

use serde_json::json;
use tfplugin::testing::{self, unknown};

use crate::provider::{Misbehavior, THING, messages, test};

#[tokio::test]
async fn config_against_the_schema_is_reported_at_the_attribute() {
    let table = [
        (json!({"name": "a"}), vec![]),
        (
            json!({"name": unknown(), "size": unknown(), "place": {"rack": unknown()}}),
            vec![],
        ),
        (json!({}), vec!["Missing Required Argument @ name"]),
        (json!({"name": ""}), vec!["Invalid Attribute Value @ name"]),
        (json!({"name": "A"}), vec!["Invalid Attribute Value @ name"]),
        (
            json!({"name": "forbidden"}),
            vec!["Invalid Attribute Value @ name"],
        ),
        (
            json!({"name": "a", "size": 0}),
            vec!["Invalid Attribute Value @ size"],
        ),
        (
            json!({"name": "a", "size": 1.5}),
            vec!["Invalid Attribute Value @ size"],
        ),
        // Within the schema, but beyond what the model holds.
        (
            json!({"name": "a", "size": 65536}),
            vec!["Invalid Attribute Value @ size"],
        ),
        (
            json!({"name": "a", "id": "x"}),
            vec!["Read-Only Argument @ id"],
        ),
        (
            json!({"name": "a", "id": unknown()}),
            vec!["Read-Only Argument @ id"],
        ),
        (
            json!({"name": "a", "old": "x"}),
            vec!["Deprecated Argument @ old"],
        ),
        (
            json!({"name": "a", "disk": [{"path": "/"}, {"kind": "tape"}]}),
            vec![
                "Missing Required Argument @ disk[1].path",
                "Invalid Attribute Value @ disk[1].kind",
            ],
        ),
        (
            json!({"name": "a", "disk": [{"path": "/", "device": "sda"}]}),
            vec!["Read-Only Argument @ disk[0].device"],
        ),
        (
            json!({"name": "a", "rule": [{}]}),
            vec!["Missing Required Argument @ rule[0].allow"],
        ),
        (
            json!({"name": "a", "port": [{}]}),
            vec!["Missing Required Argument @ port"],
        ),
        (
            json!({"name": "a", "place": {}}),
            vec!["Missing Attribute @ place"],
        ),
        (
            json!({"name": "a", "place": {"rack": "1", "room": "2"}}),
            vec!["Invalid Attribute Combination @ place.room"],
        ),
        (
            json!({"name": "a", "place": {"rack": "1", "room": unknown()}}),
            vec![],
        ),
        (
            json!({"name": "a", "old": "x", "tags": {}}),
            // An empty map is not set as far as a rule is concerned.
            vec!["Deprecated Argument @ old"],
        ),
        (
            json!({"name": "a", "old": "x", "tags": {"a": "b"}}),
            vec![
                "Deprecated Argument @ old",
                "Invalid Attribute Combination @ tags",
            ],
        ),
        (
            json!({"name": "a", "timeouts": {"create": "soon"}}),
            vec!["Invalid Attribute Value @ timeouts.create"],
        ),
    ];
    let provider = test(Misbehavior::None).await;
    for (config, expected) in table {
        let diagnostics = provider.validate(THING, config.clone()).await;
        assert_eq!(messages(&diagnostics), expected, "{config}");
    }
}

#[tokio::test]
async fn provider_config_refused_by_its_author_does_not_configure() {
    let provider = test(Misbehavior::None).await;
    let diagnostics = provider
        .configure(json!({"misbehavior_known": false}))
        .await;
    assert_eq!(
        messages(&diagnostics),
        ["Misbehavior Not Known @ misbehavior_known"]
    );
}

#[tokio::test]
async fn message_about_a_closed_set_names_what_is_possible() {
    let provider = test(Misbehavior::None).await;
    let config = json!({"name": "a", "disk": [{"path": "/", "kind": "tape"}]});
    let diagnostics = provider.validate(THING, config).await;
    let detail = &diagnostics.iter().next().unwrap().detail;
    assert_eq!(
        detail,
        "The value of disk[0].kind must be one of \"ssd\", \"hdd\"."
    );
}

#[tokio::test]
async fn message_about_an_element_of_a_set_is_at_the_set_and_comes_once() {
    let provider = testing::provider(|registry| {
        registry.resource(crate::leaky::Crowd);
    });
    let member = |name: &str| json!({"name": name, "old": "x"});
    let config = json!({"member": [member("a"), member("b")], "guest": [{"old": "x"}]});
    let diagnostics = provider.await.validate("test_crowd", config).await;
    assert_eq!(
        messages(&diagnostics),
        [
            "Deprecated Argument @ guest",
            "Deprecated Argument @ member",
            "Invalid Attribute Combination @ member",
        ]
    );
}

#[tokio::test]
async fn many_mistakes_are_all_reported_in_time() {
    // Compared with each other, they would take minutes.
    let disks = vec![json!({}); 100_000];
    let validating = test(Misbehavior::None).await;
    let started = Instant::now();
    let diagnostics = validating
        .validate(THING, json!({"name": "a", "disk": disks}))
        .await;
    assert_eq!(diagnostics.iter().count(), 100_000);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
}
