//! What may be written in the provider block and the environment, and what is said of the rest.

use std::fs;

use crate::support::{StandIn, Workspace};

const USER: &str = "resource \"rdsiam_replication_user\" \"app\" {\n  name = \"app\"\n}\n";

fn with_app() -> StandIn {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN");
    stand_in
}

/// A `postgres` block by host with these lines, as the master user.
fn by_host(stand_in: &StandIn, host: &str, more: &str) -> String {
    let cluster = stand_in.cluster();
    format!(
        "provider \"rdsiam\" {{\n  postgres {{\n    host = {host}\n    username = \"master\"\n    password = {:?}\n    \
         connect_host = {:?}\n    connect_port = {}\n    {more}\n  }}\n}}\n",
        cluster.master_password, cluster.connect_host, cluster.connect_port
    )
}

fn roots(stand_in: &StandIn) -> String {
    format!("sslrootcert = {:?}", stand_in.connection().ca_file)
}

/// What is written into a file of the workspace, and its path.
fn file(workspace: &Workspace, name: &str, text: &str) -> String {
    let path = workspace.path().join(name);
    fs::write(&path, text).expect("a file can be written");
    path.display().to_string()
}

#[test]
fn input_of_a_module_that_passes_empty_texts_for_nothing_is_as_if_left_out() {
    let stand_in = with_app();
    let cluster = stand_in.cluster();
    let workspace = Workspace::new(&stand_in);
    let aws: String = [
        "region",
        "profile",
        "access_key",
        "secret_key",
        "token",
        "custom_ca_bundle",
        "http_proxy",
        "https_proxy",
        "no_proxy",
    ]
    .map(|name| format!("  {name} = var.nothing\n"))
    .concat();
    let postgres: String = [
        "db_instance_identifier",
        "host",
        "database",
        "username",
        "secret_arn",
        "sslmode",
    ]
    .map(|name| format!("    {name} = var.nothing\n"))
    .concat();
    workspace.write(&format!(
        "variable \"nothing\" {{\n  default = \"\"\n}}\nprovider \"rdsiam\" {{\n{aws}  endpoints {{\n    rds = \
         var.nothing\n    sts = var.nothing\n    secretsmanager = var.nothing\n  }}\n  postgres {{\n{postgres}    \
         cluster_identifier = \"orders\"\n    password = {:?}\n    iam_auth = false\n    connect_host = {:?}\n    \
         connect_port = {}\n    {}\n  }}\n}}\n{USER}",
        cluster.master_password,
        cluster.connect_host,
        cluster.connect_port,
        roots(&stand_in)
    ));
    workspace.run(&["validate"]).success();
    workspace.apply().success();
    workspace.plan().empty();
    let role = "assume_role_with_web_identity {\n    role_arn = \"\"\n    session_name = \"\"\n    policy = \"\"\n    \
                duration = \"\"\n    web_identity_token = \"\"\n    web_identity_token_file = \"\"\n  }";
    workspace.write(&format!("provider \"rdsiam\" {{\n  {role}\n}}\n{USER}"));
    workspace.run(&["validate"]).success();
}

#[test]
fn input_that_is_no_host_is_refused_with_where_the_port_belongs() {
    let mut workspace = Workspace::offline();
    let provider = |lines: &str| {
        format!("provider \"rdsiam\" {{\n  postgres {{\n    {lines}\n  }}\n}}\n{USER}")
    };
    for (argument, port) in [("host", "`port`"), ("connect_host", "`connect_port`")] {
        workspace.write(&provider(&format!("{argument} = \"db.example.com:6543\"")));
        workspace
            .run(&["validate"])
            .failure()
            .says(&format!("postgres.{argument}"))
            .says(&format!("Write \"db.example.com\", and 6543 in {port}"));
    }
    workspace.write(&provider("host = \"[2001:db8::1]\""));
    workspace
        .run(&["validate"])
        .failure()
        .says("without brackets. Write \"2001:db8::1\"");
    workspace.write(
        "ephemeral \"rdsiam_auth_token\" \"app\" {\n  username = \"app\"\n  host = \
         \"postgres://app@db.c1a2b3.eu-central-1.rds.amazonaws.com:5432/shop\"\n}\n",
    );
    workspace
        .run(&["validate"])
        .failure()
        .says("Write \"db.c1a2b3.eu-central-1.rds.amazonaws.com\", and 5432 in `port`")
        .says("`address`");
    workspace.write(&provider("database = \"shop\""));
    for (variable, value, said) in [
        (
            "PGHOST",
            "a.example.com,b.example.com",
            "PGHOST must be the name or the address of one host",
        ),
        (
            "PGHOST",
            "/var/run/postgresql",
            "is the path of a Unix-domain socket",
        ),
        ("PGHOST", "db.example.com:6543", "and 6543 in PGPORT"),
    ] {
        workspace.set_environment(variable, value);
        workspace.plan().failure().says(said);
    }
}

