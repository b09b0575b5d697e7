//! Secrets of AWS Secrets Manager that a login is read from: where they are, what is in them, and what
//! is said when they cannot be used.

use serde_json::{Value, json};

use crate::support::{StandIn, Workspace};

/// The Region of nothing else here.
const ELSEWHERE: &str = "us-west-2";

/// A user by the login in a secret.
fn write(workspace: &Workspace, stand_in: &StandIn, arn: &str) {
    let provider = stand_in.provider_with(&format!("secret_arn = {arn:?}"));
    workspace.write(&format!(
        "{provider}resource \"rdsiam_replication_user\" \"cdc\" {{\n  name = \"cdc\"\n}}\n"
    ));
}

/// Makes a secret; its ARN.
fn secret(stand_in: &StandIn, secret: &Value) -> String {
    let made = stand_in.control("POST", "/secrets", secret);
    made["arn"]
        .as_str()
        .expect("a secret has an ARN")
        .to_owned()
}

#[test]
fn secret_in_another_region_with_odd_members_is_taken() {
    let stand_in = StandIn::start(15);
    let login = json!({
        "username": "master",
        "password": stand_in.cluster().master_password,
        "engine": {"name": "aurora-postgresql", "version": 17.4},
        "host": null,
        "port": "any",
        "dbClusterIdentifier": ["orders"],
    });
    let arn = secret(
        &stand_in,
        &json!({"name": "login", "region": ELSEWHERE, "string": login.to_string()}),
    );
    let workspace = Workspace::new(&stand_in);
    write(&workspace, &stand_in, &arn);
    workspace.apply().success();
    workspace.plan().empty();
    // The same ARN in the Region of the provider names nothing.
    write(
        &workspace,
        &stand_in,
        &arn.replace(ELSEWHERE, "eu-central-1"),
    );
    workspace
        .plan()
        .failure()
        .says("ResourceNotFoundException")
        .says("in the Region of its ARN");
}

#[test]
fn secret_without_a_login_says_what_is_wrong_and_not_what_is_in_it() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    for (value, reason) in [
        (
            json!({"string": "hush-hush"}),
            "its text is not a JSON object",
        ),
        (json!({"binary": "aHVzaC1odXNo"}), "it is binary"),
        (
            json!({"string": r#"{"username": "master", "pwd": "hush-hush"}"#}),
            "it has no `password`",
        ),
        (
            json!({"string": r#"{"username": "master", "password": ["hush-hush"]}"#}),
            "its `password` is not a string",
        ),
        (
            json!({"string": r#"{"password": "hush-hush"}"#}),
            "it has no `username`",
        ),
    ] {
        let mut new = value;
        new["name"] = "login".into();
        let arn = secret(&stand_in, &new);
        write(&workspace, &stand_in, &arn);
        workspace
            .apply()
            .failure()
            .says(&format!("secretsmanager:GetSecretValue on {arn}"))
            .says(reason)
            .says("a JSON object with the strings `username` and `password`")
            .does_not_say("hush-hush")
            .does_not_say("aHVzaC1odXNo");
    }
}

#[test]
fn secret_whose_key_is_out_of_reach_names_the_key() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    write(&workspace, &stand_in, &stand_in.cluster().master_secret_arn);
    for (fault, code) in [
        ("kms-denied", "AccessDeniedException"),
        ("decryption-failure", "DecryptionFailure"),
    ] {
        stand_in.fault("GetSecretValue", fault, 100);
        workspace
            .apply()
            .failure()
            .says(code)
            .says("kms:Decrypt")
            .does_not_say("Allow the caller secretsmanager:GetSecretValue");
        stand_in.forget_faults();
    }
}
