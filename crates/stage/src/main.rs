//! The provider on the local stand-in for Aurora: `cargo xtask demo` and `cargo xtask bench`, which build this
//! program and then run it.

mod bench;
mod busy;
mod configuration;
mod demo;
mod process;
mod runtime;
mod terraform_cli;
mod workspace;

use std::process::ExitCode;

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

#[cfg(test)]
mod tests {
    use rds_emulator::majors as stand_in;
    use xtask::majors;

    #[test]
    fn majors_of_the_commands_are_those_of_the_stand_in() {
        assert_eq!(majors::MAJORS, stand_in::MAJORS);
        assert_eq!(majors::UNDER_TEST, stand_in::UNDER_TEST);
        assert_eq!(
            majors::FIRST_WITH_GRANTOR_ROWS,
            stand_in::FIRST_WITH_GRANTOR_ROWS
        );
    }
}
