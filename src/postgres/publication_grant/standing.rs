//! How a role stands: what it may read of what is published, what it lacks, and what it has beyond that from us.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    acl::{Demand, Place, Places, Readable, Table},
    desired::Desired,
    ours::{Direct, Given, Ours, Schema},
    reader::Reader,
};
use crate::postgres::{snapshot::Oid, table_name::TableName};

/// Who answers what the role may do.
pub(in crate::postgres) trait Answers {
    /// What it may read of a table.
    fn readable(&self, table: &Table) -> Readable;

    /// Whether row level security may hide rows of a table from it.
    fn is_hidden(&self, table: &Table) -> bool;

    /// Whether it may connect to the database.
    fn may_connect(&self, database: &Place) -> bool;

    /// Whether it may use a schema.
    fn may_use(&self, schema: &Place) -> bool;
}

/// The server itself, which was asked as the catalog was read.
#[derive(Clone, Copy, Debug)]
pub(in crate::postgres) struct AsAsked;

/// How far what is published is readable, and whether more is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// All that is published, and no more from us.
    Published,
    /// More than that from us: what is published no longer, or is in a schema of which nothing is.
    Excess,
    /// Not all.
    Missing,
    /// Nothing.
    None,
}

/// How a role stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// How far what is published is readable.
    pub select: Select,
    /// The published tables that are not readable as they should be, in the order of their names.
    pub missing: Vec<(Table, Demand)>,
    /// Tables of which it has more from us than is published, with that.
    pub excess: Vec<(Table, Excess)>,
    /// Schemas of which nothing is published that it may use from us, and tables to come that it may read from us and is not
    /// to.
    pub excess_places: Given,
    /// Published tables of which row level security may hide rows from it.
    pub hidden: Vec<TableName>,
    /// Whether it may connect to the database.
    pub connect: bool,
    /// The schemas of published tables.
    pub schemas: BTreeSet<String>,
    /// Those that it may not use.
    pub unusable: BTreeSet<String>,
    /// Whose tables to come it cannot read, and in which schemas.
    pub future_missing: BTreeSet<(String, String)>,
    /// What we gave and is still there.
    pub ours: Ours,
    /// The tables of which that is.
    pub granted: BTreeSet<TableName>,
    /// Published tables that it was given directly by somebody else.
    pub given_by_others: Vec<TableName>,
}

/// What is to be taken back of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excess {
    /// The right on the whole of it.
    pub whole: bool,
    /// Those on columns.
    pub columns: BTreeSet<i16>,
}

impl Standing {
    /// How a role stands in these tables, of which others than those that are published are looked at for what we gave.
    pub(in crate::postgres) fn new(
        tables: &BTreeMap<Oid, Table>,
        places: &Places,
        role: Oid,
        desired: &Desired,
        ours: &Ours,
        answers: &dyn Answers,
    ) -> Self {
        let direct = Direct::of(tables.values(), places, role);
        let ours = ours.still(places, &direct);
        let all = ours.all();
        let others = direct.all();
        let mut sorted: Vec<&Table> = tables.values().collect();
        sorted.sort_by(|one, other| one.name.cmp(&other.name));
        let mut standing = Self {
            select: Select::Published,
            missing: Vec::new(),
            excess: Vec::new(),
            excess_places: Given::default(),
            hidden: Vec::new(),
            connect: answers.may_connect(&places.database),
            schemas: BTreeSet::new(),
            unusable: BTreeSet::new(),
            future_missing: BTreeSet::new(),
            granted: BTreeSet::new(),
            given_by_others: Vec::new(),
            ours: Ours::default(),
        };
        let mut is_any_readable = false;
        for table in sorted {
            let oid = table.oid;
            let demand = table.demand(&desired.publications, desired.by_column);
            if all.has(oid) {
                standing.granted.insert(table.name.clone());
            }
            let excess = Excess::of(&all, oid, demand.as_ref());
            if excess != Excess::default() {
                standing.excess.push((table.clone(), excess));
            }
            let Some(demand) = demand else {
                continue;
            };
            standing.schemas.insert(table.name.schema.clone());
            let is_ours = standing.granted.contains(&table.name);
            if others.has(oid) && !is_ours {
                standing.given_by_others.push(table.name.clone());
            }
            if answers.is_hidden(table) {
                standing.hidden.push(table.name.clone());
            }
            let readable = answers.readable(table);
            is_any_readable |= !readable.is_nothing();
            if !readable.meets(&demand) {
                standing.missing.push((table.clone(), demand));
            }
        }
        standing.excess_places = places.excess(&all, &standing.schemas, desired);
        let is_beyond = !standing.excess.is_empty() || !standing.excess_places.is_nothing();
        standing.select = match () {
            () if standing.missing.is_empty() && !is_beyond => Select::Published,
            () if standing.missing.is_empty() => Select::Excess,
            () if is_any_readable => Select::Missing,
            () => Select::None,
        };
        let schemas = standing.schemas.iter();
        standing.unusable = schemas
            .filter(|name| {
                let place = places.schemas.get(*name);
                !place.is_some_and(|place| answers.may_use(place))
            })
            .cloned()
            .collect();
        for owner in &desired.future_of {
            let missing = standing.schemas.iter();
            let missing = missing.filter(|schema| !places.gives_future(owner, schema, role));
            let missing = missing.map(|schema| (owner.clone(), schema.clone()));
            standing.future_missing.extend(missing);
        }
        standing.ours = ours;
        standing
    }
}

