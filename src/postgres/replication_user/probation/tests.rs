//! A cancellation that comes when the way back has begun, on a server that is played here: no real one can be
//! stopped at such a point.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_postgres::error::SqlState;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::postgres::{
    AuthRequest, ConnectionKind, Row, Rows, ServerError,
    replication_user::{apply, desired::tests::desired},
    transport::{AskAuthentication, Patience, Session, Transport, Unattended},
};

/// A server of version 16 whose user `master` has created `app`.
#[derive(Clone, Debug, Default)]
struct Played {
    /// What `app` is in.
    groups: Arc<Mutex<BTreeSet<&'static str>>>,
    cancelled: Arc<Notify>,
}

impl Played {
    fn groups(&self) -> BTreeSet<&'static str> {
        let groups = self.groups.lock();
        groups.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The rows of a statement.
    fn answer(&self, statement: &str) -> Rows {
        for (group, oid) in [("rds_iam", "11"), ("rds_replication", "12")] {
            if statement.contains(&format!("GRANT {group} TO")) {
                self.change(|groups| _ = groups.insert(oid));
            } else if statement.contains(&format!("REVOKE {group} FROM")) {
                self.change(|groups| _ = groups.remove(oid));
            }
        }
        if statement.contains("'membership'") {
            let roles = [
                "role 10 rdsadmin true true true - true false",
                "role 11 rds_iam false false false - true false",
                "role 12 rds_replication false false false - true false",
                "role 13 master true false false - true false",
                "role 14 app true false false - true false",
                "membership 14 13 10 true false false",
            ];
            let of_app = self.groups().into_iter();
            let of_app = of_app
                .map(|group| Row::from_text(&format!("membership {group} 14 13 false true true")));
            return roles
                .map(Row::from_text)
                .into_iter()
                .chain(of_app)
                .collect();
        }
        match statement.starts_with("SELECT current_setting('server_version_num')") {
            true => vec![Row::from_text(
                "160000 master master - - scram-sha-256 f f f - f t",
            )],
            false => Vec::new(),
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeSet<&'static str>)) {
        change(&mut self.groups.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[async_trait]
impl Transport for Played {
    fn endpoint(&self) -> String {
        "orders:5432".to_owned()
    }

    fn username(&self) -> &str {
        "master"
    }

    fn uses_tokens(&self) -> bool {
        false
    }

    async fn open(&self, _: &Scope, _: Patience) -> Result<Box<dyn Session>, Error> {
        Ok(Box::new(self.clone()))
    }

    async fn open_spare(&self, _: &Scope) -> Option<Box<dyn Session>> {
        None
    }

    fn authentication(&self) -> Option<&dyn AskAuthentication> {
        Some(self)
    }
}

#[async_trait]
impl AskAuthentication for Played {
    async fn ask(&self, _: &Scope, user: &str, _: ConnectionKind) -> Result<AuthRequest, Error> {
        Ok(match user == "app" && self.groups().contains("11") {
            true => AuthRequest::Token,
            false => AuthRequest::Password,
        })
    }
}

#[async_trait]
impl Session for Played {
    fn version(&self) -> u32 {
        160_000
    }

    async fn run(&mut self, _: &Scope, _: &str, batch: &Batch) -> Result<Vec<Rows>, Error> {
        Ok(batch
            .statements()
            .iter()
            .map(|statement| self.answer(&statement.to_string()))
            .collect())
    }

    async fn roll_back(&mut self) {}

    fn break_off(&mut self) {}

    fn unattended(&mut self) -> Option<&mut dyn Unattended> {
        Some(self)
    }
}

#[async_trait]
impl Unattended for Played {
    async fn send(&mut self, _: &str, _: &Batch) -> Result<Box<dyn Answers>, Error> {
        Ok(Box::new(self.clone()))
    }
}

#[async_trait]
impl Answers for Played {
    fn is_none(&self) -> bool {
        false
    }

    /// Gives up when it is told to, between the two transactions of the way back.
    async fn next(&mut self) -> Result<bool, Error> {
        self.cancelled.notified().await;
        self.change(|groups| _ = groups.remove("11"));
        Err(Error::Server {
            attempted: "commit".to_owned(),
            said: Box::new(ServerError {
                sqlstate: SqlState::QUERY_CANCELED.code().to_owned(),
                message: "canceling statement due to user request".to_owned(),
                detail: None,
                hint: None,
                is_fatal: false,
            }),
        })
    }

    async fn cancel(&mut self) -> Result<(), Error> {
        self.cancelled.notify_one();
        Ok(())
    }
}

#[tokio::test]
async fn way_back_that_is_cancelled_half_way_is_gone_to_its_end() {
    let played = Played::default();
    let server = Server::through(Box::new(played.clone()), Arc::default());
    let scope = Scope::new(&CancellationToken::new(), Duration::from_secs(60));
    let error = apply::apply(&server, &scope, &desired("app"))
        .await
        .expect_err("the grant is gone");
    assert_eq!(played.groups(), BTreeSet::new());
    match error {
        Error::Refused(refusal) => match *refusal {
            Refusal::Unproven {
                reason: NotProven::TooLate,
                grant: Grant::TakenBack,
                ..
            } => {}
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}
