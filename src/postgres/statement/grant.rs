//! Rights to read what is published: who has which, given and taken.
//! <https://www.postgresql.org/docs/current/ddl-priv.html>

use std::collections::BTreeSet;

use super::{publication::quoted, published::published_tables};
use crate::postgres::{
    Batch, Error, Statement,
    ident::{Ident, Literal},
    row::Rows,
    snapshot::Oid,
    table_name::TableName,
    transaction,
};

/// The name space of the advisory lock on the rights of a database.
const GRANT_SPACE: i32 = 0x7264_7367;
/// The first object id that is not one of the server's own.
const FIRST_OID: u32 = 16_384;

/// Begins a transaction and waits for every other one that gives or takes rights in this database: two that change those of
/// one object at once fail.
pub(in crate::postgres) fn begin_on_grants() -> Batch {
    let lock = Statement::new(format!("SELECT pg_advisory_xact_lock({GRANT_SPACE}, 0)"));
    transaction::write().then([lock])
}

/// Of which tables it is read who may read them.
#[derive(Clone, Copy, Debug)]
pub(in crate::postgres) enum Which<'a> {
    /// Those that publications list, themselves or by their schema.
    Listed,
    /// Those of the publications of all tables.
    All,
    /// Those of these publications, and these besides.
    Of(&'a BTreeSet<String>, &'a BTreeSet<Oid>),
    /// Some of what these publications publish, or published.
    Some(&'a BTreeSet<String>, &'a BTreeSet<Oid>),
}

/// Which tables are published, and who may read them: object id, schema, name, owner with its name, whether row security is
/// on and holds for the owner, the rights on the table, those on columns, and what publishes it. With a role also whether
/// that may read it, would lack rows, and whether the session may give rights on it. `version` is that of the server.
///
/// The columns are those that a publication lists, with those of its filter and `ctid`, and those that have rights of their
/// own.
pub(in crate::postgres) fn select_readers(
    version: u32,
    which: Which<'_>,
    role: Option<&str>,
) -> Statement {
    let (listed, of_member, is_listed) = match version >= 150_000 {
        true => (
            // A copy reads the columns of the filter, too.
            "CASE WHEN r.prattrs IS NOT NULL THEN (SELECT array_agg(d.refobjsubid) FROM pg_catalog.pg_depend d \
             WHERE d.classid = 'pg_catalog.pg_publication_rel'::regclass AND d.objid = r.oid \
             AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = r.prrelid AND d.refobjsubid > 0) END",
            " LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = pub.oid AND r.prrelid = g.relid AND NOT pub.is_all",
            // No join: that would go through the dependencies of all publications for each column.
            "EXISTS (SELECT FROM pg_catalog.pg_publication_rel r WHERE r.prrelid = c.oid AND r.prattrs IS NOT NULL \
             AND a.attnum = ANY (ARRAY(SELECT d.refobjsubid FROM pg_catalog.pg_depend d \
             WHERE d.classid = 'pg_catalog.pg_publication_rel'::regclass AND d.objid = r.oid \
             AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = r.prrelid) || -1))",
        ),
        false => ("NULL::text", "", "false"),
    };
    let publications = match which {
        Which::Listed => "NOT p.puballtables".to_owned(),
        Which::All => "p.puballtables".to_owned(),
        Which::Of(names, _) | Which::Some(names, _) => {
            format!("p.pubname = ANY ({})", texts(names))
        }
    };
    let only = match which {
        Which::Some(_, these) => format!(" WHERE g.relid = ANY ({})", oids(these)),
        Which::Listed | Which::All | Which::Of(..) => String::new(),
    };
    let condition = match which {
        Which::Listed | Which::All => "of_table.relid IS NOT NULL".to_owned(),
        Which::Of(_, besides) => {
            format!(
                "(of_table.relid IS NOT NULL OR c.oid = ANY ({}))",
                oids(besides)
            )
        }
        Which::Some(_, these) => format!("c.oid = ANY ({})", oids(these)),
    };
    let (asked, of_column, from) = match role {
        None => ("NULL, NULL, NULL", "NULL", String::new()),
        Some(role) => (
            "has_table_privilege(role.oid, c.oid, 'SELECT'), \
             c.relrowsecurity AND NOT (role.rolbypassrls OR role.rolsuper \
             OR (NOT c.relforcerowsecurity AND pg_has_role(role.oid, c.relowner, 'USAGE'))), \
             pg_has_role(c.relowner, 'USAGE') OR has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION')",
            "has_column_privilege(role.oid, c.oid, a.attnum, 'SELECT')",
            format!(" CROSS JOIN {}", one_role(role)),
        ),
    };
    Statement::new(format!(
        "WITH RECURSIVE {}, \
         of_table AS (SELECT g.relid, jsonb_agg(DISTINCT jsonb_build_array(pub.name, {listed})) AS publications \
         FROM published g JOIN pub ON pub.oid = g.pub{of_member}{only} GROUP BY g.relid) \
         SELECT c.oid, n.nspname, c.relname, c.relowner, pg_get_userbyid(c.relowner), c.relrowsecurity, \
         c.relforcerowsecurity, {}, \
         (SELECT json_agg(json_build_array(a.attnum, a.attname, {}, {of_column})) \
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped \
         AND (a.attacl IS NOT NULL OR {is_listed})), of_table.publications, {asked} \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN of_table ON of_table.relid = c.oid{from} WHERE {condition}",
        published_tables(version, &publications),
        rows("coalesce(c.relacl, acldefault('r', c.relowner))", "SELECT"),
        rows("a.attacl", "SELECT"),
    ))
}

