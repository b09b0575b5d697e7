//! The log: JSON records on standard error, in the form that Terraform's own logger reads.
//!
//! Terraform shows it to those who set `TF_LOG`, who then paste it into bug reports. So records of
//! other crates are let through only as warnings and errors: below that, clients of databases and
//! of HTTP services write statements and headers, with the secrets in them.

mod hclog;
mod level;
mod panics;

use std::io;

use tracing_subscriber::{Layer, Registry, filter::Targets, layer::SubscriberExt};

pub(crate) use level::Level;

/// Starts the log of the provider of that name, at the level that the environment asks for, and
/// reports panics from now on. Costs nothing when no level is set.
///
/// `crate_name` is the crate whose records count as the provider's own.
pub(crate) fn start(provider_name: &str, crate_name: &str) {
    panics::report();
    let Some(level) = level::wanted(provider_name, |name| std::env::var_os(name)) else {
        return;
    };
    let layer = hclog::HcLog::new(io::stderr).with_filter(targets(level, crate_name));
    // Fails only where a log was started before, which then stays.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(layer));
}

/// Everything at `level` from the provider and from this crate, warnings and errors from others.
fn targets(level: Level, crate_name: &str) -> Targets {
    let others = level.min(Level::WARN);
    Targets::new()
        .with_default(others)
        .with_target(env!("CARGO_CRATE_NAME"), level)
        .with_target(crate_name, level)
}

/// The name of the crate that defines a type, as the targets of its records spell it.
pub(crate) fn crate_of<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    name.split("::").next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written, one record after the other.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .expect("no panic elsewhere")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The records that `log` makes at `level` in a provider of the crate `toaster`.
    fn records(level: Level, log: impl FnOnce()) -> Vec<serde_json::Value> {
        let written = Written::default();
        let writer = written.clone();
        let layer =
            hclog::HcLog::new(move || writer.clone()).with_filter(targets(level, "toaster"));
        tracing::subscriber::with_default(Registry::default().with(layer), log);
        let bytes = written.0.lock().expect("no panic elsewhere").clone();
        String::from_utf8(bytes)
            .expect("records are Unicode")
            .lines()
            .map(|line| {
                assert!(
                    line.len() < 64 * 1024,
                    "Terraform splits lines of {} bytes",
                    line.len()
                );
                serde_json::from_str(line).expect("a record is JSON")
            })
            .collect()
    }

    #[test]
    fn record_in_request_has_the_keys_that_terraform_reads_and_those_of_the_request() {
        let records = records(Level::TRACE, || {
            let _request =
                tracing::error_span!("request", tf_req_id = "1-2", tf_rpc = "ReadResource")
                    .entered();
            tracing::info!(target: "toaster::heat", slots = 2_u64, hot = true, "warming up");
        });
        let [record] = records.as_slice() else {
            panic!("one record, not {records:?}")
        };
        assert_eq!(record["@level"], "info");
        assert_eq!(record["@message"], "warming up");
        assert_eq!(record["@module"], "toaster.heat");
        assert_eq!(record["tf_req_id"], "1-2");
        assert_eq!(record["tf_rpc"], "ReadResource");
        assert_eq!(record["slots"], 2);
        assert_eq!(record["hot"], true);
        let timestamp = record["@timestamp"].as_str().expect("a string");
        assert!(
            regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
                .expect("a pattern")
                .is_match(timestamp),
            "{timestamp}",
        );
    }

    #[test]
    fn record_of_another_crate_below_warning_is_dropped_at_every_level() {
        let records = records(Level::TRACE, || {
            tracing::trace!(target: "tokio_postgres::query", "CREATE ROLE x PASSWORD 'secret'");
            tracing::debug!(target: "h2::codec", "authorization: secret");
            tracing::info!(target: "aws_smithy_runtime", "secret");
            tracing::warn!(target: "hyper::proto", "broken pipe");
            tracing::trace!(target: "toaster", "mine");
        });
        let messages: Vec<_> = records.iter().map(|record| &record["@message"]).collect();
        assert_eq!(messages, ["broken pipe", "mine"]);
    }

    #[test]
    fn record_below_the_level_is_dropped() {
        let records = records(Level::ERROR, || {
            tracing::warn!(target: "toaster", "a warning");
            tracing::warn!(target: "hyper", "a warning");
            tracing::error!(target: "toaster", "an error");
        });
        assert_eq!(records.len(), 1);
    }

    #[test]
    fn record_with_long_values_is_cut_to_one_line_that_terraform_takes() {
        let long = "\u{1}\"ä\n".repeat(100_000);
        let records = records(Level::TRACE, || {
            tracing::info!(target: "toaster", a = %long, b = %long, "{long}");
        });
        assert_eq!(records.len(), 1);
        assert!(
            records[0]["@message"]
                .as_str()
                .is_some_and(|text| text.starts_with("\u{1}\"ä"))
        );
    }

    #[test]
    fn record_whose_field_is_named_like_a_reserved_key_keeps_the_key_a_string() {
        let records = records(Level::TRACE, || {
            tracing::info!(target: "toaster", { "@level" = 7, "@timestamp" = 8 }, "text");
        });
        assert_eq!(records[0]["@level"], "info");
        assert!(records[0]["@timestamp"].is_string());
    }

    #[test]
    fn crate_of_type_is_the_target_of_its_records() {
        struct Here;
        assert_eq!(
            crate_of::<Here>(),
            module_path!().split("::").next().unwrap_or_default()
        );
    }
}
