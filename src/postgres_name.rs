//! The arguments that hold names of PostgreSQL: users, roles, databases.

use tfplugin::{schema::Validator, value::Value};

use crate::postgres::LONGEST_NAME;

/// Refuses names that PostgreSQL would not keep as they are.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
pub fn validator() -> Validator {
    Validator::custom(check)
}

/// What [`validator`] checks.
///
/// # Errors
/// Why PostgreSQL would not keep it, to complete the sentence "The value ...".
pub fn check(value: &Value) -> Result<(), String> {
    let name = value.as_str().unwrap_or_default();
    if name.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if name.len() > LONGEST_NAME {
        return Err(format!(
            "must have at most {LONGEST_NAME} bytes (it has {}): PostgreSQL would shorten it to another name",
            name.len()
        ));
    }
    if name.contains('\0') {
        return Err("must not contain a zero byte".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_that_postgresql_would_not_keep_is_refused_and_any_other_is_not() {
        for kept in ["cdc", "Ä \"b\" $ ", &"x".repeat(63)] {
            assert_eq!(check(&kept.into()), Ok(()), "{kept}");
        }
        // 32 characters of two bytes.
        for refused in ["", "a\0b", &"x".repeat(64), &"é".repeat(32)] {
            assert!(check(&refused.into()).is_err(), "{refused:?}");
        }
    }
}
