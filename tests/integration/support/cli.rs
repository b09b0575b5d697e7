//! The Terraform or OpenTofu CLI in a working directory of its own, with the built provider.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::TempDir;
use terraform_client::{Cli, Unmanaged, cli::write_dev_overrides};

use super::StandIn;

/// The provider's address, as configurations write it.
const SOURCE: &str = "rdsiam/rdsiam";
/// The state's file in a working directory.
const STATE: &str = "terraform.tfstate";
/// The built provider.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-rdsiam");

/// A working directory with a configuration and a state.
///
/// Commands that run to their end share one process of the provider, in debug mode: Terraform then makes a connection
/// where it would start a process and settle TLS with it, and each connection has a provider of its own.
pub struct Workspace {
    cli: Cli,
    directory: TempDir,
    environment: Vec<(String, String)>,
    /// From the first command on that joins it, for as long as the environment stays the same.
    unmanaged: Mutex<Option<Unmanaged>>,
    is_managed: bool,
}

/// What not each CLI can do that the tests run with.
#[derive(Clone, Copy, Debug)]
pub enum Ability {
    /// `import` blocks with an identity.
    ImportByIdentity,
    /// `terraform query`, of list resources.
    Query,
    /// Actions.
    Actions,
}

impl Ability {
    /// The first minor versions of Terraform and of OpenTofu that can do it.
    fn since(self) -> ((u64, u64), Option<(u64, u64)>) {
        match self {
            Self::ImportByIdentity => ((1, 12), Some((1, 12))),
            Self::Query | Self::Actions => ((1, 14), None),
        }
    }
}

/// What a CLI command did.
pub struct Run {
    command: String,
    output: Output,
}

impl Workspace {
    /// A directory whose provider talks to the given stand-in.
    pub fn new(stand_in: &StandIn) -> Self {
        Self::with_environment(stand_in.environment())
    }

    /// A directory for what needs no server.
    pub fn offline() -> Self {
        Self::with_environment(Vec::new())
    }

