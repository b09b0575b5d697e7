//! How each transaction begins: with everything pinned that the settings of a login, a database or the
//! server could bend.
//!
//! All of it is `SET LOCAL`, and ends with the transaction. A setting of the session would outlive it, and a
//! pooler in between would hand it to somebody else.
//! <https://www.postgresql.org/docs/current/sql-set.html>

use std::time::Duration;

use super::{Batch, Statement};

/// For what changes something: each statement sees what others have committed, whatever
/// `default_transaction_isolation` and `default_transaction_read_only` say.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// For what only reads; a standby server allows it.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";

/// How long a statement may take, wait for a lock, and be waited for.
struct Limits<'a> {
    statement_timeout: &'a str,
    lock_timeout: &'a str,
    idle_in_transaction_session_timeout: &'a str,
    /// How often the server looks whether its client is still there, while a statement runs; from PostgreSQL 14 on.
    client_connection_check_interval: &'a str,
    /// `local`, or as it is configured.
    synchronous_commit: Option<&'a str>,
}

/// Nothing waits on a lock, runs or idles without end. A client that is gone holds its locks for no longer than the
/// last of these: another run's way back may be waiting for them.
const IMPATIENT: Limits<'static> = Limits {
    statement_timeout: "60s",
    lock_timeout: "10s",
    idle_in_transaction_session_timeout: "15s",
    client_connection_check_interval: "0",
    synchronous_commit: None,
};

/// Nothing ends before it is done, and it waits for no other node: until that has it, nobody would see what a commit
/// has taken back.
/// <https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT>
const PATIENT: Limits<'static> = Limits {
    statement_timeout: "0",
    lock_timeout: "0",
    idle_in_transaction_session_timeout: "0",
    client_connection_check_interval: "0",
    synchronous_commit: Some("local"),
};

/// Begins a transaction that changes something.
pub(super) fn write() -> Batch {
    begin(BEGIN_WRITE, &IMPATIENT)
}

/// Begins a transaction that writes nothing itself and waits for others: this long for all of them together, and not for
/// a client that is gone. A limit for locks would count anew for each.
/// <https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL>
pub(super) fn wait_for_others(patience: Duration) -> Batch {
    let statement_timeout = format!("{}ms", patience.as_millis().clamp(1, i32::MAX as u128));
    let limits = Limits {
        statement_timeout: &statement_timeout,
        lock_timeout: "0",
        client_connection_check_interval: "500ms",
        ..IMPATIENT
    };
    begin(BEGIN_WRITE, &limits)
}

/// Begins a transaction that takes back what another one has done, and waits for no other node.
pub(super) fn take_back() -> Batch {
    let limits = Limits {
        synchronous_commit: PATIENT.synchronous_commit,
        ..IMPATIENT
    };
    begin(BEGIN_WRITE, &limits)
}

/// Begins a transaction that only reads.
pub(super) fn read() -> Batch {
    begin(BEGIN_READ, &IMPATIENT)
}

/// Begins a transaction that changes something, and that no limit ends.
pub(super) fn write_whatever_happens() -> Batch {
    begin(BEGIN_WRITE, &PATIENT)
}

/// The first two come by themselves, since they hold for the analysis and the time of what follows.
/// Expressions are read and printed in one way, whatever the session is set to: the server keeps no text of them.
/// `ROLE NONE`: whoever acts is the login itself, not a role that its settings put in its place.
///
/// No warning is sent, and, but for a wait, no client looked after: a server that finds its client gone ends the session, with
/// what it had still to do. A commit may wait for another node for longer than the client lives.
///
/// Settings that newer servers have and older ones lack are asked for first; `session_replication_role`
/// is a superuser's to set, and bends nothing here for anybody else. Nothing is compiled: with many roles the
/// planner takes walks through memberships for expensive, and would compile for half a second what runs
/// for a millisecond.
fn begin(begin: &str, limits: &Limits<'_>) -> Batch {
    let Limits {
        statement_timeout,
        lock_timeout,
        idle_in_transaction_session_timeout,
        client_connection_check_interval,
        synchronous_commit,
    } = limits;
    let synchronous_commit = synchronous_commit.map_or_else(String::new, |value| {
        format!(", set_config('synchronous_commit', '{value}', true)")
    });
    let settings = format!(
        "SELECT set_config('lock_timeout', '{lock_timeout}', true), \
         set_config('idle_in_transaction_session_timeout', '{idle_in_transaction_session_timeout}', true), \
         set_config('standard_conforming_strings', 'on', true), set_config('jit', 'off', true), \
         set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, MDY', true), \
         set_config('IntervalStyle', 'postgres', true), set_config('bytea_output', 'hex', true), \
         set_config('extra_float_digits', '1', true), set_config('quote_all_identifiers', 'off', true), \
         set_config('client_min_messages', 'error', true), \
         CASE WHEN current_setting('is_superuser') = 'on' THEN set_config('session_replication_role', 'origin', true) END\
         {synchronous_commit}{}{}{}",
        if_known("createrole_self_grant", ""),
        if_known("transaction_timeout", "0"),
        if_known(
            "client_connection_check_interval",
            client_connection_check_interval
        ),
    );
    [
        begin,
        "SET LOCAL search_path = pg_catalog, pg_temp",
        &format!("SET LOCAL statement_timeout = '{statement_timeout}'"),
        "SET LOCAL ROLE NONE",
        &settings,
    ]
    .into_iter()
    .map(Statement::new)
    .collect()
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
    fn transaction_sets_nothing_that_outlives_it() {
        for begin in [
            write(),
            take_back(),
            read(),
            write_whatever_happens(),
            wait_for_others(Duration::from_secs(300)),
        ] {
            let text = begin.to_string();
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
