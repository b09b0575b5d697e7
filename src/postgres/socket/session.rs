//! A session on a connection of the pool. Each batch is one simple query.
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SIMPLE-QUERY>

use std::{pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use deadpool::managed::Object;
use futures::StreamExt;
use tokio_postgres::{CancelToken, Client, SimpleQueryMessage, SimpleQueryRow, SimpleQueryStream};

use super::{cancel, dial::Dialer, pooled_client::Manager};
use crate::{
    postgres::{
        Batch, Error, Row, Rows, Statement,
        limited::limited,
        transport::{Answers, Session, Unattended},
    },
    scope::Scope,
};

/// How long an answer may take, unless its batch says otherwise: the server ends each statement after a minute. A connection that has died on a path
/// with a tunnel or a pooler in it does not tell.
const ANSWER: Duration = Duration::from_secs(90);
/// How long it may take to tell a server that something is given up. It learns so from the end of the connection,
/// too.
pub(super) const LAST_WORD: Duration = Duration::from_secs(3);

/// A session whose connection goes back to the pool when it is dropped, unless it was broken off.
pub(super) struct SocketSession {
    pooled: Option<Object<Manager>>,
    dialer: Arc<Dialer>,
}

impl SocketSession {
    /// A session on a client of the pool.
    pub(super) fn new(pooled: Object<Manager>, dialer: Arc<Dialer>) -> Self {
        Self {
            pooled: Some(pooled),
            dialer,
        }
    }

    fn client(&self) -> Result<&Client, Error> {
        let pooled = self.pooled.as_ref();
        pooled
            .and_then(|pooled| pooled.client())
            .ok_or_else(|| Error::Connection {
                endpoint: self.dialer.address().endpoint(),
                reason: "the connection was broken off".to_owned(),
            })
    }
}

#[async_trait]
impl Session for SocketSession {
    fn version(&self) -> u32 {
        self.pooled.as_ref().map_or(0, |pooled| pooled.version())
    }

    async fn run(
        &mut self,
        scope: &Scope,
        attempted: &str,
        batch: &Batch,
    ) -> Result<Vec<Rows>, Error> {
        let client = self.client()?;
        let cancel = client.cancel_token();
        let text = batch.to_string();
        let limit = batch.limit().unwrap_or(ANSWER);
        let answered = tokio::time::timeout(limit, client.simple_query(&text));
        match limited(scope, attempted, answered).await {
            Ok(Err(_)) => {
                self.break_off();
                let _ = tokio::time::timeout(LAST_WORD, cancel_on(&self.dialer, &cancel)).await;
                Err(Error::Connection {
                    endpoint: self.dialer.address().endpoint(),
                    reason: format!("no answer within {} seconds", limit.as_secs()),
                })
            }
            Ok(Ok(Ok(messages))) => {
                if let Some(pooled) = &mut self.pooled {
                    pooled.mark_heard();
                }
                Ok(split(messages))
            }
            Ok(Ok(Err(error))) => {
                let endpoint = self.dialer.address().endpoint();
                Err(Error::from_client(attempted, &endpoint, &error))
            }
            Err(error) => {
                self.break_off();
                // The server gives the statement up; what it answers does not matter.
                let _ = tokio::time::timeout(LAST_WORD, cancel_on(&self.dialer, &cancel)).await;
                Err(error)
            }
        }
    }

    async fn roll_back(&mut self) {
        let Ok(client) = self.client() else {
            return;
        };
        let rollback = Statement::rollback().to_string();
        let ran = tokio::time::timeout(LAST_WORD, client.batch_execute(&rollback)).await;
        if !matches!(ran, Ok(Ok(()))) {
            self.break_off();
        }
    }

    fn break_off(&mut self) {
        if let Some(pooled) = self.pooled.take() {
            drop(Object::take(pooled));
        }
    }

    fn unattended(&mut self) -> Option<&mut dyn Unattended> {
        Some(self)
    }
}

#[async_trait]
impl Unattended for SocketSession {
    async fn send(&mut self, attempted: &str, batch: &Batch) -> Result<Box<dyn Answers>, Error> {
        let endpoint = self.dialer.address().endpoint();
        let client = self.client()?;
        let cancel = client.cancel_token();
        let stream = client
            .simple_query_raw(&batch.to_string())
            .await
            .map_err(|error| Error::from_client(attempted, &endpoint, &error))?;
        Ok(Box::new(SocketAnswers {
            attempted: attempted.to_owned(),
            dialer: self.dialer.clone(),
            stream: Box::pin(stream),
            cancel,
            ended: 0,
        }))
    }
}

/// The answers to a simple query.
struct SocketAnswers {
    attempted: String,
    dialer: Arc<Dialer>,
    stream: Pin<Box<SimpleQueryStream>>,
    cancel: CancelToken,
    /// How many statements have ended well.
    ended: usize,
}

#[async_trait]
impl Answers for SocketAnswers {
    fn is_none(&self) -> bool {
        self.ended == 0
    }

    async fn next(&mut self) -> Result<bool, Error> {
        while let Some(message) = self.stream.next().await {
            match message {
                Ok(SimpleQueryMessage::CommandComplete(_)) => {
                    self.ended += 1;
                    return Ok(true);
                }
                Ok(_) => {}
                Err(error) => {
                    let endpoint = self.dialer.address().endpoint();
                    return Err(Error::from_client(&self.attempted, &endpoint, &error));
                }
            }
        }
        Ok(false)
    }

    async fn cancel(&mut self) -> Result<(), Error> {
        cancel_on(&self.dialer, &self.cancel).await
    }
}

/// Asks the server on a connection of its own to give up what runs in a session.
pub(super) async fn cancel_on(dialer: &Dialer, token: &CancelToken) -> Result<(), Error> {
    let stream = dialer.limit(dialer.dial()).await?;
    cancel::request(stream, token).await.map_err(|error| {
        Error::from_client("cancel a statement", &dialer.address().endpoint(), &error)
    })
}

fn split(messages: Vec<SimpleQueryMessage>) -> Vec<Rows> {
    let mut statements = Vec::new();
    let mut rows = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => rows.push(Row::from(row)),
            SimpleQueryMessage::CommandComplete(_) => statements.push(std::mem::take(&mut rows)),
            _ => {}
        }
    }
    statements
}

impl From<SimpleQueryRow> for Row {
    fn from(row: SimpleQueryRow) -> Self {
        Self(
            (0..row.len())
                .map(|column| row.get(column).map(str::to_owned))
                .collect(),
        )
    }
}
