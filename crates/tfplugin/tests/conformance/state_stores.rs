//! The RPCs of state stores, which no provider here has.

use terraform_client::proto::tfplugin6::{
    configure_state_store, delete_state, get_states, lock_state, read_state_bytes, unlock_state,
    validate_state_store, write_state_bytes,
};
use tonic::{Code, Status};

use super::message::started;

#[tokio::test]
async fn rpcs_of_state_stores_are_unimplemented_by_name() {
    fn refused<T>(answer: Result<T, Status>) -> Status {
        match answer {
            Ok(_) => panic!("it is answered"),
            Err(status) => status,
        }
    }
    let golden = started().await;
    let client = || golden.client.clone();
    let chunk = write_state_bytes::RequestChunk::default();
    let answers = [
        (
            "ValidateStateStoreConfig",
            refused(
                client()
                    .validate_state_store_config(validate_state_store::Request::default())
                    .await,
            ),
        ),
        (
            "ConfigureStateStore",
            refused(
                client()
                    .configure_state_store(configure_state_store::Request::default())
                    .await,
            ),
        ),
        (
            "ReadStateBytes",
            refused(
                client()
                    .read_state_bytes(read_state_bytes::Request::default())
                    .await,
            ),
        ),
        (
            "WriteStateBytes",
            refused(
                client()
                    .write_state_bytes(tokio_stream::iter([chunk]))
                    .await,
            ),
        ),
        (
            "LockState",
            refused(client().lock_state(lock_state::Request::default()).await),
        ),
        (
            "UnlockState",
            refused(
                client()
                    .unlock_state(unlock_state::Request::default())
                    .await,
            ),
        ),
        (
            "GetStates",
            refused(client().get_states(get_states::Request::default()).await),
        ),
        (
            "DeleteState",
            refused(
                client()
                    .delete_state(delete_state::Request::default())
                    .await,
            ),
        ),
    ];
    for (rpc, status) in answers {
        assert_eq!(status.code(), Code::Unimplemented, "{rpc}");
        let expected = format!("{rpc} is not implemented: ");
        assert!(status.message().starts_with(&expected), "{status}");
    }
}
