//! A consumer of changes, as they work everywhere: it copies tables with what it may read, then applies what its
//! stream brings, by key, until the stream has passed the copy.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use rds_emulator::client::{self, Change, Connection, Operation, Row};
use xtask::failure::{Context, Failure};

use crate::demo::cluster_client::{ClusterClient, Purpose};

/// How long a change may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);
/// Nobody has granted that.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// A consumer that logs in with a fresh token each time.
pub struct Consumer<'a> {
    cluster_client: &'a ClusterClient,
    user: &'a str,
    replica: Replica,
    stream: Option<Connection>,
}

/// What a stream has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// How many rows were inserted, updated or deleted.
    pub changes: usize,
    /// How many of these changed nothing: the copy was made later, and has them.
    pub known: usize,
}

/// The rows of a table by key, which is the first column.
type Rows = BTreeMap<String, Row>;

/// The tables as the consumer has them.
#[derive(Default)]
struct Replica {
    tables: BTreeMap<String, Rows>,
    /// What was inserted according to the stream: table and key.
    inserted: BTreeSet<(String, String)>,
}

impl<'a> Consumer<'a> {
    /// One that has nothing yet.
    pub fn new(cluster_client: &'a ClusterClient, user: &'a str) -> Self {
        Self {
            cluster_client,
            user,
            replica: Replica::default(),
            stream: None,
        }
    }

    /// Copies a table; how many rows it has.
    ///
    /// # Errors
    /// When the login or the query is refused.
    pub async fn copy(&mut self, table: &str) -> Result<usize, Failure> {
        let rows = self.select(table).await?.context(&select(table))?;
        let rows = by_key(rows)?;
        let count = rows.len();
        self.replica.tables.insert(table.to_owned(), rows);
        Ok(count)
    }

    /// The server's error when a table is read that nobody has granted.
    ///
    /// # Errors
    /// When the table can be read, or the error is another one.
    pub async fn refused(&self, table: &str) -> Result<String, Failure> {
        match self.select(table).await? {
            Err(client::Error::Server { sqlstate, message })
                if sqlstate == INSUFFICIENT_PRIVILEGE =>
            {
                Ok(message)
            }
            Err(error) => Err(error).context(&select(table)),
            Ok(_) => Err(Failure::new(format!("{} may read {table}", self.user))),
        }
    }

    /// Begins to stream a publication from a slot.
    ///
    /// # Errors
    /// When the login or the stream is refused.
    pub async fn stream(&mut self, slot: &str, publication: &str) -> Result<(), Failure> {
        let login = self.cluster_client.open(self.user, Purpose::Replication);
        let mut stream = login.await?;
        stream
            .start_replication(slot, publication)
            .await
            .context("START_REPLICATION")?;
        self.stream = Some(stream);
        Ok(())
    }

    /// Applies what the stream brings, up to the insert of a row with this text in it.
    ///
    /// # Errors
    /// When it does not come, or a row comes twice.
    pub async fn apply_until(&mut self, last: &str) -> Result<Brought, Failure> {
        let stream = self.stream.as_mut();
        let stream = stream.ok_or_else(|| Failure::new("there is no stream"))?;
        let mut brought = Brought::default();
        loop {
            let change = tokio::time::timeout(ARRIVAL, stream.next_change())
                .await
                .context(&format!("waiting for {last:?}"))?
                .context("the stream")?;
            let is_last = change.operation == Operation::Insert
                && change.row.iter().flatten().any(|text| text == last);
            brought.changes += 1;
            if !self.replica.apply(change)? {
                brought.known += 1;
            }
            if is_last {
                return Ok(brought);
            }
        }
    }

    /// Confirms what has come, and leaves.
    ///
    /// # Errors
    /// When the connection is broken already.
    pub async fn leave(&mut self) -> Result<(), Failure> {
        if let Some(mut stream) = self.stream.take() {
            stream.confirm().await.context("confirming what has come")?;
            stream.close().await.context("ending the stream")?;
        }
        Ok(())
    }

