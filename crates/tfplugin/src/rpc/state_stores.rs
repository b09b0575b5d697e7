//! State stores, which no provider on this crate has: their RPCs are refused by name.

use tonic::Status;

/// The answer to an RPC that only a provider with state stores serves.
pub(super) fn refusal(rpc: &str) -> Status {
    Status::unimplemented(format!(
        "{rpc} is not implemented: this provider has no state stores. Keep the state in a backend of \
         Terraform instead."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_names_the_rpc_and_a_way_out() {
        let status = refusal("LockState");
        assert_eq!(status.code(), tonic::Code::Unimplemented);
        for part in ["LockState", "backend"] {
            assert!(status.message().contains(part), "{status}");
        }
    }
}
