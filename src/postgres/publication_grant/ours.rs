//! What the provider gave, as against what others did: nothing else is ever taken back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::acl::{Places, Table, grantors};
use crate::postgres::snapshot::Oid;

/// What the provider gave to a role. Tables are known by their object ids: one that somebody dropped and made again is
/// another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ours {
    /// Tables.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tables: BTreeSet<Oid>,
    /// Columns of tables, by their numbers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<Oid, BTreeSet<i16>>,
    /// Whether the right to connect to the database.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub connect: bool,
    /// Schemas that it may use, by their names: an upgrade of the server gives them other object ids.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub usage: BTreeSet<String>,
    /// Whose tables to come, by the names of owner and schema.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub future: BTreeSet<(String, String)>,
}

/// What a role was given directly, by whomever, without the option to give it on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::postgres) struct Direct {
    tables: BTreeSet<(Oid, Oid)>,
    columns: BTreeSet<(Oid, i16, Oid)>,
    connect: BTreeSet<Oid>,
    usage: BTreeSet<(String, Oid)>,
    future: BTreeSet<(String, String, Oid)>,
}

impl Ours {
    /// All tables of which something was given.
    pub fn all_tables(&self) -> BTreeSet<Oid> {
        let columns = self.columns.keys();
        self.tables.iter().chain(columns).copied().collect()
    }

    /// Whether nothing was given.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What of it is still there.
    #[must_use]
    pub(in crate::postgres) fn still(&self, direct: &Direct) -> Self {
        let direct = direct.all();
        let both = |(oid, columns): (&Oid, &BTreeSet<i16>)| {
            let columns: BTreeSet<i16> = columns & direct.columns.get(oid)?;
            (!columns.is_empty()).then_some((*oid, columns))
        };
        Self {
            tables: &self.tables & &direct.tables,
            columns: self.columns.iter().filter_map(both).collect(),
            connect: self.connect && direct.connect,
            usage: &self.usage & &direct.usage,
            future: &self.future & &direct.future,
        }
    }

    /// Counts what a change of the provider's own has given, and no more what it has taken.
    pub(in crate::postgres) fn count(&mut self, before: &Direct, after: &Direct) {
        let (given, taken) = (after.without(before), before.without(after));
        self.remove(&taken.all());
        self.add(given.all());
    }

    /// Counts all that was given directly, as an import does.
    pub(in crate::postgres) fn add(&mut self, others: Self) {
        self.tables.extend(others.tables);
        for (oid, columns) in others.columns {
            self.columns.entry(oid).or_default().extend(columns);
        }
        self.connect |= others.connect;
        self.usage.extend(others.usage);
        self.future.extend(others.future);
    }

    fn remove(&mut self, others: &Self) {
        self.tables = &self.tables - &others.tables;
        for (oid, columns) in &others.columns {
            if let Some(ours) = self.columns.get_mut(oid) {
                *ours = &*ours - columns;
            }
        }
        self.columns.retain(|_, columns| !columns.is_empty());
        self.connect &= !others.connect;
        self.usage = &self.usage - &others.usage;
        self.future = &self.future - &others.future;
    }
}

impl Direct {
    /// What a role was given of these.
    pub(in crate::postgres) fn of<'a>(
        tables: impl IntoIterator<Item = &'a Table>,
        places: &Places,
        role: Oid,
    ) -> Self {
        let mut direct = Self {
            connect: grantors(&places.database.acl, role),
            ..Self::default()
        };
        for table in tables {
            let oid = table.oid;
            let given = grantors(&table.acl, role).into_iter();
            direct.tables.extend(given.map(|grantor| (oid, grantor)));
            for (number, column) in &table.columns {
                let given = grantors(&column.acl, role).into_iter();
                let given = given.map(|grantor| (oid, *number, grantor));
                direct.columns.extend(given);
            }
        }
        for schema in places.schemas.values() {
            let given = grantors(&schema.acl, role).into_iter();
            let given = given.map(|grantor| (schema.name.clone(), grantor));
            direct.usage.extend(given);
        }
        for future in &places.future {
            // What holds in all schemas is nobody's here.
            let Some(schema) = places.schema(future.schema) else {
                continue;
            };
            for grantor in grantors(&future.acl, role) {
                let (owner, schema) = (future.owner.clone(), schema.name.clone());
                direct.future.insert((owner, schema, grantor));
            }
        }
        direct
    }

    /// All of it, as if the provider had given it.
    pub(in crate::postgres) fn all(&self) -> Ours {
        let mut columns: BTreeMap<Oid, BTreeSet<i16>> = BTreeMap::new();
        for (oid, number, _) in &self.columns {
            columns.entry(*oid).or_default().insert(*number);
        }
        let future = self.future.iter();
        Ours {
            tables: self.tables.iter().map(|(oid, _)| *oid).collect(),
            columns,
            connect: !self.connect.is_empty(),
            usage: self.usage.iter().map(|(name, _)| name.clone()).collect(),
            future: future
                .map(|(owner, schema, _)| (owner.clone(), schema.clone()))
                .collect(),
        }
    }

    fn without(&self, others: &Self) -> Self {
        Self {
            tables: &self.tables - &others.tables,
            columns: &self.columns - &others.columns,
            connect: &self.connect - &others.connect,
            usage: &self.usage - &others.usage,
            future: &self.future - &others.future,
        }
    }
}
