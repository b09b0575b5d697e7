//! Ending streams.

use std::time::Duration;

use super::{
    Error, Server, Walsender,
    statement::{select_walsenders, terminate_walsenders},
};
use crate::scope::Scope;

/// The pause before it is looked again whether they are gone.
const PAUSE: Duration = Duration::from_millis(200);

impl Server {
    /// Ends streams, and waits until they are gone: those that are still there when the operation's
    /// time is up. A process that belongs to somebody else by now is left alone.
    ///
    /// # Errors
    /// When the server cannot be reached, or the user may not end them.
    pub async fn terminate(
        &self,
        scope: &Scope,
        walsenders: &[Walsender],
    ) -> Result<Vec<i32>, Error> {
        const ATTEMPTED: &str = "end replication connections";
        let mut connection = self.connection(scope).await?;
        connection
            .read(ATTEMPTED, [terminate_walsenders(walsenders)])
            .await?;
        loop {
            let rows = connection
                .read(ATTEMPTED, [select_walsenders(walsenders)])
                .await?;
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
