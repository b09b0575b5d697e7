//! Rights as the catalog has them: who has one, from whom, on what.
//! <https://www.postgresql.org/docs/current/ddl-priv.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::DeserializeOwned};

use crate::postgres::{
    row::{Row, Rows},
    snapshot::Oid,
    table_name::TableName,
};

/// The number of the column `ctid`, by which some consumers copy a table in parts.
pub(super) const CTID: i16 = -1;
/// The name of that column.
const CTID_NAME: &str = "ctid";

/// A row of an access control list: one right of one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct AclRow {
    /// Who has it; 0 for everybody.
    pub grantee: Oid,
    /// Who gave it.
    pub grantor: Oid,
    /// Whether it may be given on.
    pub is_grantable: bool,
}

/// A published table, and who may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its object id.
    pub oid: Oid,
    /// What it is called.
    pub name: TableName,
    /// Its owner.
    pub owner: Oid,
    /// What that is called.
    pub owner_name: String,
    /// Whether row level security is on.
    pub has_row_security: bool,
    /// Whether it holds for the owner, too.
    pub forces_row_security: bool,
    /// Who may read the whole of it.
    pub acl: Vec<AclRow>,
    /// Columns by their number: those that a publication lists, and those with rights of their own.
    pub columns: BTreeMap<i16, Column>,
    /// What publishes it, with the columns that it lists.
    pub publications: BTreeMap<String, Option<BTreeSet<i16>>>,
    /// What the server says of one role, where it was asked.
    pub asked: Option<Asked>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// Who may read it, besides those who may read the table.
    pub acl: Vec<AclRow>,
}

/// What the server says of one role and a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What the role may read.
    pub readable: Readable,
    /// Whether row level security may hide rows from it.
    pub is_hidden: bool,
    /// Whether the session may give rights on the table.
    pub may_give: bool,
}

/// What a role may read of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    /// All of it.
    pub whole: bool,
    /// Columns.
    pub columns: BTreeSet<i16>,
}

/// What has to be readable of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// All of it.
    Whole,
    /// Columns; with `ctid`.
    Columns(BTreeSet<i16>),
}

/// A database or a schema, and who may enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its object id.
    pub oid: Oid,
    /// What it is called.
    pub name: String,
    /// Its owner.
    pub owner: Oid,
    /// What that is called.
    pub owner_name: String,
    /// Who may.
    pub acl: Vec<AclRow>,
    /// Whether one role may, where the server was asked that.
    pub asked: Option<bool>,
}

/// Who may read the tables that an owner is yet to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Future {
    /// The owner.
    pub owner: Oid,
    /// What that is called.
    pub owner_name: String,
    /// Where the owner is to create them; 0 for everywhere.
    pub schema: Oid,
    /// Who may read them.
    pub acl: Vec<AclRow>,
}

/// The database and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The database.
    pub database: Place,
    /// Its schemas, by name.
    pub schemas: BTreeMap<String, Place>,
    /// The rights on tables to come.
    pub future: Vec<Future>,
    /// The role that was asked about.
    pub role: Option<Oid>,
}

impl Table {
    /// What has to be readable for these publications: where each of those that publish the table lists columns, these
    /// alone, if `by_column`; `None` where none of them publishes it.
    pub fn demand(&self, publications: &BTreeSet<String>, by_column: bool) -> Option<Demand> {
        let lists: Vec<_> = self
            .publications
            .iter()
            .filter(|(name, _)| publications.contains(*name))
            .map(|(_, columns)| columns)
            .collect();
        if lists.is_empty() {
            return None;
        }
        let columns: Option<Vec<_>> = lists.into_iter().map(Option::as_ref).collect();
        Some(match columns.filter(|_| by_column) {
            Some(lists) => {
                Demand::Columns(lists.into_iter().flatten().copied().chain([CTID]).collect())
            }
            None => Demand::Whole,
        })
    }

    /// The name of a column.
    pub fn column_name(&self, number: i16) -> &str {
        match self.columns.get(&number) {
            Some(column) => &column.name,
            None => CTID_NAME,
        }
    }
}

