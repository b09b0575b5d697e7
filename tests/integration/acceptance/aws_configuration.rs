//! The provider block's way to AWS: roles, web identities, accounts, proxies and certificates.

use std::{fs, path::Path};

use rds_emulator::Options;
use serde_json::{Value, json};

use crate::support::{Proxy, StandIn, TlsFront, Workspace, cli::Run};

const ADDRESS: &str = "rdsiam_replication_parameter.this";
const PARAMETER: &str =
    "resource \"rdsiam_replication_parameter\" \"this\" {\n  cluster_identifier = \"orders\"\n}\n";
const MODIFY: &str = "ModifyDBClusterParameterGroup";
/// A host that no resolver knows, so that a proxy alone leads to it.
const HOST: &str = "aws.stand-in.invalid";

/// A workspace whose provider block has these lines alone.
fn workspace(stand_in: &StandIn, provider: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    write(&workspace, provider);
    workspace
}

fn write(workspace: &Workspace, provider: &str) {
    workspace.write(&format!(
        "provider \"rdsiam\" {{\n{provider}\n}}\n{PARAMETER}"
    ));
}

/// An `assume_role` block.
fn assume(arn: &str, more: &str) -> String {
    format!("assume_role {{\nrole_arn = {arn:?}\n{more}\n}}\n")
}

/// A block that sends all services to one URL.
fn endpoints(url: &str) -> String {
    format!("endpoints {{\nrds = {url:?}\nsts = {url:?}\nsecretsmanager = {url:?}\n}}\n")
}

/// Takes away the keys, so that a web identity is all there is.
fn without_keys(workspace: &mut Workspace) {
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        workspace.unset_environment(name);
    }
}

