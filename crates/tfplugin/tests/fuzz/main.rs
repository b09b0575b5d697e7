//! Random and mutated bytes for whatever reads bytes: each decoder, each RPC of a running provider,
//! and its socket. None may panic, hang, or allocate much for a small message.
//!
//! Each table takes three seconds, or `TFPLUGIN_FUZZ_SECONDS`, of which each entry has its share. The
//! seed is printed; `TFPLUGIN_FUZZ_SEED` takes it again.
#![cfg(unix)]

#[allow(dead_code, reason = "shared with the tests of the transport")]
#[path = "../transport/client.rs"]
mod client;
#[path = "../transport/example.rs"]
mod example;
#[allow(dead_code, reason = "shared with the tests of the transport")]
#[path = "../transport/process.rs"]
mod process;
#[allow(dead_code, reason = "shared with the tests of the transport")]
#[path = "../transport/wire.rs"]
mod wire;

mod decoders;
mod frames;
mod hostile;
mod mutate;
mod raw;
mod rpcs;
mod run;
