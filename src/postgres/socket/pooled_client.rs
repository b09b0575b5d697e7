//! The clients of a pool: each is connected once somebody needs it.

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio_postgres::Client;

/// Hands out clients; the connection is made by whoever has one, within its own limits.
#[derive(Debug)]
pub(super) struct Manager;

/// A client of the pool, connected or not.
pub(super) struct PooledClient(Option<Client>);

impl PooledClient {
    /// A connected one.
    pub(super) fn new(client: Client) -> Self {
        Self(Some(client))
    }

    /// The connection, where one was made.
    pub(super) fn client(&self) -> Option<&Client> {
        self.0.as_ref()
    }

    /// Whether that is open.
    pub(super) fn is_connected(&self) -> bool {
        self.client().is_some_and(|client| !client.is_closed())
    }
}

impl std::fmt::Debug for PooledClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PooledClient")
            .field(&self.0.is_some())
            .finish()
    }
}

impl managed::Manager for Manager {
    type Type = PooledClient;
    type Error = std::convert::Infallible;

    async fn create(&self) -> Result<PooledClient, Self::Error> {
        Ok(PooledClient(None))
    }

    async fn recycle(&self, pooled: &mut PooledClient, _: &Metrics) -> RecycleResult<Self::Error> {
        match &pooled.0 {
            Some(client) if client.is_closed() => Err(RecycleError::message("closed")),
            _ => Ok(()),
        }
    }
}
