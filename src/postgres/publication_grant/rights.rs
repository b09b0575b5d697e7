//! Who has which rights on what is published, at one moment.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    acl::{Places, Table, places, tables},
    desired::Desired,
    ours::{Direct, Ours},
    reader::Reader,
    standing::Standing,
};
use crate::postgres::{
    row::Rows,
    snapshot::{Oid, Snapshot},
    table_name::TableName,
};

/// The published tables of a database, and who may read them. Those of publications of all tables are read only where
/// somebody asks for them.
#[derive(Clone, Debug)]
pub struct Rights {
    /// The tables that publications list, themselves or by their schema.
    pub tables: BTreeMap<Oid, Table>,
    /// The database, its schemas, and the rights on tables to come.
    pub places: Places,
    /// The roles.
    pub snapshot: Snapshot,
}

impl Rights {
    /// How a role stands; `None` where there is none. `others` are tables that were read besides.
    pub fn standing<'a>(
        &self,
        others: impl IntoIterator<Item = &'a Table>,
        desired: &Desired,
        ours: &Ours,
    ) -> Option<Standing> {
        let reader = self.reader(&desired.role)?;
        let mut tables = Cow::Borrowed(&self.tables);
        for other in others {
            let known = tables.to_mut().entry(other.oid);
            let known = known.or_insert_with(|| other.clone());
            known.publications.extend(other.publications.clone());
        }
        let places = &self.places;
        Some(Standing::new(
            &tables,
            places,
            reader.role,
            desired,
            ours,
            &reader,
        ))
    }

    /// A role with all whose rights it has; `None` where there is none.
    pub fn reader(&self, role: &str) -> Option<Reader> {
        Reader::of(&self.snapshot, role, self.places.database.owner)
    }

    /// All that a role was given directly by the owners and by `user`, as if that had given it: on what these publications
    /// publish, with the schemas of that and the database. `others` are tables that were read besides.
    pub fn taken_over(
        &self,
        others: &[Table],
        publications: &BTreeSet<String>,
        role: Oid,
        user: &str,
    ) -> Ours {
        let tables = self.tables.values().chain(others);
        let published: Vec<&Table> = tables
            .filter(|table| table.demand(publications, true).is_some())
            .collect();
        let schemas: BTreeSet<&String> = published.iter().map(|table| &table.name.schema).collect();
        let mut direct = Direct::of(published.iter().copied(), &self.places, role);
        direct.retain_schemas(&schemas);
        direct.taken_over(self.snapshot.oid(user))
    }

    /// What a role was given directly by the owners of tables of these names. `others` are tables that were read besides.
    pub fn on_tables(&self, others: &[Table], names: &BTreeSet<TableName>, role: Oid) -> Ours {
        let tables = self.tables.values().chain(others);
        let named = tables.filter(|table| names.contains(&table.name));
        Direct::of(named, &self.places, role).on_tables()
    }

    /// The publications that list a table, or its schema, of which a role was given something directly; and those of all
    /// tables where no other lists one of these. `all` are the tables of those.
    pub fn publications_of(&self, all: &[Table], role: Oid) -> BTreeSet<String> {
        let unlisted = all.iter();
        let unlisted = unlisted.filter(|table| !self.tables.contains_key(&table.oid));
        let tables: Vec<&Table> = self.tables.values().chain(unlisted).collect();
        let given = Direct::of(tables.iter().copied(), &self.places, role).all();
        let given = tables.into_iter().filter(|table| given.has(table.oid));
        let names = given.flat_map(|table| table.publications.keys());
        names.cloned().collect()
    }

    /// Reads the rows of [`crate::postgres::statement::select_readers`],
    /// [`crate::postgres::statement::select_places`] and a snapshot, which are the last ones.
    pub(in crate::postgres) fn from_rows(results: &[Rows]) -> Option<Self> {
        let [.., of_tables, of_places, _, _] = results else {
            return None;
        };
        Some(Self {
            tables: tables(of_tables)?,
            places: places(of_places)??,
            snapshot: Snapshot::from_rows(results)?,
        })
    }
}
