//! What the provider says when a database does not let it in: the cause that follows from the server's answer, the
//! configuration and what AWS shows.

use serde_json::json;

use crate::support::{StandIn, Workspace};

/// The user that is applied, within a time that leaves room for few attempts to connect.
const USER: &str = "resource \"rdsiam_replication_user\" \"cdc\" {\n  name = \"cdc\"\n  timeouts {\n    \
                    create = \"4s\"\n  }\n}\n";
const IAM: &str = "username = \"master\"\niam_auth = true\n";

/// A workspace that reaches the gate with these lines in its `postgres` block.
struct Site<'a> {
    stand_in: &'a StandIn,
    workspace: Workspace,
}

impl<'a> Site<'a> {
    fn new(stand_in: &'a StandIn) -> Self {
        Self {
            stand_in,
            workspace: Workspace::new(stand_in),
        }
    }

    /// What the error of an apply says, in one line.
    fn refusal(&self, postgres: &str) -> String {
        let cluster = self.stand_in.cluster();
        self.workspace.write(&format!(
            "provider \"rdsiam\" {{\n  postgres {{\n{postgres}connect_host = {:?}\nconnect_port = {}\nsslrootcert = \
             {:?}\n  }}\n}}\n{USER}",
            cluster.connect_host,
            cluster.connect_port,
            self.stand_in.connection().ca_file
        ));
        self.workspace.apply().failure().text()
    }

    fn by_cluster(&self, more: &str) -> String {
        self.refusal(&format!("cluster_identifier = \"orders\"\n{more}"))
    }

    fn by_host(&self, host: &str, more: &str) -> String {
        self.refusal(&format!("host = {host:?}\ndatabase = \"shop\"\n{more}"))
    }
}

#[track_caller]
fn says(refusal: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(refusal.contains(sentence), "{sentence}:\n{refusal}");
    }
}

#[track_caller]
fn does_not_say(refusal: &str, sentence: &str) {
    assert!(!refusal.contains(sentence), "{sentence}:\n{refusal}");
}

#[test]
fn token_that_is_refused_is_held_against_what_aws_shows() {
    let stand_in = StandIn::start(15);
    let mut site = Site::new(&stand_in);
    let host = stand_in.cluster().host.clone();
    let key = stand_in.connection().access_key_id.clone();

    let not_in_rds_iam = site.by_cluster(IAM);
    says(
        &not_in_rds_iam,
        &[
            "28P01",
            &format!(
                "signed for {host}:5432, the Region eu-central-1 and the user \"master\", with the access key {key}."
            ),
            "the server demands a password of \"master\"",
            "the user is not in `rds_iam`, or is not there",
        ],
    );
    does_not_say(&not_in_rds_iam, "Set `iam_auth");

    stand_in.sql("GRANT rds_iam TO master");
    site.workspace.set_environment("AWS_REGION", "eu-west-1");
    let in_dns = site.by_host(
        "orders.example.com",
        &format!("{IAM}sslmode = \"require\"\n"),
    );
    says(
        &in_dns,
        &[
            "PAM authentication failed",
            "signed for orders.example.com:5432, the Region eu-west-1",
            "That host is no name that RDS gives to an endpoint.",
            "belongs into `connect_host`",
        ],
    );
    site.workspace.set_environment("AWS_REGION", "eu-central-1");

    let another_port = site.by_cluster(&format!("{IAM}port = 7654\n"));
    says(
        &another_port,
        &[&format!("{host}:7654"), "The endpoint's port is 5432."],
    );

    site.workspace
        .set_environment("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN");
    let another_key = site.by_host(&host, IAM);
    says(
        &another_key,
        &[
            "with the access key AKIAUNKNOWN",
            "rds-db:connect",
            "iam-db-auth-error",
        ],
    );
    does_not_say(&another_key, "disabled");
    site.workspace.set_environment("AWS_ACCESS_KEY_ID", &key);

    stand_in.set_iam_authentication(false, true);
    for refusal in [site.by_cluster(IAM), site.by_host(&host, IAM)] {
        says(
            &refusal,
            &[
                "IAM database authentication is disabled.",
                "rds-db:connect on arn:aws:rds-db:eu-central-1:",
                "IAM database authentication is off, and no token is accepted.",
            ],
        );
        does_not_say(&refusal, "Set `iam_auth");
    }
}