impl Excess {
    /// What of ours is beyond a demand.
    fn of(ours: &Given, oid: Oid, demand: Option<&Demand>) -> Self {
        let whole = ours.tables.contains(&oid) && demand != Some(&Demand::Whole);
        let columns = ours.columns.get(&oid).cloned().unwrap_or_default();
        let columns = match demand {
            Some(Demand::Columns(wanted)) => &columns - wanted,
            Some(Demand::Whole) | None => columns,
        };
        Self { whole, columns }
    }
}

impl Places {
    /// The schema of an object id.
    pub(in crate::postgres) fn schema(&self, oid: Oid) -> Option<&Place> {
        self.schemas.values().find(|schema| schema.oid == oid)
    }

    /// What an owner of tables to come is called.
    pub fn future_owner(&self, owner: Oid) -> Option<&str> {
        let future = self.future.iter().find(|future| future.owner == owner)?;
        Some(&future.owner_name)
    }

    /// What of ours is not in these schemas, and tables to come of owners that are not asked for.
    fn excess(&self, ours: &Given, schemas: &BTreeSet<String>, desired: &Desired) -> Given {
        let is_in = |schema: &Schema| schemas.contains(&schema.name);
        let is_asked_for = |owner: Oid| {
            let name = self.future_owner(owner);
            name.is_some_and(|name| desired.future_of.contains(name))
        };
        let usage = ours.usage.iter().filter(|schema| !is_in(schema));
        let future = ours.future.iter();
        let future = future.filter(|(owner, schema)| !is_in(schema) || !is_asked_for(*owner));
        Given {
            usage: usage.cloned().collect(),
            future: future.cloned().collect(),
            ..Given::default()
        }
    }

    /// Whether a role may read what an owner is yet to create in a schema.
    pub(in crate::postgres) fn gives_future(&self, owner: &str, schema: &str, role: Oid) -> bool {
        let schema = self.schemas.get(schema).map(|place| place.oid);
        self.future.iter().any(|future| {
            future.owner_name == owner
                && (future.schema == 0 || Some(future.schema) == schema)
                && future.acl.iter().any(|row| row.grantee == role)
        })
    }
}

impl Answers for Reader {
    fn readable(&self, table: &Table) -> Readable {
        Self::readable(self, table)
    }

    fn is_hidden(&self, table: &Table) -> bool {
        Self::is_hidden(self, table)
    }

    fn may_connect(&self, database: &Place) -> bool {
        Self::may_connect(self, database)
    }

    fn may_use(&self, schema: &Place) -> bool {
        Self::may_use(self, schema)
    }
}

impl Answers for AsAsked {
    fn readable(&self, table: &Table) -> Readable {
        let asked = table.asked.as_ref();
        asked
            .map(|asked| asked.readable.clone())
            .unwrap_or_default()
    }

    fn is_hidden(&self, table: &Table) -> bool {
        table.asked.as_ref().is_some_and(|asked| asked.is_hidden)
    }

    fn may_connect(&self, database: &Place) -> bool {
        database.asked == Some(true)
    }