    /// A directory whose provider finds these variables in its environment.
    pub fn with_environment(mut environment: Vec<(String, String)>) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("rdsiam-test-")
            .tempdir()
            .expect("a temporary directory can be made");
        let cli_config = directory.path().join("cli.tfrc");
        write_dev_overrides(&cli_config, &[(SOURCE, Path::new(PROGRAM))])
            .expect("the CLI configuration can be written");
        environment.push((
            "TF_CLI_CONFIG_FILE".into(),
            cli_config.display().to_string(),
        ));
        Self {
            cli: cli(),
            directory,
            environment,
            unmanaged: Mutex::default(),
            is_managed: false,
        }
    }

    /// Has the CLI start and end the provider's processes from now on, for what is about the processes themselves, or
    /// about what they log.
    pub fn manage_provider(&mut self) {
        self.is_managed = true;
        self.end_unmanaged();
    }

    /// Puts another provider beside ours: a program that stands in for the one of that source address.
    pub fn add_provider(&self, source: &str, program: &Path) {
        let cli_config = self.path().join("cli.tfrc");
        write_dev_overrides(
            &cli_config,
            &[(SOURCE, Path::new(PROGRAM)), (source, program)],
        )
        .expect("the CLI configuration can be written");
    }

    /// Replaces the CLI configuration: the CLI installs the provider as that says, and takes none that was built.
    #[cfg(target_os = "linux")]
    pub fn write_cli_configuration(&mut self, text: &str) {
        self.manage_provider();
        fs::write(self.path().join("cli.tfrc"), text)
            .expect("the CLI configuration can be written");
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Sets an environment variable for the commands that follow.
    pub fn set_environment(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
        self.end_unmanaged();
    }

    /// Makes the commands that follow talk to another stand-in, as from a shell with another environment.
    pub fn point_at(&mut self, stand_in: &StandIn) {
        for (name, value) in stand_in.environment() {
            self.unset_environment(&name);
            self.set_environment(&name, &value);
        }
    }

    /// Takes an environment variable away from the commands that follow.
    pub fn unset_environment(&mut self, name: &str) {
        self.environment.retain(|(one, _)| one != name);
        self.end_unmanaged();
    }

    /// Replaces the configuration, beside the `required_providers` block.
    pub fn write(&self, configuration: &str) {
        self.write_versions();
        fs::write(self.path().join("main.tf"), configuration)
            .expect("the configuration can be written");
    }

    /// Writes the `required_providers` block.
    pub fn write_versions(&self) {
        let text = format!(
            "terraform {{\n  required_providers {{\n    rdsiam = {{\n      source = {SOURCE:?}\n    }}\n  }}\n}}\n"
        );
        fs::write(self.path().join("versions.tf"), text).expect("the configuration can be written");
    }

    /// Runs a command; colours and questions are off.
    ///
    /// # Panics
    /// When the provider's process ended, with what it wrote.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        if !self.is_managed {
            self.join_unmanaged(&mut command);
        }
        let output = command.output();
        let output = output.unwrap_or_else(|error| panic!("{:?}: {error}", self.cli));
        self.check_unmanaged(arguments);
        Run {
            command: arguments.join(" "),
            output,
        }
    }

    /// The command, to be started by the caller. The CLI starts the provider's processes, which are its children.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.cli.command(self.path(), arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Has a command join the provider's process, which is started if there is none yet.
    fn join_unmanaged(&self, command: &mut Command) {
        let mut unmanaged = self.unmanaged();
        let unmanaged = unmanaged.get_or_insert_with(|| {
            let mut provider = terraform_client::command(PROGRAM).into_std();
            // As it is for a child of the CLI.
            provider.current_dir(self.path());
            provider.envs(self.environment.iter().map(|(name, value)| (name, value)));
            Unmanaged::start(&mut provider).unwrap_or_else(|error| panic!("{error}"))
        });
        let (name, value) = unmanaged.variable();
        command.env(name, value);
        // The CLI is written in Go. What lasts a moment leaves little to collect, and takes a tenth of its time for it.
        command.envs([("GOGC", "off"), ("GOMEMLIMIT", "256MiB")]);
    }

    #[track_caller]
    fn check_unmanaged(&self, arguments: &[&str]) {
        let ended = self
            .unmanaged()
            .take_if(|process| process.ended().is_some());
        if let Some(mut process) = ended {
            panic!(
                "the provider ended during `{}`: {:?}\n{}",
                arguments.join(" "),
                process.ended(),
                process.stderr()
            );
        }
    }

    /// The next command starts another process.
    fn end_unmanaged(&mut self) {
        *self.unmanaged() = None;
    }

    fn unmanaged(&self) -> MutexGuard<'_, Option<Unmanaged>> {
        // Whether there is a process is never half-written.
        self.unmanaged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the CLI under test can do something. Where it cannot, that is printed: whoever asks does
    /// nothing then.
    pub fn can(&self, ability: Ability) -> bool {
        let version = self.cli.version().unwrap_or_else(|error| panic!("{error}"));
        let (terraform, tofu) = ability.since();
        let since = if version.is_tofu() {
            tofu
        } else {
            Some(terraform)
        };
        let can = since.is_some_and(|since| version.minor >= since);
        if !can {
            eprintln!(
                "not tried: {ability:?} needs another CLI than {}",
                version.text
            );
        }
        can
    }

    /// `plan -detailed-exitcode`.
    pub fn plan(&self) -> Run {
        self.run(&["plan", "-detailed-exitcode"])
    }

    /// `apply`.
    pub fn apply(&self) -> Run {
        self.run(&["apply", "-auto-approve"])
    }

    /// `destroy`.
    pub fn destroy(&self) -> Run {
        self.run(&["destroy", "-auto-approve"])
    }

    /// The attributes of a resource in the state; `None` when it is not there. The state is read as it is saved: a
    /// command that shows it starts the provider, for its schema.
    pub fn state(&self, address: &str) -> Option<serde_json::Value> {
        let text = fs::read_to_string(self.path().join(STATE)).ok()?;
        let state: serde_json::Value = serde_json::from_str(&text).expect("a state is JSON");
        let resources = state["resources"].as_array()?;
        resources.iter().find_map(|resource| {
            let instances = resource["instances"].as_array()?;
            instances
                .iter()
                .filter(|instance| instance["deposed"].is_null())
                .find(|instance| address_of(resource, instance) == address)
                .map(|instance| instance["attributes"].clone())
        })
    }

    /// Takes away what the provider keeps beside the state of each resource, as an earlier version of it left
    /// the state.
    pub fn forget_private_data(&self) {
        let text = self.state_text();
        let mut state: serde_json::Value = serde_json::from_str(&text).expect("a state is JSON");
        let resources = state["resources"].as_array_mut().expect("a list");
        for resource in resources {
            for instance in resource["instances"].as_array_mut().expect("a list") {
                let instance = instance.as_object_mut().expect("an instance is an object");
                instance.remove("private");
            }
        }
        let text = serde_json::to_string(&state).expect("JSON can be written");
        fs::write(self.path().join(STATE), text).expect("the state can be written");
    }

    /// The whole state file, as text.
    pub fn state_text(&self) -> String {
        fs::read_to_string(self.path().join(STATE)).unwrap_or_default()
    }
}

