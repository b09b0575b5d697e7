//! PgBouncer, as Debian packages it: <https://www.pgbouncer.org/config.html>.

use std::{
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use rds_emulator::Cluster;
use tempfile::TempDir;

use super::eventually;

/// Where it is not on the PATH of everybody.
const PROGRAMS: [&str; 3] = ["pgbouncer", "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];

/// A pooler in transaction mode in front of a gate; it ends with the test.
pub struct Pgbouncer {
    server: Child,
    /// Its port on loopback; it speaks no TLS.
    pub port: u16,
    /// The sessions of the server that its clients share.
    pub sessions: usize,
    _directory: TempDir,
}

impl Pgbouncer {
    /// Starts one that knows the master user and asks by SCRAM. `None` where it is not installed,
    /// which is said aloud.
    pub fn start(cluster: &Cluster, sessions: usize) -> Option<Self> {
        let Some(program) = PROGRAMS.into_iter().find(|name| runs(name)) else {
            // Past the test harness, which would swallow it.
            let _said = writeln!(
                std::io::stderr(),
                "\n*** NOT TESTED through pgbouncer: it is not installed (on Debian: apt-get install pgbouncer).\n"
            );
            return None;
        };
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
        let mut command = Command::new(program);
        command.arg("-q");
        if is_root() {
            // It does not run as root, and must read its files all the same.
            readable(directory.path());
            command.args(["-u", "nobody"]);
        }
        let server = command
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer can be run");
        let this = Self {
            server,
            port,
            sessions,
            _directory: directory,
        };
        eventually("pgbouncer", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Some(this)
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
