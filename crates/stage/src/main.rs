//! Runs `cargo xtask demo` and `cargo xtask bench`, which build this program first.

use std::process::ExitCode;

use stage::{bench, demo};
use xtask::{options, screen::Screen};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    let screen = Screen::new();
    let result = if command == "demo" {
        options::read(arguments).map(|options| demo::run(&screen, options))
    } else if command == "bench" {
        options::read(arguments).map(|options| bench::run(&screen, &options))
    } else {
        eprintln!("error: `cargo xtask demo` and `cargo xtask bench` run this");
        return ExitCode::from(2);
    };
    match result {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
        Err(code) => code,
    }
}
