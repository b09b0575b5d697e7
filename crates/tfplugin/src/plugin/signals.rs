//! Signals, and the death of the client, in terms of the [`Lifecycle`].

use std::io;

use super::{
    Mode,
    lifecycle::{Lifecycle, Reason},
};

/// Handles signals for as long as the runtime lives.
#[cfg(unix)]
pub(crate) fn handle(lifecycle: &Lifecycle, mode: Mode) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let lifecycle = lifecycle.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupts.recv() => {
                    if mode == Mode::Plugin {
                        lifecycle.interrupt();
                        continue;
                    }
                }
                _ = terminations.recv() => {}
            }
            lifecycle.end(Reason::Signal);
        }
    });
    Ok(())
}

/// Handles signals for as long as the runtime lives.
#[cfg(windows)]
pub(crate) fn handle(lifecycle: &Lifecycle, mode: Mode) -> io::Result<()> {
    let mut interrupts = tokio::signal::windows::ctrl_c()?;
    let lifecycle = lifecycle.clone();
    tokio::spawn(async move {
        while interrupts.recv().await.is_some() {
            match mode {
                Mode::Plugin => lifecycle.interrupt(),
                Mode::Debug => lifecycle.end(Reason::Signal),
            }
        }
    });
    Ok(())
}

/// Ends the process once its parent is gone and no connection is left: a client that was killed
/// asks nobody to shut down.
#[cfg(unix)]
pub(crate) fn end_with_parent(lifecycle: &Lifecycle) {
    use std::{os::unix::process::parent_id, time::Duration};

    /// How often to poll. It is one system call.
    const INTERVAL: Duration = Duration::from_secs(1);
    /// How often in a row nobody must be there: a client that is no child's parent may yet come.
    const MAX_POLLS: u32 = 5;

    let parent = parent_id();
    let lifecycle = lifecycle.clone();
    tokio::spawn(async move {
        let mut polls = 0;
        while polls < MAX_POLLS {
            tokio::time::sleep(INTERVAL).await;
            let abandoned = parent_id() != parent && lifecycle.open_connections() == 0;
            polls = if abandoned { polls + 1 } else { 0 };
        }
        tracing::warn!("the process that started this one is gone: ending");
        lifecycle.end(Reason::Abandoned);
    });
}

/// Without effect: the parent's death cannot be seen from safe code here.
#[cfg(windows)]
pub(crate) fn end_with_parent(_lifecycle: &Lifecycle) {}
