//! Runs the stand-in until it is told to stop.

use std::{io, path::PathBuf, process::ExitCode};

use clap::Parser;
use rds_emulator::{Emulator, Options};
use tracing_subscriber::EnvFilter;

/// A local stand-in for Aurora PostgreSQL and RDS for PostgreSQL.
///
/// The RDS, STS and Secrets Manager APIs with real signatures, and real PostgreSQL behind a gate
/// that authenticates as RDS does, all on loopback. PostgreSQL is taken from
/// /usr/lib/postgresql/MAJOR/bin, or fetched once from Maven Central.
///
/// Runs until SIGINT, SIGTERM or SIGHUP, then removes everything it made.
#[derive(Parser)]
#[command(version, after_long_help = EXAMPLES)]
struct Arguments {
    /// Write how to reach everything to this file, as JSON, once it is ready.
    #[arg(long, value_name = "FILE")]
    connection_file: PathBuf,
    /// Major version of PostgreSQL, 11 to 18.
    #[arg(long, value_name = "MAJOR", default_value_t = 17)]
    postgres: u16,
    /// Identifier of an Aurora DB cluster; may be given several times. Without this and the next
    /// two options there is one, "orders".
    #[arg(long = "cluster", value_name = "NAME")]
    clusters: Vec<String>,
    /// Identifier of a Multi-AZ DB cluster of RDS for PostgreSQL; may be given several times.
    #[arg(long = "multi-az-cluster", value_name = "NAME")]
    multi_az_clusters: Vec<String>,
    /// Identifier of a DB instance of RDS for PostgreSQL; may be given several times.
    #[arg(long = "instance", value_name = "NAME")]
    instances: Vec<String>,
    /// The region that all of it pretends to be in.
    #[arg(long, default_value = "eu-central-1")]
    region: String,
    /// Each cluster's and instance's port is the one that it can be reached at, not 5432: with
    /// `connect_host = "127.0.0.1"` alone the provider then reaches all of them.
    #[arg(long)]
    own_ports: bool,
}

const EXAMPLES: &str = r#"Examples:
  rds-emulator --connection-file rds.json --postgres 16 --cluster orders --cluster billing
  rds-emulator --connection-file rds.json --multi-az-cluster orders --instance billing

  # The API, with any AWS client:
  export AWS_ACCESS_KEY_ID=$(jq -r .access_key_id rds.json)
  export AWS_SECRET_ACCESS_KEY=$(jq -r .secret_access_key rds.json)
  aws --region eu-central-1 --endpoint-url $(jq -r .api_endpoint rds.json) rds describe-db-clusters

  # SQL through the gate, and past it:
  psql "host=$(jq -r .clusters[0].host rds.json) hostaddr=127.0.0.1 port=$(jq -r .clusters[0].connect_port rds.json) \
        dbname=shop user=master sslmode=verify-full sslrootcert=$(jq -r .ca_file rds.json)"
  psql $(jq -r .clusters[0].superuser_url rds.json)

  # The next two DescribeDBClusters are throttled; the cluster fails over:
  curl $(jq -r .control_endpoint rds.json)/faults -d '{"action":"DescribeDBClusters","fault":"throttle","times":2}'
  curl -X POST $(jq -r .control_endpoint rds.json)/clusters/orders/failover

RUST_LOG=debug shows what is answered and refused, on standard error."#;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rds-emulator: {}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let told_to_stop = told_to_stop()?;
    tokio::pin!(told_to_stop);
    let file = arguments.connection_file;
    let mut options = Options {
        postgres: arguments.postgres,
        multi_az_clusters: arguments.multi_az_clusters,
        instances: arguments.instances,
        region: arguments.region,
        own_ports: arguments.own_ports,
        ..Options::default()
    };
    let has_others = !options.multi_az_clusters.is_empty() || !options.instances.is_empty();
    if has_others || !arguments.clusters.is_empty() {
        options.clusters = arguments.clusters;
    }
    let say = |what: &str| eprintln!("rds-emulator: {what}");
    let starting = Emulator::start_with_progress(options, &say);
    let emulator = tokio::select! {
        emulator = starting => emulator?,
        () = &mut told_to_stop => return Ok(()),
    };
    let result = match emulator.connection().write(&file) {
        Ok(()) => {
            say(&format!("ready; see {}", file.display()));
            told_to_stop.await;
            std::fs::remove_file(&file)
        }
        Err(error) => Err(error),
    };
    emulator.stop().await;
    result.map_err(|error| format!("{}: {error}", file.display()).into())
}

/// Ctrl-C, SIGTERM and SIGHUP; from now on they do not end the process by themselves.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn arguments_as_declared_are_consistent() {
        Arguments::command().debug_assert();
    }
}
