//! Amazon RDS: publishers (clusters and instances), their parameter groups, and waiting for a change to be in
//! effect.

pub(super) mod cache;
pub mod db_cluster;
pub mod db_instance;
pub mod lookup;
pub mod parameter_group;
pub mod publisher;
pub mod wait;

use std::ops::ControlFlow;

use super::Error;

/// Records to a page: the most that AWS gives.
const PAGE_SIZE: i32 = 100;

/// Reads page by page until `take` breaks off with what was looked for; `None` after the last page. `take`
/// gives the marker of the next page.
///
/// # Errors
/// When a page cannot be read.
async fn pages<Output, Found, F>(
    mut read: impl FnMut(Option<String>) -> F,
    mut take: impl FnMut(Output) -> ControlFlow<Found, Option<String>>,
) -> Result<Option<Found>, Error>
where
    F: Future<Output = Result<Output, Error>>,
{
    let mut marker = None;
    loop {
        match take(read(marker).await?) {
            ControlFlow::Break(found) => return Ok(Some(found)),
            ControlFlow::Continue(None) => return Ok(None),
            ControlFlow::Continue(next) => marker = next,
        }
    }
}

/// The marker of the next page; `None` at the last one. Pages may be short or empty and still have
/// a successor, so nothing but the marker counts.
fn next_page(marker: Option<&str>) -> Option<String> {
    marker
        .filter(|marker| !marker.is_empty())
        .map(str::to_owned)
}
