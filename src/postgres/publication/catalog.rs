//! Publications as the catalog has them, and who may depend on them.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Contents, Definition, Member, Operations};
use crate::postgres::{
    publication_grant::Rights,
    replication_slot::Slots,
    row::{Row, Rows},
    snapshot::Oid,
    table_name::TableName,
};

/// The publications of a database at one moment.
#[derive(Clone, Debug)]
pub struct Publications {
    /// `server_version_num`, such as 170010.
    pub version: u32,
    /// The slots of the server: none says which publications its consumer names.
    pub slots: Slots,
    /// The streams of which the user may see what they stream.
    pub streams: Vec<Stream>,
    /// Who may read what is published.
    pub rights: Rights,
    /// Tables whose filters could not be read, since somebody alters the tables.
    pub unread_filters: BTreeSet<TableName>,
    publications: BTreeMap<String, Publication>,
}

/// A publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Which object it is.
    pub oid: Oid,
    /// Its owner.
    pub owner: String,
    /// Its comment.
    pub comment: Option<String>,
    /// What it publishes; filters as the server prints them.
    pub definition: Definition,
}

/// A stream that names publications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its process.
    pub pid: i32,
    /// Who receives.
    pub user: String,
    /// What it names.
    pub publications: BTreeSet<String>,
}

impl Publications {
    /// The publication of a name.
    pub fn get(&self, name: &str) -> Option<&Publication> {
        self.publications.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Publication)> {
        self.publications.iter()
    }

    /// The streams that name a publication.
    pub fn streams_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Stream> {
        self.streams
            .iter()
            .filter(move |stream| stream.publications.contains(name))
    }

    /// Reads the rows of [`crate::postgres::statement::select_publications`],
    /// [`crate::postgres::statement::select_slots`] and [`crate::postgres::statement::select_streams`], and those of
    /// [`Rights`].
    pub(in crate::postgres) fn from_rows(version: u32, results: &[Rows]) -> Option<Self> {
        let [definitions @ .., slots, streams, _, _, _, _] = results else {
            return None;
        };
        let streams = streams.iter().map(|row| {
            Some(Stream {
                pid: row.get(0)?.parse().ok()?,
                user: row.get(1).unwrap_or_default().to_owned(),
                publications: named_publications(row.get(2)?),
            })
        });
        let members = definitions.get(1)?.iter();
        let unread = members.filter(|row| row.get(5) == Some("t"));
        let unread = unread.map(|row| Some(TableName::new(row.get(1)?, row.get(2)?)));
        Some(Self {
            version,
            unread_filters: unread.collect::<Option<_>>()?,
            slots: Slots::from_rows(slots)?,
            streams: streams.collect::<Option<_>>()?,
            rights: Rights::from_rows(results)?,
            publications: publications(definitions)?,
        })
    }
}

/// Reads the rows of [`crate::postgres::statement::select_publications`].
pub(in crate::postgres) fn publications(results: &[Rows]) -> Option<BTreeMap<String, Publication>> {
    let [publications, members, schemas] = results else {
        return None;
    };
    let mut found = BTreeMap::new();
    for row in publications {
        found.insert(row.get(0)?.to_owned(), publication(row)?);
    }
    for row in members {
        let name = TableName::new(row.get(1)?, row.get(2)?);
        let member = Member {
            columns: texts(row.get(3))?,
            filter: row.get(4).map(str::to_owned),
        };
        if let Some(Contents::Listed { tables, .. }) = contents(&mut found, row) {
            tables.insert(name, member);
        }
    }
    for row in schemas {
        let name = row.get(1)?.to_owned();
        if let Some(Contents::Listed { schemas, .. }) = contents(&mut found, row) {
            schemas.insert(name);
        }
    }
    Some(found)
}

fn contents<'a>(
    found: &'a mut BTreeMap<String, Publication>,
    row: &Row,
) -> Option<&'a mut Contents> {
    let publication = found.get_mut(row.get(0)?)?;
    Some(&mut publication.definition.contents)
}

