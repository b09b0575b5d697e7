//! Replication slots: read, created, dropped.
//! <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-REPLICATION>

use std::{collections::BTreeSet, time::Duration};

use crate::postgres::{
    Batch, Statement,
    ident::{Ident, Literal},
    replication_slot::{Backend, Desired},
    transaction,
};

/// The name space of the advisory locks on slots.
const SLOT_SPACE: i32 = 0x7264_736C;

/// Begins a transaction in which a statement may take this long, and waits for every other one that creates the same slot
/// through this database.
pub(in crate::postgres) fn begin_on_slot(name: &str, patience: Duration) -> Batch {
    let lock = Statement::new(format!(
        "SELECT pg_advisory_xact_lock({SLOT_SPACE}, hashtext({}))",
        Literal::new(name)
    ));
    transaction::wait_for_others(patience).then([lock])
}

/// What reads slots: all of the server, or one. `version` is that of the server.
///
/// Where the server is, is asked beside each: where there is none, logical replication may be off, and Aurora may not say.
pub(in crate::postgres) fn select_slots(version: u32, name: Option<&str>) -> Statement {
    let (decoded, of_decoded) = match version >= 140_000 {
        true => (
            "d.total_txns, d.stats_reset",
            " LEFT JOIN pg_catalog.pg_stat_replication_slots d ON d.slot_name = s.slot_name",
        ),
        false => ("NULL, NULL", ""),
    };
    let of = name.map_or_else(String::new, |name| {
        format!(" WHERE s.slot_name = {}", Literal::new(name))
    });
    Statement::new(format!(
        "SELECT s.slot_name, s.slot_type, s.temporary, s.plugin, s.database, s.active_pid, s.restart_lsn, \
         s.confirmed_flush_lsn, \
         CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, \
         j ->> 'wal_status', j ->> 'safe_wal_size', j ->> 'two_phase', j ->> 'failover', j ->> 'invalidation_reason', \
         j ->> 'conflicting', a.usename, a.application_name, host(a.client_addr), \
         (extract(epoch FROM r.flush_lag) * 1000000)::bigint, {decoded}, j ->> 'inactive_since' \
         FROM pg_catalog.pg_replication_slots s CROSS JOIN LATERAL to_jsonb(s) j \
         LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = s.active_pid \
         LEFT JOIN pg_catalog.pg_stat_replication r ON r.pid = s.active_pid{of_decoded}{of} ORDER BY s.slot_name"
    ))
}

/// What reads which of these publications are not there in the database.
pub(in crate::postgres) fn select_missing_publications(names: &BTreeSet<String>) -> Statement {
    let names: Vec<String> = names
        .iter()
        .map(|name| Literal::new(name).to_string())
        .collect();
    Statement::new(format!(
        "SELECT w.name FROM unnest(ARRAY[{}]::text[]) w(name) \
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_publication p WHERE p.pubname = w.name) ORDER BY 1",
        names.join(", ")
    ))
}

/// What reads how many slots there may be and are, whether the server is set up for logical ones, and which session asks.
pub(in crate::postgres) fn select_capacity() -> Statement {
    Statement::new(
        "SELECT current_setting('max_replication_slots'), (SELECT count(*) FROM pg_catalog.pg_replication_slots), \
         current_setting('wal_level'), a.pid, a.backend_start \
         FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_backend_pid()",
    )
}

/// What reads the transactions that have written and are still open, in every database, the oldest first.
pub(in crate::postgres) fn select_open_transactions() -> Statement {
    Statement::new(
        "SELECT pid, gid, owner, name FROM (\
         SELECT pid, NULL AS gid, usename AS owner, datname AS name, age(backend_xid) AS age \
         FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() \
         UNION ALL SELECT NULL, gid, owner, database, age(transaction) FROM pg_catalog.pg_prepared_xacts) w \
         ORDER BY age DESC LIMIT 100",
    )
}

/// Has the server look the user's rights up anew in the midst of a transaction: it does so when it locks what it has not
/// locked yet, and somebody may have granted them since the transaction began.
pub(in crate::postgres) fn look_up_rights() -> Statement {
    Statement::new("SELECT FROM pg_catalog.pg_roles WHERE false")
}

