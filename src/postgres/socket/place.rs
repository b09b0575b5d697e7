//! The places of a pool: each holds a connection once one was made.

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio_postgres::Client;

/// Hands out places; the connection is made by whoever has one, within its own limits.
#[derive(Debug)]
pub(super) struct Manager;

/// A place for a connection.
pub(super) struct Place(Option<Client>);

impl Place {
    /// A place with a connection.
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

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Place").field(&self.0.is_some()).finish()
    }
}

impl managed::Manager for Manager {
    type Type = Place;
    type Error = std::convert::Infallible;

    async fn create(&self) -> Result<Place, Self::Error> {
        Ok(Place(None))
    }

    async fn recycle(&self, place: &mut Place, _: &Metrics) -> RecycleResult<Self::Error> {
        match &place.0 {
            Some(client) if client.is_closed() => Err(RecycleError::message("closed")),
            _ => Ok(()),
        }
    }
}