#[test]
fn password_that_is_refused_is_told_by_where_it_comes_from() {
    let stand_in = StandIn::start(15);
    let site = Site::new(&stand_in);
    let arn = &stand_in.cluster().master_secret_arn;
    stand_in.sql("ALTER ROLE master PASSWORD 'another'");
    says(
        &site.by_cluster(""),
        &[
            "28P01",
            "came from the managed secret",
            arn,
            "`active`",
            "--rotate-master-user-password",
        ],
    );
    let by_secret = site.by_cluster(&format!("secret_arn = {arn:?}\n"));
    says(
        &by_secret,
        &["28P01", "came from the secret", arn, "was read twice"],
    );
    does_not_say(&by_secret, "Set `iam_auth");
    says(
        &site.by_cluster("password = \"not-this-one\"\n"),
        &[
            "28P01",
            "demands a password of \"master\"",
            "Check `username` and `password`.",
        ],
    );
    stand_in.sql("GRANT rds_iam TO master");
    says(
        &site.by_cluster("password = \"another\"\n"),
        &[
            "28000",
            "demands a token of \"master\"",
            "Set `iam_auth = true` in place of the password",
        ],
    );
}

#[test]
fn database_that_lets_the_user_not_in_is_told_from_a_wrong_password() {
    let stand_in = StandIn::start(17);
    let site = Site::new(&stand_in);
    stand_in.sql(
        "CREATE ROLE admin LOGIN PASSWORD 'secret' CREATEROLE; REVOKE CONNECT ON DATABASE shop FROM PUBLIC; \
         CREATE ROLE limited LOGIN PASSWORD 'secret' CONNECTION LIMIT 0",
    );
    let login = |username: &str, more: &str| {
        site.by_cluster(&format!(
            "username = {username:?}\npassword = \"secret\"\n{more}"
        ))
    };
    says(
        &login("admin", ""),
        &["42501", "The user lacks CONNECT on the database"],
    );
    says(
        &login("admin", "database = \"nowhere\"\n"),
        &["3D000", "There is no such database."],
    );
    says(
        &login("admin", "database = \"template0\"\n"),
        &["55000", "takes no connections"],
    );
    says(
        &login("admin", "database = \"postgres\"\nsslmode = \"disable\"\n"),
        &["28000", "no encryption", "Set `sslmode`"],
    );
    says(
        &login("limited", "database = \"postgres\"\n"),
        &["53300", "The user's CONNECTION LIMIT is reached."],
    );
    stand_in.sql("GRANT cdc TO rds_iam");
    says(
        &site.by_cluster(""),
        &["0LP01", "REVOKE the user's role FROM rds_iam"],
    );
}

#[test]
fn cluster_that_is_stopped_is_named_with_its_status() {
    let stand_in = StandIn::start(15);
    let site = Site::new(&stand_in);
    stand_in.control("POST", "/clusters/orders/stop", &json!({}));
    let refusal = site.by_cluster("");
    says(
        &refusal,
        &[
            "AWS shows the DB cluster \"orders\" as `stopped`.",
            "The cluster or instance is stopped. Start it.",
        ],
    );
    does_not_say(&refusal, "security groups");
}

#[test]
fn title_of_what_is_read_names_the_cluster_and_not_the_login() {
    let stand_in = StandIn::start(15);
    let site = Site::new(&stand_in);
    site.workspace.write(&format!(
        "{}data \"rdsiam_replication_users\" \"all\" {{}}\n",
        stand_in.provider_with("password = \"not-this-one\"")
    ));
    site.workspace
        .plan()
        .failure()
        .says("Read Replication Users \"orders\"");
}
