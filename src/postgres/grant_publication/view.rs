//! What is read of tables and places, for one role.

use std::collections::{BTreeMap, BTreeSet};

use crate::postgres::{
    Error, Rows, Statement,
    publication_grant::{Desired, Direct, Places, Refusal, Table, places, tables},
    snapshot::Oid,
    statement::{Which, select_places, select_readers},
};

/// Tables, and the places that they are in, as the server shows them for a role.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) tables: BTreeMap<Oid, Table>,
    pub(super) places: Places,
    /// The role.
    pub(super) role: Oid,
}

impl View {
    /// The statements that read it.
    pub(super) fn select(version: u32, which: Which<'_>, role: &str) -> [Statement; 2] {
        [
            select_readers(version, which, Some(role)),
            select_places(Some(role)),
        ]
    }

    /// Reads their rows.
    ///
    /// # Errors
    /// When there is no such role, or the rows have another form.
    pub(super) fn from_rows(attempted: &str, rows: &[Rows]) -> Result<Self, Error> {
        let read = match rows {
            [of_tables, of_places] => tables(of_tables).zip(places(of_places)),
            _ => None,
        };
        let (tables, places) = read.ok_or_else(|| Error::UnexpectedRows(attempted.to_owned()))?;
        let places = places.ok_or(Refusal::NoSuchRole)?;
        let role = places.role.ok_or(Refusal::NoSuchRole)?;
        Ok(Self {
            tables,
            places,
            role,
        })
    }

    /// What the role was given directly.
    pub(super) fn direct(&self) -> Direct {
        Direct::of(self.tables.values(), &self.places, self.role)
    }

    /// Whether both are about the same role, and tables of the same names that are published in the same way.
    pub(super) fn is_about_the_same(
        &self,
        other: &Self,
        tables: &BTreeSet<Oid>,
        desired: &Desired,
    ) -> bool {
        let facts = |view: &Self, oid: &Oid| {
            let table = view.tables.get(oid)?;
            let demand = table.demand(&desired.publications, desired.by_column);
            Some((table.name.clone(), demand))
        };
        self.role == other.role
            && tables
                .iter()
                .all(|oid| facts(self, oid) == facts(other, oid))
    }
}
