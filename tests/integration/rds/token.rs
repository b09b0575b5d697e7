//! Tokens and secrets: what is signed here is verified by another reading of the specification.

use rds_emulator::client::Connection;
use terraform_provider_rdsiam::aws::{auth_token, secrets_manager};

use super::{clients, scope};
use crate::support::{StandIn, eventually};

fn wait_for_the_parameter(stand_in: &StandIn) {
    eventually("the parameter", || {
        let shown = stand_in.sql_value("SHOW rds.iam_auth_for_replication");
        shown.as_deref() == Some("on")
    });
}

#[test]
fn token_of_every_kind_of_name_is_accepted_at_the_gate() {
    let stand_in = StandIn::start(16);
    let clients = clients(&stand_in);
    stand_in.set_parameter("1");
    wait_for_the_parameter(&stand_in);
    for name in [
        "plain",
        "Upper Case",
        "a/b@c",
        "x&DBUser=master",
        "50%+1",
        "réplica",
        "q\"uote",
    ] {
        let ident = format!("\"{}\"", name.replace('"', "\"\""));
        stand_in.sql(&format!(
            "CREATE ROLE {ident} LOGIN; GRANT rds_iam, rds_replication TO {ident}"
        ));
        let cluster = stand_in.cluster();
        stand_in.block_on(async {
            let token =
                auth_token::sign(&clients, &scope(), &cluster.host, cluster.port, None, name)
                    .await
                    .expect("a token can be signed");
            let ca_file = &stand_in.connection().ca_file;
            let connection = Connection::open(cluster, ca_file, name, token.secret.expose()).await;
            connection
                .unwrap_or_else(|error| panic!("{name}: {error}"))
                .close()
                .await
                .expect("it can be left");
        });
    }
}

#[test]
fn token_for_another_user_or_port_is_refused_at_the_gate() {
    let stand_in = StandIn::start(16);
    let clients = clients(&stand_in);
    stand_in.sql("CREATE ROLE app LOGIN; GRANT rds_iam TO app; ALTER ROLE app REPLICATION");
    stand_in.set_parameter("1");
    let cluster = stand_in.cluster();
    wait_for_the_parameter(&stand_in);
    for (user, port) in [("other", cluster.port), ("app", cluster.port + 1)] {
        let result = stand_in.block_on(async {
            let token = auth_token::sign(&clients, &scope(), &cluster.host, port, None, user)
                .await
                .expect("a token can be signed");
            let ca_file = &stand_in.connection().ca_file;
            Connection::open(cluster, ca_file, "app", token.secret.expose()).await
        });
        let error = result.err().expect("it is refused");
        assert!(error.to_string().contains("28000"), "{error}");
    }
}

#[test]
fn secret_of_the_master_user_has_its_name_and_password() {
    let stand_in = StandIn::start(15);
    let clients = clients(&stand_in);
    let cluster = stand_in.cluster();
    let arn = &cluster.master_secret_arn;
    let username = stand_in.block_on(secrets_manager::get_username(&clients, &scope(), arn));
    assert_eq!(username.expect("it can be read"), cluster.master_username);
    let password = stand_in.block_on(secrets_manager::get_password(&clients, &scope(), arn));
    let password = password.expect("it can be read");
    assert_eq!(password.expose(), cluster.master_password);
}
