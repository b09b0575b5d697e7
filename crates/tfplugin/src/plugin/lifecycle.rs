//! When and why the process ends.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio_util::sync::CancellationToken;

/// Shared by everything that can ask the process to end or has to notice that it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifecycle {
    ending: CancellationToken,
    connections: Arc<AtomicUsize>,
}

impl Lifecycle {
    /// Asks the process to end.
    pub(crate) fn end(&self) {
        self.ending.cancel();
    }

    /// Completes once the process was asked to end.
    pub(crate) fn ending(&self) -> impl Future<Output = ()> + Send + 'static {
        self.ending.clone().cancelled_owned()
    }

    /// Counts a connection for as long as the result lives.
    pub(crate) fn count_connection(&self) -> OpenConnection {
        self.connections.fetch_add(1, Ordering::Relaxed);
        OpenConnection(Arc::clone(&self.connections))
    }

    /// How many connections are open.
    pub(crate) fn open_connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// One open connection; dropped when it closes.
#[derive(Debug)]
pub(crate) struct OpenConnection(Arc<AtomicUsize>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