/// Who may connect to the database, use its schemas, and read the tables that are yet to come: kind, object id, name, owner
/// with its name, and the rights. With a role also whether that has the right, and its object id; nothing of the database
/// where there is no such role.
pub(in crate::postgres) fn select_places(role: Option<&str>) -> Statement {
    let (connect, usage, from) = match role {
        None => (
            "NULL::boolean, NULL::oid",
            "NULL::boolean, NULL::oid",
            String::new(),
        ),
        Some(role) => (
            "has_database_privilege(role.oid, d.oid, 'CONNECT'), role.oid",
            "has_schema_privilege(role.oid, n.oid, 'USAGE'), role.oid",
            format!(" CROSS JOIN {}", one_role(role)),
        ),
    };
    Statement::new(format!(
        "SELECT 'database', d.oid, d.datname::text, d.datdba, pg_get_userbyid(d.datdba)::text, {}, {connect} \
         FROM pg_catalog.pg_database d{from} WHERE d.datname = current_database() \
         UNION ALL SELECT 'schema', n.oid, n.nspname::text, n.nspowner, pg_get_userbyid(n.nspowner)::text, {}, {usage} \
         FROM pg_catalog.pg_namespace n{from} WHERE n.oid >= {FIRST_OID} OR n.nspname = 'public' \
         UNION ALL SELECT 'default', d.defaclnamespace, NULL, d.defaclrole, pg_get_userbyid(d.defaclrole)::text, {}, \
         NULL::boolean, NULL::oid FROM pg_catalog.pg_default_acl d WHERE d.defaclobjtype = 'r'",
        rows("coalesce(d.datacl, acldefault('d', d.datdba))", "CONNECT"),
        rows("coalesce(n.nspacl, acldefault('n', n.nspowner))", "USAGE"),
        rows("d.defaclacl", "SELECT"),
    ))
}

/// What reads which of these roles are not there.
pub(in crate::postgres) fn select_missing_roles(names: &BTreeSet<String>) -> Statement {
    Statement::new(format!(
        "SELECT w.name FROM unnest({}) w(name) \
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = w.name) ORDER BY 1",
        texts(names)
    ))
}

/// What a role was given directly in this database of what lets it read tables, and the session has the owner's rights to
/// take: kind, schema or owner, and name.
pub(in crate::postgres) fn select_takeable(role: &str) -> Statement {
    let of = |class: &str| {
        format!(
            "SELECT DISTINCT s.objid FROM pg_catalog.pg_shdepend s, {} WHERE s.deptype = 'a' \
             AND s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = role.oid \
             AND s.classid = 'pg_catalog.{class}'::regclass AND s.dbid IN (0, (SELECT oid FROM pg_catalog.pg_database \
             WHERE datname = current_database()))",
            one_role(role)
        )
    };
    Statement::new(format!(
        "SELECT 'table', n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid IN ({}) AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE') \
         UNION ALL SELECT 'schema', NULL, n.nspname::text FROM pg_catalog.pg_namespace n \
         WHERE n.oid IN ({}) AND pg_has_role(n.nspowner, 'USAGE') \
         UNION ALL SELECT 'database', NULL, d.datname::text FROM pg_catalog.pg_database d \
         WHERE d.oid IN ({}) AND d.datname = current_database() AND pg_has_role(d.datdba, 'USAGE') \
         UNION ALL SELECT 'future', pg_get_userbyid(d.defaclrole)::text, n.nspname::text FROM pg_catalog.pg_default_acl d \
         JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace \
         WHERE d.oid IN ({}) AND d.defaclobjtype = 'r' AND pg_has_role(d.defaclrole, 'USAGE') ORDER BY 1, 2, 3",
        of("pg_class"),
        of("pg_namespace"),
        of("pg_database"),
        of("pg_default_acl"),
    ))
}

/// What takes the rights of the rows of [`select_takeable`]; `None` where these have another form.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(in crate::postgres) fn take_all(rows: &Rows, role: &Ident) -> Result<Option<Batch>, Error> {
    let mut statements = Vec::new();
    for row in rows {
        let (Some(kind), Some(name)) = (row.get(0), row.get(2)) else {
            return Ok(None);
        };
        let within = row.get(1).unwrap_or_default();
        statements.push(match kind {
            "table" => take(Right::Select(&[&TableName::new(within, name)]), role)?,
            "schema" => take(Right::Usage(name), role)?,
            "database" => take(Right::Connect(name), role)?,
            _ => take(
                Right::Future {
                    owner: within,
                    schema: name,
                },
                role,
            )?,
        });
    }
    Ok(Some(statements.into_iter().collect()))
}

