//! `cargo xtask bench`: what the release binary takes, and what many users cost, next to what they
//! should.

mod binary;
mod memory;
mod users;

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{
    cargo::{self, Profile},
    failure::{Context, Failure},
    runtime,
    screen::Screen,
    workspace,
};

/// Users to measure where no number is given.
const USERS: &str = "200";

#[derive(clap::Args)]
pub struct Options {
    /// Measure only what so many users cost, not the binary.
    ///
    /// Without this option the binary and 200 users are measured.
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = USERS,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    users: Option<u32>,
    /// Major version of PostgreSQL that the users are in, 11 to 18.
    ///
    /// An installed one is used; else it is fetched once and kept for this user.
    #[arg(long, value_name = "MAJOR", default_value_t = 17, value_parser = clap::value_parser!(u16).range(11..=18))]
    postgres: u16,
    /// Print one JSON object instead of a table: sizes in bytes, times in milliseconds.
    #[arg(long)]
    json: bool,
}

/// Builds the release binary, measures it and prints the result.
///
/// # Errors
/// When something does not build, does not start, or does not answer.
pub fn run(screen: &Screen, options: &Options) -> Result<ExitCode, Failure> {
    workspace::remove_stale();
    runtime::until_interrupted(measure(screen, options))?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(screen: &Screen, options: &Options) -> Result<(), Failure> {
    let announce = !options.json;
    let provider = cargo::build_provider(screen, Profile::Release, announce).await?;
    let mut report = json!({});
    if options.users.is_none() {
        let measured = binary::measure(&provider).await?;
        if announce {
            measured.show(screen);
            screen.line("");
        }
        report = measured.json();
    }
    let users = match options.users {
        Some(users) => users,
        None => USERS.parse().context("the default number of users")?,
    };
    let toaster = cargo::build_toaster(screen, Profile::Release, announce).await?;
    let stand_in = cargo::build_stand_in(screen, Profile::Release, announce).await?;
    let programs = users::Programs {
        provider: &provider,
        toaster: &toaster,
        stand_in: &stand_in,
    };
    let measured = users::measure(screen, programs, options.postgres, users).await?;
    if announce {
        measured.show(screen);
    } else {
        if let Value::Object(report) = &mut report {
            report.insert("users".to_owned(), measured.json());
        }
        screen.line(&report.to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Options;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        options: Options,
    }

    fn users(arguments: &[&str]) -> Option<u32> {
        let all = ["bench"].iter().chain(arguments);
        let parsed = Arguments::try_parse_from(all).expect("they are valid");
        parsed.options.users
    }

    #[test]
    fn users_without_a_number_are_the_default_and_without_the_option_the_binary_is_measured_too() {
        assert_eq!(users(&[]), None);
        assert_eq!(users(&["--users"]), Some(200));
        assert_eq!(users(&["--users", "--json"]), Some(200));
        assert_eq!(users(&["--users", "1000"]), Some(1000));
        assert!(Arguments::try_parse_from(["bench", "--users", "0"]).is_err());
    }
}
