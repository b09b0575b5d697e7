//! How each transaction begins: with everything pinned that the settings of a login, a database or the
//! server could bend.
//!
//! All of it is `SET LOCAL`, and ends with the transaction. A setting of the session would outlive it, and a
//! pooler in between would hand it to somebody else.
//! <https://www.postgresql.org/docs/current/sql-set.html>

/// For what changes something: each statement sees what others have committed, whatever
/// `default_transaction_isolation` and `default_transaction_read_only` say.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ";
/// For what only reads; a standby server allows it.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; ";

/// How many statements a transaction begins with.
pub(super) const STATEMENTS: usize = 5;

/// How long a statement may take, wait for a lock, and be waited for.
struct Limits {
    statement_timeout: &'static str,
    lock_timeout: &'static str,
    idle_in_transaction_session_timeout: &'static str,
    /// Whether the server may end the session because its client is gone.
    notices_a_dead_client: bool,
}

/// Nothing waits on a lock, runs or idles without end.
const IMPATIENT: Limits = Limits {
    statement_timeout: "60s",
    lock_timeout: "10s",
    idle_in_transaction_session_timeout: "120s",
    notices_a_dead_client: true,
};

/// Nothing ends before it is done.
const PATIENT: Limits = Limits {
    statement_timeout: "0",
    lock_timeout: "0",
    idle_in_transaction_session_timeout: "0",
    notices_a_dead_client: false,
};

/// Begins a transaction that changes something.
pub(super) fn write() -> String {
    begin(BEGIN_WRITE, &IMPATIENT)
}

/// Begins a transaction that only reads.
pub(super) fn read() -> String {
    begin(BEGIN_READ, &IMPATIENT)
}

/// Begins a transaction that changes something, and that neither a limit nor the death of its client
/// ends.
pub(super) fn write_whatever_happens() -> String {
    begin(BEGIN_WRITE, &PATIENT)
}

/// The first two come by themselves, since they hold for the analysis and the time of what follows.
/// `ROLE NONE`: whoever acts is the login itself, not a role that its settings put in its place.
///
/// No warning is sent: it would be sent at once, and a server that finds its client gone ends the session, with
/// what it had still to do.
///
/// Settings that newer servers have and older ones lack are asked for first; `session_replication_role`
/// is a superuser's to set, and bends nothing here for anybody else. Nothing is compiled: with many roles the
/// planner takes walks through memberships for expensive, and would compile for half a second what runs
/// for a millisecond.
fn begin(begin: &str, limits: &Limits) -> String {
    let Limits {
        statement_timeout,
        lock_timeout,
        idle_in_transaction_session_timeout,
        notices_a_dead_client,
    } = limits;
    let client_connection_check_interval = match notices_a_dead_client {
        true => String::new(),
        false => if_known("client_connection_check_interval", "0"),
    };
    format!(
        "{begin}SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL statement_timeout = '{statement_timeout}'; \
         SET LOCAL ROLE NONE; SELECT set_config('lock_timeout', '{lock_timeout}', true), \
         set_config('idle_in_transaction_session_timeout', '{idle_in_transaction_session_timeout}', true), \
         set_config('standard_conforming_strings', 'on', true), set_config('jit', 'off', true), \
         set_config('client_min_messages', 'error', true), \
         CASE WHEN current_setting('is_superuser') = 'on' THEN set_config('session_replication_role', 'origin', true) END\
         {}{}{client_connection_check_interval}; ",
        if_known("createrole_self_grant", ""),
        if_known("transaction_timeout", "0"),
    )
}

/// One more column that sets what this server may not have.
fn if_known(name: &str, value: &str) -> String {
    format!(
        ", CASE WHEN current_setting('{name}', true) IS NOT NULL THEN set_config('{name}', '{value}', true) END"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transaction_begins_with_as_many_statements_as_it_says() {
        for text in [write(), read(), write_whatever_happens()] {
            assert_eq!(text.matches("; ").count(), STATEMENTS, "{text}");
        }
    }

    #[test]
    fn transaction_sets_nothing_that_outlives_it() {
        for text in [write(), read(), write_whatever_happens()] {
            assert_eq!(
                text.matches("SET ").count(),
                text.matches("SET LOCAL ").count()
            );
            assert_eq!(
                text.matches("set_config(").count(),
                text.matches(", true)").count() - text.matches("', true) IS").count()
            );
        }
    }
}