/// Writes a file beside the configuration; its path.
fn file(workspace: &Workspace, name: &str, text: &str) -> String {
    let path = workspace.path().join(name);
    fs::write(&path, text).expect("a file can be written");
    path.display().to_string()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// How often a session made a call.
fn calls(session: &Value, action: &str) -> u64 {
    session["calls"][action].as_u64().unwrap_or(0)
}

/// That nothing was asked of Amazon RDS.
#[track_caller]
fn asks_rds_nothing(stand_in: &StandIn) {
    let calls = stand_in.calls();
    assert!(
        calls.keys().all(|action| !action.contains("DB")),
        "{calls:?}"
    );
}

#[test]
fn role_that_is_assumed_manages_the_parameter() {
    let stand_in = StandIn::without_server();
    let arn = stand_in.role(&json!({"name": "ops", "external_id": "e-1"}));
    let more = "external_id = \"e-1\"\nsession_name = \"ci\"\nduration = \"30m\"\n\
                policy = jsonencode({ Version = \"2012-10-17\" })\n\
                policy_arns = [\"arn:aws:iam::aws:policy/AmazonRDSFullAccess\"]\n\
                tags = { team = \"data\" }\ntransitive_tag_keys = [\"team\"]\nsource_identity = \"alice\"";
    let workspace = workspace(&stand_in, &assume(&arn, more));
    workspace.apply().success();
    let sessions = stand_in.sessions();
    let session = &sessions[0];
    for (member, value) in [
        ("role_arn", json!(arn)),
        ("external_id", json!("e-1")),
        ("role_session_name", json!("ci")),
        ("duration_seconds", json!(1800)),
        ("policy", json!("{\"Version\":\"2012-10-17\"}")),
        (
            "policy_arns",
            json!(["arn:aws:iam::aws:policy/AmazonRDSFullAccess"]),
        ),
        ("tags", json!({"team": "data"})),
        ("transitive_tag_keys", json!(["team"])),
        ("source_identity", json!("alice")),
    ] {
        assert_eq!(session[member], value, "{member}");
    }
    let modified: u64 = sessions.iter().map(|session| calls(session, MODIFY)).sum();
    assert_eq!(modified, 1, "{sessions:?}");
    workspace.plan().empty();
    // A run of the provider needs one session, however many calls it makes.
    let processes = stand_in.sessions().len();
    workspace.plan().empty();
    assert_eq!(stand_in.sessions().len(), processes + 1);
    workspace.destroy().success();
}

#[test]
fn roles_in_a_chain_are_assumed_one_with_the_other() {
    let stand_in = StandIn::without_server();
    let first = stand_in.role(&json!({"name": "first"}));
    let second = stand_in.role(&json!({"name": "second", "principal": first}));
    let chain = assume(&first, "") + &assume(&second, "external_id = \"not-asked-for\"");
    let workspace = workspace(&stand_in, &chain);
    workspace.apply().success();
    let sessions = stand_in.sessions();
    assert_eq!(calls(&sessions[0], "AssumeRole"), 1);
    assert_eq!(
        sessions[1]["caller"],
        "arn:aws:sts::123456789012:assumed-role/first/terraform-provider-rdsiam"
    );
    for session in &sessions {
        let of_the_second = session["role_arn"] == second.as_str();
        assert!(of_the_second || calls(session, MODIFY) == 0, "{session}");
    }
    write(&workspace, &assume(&second, ""));
    workspace.run(&["plan"]).failure().says(&format!(
        "sts:AssumeRole on the role {second}: AccessDenied"
    ));
}

#[test]
fn role_with_another_external_id_is_refused_and_named() {
    let stand_in = StandIn::without_server();
    let arn = stand_in.role(&json!({"name": "ops", "external_id": "e-1"}));
    let workspace = workspace(&stand_in, &assume(&arn, "external_id = \"e-2\""));
    workspace
        .apply()
        .failure()
        .says(&format!("sts:AssumeRole on the role {arn}: AccessDenied"))
        .says("user/rds-emulator is not authorized to perform: sts:AssumeRole")
        .says("request id")
        .says("`external_id`")
        .does_not_say(&stand_in.connection().secret_access_key);
    asks_rds_nothing(&stand_in);
    // No second attempt makes a difference: one is made by the process that plans, one by the other.
    assert_eq!(stand_in.calls()["AssumeRole"], 2);
}

#[test]
fn role_whose_call_is_throttled_is_assumed_later() {
    let stand_in = StandIn::without_server();
    let arn = stand_in.role(&json!({"name": "ops"}));
    let workspace = workspace(&stand_in, &assume(&arn, ""));
    let fault = json!({"action": "AssumeRole", "fault": "throttle", "times": 4});
    stand_in.control("POST", "/faults", &fault);
    workspace.apply().success();
}

#[test]
fn role_signs_tokens_for_the_database() {
    let stand_in = StandIn::start(15);
    stand_in.sql("GRANT rds_iam TO master");
    let arn = stand_in.role(&json!({"name": "ops"}));
    let cluster = stand_in.cluster();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "provider \"rdsiam\" {{\n{}postgres {{\ncluster_identifier = \"orders\"\nusername = \"master\"\n\
         iam_auth = true\nconnect_host = {:?}\nconnect_port = {}\nsslrootcert = {:?}\n}}\n}}\n\
         resource \"rdsiam_replication_user\" \"cdc\" {{\n  name = \"cdc\"\n}}\n",
        assume(&arn, ""),
        cluster.connect_host,
        cluster.connect_port,
        stand_in.connection().ca_file
    ));
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn credentials_that_expire_during_a_run_are_renewed() {
    let stand_in = StandIn::without_server();
    let arn = stand_in.role(&json!({"name": "brief", "session_seconds": 2}));
    let settings = json!({"apply_seconds": 4.0});
    stand_in.control("POST", "/clusters/orders/settings", &settings);
    let workspace = workspace(&stand_in, &assume(&arn, ""));
    workspace.apply().success();
    assert!(stand_in.sessions().len() > 2);
}

