//! Tables that are or are to be published: who may publish them, and whose UPDATEs and DELETEs a publication lets fail.
//! <https://www.postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY>

use super::published::{PUBLISHABLE, published_tables};
use crate::postgres::{Statement, ident::Literal, publication::Contents, table_name::TableName};

/// The first object id that is not one of the server's own.
const FIRST_OID: u32 = 16_384;

/// The index that is the replica identity of the table `t`, as what follows FROM; a deferrable key is none.
const IDENTITY: &str = "pg_catalog.pg_index i WHERE i.indrelid = t.oid AND i.indisvalid AND i.indimmediate \
     AND CASE t.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END";

/// What the catalog says of tables, of those that there are: schema, name, kind, persistence, owner, whether the session
/// may publish them, those that inherit from them, and those of their leaves that have no replica identity.
pub(in crate::postgres) fn select_tables<'a>(
    names: impl IntoIterator<Item = &'a TableName>,
) -> Statement {
    select_facts(&is_one_of(names))
}

/// The same of all tables and views of the database that are not the server's own.
pub(in crate::postgres) fn select_all_tables() -> Statement {
    select_facts(&format!(
        "c.oid >= {FIRST_OID} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
    ))
}

fn select_facts(condition: &str) -> Statement {
    Statement::new(format!(
        "SELECT n.nspname, c.relname, c.relkind, c.relpersistence, pg_get_userbyid(c.relowner), \
         pg_has_role(c.relowner, 'USAGE'), \
         (SELECT json_agg(json_build_array(tn.nspname, t.relname)) FROM pg_catalog.pg_inherits h \
         JOIN pg_catalog.pg_class t ON t.oid = h.inhrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace \
         WHERE h.inhparent = c.oid AND c.relkind = 'r'), \
         (WITH RECURSIVE rel(oid) AS (SELECT c.oid UNION SELECT h.inhrelid FROM rel \
         JOIN pg_catalog.pg_class p ON p.oid = rel.oid AND p.relkind = 'p' \
         JOIN pg_catalog.pg_inherits h ON h.inhparent = rel.oid) \
         SELECT json_agg(json_build_array(tn.nspname, t.relname)) FROM rel JOIN pg_catalog.pg_class t ON t.oid = rel.oid \
         JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace \
         WHERE t.relkind = 'r' AND t.relreplident <> 'f' AND NOT EXISTS (SELECT FROM {IDENTITY})) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {condition}"
    ))
}

/// The tables and partitions that a publication comes to publish if it is to publish `contents`, and those of `again`, of
/// which it comes to publish other columns or rows; all that it publishes then with `is_all`: schema and name, in one order
/// for all who lock them. `version` is that of the server.
pub(in crate::postgres) fn select_joining_tables<'a>(
    version: u32,
    publication: &str,
    contents: &Contents,
    again: impl IntoIterator<Item = &'a TableName>,
    is_all: bool,
) -> Statement {
    let is_again = match is_all {
        true => "true".to_owned(),
        false => is_one_of(again),
    };
    let wanted = match contents {
        Contents::AllTables => "true".to_owned(),
        Contents::Listed { tables, schemas } => {
            let schemas: Vec<String> = schemas
                .iter()
                .map(|schema| Literal::new(schema).to_string())
                .collect();
            let is_in_schema = match schemas.is_empty() {
                true => "false".to_owned(),
                false => format!("n.nspname IN ({})", schemas.join(", ")),
            };
            format!("({is_in_schema} OR {})", is_one_of(tables.keys()))
        }
    };
    Statement::new(format!(
        "WITH RECURSIVE {}, before(oid) AS (SELECT published.relid FROM published \
         UNION SELECT h.inhrelid FROM before JOIN pg_catalog.pg_class p ON p.oid = before.oid AND p.relkind = 'p' \
         JOIN pg_catalog.pg_inherits h ON h.inhparent = before.oid), \
         wanted(oid, is_again) AS (SELECT c.oid, {is_again} FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE {PUBLISHABLE} AND {wanted} \
         UNION SELECT h.inhrelid, wanted.is_again FROM wanted \
         JOIN pg_catalog.pg_class p ON p.oid = wanted.oid AND p.relkind = 'p' \
         JOIN pg_catalog.pg_inherits h ON h.inhparent = wanted.oid) \
         SELECT DISTINCT n.nspname, c.relname FROM wanted JOIN pg_catalog.pg_class c ON c.oid = wanted.oid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' \
         AND (wanted.is_again OR wanted.oid NOT IN (SELECT before.oid FROM before)) ORDER BY 1, 2",
        published_tables(
            version,
            &format!("p.pubname = {}", Literal::new(publication))
        )
    ))
}