    /// Checks that a table is the same here and there; how many rows it has.
    ///
    /// # Errors
    /// When a row is missing here, is another one, or is there no more.
    pub async fn compare(&self, table: &str) -> Result<usize, Failure> {
        let there = by_key(self.cluster_client.sql(&select(table)).await?)?;
        let differences = self.replica.differences(table, &there);
        match differences.is_empty() {
            true => Ok(there.len()),
            false => Err(Failure::new(format!("{} has another {table}", self.user))
                .with_output(differences.join("\n"))),
        }
    }

    async fn select(&self, table: &str) -> Result<Result<Vec<Row>, client::Error>, Failure> {
        let mut session = self.cluster_client.open(self.user, Purpose::Sql).await?;
        Ok(session.rows(&select(table)).await)
    }
}

impl Replica {
    /// Applies a change; whether it changed anything.
    fn apply(&mut self, change: Change) -> Result<bool, Failure> {
        let Change {
            table,
            operation,
            row,
        } = change;
        let key = key(&row)?;
        if operation == Operation::Insert && !self.inserted.insert((table.clone(), key.clone())) {
            return Err(Failure::new(format!("the row {key} of {table} came twice")));
        }
        let rows = self.tables.entry(table).or_default();
        Ok(match operation {
            Operation::Insert | Operation::Update => {
                rows.insert(key, row.clone()).as_ref() != Some(&row)
            }
            Operation::Delete => rows.remove(&key).is_some(),
        })
    }

    /// The keys of the rows that are not the same here and there.
    fn differences(&self, table: &str, there: &Rows) -> Vec<String> {
        let nothing = Rows::new();
        let here = self.tables.get(table).unwrap_or(&nothing);
        let keys: BTreeSet<&String> = there.keys().chain(here.keys()).collect();
        keys.into_iter()
            .filter(|key| here.get(*key) != there.get(*key))
            .cloned()
            .collect()
    }
}

fn select(table: &str) -> String {
    format!("SELECT * FROM {table}")
}

fn by_key(rows: Vec<Row>) -> Result<Rows, Failure> {
    rows.into_iter().map(|row| Ok((key(&row)?, row))).collect()
}

fn key(row: &Row) -> Result<String, Failure> {
    let key = row.first().cloned().flatten();
    key.ok_or_else(|| Failure::new("a row has no key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "public.orders";

    fn row(columns: &[&str]) -> Row {
        columns
            .iter()
            .map(|text| Some((*text).to_owned()))
            .collect()
    }

    fn change(operation: Operation, columns: &[&str]) -> Change {
        Change {
            table: TABLE.to_owned(),
            operation,
            row: row(columns),
        }
    }

    #[test]
    fn replica_with_a_copy_is_as_the_table_after_changes_that_the_copy_has_in_part() {
        let copied = [row(&["1", "new"]), row(&["2", "two"])];
        let mut replica = Replica::default();
        let copy = by_key(copied.into()).expect("keys");
        replica.tables.insert(TABLE.to_owned(), copy);
        for (change, changes) in [
            (change(Operation::Update, &["1", "new"]), false),
            (change(Operation::Insert, &["2", "two"]), false),
            (change(Operation::Delete, &["3"]), false),
            (change(Operation::Insert, &["4", "four"]), true),
            (change(Operation::Update, &["4", "more"]), true),
            (change(Operation::Delete, &["2"]), true),
        ] {
            let changed = replica.apply(change.clone());
            let changed = changed.map_err(|failure| failure.to_string());
            assert_eq!(changed, Ok(changes), "{change:?}");
        }
        let table = [row(&["1", "new"]), row(&["4", "more"])];
        let table = by_key(table.into()).expect("keys");
        assert!(replica.differences(TABLE, &table).is_empty());
        let other = [row(&["1", "old"]), row(&["5", "five"])];
        let other = by_key(other.into()).expect("keys");
        assert_eq!(replica.differences(TABLE, &other), ["1", "4", "5"]);
    }

    #[test]
    fn replica_refuses_a_row_that_comes_twice() {
        let mut replica = Replica::default();
        let insert = change(Operation::Insert, &["1", "one"]);
        assert!(replica.apply(insert.clone()).is_ok());
        assert!(replica.apply(insert).is_err());
    }
}
