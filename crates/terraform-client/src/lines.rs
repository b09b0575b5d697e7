//! What a process prints.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    sync::watch,
};

use crate::PATIENCE;

/// The lines of a pipe, kept as they come.
pub struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    count: watch::Receiver<usize>,
}

impl Lines {
    /// Reads a pipe to its end.
    pub fn of(pipe: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (sender, count) = watch::channel(0);
        let read = Arc::clone(&lines);
        tokio::spawn(async move {
            let mut pipe = BufReader::new(pipe).lines();
            while let Ok(Some(line)) = pipe.next_line().await {
                let count = {
                    let mut read = lock(&read);
                    read.push(line);
                    read.len()
                };
                // Nobody may be looking.
                sender.send_replace(count);
            }
        });
        Self { lines, count }
    }

    /// The lines so far.
    pub fn so_far(&self) -> Vec<String> {
        lock(&self.lines).clone()
    }

    /// The first line that fulfils a condition, once it is there; `None` when the pipe ends without one.
    pub async fn next(&self, is_it: impl Fn(&str) -> bool) -> Option<String> {
        let mut count = self.count.clone();
        loop {
            // Before the look, so that what comes during it is seen as well.
            let has_ended = count.has_changed().is_err();
            count.mark_unchanged();
            let found = self.so_far().into_iter().find(|line| is_it(line));
            if found.is_some() || has_ended {
                return found;
            }
            // At the end there is another look.
            let _ended = count.changed().await;
        }
    }

    /// The first line that fulfils a condition, once it is there.
    ///
    /// # Panics
    /// When there is none within [`PATIENCE`].
    pub async fn find(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        match tokio::time::timeout(PATIENCE, self.next(is_it)).await {
            Ok(Some(line)) => line,
            Ok(None) => panic!("the pipe ended without {what}: {:#?}", self.so_far()),
            Err(_) => panic!("there is no {what}: {:#?}", self.so_far()),
        }
    }
}

fn lock(lines: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}
