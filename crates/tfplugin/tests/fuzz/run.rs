//! How long and how often, how much memory, and what is said about it.

use std::{
    env, fs,
    time::{Duration, Instant},
};

use super::mutate::Mutator;

/// The most inputs for one entry of a table, unless the time is set from outside.
const MOST_INPUTS: u64 = 20_000;

/// How long a table takes, unless the time is set from outside.
const TIME: Duration = Duration::from_secs(3);

/// How long a single input may take on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What inputs of a few kilobytes may add to the memory of a process, in kibibytes.
pub const MOST_MEMORY: u64 = 128 * 1024;

/// One table's share of time and count.
pub struct Run {
    seed: u64,
    time: Duration,
    most: u64,
    counts: Vec<(&'static str, u64)>,
}

/// The inputs for one entry of a table.
pub struct Inputs {
    until: Instant,
    left: u64,
    pub count: u64,
}

impl Run {
    /// A run, and the mutator that it is to use.
    pub fn start() -> (Self, Mutator) {
        let number = |name: &str| {
            let text = env::var(name).ok()?;
            let number = text.parse::<u64>();
            Some(number.unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}")))
        };
        let seconds = number("TFPLUGIN_FUZZ_SECONDS");
        let seed = number("TFPLUGIN_FUZZ_SEED").unwrap_or_else(|| fastrand::u64(..));
        eprintln!("TFPLUGIN_FUZZ_SEED={seed}");
        let run = Self {
            seed,
            time: seconds.map_or(TIME, Duration::from_secs),
            most: seconds.map_or(MOST_INPUTS, |_| u64::MAX),
            counts: Vec::new(),
        };
        (run, Mutator::new(seed))
    }

    /// The inputs for one of `entries` entries.
    pub fn inputs(&self, entries: usize) -> Inputs {
        let share = self.time / u32::try_from(entries).expect("a table has few entries");
        Inputs {
            until: Instant::now() + share,
            left: self.most,
            count: 0,
        }
    }

    /// Takes down how many inputs an entry got.
    pub fn done(&mut self, name: &'static str, inputs: &Inputs) {
        assert!(inputs.count > 0, "{name} got no input");
        self.counts.push((name, inputs.count));
    }

    /// What to say when an input shows a mistake.
    pub fn blame(&self, name: &str, input: &[u8]) -> String {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}, TFPLUGIN_FUZZ_SEED={}, input {hex}", self.seed)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        for (name, count) in &self.counts {
            eprintln!("{count:>9} {name}");
        }
    }
}

impl Iterator for Inputs {
    type Item = ();

    /// The first input comes whatever the time.
    fn next(&mut self) -> Option<()> {
        if self.count > 0 && (self.left == self.count || Instant::now() >= self.until) {
            return None;
        }
        self.count += 1;
        Some(())
    }
}

/// The most memory that a process has ever had, in kibibytes; `None` where nobody tells.
pub fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Fails when a process has grown by too much.
pub fn assert_modest(process: u32, before: Option<u64>, what: &str) {
    if let (Some(before), Some(after)) = (before, peak_memory(process)) {
        let grown = after.saturating_sub(before);
        eprintln!("{grown:>9} KiB of memory for {what}");
        assert!(grown < MOST_MEMORY, "{what} took {grown} KiB of memory");
    }
}
