//! Who may read what is published: the rights as the catalog has them, and what of them the provider gave.
//! <https://www.postgresql.org/docs/current/ddl-priv.html>

mod acl;
mod desired;
mod ours;
mod reader;
mod refusal;
mod rights;
mod standing;

pub use self::{
    acl::{AclRow, Demand, Places, Readable, Table},
    desired::Desired,
    ours::{Given, Ours, Schema},
    reader::Reader,
    refusal::{Owned, Refusal},
    rights::Rights,
    standing::{Excess, Select, Standing},
};
pub(in crate::postgres) use self::{
    acl::{Place, grantors, places, tables},
    ours::Direct,
    standing::AsAsked,
};
