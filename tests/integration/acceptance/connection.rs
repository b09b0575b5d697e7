//! The provider block: how it finds a database, how it logs in, and what it says when it cannot.

use std::fs;

use crate::support::{StandIn, Workspace};

const ADDRESS: &str = "rdsiam_replication_user.cdc";
const USER: &str = "resource \"rdsiam_replication_user\" \"cdc\" {\n  name = \"cdc\"\n}\n";

/// A workspace whose `postgres` block has these lines alone.
fn workspace(stand_in: &StandIn, postgres: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    write(&workspace, postgres);
    workspace
}

fn write(workspace: &Workspace, postgres: &str) {
    workspace.write(&format!(
        "provider \"rdsiam\" {{\n  postgres {{\n{postgres}\n  }}\n}}\n{USER}"
    ));
}

/// The way to the gate, in place of the endpoint's own name and port.
fn tunnel(stand_in: &StandIn) -> String {
    let cluster = stand_in.cluster();
    format!(
        "connect_host = {:?}\nconnect_port = {}\nsslrootcert = {:?}",
        cluster.connect_host,
        cluster.connect_port,
        stand_in.connection().ca_file
    )
}

fn by_cluster(stand_in: &StandIn, more: &str) -> String {
    format!(
        "cluster_identifier = \"orders\"\n{}\n{more}",
        tunnel(stand_in)
    )
}

fn by_host(stand_in: &StandIn, more: &str) -> String {
    let host = &stand_in.cluster().host;
    format!(
        "host = {host:?}\ndatabase = \"shop\"\n{}\n{more}",
        tunnel(stand_in)
    )
}

