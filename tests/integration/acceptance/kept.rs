//! The configurations that `cargo xtask demo --keep` leaves: they work in a bare shell, and by
//! their script in any other.

use std::{
    fmt::Display,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use stage::{configuration, local_mirror, wrapper};
use terraform_client::Cli;

use crate::support::{StandIn, any_major};

/// Runs a command to its end; its exit code and what it prints.
fn run(command: &mut Command) -> (Option<i32>, String) {
    command.stdin(Stdio::null());
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("it runs");
    let output = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&output).into_owned())
}

/// Settings of somebody who works with other databases and accounts, with a home of his own.
fn unhelpful(command: &mut Command, home: &Path) {
    let configuration = "provider_installation {\n  direct {\n    exclude = [\"*/*/*\"]\n  }\n}\n";
    for name in [".terraformrc", ".tofurc"] {
        fs::write(home.join(name), configuration).expect("the home can be written to");
    }
    let aws = home.join(".aws");
    fs::create_dir_all(&aws).expect("the home can be written to");
    fs::write(aws.join("config"), "[default]\nrole_arn = other\n").expect("it can be written");
    command.env("HOME", home).envs([
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_PROFILE", "work"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", "1"),
        ("PGUSER", "somebody"),
        ("TF_CLI_ARGS_plan", "-destroy"),
        ("TF_CLI_CONFIG_FILE", "/none"),
        ("TF_WORKSPACE", "work"),
    ]);
}

fn write(folder: &Path, text: Result<String, impl Display>) {
    let text = text.unwrap_or_else(|failure| panic!("{failure}"));
    fs::create_dir_all(folder).expect("a folder can be made");
    fs::write(folder.join("main.tf"), text).expect("the folder can be written to");
}

#[test]
fn kept_configurations_are_planned_with_nothing_to_fill_in_in_a_bare_shell_and_by_their_script_in_any()
 {
    let stand_in = StandIn::start(any_major());
    let (connection, cluster) = (stand_in.connection(), stand_in.cluster());
    let folder = tempfile::tempdir().expect("a temporary directory");
    write(folder.path(), configuration::demo(connection, cluster));
    write(
        &folder.path().join("beside-aws"),
        configuration::beside_aws(connection, cluster),
    );
    let cli = Cli::find().expect("there is a CLI");
    let version = cli.version().expect("the CLI says what it is");
    let provider = Path::new(env!("CARGO_BIN_EXE_terraform-provider-rdsiam"));
    local_mirror::install(folder.path(), "rdsiam/rdsiam", provider, &version.platform)
        .unwrap_or_else(|failure| panic!("{failure}"));

    let bare = |expected, arguments: &[&str]| {
        let mut command = cli.command(folder.path(), arguments);
        let (code, output) = run(command.env("HOME", folder.path()));
        assert_eq!(code, Some(expected), "{arguments:?}: {output}");
        output
    };
    bare(0, &["fmt", "-check", "-diff", "-recursive"]);
    bare(0, &["init"]);
    let plan = bare(2, &["plan", "-detailed-exitcode"]);
    assert!(plan.contains("Plan: 2 to add, 0 to change, 0 to destroy."));
    wrapper::write(folder.path(), "its script", cli.program())
        .unwrap_or_else(|failure| panic!("{failure}"));
    let script = |arguments: &[&str]| {
        let home = tempfile::tempdir().expect("a temporary directory");
        let mut command = Command::new(folder.path().join("its script"));
        unhelpful(&mut command, home.path());
        let (code, output) = run(command.current_dir(&folder).args(arguments));
        assert_eq!(code, Some(0), "{arguments:?}: {output}");
        output
    };
    fs::remove_dir_all(folder.path().join(".terraform")).expect("init has made it");
    script(&["init"]);
    let plan = script(&["plan", "-no-color"]);
    assert!(plan.contains("Plan: 2 to add, 0 to change, 0 to destroy."));
    // Only an apply logs in.
    script(&["apply", "-auto-approve"]);
}