#[test]
fn web_identity_comes_from_file_variable_and_environment() {
    let stand_in = StandIn::without_server();
    let arn = stand_in.role(&json!({"name": "web", "web_identity_subject": "ci"}));
    let token = stand_in.web_identity_token("ci", 3600);
    let mut workspace = Workspace::new(&stand_in);
    without_keys(&mut workspace);
    let path = file(&workspace, "token.jwt", &format!("{token}\n"));
    let block = |lines: &str| format!("assume_role_with_web_identity {{\n{lines}\n}}");
    let by_file = format!(
        "role_arn = {arn:?}\nweb_identity_token_file = {path:?}\nsession_name = \"ci\"\nduration = \"15m\"\n\
         policy = \"{{}}\"\npolicy_arns = [\"arn:aws:iam::aws:policy/AmazonRDSFullAccess\"]"
    );
    write(&workspace, &block(&by_file));
    workspace.apply().success();
    workspace.plan().empty();
    let sessions = stand_in.sessions();
    for (member, value) in [
        ("caller", json!("ci")),
        ("role_session_name", json!("ci")),
        ("duration_seconds", json!(900)),
        ("policy", json!("{}")),
        (
            "policy_arns",
            json!(["arn:aws:iam::aws:policy/AmazonRDSFullAccess"]),
        ),
    ] {
        assert_eq!(sessions[0][member], value, "{member}");
    }

    workspace.write(&format!(
        "variable \"token\" {{\n  type      = string\n  ephemeral = true\n}}\nprovider \"rdsiam\" {{\n{}\n}}\n{PARAMETER}",
        block(&format!("role_arn = {arn:?}\nweb_identity_token = var.token"))
    ));
    workspace.set_environment("TF_VAR_token", &token);
    workspace.plan().empty();

    // As Kubernetes writes it.
    let path = file(&workspace, "mounted", &token);
    workspace.set_environment("AWS_ROLE_ARN", &arn);
    workspace.set_environment("AWS_WEB_IDENTITY_TOKEN_FILE", &path);
    workspace.set_environment("AWS_ROLE_SESSION_NAME", "by-environment");
    for provider in [block(""), String::new()] {
        write(&workspace, &provider);
        workspace.plan().empty();
        let sessions = stand_in.sessions();
        let last = sessions.last().expect("there is one");
        assert_eq!(last["role_session_name"], "by-environment");
    }
    // A role may follow.
    let next = stand_in.role(&json!({"name": "next", "principal": arn}));
    write(&workspace, &(block("") + "\n" + &assume(&next, "")));
    workspace.plan().empty();
    let sessions = stand_in.sessions();
    assert_eq!(
        sessions.last().expect("there is one")["role_arn"],
        next.as_str()
    );
}

#[test]
fn web_identity_that_is_refused_names_role_and_code() {
    let stand_in = StandIn::without_server();
    let arn = stand_in.role(&json!({"name": "web", "web_identity_subject": "ci"}));
    let mut workspace = Workspace::new(&stand_in);
    without_keys(&mut workspace);
    let refused = |workspace: &Workspace, token: &str| -> Run {
        let path = file(workspace, "token.jwt", token);
        write(
            workspace,
            &format!(
                "assume_role_with_web_identity {{\nrole_arn = {arn:?}\nweb_identity_token_file = {path:?}\n}}"
            ),
        );
        let run = workspace.apply().failure();
        run.says(&format!("sts:AssumeRoleWithWebIdentity on the role {arn}"))
            .says("request id")
            .does_not_say(token)
    };
    let expired = stand_in.web_identity_token("ci", -1);
    refused(&workspace, &expired)
        .says("ExpiredTokenException")
        .says("Fetch a new one");
    refused(&workspace, "no.such.token").says("InvalidIdentityToken");
    let other = stand_in.web_identity_token("other", 3600);
    refused(&workspace, &other)
        .says("AccessDenied")
        .says("trust policy");
    asks_rds_nothing(&stand_in);
    // Without a block the SDK assumes the role, and the error is as clear.
    workspace.set_environment("AWS_ROLE_ARN", &arn);
    let path = file(&workspace, "token.jwt", &expired);
    workspace.set_environment("AWS_WEB_IDENTITY_TOKEN_FILE", &path);
    write(&workspace, "");
    workspace
        .apply()
        .failure()
        .says(&format!("sts:AssumeRoleWithWebIdentity on the role {arn}"))
        .says("ExpiredTokenException")
        .says("request id");
    // A file that is not there is named.
    workspace.set_environment("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token.jwt");
    write(&workspace, "assume_role_with_web_identity {}");
    workspace.apply().failure().says("/nowhere/token.jwt");
}

#[test]
fn accounts_that_are_not_allowed_are_refused_before_anything_is_asked() {
    let stand_in = StandIn::without_server();
    let workspace = workspace(&stand_in, "allowed_account_ids = [\"210987654321\"]");
    for provider in [
        "allowed_account_ids = [\"210987654321\"]",
        "forbidden_account_ids = [\"123456789012\"]",
        // Not even this keeps the account from being asked for.
        "allowed_account_ids = [\"210987654321\"]\nskip_credentials_validation = true",
    ] {
        write(&workspace, provider);
        workspace
            .apply()
            .failure()
            .says("arn:aws:iam::123456789012:user/rds-emulator in the account 123456789012")
            .says("_account_ids`");
    }
    write(&workspace, "allowed_account_ids = [\"210987654321\"]");
    workspace.apply().failure().says("210987654321");
    asks_rds_nothing(&stand_in);
    write(
        &workspace,
        "allowed_account_ids = [\"210987654321\", \"123456789012\"]",
    );
    workspace.apply().success();
    write(&workspace, "forbidden_account_ids = [\"210987654321\"]");
    workspace.plan().empty();
}

