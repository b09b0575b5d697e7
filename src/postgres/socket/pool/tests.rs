//! Connections to a server that restarts, is silent, refuses, or has no room.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    postgres::{
        Address, Batch, PasswordError, Roots, SslMode, Statement,
        socket::testing::{Answer, Played},
    },
    secret::Secret,
};

/// For ever.
const WELCOME: Answer = Answer::Answers(usize::MAX);
const STARTING: Answer = Answer::Refused("57P03", "the database system is starting up");
const PAM: Answer = Answer::Refused("28000", "PAM authentication failed for user \"cdc\"");
const NO_RULE: Answer = Answer::Refused(
    "28000",
    "no pg_hba.conf entry for host \"10.0.0.1\", user \"cdc\", database \"postgres\", SSL encryption",
);
const NO_RULE_WITHOUT_TLS: Answer = Answer::Refused(
    "28000",
    "no pg_hba.conf entry for host \"10.0.0.1\", user \"cdc\", database \"postgres\", no encryption",
);
/// Longer than anything takes here.
const LONG: Duration = Duration::from_secs(60);

/// Passwords, and how many were asked for.
#[derive(Debug, Default)]
struct Passwords {
    are_tokens: bool,
    asked: AtomicUsize,
}

#[async_trait]
impl PasswordSource for Passwords {
    async fn password(&self, _: &Scope) -> Result<Secret, PasswordError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(Secret::new("a password".to_owned()))
    }

    fn may_rotate(&self) -> bool {
        false
    }

    fn is_token(&self) -> bool {
        self.are_tokens
    }
}

fn pool(port: u16, max_connections: usize, passwords: Passwords) -> Pool {
    pool_at("127.0.0.1", port, max_connections, passwords)
}

fn pool_at(host: &str, port: u16, max_connections: usize, passwords: Passwords) -> Pool {
    let settings = Settings {
        address: Address {
            host: host.to_owned(),
            port,
            connect_host: None,
            connect_port: None,
            sslmode: SslMode::Disable,
            roots: Roots::Shipped,
            connect_timeout: Duration::from_secs(1),
        },
        database: "postgres".to_owned(),
        username: "cdc".to_owned(),
        max_connections,
    };
    Pool::new(settings, Arc::new(passwords)).expect("there are no roots to read")
}

fn within(limit: Duration) -> Scope {
    Scope::new(&CancellationToken::new(), limit)
}

async fn open(pool: &Pool, scope: &Scope) -> Result<Box<dyn Session>, Error> {
    pool.open(scope, Patience::Change).await
}

async fn ask_nothing(session: &mut dyn Session, scope: &Scope) -> Result<(), Error> {
    let batch = Batch::from(Statement::new(""));
    session.run(scope, "ask nothing", &batch).await.map(|_| ())
}

#[tokio::test]
async fn connection_to_a_server_that_restarts_is_there_once_it_is_back() {
    // More of them than any number of attempts that is small.
    let restart = [Answer::Closed, STARTING, Answer::Closed, STARTING, STARTING];
    let server = Played::new(restart.into_iter().chain([WELCOME])).await;
    let pool = pool(server.port, 1, Passwords::default());
    assert!(open(&pool, &within(LONG)).await.is_ok());
    assert_eq!(server.accepted(), 6);
}

