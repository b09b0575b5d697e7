//! `cargo xtask matrix`: the tests that depend on PostgreSQL, on one major version after another.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use xtask::{
    child::{self, Child},
    failure::{Context, Failure},
    majors::{FIRST_WITH_GRANTOR_ROWS, UNDER_TEST},
    options::{self, Matrix},
    screen::{Screen, Tone},
};

use crate::cargo;

/// The packages whose integration tests run.
const PACKAGES: [&str; 2] = ["terraform-provider-rdsiam", "rds-emulator"];
/// What runs, by parts of the tests' names: the SQL, what Terraform shows of it, and the stand-in's rule
/// beside that of a real `pg_hba.conf`.
const TESTS: [&str; 14] = [
    "postgres::",
    "acceptance::lockout::",
    "acceptance::data_sources::replication_slots::",
    "acceptance::data_sources::replication_users::",
    "acceptance::main_job::",
    "acceptance::outages::publications::",
    "acceptance::outages::slots::",
    "acceptance::resources::blast_radius::",
    "acceptance::resources::publication",
    "acceptance::resources::replication_slot",
    "acceptance::resources::replication_user",
    "gate::gate_before_16",
    "gate::gate_from_16",
    "rule::",
];

/// How often progress is said.
const PROGRESS: Duration = Duration::from_secs(15);

/// How the tests ended on one major version.
#[derive(Debug, Default, PartialEq, Eq)]
struct Results {
    /// Tests that passed, by the module that holds them.
    passed: BTreeMap<String, usize>,
    /// The names of those that failed.
    failed: Vec<String>,
    /// What those printed.
    output: String,
    /// Whether the next line belongs to that.
    is_output: bool,
}

/// Builds the tests, runs them on each major version, and prints how they ended.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let options: Matrix = match options::read(arguments) {
        Ok(options) => options,
        Err(code) => return code,
    };
    run_all(&Screen::new(), &options.postgres).unwrap_or_else(|failure| {
        eprintln!("{failure}");
        ExitCode::from(child::exit_code(1))
    })
}

/// # Errors
/// When the tests cannot be run.
fn run_all(screen: &Screen, majors: &BTreeSet<u16>) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let built = child::status(cargo_test().arg("--no-run")).context("cargo test")?;
    if !built.success() {
        return Err(Failure::new("the tests do not build"));
    }
    screen.timed(Tone::Plain, "Tests built", started.elapsed());
    let mut failed_on = Vec::new();
    for &major in majors {
        let started = Instant::now();
        let results = test(major).context(&format!("PostgreSQL {major}"))?;
        let tone = if results.failed.is_empty() {
            Tone::Green
        } else {
            failed_on.push(major.to_string());
            Tone::Red
        };
        let text = format!("PostgreSQL {major}: {results}");
        screen.timed(tone, &text, started.elapsed());
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

/// Runs the tests on one major version, and says now and then how far they are.
///
/// # Errors
/// When no test ran, or something else failed than a test.
fn test(major: u16) -> Result<Results, Failure> {
    let mut tests = tests_on(major);
    tests.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut tests = Child::start(&mut tests).context("cargo test")?;
    let mut results = Results::default();
    let mut said = Instant::now();
    if let Some(stdout) = tests.stdout() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.context("what the tests print")?;
            results.read(&String::from_utf8_lossy(&line));
            if said.elapsed() >= PROGRESS {
                said = Instant::now();
                eprintln!("   ... PostgreSQL {major}: {} tests", results.ran());
            }
        }
    }
    let status = tests.wait().context("cargo test")?;
    child::check()?;
    if results.failed.is_empty() && !status.success() {
        return Err(Failure::new("the tests could not be run to their end"));
    }
    if results.ran() == 0 {
        return Err(Failure::new("no test ran"));
    }
    Ok(results)
}

/// The command that runs the tests on one major version, all of them whatever fails.
fn tests_on(major: u16) -> Command {
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
    /// Reads a line that the tests print.
    fn read(&mut self, line: &str) {
        match ended(line) {
            Some((name, true)) => {
                let module = name.split("::").next().unwrap_or(name);
                *self.passed.entry(module.to_owned()).or_default() += 1;
            }
            Some((name, false)) => self.failed.push(name.to_owned()),
            None => {}
        }
        self.is_output |= line == "failures:";
        self.is_output &= !line.starts_with("test result: ");
        if self.is_output {
            self.output.push_str(line);
            self.output.push('\n');
        }
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

    fn results(output: &str) -> Results {
        let mut results = Results::default();
        output.lines().for_each(|line| results.read(line));
        results
    }

    #[test]
    fn results_of_several_binaries_are_counted_and_failures_kept() {
        let results = results(OUTPUT);
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
        assert_eq!(results("running 0 tests\n").ran(), 0);
    }
}
