//! One transaction: changes rights, and reads them back before it is committed.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use super::{commit::commit, steps::Step, tally::Tally, view::View};
use crate::{
    postgres::{
        Error, Server,
        connection::Connection,
        publication_grant::{
            AclRow, AsAsked, Desired, Ours, Owned, Place, Refusal, Schema, Standing, Table,
            grantors,
        },
        snapshot::Oid,
        statement::{Which, begin_on_grants},
    },
    scope::Scope,
};

impl Step {
    /// Runs it, and counts what it has given and taken. `reading` is what it was decided from.
    ///
    /// # Errors
    /// When the server fails, or its catalog does not show the effect: nothing is changed then. Where it shows something
    /// else than what this was decided from, it is to be decided anew.
    pub(super) async fn run(
        &self,
        server: &Server,
        scope: &Scope,
        desired: &Desired,
        reading: &View,
        tally: &Mutex<Tally>,
    ) -> Result<View, Error> {
        let mut connection = server.connection(scope).await?;
        let ran = self.run_in(server, &mut connection, desired, reading).await;
        match ran {
            Ok((before, after)) => {
                // Others wait for the lock: as long as one step follows another, it is no one else who holds it.
                server.changes().count();
                let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                tally.count(&before, &after);
                Ok(after)
            }
            Err(error) => {
                connection.roll_back().await;
                Err(error)
            }
        }
    }

    async fn run_in(
        &self,
        server: &Server,
        connection: &mut Connection,
        desired: &Desired,
        reading: &View,
    ) -> Result<(View, View), Error> {
        let role = &desired.role;
        let attempted = &format!("change what {role:?} may read");
        let which = Which::Some(&desired.publications, &self.tables);
        let read = View::select(connection.version(), which, role);
        let begin = begin_on_grants();
        let first = begin.len();
        let batch = begin
            .then(read.clone())
            .then(self.statements.clone())
            .then(read.clone());
        let results = connection.run(attempted, batch).await;
        let results = results.map_err(|error| self.explained(error, attempted, reading))?;
        let last = results.len().saturating_sub(2);
        let before = View::from_rows(attempted, results.get(first..first + 2).unwrap_or_default())?;
        let after = View::from_rows(attempted, &results[last..])?;
        let is_as_read = |view: &View| view.is_about_the_same(reading, &self.tables, desired);
        if !is_as_read(&before) || !is_as_read(&after) || self.takes_more(&before, &after) {
            return Err(Error::ChangedMeanwhile(attempted.clone()));
        }
        self.verify(&after, desired)?;
        commit(server, connection, attempted, role, which, &before, &after).await?;
        Ok((before, after))
    }

    /// Whether the catalog shows the effect.
    ///
    /// # Errors
    /// What it does not show.
    fn verify(&self, after: &View, desired: &Desired) -> Result<(), Error> {
        let not_taken = self.not_taken(after);
        if !not_taken.is_empty() {
            return Err(Refusal::NotTaken(not_taken).into());
        }
        let View { tables, places, .. } = after;
        let ours = &Ours::default();
        let standing = Standing::new(tables, places, after.role, desired, ours, &AsAsked);
        // Switched on since it was read.
        desired.refuse_hidden(&standing.hidden)?;
        let not_given = self.not_given(after, &standing);
        match not_given.is_empty() {
            true => Ok(()),
            false => Err(Refusal::NotGiven(not_given).into()),
        }
    }

    /// What was to be given, and is not there.
    fn not_given(&self, after: &View, standing: &Standing) -> Vec<Owned> {
        let tables = standing.missing.iter().map(|(table, _)| of_table(table));
        self.missing_places(after)
            .into_iter()
            .chain(tables)
            .collect()
    }

    /// The places to which it is to give a right, and that have not given it in a view.
    fn missing_places(&self, view: &View) -> Vec<Owned> {
        let places = &view.places;
        let is_closed = |place: &&Place| place.asked != Some(true);
        let database = Some(&places.database).filter(|_| self.connect);
        let database = database.filter(is_closed).map(of_database);
        let schemas = self.usage.iter();
        let schemas = schemas.filter_map(|name| places.schemas.get(name));
        let schemas = schemas.filter(is_closed).map(of_schema);
        let future = self.future.iter();
        let future =
            future.filter(|(owner, schema)| !places.gives_future(owner, schema, view.role));
        let future = future.map(|(owner, schema)| of_future(owner, schema));
        database.into_iter().chain(schemas).chain(future).collect()
    }

