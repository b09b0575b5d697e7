//! When and why the process ends.

use std::{
    convert::Infallible,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Why the process ends, which says how long the operations under way may take to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The client asked. It does so when nothing is under way, or else when the practitioner
    /// lost patience.
    Shutdown,
    /// A signal.
    Signal,
    /// The client is gone without having asked.
    #[cfg(unix)]
    Abandoned,
}

impl Reason {
    fn grace(self) -> Duration {
        match self {
            // The client kills after two seconds.
            Self::Shutdown => Duration::from_secs(1),
            // Supervisors commonly kill after ten to thirty seconds.
            Self::Signal => Duration::from_secs(8),
            // Nobody is in a hurry.
            #[cfg(unix)]
            Self::Abandoned => Duration::from_secs(60),
        }
    }
}

/// Shared by everything that can ask the process to end or has to notice that it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifecycle {
    ending: CancellationToken,
    reason: Arc<OnceLock<Reason>>,
    interrupts: Arc<Notify>,
    connections: Arc<AtomicUsize>,
}

impl Lifecycle {
    /// Asks the process to end. The first reason counts.
    pub(crate) fn end(&self, reason: Reason) {
        self.reason.get_or_init(|| reason);
        self.ending.cancel();
    }

    /// Completes once the process was asked to end.
    pub(crate) fn ending(&self) -> impl Future<Output = ()> + Send + 'static {
        self.ending.clone().cancelled_owned()
    }

    /// The practitioner interrupts whoever is in the foreground of the terminal.
    pub(super) fn interrupt(&self) {
        self.interrupts.notify_one();
    }

    /// Does something at each interrupt.
    pub(crate) async fn each_interrupt(&self, tell: impl Fn()) -> Infallible {
        loop {
            self.interrupts.notified().await;
            tell();
        }
    }

    /// Completes when the process, once asked to end, must not wait any longer.
    pub(crate) async fn too_late(&self) {
        self.ending().await;
        let reason = self.reason.get().copied().unwrap_or(Reason::Shutdown);
        tokio::time::sleep(reason.grace()).await;
    }

    /// Counts a connection for as long as the result lives.
    pub(super) fn count_connection(&self) -> OpenConnection {
        self.connections.fetch_add(1, Ordering::Relaxed);
        OpenConnection(Arc::clone(&self.connections))
    }

    /// How many connections are open.
    #[cfg(unix)]
    pub(super) fn open_connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// One open connection; dropped when it closes.
#[derive(Debug)]
pub(super) struct OpenConnection(Arc<AtomicUsize>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
