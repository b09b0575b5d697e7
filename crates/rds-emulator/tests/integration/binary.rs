//! The program: ready when it says so, and gone without a trace.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rds_emulator::{ConnectionFile, client::Connection};
use tempfile::TempDir;

/// A running program, with all of its temporary files in a folder of its own.
struct Program {
    child: Child,
    directory: TempDir,
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed().as_secs() < 30, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        // The server may run as somebody else.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))
            .expect("the directory can be opened");
        fs::create_dir(directory.path().join("tmp")).expect("a folder");
        let child = Command::new(env!("CARGO_BIN_EXE_rds-emulator"))
            .arg("--connection-file")
            .arg(directory.path().join("rds.json"))
            .args(arguments)
            .env("TMPDIR", directory.path().join("tmp"))
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let program = Self { child, directory };
        wait_for("the connection file", || program.file().exists());
        program
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("rds.json")
    }

    fn connection(&self) -> ConnectionFile {
        ConnectionFile::read(&self.file()).expect("it can be read")
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(status.expect("kill can be run").success());
    }

    fn left(&self) -> Vec<PathBuf> {
        entries(&self.directory.path().join("tmp"))
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("it is there")
        .flatten()
        .map(|entry| entry.path())
        .collect()
}

/// Whether the server behind a cluster still answers.
fn answers(connection: &ConnectionFile) -> bool {
    let url = reqwest::Url::parse(&connection.clusters[0].superuser_url).expect("a URI");
    std::net::TcpStream::connect(("127.0.0.1", url.port().expect("a port"))).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn program_is_ready_with_its_file_and_leaves_nothing() {
    for signal in ["INT", "TERM"] {
        let mut program = Program::start(&["--postgres", "15", "--cluster", "a", "--cluster", "b"]);
        let mode = fs::metadata(program.file())
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let connection = program.connection();
        assert_eq!(connection.clusters.len(), 2);
        let rds = crate::support::rds(&connection);
        rds.describe_db_clusters()
            .send()
            .await
            .expect("the first call succeeds");
        for cluster in &connection.clusters {
            let password = &cluster.replication_password;
            Connection::open(
                cluster,
                &connection.ca_file,
                &cluster.replication_username,
                password,
            )
            .await
            .expect("the first connection succeeds");
            assert!(cluster.engine_version.starts_with("15."));
        }
        program.signal(signal);
        let status = program.child.wait().expect("it ends");
        assert!(status.success(), "{signal}: {status}");
        assert!(!program.file().exists(), "{signal}");
        assert!(program.left().is_empty(), "{signal}: {:?}", program.left());
        assert!(!answers(&connection), "{signal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn program_with_an_instance_and_a_multi_az_cluster_writes_both_in_its_file() {
    let mut program = Program::start(&[
        "--postgres",
        "15",
        "--instance",
        "billing",
        "--multi-az-cluster",
        "ledger",
    ]);
    let connection = program.connection();
    let names = |list: &[rds_emulator::Cluster]| -> Vec<String> {
        list.iter().map(|one| one.identifier.clone()).collect()
    };
    // The default cluster is there only where nobody asks for another.
    assert_eq!(names(&connection.clusters), ["ledger"]);
    assert_eq!(names(&connection.instances), ["billing"]);
    let billing = &connection.instances[0];
    Connection::open(
        billing,
        &connection.ca_file,
        &billing.replication_username,
        &billing.replication_password,
    )
    .await
    .expect("the first connection succeeds");
    program.signal("TERM");
    assert!(program.child.wait().expect("it ends").success());
}

#[test]
fn program_that_is_killed_takes_its_servers_with_it() {
    let mut program = Program::start(&["--postgres", "15"]);
    let neighbour = Program::start(&["--postgres", "15"]);
    let connection = program.connection();
    assert!(answers(&connection));
    program.signal("KILL");
    program.child.wait().expect("it ends");
    wait_for("the end of the server", || !answers(&connection));
    wait_for("the end of its files", || {
        program
            .left()
            .iter()
            .all(|folder| !folder.join("data").exists())
    });
    assert!(answers(&neighbour.connection()));
    neighbour.signal("TERM");
    wait_for("the end of the neighbour", || !neighbour.file().exists());
}

#[test]
fn program_asked_for_what_it_cannot_do_says_so() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_rds-emulator"))
            .args(arguments)
            .output()
            .expect("the program starts");
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text.into_owned())
    };
    let file = std::env::temp_dir().join("rds-emulator-never-written.json");
    let file = file.to_str().expect("it is text");
    let (success, text) = run(&["--connection-file", file, "--postgres", "10"]);
    assert!(!success && text.contains("11 to 18"), "{text}");
    let (success, text) = run(&["--connection-file", file, "--cluster", "No_Name"]);
    assert!(!success && text.contains("no cluster identifier"), "{text}");
    let (success, text) = run(&["--postgres", "15"]);
    assert!(!success && text.contains("--connection-file"), "{text}");
    let (success, text) = run(&["--help"]);
    assert!(success, "{text}");
    for option in [
        "--connection-file",
        "--postgres",
        "--cluster",
        "--multi-az-cluster",
        "--instance",
        "--region",
    ] {
        assert!(text.contains(option), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn psql_and_pg_recvlogical_are_content_where_they_are() {
    let installed = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if !installed("psql") || !installed("pg_recvlogical") {
        eprintln!("psql and pg_recvlogical are not there: the client of this crate alone is asked");
        return;
    }
    let stand_in = crate::support::StandIn::start(17).await;
    stand_in.sql("GRANT rds_iam TO cdc").await;
    stand_in.set_parameter("1").await;
    let cluster = stand_in.cluster();
    let target = format!(
        "host={} hostaddr=127.0.0.1 port={} dbname=shop sslmode=verify-full sslrootcert={}",
        cluster.host,
        cluster.connect_port,
        stand_in.connection().ca_file.display()
    );
    let run = async |program: &str, arguments: &[&str], password: &str| {
        let output = tokio::process::Command::new(program)
            .args(arguments)
            .env("PGPASSWORD", password)
            .output()
            .await
            .expect("it can be run");
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text.into_owned())
    };
    let as_master = format!("{target} user=master");
    let (success, text) = run(
        "psql",
        &[&as_master, "-Atc", "SELECT session_user"],
        &cluster.master_password,
    )
    .await;
    assert!(success && text.trim() == "master", "{text}");
    let as_cdc = format!("{target} user=cdc replication=database");
    let (success, text) = run(
        "psql",
        &[&as_cdc, "-Atc", "IDENTIFY_SYSTEM"],
        &cluster.replication_password,
    )
    .await;
    assert!(
        !success && text.contains("PAM authentication failed"),
        "{text}"
    );
    let token = stand_in.token("cdc").await;
    let (success, text) = run("psql", &[&as_cdc, "-Atc", "IDENTIFY_SYSTEM"], &token).await;
    assert!(success, "{text}");
    let as_cdc = format!("{target} user=cdc");
    let slot = ["-d", &as_cdc, "--slot", "s"];
    let create = [&slot[..], &["--create-slot", "--plugin", "pgoutput"]].concat();
    let (success, text) = run("pg_recvlogical", &create, &token).await;
    assert!(success, "{text}");
    stand_in
        .sql("INSERT INTO orders (item) VALUES ('through pg_recvlogical')")
        .await;
    let end = stand_in
        .sql("SELECT pg_current_wal_insert_lsn()")
        .await
        .expect("a position");
    let options = [
        "--start",
        "-f",
        "-",
        "--no-loop",
        "--endpos",
        &end,
        "-o",
        "proto_version=1",
        "-o",
        "publication_names=orders_pub",
    ];
    let start = [&slot[..], &options].concat();
    let (success, text) = run("pg_recvlogical", &start, &token).await;
    assert!(success && text.contains("through pg_recvlogical"), "{text}");
    stand_in.stop().await;
}