impl Run {
    /// What went to the screen: standard output.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// What went to the screen: both outputs, with the frame of messages taken away and line
    /// breaks joined, so that a sentence can be searched.
    pub fn text(&self) -> String {
        let all = format!(
            "{}\n{}",
            self.stdout(),
            String::from_utf8_lossy(&self.output.stderr)
        );
        let lines: Vec<&str> = all
            .lines()
            .map(|line| line.trim_matches(|c: char| c.is_whitespace() || "│╷╵".contains(c)))
            .collect();
        lines.join(" ")
    }

    /// The exit code.
    pub fn code(&self) -> i32 {
        self.output.status.code().unwrap_or(-1)
    }

    /// This run, which must have succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code(), 0, "`{}` failed:\n{}", self.command, self.all());
        self
    }

    /// This run, which must have failed.
    #[track_caller]
    pub fn failure(self) -> Self {
        assert_eq!(
            self.code(),
            1,
            "`{}` did not fail:\n{}",
            self.command,
            self.all()
        );
        self
    }

    /// This plan, which must have found nothing to do.
    #[track_caller]
    pub fn empty(self) -> Self {
        assert_eq!(
            self.code(),
            0,
            "`{}` is not empty:\n{}",
            self.command,
            self.all()
        );
        self
    }

    /// This plan, which must have found something to do.
    #[track_caller]
    pub fn changes(self) -> Self {
        assert_eq!(
            self.code(),
            2,
            "`{}` shows no change:\n{}",
            self.command,
            self.all()
        );
        self
    }

    /// This run, whose output must contain a sentence.
    #[track_caller]
    pub fn says(self, sentence: &str) -> Self {
        assert!(
            self.text().contains(sentence),
            "`{}` does not say {sentence:?}:\n{}",
            self.command,
            self.all()
        );
        self
    }

    /// This run, whose output must not contain a text.
    #[track_caller]
    pub fn does_not_say(self, text: &str) -> Self {
        assert!(
            !self.text().contains(text),
            "`{}` says {text:?}:\n{}",
            self.command,
            self.all()
        );
        self
    }

    fn all(&self) -> String {
        format!(
            "{}\n{}",
            self.stdout(),
            String::from_utf8_lossy(&self.output.stderr)
        )
    }
}

/// The address of an instance of a resource in a state.
fn address_of(resource: &serde_json::Value, instance: &serde_json::Value) -> String {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    let mut address = match resource["module"].as_str() {
        Some(module) => format!("{module}."),
        None => String::new(),
    };
    if text("mode") == "data" {
        address.push_str("data.");
    }
    address.push_str(&format!("{}.{}", text("type"), text("name")));
    // A number or a string in quotes, in JSON as in an address.
    if let Some(key) = instance.get("index_key") {
        address.push_str(&format!("[{key}]"));
    }
    address
}

/// The CLI under test.
fn cli() -> Cli {
    Cli::find().unwrap_or_else(|error| panic!("{error}"))
}