#[test]
fn account_that_cannot_be_told_is_an_error_where_accounts_are_restricted() {
    let stand_in = StandIn::without_server();
    let workspace = workspace(&stand_in, "allowed_account_ids = [\"123456789012\"]");
    let fault = json!({"action": "GetCallerIdentity", "fault": "access-denied", "times": 100});
    stand_in.control("POST", "/faults", &fault);
    workspace
        .apply()
        .failure()
        .says("sts:GetCallerIdentity")
        .says("AccessDenied")
        .says("`allowed_account_ids`");
    asks_rds_nothing(&stand_in);
    write(&workspace, "");
    workspace.apply().success();
}

#[test]
fn proxy_sees_calls_to_aws_and_no_proxy_keeps_them_from_it() {
    let stand_in = StandIn::without_server();
    let proxy = Proxy::to(stand_in.api_port());
    let through = |more: &str| {
        format!(
            "{}http_proxy = {:?}\nmax_retries = 1\n{more}",
            endpoints(&format!("http://{HOST}")),
            proxy.url("user:hush-hush@")
        )
    };
    let mut workspace = workspace(&stand_in, &through(""));
    workspace.apply().success();
    let seen = proxy.requests();
    assert!(!seen.is_empty());
    assert!(
        seen.iter()
            .all(|request| *request == format!("POST http://{HOST}/")),
        "{seen:?}"
    );
    // `user:hush-hush`
    assert_eq!(proxy.authorizations()[0], "Basic dXNlcjpodXNoLWh1c2g=");
    // One that is not there is no reason to print its password.
    let dead = through("").replace(
        &proxy.url("user:hush-hush@"),
        "http://user:hush-hush@127.0.0.1:1",
    );
    write(&workspace, &dead);
    let run = workspace.run(&["plan"]).failure();
    run.says("AWS could not be reached")
        .says("the proxy")
        .does_not_say("hush-hush");
    // Nobody else leads to that host.
    write(&workspace, &through(&format!("no_proxy = {HOST:?}")));
    let run = workspace.run(&["plan"]).failure();
    run.says("AWS could not be reached")
        .does_not_say("hush-hush");
    write(&workspace, &through(""));
    workspace.set_environment("no_proxy", ".stand-in.invalid");
    workspace.run(&["plan"]).failure();
    workspace.unset_environment("no_proxy");
    // From the environment, and never for loopback.
    write(&workspace, &endpoints(&format!("http://{HOST}")));
    workspace.set_environment("http_proxy", &proxy.url(""));
    workspace.plan().empty();
    let seen = proxy.requests().len();
    write(&workspace, "");
    workspace.plan().empty();
    assert_eq!(proxy.requests().len(), seen);
}

/// The hosts that a provider block asks for when nothing but a proxy and a Region lead to AWS.
fn hosts_of_aws(stand_in: &StandIn, hosts: &[&str], more: &str) -> Vec<String> {
    let front = TlsFront::start(stand_in, hosts);
    let proxy = Proxy::to(front.port);
    let mut workspace = Workspace::new(stand_in);
    workspace.unset_environment("AWS_ENDPOINT_URL");
    let bundle = file(&workspace, "ca.pem", &front.certificate);
    let provider = format!(
        "https_proxy = {:?}\ncustom_ca_bundle = {bundle:?}\nmax_retries = 2\n{more}",
        proxy.url("")
    );
    write(&workspace, &provider);
    workspace.apply().success();
    workspace.destroy().success();
    let mut seen = proxy.requests();
    seen.sort();
    seen.dedup();
    seen
}

