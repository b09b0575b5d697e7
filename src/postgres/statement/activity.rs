//! What reads who is connected, who streams, and what slots retain.
//! <https://www.postgresql.org/docs/current/monitoring-stats.html>

use crate::postgres::Statement;

const WALSENDERS: &str = "\
SELECT pid, usename, application_name, host(client_addr) FROM pg_catalog.pg_stat_replication \
WHERE usename IS NOT NULL ORDER BY pid";
const SLOTS: &str = "\
SELECT slot_name, active_pid, pg_size_pretty(pg_wal_lsn_diff(\
CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)) \
FROM pg_catalog.pg_replication_slots ORDER BY slot_name";
const SESSIONS: &str = "\
SELECT usename, datname, application_name, host(client_addr), count(*) FROM pg_catalog.pg_stat_activity \
WHERE usename IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend' \
AND pid <> pg_backend_pid() AND pid NOT IN (SELECT pid FROM pg_catalog.pg_stat_replication) \
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4";

/// Streams, slots, and the normal sessions that look alike. Where the user may not see a session of somebody
/// else, the server leaves out where it comes from and what it does.
pub(in crate::postgres) fn select_activity() -> [Statement; 3] {
    [WALSENDERS, SLOTS, SESSIONS].map(Statement::new)
}
