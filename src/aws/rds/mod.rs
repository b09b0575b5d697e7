//! Amazon RDS: publishers (clusters and instances), their parameter groups, and waiting for a change to be in
//! effect.

pub(super) mod cache;
pub mod db_cluster;
pub mod db_instance;
pub mod lookup;
pub mod parameter_group;
pub mod publisher;
pub mod wait;

/// Records to a page: the most that AWS gives.
const PAGE_SIZE: i32 = 100;

/// The marker of the next page; `None` at the last one. Pages may be short or empty and still have
/// a successor, so nothing but the marker counts.
fn next_page(marker: Option<&str>) -> Option<String> {
    marker
        .filter(|marker| !marker.is_empty())
        .map(str::to_owned)
}
