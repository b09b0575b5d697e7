//! A running server.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddrV4, TcpListener},
    path::PathBuf,
    time::{Duration, Instant},
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::Mutex;
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

use super::{
    Binaries, Error, Options,
    database_cluster::DatabaseCluster,
    process::Process,
    roles::{self, SUPERUSER},
};

/// How long a server may take to come up.
const START: Duration = Duration::from_secs(60);
/// How often to try in the meantime.
const POLL: Duration = Duration::from_millis(20);
/// How long to wait for the port of a stopped server.
const PORT_WAIT: Duration = Duration::from_secs(10);
/// Ports to try: another program may take a free one first.
const PORTS: usize = 5;

/// A server and its files; both are gone when it is dropped.
#[derive(Debug)]
pub struct Server {
    binaries: Binaries,
    files: DatabaseCluster,
    port: u16,
    version: String,
    database: String,
    superuser_password: String,
    process: Mutex<Option<Process>>,
}

impl Server {
    /// Makes a database cluster, starts the server and prepares its database.
    ///
    /// # Errors
    /// When the binaries are not there, or a step fails.
    pub async fn start(options: &Options, progress: &(dyn Fn(&str) + Sync)) -> Result<Self, Error> {
        let binaries = Binaries::of_major(options.major, progress).await?;
        let superuser_password = Uuid::new_v4().simple().to_string();
        let files = DatabaseCluster::new(&binaries).await?;
        let mut server = Self {
            binaries,
            files,
            port: 0,
            version: String::new(),
            database: options.database.clone(),
            superuser_password,
            process: Mutex::default(),
        };
        for attempt in 1.. {
            server.port =
                free_port().map_err(Error::file("looking for a free port on", "127.0.0.1"))?;
            match server.try_to_start().await {
                Err(error) if attempt < PORTS && is_port_taken(&error) => {}
                started => {
                    started?;
                    break;
                }
            }
        }
        let client = server.superuser("postgres").await?;
        let password = roles::superuser_password(&server.superuser_password);
        client.batch_execute(&password).await?;
        for statement in roles::server_statements(options) {
            client.batch_execute(&statement).await?;
        }
        let version: &str = &client
            .query_one("SHOW server_version", &[])
            .await?
            .get::<_, String>(0);
        // Debian appends its own version.
        server.version = version.split(' ').next().unwrap_or(version).to_owned();
        let client = server.superuser(&options.database).await?;
        for statement in roles::database_statements(options) {
            client.batch_execute(&statement).await?;
        }
        Ok(server)
    }

    /// Version of PostgreSQL, such as `17.6`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The port on 127.0.0.1 where passwords count.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The Unix socket on which everyone is trusted.
    pub fn socket(&self) -> PathBuf {
        self.files.path().join(format!(".s.PGSQL.{}", self.port))
    }

