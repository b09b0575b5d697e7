//! Memberships of roles in groups.

use crate::postgres::{Statement, ident::Ident};

/// Makes a role a member of a group.
pub(in crate::postgres) fn grant(group: &str, role: &Ident) -> Statement {
    Statement::new(format!("GRANT {group} TO {role}"))
}

/// Ends a membership, or that part of it which a grantor gave.
pub(in crate::postgres) fn revoke(group: &str, role: &Ident, grantor: Option<&Ident>) -> Statement {
    Statement::new(match grantor {
        None => format!("REVOKE {group} FROM {role}"),
        Some(grantor) => format!("REVOKE {group} FROM {role} GRANTED BY {grantor}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Ident {
        Ident::new("a\"; DROP ROLE x;--").expect("the name is valid")
    }

    #[test]
    fn revoke_of_one_grantor_names_it() {
        let grantor = Ident::new("rds_superuser").expect("the name is valid");
        assert_eq!(
            revoke("rds_iam", &hostile(), Some(&grantor)).to_string(),
            "REVOKE rds_iam FROM \"a\"\"; DROP ROLE x;--\" GRANTED BY \"rds_superuser\""
        );
        assert_eq!(
            revoke("rds_iam", &hostile(), None).to_string(),
            "REVOKE rds_iam FROM \"a\"\"; DROP ROLE x;--\""
        );
    }

    #[test]
    fn grant_is_quoted_and_plain() {
        assert_eq!(
            grant("rds_iam", &hostile()).to_string(),
            "GRANT rds_iam TO \"a\"\"; DROP ROLE x;--\""
        );
    }
}
