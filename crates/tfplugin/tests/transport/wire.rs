//! The generated code once more, with its clients, since the crate keeps its own private.

/// Terraform's plugin protocol.
#[allow(
    dead_code,
    clippy::all,
    clippy::pedantic,
    reason = "generated code, with more than is called here"
)]
pub mod tfplugin6 {
    include!("../../src/proto/tfplugin6.rs");
}

/// The services of go-plugin.
#[allow(
    dead_code,
    clippy::all,
    clippy::pedantic,
    reason = "generated code, with more than is called here"
)]
pub mod plugin {
    include!("../../src/proto/plugin.rs");
}
