//! One connection: decides what the client must log in with, and passes it on.

use std::{
    io,
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    sync::watch,
};

use super::{
    Shared,
    loan::Loan,
    rule::RoleRights,
    startup::{ByteStream, FirstPacket, Kind, Startup, begin},
    statements::{self, Lender, Rules},
    token::{self, Login},
    traffic::MessageCounter,
};
use crate::{
    messages::{Message, authentication},
    model::RunningSettings,
};

/// How long a login may take: `authentication_timeout`.
const LOGIN: Duration = Duration::from_secs(60);
const INVALID_AUTHORIZATION: &str = "28000";
const CANNOT_CONNECT_NOW: &str = "57P03";

/// What a client must log in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    /// A token.
    Iam,
    /// What PostgreSQL itself asks for.
    Password,
}

/// Serves a client until it leaves.
pub async fn serve(shared: &Shared, client: TcpStream, from: IpAddr) -> io::Result<()> {
    if !shared.options.settings.borrow().available {
        // A stopped instance does not even answer.
        return Ok(());
    }
    client.set_nodelay(true)?;
    let opened = tokio::time::timeout(LOGIN, open(shared, client, from));
    let Some(session) = opened.await.map_err(|_| io::ErrorKind::TimedOut)?? else {
        return Ok(());
    };
    session.pump(shared).await
}

/// A client, and the server that it logs in to.
struct Session<C> {
    client: C,
    server: Box<dyn ServerStream>,
    user: String,
    may_set_passwords: bool,
    /// Whether it publishes all tables without being a superuser.
    publishes_all: bool,
    /// Whether it manages slots without the attribute REPLICATION.
    manages_slots: bool,
}

trait ServerStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> ServerStream for T {}

/// Logs a client in; `None` when it went or was refused.
async fn open(
    shared: &Shared,
    client: TcpStream,
    from: IpAddr,
) -> io::Result<Option<Session<std::pin::Pin<Box<dyn ByteStream>>>>> {
    let options = &shared.options;
    let (mut client, startup) = match begin(client, &shared.acceptor).await? {
        FirstPacket::Startup(client, startup) => (client, startup),
        FirstPacket::Cancel(packet) => {
            let mut server = TcpStream::connect(("127.0.0.1", options.server.port())).await?;
            server.write_all(&packet).await?;
            return server.shutdown().await.map(|()| None);
        }
        FirstPacket::Gone => return Ok(None),
    };
    shared.traffic.count_begun(startup.user());
    let settings = options.settings.borrow().clone();
    let rights = match own_rights(shared, &settings, startup.user()).await {
        Ok(rights) => rights,
        Err(error) => {
            tracing::warn!(%error, "the catalog cannot be read");
            let message = Message::fatal(CANNOT_CONNECT_NOW, "the database system is starting up");
            return refuse(&mut client, &message).await;
        }
    };
    let method = method(&settings, rights, startup.kind());
    if let Some(refusal) = refusal(&settings, options.major, method, &startup, from) {
        return refuse(&mut client, &refusal).await;
    }
    let lacks_attribute =
        rights.in_rds_replication && !rights.has_attribute && !rights.is_superuser;
    let borrows = startup.kind() == Kind::Logical && lacks_attribute;
    let manages_slots = startup.kind() == Kind::Normal && lacks_attribute;
    let may_set_passwords =
        rights.in_rds_password || rights.is_superuser || !settings.restrict_password_commands;
    let publishes_all =
        rights.in_rds_superuser && !rights.is_superuser && startup.kind() == Kind::Normal;
    match method {
        Method::Password => {
            let mut server = TcpStream::connect(("127.0.0.1", options.server.port())).await?;
            server.set_nodelay(true)?;
            server.write_all(&startup.packet).await?;
            let session = Session {
                client,
                server: Box::new(server),
                user: startup.user().to_owned(),
                may_set_passwords,
                publishes_all,
                manages_slots,
            };
            session.log_in(shared, &startup, borrows, None).await
        }
        Method::Iam => {
            Message::authentication(authentication::CLEARTEXT_PASSWORD)
                .write(&mut client)
                .await?;
            let Some(answer) = Message::read(&mut client).await? else {
                return Ok(None);
            };
            if !accepts(shared, &settings, &startup, &answer) {
                let text = format!("PAM authentication failed for user \"{}\"", startup.user());
                return refuse(&mut client, &Message::fatal(INVALID_AUTHORIZATION, &text)).await;
            }
            let loan = if borrows {
                Some(lend(shared, &startup).await?)
            } else {
                None
            };
            let mut server = UnixStream::connect(options.server.socket()).await?;
            server.write_all(&startup.packet).await?;
            let session = Session {
                client,
                server: Box::new(server),
                user: startup.user().to_owned(),
                may_set_passwords,
                publishes_all,
                manages_slots,
            };
            session.log_in(shared, &startup, false, loan).await
        }
    }
}

