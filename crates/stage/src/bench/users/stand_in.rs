//! The stand-in as a process of its own.

use std::path::Path;

use rds_emulator::ConnectionFile;
use tokio::{process::Command, sync::oneshot};
use xtask::failure::{Context, Failure};

use crate::{private, process};

/// Starts the stand-in with one cluster, and ends it when `use_it` is done.
///
/// # Errors
/// That of `use_it`; or when the stand-in does not start or ends meanwhile, with what it says.
pub async fn run<T>(
    program: &Path,
    postgres: u16,
    cluster: &str,
    use_it: impl AsyncFnOnce(ConnectionFile) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let directory = private::temporary_folder("rdsiam-bench-")?;
    let file = directory.path().join("rds.json");
    let mut command = Command::new(program);
    command.arg("--connection-file").arg(&file).args([
        "--postgres",
        &postgres.to_string(),
        "--cluster",
        cluster,
    ]);
    let (ready, is_ready) = oneshot::channel();
    let mut ready = Some(ready);
    let running = process::run(command, |_, line| {
        if line.starts_with("rds-emulator: ready")
            && let Some(ready) = ready.take()
        {
            // Who waits for it is the other branch below, and goes with this one.
            let _ = ready.send(());
        }
    });
    let used = async {
        is_ready.await.context("waiting for the stand-in")?;
        let connection = ConnectionFile::read(&file).context("reading the connection file")?;
        use_it(connection).await
    };
    tokio::select! {
        used = used => used,
        finished = running => {
            Err(Failure::new("the stand-in ended").with_output(finished?.output))
        }
    }
}
