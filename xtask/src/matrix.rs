//! `cargo xtask matrix`: the tests that depend on PostgreSQL, on one major version after another.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
    time::Instant,
};

use rds_emulator::majors::{FIRST_WITH_GRANTOR_ROWS, MAJORS, UNDER_TEST};
use tokio::process::Command;

use crate::{
    cargo,
    failure::Failure,
    process::{self, Finished, Stream},
    runtime,
    screen::{Screen, Tone},
};

/// The packages whose integration tests run.
const PACKAGES: [&str; 2] = ["terraform-provider-rdsiam", "rds-emulator"];
/// What runs, by parts of the tests' names: the SQL, what Terraform shows of it, and the stand-in's rule
/// beside that of a real `pg_hba.conf`.
const TESTS: [&str; 9] = [
    "postgres::",
    "acceptance::lockout::",
    "acceptance::data_sources::replication_users::",
    "acceptance::main_job::",
    "acceptance::resources::blast_radius::",
    "acceptance::resources::replication_user",
    "gate::gate_before_16",
    "gate::gate_from_16",
    "rule::",
];

#[derive(clap::Args)]
pub struct Options {
    /// Major versions of PostgreSQL, 11 to 18, with commas between them; may be repeated.
    ///
    /// All of them where none is named. An installed one is used; else it is fetched once and kept
    /// for this user.
    #[arg(long, value_name = "MAJORS", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(11..=18))]
    postgres: Vec<u16>,
}

/// How the tests ended on one major version.
#[derive(Debug, Default, PartialEq, Eq)]
struct Results {
    /// Tests that passed, by the module that holds them.
    passed: BTreeMap<String, usize>,
    /// The names of those that failed.
    failed: Vec<String>,
    /// What those printed.
    output: String,
}

/// Builds the tests, runs them on each major version, and prints how they ended.
///
/// # Errors
/// When they do not build, or cannot be run.
pub fn run(screen: &Screen, options: &Options) -> Result<ExitCode, Failure> {
    let mut majors: BTreeSet<u16> = options.postgres.iter().copied().collect();
    if majors.is_empty() {
        majors.extend(MAJORS);
    }
    runtime::until_interrupted(run_all(screen, &majors))
}

async fn run_all(screen: &Screen, majors: &BTreeSet<u16>) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    build(screen).await?;
    let mut failed_on = Vec::new();
    for &major in majors {
        let busy = screen.busy(&format!("Testing on PostgreSQL {major}"));
        let mut tests = 0_usize;
        let finished = process::run(test(major), |stream, line| {
            if stream == Stream::Stdout
                && let Some((name, _)) = ended(line)
            {
                tests += 1;
                busy.doing(&format!("({tests} tests, {name})"));
            }
        })
        .await?;
        let took = busy.done();
        let results = Results::of(major, &finished)?;
        let (tone, text) = if results.failed.is_empty() {
            (Tone::Green, format!("PostgreSQL {major}: {results}"))
        } else {
            failed_on.push(major.to_string());
            (Tone::Red, format!("PostgreSQL {major}: {results}"))
        };
        screen.timed(tone, &text, took);
        if !results.output.is_empty() {
            screen.line(&results.output);
        }
    }
    screen.line("");
    let took = started.elapsed();
    if failed_on.is_empty() {
        screen.timed(Tone::Green, "All tests passed.", took);
        return Ok(ExitCode::SUCCESS);
    }
    let text = format!("Tests failed on PostgreSQL {}.", failed_on.join(", "));
    screen.timed(Tone::Red, &text, took);
    Ok(ExitCode::FAILURE)
}

/// Builds the tests, and the provider that they drive.
async fn build(screen: &Screen) -> Result<(), Failure> {
    let mut command = cargo_test();
    command.arg("--no-run");
    let busy = screen.busy("Building the tests");
    let finished = process::run(command, |_, line| {
        busy.doing(&format!("({})", line.trim()));
    })
    .await?;
    let took = busy.done();
    if !finished.status.success() {
        return Err(Failure::new("the tests do not build").with_output(finished.output));
    }
    screen.timed(Tone::Plain, "Tests built", took);
    Ok(())
}

