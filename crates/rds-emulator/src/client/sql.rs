//! SQL behind everybody's back.

use tokio_postgres::{NoTls, SimpleQueryMessage};

/// The columns of a row as text.
pub type Row = Vec<Option<String>>;

/// Runs statements at a libpq URI, such as that of the superuser, who comes past the gate; their rows.
///
/// # Errors
/// With the server's error.
pub async fn sql(url: &str, text: &str) -> Result<Vec<Row>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Its errors come out of the client.
    let connection = tokio::spawn(connection);
    let messages = client.simple_query(text).await?;
    drop(client);
    // The session is over when this returns.
    let _closed = connection.await;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(
            (0..row.len())
                .map(|column| row.get(column).map(str::to_owned))
                .collect(),
        ),
        _ => None,
    });
    Ok(rows.collect())
}
