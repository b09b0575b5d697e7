//! The release binary: size, time to the handshake, memory.

use std::{path::Path, time::Duration};

use serde_json::json;
use terraform_client::{
    As, Identity, Plugin, connect,
    proto::{self, tfplugin6::get_provider_schema::Request},
    provider_on,
};
use xtask::{
    failure::{Context, Failure},
    screen::{Screen, Tone},
};

use crate::bench::memory::Memory;

/// Starts per median.
const RUNS: usize = 30;
/// A service on the provider's way to every user.
const TARGET_HANDSHAKE: Duration = Duration::from_millis(4);
/// Resident after the schema call, in bytes.
const TARGET_MEMORY: u64 = 10 * MIB;
/// Size on disk, in bytes.
const TARGET_SIZE: u64 = 20 * MIB;
const MIB: u64 = 1024 * 1024;

/// What was measured.
pub struct Measurements {
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

/// Measures the binary.
///
/// # Errors
/// When it does not start, or does not answer.
pub async fn measure(binary: &Path) -> Result<Measurements, Failure> {
    let size = std::fs::metadata(binary)
        .context("the provider's size")?
        .len();
    let terraform = Identity::generate();
    // One start each that does not count: the first one reads the binary from the disk.
    start_and_end(binary, Some(&terraform)).await?;
    let mutual_tls = median(binary, Some(&terraform)).await?;
    start_and_end(binary, None).await?;
    let plaintext = median(binary, None).await?;

    let plugin = Plugin::start(binary, Some(&terraform)).await?;
    let channel = connect(&plugin, As::Holder(&terraform)).await?;
    let schema = provider_on(channel)
        .get_provider_schema(Request {})
        .await
        .context("GetProviderSchema")?
        .into_inner();
    if !schema
        .resource_schemas
        .contains_key("rdsiam_replication_parameter")
    {
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
        schema: proto::size(&schema),
    })
}

async fn start_and_end(binary: &Path, client: Option<&Identity>) -> Result<Duration, Failure> {
    let plugin = Plugin::start(binary, client).await?;
    let took = plugin.handshake_took();
    plugin.kill().await?;
    Ok(took)
}

/// The median time from start to handshake line.
async fn median(binary: &Path, client: Option<&Identity>) -> Result<Duration, Failure> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        times.push(start_and_end(binary, client).await?);
    }
    times.sort_unstable();
    Ok((times[RUNS / 2 - 1] + times[RUNS / 2]) / 2)
}

impl Measurements {
    /// Prints it.
    pub fn show(&self, screen: &Screen) {
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

    /// The same for programs: sizes in bytes, times in milliseconds.
    pub fn json(&self) -> serde_json::Value {
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