/// What a user is; an attribute that is only lent does not count.
async fn own_rights(
    shared: &Shared,
    settings: &RunningSettings,
    user: &str,
) -> Result<RoleRights, tokio_postgres::Error> {
    let borrowers = shared.loans.borrowers().await;
    let superusers = shared.superuser_loans.borrowers().await;
    let rights = shared
        .catalog
        .rights(user, settings.creator_row_counts)
        .await?;
    Ok(RoleRights {
        has_attribute: rights.has_attribute && !borrowers.contains_key(user),
        is_superuser: rights.is_superuser && !superusers.contains_key(user),
        ..rights
    })
}

/// The truth table of <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Replication.Logical.IAM-auth.html>.
fn method(settings: &RunningSettings, rights: RoleRights, kind: Kind) -> Method {
    let iam = match kind {
        Kind::Normal => rights.in_rds_iam,
        Kind::Logical | Kind::Physical => {
            rights.in_rds_iam
                && rights.may_replicate()
                && settings.iam_database_authentication
                && settings.logical_replication
                && settings.iam_auth_for_replication
        }
    };
    if iam { Method::Iam } else { Method::Password }
}

/// Why `pg_hba.conf` has nothing for this connection, in the words of each major version.
fn refusal(
    settings: &RunningSettings,
    major: u16,
    method: Method,
    startup: &Startup,
    from: IpAddr,
) -> Option<Message> {
    let encryption = match (major < 14, startup.encrypted) {
        (true, true) => "SSL on",
        (true, false) => "SSL off",
        (false, true) => "SSL encryption",
        (false, false) => "no encryption",
    };
    let user = startup.user();
    let text = if startup.kind() == Kind::Physical {
        format!(
            "no pg_hba.conf entry for replication connection from host \"{from}\", user \"{user}\", {encryption}"
        )
    } else if !startup.encrypted && method == Method::Iam {
        format!(
            "pg_hba.conf rejects connection for host \"{from}\", user \"{user}\", database \"{}\", {encryption}",
            startup.database()
        )
    } else if !startup.encrypted && settings.force_ssl {
        format!(
            "no pg_hba.conf entry for host \"{from}\", user \"{user}\", database \"{}\", {encryption}",
            startup.database()
        )
    } else {
        return None;
    };
    Some(Message::fatal(INVALID_AUTHORIZATION, &text))
}

fn accepts(
    shared: &Shared,
    settings: &RunningSettings,
    startup: &Startup,
    answer: &Message,
) -> bool {
    let options = &shared.options;
    let user = startup.user();
    if !settings.iam_database_authentication {
        tracing::info!(
            user,
            "a token was refused: IAM database authentication is off"
        );
        return false;
    }
    let Some(token) = answer.password() else {
        return false;
    };
    let login = Login {
        hosts: &options.hosts,
        port: options.port,
        region: &options.region,
        user,
    };
    match token::verify(token, &login, &options.access_keys, options.clock.now()) {
        Ok(()) => true,
        Err(reason) => {
            tracing::info!(user, %reason, "a token was refused");
            false
        }
    }
}