#[test]
fn input_that_becomes_known_late_is_checked_then() {
    let workspace = Workspace::offline();
    workspace.write(
        "resource \"terraform_data\" \"host\" {\n  input = \"db.example.com:6543\"\n}\n\
         ephemeral \"rdsiam_auth_token\" \"app\" {\n  username = \"app\"\n  host = terraform_data.host.output\n}\n",
    );
    workspace.run(&["validate"]).success();
    workspace.plan().changes();
    workspace.apply().failure().says("and 6543 in `port`");
}

#[test]
fn input_region_of_the_provider_must_be_one() {
    let workspace = Workspace::offline();
    workspace.write(&format!(
        "provider \"rdsiam\" {{\n  region = \"Ireland\"\n}}\n{USER}"
    ));
    workspace
        .run(&["validate"])
        .failure()
        .says("The value of region must be an AWS Region such as `eu-central-1`");
}

#[test]
fn input_reader_endpoint_is_refused_where_something_is_granted_and_read_from_otherwise() {
    let stand_in = with_app();
    let writer = &stand_in.cluster().host;
    let reader = writer.replace(".cluster-", ".cluster-ro-");
    let provider = |host: &str| {
        let more = format!("sslmode = \"verify-ca\"\n    {}", roots(&stand_in));
        by_host(&stand_in, &format!("{host:?}"), &more)
    };
    let mut workspace = Workspace::new(&stand_in);
    workspace.write(&(provider(&reader) + USER));
    stand_in.forget_calls();
    workspace
        .plan()
        .failure()
        .says("is the reader endpoint of a cluster")
        .says("It stands in `host`")
        .says(&format!("Name the writer, {writer:?}"));
    assert!(stand_in.traffic().connections.is_empty());
    workspace.write(&(provider(&reader) + "data \"rdsiam_replication_users\" \"all\" {}\n"));
    workspace.plan().success();

    let without_host = provider(&reader).replace(&format!("host = {reader:?}\n"), "");
    workspace.write(&(without_host + USER));
    workspace.set_environment("PGHOST", &reader);
    workspace.plan().failure().says("It stands in PGHOST");

    // What is only read, or destroyed, is not in the way.
    workspace.unset_environment("PGHOST");
    workspace.write(&(provider(writer) + USER));
    workspace.apply().success();
}

#[test]
fn input_roots_are_verified_against_also_by_require() {
    let stand_in = with_app();
    let workspace = Workspace::new(&stand_in);
    let host = format!("{:?}", stand_in.cluster().host.replace("orders.", "other."));
    let other = rcgen::generate_simple_self_signed(vec!["other".to_owned()])
        .expect("a certificate can be made");
    let other = file(&workspace, "other.pem", &other.cert.pem());
    let provider = |more: &str| by_host(&stand_in, &host, more) + USER;
    workspace.write(&provider(&format!(
        "sslmode = \"require\"\n    sslrootcert = {other:?}"
    )));
    workspace.apply().failure().says("certificate");
    workspace.write(&provider(&format!(
        "sslmode = \"require\"\n    {}",
        roots(&stand_in)
    )));
    workspace.apply().success();
    // Nobody says whom to trust: nothing is verified.
    workspace.write(&provider("sslmode = \"require\""));
    workspace.plan().empty();
}

