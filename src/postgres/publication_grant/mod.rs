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
    acl::{Demand, Readable, Table},
    desired::Desired,
    ours::Ours,
    reader::Reader,
    refusal::{Owned, Refusal},
    rights::Rights,
    standing::{Excess, Select, Standing},
};
pub(in crate::postgres) use self::{
    acl::{Place, Places, grantors, places, tables},
    ours::Direct,
    standing::AsAsked,
};
