//! The messages and services of the wire, generated from `proto/` by `cargo xtask codegen`.
//!
//! Private to the crate: only `plugin`, `rpc`, `from_proto` and `to_proto` may import it.

/// Terraform's plugin protocol.
#[allow(
    dead_code,
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "generated code, with messages for more RPCs than are served"
)]
pub(crate) mod tfplugin6 {
    include!("proto/tfplugin6.rs");
}

/// The services of go-plugin.
#[allow(
    dead_code,
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "generated code"
)]
pub(crate) mod plugin {
    include!("proto/plugin.rs");
}
