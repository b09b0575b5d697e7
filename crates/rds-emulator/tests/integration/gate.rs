//! Who is asked for what, and who gets in.

use rds_emulator::{
    client::{AuthRequest, Error},
    majors,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::StandIn;

/// The truth table of <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Replication.Logical.IAM-auth.html>.
async fn truth_table(postgres: u16) {
    let stand_in = StandIn::start(postgres).await;
    stand_in
        .sql(
            "CREATE ROLE member LOGIN PASSWORD 'p'; GRANT rds_iam, rds_replication TO member;
             CREATE ROLE attributed LOGIN PASSWORD 'p' REPLICATION; GRANT rds_iam TO attributed;
             CREATE ROLE incapable LOGIN PASSWORD 'p'; GRANT rds_iam TO incapable;
             CREATE ROLE plain LOGIN PASSWORD 'p'; GRANT rds_replication TO plain",
        )
        .await;
    for (iam, parameter) in [(true, "1"), (true, "0"), (false, "1"), (false, "0")] {
        stand_in.set_iam_database_authentication(iam).await;
        stand_in.set_parameter(parameter).await;
        let must = iam && parameter == "1";
        let of_members = if must {
            AuthRequest::Cleartext
        } else {
            AuthRequest::Password
        };
        for (user, on_replication, otherwise) in [
            ("member", &of_members, AuthRequest::Cleartext),
            ("attributed", &of_members, AuthRequest::Cleartext),
            ("incapable", &AuthRequest::Password, AuthRequest::Cleartext),
            ("plain", &AuthRequest::Password, AuthRequest::Password),
            ("nobody", &AuthRequest::Password, AuthRequest::Password),
        ] {
            let case = format!("{postgres}: {user}, IAM {iam}, parameter {parameter}");
            assert_eq!(stand_in.probe(user, true).await, *on_replication, "{case}");
            assert_eq!(stand_in.probe(user, false).await, otherwise, "{case}");
        }
        let with_password = stand_in.open("member", "p").await;
        assert_eq!(
            with_password.is_ok(),
            !must,
            "{postgres}: {iam} {parameter}"
        );
        let token = stand_in.token("member").await;
        let with_token = stand_in.open("member", &token).await;
        assert_eq!(with_token.is_ok(), must, "{postgres}: {iam} {parameter}");
        assert!(stand_in.open("plain", "p").await.is_ok());
        // Who may not replicate is told so after the password.
        let refused = stand_in
            .open("incapable", "p")
            .await
            .err()
            .expect("it may not");
        assert!(
            refused.to_string().contains("42501") || refused.to_string().contains("replication"),
            "{refused}"
        );
    }
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_before_16_follows_the_truth_table() {
    truth_table(majors::before_16()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_from_16_follows_the_truth_table() {
    truth_table(majors::from_16()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_without_logical_replication_asks_for_passwords_after_the_reboot() {
    let stand_in = StandIn::start(15).await;
    stand_in.sql("GRANT rds_iam TO cdc").await;
    stand_in.set_parameter("1").await;
    stand_in
        .modify(
            "rds.logical_replication",
            "0",
            aws_sdk_rds::types::ApplyMethod::PendingReboot,
        )
        .await
        .expect("it can be set");
    assert_eq!(stand_in.probe("cdc", true).await, AuthRequest::Cleartext);
    stand_in
        .control("POST", "/clusters/orders/reboot", Value::Null)
        .await;
    assert_eq!(stand_in.probe("cdc", true).await, AuthRequest::Password);
    assert_eq!(
        stand_in.sql("SHOW wal_level").await.as_deref(),
        Some("replica")
    );
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_lends_the_attribute_for_the_login_alone() {
    let stand_in = StandIn::start(16).await;
    let password = stand_in.cluster().replication_password.clone();
    let logins = (0..10).map(|_| stand_in.open("cdc", &password));
    for login in futures::future::join_all(logins).await {
        let mut connection = login.expect("a member of rds_replication may replicate");
        connection
            .execute("IDENTIFY_SYSTEM")
            .await
            .expect("it is a walsender");
        connection.close().await.expect("it can be left");
    }
    let attribute = "SELECT rolreplication FROM pg_roles WHERE rolname = 'cdc'";
    assert_eq!(stand_in.sql(attribute).await.as_deref(), Some("f"));
    // A failed login does not keep it either.
    stand_in
        .open("cdc", "wrong")
        .await
        .err()
        .expect("it is refused");
    crate::support::eventually("the end of the loan", async || {
        stand_in.sql(attribute).await.as_deref() == Some("f")
    })
    .await;
    stand_in.stop().await;
}

async fn streams(postgres: u16) {
    let stand_in = StandIn::start(postgres).await;
    stand_in.sql("GRANT rds_iam TO cdc").await;
    stand_in.set_parameter("1").await;
    let token = stand_in.token("cdc").await;
    let mut stream = stand_in
        .open("cdc", &token)
        .await
        .expect("the token is accepted");
    stream
        .execute("CREATE_REPLICATION_SLOT s TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT")
        .await
        .expect("a slot can be made");
    stream
        .start_replication("s", &stand_in.cluster().publication)
        .await
        .expect("it streams");
    stand_in
        .sql("INSERT INTO orders (item) VALUES ('one')")
        .await;
    assert_eq!(
        stream.next_insert().await.expect("the row arrives")[1],
        "one"
    );
    // An established stream is not cut.
    stand_in.set_parameter("0").await;
    stand_in
        .sql("REVOKE rds_iam FROM cdc; INSERT INTO orders (item) VALUES ('two')")
        .await;
    assert_eq!(
        stream.next_insert().await.expect("the row arrives")[1],
        "two"
    );
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_before_16_streams_and_does_not_cut_streams() {
    streams(majors::before_16()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_from_16_streams_and_does_not_cut_streams() {
    streams(majors::from_16()).await;
}

/// The SQLSTATE of the first answer to a startup packet without TLS.
async fn plain(port: u16, parameters: &[(&str, &str)]) -> String {
    let mut message = bytes::BytesMut::new();
    postgres_protocol::message::frontend::startup_message(parameters.iter().copied(), &mut message)
        .expect("the packet can be made");
    let mut socket = TcpStream::connect(("127.0.0.1", port))
        .await
        .expect("the gate listens");
    socket.write_all(&message).await.expect("the gate reads");
    let mut answer = vec![0; 1024];
    let length = socket.read(&mut answer).await.expect("the gate answers");
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_refuses_tokens_without_tls_and_physical_replication() {
    let stand_in = StandIn::start(15).await;
    stand_in
        .sql("CREATE ROLE app LOGIN; GRANT rds_iam TO app")
        .await;
    let port = stand_in.cluster().connect_port;
    let answer = plain(port, &[("user", "app"), ("database", "shop")]).await;
    assert!(answer.contains("C28000"), "{answer:?}");
    assert!(answer.contains("no encryption"), "{answer:?}");
    let answer = plain(port, &[("user", "cdc"), ("replication", "true")]).await;
    assert!(answer.contains("C28000"), "{answer:?}");
    assert!(answer.contains("replication connection"), "{answer:?}");
    // Up to 16, others need no TLS.
    let answer = plain(port, &[("user", "cdc"), ("database", "shop")]).await;
    assert!(answer.starts_with('R'), "{answer:?}");
    stand_in.stop().await;
    let stand_in = StandIn::start(17).await;
    let answer = plain(
        stand_in.cluster().connect_port,
        &[("user", "cdc"), ("database", "shop")],
    )
    .await;
    assert!(answer.contains("C28000"), "{answer:?}");
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_creators_row_counts_only_where_it_is_told_to() {
    let stand_in = StandIn::start(17).await;
    stand_in
        .sql("SET ROLE master; CREATE ROLE fresh LOGIN; GRANT rds_iam TO fresh")
        .await;
    assert_eq!(
        stand_in.probe("master", false).await,
        AuthRequest::Cleartext
    );
    stand_in
        .control(
            "POST",
            "/clusters/orders/settings",
            json!({"creator_row_counts": false}),
        )
        .await;
    assert_eq!(stand_in.probe("master", false).await, AuthRequest::Password);
    assert_eq!(stand_in.probe("fresh", false).await, AuthRequest::Cleartext);
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_of_a_role_that_cannot_log_in_says_so_after_the_token() {
    let stand_in = StandIn::start(15).await;
    stand_in
        .sql("CREATE ROLE app NOLOGIN; GRANT rds_iam, rds_replication TO app")
        .await;
    stand_in.set_parameter("1").await;
    let token = stand_in.token("app").await;
    match stand_in.open("app", &token).await {
        Err(Error::Server { sqlstate, message }) => {
            assert_eq!(sqlstate, "28000");
            assert!(message.contains("not permitted to log in"), "{message}");
        }
        _ => panic!("a role without LOGIN is not let in"),
    }
    stand_in.stop().await;
}
