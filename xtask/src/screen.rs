//! What a person sees: lines on standard output, and progress while something takes long.

use std::{
    io::{IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

/// How often progress is said, on standard error, where there is no terminal.
const PLAIN_PROGRESS: Duration = Duration::from_secs(15);
/// Width of the lines that end with a time.
const WIDTH: usize = 92;

/// Standard output.
pub struct Screen {
    terminal: bool,
    colours: bool,
}

/// A tone of a line; plain text where there is no terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
}

impl Screen {
    /// Standard output, with colours and moving progress if it is a terminal.
    pub fn new() -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self {
            terminal,
            // https://no-color.org
            colours: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    /// Writes one line.
    pub fn line(&self, text: &str) {
        self.toned(Tone::Plain, text);
    }

    /// Writes one line in a tone.
    pub fn toned(&self, tone: Tone, text: &str) {
        let code = match tone {
            _ if !self.colours => None,
            Tone::Plain => None,
            Tone::Bold => Some("1"),
            Tone::Dim => Some("2"),
            Tone::Green => Some("32"),
            Tone::Yellow => Some("33"),
            Tone::Red => Some("31"),
        };
        let line = match code {
            Some(code) => format!("\x1b[{code}m{text}\x1b[0m"),
            None => text.to_owned(),
        };
        // A reader that has gone away is no reason to leave without cleaning up.
        let _ignored = writeln!(std::io::stdout().lock(), "{line}");
    }

    /// Writes one line that ends with the time something took.
    pub fn timed(&self, tone: Tone, text: &str, took: Duration) {
        self.toned(
            tone,
            &format!("{text:<WIDTH$} {:>6.1} s", took.as_secs_f64()),
        );
    }

    /// Shows that something is going on until the result is dropped.
    ///
    /// Must be called within a tokio runtime.
    pub fn busy(&self, what: &str) -> Busy {
        let doing = Arc::new(Mutex::new(String::new()));
        let started = Instant::now();
        let bar = self.terminal.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let ticker = bar.is_none().then(|| {
            let what = what.to_owned();
            let doing = Arc::clone(&doing);
            tokio::spawn(async move {
                let mut ticks = tokio::time::interval(PLAIN_PROGRESS);
                ticks.tick().await;
                loop {
                    ticks.tick().await;
                    let doing = doing.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    // Standard output may be read by a program.
                    let _ignored = writeln!(
                        std::io::stderr().lock(),
                        "   ... {what}, {} s {doing}",
                        started.elapsed().as_secs()
                    );
                }
            })
        });
        Busy {
            bar,
            doing,
            started,
            ticker,
        }
    }
}

/// Something that is going on.
pub struct Busy {
    bar: Option<ProgressBar>,
    doing: Arc<Mutex<String>>,
    started: Instant,
    ticker: Option<JoinHandle<()>>,
}

impl Busy {
    /// Says what it is at now.
    pub fn doing(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None => text.clone_into(&mut self.doing.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// Ends it; how long it took.
    pub fn done(self) -> Duration {
        self.started.elapsed()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some(ticker) = &self.ticker {
            ticker.abort();
        }
    }
}