    /// What was to be taken, and is there yet from the owner. What others gave is theirs.
    fn not_taken(&self, after: &View) -> Vec<Owned> {
        let role = after.role;
        let is_left = |acl: &[_], owner: Oid| grantors(acl, role).contains(&owner);
        let tables = after.tables.values().filter(|table| {
            let columns = self.taken.columns.get(&table.oid).into_iter().flatten();
            let mut columns = columns.filter_map(|number| table.columns.get(number));
            let is_whole = self.taken.tables.contains(&table.oid);
            (is_whole && is_left(&table.acl, table.owner))
                || columns.any(|column| is_left(&column.acl, table.owner))
        });
        let is_left = |place: &&Place| is_left(&place.acl, place.owner);
        let schemas = after.places.schemas.values();
        let schemas = schemas.filter(|schema| self.taken.usage.contains(&Schema::of(schema)));
        let database = Some(&after.places.database).filter(|_| self.taken.connect.is_some());
        let future = &after.direct().all().future & &self.taken.future;
        let future = future.iter().filter_map(|(owner, schema)| {
            let owner = after.places.future_owner(*owner)?;
            Some(of_future(owner, &schema.name))
        });
        tables
            .map(of_table)
            .chain(schemas.filter(is_left).map(of_schema))
            .chain(database.filter(is_left).map(of_database))
            .chain(future)
            .collect()
    }

    /// Whether rights on columns are gone that were to stay: somebody gave them since it was read what is to be given again.
    fn takes_more(&self, before: &View, after: &View) -> bool {
        let role = before.role;
        let rows = |view: &View, oid: &Oid| -> BTreeSet<(i16, AclRow)> {
            let columns = view.tables.get(oid).map(|table| &table.columns);
            let columns = columns.into_iter().flatten();
            let rows = columns.flat_map(|(number, column)| {
                let rows = column.acl.iter().filter(|row| row.grantee == role);
                rows.map(|row| (*number, *row))
            });
            rows.collect()
        };
        self.tables.iter().any(|oid| {
            let taken = self.taken.columns.get(oid);
            let is_taken = |number: &i16| taken.is_some_and(|taken| taken.contains(number));
            let (before, after) = (rows(before, oid), rows(after, oid));
            before
                .difference(&after)
                .any(|(number, _)| !is_taken(number))
        })
    }

    /// An error of the statements, with what they were about where that is why.
    fn explained(&self, error: Error, attempted: &str, reading: &View) -> Error {
        match error.sqlstate() {
            // Dropped, renamed, or given on.
            Some("42P01" | "3F000" | "42703" | "42704" | "2BP01") => {
                Error::ChangedMeanwhile(attempted.to_owned())
            }
            Some("42501") => {
                let tables = self.tables.iter().filter_map(|oid| reading.tables.get(oid));
                let foreign = tables
                    .filter(|table| table.asked.as_ref().is_some_and(|asked| !asked.may_give));
                let mut foreign: Vec<Owned> = foreign.map(of_table).collect();
                if foreign.is_empty() {
                    foreign = self.missing_places(reading);
                }
                match foreign.is_empty() {
                    true => error,
                    false if self.taken.is_nothing() => Refusal::NotGiven(foreign).into(),
                    false => Refusal::NotTaken(foreign).into(),
                }
            }
            _ => error,
        }
    }
}

fn of_table(table: &Table) -> Owned {
    Owned::new(format!("the table {}", table.name), &table.owner_name)
}

fn of_schema(schema: &Place) -> Owned {
    Owned::new(format!("the schema {:?}", schema.name), &schema.owner_name)
}

fn of_database(database: &Place) -> Owned {
    Owned::new(
        format!("the database {:?}", database.name),
        &database.owner_name,
    )
}

fn of_future(owner: &str, schema: &str) -> Owned {
    Owned::new(format!("tables to come in the schema {schema:?}"), owner)
}
