//! Which names PostgreSQL keeps as they are.

/// The longest name that PostgreSQL keeps whole, in bytes.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
pub const LONGEST_NAME: usize = 63;

/// Checks a name.
///
/// # Errors
/// When PostgreSQL would refuse or shorten it: empty, longer than [`LONGEST_NAME`] bytes, or with a zero byte in it.
pub(super) fn check(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("a name must not be empty".to_owned());
    }
    if name.len() > LONGEST_NAME {
        return Err(format!(
            "the name {name:?} has {} bytes; PostgreSQL keeps {LONGEST_NAME} and would shorten it",
            name.len()
        ));
    }
    match name.contains('\0') {
        true => Err(format!("the name {name:?} has a zero byte in it")),
        false => Ok(()),
    }
}
