//! Locks that tell runs of one another, and what others do with a role.

use super::{APPLICATION_NAME, role::CAN_DO};
use crate::postgres::{Batch, Statement, ident::Literal, transaction};

/// The name space of the advisory locks on roles: other applications' keys are elsewhere.
const ROLE_SPACE: i32 = 0x7264_7369;
/// That of the marks on roles whose grant is on probation.
const PROBATION_SPACE: i32 = ROLE_SPACE + 1;

/// Begins a transaction and waits for every other one that works on the same role in this database. Those in
/// other databases are seen by [`runs_on`].
pub(in crate::postgres) fn begin(name: &str) -> Batch {
    transaction::write().then([wait_for_role(name)])
}

/// Waits until no transaction works on the role in this database.
pub(in crate::postgres) fn wait_for_role(name: &str) -> Statement {
    Statement::new(format!(
        "SELECT pg_advisory_xact_lock({ROLE_SPACE}, {})",
        key(name)
    ))
}

/// Marks a role as being on probation until the transaction ends. Waits for nobody, not even for somebody who
/// holds the mark for himself: that is a mark as well.
pub(in crate::postgres) fn mark_probation(name: &str) -> Statement {
    Statement::new(format!(
        "SELECT pg_try_advisory_xact_lock_shared({PROBATION_SPACE}, {})",
        key(name)
    ))
}

/// Columns that say what others do with a role, and where they are from: whether another transaction works on
/// it in another database, whether the grant of another one to it is on probation, whether any is, into which
/// roles somebody has put a member and has not committed that, and whether that may be any role. The last one
/// says whether [`super::about_object`] can be run.
///
/// Advisory locks belong to a database, and everybody sees all of them. From 16 on whoever grants a role holds
/// a lock on it until the end of the transaction; before, on the table of memberships alone, where the
/// provider's own transactions are no danger: they put nobody into a role.
/// <https://www.postgresql.org/docs/current/view-pg-locks.html>
pub(super) fn runs_on(name: &str) -> String {
    let on_role = format!("objid = ({}::int8 & 4294967295)::oid", key(name));
    let probation = format!(
        "locktype = 'advisory' AND objsubid = 2 AND classid = {PROBATION_SPACE} AND pid IS DISTINCT FROM pg_backend_pid()"
    );
    let any = |condition: String| format!("coalesce(bool_or({condition}), false)");
    format!(
        "runs.*, {CAN_DO} FROM (SELECT {}, {}, {}, \
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
             AND pid IS DISTINCT FROM pg_backend_pid() AND NOT EXISTS (SELECT FROM pg_stat_get_activity(l.pid) a \
             WHERE pg_get_userbyid(a.usesysid) = session_user AND a.application_name = {})",
            Literal::new(APPLICATION_NAME)
        ))
    )
}

/// The key of a role among advisory locks.
fn key(name: &str) -> String {
    format!("hashtext({})", Literal::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begin_quotes_the_name_as_text() {
        assert!(begin("it's").to_string().contains("hashtext('it''s')"));
    }
}
