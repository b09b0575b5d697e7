//! `cargo xtask bench`: what the release binary takes, and what many users cost, next to what they
//! should.

mod binary;
mod cargo;
mod memory;
mod users;

use std::process::ExitCode;

use serde_json::{Value, json};
use xtask::{failure::Failure, options::Bench, screen::Screen};

use crate::{runtime, workspace};

/// Builds the release binary, measures it and prints the result.
///
/// # Errors
/// When something does not build, does not start, or does not answer.
pub fn run(screen: &Screen, options: &Bench) -> Result<ExitCode, Failure> {
    workspace::remove_stale();
    runtime::until_interrupted(measure(screen, options))?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(screen: &Screen, options: &Bench) -> Result<(), Failure> {
    let announce = !options.json;
    let provider = cargo::build_provider(screen, announce).await?;
    let mut report = json!({});
    if options.users.is_none() {
        let measured = binary::measure(&provider).await?;
        if announce {
            measured.show(screen);
            screen.line("");
        }
        report = measured.json();
    }
    let users = options.users.unwrap_or(Bench::USERS);
    let toaster = cargo::build_toaster(screen, announce).await?;
    let stand_in = cargo::build_stand_in(screen, announce).await?;
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
