//! Replication slots: as the server has them, what one is to be, and what is refused.
//! <https://www.postgresql.org/docs/current/logicaldecoding-explanation.html#LOGICALDECODING-REPLICATION-SLOTS>

mod backend;
mod catalog;
mod desired;
mod feature;
mod outlook;
mod refusal;
mod writer;

pub(super) use self::backend::Backend;
pub use self::{
    catalog::{Condition, Decoded, Slot, Slots, User},
    desired::{Desired, check_slot_name},
    feature::{TooOld, too_old},
    outlook::Outlook,
    refusal::{Refusal, Taken},
    writer::{Writer, Writers},
};
