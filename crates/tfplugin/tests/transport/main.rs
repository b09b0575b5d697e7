//! The provider process as Terraform's client meets it: started with its environment variables,
//! found by the handshake line, called over gRPC. What a plan or an apply means is not tested here.
#![cfg(unix)]

mod debug;
mod handshake;
mod lifecycle;
mod log;
mod operations;
mod plugin;
mod rpc;
mod terraform;
mod tls;
