//! Reading one publication within a transaction.

use crate::postgres::{
    Error, Rows,
    publication::{Publication, publications},
};

/// The publication of a name, from the last three results of a batch.
///
/// # Errors
/// When the rows have another form.
pub(super) fn read_one(name: &str, results: &[Rows]) -> Result<Option<Publication>, Error> {
    let last = results.len().saturating_sub(3);
    let found = publications(&results[last..]);
    let mut found = found.ok_or_else(|| Error::UnexpectedRows(reading(name)))?;
    Ok(found.remove(name))
}

/// What reading a publication is called.
pub(super) fn reading(name: &str) -> String {
    format!("read the publication {name:?}")
}
