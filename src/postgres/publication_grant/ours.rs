//! What the provider gave, as against what others did: nothing else is ever taken back.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use super::acl::{AclRow, Place, Places, Table, grantors};
use crate::postgres::snapshot::Oid;

/// A schema as it was seen. Somebody may give it another name, and an upgrade of the server another object id: it is the one
/// of its object id, or where there is none, that of its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Schema {
    /// Its object id. Of two that were seen at the same time, these alone tell whether they are the same.
    pub oid: Oid,
    /// What it was called.
    pub name: String,
}

/// Rights on what is published. Tables are known by their object ids: one that somebody dropped and made again is another
/// one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    /// Tables.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tables: BTreeSet<Oid>,
    /// Columns of tables, by their numbers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<Oid, BTreeSet<i16>>,
    /// The database to which the role may connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<Oid>,
    /// Schemas that it may use.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub usage: BTreeSet<Schema>,
    /// Whose tables to come, and in which schemas.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub future: BTreeSet<(Oid, Schema)>,
}

/// What the provider gave to a role, by who the catalog says gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ours {
    /// As the owner of each thing, whoever that is: with another owner it is said to be by that one.
    pub by_owner: Given,
    /// As others, who may give it on: the user of the provider.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_others: BTreeMap<Oid, Given>,
}

/// What a role was given directly, without the option to give it on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::postgres) struct Direct {
    by_owner: Given,
    by_anybody: BTreeMap<Oid, Given>,
}

impl Schema {
    /// A schema as it is now.
    pub(in crate::postgres) fn of(place: &Place) -> Self {
        Self {
            oid: place.oid,
            name: place.name.clone(),
        }
    }

    /// Where it is now.
    fn now(&self, places: &Places) -> Option<Self> {
        let same = places.schema(self.oid);
        let same = same.or_else(|| places.schemas.get(&self.name));
        same.map(Self::of)
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.oid == other.oid
    }
}

impl Eq for Schema {}

impl PartialOrd for Schema {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Schema {
    fn cmp(&self, other: &Self) -> Ordering {
        self.oid.cmp(&other.oid)
    }
}

impl Given {
    /// All tables of which something was given.
    pub fn all_tables(&self) -> BTreeSet<Oid> {
        let columns = self.columns.keys();
        self.tables.iter().chain(columns).copied().collect()
    }

    /// Whether something of a table was given.
    pub fn has(&self, table: Oid) -> bool {
        self.tables.contains(&table) || self.columns.contains_key(&table)
    }

    /// Whether nothing was given.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What of it is still there.
    fn still(&self, places: &Places, direct: &Self) -> Self {
        let both = |(oid, columns): (&Oid, &BTreeSet<i16>)| {
            let columns: BTreeSet<i16> = columns & direct.columns.get(oid)?;
            (!columns.is_empty()).then_some((*oid, columns))
        };
        let usage = self.usage.iter().filter_map(|schema| schema.now(places));
        let future = self.future.iter();
        let future = future.filter_map(|(owner, schema)| Some((*owner, schema.now(places)?)));
        Self {
            tables: &self.tables & &direct.tables,
            columns: self.columns.iter().filter_map(both).collect(),
            connect: self.connect.filter(|_| self.connect == direct.connect),
            usage: usage
                .filter(|schema| direct.usage.contains(schema))
                .collect(),
            future: future.filter(|one| direct.future.contains(one)).collect(),
        }
    }

    fn without(&self, others: &Self) -> Self {
        let mut left = self.clone();
        left.remove(others);
        left
    }

    fn add(&mut self, others: Self) {
        self.tables.extend(others.tables);
        for (oid, columns) in others.columns {
            self.columns.entry(oid).or_default().extend(columns);
        }
        self.connect = others.connect.or(self.connect);
        self.usage.extend(others.usage);
        self.future.extend(others.future);
    }

    fn remove(&mut self, others: &Self) {
        self.tables.retain(|oid| !others.tables.contains(oid));
        for (oid, columns) in &others.columns {
            if let Some(ours) = self.columns.get_mut(oid) {
                ours.retain(|number| !columns.contains(number));
            }
        }
        self.columns.retain(|_, columns| !columns.is_empty());
        self.connect = self.connect.filter(|_| self.connect != others.connect);
        self.usage.retain(|schema| !others.usage.contains(schema));
        self.future.retain(|one| !others.future.contains(one));
    }
}

impl Ours {
    /// All of it, whoever is said to have given it.
    pub fn all(&self) -> Given {
        let mut all = self.by_owner.clone();
        for given in self.by_others.values() {
            all.add(given.clone());
        }
        all
    }

    /// Whether nothing was given.
    pub fn is_nothing(&self) -> bool {
        self.all().is_nothing()
    }

    /// Who is said to have given what of a table is ours.
    pub(in crate::postgres) fn grantor_of(&self, table: &Table) -> Oid {
        let is_of_other = |(_, given): &(&Oid, &Given)| given.has(table.oid);
        let other = self.by_others.iter().find(is_of_other);
        match other.filter(|_| !self.by_owner.has(table.oid)) {
            Some((grantor, _)) => *grantor,
            None => table.owner,
        }
    }