/// Creates a slot, in a transaction that has written nothing. What every server knows is given by its place.
pub(in crate::postgres) fn create_slot(desired: &Desired) -> Statement {
    let Desired {
        name,
        plugin,
        two_phase,
        failover,
        ..
    } = desired;
    let two_phase = if *two_phase { ", twophase => true" } else { "" };
    let failover = if *failover { ", failover => true" } else { "" };
    Statement::new(format!(
        "SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot({}, {}{two_phase}{failover})",
        Literal::new(name),
        Literal::new(plugin)
    ))
}

/// Creates a slot that ends with its session, in a transaction that has written nothing.
pub(in crate::postgres) fn create_temporary_slot(name: &str, plugin: &str) -> Statement {
    Statement::new(format!(
        "SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot({}, {}, true)",
        Literal::new(name),
        Literal::new(plugin)
    ))
}

/// Makes a slot that stays of one that is there, with all that it has. Waits for nobody; from PostgreSQL 12 on.
pub(in crate::postgres) fn copy_slot(from: &str, name: &str) -> Statement {
    Statement::new(format!(
        "SELECT lsn FROM pg_catalog.pg_copy_logical_replication_slot({}, {}, false)",
        Literal::new(from),
        Literal::new(name)
    ))
}

/// Says whether standby servers have a slot as well. Known on connections for replication alone.
/// <https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-ALTER-REPLICATION-SLOT>
pub(in crate::postgres) fn alter_slot(name: &Ident, failover: bool) -> Statement {
    Statement::new(format!(
        "ALTER_REPLICATION_SLOT {name} (FAILOVER {failover})"
    ))
}

/// Drops a slot.
pub(in crate::postgres) fn drop_slot(name: &str) -> Statement {
    Statement::new(format!(
        "SELECT pg_catalog.pg_drop_replication_slot({})",
        Literal::new(name)
    ))
}

/// Ends whoever uses a slot, and from PostgreSQL 14 on waits for a moment until it is gone.
pub(in crate::postgres) fn terminate_user_of_slot(version: u32, name: &str) -> Statement {
    let wait = if version >= 140_000 { ", 3000" } else { "" };
    Statement::new(format!(
        "SELECT pg_terminate_backend(active_pid{wait}) FROM pg_catalog.pg_replication_slots \
         WHERE slot_name = {} AND active_pid IS NOT NULL",
        Literal::new(name)
    ))
}

/// What reads whether a session is still there.
pub(in crate::postgres) fn select_backend(backend: &Backend) -> Statement {
    Statement::new(format!("SELECT pid {}", from(backend)))
}

/// Ends a session, if it is still there.
pub(in crate::postgres) fn terminate_backend(backend: &Backend) -> Statement {
    Statement::new(format!(
        "SELECT pg_terminate_backend(pid) {}",
        from(backend)
    ))
}

fn from(backend: &Backend) -> String {
    format!(
        "FROM pg_catalog.pg_stat_activity WHERE pid = {} AND backend_start::text = {}",
        backend.pid,
        Literal::new(&backend.start)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn create_slot_says_only_what_every_server_knows_unless_more_is_asked_for() {
        let plain = Desired {
            name: "orders".to_owned(),
            plugin: "it's".to_owned(),
            ..Desired::default()
        };
        assert_eq!(
            create_slot(&plain).to_string(),
            "SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot('orders', 'it''s')"
        );
        let all = Desired {
            two_phase: true,
            failover: true,
            ..plain
        };
        assert!(
            create_slot(&all)
                .to_string()
                .ends_with("'it''s', twophase => true, failover => true)")
        );
    }

    #[test]
    fn select_missing_publications_quotes_names() {
        let names = BTreeSet::from(["it's".to_owned(), "b".to_owned()]);
        let text = select_missing_publications(&names).to_string();
        assert!(text.contains("ARRAY['b', 'it''s']::text[]"), "{text}");
    }
}
