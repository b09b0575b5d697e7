//! Panics, in the form that Terraform collects and shows after the error message.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{self, Write},
    panic::{self, PanicHookInfo},
};

/// Writes every panic to standard error from now on.
pub(super) fn report() {
    panic::set_hook(Box::new(|panic| {
        let text = describe(panic, &Backtrace::capture());
        // There is nowhere else to report to.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }));
}

/// Terraform recognises the first word and then collects a hundred lines.
fn describe(panic: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let message = panic.payload_as_str().unwrap_or("no message");
    let place = panic
        .location()
        .map_or_else(String::new, |place| format!(" at {place}"));
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    let mut text = format!("panic: {message}\n\nthread {thread}{place}\n");
    if backtrace.status() == BacktraceStatus::Captured {
        text.push_str(&backtrace.to_string());
    } else {
        text.push_str("RUST_BACKTRACE=1 adds a backtrace.\n");
    }
    text
}
