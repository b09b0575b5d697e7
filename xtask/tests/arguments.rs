//! What `cargo xtask` answers at once: there is no cargo here that could build anything.

use std::{
    io,
    process::{Command, Output},
};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).env("CARGO", "no-such-cargo");
    command
}

fn answer(output: io::Result<Output>) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = output.expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn xtask(arguments: &[&str]) -> (Option<i32>, String, String) {
    answer(command(arguments).output())
}

#[test]
fn help_is_printed_without_a_build_and_names_every_command() {
    let (code, overview, _) = xtask(&["--help"]);
    assert_eq!(code, Some(0));
    for command in ["demo", "bench", "dist", "matrix", "codegen", "tidy"] {
        assert!(overview.contains(&format!("\n  {command} ")), "{overview}");
        let (code, help, _) = xtask(&[command, "--help"]);
        assert_eq!(code, Some(0), "{command}");
        let usage = format!("Usage: cargo xtask {command}");
        assert!(help.contains(&usage), "{help}");
    }
}

#[test]
fn arguments_that_mean_nothing_are_named_without_a_build() {
    for (arguments, named) in [
        (&["demo", "--postgres", "99"][..], "99"),
        (&["demo", "--kep"], "--kep"),
        (&["bench", "--users", "0"], "0"),
        (&["dist"], "--out"),
        (&["dist", "--out", "x", "--target", "mips"], "mips"),
        (&["matrix", "--postgres", "11,x"], "x"),
        (&["codegen", "--check=no"], "no"),
        (&["tidy", "up"], "up"),
        (&["demos"], "demos"),
    ] {
        let (code, stdout, stderr) = xtask(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(named), "{arguments:?}: {stderr}");
        assert_eq!(stdout, "");
    }
}

#[test]
fn what_is_missing_is_said_without_a_build() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let unwritable = folder.path().join("none").join("demo.svg");
    let unwritable = unwritable.to_str().expect("its path is UTF-8");
    for (arguments, cli, says) in [
        (
            &["demo"][..],
            "",
            "neither terraform nor tofu is on the PATH: install",
        ),
        (
            &["bench"],
            "",
            "neither terraform nor tofu is on the PATH: install",
        ),
        (
            &["demo", "--keep"],
            "no-such-cli",
            "no-such-cli cannot be started: install",
        ),
        (&["demo", "--picture", unwritable], "", "demo.svg: "),
    ] {
        let output = command(arguments)
            .env("PATH", folder.path())
            .env("TF_CLI", cli)
            .output();
        let (code, _, stderr) = answer(output);
        assert_eq!(code, Some(1), "{arguments:?}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(says),
            "{stderr}"
        );
        assert!(!stderr.contains("Building"), "{stderr}");
    }
}

#[test]
fn what_is_built_and_how_long_it_took_elsewhere_is_said_before_the_build() {
    let (code, _, stderr) = xtask(&["codegen"]);
    assert_eq!(code, Some(1));
    let (first, rest) = stderr.split_once('\n').expect("it says what it does");
    assert!(
        first.contains("codegen") && first.contains("a minute"),
        "{first}"
    );
    assert!(
        rest.contains("no-such-cargo") || rest.contains("cargo build"),
        "{rest}"
    );
}