#[test]
fn endpoints_of_aws_are_plain_or_fips_or_dual_stack() {
    let stand_in = StandIn::with_options(Options {
        clusters: Vec::new(),
        clusters_without_server: vec!["orders".to_owned()],
        region: "us-east-1".to_owned(),
        ..Options::default()
    });
    for (more, rds, sts) in [
        (
            "",
            "rds.us-east-1.amazonaws.com",
            "sts.us-east-1.amazonaws.com",
        ),
        (
            "use_fips_endpoint = true",
            "rds-fips.us-east-1.amazonaws.com",
            "sts-fips.us-east-1.amazonaws.com",
        ),
        (
            "use_dualstack_endpoint = true",
            "rds.us-east-1.api.aws",
            "sts.us-east-1.api.aws",
        ),
    ] {
        assert_eq!(
            hosts_of_aws(&stand_in, &[rds, sts], more),
            [rds, sts].map(|host| format!("CONNECT {host}:443"))
        );
    }
    // An endpoint of its own is what a service has then.
    let own = format!(
        "use_fips_endpoint = true\nuse_dualstack_endpoint = true\nendpoints {{\nrds = {:?}\n}}",
        stand_in.connection().api_endpoint
    );
    assert_eq!(
        hosts_of_aws(&stand_in, &["sts-fips.us-east-1.api.aws"], &own),
        ["CONNECT sts-fips.us-east-1.api.aws:443"]
    );
    // So it is when the environment has it, and asks for FIPS as well.
    let mut workspace = workspace(&stand_in, "");
    workspace.set_environment("AWS_USE_FIPS_ENDPOINT", "true");
    workspace.set_environment("AWS_USE_DUALSTACK_ENDPOINT", "true");
    workspace.apply().success();
}

#[test]
fn certificates_of_custom_ca_bundle_are_trusted_and_others_are_not() {
    let stand_in = StandIn::without_server();
    let front = TlsFront::start(&stand_in, &["localhost"]);
    let provider = format!(
        "{}max_retries = 1\n",
        endpoints(&format!("https://localhost:{}", front.port))
    );
    let mut workspace = workspace(&stand_in, &provider);
    workspace.apply().failure().says("certificate");
    let good = file(&workspace, "ca.pem", &front.certificate);
    let other = TlsFront::start(&stand_in, &["localhost"]).certificate;
    let other = file(&workspace, "other.pem", &other);
    workspace.set_environment("AWS_CA_BUNDLE", &other);
    workspace.apply().failure().says("certificate");
    write(
        &workspace,
        &format!("{provider}custom_ca_bundle = {good:?}"),
    );
    workspace.apply().success();
    write(&workspace, &provider);
    workspace.set_environment("AWS_CA_BUNDLE", &good);
    workspace.plan().empty();
    write(
        &workspace,
        &format!("{provider}custom_ca_bundle = \"/nowhere/ca.pem\""),
    );
    workspace
        .run(&["plan"])
        .failure()
        .says("custom_ca_bundle is /nowhere/ca.pem");
}

#[test]
fn arguments_that_cannot_be_right_are_refused_by_validate() {
    let stand_in = StandIn::without_server();
    let arn = "arn:aws:iam::123456789012:role/ops";
    let web = |lines: &str| format!("assume_role_with_web_identity {{\n{lines}\n}}");
    for (provider, blamed) in [
        (assume(arn, "duration = \"14m\""), "15 minutes to 12 hours"),
        (assume(arn, "duration = \"3600\""), "15 minutes to 12 hours"),
        (assume(arn, "external_id = \"a b\""), "external_id"),
        (assume(arn, "session_name = \"x\""), "session_name"),
        (assume(arn, "policy = \"[]\""), "IAM policy in JSON"),
        (assume("ops", ""), "ARN of an IAM role"),
        ("assume_role {}".to_owned(), "role_arn"),
        (
            web("web_identity_token = \"abcd\"\nweb_identity_token_file = \"f\""),
            "At most one of",
        ),
        (web("duration = \"13h\""), "15 minutes to 12 hours"),
        (
            "allowed_account_ids = [\"123456789012\"]\nforbidden_account_ids = [\"210987654321\"]"
                .to_owned(),
            "At most one of",
        ),
        ("allowed_account_ids = [\"1234\"]".to_owned(), "12 digits"),
        ("https_proxy = \"ftp://p\"".to_owned(), "https_proxy"),
    ] {
        workspace(&stand_in, &provider)
            .run(&["validate"])
            .failure()
            .says(blamed);
    }
    // What the environment may add is missed when the provider is configured.
    for (provider, blamed) in [
        (web(""), "AWS_ROLE_ARN"),
        (
            web(&format!("role_arn = {arn:?}")),
            "AWS_WEB_IDENTITY_TOKEN_FILE",
        ),
    ] {
        let workspace = workspace(&stand_in, &provider);
        workspace.run(&["validate"]).success();
        workspace.run(&["plan"]).failure().says(blamed);
    }
}

