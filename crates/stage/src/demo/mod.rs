//! `cargo xtask demo`: the main job from end to end, on a local stand-in for Aurora.

mod cluster_client;
mod consumer;
mod keep;
mod picture;
mod signals;
mod snapshot;
mod steps;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use rds_emulator::Emulator;
use xtask::{
    failure::{Context, Failure},
    options::Demo,
    screen::{Screen, Tone},
};

use crate::{
    busy::Busy,
    configuration,
    demo::{cluster_client::ClusterClient, signals::Signals},
    terraform_cli::TerraformCli,
    workspace::{self, Workspace},
};

/// The cluster that the demo is about.
const CLUSTER: &str = "orders";

/// All that the steps need.
struct Stage {
    cli: TerraformCli,
    /// The binary.
    provider: PathBuf,
    workspace: Workspace,
    emulator: Emulator,
    cluster_client: ClusterClient,
}

/// How the steps ended.
enum Outcome {
    /// All of them passed.
    Passed,
    /// One did not.
    Failed(Failure),
    /// A signal came first; the exit code for it.
    Interrupted(u8),
}

/// Shows everything, and cleans up.
///
/// # Errors
/// When something is missing, or a step did not hold.
pub fn run(screen: &Screen, options: Demo) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        let started = Instant::now();
        workspace::remove_stale();
        let stage = tokio::select! {
            stage = prepare(screen, &options) => stage?,
            signal = signals.next() => {
                screen.line("Interrupted; nothing is left behind.");
                return Ok(ExitCode::from(signal));
            }
        };
        let mut outcome = tokio::select! {
            result = steps::run(screen, &stage) => match result {
                Ok(()) => Outcome::Passed,
                Err(failure) => Outcome::Failed(failure),
            },
            signal = signals.next() => Outcome::Interrupted(signal),
        };
        match &outcome {
            Outcome::Passed => {
                screen.line("");
                screen.timed(Tone::Green, "Every step passed.", started.elapsed());
            }
            Outcome::Failed(failure) => screen.toned(Tone::Red, &failure.to_string()),
            Outcome::Interrupted(_) => screen.line("Interrupted; cleaning up."),
        }
        if let (Outcome::Passed, Some(file)) = (&outcome, &options.picture)
            && let Err(failure) = picture::write(file, &screen.written())
        {
            screen.toned(Tone::Red, &failure.to_string());
            outcome = Outcome::Failed(failure);
        }
        if options.keep && !matches!(outcome, Outcome::Interrupted(_)) {
            match keep::explain(screen, &stage) {
                Ok(()) => {
                    signals.next().await;
                }
                Err(failure) => {
                    screen.toned(Tone::Red, &failure.to_string());
                    outcome = Outcome::Failed(failure);
                }
            }
        }
        tokio::select! {
            () = stage.clean_up() => {}
            _ = signals.next() => screen.line("Interrupted again; not everything was cleaned up."),
        }
        Ok(match outcome {
            Outcome::Passed => ExitCode::SUCCESS,
            Outcome::Failed(_) => ExitCode::FAILURE,
            Outcome::Interrupted(signal) => ExitCode::from(signal),
        })
    })
}

/// The provider, which is built together with this program.
fn built_provider() -> Result<PathBuf, Failure> {
    let this = std::env::current_exe().context("finding this program")?;
    let name = format!("terraform-provider-rdsiam{}", std::env::consts::EXE_SUFFIX);
    let provider = this.with_file_name(name);
    match provider.is_file() {
        true => Ok(provider),
        false => Err(Failure::new(format!(
            "{} is missing: `cargo xtask demo` builds it",
            provider.display()
        ))),
    }
}

/// Starts the stand-in and writes the configuration.
async fn prepare(screen: &Screen, options: &Demo) -> Result<Stage, Failure> {
    // Signals are heard meanwhile.
    let cli = tokio::task::spawn_blocking(TerraformCli::find);
    let cli = cli.await.context("looking for the CLI")??;
    screen.toned(
        Tone::Bold,
        &format!(
            "IAM authentication for replication: {}, PostgreSQL {}, a local stand-in for Aurora",
            cli.version.text, options.postgres
        ),
    );
    let provider = built_provider()?;
    let workspace = Workspace::new(&cli, &[("rdsiam/rdsiam", &provider)])?;

    let busy = Busy::start(
        screen,
        &format!("Starting the stand-in with PostgreSQL {}", options.postgres),
    );
    let stand_in = rds_emulator::Options {
        postgres: options.postgres,
        clusters: vec![CLUSTER.to_owned()],
        ..rds_emulator::Options::default()
    };
    let emulator = Emulator::start_with_progress(stand_in, &|what| busy.doing(what))
        .await
        .context("starting the stand-in")?;
    let took = busy.done();
    let connection = emulator.connection();
    let cluster = connection
        .clusters
        .first()
        .ok_or_else(|| Failure::new("the stand-in has no cluster"))?;
    screen.timed(
        Tone::Plain,
        &format!(
            "Stand-in started: cluster {:?}, {} {}, parameter group {}",
            cluster.identifier,
            "aurora-postgresql",
            cluster.engine_version,
            cluster.parameter_group
        ),
        took,
    );
    workspace.write(&configuration::demo(connection, cluster)?)?;
    let cluster_client = ClusterClient::new(connection.clone(), cluster.clone());
    Ok(Stage {
        cli,
        provider,
        workspace,
        emulator,
        cluster_client,
    })
}

impl Stage {
    async fn clean_up(self) {
        self.emulator.stop().await;
        drop(self.workspace);
    }
}