    /// What of it is still there.
    #[must_use]
    pub(in crate::postgres) fn still(&self, places: &Places, direct: &Direct) -> Self {
        let others = self.by_others.iter().filter_map(|(grantor, given)| {
            // One who has become the owner since is that grantor yet.
            let still = given.still(places, direct.by_anybody.get(grantor)?);
            (!still.is_nothing()).then_some((*grantor, still))
        });
        Self {
            by_owner: self.by_owner.still(places, &direct.by_owner),
            by_others: others.collect(),
        }
    }

    /// Counts what a change of the provider's own has given, and no more what it has taken.
    pub(in crate::postgres) fn count(&mut self, before: &Direct, after: &Direct) {
        let taken = before.without(after);
        self.by_owner.remove(&taken.by_owner);
        for (grantor, given) in &mut self.by_others {
            if let Some(taken) = taken.by_anybody.get(grantor) {
                given.remove(taken);
            }
        }
        let given = after.without(before);
        for (grantor, theirs) in given.by_anybody {
            let theirs = theirs.without(&given.by_owner);
            if !theirs.is_nothing() {
                self.by_others.entry(grantor).or_default().add(theirs);
            }
        }
        self.by_owner.add(given.by_owner);
        self.by_others.retain(|_, given| !given.is_nothing());
    }
}

impl Direct {
    /// What a role was given of these.
    pub(in crate::postgres) fn of<'a>(
        tables: impl IntoIterator<Item = &'a Table>,
        places: &Places,
        role: Oid,
    ) -> Self {
        let mut direct = Self::default();
        let database = &places.database;
        direct.record(&database.acl, role, database.owner, |given| {
            given.connect = Some(database.oid);
        });
        for table in tables {
            let Table { oid, owner, .. } = table;
            direct.record(&table.acl, role, *owner, |given| {
                given.tables.insert(*oid);
            });
            for (number, column) in &table.columns {
                direct.record(&column.acl, role, *owner, |given| {
                    given.columns.entry(*oid).or_default().insert(*number);
                });
            }
        }
        for schema in places.schemas.values() {
            direct.record(&schema.acl, role, schema.owner, |given| {
                given.usage.insert(Schema::of(schema));
            });
        }
        for future in &places.future {
            // What holds in all schemas is nobody's here.
            let Some(schema) = places.schema(future.schema) else {
                continue;
            };
            direct.record(&future.acl, role, future.owner, |given| {
                given.future.insert((future.owner, Schema::of(schema)));
            });
        }
        direct
    }

    /// All of it.
    pub(in crate::postgres) fn all(&self) -> Given {
        let mut all = Given::default();
        for given in self.by_anybody.values() {
            all.add(given.clone());
        }
        all
    }

    /// What the provider can take of it, as if it had given it: what is by the owners, and by the user of the provider.
    pub(in crate::postgres) fn taken_over(self, user: Option<Oid>) -> Ours {
        let by_user = user.and_then(|user| {
            let theirs = self.by_anybody.get(&user)?.without(&self.by_owner);
            (!theirs.is_nothing()).then_some((user, theirs))
        });
        Ours {
            by_owner: self.by_owner,
            by_others: by_user.into_iter().collect(),
        }
    }

    /// What is by the owners of tables: whole ones, or else columns of them.
    pub(in crate::postgres) fn on_tables(self) -> Ours {
        let Given {
            tables,
            mut columns,
            ..
        } = self.by_owner;
        columns.retain(|oid, _| !tables.contains(oid));
        Ours {
            by_owner: Given {
                tables,
                columns,
                ..Given::default()
            },
            ..Ours::default()
        }
    }

    /// Leaves what is in none of these schemas.
    pub(in crate::postgres) fn retain_schemas(&mut self, schemas: &BTreeSet<&String>) {
        for given in self.by_anybody.values_mut().chain([&mut self.by_owner]) {
            given.usage.retain(|schema| schemas.contains(&schema.name));
            given
                .future
                .retain(|(_, schema)| schemas.contains(&schema.name));
        }
    }

    fn record(&mut self, acl: &[AclRow], role: Oid, owner: Oid, add: impl Fn(&mut Given)) {
        // What an owner may do, nobody has given.
        let grantors = if role == owner {
            BTreeSet::new()
        } else {
            grantors(acl, role)
        };
        for grantor in grantors {
            add(self.by_anybody.entry(grantor).or_default());
            if grantor == owner {
                add(&mut self.by_owner);
            }
        }
    }

    fn without(&self, others: &Self) -> Self {
        let nothing = Given::default();
        let left = |(grantor, given): (&Oid, &Given)| {
            let others = others.by_anybody.get(grantor).unwrap_or(&nothing);
            (*grantor, given.without(others))
        };
        Self {
            by_owner: self.by_owner.without(&others.by_owner),
            by_anybody: self.by_anybody.iter().map(left).collect(),
        }
    }
}
