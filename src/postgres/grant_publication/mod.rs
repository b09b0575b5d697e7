//! Letting a role read what is published, and no more: what it lacks is given, what was given and is published no longer is
//! taken back, and all of it at the end.
//!
//! The server itself is asked what the role may do, and each change is read back before it is committed: a GRANT without the
//! right to grant succeeds and grants nothing. So many tables are changed in one transaction that it has room for their
//! locks.

mod change;
mod commit;
mod step;
mod steps;
mod tally;
mod view;

pub use self::{
    change::{Done, Left, give, take_back},
    tally::Tally,
};
