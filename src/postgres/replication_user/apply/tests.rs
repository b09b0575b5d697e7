//! Granting through a transport that can do no more than run batches.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::postgres::{
    AuthRequest, Batch, ConnectionKind, NotProven, Row, Rows,
    refusal::Grant,
    replication_user::desired::tests::desired,
    transport::{AskAuthentication, Patience, Session, Transport},
};

/// A server of version 16 whose user `master` has created `app`, with the batches that it was given.
#[derive(Clone, Debug, Default)]
struct Bare {
    /// Whether it can be asked what it demands.
    answers: bool,
    ran: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl Transport for Bare {
    fn endpoint(&self) -> String {
        "orders".to_owned()
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
        match self.answers {
            true => Some(self),
            false => None,
        }
    }
}

#[async_trait]
impl AskAuthentication for Bare {
    async fn ask(&self, _: &Scope, _: &str, _: ConnectionKind) -> Result<AuthRequest, Error> {
        Ok(AuthRequest::Password)
    }
}

#[async_trait]
impl Session for Bare {
    fn version(&self) -> u32 {
        160_000
    }

    async fn run(&mut self, _: &Scope, _: &str, batch: &Batch) -> Result<Vec<Rows>, Error> {
        let mut ran = self.ran.lock().expect("nobody panics with it");
        ran.push(batch.to_string());
        let server = "160000 master master - - scram-sha-256 f f f - f t";
        let roles = [
            "role 10 rdsadmin true true true - true false",
            "role 11 rds_iam false false false - true false",
            "role 12 rds_replication false false false - true false",
            "role 13 master true false false - true false",
            "role 14 app true false false - true false",
            "membership 14 13 10 true false false",
        ];
        Ok(vec![
            vec![Row::from_text(server)],
            roles.map(Row::from_text).to_vec(),
        ])
    }

    async fn roll_back(&mut self) {}

    fn break_off(&mut self) {}
}

/// Why `app` is not granted anything, and that it is not.
async fn refused(answers: bool) -> NotProven {
    let transport = Bare {
        answers,
        ..Bare::default()
    };
    let ran = transport.ran.clone();
    let server = Server::through(Box::new(transport), Arc::default());
    let scope = Scope::new(&CancellationToken::new(), Duration::from_secs(60));
    let error = apply(&server, &scope, &desired("app"))
        .await
        .expect_err("nobody may be put at risk");
    let ran = ran.lock().expect("nobody panics with it");
    assert!(!ran.iter().any(|batch| batch.contains("GRANT")), "{ran:?}");
    match error {
        Error::Refused(refusal) => match *refusal {
            Refusal::Unproven {
                reason,
                grant: Grant::NotMade,
                ..
            } => reason,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn grant_that_needs_a_probation_is_not_made_where_none_can_be_held() {
    let reason = refused(true).await;
    assert!(matches!(reason, NotProven::NoProbation), "{reason}");
}

#[tokio::test]
async fn grant_that_needs_a_proof_is_not_made_where_the_server_cannot_be_asked() {
    let reason = refused(false).await;
    assert!(matches!(reason, NotProven::Failed(_)), "{reason}");
    assert!(
        reason.to_string().contains("ask what the server demands"),
        "{reason}"
    );
}
