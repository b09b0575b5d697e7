//! Publications: what they are defined to publish, as the catalog has them, and what is refused of them.
//! <https://www.postgresql.org/docs/current/logical-replication-publication.html>

mod catalog;
mod definition;
mod fault;
mod feature;
mod filter;
mod object;
mod refusal;
mod tables;

pub(super) use self::{
    catalog::publications,
    feature::{keeps_joining_tables, knows_partitioned_tables},
};
pub use self::{
    catalog::{Publication, Publications, Stream},
    definition::{Contents, Definition, Member, Operations},
    fault::{Fault, Faulty},
    feature::{Feature, TooOld, too_old},
    filter::check_filter,
    object::Seen,
    refusal::Refusal,
    tables::{TableFacts, Tables},
};
