//! One parameter of a group: found among hundreds, set, reset, and nothing beside it.

use serde_json::json;
use terraform_provider_rdsiam::aws::rds::parameter_group::{
    ApplyType, GroupName, find_group, find_parameter, modify, reset,
};

use super::{clients, scope};
use crate::support::{PARAMETER, StandIn};

#[test]
fn parameter_on_every_family_is_found_set_and_reset() {
    for major in [11, 15, 18] {
        let stand_in = StandIn::start(major);
        let clients = clients(&stand_in);
        let group = GroupName::cluster(&stand_in.cluster().parameter_group);
        stand_in.block_on(async {
            let found = find_group(&clients, &scope(), &group)
                .await
                .expect("it can be read");
            let family = found.expect("the group is there").family;
            assert_eq!(family, format!("aurora-postgresql{major}"));
            let value = async || {
                find_parameter(&clients, &scope(), &group, PARAMETER)
                    .await
                    .expect("it can be read")
                    .expect("the family has the parameter")
            };
            let before = value().await;
            assert_eq!(before.value.as_deref().unwrap_or("0"), "0");
            assert_eq!(before.apply_type, ApplyType::Dynamic);
            modify(
                &clients,
                &scope(),
                &group,
                PARAMETER,
                true,
                before.apply_type,
            )
            .await
            .expect("it can be set");
            assert_eq!(value().await.value.as_deref(), Some("1"));
            reset(&clients, &scope(), &group, PARAMETER, before.apply_type)
                .await
                .expect("it can be reset, however busy the group is");
            assert_eq!(value().await.value, before.value);
        });
    }
}

#[test]
fn parameter_of_a_group_or_a_family_that_lacks_it_is_none() {
    let stand_in = StandIn::start(15);
    let clients = clients(&stand_in);
    let group = GroupName::cluster(&stand_in.cluster().parameter_group);
    stand_in.block_on(async {
        let find = async |group: &str, name: &str| {
            let group = GroupName::cluster(group);
            find_parameter(&clients, &scope(), &group, name)
                .await
                .expect("it can be read")
        };
        assert_eq!(find("nowhere", PARAMETER).await, None);
        assert_eq!(find(group.as_str(), "no.such_parameter").await, None);
        assert_eq!(find("default.aurora-postgresql10", PARAMETER).await, None);
        let nothing = find_group(&clients, &scope(), &GroupName::cluster("nowhere")).await;
        assert_eq!(nothing.expect("it can be read"), None);
    });
}

#[test]
fn parameter_calls_that_fail_for_a_while_are_repeated() {
    let stand_in = StandIn::start(15);
    let clients = clients(&stand_in);
    let group = GroupName::cluster(&stand_in.cluster().parameter_group);
    for fault in ["throttle", "internal-error", "reset"] {
        stand_in.control(
            "POST",
            "/faults",
            &json!({"action": "DescribeDBClusterParameters", "fault": fault, "times": 2}),
        );
        stand_in.forget_calls();
        let found = stand_in.block_on(find_parameter(&clients, &scope(), &group, PARAMETER));
        assert!(found.expect("it comes through").is_some(), "{fault}");
        assert_eq!(
            stand_in.calls()["DescribeDBClusterParameters"],
            3,
            "{fault}"
        );
    }
}

#[test]
fn parameter_that_may_not_be_read_is_an_error_that_names_the_action() {
    let stand_in = StandIn::start(15);
    let clients = clients(&stand_in);
    let group = GroupName::cluster(&stand_in.cluster().parameter_group);
    stand_in.control(
        "POST",
        "/faults",
        &json!({"action": "*", "fault": "access-denied", "times": 100}),
    );
    let error = stand_in
        .block_on(find_parameter(&clients, &scope(), &group, PARAMETER))
        .expect_err("it is denied");
    assert!(error.is_access_denied(), "{error}");
    assert!(
        error
            .to_string()
            .contains("rds:DescribeDBClusterParameters"),
        "{error}"
    );
}
