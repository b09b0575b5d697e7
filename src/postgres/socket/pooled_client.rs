//! The clients of a pool: each is connected once somebody needs it.

use std::{sync::Arc, time::Duration};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio::time::Instant;
use tokio_postgres::Client;

use super::login::LoggedIn;

/// How long after its last answer a connection is held to be there.
const HEARD: Duration = Duration::from_secs(1);
/// How long the server may take to show that it is.
const LOOK: Duration = Duration::from_secs(3);

/// Hands out clients; the connection is made by whoever has one, within its own limits.
#[derive(Debug)]
pub(super) struct Manager;

/// How many connections there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Connected(Arc<()>);

impl Connected {
    /// Whether there is one.
    pub(super) fn is_any(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

/// A client of the pool, connected or not.
pub(super) struct PooledClient(Option<OpenClient>);

struct OpenClient {
    logged_in: LoggedIn,
    /// When it last answered.
    heard: Instant,
    _counted: Connected,
}

impl PooledClient {
    /// A connected one, which counts among the others.
    pub(super) fn new(logged_in: LoggedIn, connected: &Connected) -> Self {
        Self(Some(OpenClient {
            logged_in,
            heard: Instant::now(),
            _counted: connected.clone(),
        }))
    }

    /// The connection, where one was made.
    pub(super) fn client(&self) -> Option<&Client> {
        self.0.as_ref().map(|open| &open.logged_in.client)
    }

    /// The version of the server, such as 170010; 0 where it is not known.
    pub(super) fn version(&self) -> u32 {
        self.0.as_ref().map_or(0, |open| open.logged_in.version)
    }

    /// Closes the connection, whatever state it is in.
    pub(super) fn disconnect(&mut self) {
        self.0 = None;
    }

    /// The server has answered.
    pub(super) fn mark_heard(&mut self) {
        if let Some(open) = &mut self.0 {
            open.heard = Instant::now();
        }
    }

    /// Whether it is connected. One that was silent for a while is asked: a server that is gone without a word
    /// leaves its connections open.
    pub(super) async fn is_connected(&mut self) -> bool {
        let Some(open) = &mut self.0 else {
            return false;
        };
        if open.logged_in.client.is_closed() {
            return false;
        }
        if open.heard.elapsed() < HEARD {
            return true;
        }
        let answer = tokio::time::timeout(LOOK, open.logged_in.client.check_connection()).await;
        let is_there = matches!(answer, Ok(Ok(())));
        if is_there {
            open.heard = Instant::now();
        }
        is_there
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
        match pooled.client() {
            Some(client) if client.is_closed() => Err(RecycleError::message("closed")),
            _ => Ok(()),
        }
    }
}
