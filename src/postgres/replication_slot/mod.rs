//! Replication slots: as the server has them, created, dropped, and what is refused.
//!
//! The server waits for the transactions of others before a slot is there, and goes on with that when its client is
//! gone. So a creation is bounded on the server too, and one whose answer is lost is looked for before anything else.
//! <https://www.postgresql.org/docs/current/logicaldecoding-explanation.html#LOGICALDECODING-REPLICATION-SLOTS>

mod alter;
mod catalog;
mod create;
mod desired;
mod drop;
mod feature;
mod outlook;
mod refusal;
mod settle;
mod writer;

pub(super) use self::settle::Backend;
pub use self::{
    alter::set_failover,
    catalog::{Condition, Decoded, Slot, Slots, User},
    create::{Created, create},
    desired::{Desired, check_slot_name},
    drop::{Which, drop_slot},
    feature::{TooOld, too_old},
    outlook::Outlook,
    refusal::{Refusal, Taken},
    writer::{Writer, Writers},
};