#[tokio::test]
async fn connection_that_cannot_be_made_in_time_says_how_often_and_how_long_it_was_tried() {
    let server = Played::new([STARTING]).await;
    let pool = pool(server.port, 1, Passwords::default());
    let limit = Duration::from_secs(1);
    let error = open(&pool, &within(limit)).await.err();
    let error = error.expect("it never starts");
    match &error {
        Error::NotConnected {
            attempts, within, ..
        } => assert!(*attempts > 1 && *within <= limit, "{error:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(error.sqlstate(), Some("57P03"));
    let text = error.to_string();
    assert!(
        text.contains("the database system is starting up"),
        "{text}"
    );
    assert!(text.contains("times within 1 seconds)"), "{text}");
}

#[tokio::test]
async fn attempt_ends_with_its_time_also_when_the_server_is_silent_after_the_start_up() {
    let server = Played::new([Answer::Silence, WELCOME]).await;
    let pool = pool(server.port, 1, Passwords::default());
    let scope = within(LONG);
    let opened = timeout(Duration::from_secs(10), open(&pool, &scope)).await;
    assert!(opened.is_ok_and(|opened| opened.is_ok()));
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn token_that_pam_refuses_is_signed_anew_and_a_password_is_not_sent_again() {
    for (are_tokens, attempts) in [(true, 3), (false, 1)] {
        let server = Played::new([PAM, PAM, WELCOME]).await;
        let passwords = Passwords {
            are_tokens,
            ..Passwords::default()
        };
        let pool = pool(server.port, 1, passwords);
        let opened = open(&pool, &within(LONG)).await;
        assert_eq!(opened.is_ok(), are_tokens);
        assert_eq!(server.accepted(), attempts);
    }
}

#[tokio::test]
async fn rule_that_is_missing_is_waited_for_only_where_the_connection_is_encrypted() {
    for (refusal, attempts) in [(NO_RULE, 2), (NO_RULE_WITHOUT_TLS, 1)] {
        let server = Played::new([refusal, WELCOME]).await;
        let pool = pool(server.port, 1, Passwords::default());
        let opened = open(&pool, &within(LONG)).await;
        assert_eq!(opened.is_ok(), attempts == 2);
        assert_eq!(server.accepted(), attempts);
    }
}

#[tokio::test]
async fn server_that_is_down_is_tried_by_one_for_all_who_wait() {
    let server = Played::new([STARTING]).await;
    let pool = pool(server.port, 30, Passwords::default());
    let scope = within(LONG);
    let first = open(&pool, &scope);
    let others = async {
        while pool.login.outage().now().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let scope = within(Duration::from_millis(1500));
        join_all((0..20).map(|_| open(&pool, &scope))).await
    };
    let outcomes = tokio::select! {
        _ = first => panic!("it never starts"),
        outcomes = others => outcomes,
    };
    for outcome in outcomes {
        let error = outcome.err().expect("it never starts");
        assert!(matches!(error, Error::NotConnected { .. }), "{error:?}");
    }
    assert!(server.accepted() < 8, "{}", server.accepted());
}

#[tokio::test]
async fn interruption_ends_each_wait_at_once() {
    let silent = Played::new([Answer::Silence]).await;
    let starting = Played::new([STARTING]).await;
    let full = Played::new([WELCOME]).await;
    let full_pool = pool(full.port, 1, Passwords::default());
    let _only = open(&full_pool, &within(LONG)).await.expect("it is let in");
    for pool in [
        pool(silent.port, 1, Passwords::default()),
        pool(starting.port, 1, Passwords::default()),
        full_pool,
    ] {
        let cancellation = CancellationToken::new();
        let scope = Scope::new(&cancellation, LONG);
        let interrupted = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            cancellation.cancel();
            std::future::pending::<()>().await;
        };
        let waited = async {
            tokio::select! {
                opened = open(&pool, &scope) => opened.err(),
                () = interrupted => None,
            }
        };
        let ended = timeout(Duration::from_millis(900), waited).await;
        assert!(matches!(ended, Ok(Some(Error::Cancelled(_)))), "{ended:?}");
    }
}

#[tokio::test]
async fn place_for_which_the_server_has_no_room_waits_for_a_connection_that_is_open() {
    let server = Played::with_room_for(1, [WELCOME]).await;
    let pool = pool(server.port, 5, Passwords::default());
    let scope = within(LONG);
    let work = (0..20).map(|_| async {
        let mut session = open(&pool, &scope).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        ask_nothing(&mut *session, &scope).await
    });
    for outcome in join_all(work).await {
        outcome.expect("there is one for everybody in turn");
    }
    // Each place finds out for itself, at most twice where nobody is in yet.
    assert!(server.accepted() <= 10, "{}", server.accepted());
}

#[tokio::test]
async fn connection_that_died_in_silence_is_replaced_before_it_is_used() {
    let server = Played::new([Answer::Answers(1), WELCOME]).await;
    let pool = pool(server.port, 1, Passwords::default());
    let scope = within(LONG);
    for _ in 0..2 {
        let mut session = open(&pool, &scope).await.expect("it is let in");
        let asked = timeout(Duration::from_secs(5), ask_nothing(&mut *session, &scope));
        asked
            .await
            .expect("it answers")
            .expect("it answers with nothing");
        drop(session);
        // Longer than an answer stands for the next one.
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn name_that_leads_nowhere_is_told_from_a_server_that_is_down() {
    let pool = pool_at("nowhere.invalid", 5432, 1, Passwords::default());
    let error = open(&pool, &within(Duration::from_millis(500)))
        .await
        .err()
        .expect("there is no such name");
    match error {
        Error::NotConnected { last, .. } => {
            assert!(matches!(*last, Error::HostNotFound { .. }), "{last:?}");
        }
        // A resolver that takes its time.
        other => assert!(matches!(other, Error::TimedOut { .. }), "{other:?}"),
    }
}
