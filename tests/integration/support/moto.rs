//! moto's server: an implementation of the RDS API that is not ours.
//! <https://docs.getmoto.org/en/latest/docs/server_mode.html>

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use aws_sdk_rds::config::{BehaviorVersion, Credentials, Region};

/// The release that the tests were written against.
const VERSION: &str = "5.2.1";
/// The line that says where it listens.
const RUNNING: &str = "Running on ";
const REGION: &str = "eu-central-1";

/// A server on a free port of loopback; it ends with the test.
pub struct Moto {
    server: Child,
    endpoint: String,
}

impl Moto {
    /// Starts one; installs it into a virtual environment in cargo's target folder first, unless an
    /// earlier run has done so. `None` where there is no Python to run it, which is said aloud.
    pub fn start() -> Option<Self> {
        let Some(python) = python() else {
            // Past the test harness, which would swallow it.
            let _said = writeln!(
                std::io::stderr(),
                "\n*** NOT TESTED against moto: there is no python3 with venv and pip on the PATH. Install them (on \
                 Debian: apt-get install python3 python3-venv).\n"
            );
            return None;
        };
        let environment = installed(&python);
        let mut server = Command::new(environment.join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto_server is in its virtual environment");
        let log = server.stderr.take().expect("standard error is piped");
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        let endpoint = lines.find_map(|line| {
            let (_, url) = line.split_once(RUNNING)?;
            Some(url.trim().to_owned())
        });
        // It must not wait for somebody to read what it logs.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self {
            server,
            endpoint: endpoint.expect("moto_server says where it listens"),
        })
    }

    /// What points the AWS SDKs at it.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// An RDS client that somebody else uses.
    pub fn rds(&self) -> aws_sdk_rds::Client {
        aws_sdk_rds::Client::from_conf(
            aws_sdk_rds::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .endpoint_url(&self.endpoint)
                .credentials_provider(Credentials::new("any", "any", None, None, "test"))
                .build(),
        )
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ended = self.server.kill();
        let _waited = self.server.wait();
    }
}

/// A Python that can make virtual environments.
fn python() -> Option<PathBuf> {
    let can = Command::new("python3")
        .args(["-c", "import venv, ensurepip"])
        .output();
    can.is_ok_and(|done| done.status.success())
        .then(|| PathBuf::from("python3"))
}

/// The virtual environment with moto in it.
fn installed(python: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let environment = target.join(format!("moto-{VERSION}"));
    let done = environment.join("installed");
    // Other test processes may share the folder.
    let lock = File::create(target.join("moto.lock")).expect("the target folder can be written");
    lock.lock().expect("the file can be locked");
    if !done.exists() {
        let _left = fs::remove_dir_all(&environment);
        run(Command::new(python).args(["-m", "venv"]).arg(&environment));
        run(Command::new(environment.join("bin/python")).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            // What is imported is compiled then; all of it takes twenty seconds.
            "--no-compile",
            &format!("moto[server]=={VERSION}"),
        ]));
        fs::write(&done, VERSION).expect("the target folder can be written");
    }
    environment
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed (it needs Python's package index): {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