#[test]
fn values_that_are_unknown_are_waited_for_until_apply() {
    let stand_in = StandIn::without_server();
    let arn = stand_in.role(&json!({"name": "ops", "external_id": "e-1"}));
    let value = "terraform_data.later.output";
    for (name, value, lines) in [
        (
            "role_arn",
            arn.as_str(),
            format!("assume_role {{\nrole_arn = {value}\nexternal_id = \"e-1\"\n}}"),
        ),
        (
            "external_id",
            "e-1",
            format!("assume_role {{\nrole_arn = {arn:?}\nexternal_id = {value}\n}}"),
        ),
        (
            "accounts",
            "123456789012",
            format!("allowed_account_ids = [{value}]"),
        ),
        (
            "no_proxy",
            "*",
            format!("http_proxy = \"http://127.0.0.1:1\"\nno_proxy = {value}"),
        ),
    ] {
        let workspace = Workspace::new(&stand_in);
        workspace.write(&format!(
            "resource \"terraform_data\" \"later\" {{\n  input = {value:?}\n}}\n\
             provider \"rdsiam\" {{\n{lines}\n}}\n{PARAMETER}"
        ));
        stand_in.forget_calls();
        workspace.plan().changes();
        assert!(
            stand_in.calls().is_empty(),
            "{name}: {:?}",
            stand_in.calls()
        );
        workspace.apply().success();
        assert_eq!(
            workspace.state(ADDRESS).expect("a state")["enabled"],
            true,
            "{name}"
        );
        workspace.destroy().success();
    }
}

#[test]
fn secrets_of_roles_tokens_and_proxies_are_in_no_state_plan_or_log() {
    let stand_in = StandIn::without_server();
    let proxy = Proxy::to(stand_in.api_port());
    let web = stand_in.role(&json!({"name": "web", "web_identity_subject": "ci"}));
    let ops = stand_in.role(&json!({"name": "ops", "principal": web}));
    let token = stand_in.web_identity_token("ci", 3600);
    let mut workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "variable \"token\" {{\n  type      = string\n  ephemeral = true\n}}\n\
         variable \"proxy\" {{\n  type      = string\n  ephemeral = true\n}}\n\
         provider \"rdsiam\" {{\n{}http_proxy = var.proxy\nassume_role_with_web_identity {{\nrole_arn = {web:?}\n\
         web_identity_token = var.token\n}}\n{}}}\n{PARAMETER}",
        endpoints(&format!("http://{HOST}")),
        assume(&ops, "")
    ));
    let log = workspace.path().join("log");
    workspace.set_environment("TF_VAR_token", &token);
    workspace.set_environment("TF_VAR_proxy", &proxy.url("user:hush-hush@"));
    workspace.set_environment("TF_LOG", "trace");
    workspace.set_environment("TF_LOG_PATH", &log.display().to_string());
    let planned = workspace.run(&["plan", "-out=planned"]).success();
    let shown = workspace.run(&["show", "-json", "planned"]).success();
    let applied = workspace.run(&["apply", "planned"]).success();
    let mut secrets = proxy.elements("SecretAccessKey");
    secrets.extend(proxy.elements("SessionToken"));
    assert!(secrets.len() >= 4, "{} secrets went by", secrets.len());
    secrets.push(token);
    secrets.push("hush-hush".to_owned());
    secrets.push("dXNlcjpodXNoLWh1c2g=".to_owned());
    let log = text(&log);
    assert!(
        log.contains("assume a role"),
        "the provider's records are in the log"
    );
    for (place, text) in [
        ("state", workspace.state_text()),
        ("plan", shown.stdout()),
        ("screen", planned.text() + &applied.text()),
        ("log", log),
    ] {
        assert!(!text.is_empty(), "{place}");
        for secret in &secrets {
            assert!(
                !text.contains(secret.as_str()),
                "{secret:?} is in the {place}"
            );
        }
    }
}