    /// A libpq URI for the bootstrap superuser, past the gate.
    pub fn superuser_url(&self) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        format!(
            "postgresql://{SUPERUSER}:{}@127.0.0.1:{}/{}?sslmode=disable",
            encode(&self.superuser_password),
            self.port,
            encode(&self.database)
        )
    }

    /// A connection of the bootstrap superuser, which runs in a task of its own.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn superuser(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        config
            .host_path(self.files.path())
            .port(self.port)
            .user(SUPERUSER)
            .dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Sets parameters over those of the configuration file. Those that can change in a running
    /// server do so at once, others with the next start.
    ///
    /// # Errors
    /// When the file cannot be written or the server does not answer.
    pub async fn set_parameters(&self, parameters: &[(&str, &str)]) -> Result<(), Error> {
        self.files.write_settings(parameters)?;
        if self.process.lock().await.is_some() {
            let client = self.superuser("postgres").await?;
            client.batch_execute("SELECT pg_reload_conf()").await?;
        }
        Ok(())
    }

    /// Stops the server in order; its files stay.
    ///
    /// # Errors
    /// When the operating system does not let it.
    pub async fn stop(&self) -> Result<(), Error> {
        match self.process.lock().await.take() {
            Some(process) => process
                .stop()
                .await
                .map_err(Error::file("stopping", self.binaries.program("postgres"))),
            None => Ok(()),
        }
    }

    /// Keeps a copy of the data of a stopped server, in place of an earlier one.
    ///
    /// # Errors
    /// When the copy fails.
    pub async fn take_snapshot(&self) -> Result<(), Error> {
        self.files.take_snapshot().await
    }

    /// Puts the copy in the place of the data of a stopped server, with the replication slots that are in it or
    /// without.
    ///
    /// # Errors
    /// When the files cannot be replaced.
    pub async fn restore(&self, with_slots: bool) -> Result<(), Error> {
        self.files.restore(with_slots).await
    }

    /// Ends the server at once and removes its files.
    pub async fn end(&self) {
        if let Some(process) = self.process.lock().await.take()
            && let Err(error) = process.end().await
        {
            tracing::warn!(%error, "PostgreSQL could not be ended");
        }
        if let Err(error) = self.files.remove() {
            tracing::warn!(%error, "the files of PostgreSQL could not be removed");
        }
    }

    /// Starts a stopped server, on the port that it had.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_again(&self) -> Result<(), Error> {
        let deadline = Instant::now() + PORT_WAIT;
        loop {
            match self.try_to_start().await {
                // Somebody's outgoing connection can have the port for a moment.
                Err(error) if is_port_taken(&error) && Instant::now() < deadline => {
                    tokio::time::sleep(POLL).await;
                }
                started => return started,
            }
        }
    }

    async fn try_to_start(&self) -> Result<(), Error> {
        let mut running = self.process.lock().await;
        if running.is_some() {
            return Ok(());
        }
        let program = self.binaries.program("postgres");
        let log = self.files.log();
        let log = File::create(&log).map_err(Error::file("writing", log))?;
        let mut process = Process::start(
            self.files.path(),
            &program,
            [
                "-D".into(),
                self.files.data().into_os_string(),
                "-p".into(),
                self.port.to_string().into(),
            ],
            log,
        )
        .map_err(Error::file("running", program))?;
        let deadline = Instant::now() + START;
        while self.superuser("postgres").await.is_err() {
            if process.ended().is_some() || Instant::now() > deadline {
                return Err(Error::Start {
                    log: self.files.end_of_log(),
                });
            }
            tokio::time::sleep(POLL).await;
        }
        *running = Some(process);
        Ok(())
    }

    /// Stops and starts the server.
    ///
    /// # Errors
    /// As [`Server::stop`] and [`Server::start_again`].
    pub async fn restart(&self) -> Result<(), Error> {
        self.stop().await?;
        self.start_again().await
    }
}

fn is_port_taken(error: &Error) -> bool {
    matches!(error, Error::Start { log } if log.contains("could not bind"))
}

fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn server_whose_port_is_taken_for_a_moment_starts_again_on_it() {
        let server = Server::start(&options(), &|_| {})
            .await
            .expect("the server starts");
        server.stop().await.expect("it stops");
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, server.port())).expect("it is free");
        let (started, ()) = tokio::join!(server.start_again(), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            drop(other);
        });
        started.expect("it starts once the port is free");
        server.superuser("shop").await.expect("it answers");
        server.end().await;
    }

    fn options() -> Options {
        Options {
            major: 15,
            database: "shop".to_owned(),
            master_username: "master".to_owned(),
            master_password: "m".into(),
            replication_username: "cdc".to_owned(),
            replication_password: "c".into(),
            publication: "orders_pub".to_owned(),
        }
    }

    #[tokio::test]
    async fn server_that_was_stopped_starts_again_and_one_that_was_ended_leaves_no_files() {
        let server = Server::start(&options(), &|_| {})
            .await
            .expect("the server starts");
        let folder = server.files.path().to_owned();
        server.stop().await.expect("it stops");
        assert!(server.superuser("shop").await.is_err());
        server.restart().await.expect("it starts again");
        let client = server.superuser("shop").await.expect("it answers");
        let row = client.query_one("SELECT count(*) FROM orders", &[]).await;
        assert_eq!(row.expect("the table is there").get::<_, i64>(0), 1);
        server.end().await;
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn server_that_is_only_dropped_leaves_no_files() {
        let server = Server::start(&options(), &|_| {})
            .await
            .expect("the server starts");
        let folder = server.files.path().to_owned();
        drop(server);
        while folder.exists() {
            tokio::time::sleep(POLL).await;
        }
    }
}
