//! PostgreSQL as RDS ships it. Knows no Terraform type and nothing of AWS but its roles.
//!
//! A [`Server`] stands for one database and contacts nothing before it is used. Reads come from its
//! [`snapshot::Snapshot`] and its [`Activity`]; changes are the operations of [`replication_user`],
//! [`publish`], [`grant_publication`] and [`manage_slot`]; [`Server::probe`]
//! asks the server what it demands of a login. Each takes a [`crate::scope::Scope`], which ends it. The way to the
//! server is a [`transport::Transport`]: sessions that run a [`Batch`] of statements.

mod activity;
mod auth_request;
mod batch;
mod changes;
mod connection;
mod error;
pub mod grant_publication;
mod ident;
mod limited;
mod lsn;
pub mod manage_slot;
pub mod membership;
mod name;
mod not_proven;
mod proven;
pub mod publication;
pub mod publication_grant;
pub mod publish;
pub mod rds_roles;
pub mod refusal;
pub mod replication_privilege;
pub mod replication_role;
pub mod replication_slot;
pub mod replication_user;
mod retry;
mod row;
mod server;
mod server_error;
mod shared_read;
pub mod snapshot;
mod socket;
mod statement;
mod table_name;
mod terminate;
mod transaction;
pub mod transport;
mod verifier;

pub use self::{
    activity::{Activity, Sessions, Slot, Walsender},
    auth_request::{AuthRequest, ConnectionKind},
    batch::{Batch, Statement},
    error::{Error, PasswordError},
    lsn::Lsn,
    name::LONGEST_NAME,
    not_proven::NotProven,
    row::{Row, Rows},
    server::Server,
    server_error::ServerError,
    shared_read::WriteCounter,
    socket::{Address, PasswordSource, Pool, Roots, Settings, SslMode},
    statement::COMMENT,
    table_name::TableName,
    verifier::Verifier,
};
