//! The provider block's way to AWS: roles, web identities, accounts, proxies and certificates.

mod clock;
mod credential_process;
mod network;
mod roles;
mod secrets;

use std::fs;

use serde_json::json;

use crate::support::{Proxy, StandIn, Workspace};

const ADDRESS: &str = "rdsiam_replication_parameter.this";
const PARAMETER: &str =
    "resource \"rdsiam_replication_parameter\" \"this\" {\n  cluster_identifier = \"orders\"\n}\n";
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

/// Writes a file beside the configuration; its path.
fn file(workspace: &Workspace, name: &str, text: &str) -> String {
    let path = workspace.path().join(name);
    fs::write(&path, text).expect("a file can be written");
    path.display().to_string()
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
    // For its log.
    workspace.manage_provider();
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
    let log = fs::read_to_string(&log).expect("there is a log");
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
