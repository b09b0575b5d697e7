//! Random and mutated bytes for whatever reads bytes: each decoder, each RPC of a running provider,
//! and its socket. None may panic, hang, or allocate much for a small message.
//!
//! Each table takes three seconds, or `TFPLUGIN_FUZZ_SECONDS`, of which each entry has its share. The
//! seed is printed; `TFPLUGIN_FUZZ_SEED` takes it again.
#![cfg(unix)]

mod decoders;
mod frames;
mod hostile;
mod mutate;
mod raw;
mod rpcs;
mod run;

use terraform_client::{Plugin, example};

/// The provider of the transport's tests, which has everything, without TLS.
async fn start() -> Plugin {
    let program = example(env!("CARGO_MANIFEST_DIR"), "transport_fixture");
    let started = Plugin::start(program, None).await;
    started.expect("the fixture starts")
}