#[test]
fn input_roots_of_the_system_are_not_those_that_are_shipped_and_demand_verify_full() {
    let stand_in = with_app();
    let workspace = Workspace::new(&stand_in);
    let host = format!("{:?}", stand_in.cluster().host);
    let provider = |more: &str| by_host(&stand_in, &host, more) + USER;
    workspace.write(&provider(
        "sslrootcert = \"system\"\n    sslmode = \"verify-ca\"",
    ));
    workspace
        .run(&["validate"])
        .failure()
        .says("Use `sslmode = \"verify-full\"`, as libpq demands");
    let mut workspace = workspace;
    workspace.write(&provider("sslrootcert = \"system\""));
    workspace.set_environment(
        "SSL_CERT_FILE",
        &stand_in.connection().ca_file.display().to_string(),
    );
    workspace.apply().success();
    let other = rcgen::generate_simple_self_signed(vec!["other".to_owned()])
        .expect("a certificate can be made");
    let other = file(&workspace, "other.pem", &other.cert.pem());
    workspace.set_environment("SSL_CERT_FILE", &other);
    workspace.plan().failure().says("certificate");
}

#[test]
fn input_of_the_environment_that_replaces_what_is_looked_up_is_said_once() {
    let stand_in = with_app();
    stand_in.sql("CREATE ROLE admin LOGIN CREATEROLE PASSWORD 'p'; CREATE ROLE other LOGIN; CREATE ROLE third LOGIN");
    let mut workspace = Workspace::new(&stand_in);
    let users = ["app", "other", "third"]
        .map(|name| USER.replace("app", name))
        .concat();
    workspace.write(&(stand_in.provider() + &users));
    workspace.set_environment("PGUSER", "admin");
    workspace.set_environment("PGPASSWORD", "p");
    workspace.set_environment("PGSSLMODE", "require");
    let planned = workspace
        .plan()
        .changes()
        .says("Environment Variable PGUSER In Use")
        .says("PGUSER is \"admin\"")
        .says("and not as the master user \"master\"")
        .says("set `username` in the provider's `postgres` block")
        .says("PGSSLMODE is \"require\"");
    assert_eq!(planned.text().matches("PGUSER is").count(), 1);
    workspace.apply().success();
    let connections = stand_in.traffic().connections;
    assert_eq!(connections.keys().collect::<Vec<_>>(), ["admin"]);
    workspace.plan().empty().says("PGUSER is \"admin\"");

    workspace.unset_environment("PGUSER");
    workspace.unset_environment("PGSSLMODE");
    workspace.set_environment("PGPASSWORD", &stand_in.cluster().master_password);
    workspace
        .plan()
        .empty()
        .says("PGPASSWORD is set")
        .does_not_say("PGUSER");
    // Whoever says it in the block means it.
    workspace.write(
        &(stand_in.provider_with("username = \"admin\"\n    sslmode = \"verify-ca\"") + &users),
    );
    workspace.set_environment("PGPASSWORD", "p");
    workspace
        .plan()
        .empty()
        .does_not_say("Environment Variable");
}

#[cfg(unix)]
#[test]
fn input_of_variables_that_are_not_in_utf_8_is_refused_where_it_counts_and_shown_nowhere() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let stand_in = with_app();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!("{}{USER}", stand_in.provider()));
    let plan = |name: &str| {
        let mut command = workspace.command(&["plan"]);
        command.env(name, OsStr::from_bytes(b"hush-hush\xfc"));
        let output = command.output().expect("the CLI runs");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(!text.contains("hush-hush"), "{name}: {text}");
        (output.status.success(), text)
    };
    let (succeeds, text) = plan("OF_SOMEBODY_ELSE");
    assert!(succeeds, "{text}");
    let (succeeds, text) = plan("PGPASSWORD");
    assert!(
        !succeeds && text.contains("PGPASSWORD is not in UTF-8"),
        "{text}"
    );
}

#[test]
fn input_of_keys_with_line_breaks_is_named() {
    let stand_in = with_app();
    let mut workspace = Workspace::new(&stand_in);
    workspace.write(&format!("{}{USER}", stand_in.provider()));
    let key = &stand_in.connection().access_key_id;
    workspace.set_environment("AWS_ACCESS_KEY_ID", &format!("{key}\n"));
    workspace
        .apply()
        .failure()
        .says("the access key id has a space, a line break");
}

#[test]
fn input_of_a_key_in_place_of_root_certificates_is_not_shown() {
    let stand_in = with_app();
    let workspace = Workspace::new(&stand_in);
    let key =
        "sslrootcert = \"-----BEGIN PRIVATE KEY-----\\nhush-hush\\n-----END PRIVATE KEY-----\\n\"";
    workspace.write(&format!(
        "{}{USER}",
        by_host(&stand_in, "\"localhost\"", key)
    ));
    workspace
        .apply()
        .failure()
        .does_not_say("hush-hush")
        .says("root certificates");
}