/// The command that runs the tests on one major version, all of them whatever fails.
fn test(major: u16) -> Command {
    let other_side = if major < FIRST_WITH_GRANTOR_ROWS {
        "from_16"
    } else {
        "before_16"
    };
    let mut command = cargo_test();
    command
        .arg("--no-fail-fast")
        .arg("--")
        .args(TESTS)
        .args(["--skip", other_side, "--color", "never"])
        .env(UNDER_TEST, major.to_string());
    command
}

fn cargo_test() -> Command {
    let mut command = cargo::command();
    command.arg("test");
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    command.args(["--test", "integration", "--color", "never"]);
    command
}

impl Results {
    /// Reads what cargo printed.
    ///
    /// # Errors
    /// When no test ran, or something else failed than a test.
    fn of(major: u16, finished: &Finished) -> Result<Self, Failure> {
        let results = Self::read(&finished.stdout);
        let broken = |what: &str| {
            let message = format!("PostgreSQL {major}: {what}");
            Err(Failure::new(message).with_output(finished.output.as_str()))
        };
        if results.failed.is_empty() && !finished.status.success() {
            return broken("the tests could not be run to their end");
        }
        if results.ran() == 0 {
            return broken("no test ran");
        }
        Ok(results)
    }

    fn read(stdout: &str) -> Self {
        let mut results = Self::default();
        let mut is_output = false;
        for line in stdout.lines() {
            match ended(line) {
                Some((name, true)) => {
                    let module = name.split("::").next().unwrap_or(name);
                    *results.passed.entry(module.to_owned()).or_default() += 1;
                }
                Some((name, false)) => results.failed.push(name.to_owned()),
                None => {}
            }
            is_output |= line == "failures:";
            is_output &= !line.starts_with("test result: ");
            if is_output {
                results.output.push_str(line);
                results.output.push('\n');
            }
        }
        results
    }

    fn ran(&self) -> usize {
        self.passed.values().sum::<usize>() + self.failed.len()
    }
}

impl std::fmt::Display for Results {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let failed = self.failed.len();
        let modules: Vec<String> = self
            .passed
            .iter()
            .map(|(module, passed)| format!("{module} {passed}"))
            .collect();
        write!(
            f,
            "{} ran, {} passed ({})",
            self.ran(),
            self.ran() - failed,
            modules.join(", ")
        )?;
        match failed {
            0 => Ok(()),
            _ => write!(f, ", {failed} FAILED"),
        }
    }
}

/// The name of a test that ended, and whether it passed.
fn ended(line: &str) -> Option<(&str, bool)> {
    let (name, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    match outcome {
        "ok" => Some((name, true)),
        "FAILED" => Some((name, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Results;

    const OUTPUT: &str = "
running 2 tests
test rule::rule_from_16 ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 9 filtered out; finished in 1.00s

running 3 tests
test postgres::probe::tells ... ok
test postgres::grants::given ... FAILED
test acceptance::main_job::converges ... ok

failures:

---- postgres::grants::given stdout ----
thread panicked

failures:
    postgres::grants::given

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out; finished in 1.00s
";

    #[test]
    fn results_of_several_binaries_are_counted_and_failures_kept() {
        let results = Results::read(OUTPUT);
        assert_eq!(
            results.to_string(),
            "4 ran, 3 passed (acceptance 1, postgres 1, rule 1), 1 FAILED"
        );
        assert_eq!(results.failed, ["postgres::grants::given"]);
        assert!(results.output.contains("thread panicked"));
        assert!(!results.output.contains("test result"));
    }

    #[test]
    fn results_of_nothing_are_none() {
        assert_eq!(Results::read("running 0 tests\n").ran(), 0);
    }
}