fn publication(row: &Row) -> Option<Publication> {
    let is_true = |column| Some(row.get(column)? == "t");
    let contents = match is_true(4)? {
        true => Contents::AllTables,
        false => Contents::Listed {
            tables: BTreeMap::new(),
            schemas: BTreeSet::new(),
        },
    };
    Some(Publication {
        oid: row.get(1)?.parse().ok()?,
        owner: row.get(2)?.to_owned(),
        comment: row.get(3).map(str::to_owned),
        definition: Definition {
            contents,
            operations: Operations {
                insert: is_true(5)?,
                update: is_true(6)?,
                delete: is_true(7)?,
                truncate: is_true(8)?,
            },
            via_partition_root: is_true(9)?,
            generated_columns: is_true(10)?,
        },
    })
}

/// The texts of a JSON array, `None` of none; the outer `None` where it is something else.
pub(super) fn texts(json: Option<&str>) -> Option<Option<BTreeSet<String>>> {
    match json {
        None => Some(None),
        Some(json) => serde_json::from_str(json).ok(),
    }
}

/// The publications that a START_REPLICATION names. Names that are not quoted are in lower case.
/// <https://www.postgresql.org/docs/current/protocol-logical-replication.html>
fn named_publications(command: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let lower = command.to_ascii_lowercase();
    let Some(option) = lower.find("publication_names") else {
        return names;
    };
    let Some((_, rest)) = command[option..].split_once('\'') else {
        return names;
    };
    let mut list = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' if chars.peek() == Some(&'\'') => {
                chars.next();
                list.push('\'');
            }
            '\'' => break,
            c => list.push(c),
        }
    }
    let (mut name, mut is_quoted) = (String::new(), false);
    for c in list.chars().chain([',']) {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                names.insert(std::mem::take(&mut name));
            }
            c if is_quoted => name.push(c),
            c if c.is_whitespace() => {}
            c => name.extend(c.to_lowercase()),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publications_are_read_with_their_members() {
        let rows = |texts: &[&str]| texts.iter().map(|text| Row::from_text(text)).collect();
        let results: [Rows; 3] = [
            rows(&[
                "all 1 rdsadmin - t t t t t f f",
                "some 2 master - f t f f f t t",
            ]),
            // What is left out of all tables is there like a member.
            rows(&[
                "all public hidden - - f",
                "some public a [\"id\",\"v\"] id>1 f",
                "some public b - - f",
            ]),
            rows(&["some sales"]),
        ];
        let found = publications(&results).expect("rows of that form");
        assert_eq!(found["all"].definition.contents, Contents::AllTables);
        let some = &found["some"].definition;
        assert!(some.via_partition_root && some.generated_columns);
        assert_eq!(some.operations, Operations::of(|name| name == "insert"));
        assert_eq!(some.contents.schemas().collect::<Vec<_>>(), ["sales"]);
        let member = some.contents.member(&TableName::new("public", "a"));
        let columns = member.and_then(|member| member.columns.clone());
        assert_eq!(columns, Some(["id", "v"].map(str::to_owned).into()));
        assert_eq!(some.contents.tables().count(), 2);
    }

    #[test]
    fn publications_of_a_stream_are_those_that_it_names() {
        let named = |list: &str| {
            let command = format!(
                "START_REPLICATION SLOT \"s\" LOGICAL 0/0 (\"proto_version\" '1', \"publication_names\" '{list}')"
            );
            named_publications(&command).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(named("orders_pub"), ["orders_pub"]);
        assert_eq!(named("\"Orders\", b"), ["Orders", "b"]);
        assert_eq!(named("\"it''s, it\"\"s\""), ["it's, its"]);
        assert_eq!(named("Mixed"), ["mixed"]);
        assert!(named_publications("START_REPLICATION SLOT s LOGICAL 0/0").is_empty());
    }
}
