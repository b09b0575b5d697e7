//! What every operation is given: its identity for the log, and the request to stop.

use tokio_util::sync::CancellationToken;

/// The surroundings of one operation.
#[derive(Clone, Debug)]
pub struct Context {
    request_id: String,
    cancellation: CancellationToken,
}

impl Context {
    /// Surroundings with the given id and cancellation.
    pub fn new(request_id: impl Into<String>, cancellation: CancellationToken) -> Self {
        Self {
            request_id: request_id.into(),
            cancellation,
        }
    }

    /// The id that every log line of this operation carries as `tf_req_id`.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Cancelled when the practitioner interrupts Terraform: the operation should then return
    /// soon, with the state that is really there.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }
}
