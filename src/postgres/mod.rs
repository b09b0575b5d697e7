//! PostgreSQL as RDS ships it. Knows no Terraform type and nothing of AWS but its roles.
//!
//! A [`Connector`] stands for one database and contacts nothing before it is used. Reads come from its
//! [`snapshot::Snapshot`] and its [`Activity`]; changes are the operations of [`replication_user`]; [`Connector::probe`]
//! asks the server what it demands of a login. Each takes a [`crate::scope::Scope`], which ends it.

mod activity;
mod cancel;
mod catalogue;
mod connector;
mod dial;
mod error;
mod ident;
pub mod membership;
mod probe;
pub mod refusal;
pub mod replication_privilege;
pub mod replication_role;
pub mod replication_user;
mod shared;
pub mod snapshot;
mod statement;
mod terminate;
mod tls;
mod transaction;
mod verifier;

pub use self::{
    activity::{Activity, Sessions, Slot, Walsender},
    connector::{Connector, PasswordSource, Settings},
    dial::Address,
    error::{Error, PasswordError, ServerError},
    ident::LONGEST_NAME,
    probe::{Demanded, Kind},
    shared::Writes,
    statement::COMMENT,
    tls::{Roots, SslMode},
    verifier::Verifier,
};
