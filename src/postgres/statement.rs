//! The statements that change roles, as text.

use super::{
    Verifier,
    connector::APPLICATION_NAME,
    ident::{Ident, Literal},
    snapshot::Oid,
    transaction,
};

/// The comment on roles that the provider creates: whoever finds such a role knows where it comes from.
pub const COMMENT: &str = "Created by terraform-provider-rdsiam";
/// The name space of the advisory locks on roles: other applications' keys are elsewhere.
const ROLE_SPACE: i32 = 0x7264_7369;
/// That of the marks on roles whose grant is on probation.
const PROBATION_SPACE: i32 = ROLE_SPACE + 1;

/// Begins a transaction and waits for every other one that works on the same role in this database. Those in
/// other databases are seen by [`runs_on`].
pub fn begin(name: &str) -> String {
    format!("{}{}", transaction::write(), wait_for_role(name))
}

/// Waits until no transaction works on the role in this database.
pub fn wait_for_role(name: &str) -> String {
    format!(
        "SELECT pg_advisory_xact_lock({ROLE_SPACE}, {}); ",
        key(name)
    )
}

/// Marks a role as being on probation until the transaction ends. Waits for nobody, not even for somebody who
/// holds the mark for himself: that is a mark as well.
pub fn mark_probation(name: &str) -> String {
    format!(
        "SELECT pg_try_advisory_xact_lock_shared({PROBATION_SPACE}, {}); ",
        key(name)
    )
}

/// Columns that say what others do with a role, and where they are from: whether another transaction works on
/// it in another database, whether the grant of another one to it is on probation, whether any is, into which roles somebody has
/// put a member and has not committed that, and whether that may be any role. The last one says whether
/// [`about_object`] can be run.
///
/// Advisory locks belong to a database, and everybody sees all of them. From 16 on whoever grants a role holds
/// a lock on it until the end of the transaction; before, on the table of memberships alone, where the
/// provider's own transactions are no danger: they put nobody into a role.
/// <https://www.postgresql.org/docs/current/view-pg-locks.html>
pub fn runs_on(name: &str) -> String {
    let on_role = format!("objid = ({}::int8 & 4294967295)::oid", key(name));
    let probation = format!(
        "locktype = 'advisory' AND objsubid = 2 AND classid = {PROBATION_SPACE} AND pid IS DISTINCT FROM pg_backend_pid()"
    );
    let any = |condition: String| format!("coalesce(bool_or({condition}), false)");
    format!(
        "runs.*, {SELECT_CAN_DO} FROM (SELECT {}, {}, {}, \
         string_agg(objid::text, ' ') FILTER (WHERE locktype = 'object' AND classid = 'pg_catalog.pg_authid'::regclass \
         AND mode = 'ShareUpdateExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()), {} \
         FROM pg_catalog.pg_locks l) AS runs",
        any(format!(
            "locktype = 'advisory' AND objsubid = 2 AND classid = {ROLE_SPACE} AND {on_role} AND granted \
             AND database <> (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
        )),
        any(format!("{probation} AND {on_role}")),
        any(probation.clone()),
        any(format!(
            "current_setting('server_version_num')::int < 160000 AND locktype = 'relation' AND granted \
             AND relation = 'pg_catalog.pg_auth_members'::regclass AND mode = 'RowExclusiveLock' \
             AND pid IS DISTINCT FROM pg_backend_pid() AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a \
             WHERE a.pid = l.pid AND a.usename = session_user AND a.application_name = {})",
            Literal::new(APPLICATION_NAME)
        ))
    )
}

/// The key of a role among advisory locks.
fn key(name: &str) -> String {
    format!("hashtext({})", Literal::new(name))
}

/// Creates a login that carries the provider's comment. No attribute is named that nobody asked for.
pub fn create_role(role: &Ident, password: Option<&Verifier>) -> String {
    let password = password.map_or_else(String::new, |verifier| {
        format!(" PASSWORD {}", verifier.literal())
    });
    format!(
        "CREATE ROLE {role} LOGIN{password}; COMMENT ON ROLE {role} IS {}; ",
        Literal::new(COMMENT)
    )
}

/// Gives a role another password.
pub fn alter_password(role: &Ident, password: &Verifier) -> String {
    format!("ALTER ROLE {role} WITH PASSWORD {}; ", password.literal())
}

/// Drops a role.
pub fn drop_role(role: &Ident) -> String {
    format!("DROP ROLE {role}; ")
}

