//! The way to a server over a socket, in PostgreSQL's own protocol.

mod cancel;
mod dial;
mod pool;
mod pooled_client;
mod probe;
mod session;
mod tls;

pub use self::{
    dial::Address,
    pool::{PasswordSource, Pool, Settings},
    tls::{Roots, SslMode},
};