/// A right on objects, as it is given and taken.
#[derive(Clone, Copy, Debug)]
pub(in crate::postgres) enum Right<'a> {
    /// To connect to a database.
    Connect(&'a str),
    /// To use a schema.
    Usage(&'a str),
    /// To read tables.
    Select(&'a [&'a TableName]),
    /// To read columns of a table.
    Columns(&'a TableName, &'a [&'a str]),
    /// To read tables that an owner is yet to create in a schema.
    Future {
        /// Who will create them.
        owner: &'a str,
        /// Where.
        schema: &'a str,
    },
}

/// Gives a right, never with the option to give it on.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(in crate::postgres) fn give(right: Right<'_>, role: &Ident) -> Result<Statement, Error> {
    right.change("GRANT", "TO", role)
}

/// Gives a right with the option to give it on, which the role had before.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(in crate::postgres) fn give_again_with_option(
    right: Right<'_>,
    role: &Ident,
) -> Result<Statement, Error> {
    let given = give(right, role)?;
    Ok(Statement::new(format!("{given} WITH GRANT OPTION")))
}

/// Takes a right that the session gave, or the owner of the object.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(in crate::postgres) fn take(right: Right<'_>, role: &Ident) -> Result<Statement, Error> {
    right.change("REVOKE", "FROM", role)
}

impl Right<'_> {
    fn change(self, verb: &str, whom: &str, role: &Ident) -> Result<Statement, Error> {
        let on =
            |privilege: &str, object: &str| format!("{verb} {privilege} ON {object} {whom} {role}");
        Ok(Statement::new(match self {
            Self::Connect(database) => {
                on("CONNECT", &format!("DATABASE {}", Ident::new(database)?))
            }
            Self::Usage(schema) => on("USAGE", &format!("SCHEMA {}", Ident::new(schema)?)),
            Self::Select(tables) => {
                let tables = tables.iter().map(|table| quoted(table));
                let tables = tables.collect::<Result<Vec<_>, Error>>()?.join(", ");
                on("SELECT", &format!("TABLE {tables}"))
            }
            Self::Columns(table, columns) => {
                let columns = columns.iter().map(|column| Ident::new(column));
                let columns = columns.collect::<Result<Vec<_>, Error>>()?;
                let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
                let table = format!("TABLE {}", quoted(table)?);
                on(&format!("SELECT ({})", columns.join(", ")), &table)
            }
            Self::Future { owner, schema } => format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} {}",
                Ident::new(owner)?,
                Ident::new(schema)?,
                on("SELECT", "TABLES")
            ),
        }))
    }
}

/// One role, as an item of FROM.
fn one_role(name: &str) -> String {
    format!(
        "(SELECT oid, rolsuper, rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = {}) AS role",
        Literal::new(name)
    )
}

/// The rows of an ACL with a privilege: who has it, who gave it, whether it may be given on.
fn rows(acl: &str, privilege: &str) -> String {
    format!(
        "(SELECT json_agg(json_build_array(x.grantee::int8, x.grantor::int8, x.is_grantable)) \
         FROM aclexplode({acl}) x WHERE x.privilege_type = '{privilege}')"
    )
}

/// An array of texts inside SQL.
fn texts(texts: &BTreeSet<String>) -> String {
    let texts: Vec<String> = texts
        .iter()
        .map(|text| Literal::new(text).to_string())
        .collect();
    format!("ARRAY[{}]::text[]", texts.join(", "))
}

/// An array of object ids inside SQL.
fn oids(oids: &BTreeSet<Oid>) -> String {
    let oids: Vec<String> = oids.iter().map(ToString::to_string).collect();
    format!("'{{{}}}'::oid[]", oids.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_is_given_and_taken_with_quoted_names_and_without_more() {
        let role = Ident::new("r\"; DROP ROLE x;--").expect("the name is valid");
        let table = TableName::new("a.b", "c\"d");
        let tables = [&table];
        let future = Right::Future {
            owner: "it's",
            schema: "S",
        };
        for (right, given) in [
            (Right::Connect("Shop"), "GRANT CONNECT ON DATABASE \"Shop\""),
            (Right::Usage("S"), "GRANT USAGE ON SCHEMA \"S\""),
            (
                Right::Select(&tables),
                "GRANT SELECT ON TABLE \"a.b\".\"c\"\"d\"",
            ),
            (
                Right::Columns(&table, &["ctid", "I d\""]),
                "GRANT SELECT (\"ctid\", \"I d\"\"\") ON TABLE \"a.b\".\"c\"\"d\"",
            ),
            (
                future,
                "ALTER DEFAULT PRIVILEGES FOR ROLE \"it's\" IN SCHEMA \"S\" GRANT SELECT ON TABLES",
            ),
        ] {
            let text = give(right, &role).expect("valid names").to_string();
            assert_eq!(text, format!("{given} TO \"r\"\"; DROP ROLE x;--\""));
            let taken = given.replacen("GRANT ", "REVOKE ", 1);
            let text = take(right, &role).expect("valid names").to_string();
            assert_eq!(text, format!("{taken} FROM \"r\"\"; DROP ROLE x;--\""));
        }
    }
}
