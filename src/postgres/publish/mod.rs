//! Publishing: a publication is created, changed and dropped.
//!
//! Each operation is one transaction: it waits for others who work on the same publication, reads the catalog, decides,
//! runs what is needed, reads back, and commits.

mod apply;
mod commit;
mod decide;
mod desired;
mod drop;
mod read;
mod writers;

pub use self::{
    apply::{Applied, apply},
    desired::{Desired, WaitForWriters, WrittenFilter},
    drop::drop_publication,
};