    fn may_use(&self, schema: &Place) -> bool {
        schema.asked == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::{
        publication_grant::{places, tables},
        row::Row,
    };

    const ROLE: Oid = 20;

    fn row(values: &[&str]) -> Row {
        let value = |text: &&str| (*text != "-").then(|| (*text).to_owned());
        Row(values.iter().map(value).collect())
    }

    /// The tables `a`, published by `p` whole and by `c` with a column, `b`, published by `c` alone, and `d`, by none; what
    /// is readable as the server says it.
    fn read(a: [&str; 2], b: [&str; 2]) -> (BTreeMap<Oid, Table>, Places) {
        let table = |oid, name, [acl, whole]: [&str; 2], columns, publications| {
            row(&[
                oid,
                "s",
                name,
                "10",
                "owner",
                "f",
                "f",
                acl,
                columns,
                publications,
                whole,
                "f",
                "t",
            ])
        };
        let both = r#"[["p", null], ["c", [1]]]"#;
        let columns = r#"[[1, "id", null, false], [-1, "ctid", null, false]]"#;
        let given =
            r#"[[1, "id", [[20, 10, false]], true], [-1, "ctid", [[20, 10, false]], true]]"#;
        let found = tables(&vec![
            table("1", "a", a, columns, both),
            table("2", "b", b, given, r#"[["c", [1]]]"#),
            table("3", "d", ["[[20, 10, false]]", "t"], "-", "-"),
        ]);
        let places = places(&vec![
            row(&["database", "5", "shop", "10", "owner", "-", "t", "20"]),
            row(&["schema", "6", "s", "10", "owner", "-", "f", "20"]),
        ]);
        (
            found.expect("rows of that form"),
            places.flatten().expect("the role is there"),
        )
    }

    fn standing(a: [&str; 2], publications: &[&str], ours: &Ours) -> Standing {
        let (tables, places) = read(a, ["-", "f"]);
        let desired = Desired {
            role: "reader".to_owned(),
            publications: publications.iter().map(|name| (*name).to_owned()).collect(),
            by_column: true,
            future_of: BTreeSet::from(["owner".to_owned()]),
            ..Desired::default()
        };
        Standing::new(&tables, &places, ROLE, &desired, ours, &AsAsked)
    }

    #[test]
    fn standing_asks_for_columns_only_where_each_publication_lists_some() {
        let nothing = ["-", "f"];
        let ours = Ours::default();
        let of_columns = standing(nothing, &["c"], &ours);
        let missing = &of_columns.missing;
        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].1, Demand::Columns(BTreeSet::from([-1, 1])));
        assert_eq!(of_columns.select, Select::Missing);
        let of_both = standing(nothing, &["p", "c"], &ours);
        assert_eq!(of_both.missing[0].1, Demand::Whole);
        assert_eq!(standing(nothing, &["p"], &ours).select, Select::None);
        assert!(of_both.unusable.contains("s") && of_both.connect);
        let future = BTreeSet::from([("owner".to_owned(), "s".to_owned())]);
        assert_eq!(of_both.future_missing, future);
        // Nothing is published, so that all of it is readable.
        assert_eq!(standing(nothing, &["x"], &ours).select, Select::Published);
    }

    #[test]
    fn standing_has_in_excess_only_what_is_ours_and_still_there() {
        let given = ["[[20, 10, false]]", "t"];
        let by_owner = Given {
            tables: BTreeSet::from([1, 3, 9]),
            columns: BTreeMap::from([(2, BTreeSet::from([-1, 1]))]),
            ..Given::default()
        };
        let ours = Ours {
            by_owner,
            ..Ours::default()
        };
        let names = |standing: &Standing| {
            let excess = standing.excess.iter();
            excess
                .map(|(table, _)| table.name.name.clone())
                .collect::<Vec<_>>()
        };
        let of_p = standing(given, &["p"], &ours);
        assert_eq!(names(&of_p), ["b", "d"]);
        assert_eq!(of_p.select, Select::Excess);
        assert!(!of_p.ours.by_owner.tables.contains(&9));
        // More than columns, and not needed.
        assert_eq!(names(&standing(given, &["c"], &ours)), ["a", "d"]);
        let theirs = standing(given, &["p"], &Ours::default());
        assert_eq!(theirs.select, Select::Published);
        assert_eq!(theirs.given_by_others, [TableName::new("s", "a")]);
        // It may be given on, and so is somebody's.
        let grantable = standing(["[[20, 10, true]]", "t"], &["x"], &ours);
        assert_eq!(names(&grantable), ["b", "d"]);
    }
}
