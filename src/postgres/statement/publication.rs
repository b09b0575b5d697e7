//! Publications: read, made, altered, dropped.
//! <https://www.postgresql.org/docs/current/catalog-pg-publication.html>

use crate::postgres::{
    Batch, Error, Statement,
    ident::{Ident, Literal},
    publication::{Contents, Definition, Member},
    table_name::TableName,
    transaction,
};

/// The name space of the advisory locks on publications, which belong to a database as these do.
const PUBLICATION_SPACE: i32 = 0x7264_7370;

/// The tables that some other session has for itself alone, or is about to, as what follows the items of FROM.
const LOCKED_TABLES: &str = " LEFT JOIN (SELECT DISTINCT l.relation FROM pg_catalog.pg_locks l \
     WHERE l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid() \
     AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())) locked \
     ON locked.relation = r.prrelid";

/// A table of which nothing more is said.
static WHOLE: Member = Member {
    columns: None,
    filter: None,
};

/// Begins a transaction and waits for every other one that works on the same publication.
pub(in crate::postgres) fn begin_on_publication(name: &str) -> Batch {
    let lock = Statement::new(format!(
        "SELECT pg_advisory_xact_lock({PUBLICATION_SPACE}, hashtext({}))",
        Literal::new(name)
    ));
    transaction::write().then([lock])
}

/// What reads definitions: of all publications of the database, or of one. `version` is that of the server.
///
/// To print a filter the server opens the table. Whoever alters one does not keep all readings waiting: of all publications
/// those filters are left out whose tables somebody has for himself or is about to, and it is said of which that is so.
///
/// What `FOR ALL TABLES` leaves out is in the same table as members, so members count only of those that list some.
pub(in crate::postgres) fn select_publications(version: u32, name: Option<&str>) -> [Statement; 3] {
    let of = name.map_or_else(String::new, |name| {
        format!(" WHERE p.pubname = {}", Literal::new(name))
    });
    let has_filters = version >= 150_000;
    let (is_locked, locks) = match has_filters && name.is_none() {
        true => ("locked.relation IS NOT NULL", LOCKED_TABLES),
        false => ("false", ""),
    };
    let (columns, filter, schemas) = match has_filters {
        true => (
            "(SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))",
            format!(
                "CASE WHEN NOT ({is_locked}) THEN pg_get_expr(r.prqual, r.prrelid, true) END, \
                 r.prqual IS NOT NULL AND {is_locked}"
            ),
            format!(
                "SELECT p.pubname, n.nspname FROM pg_catalog.pg_publication p \
                 JOIN pg_catalog.pg_publication_namespace s ON s.pnpubid = p.oid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid{of}"
            ),
        ),
        false => (
            "NULL",
            "NULL, false".to_owned(),
            "SELECT NULL WHERE false".to_owned(),
        ),
    };
    [
        Statement::new(format!(
            "SELECT p.pubname, p.oid, pg_get_userbyid(p.pubowner), obj_description(p.oid, 'pg_publication'), \
             p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, \
             coalesce((to_jsonb(p) ->> 'pubviaroot')::boolean, false), \
             coalesce(to_jsonb(p) ->> 'pubgencols', 'n') = 's' FROM pg_catalog.pg_publication p{of}"
        )),
        Statement::new(format!(
            "SELECT p.pubname, n.nspname, c.relname, {columns}, {filter} FROM pg_catalog.pg_publication p \
             JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid JOIN pg_catalog.pg_class c ON c.oid = r.prrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace{locks}{of}"
        )),
        Statement::new(schemas),
    ]
}

/// What reads the streams of the database of which the user may see what they stream.
pub(in crate::postgres) fn select_streams() -> Statement {
    Statement::new(
        "SELECT pid, usename, query FROM pg_catalog.pg_stat_activity \
         WHERE backend_type = 'walsender' AND datname = current_database() AND query ILIKE '%publication_names%' ORDER BY 1",
    )
}

/// Makes a publication.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(in crate::postgres) fn create_publication(
    name: &Ident,
    definition: &Definition,
) -> Result<Statement, Error> {
    let contents = match &definition.contents {
        Contents::AllTables => " FOR ALL TABLES".to_owned(),
        listed => match objects(listed.tables(), listed.schemas())? {
            None => String::new(),
            Some(objects) => format!(" FOR {objects}"),
        },
    };
    Ok(Statement::new(format!(
        "CREATE PUBLICATION {name}{contents} WITH ({})",
        options(definition, None)
    )))
}