/// Whether a role is there, by its object id.
pub fn select_is_there(role: Oid) -> String {
    format!("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE oid = {role}); ")
}

/// Drops a role that may be gone already.
pub fn drop_role_if_exists(role: &Ident) -> String {
    format!("DROP ROLE IF EXISTS {role}; ")
}

/// Makes a role a member of a group.
pub fn grant(group: &str, role: &Ident) -> String {
    format!("GRANT {group} TO {role}; ")
}

/// Ends a membership, or that part of it which a grantor gave.
pub fn revoke(group: &str, role: &Ident, grantor: Option<&Ident>) -> String {
    match grantor {
        None => format!("REVOKE {group} FROM {role}; "),
        Some(grantor) => format!("REVOKE {group} FROM {role} GRANTED BY {grantor}; "),
    }
}

/// A statement about a role that is known by its object id alone; it does nothing when that is gone.
/// <https://www.postgresql.org/docs/current/sql-do.html>
pub fn about_object(role: Oid, statement: &dyn Fn(&Ident) -> String) -> String {
    let template = statement(&Ident::placeholder());
    format!(
        "DO LANGUAGE plpgsql $rdsiam$ DECLARE now_called name := (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = {role}); \
         BEGIN IF now_called IS NOT NULL THEN EXECUTE format('{}', now_called); END IF; END $rdsiam$; ",
        template.trim_end_matches("; ")
    )
}

/// Whether the session may run what [`about_object`] makes.
const SELECT_CAN_DO: &str = "coalesce((SELECT has_language_privilege(oid, 'USAGE') FROM pg_catalog.pg_language \
     WHERE lanname = 'plpgsql'), false)";

/// Gives or takes the REPLICATION attribute.
pub fn alter_replication(role: &Ident, on: bool) -> String {
    let attribute = if on { "REPLICATION" } else { "NOREPLICATION" };
    format!("ALTER ROLE {role} WITH {attribute}; ")
}

/// The sessions of a role: process id, kind, application.
pub fn select_sessions(name: &str) -> String {
    format!(
        "SELECT pid, coalesce(backend_type, ''), coalesce(application_name, '') \
         FROM pg_catalog.pg_stat_activity WHERE usename = {} ORDER BY pid; ",
        Literal::new(name)
    )
}

/// Ends the sessions of a role, whatever it is called by now.
pub fn terminate_sessions(role: Oid) -> String {
    format!(
        "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usesysid = {role}; "
    )
}

/// What depends on a role: the database (empty for what is shared) and, in the connected database,
/// the object.
pub fn select_dependents(name: &str) -> String {
    format!(
        "SELECT coalesce(d.datname, ''), CASE WHEN s.dbid IN (0, (SELECT oid FROM pg_catalog.pg_database \
         WHERE datname = current_database())) THEN pg_describe_object(s.classid, s.objid, s.objsubid) END \
         FROM pg_catalog.pg_shdepend s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid \
         WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = \
         (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {}) ORDER BY 1, 2; ",
        Literal::new(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Ident {
        Ident::new("a\"; DROP ROLE x;--").expect("the name is valid")
    }

    #[test]
    fn create_role_names_no_attribute_but_login() {
        assert_eq!(
            create_role(&hostile(), None),
            "CREATE ROLE \"a\"\"; DROP ROLE x;--\" LOGIN; COMMENT ON ROLE \"a\"\"; DROP ROLE x;--\" IS \
             'Created by terraform-provider-rdsiam'; "
        );
    }

    #[test]
    fn revoke_of_one_grantor_names_it() {
        let grantor = Ident::new("rds_superuser").expect("the name is valid");
        assert_eq!(
            revoke("rds_iam", &hostile(), Some(&grantor)),
            "REVOKE rds_iam FROM \"a\"\"; DROP ROLE x;--\" GRANTED BY \"rds_superuser\"; "
        );
        assert_eq!(
            revoke("rds_iam", &hostile(), None),
            "REVOKE rds_iam FROM \"a\"\"; DROP ROLE x;--\"; "
        );
    }

    #[test]
    fn grant_is_quoted_and_plain() {
        assert_eq!(
            grant("rds_iam", &hostile()),
            "GRANT rds_iam TO \"a\"\"; DROP ROLE x;--\"; "
        );
    }

    #[test]
    fn begin_quotes_the_name_as_text() {
        assert!(begin("it's").contains("hashtext('it''s')"));
    }
}
