//! Commands that wait for something.

use tokio::runtime::Runtime;
use xtask::failure::{Context, Failure};

/// Runs a command to its end, or to Ctrl-C.
///
/// # Errors
/// That of the command, or that it was interrupted.
pub fn until_interrupted<T>(
    command: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let interrupted = async {
        tokio::signal::ctrl_c()
            .await
            .context("listening for Ctrl-C")?;
        Err(Failure::new("interrupted"))
    };
    let runtime = Runtime::new().context("starting a runtime")?;
    runtime.block_on(async {
        tokio::select! {
            result = command => result,
            result = interrupted => result,
        }
    })
}
