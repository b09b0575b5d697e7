//! Giving what a role lacks, and taking back what is too much.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    steps::{given_on, giving, taking},
    tally::Tally,
    view::View,
};
use crate::{
    postgres::{
        Error, Rows, Server,
        publication_grant::{AsAsked, Desired, Refusal, Standing},
        retry::until_done,
        snapshot::Oid,
        statement::{Which, select_missing_publications, select_missing_roles},
        table_name::TableName,
    },
    scope::Scope,
};

/// What is so after a role was given what it lacked.
#[derive(Clone, Debug)]
pub struct Done {
    /// Which role it is.
    pub role: Oid,
    /// Published tables that it was given directly by somebody else.
    pub given_by_others: Vec<TableName>,
}

/// What a role may still read of the tables from which all that was ours was taken.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// The tables, with who gave that.
    pub tables: BTreeMap<TableName, BTreeSet<Oid>>,
}

/// Gives a role what it lacks, then takes back what of ours is published no longer. The tally is that of before and of
/// afterwards, also after an error: what was committed by then is done.
///
/// # Errors
/// When the server fails, or something is refused; the error says so where it is not known what was done.
pub async fn give(
    server: &Server,
    scope: &Scope,
    desired: &Desired,
    tally: &mut Tally,
) -> Result<Done, Error> {
    let counted = Mutex::new(std::mem::take(tally));
    let given = until_done(server, scope, async || {
        let reading = read(server, scope, desired, &counted).await?;
        let standing = reading.standing(desired, &counted);
        desired.refuse_hidden(&standing.hidden)?;
        let giving = giving(&reading, &standing, desired)?;
        let taking = taking(&reading, &standing, desired, false)?;
        for step in giving.into_iter().chain(taking) {
            step.run(server, scope, desired, &reading, &counted).await?;
        }
        refuse_given_on(&reading, &standing)?;
        Ok(Done {
            role: reading.role,
            given_by_others: standing.given_by_others,
        })
    })
    .await;
    *tally = counted.into_inner().unwrap_or_else(PoisonError::into_inner);
    server.forget_readings();
    given
}

/// Takes back what the provider gave to a role. What is gone by itself is success: the role, of which `seen` is the object where
/// that is known, and the tables. The tally is as in [`give`].
///
/// # Errors
/// As [`give`].
pub async fn take_back(
    server: &Server,
    scope: &Scope,
    role: &str,
    seen: Option<Oid>,
    tally: &mut Tally,
) -> Result<Left, Error> {
    let desired = &Desired {
        role: role.to_owned(),
        seen,
        ..Desired::default()
    };
    let counted = Mutex::new(std::mem::take(tally));
    let taken = until_done(server, scope, async || {
        let reading = match read(server, scope, desired, &counted).await {
            Ok(reading) => reading,
            Err(error) if is_without_role(&error) => return Ok(Left::default()),
            Err(error) => return Err(error),
        };
        let standing = reading.standing(desired, &counted);
        let mut left = Left::default();
        for step in taking(&reading, &standing, desired, true)? {
            let after = step.run(server, scope, desired, &reading, &counted).await?;
            left.add(&after);
        }
        refuse_given_on(&reading, &standing)?;
        Ok(left)
    })
    .await;
    *tally = counted.into_inner().unwrap_or_else(PoisonError::into_inner);
    server.forget_readings();
    taken
}

/// Refuses what the server would refuse, once all else is done.
fn refuse_given_on(view: &View, standing: &Standing) -> Result<(), Error> {
    let excess = standing.excess.iter();
    let given_on = excess.filter(|one| given_on(one, view.role, &standing.ours));
    let given_on: Vec<TableName> = given_on.map(|(table, _)| table.name.clone()).collect();
    match given_on.is_empty() {
        true => Ok(()),
        false => Err(Refusal::GivenOn(given_on).into()),
    }
}

/// Reads what the publications publish, and what of ours there is besides.
async fn read(
    server: &Server,
    scope: &Scope,
    desired: &Desired,
    tally: &Mutex<Tally>,
) -> Result<View, Error> {
    let attempted = &format!("read what {:?} may read", desired.role);
    let besides = locked(tally).ours.all().all_tables();
    let mut connection = server.connection(scope).await?;
    let which = Which::Of(&desired.publications, &besides);
    let view = View::select(connection.version(), which, &desired.role);
    let missing = [
        select_missing_publications(&desired.publications),
        select_missing_roles(&desired.future_of),
    ];
    let statements = missing.into_iter().chain(view);
    let results = connection.read(attempted, statements).await?;
    let [publications, owners, rows @ ..] = results.as_slice() else {
        return Err(Error::UnexpectedRows(attempted.clone()));
    };
    let view = View::from_rows(attempted, rows)?;
    if desired.seen.is_some_and(|seen| seen != view.role) {
        return Err(Refusal::AnotherRole.into());
    }
    let names = |rows: &Rows| -> Vec<String> {
        let names = rows.iter().filter_map(|row| row.get(0));
        names.map(|name| format!("{name:?}")).collect()
    };
    let (publications, owners) = (names(publications), names(owners));
    if !publications.is_empty() {
        return Err(Refusal::NoPublications(publications).into());
    }
    match owners.is_empty() {
        true => Ok(view),
        false => Err(Refusal::NoOwners(owners).into()),
    }
}

impl View {
    /// How the role stands. The tally goes on from what of it is still there.
    fn standing(&self, desired: &Desired, tally: &Mutex<Tally>) -> Standing {
        let mut tally = locked(tally);
        let (tables, places) = (&self.tables, &self.places);
        let standing = Standing::new(tables, places, self.role, desired, &tally.ours, &AsAsked);
        tally.ours = standing.ours.clone();
        tally.granted.clone_from(&standing.granted);
        standing
    }
}

impl Left {
    fn add(&mut self, after: &View) {
        for table in after.tables.values() {
            let columns = table.columns.values().flat_map(|column| &column.acl);
            let rows = table.acl.iter().chain(columns);
            let grantors: BTreeSet<Oid> = rows
                .filter(|row| row.grantee == after.role)
                .map(|row| row.grantor)
                .collect();
            if !grantors.is_empty() {
                self.tables.insert(table.name.clone(), grantors);
            }
        }
    }
}

fn locked(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_without_role(error: &Error) -> bool {
    matches!(error, Error::GrantRefused(refusal)
        if matches!(**refusal, Refusal::NoSuchRole | Refusal::AnotherRole))
}