/// Comments a publication: whoever finds it knows where it comes from.
pub(in crate::postgres) fn comment_publication(name: &Ident, comment: &str) -> Statement {
    Statement::new(format!(
        "COMMENT ON PUBLICATION {name} IS {}",
        Literal::new(comment)
    ))
}

/// Lets tables and schemas join; `None` where there are none.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(in crate::postgres) fn add_to_publication<'a>(
    name: &Ident,
    tables: impl IntoIterator<Item = (&'a TableName, &'a Member)>,
    schemas: impl IntoIterator<Item = &'a String>,
) -> Result<Option<Statement>, Error> {
    let objects = objects(tables, schemas)?;
    Ok(objects.map(|objects| Statement::new(format!("ALTER PUBLICATION {name} ADD {objects}"))))
}

/// Takes tables and schemas out; `None` where there are none.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(in crate::postgres) fn drop_from_publication<'a>(
    name: &Ident,
    tables: impl IntoIterator<Item = &'a TableName>,
    schemas: impl IntoIterator<Item = &'a String>,
) -> Result<Option<Statement>, Error> {
    let tables = tables.into_iter().map(|table| (table, &WHOLE));
    let objects = objects(tables, schemas)?;
    Ok(objects.map(|objects| Statement::new(format!("ALTER PUBLICATION {name} DROP {objects}"))))
}

/// Sets the options in which a definition differs; `None` where it does in none.
pub(in crate::postgres) fn set_publication(
    name: &Ident,
    before: &Definition,
    definition: &Definition,
) -> Option<Statement> {
    let options = options(definition, Some(before));
    (!options.is_empty())
        .then(|| Statement::new(format!("ALTER PUBLICATION {name} SET ({options})")))
}

/// Gives a publication to another owner.
pub(in crate::postgres) fn alter_publication_owner(name: &Ident, owner: &Ident) -> Statement {
    Statement::new(format!("ALTER PUBLICATION {name} OWNER TO {owner}"))
}

/// Drops a publication.
pub(in crate::postgres) fn drop_publication(name: &Ident) -> Statement {
    Statement::new(format!("DROP PUBLICATION {name}"))
}