/// Who writes to these tables, or does what nobody else may write meanwhile: process, user, schema and name of the table;
/// the first twenty.
pub(in crate::postgres) fn select_writers<'a>(
    tables: impl IntoIterator<Item = &'a TableName>,
) -> Statement {
    Statement::new(format!(
        "SELECT DISTINCT l.pid, a.usename, n.nspname, c.relname FROM pg_catalog.pg_locks l \
         JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE l.granted AND l.mode NOT IN ('AccessShareLock', 'RowShareLock') AND l.pid <> pg_backend_pid() \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND {} \
         ORDER BY 1, 3, 4 LIMIT 20",
        is_one_of(tables)
    ))
}

/// Whether `n.nspname` and `c.relname` are one of these names.
fn is_one_of<'a>(names: impl IntoIterator<Item = &'a TableName>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|TableName { schema, name }| {
            format!("({}, {})", Literal::new(schema), Literal::new(name))
        })
        .collect();
    match names.is_empty() {
        true => "false".to_owned(),
        false => format!(
            "(n.nspname::text, c.relname::text) IN (VALUES {})",
            names.join(", ")
        ),
    }
}

/// The tables whose UPDATEs or DELETEs fail because of a publication, as it is at this point of the transaction: schema
/// and name of the leaf, those of what is published, whether it has no replica identity, whether a list of columns meets
/// REPLICA IDENTITY FULL, the columns that the filter uses and the identity lacks, and those of the identity that the list
/// lacks. `version` is that of the server.
pub(in crate::postgres) fn select_faulty_tables(version: u32, publication: &str) -> Statement {
    let (lists_full, outside, missing) = match version >= 150_000 {
        true => (
            "leaf.relreplident = 'f' AND r.prattrs IS NOT NULL",
            "CASE WHEN leaf.relreplident <> 'f' THEN (SELECT json_agg(a.attname) FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = leaf.root AND a.attnum IN (SELECT m[1]::int2 \
             FROM regexp_matches(r.prqual::text, ':varattno ([0-9]+)', 'g') m) \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute k WHERE k.attrelid = leaf.oid \
             AND k.attnum = ANY (leaf.key) AND k.attname = a.attname)) END",
            "CASE WHEN r.prattrs IS NOT NULL THEN (SELECT json_agg(k.attname) FROM pg_catalog.pg_attribute k \
             WHERE k.attrelid = leaf.oid AND k.attnum = ANY (leaf.key) \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = leaf.root \
             AND a.attnum = ANY (r.prattrs) AND a.attname = k.attname)) END",
        ),
        false => ("false", "NULL::json", "NULL::json"),
    };
    Statement::new(format!(
        "WITH RECURSIVE {}, rel(root, oid) AS (SELECT published.relid, published.relid FROM published \
         UNION SELECT rel.root, h.inhrelid FROM rel JOIN pg_catalog.pg_class p ON p.oid = rel.oid AND p.relkind = 'p' \
         JOIN pg_catalog.pg_inherits h ON h.inhparent = rel.oid), \
         leaf AS (SELECT rel.root, t.oid, t.relreplident, (SELECT (i.indkey::int2[])[0:i.indnkeyatts - 1] FROM {IDENTITY} \
         LIMIT 1) AS key FROM rel JOIN pg_catalog.pg_class t ON t.oid = rel.oid WHERE t.relkind = 'r'), \
         found AS (SELECT leaf.root, leaf.oid, leaf.relreplident <> 'f' AND leaf.key IS NULL AS is_without, \
         {lists_full} AS lists_full, {outside} AS outside, {missing} AS missing FROM leaf LEFT JOIN \
         pg_catalog.pg_publication_rel r ON r.prpubid = (SELECT pub.oid FROM pub) AND r.prrelid = leaf.root) \
         SELECT n.nspname, c.relname, rn.nspname, rc.relname, is_without, lists_full, outside, missing FROM found \
         JOIN pg_catalog.pg_class c ON c.oid = found.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_class rc ON rc.oid = found.root JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace \
         WHERE is_without OR lists_full OR outside IS NOT NULL OR missing IS NOT NULL ORDER BY 1, 2",
        published_tables(
            version,
            &format!(
                "p.pubname = {} AND (p.pubupdate OR p.pubdelete)",
                Literal::new(publication)
            )
        )
    ))
}
