//! Transactions that a slot waits for before it is there.

use std::fmt;

use crate::postgres::row::{Row, Rows};

/// How many of them are named.
const NAMED: usize = 20;

/// Transactions that have written and are still open, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writers(pub Vec<Writer>);

/// A transaction that has written and is still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Its process; `None` of a prepared one.
    pub pid: Option<i32>,
    /// What it is called, where it is a prepared one.
    pub prepared: Option<String>,
    /// Its user.
    pub user: Option<String>,
    /// Its database.
    pub database: Option<String>,
}

impl Writers {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the rows of [`crate::postgres::statement::select_open_transactions`].
    pub(in crate::postgres) fn from_rows(rows: &Rows) -> Self {
        Self(rows.iter().map(Writer::from_row).collect())
    }
}

impl Writer {
    fn from_row(row: &Row) -> Self {
        let text = |column| row.get(column).map(str::to_owned);
        Self {
            pid: row.get(0).and_then(|pid| pid.parse().ok()),
            prepared: text(1),
            user: text(2),
            database: text(3),
        }
    }
}

impl fmt::Display for Writers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, writer) in self.0.iter().take(NAMED).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{writer}")?;
        }
        match self.0.len().checked_sub(NAMED).filter(|more| *more > 0) {
            Some(more) => write!(f, "; and {more} more"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pid, &self.prepared) {
            (Some(pid), _) => write!(f, "process {pid}")?,
            (None, Some(gid)) => write!(f, "prepared transaction {gid:?}")?,
            (None, None) => f.write_str("a transaction")?,
        }
        if let Some(user) = &self.user {
            write!(f, " of {user:?}")?;
        }
        if let Some(database) = &self.database {
            write!(f, " in {database:?}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_are_named_by_process_or_prepared_transaction() {
        let rows = vec![
            Row::from_text("7 - app shop"),
            Row::from_text("- x1 app shop"),
        ];
        assert_eq!(
            Writers::from_rows(&rows).to_string(),
            "process 7 of \"app\" in \"shop\"; prepared transaction \"x1\" of \"app\" in \"shop\""
        );
        let many = Writers(vec![Writer::from_row(&rows[0]); 22]);
        assert!(many.to_string().ends_with("; and 2 more"), "{many}");
    }
}