#[test]
fn connection_by_host_and_password_needs_no_aws_and_is_named_in_the_id() {
    let stand_in = StandIn::start(15);
    let cluster = stand_in.cluster();
    let login = format!(
        "username = \"master\"\npassword = {:?}",
        cluster.master_password
    );
    let mut workspace = workspace(&stand_in, &by_host(&stand_in, &login));
    workspace.set_environment("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    workspace.apply().success();
    workspace.plan().empty();
    let id = format!("{}:{}/cdc", cluster.host, cluster.port);
    assert_eq!(
        workspace.state(ADDRESS).expect("a state")["id"],
        id.as_str()
    );
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace.run(&["import", ADDRESS, &id]).success();
    workspace.plan().empty();
}

#[test]
fn connection_by_iam_signs_a_token_for_the_name_of_the_endpoint() {
    let stand_in = StandIn::start(15);
    stand_in.sql("GRANT rds_iam TO master");
    let login = "username = \"master\"\niam_auth = true";
    for postgres in [by_cluster(&stand_in, login), by_host(&stand_in, login)] {
        let workspace = workspace(&stand_in, &postgres);
        workspace.apply().success();
        workspace.plan().empty();
        workspace.destroy().success();
    }
}

#[test]
fn connection_by_secret_reads_the_named_one() {
    let stand_in = StandIn::start(15);
    let arn = &stand_in.cluster().master_secret_arn;
    let workspace = workspace(
        &stand_in,
        &by_host(&stand_in, &format!("secret_arn = {arn:?}")),
    );
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn connection_password_of_the_environment_counts_before_a_discovered_secret_only() {
    let stand_in = StandIn::start(15);
    let mut workspace = workspace(&stand_in, &by_cluster(&stand_in, ""));
    workspace.set_environment("PGPASSWORD", "not-this-one");
    workspace
        .apply()
        .failure()
        .says("28P01")
        .says("The environment gave the password (from PGPASSWORD).")
        .does_not_say("not-this-one");
    let arn = &stand_in.cluster().master_secret_arn;
    write(
        &workspace,
        &by_cluster(&stand_in, &format!("secret_arn = {arn:?}")),
    );
    workspace.apply().success();
    workspace.plan().empty();
    write(&workspace, &by_cluster(&stand_in, ""));
    workspace.set_environment("PGPASSWORD", &stand_in.cluster().master_password);
    workspace.set_environment("PGHOST", "elsewhere.example.com");
    workspace.set_environment("PGPORT", "1");
    workspace.plan().empty();
}

#[test]
fn connection_with_two_answers_to_one_question_is_refused_by_validate() {
    let stand_in = StandIn::start(15);
    for (postgres, blamed) in [
        ("cluster_identifier = \"orders\"\nhost = \"h\"", "host"),
        (
            "cluster_identifier = \"orders\"\npassword = \"p\"\niam_auth = true",
            "iam_auth",
        ),
        (
            "cluster_identifier = \"orders\"\nsecret_arn = \"a\"\npassword = \"p\"",
            "secret_arn",
        ),
        (
            "host = \"h\"\niam_auth = true\nsslmode = \"prefer\"",
            "sslmode",
        ),
        ("host = \"h\"\nsslmode = \"verify\"", "verify-full"),
    ] {
        workspace(&stand_in, postgres)
            .run(&["validate"])
            .failure()
            .says(blamed);
    }
}

#[test]
fn connection_to_a_server_of_an_unknown_root_names_sslrootcert() {
    let stand_in = StandIn::start(15);
    let postgres = by_cluster(&stand_in, "").replace("sslrootcert", "# sslrootcert");
    workspace(&stand_in, &postgres)
        .apply()
        .failure()
        .says("sslrootcert");
}

#[test]
fn connection_to_a_name_that_the_certificate_lacks_is_refused() {
    let stand_in = StandIn::start(15);
    let password = &stand_in.cluster().master_password;
    let postgres = by_host(
        &stand_in,
        &format!("username = \"master\"\npassword = {password:?}"),
    )
    .replace("host = \"orders.", "host = \"other.");
    workspace(&stand_in, &postgres)
        .apply()
        .failure()
        .says("certificate");
    let lenient = postgres + "\nsslmode = \"verify-ca\"";
    workspace(&stand_in, &lenient).apply().success();
}

#[test]
fn connection_with_keys_that_aws_does_not_know_says_so() {
    let stand_in = StandIn::start(15);
    let mut workspace = workspace(&stand_in, &by_cluster(&stand_in, ""));
    workspace.set_environment("AWS_SECRET_ACCESS_KEY", "hush-hush");
    workspace
        .apply()
        .failure()
        .says("SignatureDoesNotMatch")
        .does_not_say("hush-hush");
    workspace.set_environment("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN");
    workspace.apply().failure().says("InvalidClientTokenId");
}

#[test]
fn connection_with_a_profile_of_a_credential_process_works() {
    let stand_in = StandIn::start(15);
    let connection = stand_in.connection();
    let mut workspace = workspace(&stand_in, &by_cluster(&stand_in, ""));
    let keys = workspace.path().join("keys.json");
    fs::write(
        &keys,
        serde_json::json!({
            "Version": 1,
            "AccessKeyId": connection.access_key_id,
            "SecretAccessKey": connection.secret_access_key,
        })
        .to_string(),
    )
    .expect("a file can be written");
    let config = workspace.path().join("config");
    fs::write(
        &config,
        format!(
            "[profile ci]\nregion = eu-central-1\ncredential_process = cat {}\n",
            keys.display()
        ),
    )
    .expect("a file can be written");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
        workspace.set_environment(name, "");
    }
    workspace.set_environment("AWS_CONFIG_FILE", &config.display().to_string());
    workspace.set_environment("AWS_PROFILE", "ci");
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn connection_to_a_cluster_that_is_not_there_names_it() {
    let stand_in = StandIn::start(15);
    let postgres = by_cluster(&stand_in, "").replace("\"orders\"", "\"nowhere\"");
    workspace(&stand_in, &postgres)
        .apply()
        .failure()
        .says("nowhere")
        .says("eu-central-1");
}

#[test]
fn connection_that_is_not_configured_is_missed_by_users_alone() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    let parameter = "resource \"rdsiam_replication_parameter\" \"this\" {\n  cluster_identifier = \"orders\"\n}\n";
    workspace.write(parameter);
    workspace.apply().success();
    workspace.plan().empty();
    workspace.write(&format!("{parameter}{USER}"));
    workspace
        .apply()
        .failure()
        .says("No Database Configured")
        .says("cluster_identifier");
}