async fn lend(shared: &Shared, startup: &Startup) -> io::Result<Loan> {
    shared
        .loans
        .lend(startup.user())
        .await
        .map_err(io::Error::other)
}

async fn refuse<T>(
    client: &mut (impl AsyncWrite + Unpin),
    message: &Message,
) -> io::Result<Option<T>> {
    message.write(client).await?;
    client.shutdown().await?;
    Ok(None)
}

impl<C: AsyncRead + AsyncWrite + Unpin> Session<C> {
    /// Passes messages on until the server is ready: server and client take turns until then. `None` when
    /// one of them went.
    ///
    /// `borrows`: the attribute is lent once the client has answered the last question, so that who
    /// does not log in never has it. The client hears that the server is ready when it is taken back.
    async fn log_in(
        mut self,
        shared: &Shared,
        startup: &Startup,
        borrows: bool,
        mut loan: Option<Loan>,
    ) -> io::Result<Option<Self>> {
        while let Some(message) = Message::read(&mut self.server).await? {
            if message.tag == b'Z' {
                if let Some(loan) = loan.take() {
                    loan.take_back().await;
                }
                shared.traffic.count_connection(startup.user());
                message.write(&mut self.client).await?;
                return Ok(Some(self));
            }
            message.write(&mut self.client).await?;
            let question = message
                .authentication_kind()
                .filter(|kind| ![authentication::OK, authentication::SASL_FINAL].contains(kind));
            if let Some(question) = question {
                let Some(answer) = Message::read(&mut self.client).await? else {
                    return Ok(None);
                };
                if borrows && question != authentication::SASL {
                    loan = Some(lend(shared, startup).await?);
                }
                answer.write(&mut self.server).await?;
            }
        }
        self.client.shutdown().await?;
        Ok(None)
    }

    /// Passes everything on until one side leaves.
    async fn pump(self, shared: &Shared) -> io::Result<()> {
        let (client_reader, client_writer) = tokio::io::split(self.client);
        let (server_reader, server_writer) = tokio::io::split(self.server);
        let mut statements = MessageCounter::of(b"QE");
        let mut ready_messages = MessageCounter::of(b"Z");
        let (ready, is_ready) = watch::channel(0);
        let server_spoke = AtomicBool::new(true);
        let look = |bytes: &[u8]| {
            if server_spoke.swap(false, Ordering::Relaxed) {
                shared.traffic.count_round_trip();
            }
            shared.traffic.count_statements(statements.count(bytes));
        };
        let user = self.user.as_str();
        let lender = |loans| Lender {
            loans,
            user,
            ready: is_ready.clone(),
        };
        let rules = Rules {
            may_set_passwords: self.may_set_passwords,
            publishing: self.publishes_all.then(|| lender(&shared.superuser_loans)),
            slots: self.manages_slots.then(|| lender(&shared.loans)),
        };
        let publishes_schemas = || shared.options.settings.borrow().publishes_schemas;
        let to_server = async {
            match rules.is_none() {
                true => copy(client_reader, server_writer, look).await,
                false => {
                    let (from, to) = (client_reader, server_writer);
                    statements::copy_by(rules, publishes_schemas, from, to, look).await
                }
            }
        };
        let to_client = copy(server_reader, client_writer, |bytes| {
            server_spoke.store(true, Ordering::Relaxed);
            shared.traffic.count_answered(bytes.len());
            let times = ready_messages.count(bytes);
            if times > 0 {
                ready.send_modify(|ready| *ready += times);
            }
        });
        tokio::pin!(to_server, to_client);
        tokio::select! {
            // Where the server has ended the session, the client has nothing more to say.
            result = &mut to_client => result,
            result = &mut to_server => {
                result?;
                to_client.await
            }
        }
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut look: impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 14];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        look(&buffer[..length]);
        to.write_all(&buffer[..length]).await?;
        to.flush().await?;
    }
}