impl Readable {
    /// Whether it is enough.
    pub fn meets(&self, demand: &Demand) -> bool {
        self.whole
            || match demand {
                Demand::Whole => false,
                Demand::Columns(columns) => columns.is_subset(&self.columns),
            }
    }

    /// Whether there is anything.
    pub fn is_nothing(&self) -> bool {
        !self.whole && self.columns.is_empty()
    }
}

/// Who gave a right to a role directly, without the option to give it on.
pub(in crate::postgres) fn grantors(acl: &[AclRow], role: Oid) -> BTreeSet<Oid> {
    acl.iter()
        .filter(|row| row.grantee == role && !row.is_grantable)
        .map(|row| row.grantor)
        .collect()
}

/// Reads the rows of [`crate::postgres::statement::select_readers`].
pub(in crate::postgres) fn tables(rows: &Rows) -> Option<BTreeMap<Oid, Table>> {
    rows.iter()
        .map(|row| table(row).map(|table| (table.oid, table)))
        .collect()
}

/// Reads the rows of [`crate::postgres::statement::select_places`]; the inner `None` where the role that was asked about is
/// not there.
pub(in crate::postgres) fn places(rows: &Rows) -> Option<Option<Places>> {
    let (mut database, mut schemas, mut future) = (None, BTreeMap::new(), Vec::new());
    let mut role = None;
    for row in rows {
        let oid = row.get(1)?.parse().ok()?;
        let owner_name = row.get(4)?.to_owned();
        let acl = json(row.get(5))?;
        let kind = row.get(0)?;
        if kind == "default" {
            future.push(Future {
                owner: row.get(3)?.parse().ok()?,
                owner_name,
                schema: oid,
                acl,
            });
            continue;
        }
        let place = Place {
            oid,
            name: row.get(2)?.to_owned(),
            owner: row.get(3)?.parse().ok()?,
            owner_name,
            acl,
            asked: row.get(6).map(|asked| asked == "t"),
        };
        match kind {
            "database" => {
                role = row.get(7).and_then(|oid| oid.parse().ok());
                database = Some(place);
            }
            _ => {
                schemas.insert(place.name.clone(), place);
            }
        }
    }
    Some(database.map(|database| Places {
        database,
        schemas,
        future,
        role,
    }))
}

/// A column in JSON: its number, its name, its rights, and whether the role may read it that was asked about.
type ColumnJson = (i16, String, Option<Vec<AclRow>>, Option<bool>);

fn table(row: &Row) -> Option<Table> {
    let columns: Vec<ColumnJson> = json(row.get(8))?;
    let publications: Vec<(String, Option<BTreeSet<i16>>)> = json(row.get(9))?;
    let is_true = |column| Some(row.get(column)? == "t");
    let readable = columns
        .iter()
        .filter(|(.., asked)| *asked == Some(true))
        .map(|(number, ..)| *number);
    // A table that is dropped in the midst of it has no answer.
    let asked = row.get(10).map(|whole| Asked {
        readable: Readable {
            whole: whole == "t",
            columns: readable.collect(),
        },
        is_hidden: row.get(11) == Some("t"),
        may_give: row.get(12) == Some("t"),
    });
    Some(Table {
        oid: row.get(0)?.parse().ok()?,
        name: TableName::new(row.get(1)?, row.get(2)?),
        owner: row.get(3)?.parse().ok()?,
        owner_name: row.get(4)?.to_owned(),
        has_row_security: is_true(5)?,
        forces_row_security: is_true(6)?,
        acl: json(row.get(7))?,
        columns: columns
            .into_iter()
            .map(|(number, name, acl, _)| {
                let acl = acl.unwrap_or_default();
                (number, Column { name, acl })
            })
            .collect(),
        publications: publications.into_iter().collect(),
        asked,
    })
}

/// What a JSON text says; nothing where there is none.
fn json<T: DeserializeOwned + Default>(text: Option<&str>) -> Option<T> {
    match text {
        None => Some(T::default()),
        Some(text) => serde_json::from_str(text).ok(),
    }
}