/// Waits until nobody writes to these tables, for as long as a try may take, and lets nobody begin to. Not for longer, and
/// neither does what comes then wait for longer for others: whoever wants to write meanwhile waits behind it.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(in crate::postgres) fn lock_out_writers<'a>(
    tables: impl IntoIterator<Item = &'a TableName>,
) -> Result<[Statement; 4], Error> {
    let tables = tables
        .into_iter()
        .map(|table| Ok(format!("ONLY {}", quoted(table)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok([
        Statement::new("SET LOCAL lock_timeout = '2s'"),
        // The former counts for each table anew.
        Statement::new("SET LOCAL statement_timeout = '2s'"),
        Statement::new(format!(
            "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
            tables.join(", ")
        )),
        Statement::new("SET LOCAL statement_timeout = '60s'"),
    ])
}

/// Tables and schemas as the grammar lists them. Without ONLY those that inherit from a table would be taken with it, as
/// of now.
fn objects<'a>(
    tables: impl IntoIterator<Item = (&'a TableName, &'a Member)>,
    schemas: impl IntoIterator<Item = &'a String>,
) -> Result<Option<String>, Error> {
    let tables = tables
        .into_iter()
        .map(|(table, member)| {
            let mut text = format!("ONLY {}", quoted(table)?);
            if let Some(columns) = &member.columns {
                text += &format!(" ({})", idents(columns)?);
            }
            if let Some(filter) = &member.filter {
                text += &format!(" WHERE ({filter})");
            }
            Ok(text)
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let schemas = idents(schemas)?;
    let lists = [("TABLE", tables.join(", ")), ("TABLES IN SCHEMA", schemas)];
    let lists: Vec<String> = lists
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(what, list)| format!("{what} {list}"))
        .collect();
    Ok((!lists.is_empty()).then(|| lists.join(", ")))
}

/// A table inside SQL.
pub(super) fn quoted(table: &TableName) -> Result<String, Error> {
    let (schema, name) = (Ident::new(&table.schema)?, Ident::new(&table.name)?);
    Ok(format!("{schema}.{name}"))
}

fn idents<'a>(names: impl IntoIterator<Item = &'a String>) -> Result<String, Error> {
    let names = names
        .into_iter()
        .map(|name| Ok(Ident::new(name)?.to_string()))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(names.join(", "))
}

/// The options of a definition, or those in which it differs from another one. Older servers do not know them all.
fn options(definition: &Definition, before: Option<&Definition>) -> String {
    let mut options = Vec::new();
    if before.is_none_or(|before| before.operations != definition.operations) {
        let names: Vec<_> = definition.operations.names().collect();
        options.push(format!("publish = '{}'", names.join(", ")));
    }
    let via_root = before.is_some_and(|before| before.via_partition_root);
    if definition.via_partition_root != via_root {
        let via_root = definition.via_partition_root;
        options.push(format!("publish_via_partition_root = {via_root}"));
    }
    let generated = before.is_some_and(|before| before.generated_columns);
    if definition.generated_columns != generated {
        let kind = if definition.generated_columns {
            "stored"
        } else {
            "none"
        };
        options.push(format!("publish_generated_columns = {kind}"));
    }
    options.join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::postgres::publication::Operations;

    fn definition() -> Definition {
        let filtered = Member {
            columns: Some(BTreeSet::from(["id".to_owned(), "it\"em".to_owned()])),
            filter: Some("id > 1".to_owned()),
        };
        let tables = BTreeMap::from([
            (
                TableName::new("public", "b\"; DROP TABLE x;--"),
                Member::default(),
            ),
            (TableName::new("a.b", "c"), filtered),
        ]);
        Definition {
            contents: Contents::Listed {
                tables,
                schemas: BTreeSet::from(["Sales".to_owned()]),
            },
            operations: Operations::of(|name| name != "truncate"),
            via_partition_root: false,
            generated_columns: false,
        }
    }

    #[test]
    fn create_publication_quotes_names_and_says_only_what_every_server_knows() {
        let name = Ident::new("p\"ub").expect("the name is valid");
        let create = create_publication(&name, &definition()).expect("valid names");
        assert_eq!(
            create.to_string(),
            "CREATE PUBLICATION \"p\"\"ub\" FOR TABLE ONLY \"a.b\".\"c\" (\"id\", \"it\"\"em\") WHERE (id > 1), \
             ONLY \"public\".\"b\"\"; DROP TABLE x;--\", TABLES IN SCHEMA \"Sales\" WITH (publish = 'insert, update, delete')"
        );
        assert_eq!(
            comment_publication(&name, "it's").to_string(),
            "COMMENT ON PUBLICATION \"p\"\"ub\" IS 'it''s'"
        );
        let nothing = Definition {
            contents: Contents::Listed {
                tables: BTreeMap::new(),
                schemas: BTreeSet::new(),
            },
            operations: Operations::of(|_| false),
            via_partition_root: true,
            generated_columns: true,
        };
        let create = create_publication(&name, &nothing).expect("valid names");
        assert_eq!(
            create.to_string(),
            "CREATE PUBLICATION \"p\"\"ub\" WITH (publish = '', publish_via_partition_root = true, \
             publish_generated_columns = stored)"
        );
    }

    #[test]
    fn set_publication_says_only_what_differs() {
        let name = Ident::new("p").expect("the name is valid");
        let before = definition();
        assert_eq!(set_publication(&name, &before, &before), None);
        let after = Definition {
            via_partition_root: true,
            ..before.clone()
        };
        let text = |before, after| set_publication(&name, before, after).map(|it| it.to_string());
        assert_eq!(
            text(&before, &after).as_deref(),
            Some("ALTER PUBLICATION \"p\" SET (publish_via_partition_root = true)")
        );
        assert_eq!(
            text(&after, &before).as_deref(),
            Some("ALTER PUBLICATION \"p\" SET (publish_via_partition_root = false)")
        );
    }

    #[test]
    fn drop_from_publication_names_no_column_and_no_filter() {
        let name = Ident::new("p").expect("the name is valid");
        let definition = definition();
        let tables = definition.contents.tables().map(|(table, _)| table);
        let dropped = drop_from_publication(&name, tables, []).expect("valid names");
        assert_eq!(
            dropped.map(|it| it.to_string()).as_deref(),
            Some(
                "ALTER PUBLICATION \"p\" DROP TABLE ONLY \"a.b\".\"c\", ONLY \"public\".\"b\"\"; DROP TABLE x;--\""
            )
        );
        assert_eq!(drop_from_publication(&name, [], []).expect("valid"), None);
    }
}
