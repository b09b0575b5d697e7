//! The provider process as Terraform's client meets it: started with its environment variables,
//! found by the handshake line, called over gRPC. What a plan or an apply means is not tested here.
#![cfg(unix)]

mod client;
#[path = "../conformance/mod.rs"]
mod conformance;
mod debug;
mod example;
mod handshake;
mod lifecycle;
mod log;
mod operations;
mod process;
mod rpc;
mod terraform;
mod tls;
mod wire;
