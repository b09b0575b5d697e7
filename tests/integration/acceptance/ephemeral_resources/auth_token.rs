//! `rdsiam_auth_token`: fed into a provider's configuration, and nowhere to be found afterwards.

use rds_emulator::Options;

use crate::support::{StandIn, Workspace, fixture};

fn token(arguments: &str) -> String {
    format!(
        "ephemeral \"rdsiam_auth_token\" \"admin\" {{\n  username = \"admin\"\n  {arguments}\n}}\n"
    )
}

/// Another provider that logs in with the token, and what it finds there.
fn other_provider(stand_in: &StandIn) -> String {
    let cluster = stand_in.cluster();
    format!(
        "provider \"rdsiam\" {{}}\nprovider \"postgresql\" {{\n  host = ephemeral.rdsiam_auth_token.admin.host\n  \
         port = ephemeral.rdsiam_auth_token.admin.port\n  username = ephemeral.rdsiam_auth_token.admin.username\n  \
         password = ephemeral.rdsiam_auth_token.admin.token\n  connect_host = {:?}\n  connect_port = {}\n  \
         sslrootcert = {:?}\n}}\ndata \"postgresql_roles\" \"all\" {{}}\noutput \"names\" {{\n  value = \
         join(\",\", data.postgresql_roles.all.names)\n}}\n",
        cluster.connect_host,
        cluster.connect_port,
        stand_in.connection().ca_file
    )
}

/// A second configuration of ours that logs in with the token, and a resource that it manages.
fn consumer(stand_in: &StandIn) -> String {
    let cluster = stand_in.cluster();
    format!(
        "provider \"rdsiam\" {{}}\nprovider \"rdsiam\" {{\n  alias = \"with_token\"\n  postgres {{\n    \
         host = ephemeral.rdsiam_auth_token.admin.host\n    port = ephemeral.rdsiam_auth_token.admin.port\n    \
         username = ephemeral.rdsiam_auth_token.admin.username\n    \
         password = ephemeral.rdsiam_auth_token.admin.token\n    connect_host = {:?}\n    connect_port = {}\n    \
         sslrootcert = {:?}\n  }}\n}}\nresource \"rdsiam_replication_user\" \"app\" {{\n  provider = \
         rdsiam.with_token\n  name = \"app\"\n}}\n",
        cluster.connect_host,
        cluster.connect_port,
        stand_in.connection().ca_file
    )
}

fn with_admin() -> StandIn {
    let stand_in = StandIn::start(15);
    stand_in
        .sql("CREATE ROLE app LOGIN; CREATE ROLE admin LOGIN CREATEROLE; GRANT rds_iam TO admin");
    stand_in
}

#[test]
fn auth_token_logs_another_provider_in_and_is_stored_nowhere() {
    let stand_in = with_admin();
    let mut workspace = Workspace::new(&stand_in);
    let log = workspace.path().join("provider.log");
    // For its log.
    workspace.manage_provider();
    workspace.set_environment("TF_LOG", "TRACE");
    workspace.set_environment("TF_LOG_PATH", &log.display().to_string());
    workspace.add_provider("hashicorp/postgresql", &fixture::postgresql());
    workspace.write(&(token("cluster_identifier = \"orders\"") + &other_provider(&stand_in)));
    workspace.run(&["plan", "-out=planned"]).success();
    let shown = workspace.run(&["show", "-json", "planned"]).success();
    let applied = workspace.run(&["apply", "planned"]).success();
    let applied = applied.says("names = \"admin,");
    assert_eq!(stand_in.traffic().connections["admin"], 1);
    // The next run logs in with a token of its own.
    workspace.plan().empty();
    assert_eq!(stand_in.traffic().connections["admin"], 2);
    let planned = std::fs::read(workspace.path().join("planned")).expect("there is a plan");
    let of_the_provider: String = std::fs::read_to_string(log)
        .expect("there is a log")
        .lines()
        .filter(|line| line.contains("provider.terraform-provider-rdsiam"))
        .collect();
    for (place, text) in [
        ("the plan", shown.stdout()),
        (
            "the plan's file",
            String::from_utf8_lossy(&planned).into_owned(),
        ),
        ("the output", applied.text()),
        ("the state", workspace.state_text()),
        ("the log", of_the_provider),
    ] {
        assert!(
            !text.contains("X-Amz-Signature="),
            "{place} holds a token: {text}"
        );
    }
}

#[test]
fn auth_token_of_a_host_calls_no_api() {
    let stand_in = with_admin();
    let cluster = stand_in.cluster();
    let workspace = Workspace::new(&stand_in);
    let host = format!("host = {:?}\n  port = {}", cluster.host, cluster.port);
    workspace.write(&(token(&host) + &consumer(&stand_in)));
    workspace.apply().success();
    assert_eq!(stand_in.calls().get("DescribeDBClusters"), None);
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
}

#[test]
fn auth_token_that_is_refused_is_known_when_it_is_opened_and_told_at_the_login() {
    let stand_in = with_admin();
    stand_in.set_iam_authentication(false, true);
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(token("cluster_identifier = \"orders\"") + &consumer(&stand_in)));
    workspace
        .apply()
        .failure()
        .says("Token Will Be Refused")
        .says("IAM database authentication is disabled.")
        .says("PAM authentication failed")
        .says("the user \"admin\", with the access key")
        .does_not_say("in place of the password");
}

#[test]
fn auth_token_of_what_is_not_there_blames_the_argument() {
    let stand_in = StandIn::with_options(Options {
        clusters: Vec::new(),
        ..Options::default()
    });
    let workspace = Workspace::new(&stand_in);
    for argument in ["cluster_identifier", "db_instance_identifier"] {
        workspace.write(&token(&format!("{argument} = \"nowhere\"")));
        workspace
            .apply()
            .failure()
            .says("nowhere")
            .says(argument)
            .says("Check the identifier, the Region and the account");
    }
    workspace.write(&token(""));
    workspace.run(&["validate"]).failure().says("host");
    workspace.write(&token("host = \"h\"\n  cluster_identifier = \"c\""));
    workspace.run(&["validate"]).failure().says("host");
}
