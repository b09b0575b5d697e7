//! Progress while something takes long.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;
use xtask::screen::Screen;

/// How often progress is said, on standard error, where there is no terminal.
const PLAIN_PROGRESS: Duration = Duration::from_secs(15);

/// Something that is going on.
pub struct Busy {
    bar: Option<ProgressBar>,
    doing: Arc<Mutex<String>>,
    started: Instant,
    ticker: Option<JoinHandle<()>>,
}

impl Busy {
    /// Shows that something is going on until this is dropped.
    ///
    /// Must be called within a tokio runtime.
    pub fn start(screen: &Screen, what: &str) -> Self {
        let doing = Arc::new(Mutex::new(String::new()));
        let started = Instant::now();
        let bar = screen.is_terminal().then(|| {
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
        Self {
            bar,
            doing,
            started,
            ticker,
        }
    }

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
