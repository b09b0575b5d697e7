//! Ending replication connections.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{invoke_action, plan_action, validate_action_config};

use super::plugin::{Provider, events, no_errors, packed};
use crate::support::StandIn;

const TERMINATE: &str = "rdsiam_terminate_replication_connections";

/// Validates, plans and invokes the action, as an apply does; the lines of its progress.
async fn invoke(provider: &mut Provider, config: Json) -> Result<Vec<String>, String> {
    use invoke_action::event::Type;

    let config = Some(packed(
        &provider.schema.actions[TERMINATE].r#type(),
        &config,
    ));
    let request = validate_action_config::Request {
        type_name: TERMINATE.to_owned(),
        config: config.clone(),
    };
    let answer = provider.client.validate_action_config(request).await;
    no_errors(&answer.expect("an answer").into_inner().diagnostics)?;
    let request = plan_action::Request {
        action_type: TERMINATE.to_owned(),
        config: config.clone(),
        client_capabilities: None,
    };
    let answer = provider.client.plan_action(request).await;
    no_errors(&answer.expect("an answer").into_inner().diagnostics)?;
    let request = invoke_action::Request {
        action_type: TERMINATE.to_owned(),
        config,
        client_capabilities: None,
    };
    let stream = provider.client.invoke_action(request).await;
    let mut events = events(stream.expect("a stream").into_inner()).await;
    let Some(Type::Completed(completed)) = events.pop().and_then(|event| event.r#type) else {
        panic!("the last event is that of the end");
    };
    no_errors(&completed.diagnostics)?;
    let line = |event: invoke_action::Event| match event.r#type {
        Some(Type::Progress(progress)) => progress.message,
        other => panic!("{other:?} before the end"),
    };
    Ok(events.into_iter().map(line).collect())
}

fn streams(stand_in: &StandIn) -> usize {
    let count = "SELECT count(*) FROM pg_stat_replication";
    let count = stand_in.sql_value(count).expect("a number");
    count.parse().expect("a number")
}

#[test]
fn action_ends_the_streams_of_who_must_use_iam_and_names_their_slots() {
    let stand_in = StandIn::start(15);
    let _stream = stand_in.stream("orders_slot");
    let mut provider = stand_in.block_on(Provider::configured(&stand_in));
    let mut invoke = |config| stand_in.block_on(invoke(&mut provider, config));

    // Nobody must use IAM while the parameter is off.
    let refused = invoke(json!({})).expect_err("an error");
    assert!(
        refused.contains("is off in the running server"),
        "{refused}"
    );
    assert_eq!(streams(&stand_in), 1);

    stand_in.sql("GRANT rds_iam TO cdc");
    stand_in.switch_on();
    let told = invoke(json!({})).expect("the streams end");
    let [ending, ended] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(ending.contains("of \"cdc\""), "{ending}");
    assert!(
        ending.contains("with the slot \"orders_slot\" active"),
        "{ending}"
    );
    assert!(ended.contains("Ended 1 replication connection"), "{ended}");
    assert_eq!(streams(&stand_in), 0);
    let slots = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'orders_slot'";
    assert_eq!(stand_in.sql_value(slots).as_deref(), Some("1"));

    let nothing = invoke(json!({"username": "cdc"})).expect("nothing to do");
    assert!(
        nothing[0].contains("No replication connection"),
        "{nothing:?}"
    );
    let nobody = invoke(json!({"username": "nobody"})).expect_err("an error");
    assert!(nobody.contains("no role \"nobody\""), "{nobody}");
}

#[test]
fn action_for_one_user_leaves_the_streams_of_others() {
    let stand_in = StandIn::start(15);
    let _stream = stand_in.stream("orders_slot");
    stand_in.sql("CREATE ROLE other LOGIN; GRANT rds_replication TO other");
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let told = invoke(&mut provider, json!({"username": "other"})).await;
        let told = told.expect("nothing to do");
        assert!(
            told[0].contains("No replication connection of \"other\""),
            "{told:?}"
        );
    });
    assert_eq!(streams(&stand_in), 1);
}
