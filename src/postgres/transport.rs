//! The ways to a server, and what each can do.
//!
//! Each runs batches in sessions. Beyond that a way says what it can: ask what the server demands of a login
//! ([`Transport::authentication`]), and leave a batch to the server over a commit, to cancel it or not
//! ([`Session::unattended`]). What needs more than a way can do is refused.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{AuthRequest, Batch, ConnectionKind, Error, Rows, Statement};
use crate::scope::Scope;

/// A way to one database of a server, as one user. Contacts nothing before it is used.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Where the server is, for messages: `host:port` of a socket.
    fn endpoint(&self) -> String;

    /// The user of the sessions.
    fn username(&self) -> &str;

    /// Whether that user logs in with IAM tokens.
    fn uses_tokens(&self) -> bool;

    /// A session, as soon as one may be had. A failure that passes by itself, such as that of a server that
    /// restarts, is waited out with patience.
    ///
    /// # Errors
    /// When the server cannot be reached or does not let the user in, or the operation ends first.
    async fn open(&self, scope: &Scope, patience: Patience) -> Result<Box<dyn Session>, Error>;

    /// One more session, if it is to be had soon and without waiting for anybody.
    async fn open_spare(&self, scope: &Scope) -> Option<Box<dyn Session>>;

    /// Asks what the server demands of a login; `None` where this way cannot ask.
    fn authentication(&self) -> Option<&dyn AskAuthentication> {
        None
    }

    /// Runs commands on connections for replication; `None` where this way has none.
    fn replication(&self) -> Option<&dyn CommandReplication> {
        None
    }
}

/// How long it is waited for a failure to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// For some seconds: a look at what is there says soon that the server does not answer.
    Look,
    /// As long as the operation may take: a change that is given up is for somebody to finish.
    Change,
}

/// Asks what a server demands of a login, without credentials.
#[async_trait]
pub trait AskAuthentication: Send + Sync {
    /// What it demands now.
    ///
    /// # Errors
    /// When the server cannot be reached, or the operation ends first.
    async fn ask(
        &self,
        scope: &Scope,
        user: &str,
        kind: ConnectionKind,
    ) -> Result<AuthRequest, Error>;
}

/// Runs commands that are known on connections for replication alone.
/// <https://www.postgresql.org/docs/current/protocol-replication.html>
#[async_trait]
pub trait CommandReplication: Send + Sync {
    /// Runs one on a connection of its own. One that is cut off, because the operation ended, is given up by the server.
    ///
    /// # Errors
    /// When the server cannot be reached, does not let the user in or fails, or the operation ends first.
    async fn command(
        &self,
        scope: &Scope,
        attempted: &str,
        command: &Statement,
    ) -> Result<(), Error>;
}

/// A session: what it has begun, the next batch goes on with. Others may have it once it is dropped.
#[async_trait]
pub trait Session: Send + Sync {
    /// The version of the server, as `server_version_num` has it, such as 170010: what there is to be read differs.
    /// 0 where it does not say.
    fn version(&self) -> u32;

    /// Runs a batch; the rows of each statement. `attempted` is what it is for, as a present-tense phrase.
    ///
    /// # Errors
    /// The server's, with what was attempted. A session whose batch was cut off, because the operation ended, is
    /// broken off.
    async fn run(
        &mut self,
        scope: &Scope,
        attempted: &str,
        batch: &Batch,
    ) -> Result<Vec<Rows>, Error>;

    /// Takes back what the transaction did. A session that cannot is broken off, which does the same.
    async fn roll_back(&mut self);

    /// Ends the session, so that nobody has it any more: what runs in it yet must not meet what comes next.
    fn break_off(&mut self);

    /// Leaves batches to the server; `None` where this way cannot.
    fn unattended(&mut self) -> Option<&mut dyn Unattended> {
        None
    }
}

/// A session whose batches the server runs to their end, over commits in their midst, whatever becomes of the
/// client.
#[async_trait]
pub trait Unattended: Send {
    /// Sends statements whose end is waited for. The server may hold answers back until all are done.
    ///
    /// # Errors
    /// When the session is over.
    async fn send(&mut self, attempted: &str, batch: &Batch) -> Result<Box<dyn Answers>, Error>;
}

/// The answers to statements that run.
#[async_trait]
pub trait Answers: Send {
    /// Whether no statement has ended well.
    fn is_none(&self) -> bool;

    /// Waits for the end of the next statement; `false` when there was none any more.
    ///
    /// # Errors
    /// What the server says instead, or that the session is lost.
    async fn next(&mut self) -> Result<bool, Error>;

    /// Asks the server to give up what runs. It does not say whether it did: the end of the answers does.
    ///
    /// # Errors
    /// When the server cannot be asked.
    async fn cancel(&mut self) -> Result<(), Error>;
}

impl dyn Answers {
    /// Waits for the end of all.
    ///
    /// # Errors
    /// As [`Answers::next`].
    pub(super) async fn all(&mut self) -> Result<(), Error> {
        while self.next().await? {}
        Ok(())
    }
}
