//! Sessions and streams: who they are, and ending them.
//! <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL>

use crate::postgres::{Statement, Walsender, ident::Literal, snapshot::Oid};

/// The sessions of a role: process id, kind, application.
pub(in crate::postgres) fn select_sessions(name: &str) -> Statement {
    Statement::new(format!(
        "SELECT pid, coalesce(backend_type, ''), coalesce(application_name, '') \
         FROM pg_catalog.pg_stat_activity WHERE usename = {} ORDER BY pid",
        Literal::new(name)
    ))
}

/// Ends the sessions of a role, whatever it is called by now.
pub(in crate::postgres) fn terminate_sessions(role: Oid) -> Statement {
    Statement::new(format!(
        "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usesysid = {role}"
    ))
}

/// Which of these streams are still there: their process ids.
pub(in crate::postgres) fn select_walsenders(walsenders: &[Walsender]) -> Statement {
    Statement::new(format!("SELECT pid {} ORDER BY pid", from(walsenders)))
}

/// Ends streams. A process that belongs to somebody else by now is left alone.
pub(in crate::postgres) fn terminate_walsenders(walsenders: &[Walsender]) -> Statement {
    Statement::new(format!(
        "SELECT pg_terminate_backend(pid) {}",
        from(walsenders)
    ))
}

fn from(walsenders: &[Walsender]) -> String {
    let these: Vec<String> = walsenders
        .iter()
        .map(|one| format!("({}, {})", one.pid, Literal::new(&one.user)))
        .collect();
    format!(
        "FROM pg_catalog.pg_stat_replication WHERE (pid, usename::text) IN (VALUES {})",
        these.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminate_walsenders_names_each_by_its_process_and_its_user() {
        let walsender = |pid, user: &str| Walsender {
            pid,
            user: user.to_owned(),
            application_name: None,
            client_addr: None,
        };
        assert_eq!(
            terminate_walsenders(&[walsender(7, "cdc"), walsender(8, "it's")]).to_string(),
            "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_replication \
             WHERE (pid, usename::text) IN (VALUES (7, 'cdc'), (8, 'it''s'))"
        );
    }
}
