//! Which tables publications publish, from the catalog alone.
//! <https://www.postgresql.org/docs/current/view-pg-publication-tables.html>
//!
//! The server's own function opens each of them from PostgreSQL 16 on: it waits for whoever alters or truncates one, and
//! fails where a publication or a table is dropped meanwhile.

/// Whether the table `c` can be published.
pub(super) const PUBLISHABLE: &str =
    "c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.oid >= 16384";

/// The items of a WITH RECURSIVE for the publications `p` for which a condition holds: `pub`, with `oid`, `name` and
/// `via_root`, and `published`, with `pub` and `relid`. Where changes are those of the partitioned table, that is what is
/// published, and otherwise its partitions. `version` is that of the server.
pub(super) fn published_tables(version: u32, condition: &str) -> String {
    let in_schemas = match version >= 150_000 {
        true => format!(
            " UNION SELECT pub.oid, c.oid FROM pub JOIN pg_catalog.pg_publication_namespace s ON s.pnpubid = pub.oid \
             JOIN pg_catalog.pg_class c ON c.relnamespace = s.pnnspid WHERE {PUBLISHABLE}"
        ),
        false => String::new(),
    };
    let is_below = match version >= 130_000 {
        true => {
            "c.relispartition AND EXISTS (SELECT FROM pg_partition_ancestors(e.relid::regclass) a(relid) \
             JOIN listed l ON l.pub = e.pub AND l.relid = a.relid AND l.relid <> e.relid)"
        }
        false => "false",
    };
    let is_attached = match version >= 140_000 {
        true => " AND NOT h.inhdetachpending",
        false => "",
    };
    format!(
        "pub AS (SELECT p.oid, p.pubname::text AS name, p.puballtables AS is_all, \
         coalesce((to_jsonb(p) ->> 'pubviaroot')::boolean, false) AS via_root \
         FROM pg_catalog.pg_publication p WHERE {condition}), \
         listed(pub, relid) AS (SELECT pub.oid, r.prrelid FROM pub \
         JOIN pg_catalog.pg_publication_rel r ON r.prpubid = pub.oid WHERE NOT pub.is_all{in_schemas} \
         UNION SELECT pub.oid, c.oid FROM pub JOIN pg_catalog.pg_class c ON pub.is_all AND {PUBLISHABLE} \
         AND CASE c.relkind WHEN 'r' THEN NOT (pub.via_root AND c.relispartition) \
         ELSE pub.via_root AND NOT c.relispartition END), \
         expanded(pub, relid) AS (SELECT listed.pub, listed.relid FROM listed UNION SELECT e.pub, h.inhrelid \
         FROM expanded e JOIN pub ON pub.oid = e.pub AND NOT pub.via_root \
         JOIN pg_catalog.pg_class c ON c.oid = e.relid AND c.relkind = 'p' \
         JOIN pg_catalog.pg_inherits h ON h.inhparent = e.relid{is_attached}), \
         published(pub, relid) AS (SELECT e.pub, e.relid FROM expanded e JOIN pub ON pub.oid = e.pub \
         JOIN pg_catalog.pg_class c ON c.oid = e.relid \
         WHERE CASE WHEN pub.via_root THEN NOT ({is_below}) ELSE c.relkind <> 'p' END)"
    )
}
