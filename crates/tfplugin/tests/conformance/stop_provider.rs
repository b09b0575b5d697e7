//! StopProvider.

use terraform_client::proto::tfplugin6::{
    get_metadata,
    stop_provider::{Request, Response},
};

use super::message::started;

#[tokio::test]
async fn stop_provider_answers_without_an_error_and_calls_go_on() {
    let mut golden = started().await;
    let answer = golden.client.stop_provider(Request {}).await;
    assert_eq!(answer.expect("an answer").into_inner(), Response::default());
    let metadata = golden.client.get_metadata(get_metadata::Request {}).await;
    assert!(metadata.is_ok());
}
