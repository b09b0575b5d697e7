//! The way to a server over a socket, in PostgreSQL's own protocol.

mod cancel;
mod dial;
mod login;
mod outage;
mod pool;
mod pooled_client;
mod probe;
mod replication;
mod session;
mod tcp;
#[cfg(test)]
mod testing;
mod tls;

pub use self::{
    dial::Address,
    login::{PasswordSource, Settings},
    pool::Pool,
    tls::{Roots, SslMode},
};
