//! `cargo xtask bench`: what the release binary takes, next to what it should.

mod certificate;
mod channel;
mod memory;
mod plugin;

use std::{path::Path, process::ExitCode, time::Duration};

use serde_json::json;

use crate::{
    bench::{certificate::ClientCertificate, memory::Memory, plugin::Plugin},
    cargo::{self, Profile},
    failure::{Context, Failure},
    screen::{Screen, Tone},
};

/// Starts per median.
const RUNS: usize = 30;
/// A service on the provider's way to every user.
const TARGET_HANDSHAKE: Duration = Duration::from_millis(4);
/// Resident after the schema call, in bytes.
const TARGET_MEMORY: u64 = 10 * MIB;
/// Size on disk, in bytes.
const TARGET_SIZE: u64 = 20 * MIB;
const MIB: u64 = 1024 * 1024;

#[derive(clap::Args)]
pub struct Options {
    /// Print one JSON object instead of a table: sizes in bytes, times in milliseconds.
    #[arg(long)]
    json: bool,
}

/// What was measured.
struct Measurements {
    /// Size of the binary in bytes.
    size: u64,
    /// Median from start to handshake line, with a client certificate.
    mutual_tls: Duration,
    /// The same without one.
    plaintext: Duration,
    /// After the schema call.
    memory: Memory,
    /// Size of the answer to the schema call in bytes.
    schema: usize,
}

/// Builds the release binary, measures it and prints the result.
///
/// # Errors
/// When it does not build, does not start, or does not answer.
pub fn run(screen: &Screen, options: &Options) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let measurements = runtime.block_on(async {
        let interrupted = async {
            tokio::signal::ctrl_c()
                .await
                .context("listening for Ctrl-C")?;
            Err(Failure::new("interrupted"))
        };
        tokio::select! {
            result = measure(screen, !options.json) => result,
            result = interrupted => result,
        }
    })?;
    if options.json {
        screen.line(&measurements.json().to_string());
    } else {
        measurements.show(screen);
    }
    Ok(ExitCode::SUCCESS)
}

async fn measure(screen: &Screen, announce: bool) -> Result<Measurements, Failure> {
    let binary = cargo::build_provider(screen, Profile::Release, announce).await?;
    let size = std::fs::metadata(&binary)
        .context("the provider's size")?
        .len();
    let certificate = ClientCertificate::new()?;
    // One start each that does not count: the first one reads the binary from the disk.
    start_and_end(&binary, Some(&certificate)).await?;
    let mutual_tls = median(&binary, Some(&certificate)).await?;
    start_and_end(&binary, None).await?;
    let plaintext = median(&binary, None).await?;

    let plugin = Plugin::start(&binary, Some(&certificate)).await?;
    let mut channel = channel::open(&plugin, &certificate).await?;
    let schema = channel
        .call("/tfplugin6.Provider/GetProviderSchema")
        .await?;
    if !contains(&schema, b"rdsiam_replication_parameter") {
        return Err(Failure::new(
            "the answer to GetProviderSchema lacks rdsiam_replication_parameter",
        ));
    }
    let memory = Memory::of(plugin.id())?;
    plugin.kill().await?;
    Ok(Measurements {
        size,
        mutual_tls,
        plaintext,
        memory,
        schema: schema.len(),
    })
}

async fn start_and_end(
    binary: &Path,
    certificate: Option<&ClientCertificate>,
) -> Result<Duration, Failure> {
    let plugin = Plugin::start(binary, certificate).await?;
    let took = plugin.handshake_took();
    plugin.kill().await?;
    Ok(took)
}

/// The median time from start to handshake line.
async fn median(
    binary: &Path,
    certificate: Option<&ClientCertificate>,
) -> Result<Duration, Failure> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        times.push(start_and_end(binary, certificate).await?);
    }
    times.sort_unstable();
    Ok((times[RUNS / 2 - 1] + times[RUNS / 2]) / 2)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

impl Measurements {
    fn show(&self, screen: &Screen) {
        let mib = |bytes: u64| bytes as f64 / MIB as f64;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let row = |what: &str, value: String, target: Option<(String, bool)>| {
            let (note, tone) = match target {
                Some((target, true)) => (format!("target {target}: reached"), Tone::Green),
                Some((target, false)) => (format!("target {target}: MISSED"), Tone::Red),
                None => (String::new(), Tone::Plain),
            };
            screen.toned(tone, format!("{what:<44} {value:>12}  {note}").trim_end());
        };
        row(
            "Binary",
            format!("{:.1} MiB", mib(self.size)),
            Some((
                format!("< {} MiB", mib(TARGET_SIZE)),
                self.size < TARGET_SIZE,
            )),
        );
        row("", format!("{} B", self.size), None);
        row(
            &format!("Exec to handshake, mutual TLS, median of {RUNS}"),
            format!("{:.2} ms", milliseconds(self.mutual_tls)),
            Some((
                format!("<= {} ms", milliseconds(TARGET_HANDSHAKE)),
                self.mutual_tls <= TARGET_HANDSHAKE,
            )),
        );
        row(
            &format!("Exec to handshake, plaintext, median of {RUNS}"),
            format!("{:.2} ms", milliseconds(self.plaintext)),
            None,
        );
        row(
            &format!(
                "Resident after the schema call ({} KiB)",
                self.schema.div_ceil(1024)
            ),
            format!("{:.1} MiB", mib(self.memory.resident)),
            Some((
                format!("<= {} MiB", mib(TARGET_MEMORY)),
                self.memory.resident <= TARGET_MEMORY,
            )),
        );
        if let Some(peak) = self.memory.peak {
            row(
                "Resident at its peak",
                format!("{:.1} MiB", mib(peak)),
                None,
            );
        }
    }

    fn json(&self) -> serde_json::Value {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        json!({
            "binary_bytes": self.size,
            "handshake_mutual_tls_ms": milliseconds(self.mutual_tls),
            "handshake_plaintext_ms": milliseconds(self.plaintext),
            "handshake_runs": RUNS,
            "resident_bytes": self.memory.resident,
            "resident_peak_bytes": self.memory.peak,
            "schema_bytes": self.schema,
            "targets": {
                "binary_bytes": { "below": TARGET_SIZE, "reached": self.size < TARGET_SIZE },
                "handshake_mutual_tls_ms": {
                    "at_most": milliseconds(TARGET_HANDSHAKE),
                    "reached": self.mutual_tls <= TARGET_HANDSHAKE,
                },
                "resident_bytes": {
                    "at_most": TARGET_MEMORY,
                    "reached": self.memory.resident <= TARGET_MEMORY,
                },
            },
        })
    }
}
