//! PgBouncer, as Debian packages it: <https://www.pgbouncer.org/config.html>.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use rds_emulator::Cluster;
use tempfile::TempDir;
use tokio_postgres::NoTls;

use super::{StandIn, eventually};

/// Where it is not on the PATH of everybody.
const PROGRAMS: [&str; 3] = ["pgbouncer", "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];
/// Where it writes what happens, in its directory.
const LOG: &str = "pgbouncer.log";
/// Somebody else may take a port that was free a moment ago.
const ATTEMPTS: usize = 5;

/// A pooler in transaction mode in front of a gate; it ends with the test.
pub struct Pgbouncer {
    server: Child,
    /// Its port on loopback; it speaks no TLS.
    pub port: u16,
    /// The sessions of the server that its clients share.
    pub sessions: usize,
    directory: TempDir,
}

impl Pgbouncer {
    /// Starts one that knows the master user and asks by SCRAM. `None` where it is not installed,
    /// which is said aloud.
    pub fn start(stand_in: &StandIn, cluster: &Cluster, sessions: usize) -> Option<Self> {
        let Some(program) = PROGRAMS.into_iter().find(|name| runs(name)) else {
            // Past the test harness, which would swallow it.
            let _said = writeln!(
                std::io::stderr(),
                "\n*** NOT TESTED through pgbouncer: it is not installed (on Debian: apt-get install pgbouncer).\n"
            );
            return None;
        };
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            let mut this = Self::run(program, cluster, sessions);
            if this.comes_up(stand_in, cluster) {
                return Some(this);
            }
            said = this.said();
        }
        panic!("pgbouncer did not start: {said}");
    }

    fn run(program: &str, cluster: &Cluster, sessions: usize) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("rdsiam-pgbouncer-")
            .tempdir()
            .expect("a temporary directory can be made");
        let port = free_port();
        let users = directory.path().join("users.txt");
        let (user, password) = (&cluster.master_username, &cluster.master_password);
        fs::write(&users, format!("\"{user}\" \"{password}\"\n")).expect("a file can be written");
        let settings = directory.path().join("pgbouncer.ini");
        fs::write(
            &settings,
            format!(
                "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\npool_mode = transaction\n\
                 default_pool_size = {sessions}\nserver_tls_sslmode = require\nserver_reset_query =\n",
                cluster.connect_host,
                cluster.connect_port,
                users.display()
            ),
        )
        .expect("a file can be written");
        let log = fs::File::create(directory.path().join(LOG)).expect("a file can be made");
        let mut command = Command::new(program);
        if is_root() {
            // It does not run as root, and must read its files all the same.
            readable(directory.path());
            command.args(["-u", "nobody"]);
        }
        let server = command
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("pgbouncer can be run");
        Self {
            server,
            port,
            sessions,
            directory,
        }
    }

    /// Waits until it leads to the server; `false` when it has ended, since somebody else took its port
    /// first. That the port takes connections says nothing, then.
    fn comes_up(&mut self, stand_in: &StandIn, cluster: &Cluster) -> bool {
        let url = self.url(cluster);
        let mut is_running = true;
        eventually("pgbouncer", || {
            is_running = matches!(self.server.try_wait(), Ok(None));
            !is_running || stand_in.block_on(leads_somewhere(&url))
        });
        is_running
    }

    /// What it has written.
    fn said(&self) -> String {
        fs::read_to_string(self.directory.path().join(LOG)).unwrap_or_default()
    }

    /// A libpq URI for a client.
    pub fn url(&self, cluster: &Cluster) -> String {
        format!(
            "postgresql://{}:{}@127.0.0.1:{}/{}?sslmode=disable",
            cluster.master_username, cluster.master_password, self.port, cluster.database
        )
    }
}

impl Drop for Pgbouncer {
    fn drop(&mut self) {
        if let Ok(Some(status)) = self.server.try_wait() {
            eprintln!("pgbouncer has ended by itself, {status}: {}", self.said());
        }
        let _ended = self.server.kill();
        let _waited = self.server.wait();
    }
}

fn runs(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

async fn leads_somewhere(url: &str) -> bool {
    let Ok((client, connection)) = tokio_postgres::connect(url, NoTls).await else {
        return false;
    };
    tokio::spawn(connection);
    client.batch_execute("SELECT 1").await.is_ok()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("the listener has an address");
    address.port()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(unix)]
fn readable(directory: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(directory, open).expect("the directory is ours");
}

#[cfg(not(unix))]
fn readable(_: &Path) {}
