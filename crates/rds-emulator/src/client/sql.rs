//! SQL behind everybody's back.

use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The columns of a row as text.
pub type Row = Vec<Option<String>>;

/// Runs statements at a libpq URI, such as that of the superuser, who comes past the gate; their rows. The session
/// is over when this returns.
///
/// # Errors
/// With the server's error.
pub async fn sql(url: &str, text: &str) -> Result<Vec<Row>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Its errors come out of the client.
    let connection = tokio::spawn(connection);
    let rows = run(&client, text).await?;
    drop(client);
    let _closed = connection.await;
    Ok(rows)
}

/// A client whose session serves one call after the other, since a login costs a server more than most
/// statements. Each call finds it as a new one: only what is set for logins to come shows in later sessions alone.
#[derive(Default)]
pub struct SqlClient(Mutex<Option<Client>>);

impl SqlClient {
    /// As [`sql`], at the same URI each time; in a session of its own while another call runs.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn sql(&self, url: &str, text: &str) -> Result<Vec<Row>, tokio_postgres::Error> {
        let Ok(mut kept) = self.0.try_lock() else {
            return sql(url, text).await;
        };
        // Out of its place: a session in which a statement fails, or is given up, ends.
        let client = match kept.take().filter(|client| !client.is_closed()) {
            Some(client) if client.simple_query("DISCARD ALL").await.is_ok() => client,
            _ => {
                let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
                tokio::spawn(connection);
                client
            }
        };
        let rows = run(&client, text).await?;
        *kept = Some(client);
        Ok(rows)
    }
}

async fn run(client: &Client, text: &str) -> Result<Vec<Row>, tokio_postgres::Error> {
    let messages = client.simple_query(text).await?;
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
