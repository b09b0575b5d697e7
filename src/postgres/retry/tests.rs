//! What is run again, and what is not.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;

use super::*;
use crate::postgres::{
    ServerError,
    transport::{Patience, Session, Transport},
};

/// A way to a server that nobody uses.
#[derive(Debug)]
struct Unused;

#[async_trait]
impl Transport for Unused {
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
        Err(lost())
    }

    async fn open_spare(&self, _: &Scope) -> Option<Box<dyn Session>> {
        None
    }
}

fn lost() -> Error {
    Error::Connection {
        endpoint: "orders:5432".to_owned(),
        reason: "connection closed".to_owned(),
    }
}

fn said(sqlstate: &str) -> Error {
    Error::Server {
        attempted: "grant".to_owned(),
        said: Box::new(ServerError {
            sqlstate: sqlstate.to_owned(),
            message: String::new(),
            detail: None,
            hint: None,
            is_fatal: false,
        }),
    }
}

/// How often something is run that fails once; `others` are done meanwhile.
async fn runs(error: Error, others: usize) -> (usize, Result<(), Error>) {
    let server = Server::through(Box::new(Unused), Arc::default());
    let scope = Scope::new(&CancellationToken::new(), Duration::from_secs(60));
    let runs = AtomicUsize::new(0);
    let outcome = until_done(&server, &scope, || {
        let outcome = match runs.fetch_add(1, Ordering::SeqCst) {
            0 => {
                (0..others).for_each(|_| server.changes().count());
                Err(error.clone())
            }
            _ => Ok(()),
        };
        std::future::ready(outcome)
    })
    .await;
    (runs.into_inner(), outcome)
}

#[tokio::test]
async fn operation_starts_again_when_its_connection_is_lost_or_the_server_takes_no_changes() {
    for error in [
        lost(),
        said("57P01"),
        said("57P02"),
        said("08006"),
        said("25006"),
        said("25P03"),
        said("40001"),
    ] {
        let shown = error.to_string();
        let (runs, outcome) = runs(error, 0).await;
        assert!(outcome.is_ok() && runs == 2, "{shown}");
    }
}

#[tokio::test]
async fn operation_whose_error_stays_is_not_run_again() {
    let gave_up = Error::NotConnected {
        attempts: 7,
        within: Duration::from_secs(60),
        last: Box::new(lost()),
    };
    for error in [gave_up, said("57P04"), said("42501"), said("28P01")] {
        let shown = error.to_string();
        let (runs, outcome) = runs(error, 0).await;
        assert!(outcome.is_err() && runs == 1, "{shown}");
    }
}

#[tokio::test]
async fn operation_behind_a_lock_waits_as_long_as_others_of_its_run_get_through() {
    for (others, expected) in [(0, 1), (1, 2)] {
        let (runs, outcome) = runs(said("55P03"), others).await;
        assert_eq!((runs, outcome.is_ok()), (expected, expected == 2));
    }
}

#[tokio::test]
async fn operation_that_has_lost_its_session_waits_for_the_locks_of_that() {
    let server = Server::through(Box::new(Unused), Arc::default());
    let scope = Scope::new(&CancellationToken::new(), Duration::from_secs(60));
    let runs = AtomicUsize::new(0);
    let outcome = until_done(&server, &scope, || {
        let outcome = match runs.fetch_add(1, Ordering::SeqCst) {
            0 => Err(lost()),
            1 | 2 => Err(said("55P03")),
            _ => Ok(()),
        };
        std::future::ready(outcome)
    })
    .await;
    assert!(outcome.is_ok());
    assert_eq!(runs.into_inner(), 4);
}
