//! Roles that are assumed with other credentials and with web identities.

use serde_json::{Value, json};

use super::{PARAMETER, asks_rds_nothing, assume, file, workspace, write};
use crate::support::{StandIn, Workspace, cli::Run};

const MODIFY: &str = "ModifyDBClusterParameterGroup";

/// Takes away the keys, so that a web identity is all there is.
fn without_keys(workspace: &mut Workspace) {
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        workspace.unset_environment(name);
    }
}

/// How often a session made a call.
fn calls(session: &Value, action: &str) -> u64 {
    session["calls"][action].as_u64().unwrap_or(0)
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
