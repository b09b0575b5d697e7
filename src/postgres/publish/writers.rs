//! Waiting for those who write to tables that come to be published: a running stream may lose such a table.

use std::collections::BTreeSet;

use super::{decide::Joining, desired::Desired};
use crate::postgres::{
    Batch, Error, Rows,
    connection::Connection,
    statement::{lock_out_writers, select_joining_tables, select_writers},
    table_name::TableName,
};

/// Waits, for as long as one try takes, until nobody writes to tables that come to be published, or otherwise than before.
/// Nobody begins to until the transaction ends.
///
/// # Errors
/// When somebody still writes; the transaction is rolled back then.
pub(super) async fn lock_out(
    connection: &mut Connection,
    desired: &Desired,
    joining: &Joining,
) -> Result<(), Error> {
    let name = &desired.name;
    let attempted = format!("wait for those who write to what joins the publication {name:?}");
    let contents = &desired.definition.contents;
    let version = connection.version();
    let select = select_joining_tables(version, name, contents, &joining.again, joining.is_all);
    let results = connection.run(&attempted, select).await?;
    let tables = results.last().and_then(tables);
    let tables = tables.ok_or_else(|| Error::UnexpectedRows(attempted.clone()))?;
    if tables.is_empty() {
        return Ok(());
    }
    let locks: Batch = lock_out_writers(&tables)?.into_iter().collect();
    match connection.run(&attempted, locks).await {
        Ok(_) => Ok(()),
        // The operation may have ended in the midst of a try.
        Err(error)
            if error.is_lock_timeout()
                || error.is_cancelled_statement()
                || matches!(error, Error::TimedOut { .. }) =>
        {
            connection.roll_back().await;
            Err(Error::WritersAtWork {
                attempted: format!("change the publication {name:?}"),
                writers: writers(connection, &attempted, &tables).await,
            })
        }
        Err(error) => Err(error),
    }
}

fn tables(rows: &Rows) -> Option<BTreeSet<TableName>> {
    rows.iter()
        .map(|row| Some(TableName::new(row.get(0)?, row.get(1)?)))
        .collect()
}

/// Who holds the locks, in words; nobody where that cannot be read.
async fn writers(
    connection: &mut Connection,
    attempted: &str,
    tables: &BTreeSet<TableName>,
) -> Vec<String> {
    let read = connection.read(attempted, [select_writers(tables)]).await;
    let results = read.unwrap_or_default();
    let rows = results.iter().flatten();
    rows.filter_map(|row| {
        let table = TableName::new(row.get(2)?, row.get(3)?);
        let (pid, user) = (row.get(0)?, row.get(1).unwrap_or_default());
        Some(format!("process {pid} of {user:?} holds {table}"))
    })
    .collect()
}
