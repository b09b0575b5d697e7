//! Roles: made, altered, dropped.

use super::COMMENT;
use crate::postgres::{
    Statement, Verifier,
    ident::{Ident, Literal},
    snapshot::Oid,
};

/// Creates a login. No attribute is named that nobody asked for.
pub(in crate::postgres) fn create_role(role: &Ident, password: Option<&Verifier>) -> Statement {
    let password = password.map_or_else(String::new, |verifier| {
        format!(" PASSWORD {}", verifier.literal())
    });
    Statement::new(format!("CREATE ROLE {role} LOGIN{password}"))
}

/// Puts the provider's comment on a role.
pub(in crate::postgres) fn comment_role(role: &Ident) -> Statement {
    Statement::new(format!(
        "COMMENT ON ROLE {role} IS {}",
        Literal::new(COMMENT)
    ))
}

/// Gives a role another password.
pub(in crate::postgres) fn alter_password(role: &Ident, password: &Verifier) -> Statement {
    Statement::new(format!(
        "ALTER ROLE {role} WITH PASSWORD {}",
        password.literal()
    ))
}

/// Drops a role.
pub(in crate::postgres) fn drop_role(role: &Ident) -> Statement {
    Statement::new(format!("DROP ROLE {role}"))
}

/// Whether a role is there, by its object id.
pub(in crate::postgres) fn select_is_there(role: Oid) -> Statement {
    Statement::new(format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE oid = {role})"
    ))
}

/// Drops a role that may be gone already.
pub(in crate::postgres) fn drop_role_if_exists(role: &Ident) -> Statement {
    Statement::new(format!("DROP ROLE IF EXISTS {role}"))
}

/// A statement about a role that is known by its object id alone; it does nothing when that is gone.
/// <https://www.postgresql.org/docs/current/sql-do.html>
pub(in crate::postgres) fn about_object(
    role: Oid,
    statement: &dyn Fn(&Ident) -> Statement,
) -> Statement {
    let template = statement(&Ident::placeholder());
    Statement::new(format!(
        "DO LANGUAGE plpgsql $rdsiam$ DECLARE now_called name := (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = {role}); \
         BEGIN IF now_called IS NOT NULL THEN EXECUTE format('{template}', now_called); END IF; END $rdsiam$"
    ))
}

/// An expression: whether the session may run what [`about_object`] makes.
pub(super) const CAN_DO: &str = "coalesce((SELECT has_language_privilege(oid, 'USAGE') FROM pg_catalog.pg_language \
     WHERE lanname = 'plpgsql'), false)";

/// Gives or takes the REPLICATION attribute.
pub(in crate::postgres) fn alter_replication(role: &Ident, on: bool) -> Statement {
    let attribute = if on { "REPLICATION" } else { "NOREPLICATION" };
    Statement::new(format!("ALTER ROLE {role} WITH {attribute}"))
}

/// What depends on a role: the database (empty for what is shared) and, in the connected database,
/// the object.
pub(in crate::postgres) fn select_dependents(name: &str) -> Statement {
    Statement::new(format!(
        "SELECT coalesce(d.datname, ''), CASE WHEN s.dbid IN (0, (SELECT oid FROM pg_catalog.pg_database \
         WHERE datname = current_database())) THEN pg_describe_object(s.classid, s.objid, s.objsubid) END \
         FROM pg_catalog.pg_shdepend s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid \
         WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = \
         (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {}) ORDER BY 1, 2",
        Literal::new(name)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn create_role_names_no_attribute_but_login() {
        let hostile = Ident::new("a\"; DROP ROLE x;--").expect("the name is valid");
        assert_eq!(
            create_role(&hostile, None).to_string(),
            "CREATE ROLE \"a\"\"; DROP ROLE x;--\" LOGIN"
        );
        assert_eq!(
            comment_role(&hostile).to_string(),
            "COMMENT ON ROLE \"a\"\"; DROP ROLE x;--\" IS 'Created by terraform-provider-rdsiam'"
        );
    }

    #[test]
    fn statement_about_an_object_finds_the_name_that_it_has_by_then() {
        let text = about_object(16_384, &drop_role_if_exists).to_string();
        assert!(text.contains("WHERE oid = 16384)"), "{text}");
        assert!(
            text.contains("EXECUTE format('DROP ROLE IF EXISTS %I', now_called)"),
            "{text}"
        );
    }
}
