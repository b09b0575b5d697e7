//! Managing slots: created, changed and dropped.
//!
//! The server waits for the transactions of others before a slot is there, and goes on with that when its client is
//! gone. So a creation is bounded on the server too, and one whose answer is lost is looked for before anything else.
//! <https://www.postgresql.org/docs/current/logicaldecoding-explanation.html#LOGICALDECODING-REPLICATION-SLOTS>

mod alter;
mod create;
mod drop;
mod settle;

pub use self::{
    alter::set_failover,
    create::{Created, create},
    drop::{Which, drop_slot},
};
