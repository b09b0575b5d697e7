//! What a person sees: lines on standard output.

use std::{
    io::{IsTerminal, Write},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Width of the lines that end with a time.
const WIDTH: usize = 92;

/// Standard output.
pub struct Screen {
    terminal: bool,
    colours: bool,
    written: Mutex<Vec<(Tone, String)>>,
}

/// A tone of a line; plain text where there is no terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As the terminal writes by itself.
    Plain,
    /// What a reader should find first.
    Bold,
    /// What can be passed over.
    Dim,
    /// It held, or is added.
    Green,
    /// It changes.
    Yellow,
    /// It failed, or goes.
    Red,
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

impl Screen {
    /// Standard output, with colours if it is a terminal.
    pub fn new() -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self {
            terminal,
            // https://no-color.org
            colours: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            written: Mutex::default(),
        }
    }

    /// Whether it is a terminal, on which lines can be replaced.
    pub fn is_terminal(&self) -> bool {
        self.terminal
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
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.push((tone, text.to_owned()));
    }

    /// What was written so far, line by line.
    pub fn written(&self) -> Vec<(Tone, String)> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.clone()
    }

    /// Writes one line that ends with the time something took.
    pub fn timed(&self, tone: Tone, text: &str, took: Duration) {
        self.toned(
            tone,
            &format!("{text:<WIDTH$} {:>6.1} s", took.as_secs_f64()),
        );
    }
}
