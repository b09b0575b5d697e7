//! Who must use IAM, compared with servers whose real `pg_hba.conf` says `+rds_iam`.

use std::{net::SocketAddr, sync::Arc};

use rds_emulator::{
    gate::Catalog,
    majors,
    postgres::{Options, Server},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
};

/// The address to come from: rules are for the client's, and this one is in no other rule.
const FROM: &str = "127.0.0.2";
const CLEARTEXT_PASSWORD: u8 = 3;

const ROLES: &str = "
CREATE ROLE plain LOGIN PASSWORD 'p';
CREATE ROLE direct LOGIN PASSWORD 'p'; GRANT rds_iam TO direct;
CREATE ROLE noinherit LOGIN NOINHERIT PASSWORD 'p'; GRANT rds_iam TO noinherit;
CREATE ROLE team; GRANT rds_iam TO team;
CREATE ROLE nested LOGIN PASSWORD 'p'; GRANT team TO nested;
CREATE ROLE deeper NOINHERIT; GRANT team TO deeper;
CREATE ROLE nested_twice LOGIN PASSWORD 'p'; GRANT deeper TO nested_twice;
CREATE ROLE admin_option LOGIN PASSWORD 'p'; GRANT rds_iam TO admin_option WITH ADMIN OPTION;
CREATE ROLE superuser LOGIN SUPERUSER PASSWORD 'p';
CREATE ROLE super_member LOGIN SUPERUSER PASSWORD 'p'; GRANT rds_iam TO super_member;
CREATE ROLE \"Upper Case\" LOGIN PASSWORD 'p'; GRANT rds_iam TO \"Upper Case\";";
const ROLES_FROM_16: &str = "
CREATE ROLE inherit_false LOGIN PASSWORD 'p'; GRANT rds_iam TO inherit_false WITH INHERIT FALSE, SET FALSE;
CREATE ROLE admin_only LOGIN PASSWORD 'p'; GRANT rds_iam TO admin_only WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'p'; SET ROLE creator; CREATE ROLE created LOGIN; RESET ROLE;
GRANT rds_iam TO created;";

/// Whether the server itself asks for a cleartext password.
async fn asks_for_cleartext(port: u16, user: &str, replication: bool) -> bool {
    let socket = TcpSocket::new_v4().expect("a socket");
    let from: SocketAddr = format!("{FROM}:0").parse().expect("an address");
    socket
        .bind(from)
        .expect("loopback has more than one address");
    let server: SocketAddr = ([127, 0, 0, 1], port).into();
    let mut stream = socket.connect(server).await.expect("the server listens");
    let mut parameters = vec![("user", user), ("database", "shop")];
    if replication {
        parameters.push(("replication", "database"));
    }
    let mut message = bytes::BytesMut::new();
    postgres_protocol::message::frontend::startup_message(parameters, &mut message)
        .expect("the packet can be made");
    stream.write_all(&message).await.expect("the server reads");
    let mut answer = [0; 9];
    stream
        .read_exact(&mut answer)
        .await
        .expect("the server asks");
    assert_eq!(answer[0], b'R', "{user}");
    answer[8] == CLEARTEXT_PASSWORD
}

async fn compare(major: u16) {
    let options = Options {
        major,
        database: "shop".to_owned(),
        master_username: "master".to_owned(),
        master_password: "m".into(),
        replication_username: "cdc".to_owned(),
        replication_password: "c".into(),
        publication: "orders_pub".to_owned(),
    };
    let server = Server::start(&options, &|_| {}).await.expect("it starts");
    let server = Arc::new(server);
    let client = server.superuser("shop").await.expect("it answers");
    let rules = format!(
        "COPY (VALUES ('local all all trust'), ('host all +rds_iam {FROM}/32 password'), \
         ('host all all {FROM}/32 scram-sha-256')) TO '{}'",
        client
            .query_one("SHOW hba_file", &[])
            .await
            .expect("it is known")
            .get::<_, String>(0)
    );
    client
        .batch_execute(&rules)
        .await
        .expect("the rules can be written");
    client
        .batch_execute(ROLES)
        .await
        .expect("the roles can be made");
    if major >= majors::FIRST_WITH_GRANTOR_ROWS {
        client
            .batch_execute(ROLES_FROM_16)
            .await
            .expect("the roles can be made");
    }
    client
        .batch_execute("SELECT pg_reload_conf()")
        .await
        .expect("the rules can be read");
    server.restart().await.expect("it restarts with the rules");
    let client = server.superuser("shop").await.expect("it answers");
    let names = client
        .query(
            "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname <> 'master'",
            &[],
        )
        .await
        .expect("they can be listed");
    let catalog = Catalog::new(server.clone(), major);
    let mut members = 0;
    for row in names {
        let name: String = row.get(0);
        let rights = catalog.rights(&name, true).await.expect("it can be read");
        for replication in [false, true] {
            let asks = asks_for_cleartext(server.port(), &name, replication).await;
            assert_eq!(
                rights.in_rds_iam, asks,
                "{major}: {name}, replication {replication}"
            );
        }
        members += u32::from(rights.in_rds_iam);
    }
    assert!(members >= 6, "{major}: {members} members");
    catalog.disconnect().await;
    server.end().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn rule_before_16_is_that_of_a_real_pg_hba_conf() {
    compare(majors::before_16()).await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn rule_from_16_is_that_of_a_real_pg_hba_conf() {
    compare(majors::from_16()).await;
}
