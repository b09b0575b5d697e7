//! Ending streams.

use std::time::Duration;

use super::{Connector, Error, Walsender, ident::Literal};
use crate::scope::Scope;

/// The pause before it is looked again whether they are gone.
const PAUSE: Duration = Duration::from_millis(200);

impl Connector {
    /// Ends streams, and waits until they are gone: those that are still there when the operation's
    /// time is up. A process that belongs to somebody else by now is left alone.
    /// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL>
    ///
    /// # Errors
    /// When the server cannot be reached, or the user may not end them.
    pub async fn terminate(
        &self,
        scope: &Scope,
        walsenders: &[Walsender],
    ) -> Result<Vec<i32>, Error> {
        const ATTEMPTED: &str = "end replication connections";
        let these = walsenders
            .iter()
            .map(|one| format!("({}, {})", one.pid, Literal::new(&one.user)))
            .collect::<Vec<_>>()
            .join(", ");
        let from = format!(
            "FROM pg_catalog.pg_stat_replication WHERE (pid, usename::text) IN (VALUES {these})"
        );
        let mut connection = self.connection(scope).await?;
        connection
            .read(
                ATTEMPTED,
                &format!("SELECT pg_terminate_backend(pid) {from}; "),
            )
            .await?;
        let looked = format!("SELECT pid {from} ORDER BY pid; ");
        loop {
            let rows = connection.read(ATTEMPTED, &looked).await?;
            let left: Vec<i32> = rows
                .iter()
                .flatten()
                .filter_map(|row| row.get(0)?.parse().ok())
                .collect();
            if left.is_empty() || scope.is_over(PAUSE) {
                return Ok(left);
            }
            scope.sleep(PAUSE).await;
        }
    }
}
