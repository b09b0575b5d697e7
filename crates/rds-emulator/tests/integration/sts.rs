//! STS: roles, their sessions, and who may have them. Asked with the AWS SDK for Rust.

use aws_credential_types::Credentials;
use aws_sdk_sts::{
    error::ProvideErrorMetadata as _,
    operation::{
        assume_role::{AssumeRoleError, AssumeRoleOutput},
        assume_role_with_web_identity::{
            AssumeRoleWithWebIdentityError, AssumeRoleWithWebIdentityOutput,
        },
    },
};
use rds_emulator::{ConnectionFile, Options};
use serde_json::{Value, json};

use crate::support::{self, StandIn, eventually};

/// A stand-in whose clusters nobody can connect to: none of these tests does.
async fn start() -> StandIn {
    StandIn::with_options(Options {
        clusters: Vec::new(),
        clusters_without_server: vec!["orders".to_owned()],
        ..Options::default()
    })
    .await
}

/// Makes a role; its ARN.
async fn role(stand_in: &StandIn, role: Value) -> String {
    let made = stand_in.control("POST", "/roles", role).await;
    made["arn"].as_str().expect("a role has an ARN").to_owned()
}

async fn token(stand_in: &StandIn, subject: &str, seconds: i64) -> String {
    let body = json!({"subject": subject, "seconds": seconds});
    let made = stand_in.control("POST", "/web-identity-tokens", body).await;
    made["token"].as_str().expect("a token is text").to_owned()
}

/// The account's own keys.
fn keys(connection: &ConnectionFile) -> Credentials {
    Credentials::new(
        &connection.access_key_id,
        &connection.secret_access_key,
        None,
        None,
        "test",
    )
}

fn client(stand_in: &StandIn, credentials: Credentials) -> aws_sdk_sts::Client {
    let config = support::rds(stand_in.connection()).config().clone();
    aws_sdk_sts::Client::from_conf(
        aws_sdk_sts::Config::builder()
            .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
            .region(config.region().cloned())
            .endpoint_url(&stand_in.connection().api_endpoint)
            .retry_config(aws_sdk_sts::config::retry::RetryConfig::disabled())
            .credentials_provider(credentials)
            .build(),
    )
}

fn session_keys(given: Option<&aws_sdk_sts::types::Credentials>) -> Credentials {
    let given = given.expect("there are credentials");
    Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "test",
    )
}

async fn assume(
    client: &aws_sdk_sts::Client,
    arn: &str,
) -> Result<AssumeRoleOutput, AssumeRoleError> {
    let sent = client.assume_role().role_arn(arn).role_session_name("test");
    sent.send()
        .await
        .map_err(|error| error.into_service_error())
}

async fn assume_with(
    client: &aws_sdk_sts::Client,
    arn: &str,
    token: &str,
) -> Result<AssumeRoleWithWebIdentityOutput, AssumeRoleWithWebIdentityError> {
    let sent = client
        .assume_role_with_web_identity()
        .role_arn(arn)
        .role_session_name("test")
        .web_identity_token(token);
    sent.send()
        .await
        .map_err(|error| error.into_service_error())
}

#[tokio::test(flavor = "multi_thread")]
async fn role_that_is_assumed_calls_as_its_session_and_is_recorded() {
    let stand_in = start().await;
    let arn = role(&stand_in, json!({"name": "ops", "external_id": "e-1"})).await;
    let given = client(&stand_in, keys(stand_in.connection()))
        .assume_role()
        .role_arn(&arn)
        .role_session_name("ci")
        .external_id("e-1")
        .duration_seconds(900)
        .policy("{}")
        .policy_arns(
            aws_sdk_sts::types::PolicyDescriptorType::builder()
                .arn("arn:aws:iam::aws:policy/ReadOnlyAccess")
                .build(),
        )
        .tags(
            aws_sdk_sts::types::Tag::builder()
                .key("team")
                .value("data")
                .build()
                .expect("a tag has both"),
        )
        .transitive_tag_keys("team")
        .source_identity("alice")
        .send()
        .await
        .expect("it may be assumed");
    let caller = client(&stand_in, session_keys(given.credentials()))
        .get_caller_identity()
        .send()
        .await
        .expect("the session may ask");
    let session_arn = "arn:aws:sts::123456789012:assumed-role/ops/ci";
    assert_eq!(caller.arn(), Some(session_arn));
    assert_eq!(caller.account(), Some("123456789012"));
    let user = given.assumed_role_user().expect("there is a user");
    assert_eq!(user.arn(), session_arn);
    let sessions = stand_in.control("GET", "/sessions", Value::Null).await;
    let session = &sessions[0];
    for (member, value) in [
        ("role_arn", json!(arn)),
        ("role_session_name", json!("ci")),
        ("external_id", json!("e-1")),
        ("duration_seconds", json!(900)),
        ("policy", json!("{}")),
        (
            "policy_arns",
            json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
        ),
        ("tags", json!({"team": "data"})),
        ("transitive_tag_keys", json!(["team"])),
        ("source_identity", json!("alice")),
        ("calls", json!({"GetCallerIdentity": 1})),
    ] {
        assert_eq!(session[member], value, "{member}");
    }
    let secret = session_keys(given.credentials());
    assert!(!sessions.to_string().contains(secret.secret_access_key()));
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn role_is_refused_to_whom_its_trust_policy_does_not_name() {
    let stand_in = start().await;
    let first = role(&stand_in, json!({"name": "first"})).await;
    let second = role(&stand_in, json!({"name": "second", "principal": first})).await;
    let guarded = role(&stand_in, json!({"name": "guarded", "external_id": "e-1"})).await;
    let of_a_web = role(
        &stand_in,
        json!({"name": "web", "web_identity_subject": "ci"}),
    )
    .await;
    let user = client(&stand_in, keys(stand_in.connection()));
    for arn in [
        second.as_str(),
        &guarded,
        &of_a_web,
        "arn:aws:iam::123456789012:role/missing",
        "arn:aws:iam::210987654321:role/first",
    ] {
        let error = assume(&user, arn).await.expect_err(arn);
        assert_eq!(error.code(), Some("AccessDenied"), "{arn}");
        assert_eq!(
            error.message(),
            Some(
                format!(
                    "User: arn:aws:iam::123456789012:user/rds-emulator is not authorized to perform: sts:AssumeRole \
                     on resource: {arn}"
                )
                .as_str()
            )
        );
    }
    let hop = assume(&user, &first).await.expect("everybody may");
    let hop = client(&stand_in, session_keys(hop.credentials()));
    assume(&hop, &second).await.expect("the first one may");
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duration_that_is_too_short_or_too_long_is_refused() {
    let stand_in = start().await;
    let long = role(
        &stand_in,
        json!({"name": "long", "max_session_duration": 43200}),
    )
    .await;
    let short = role(&stand_in, json!({"name": "short"})).await;
    let user = client(&stand_in, keys(stand_in.connection()));
    let hop = assume(&user, &short).await.expect("everybody may");
    let hop = client(&stand_in, session_keys(hop.credentials()));
    for (client, arn, seconds, words) in [
        (&user, &short, 899, "greater than or equal to 900"),
        (&user, &long, 43201, "less than or equal to 43200"),
        (&user, &short, 3601, "MaxSessionDuration"),
        (&hop, &long, 3601, "role chaining"),
    ] {
        let sent = client.assume_role().role_arn(arn).role_session_name("test");
        let error = sent
            .duration_seconds(seconds)
            .send()
            .await
            .expect_err(words);
        assert_eq!(error.code(), Some("ValidationError"), "{seconds}");
        assert!(
            error.message().is_some_and(|text| text.contains(words)),
            "{error:?}"
        );
    }
    let sent = user.assume_role().role_arn(&long).role_session_name("test");
    sent.duration_seconds(43200)
        .send()
        .await
        .expect("it is long enough");
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn session_ends_with_expired_token() {
    let stand_in = start().await;
    let arn = role(&stand_in, json!({"name": "brief", "session_seconds": 1})).await;
    let given = assume(&client(&stand_in, keys(stand_in.connection())), &arn)
        .await
        .expect("everybody may");
    let session = client(&stand_in, session_keys(given.credentials()));
    eventually("the end", async || {
        let outcome = session.get_caller_identity().send().await;
        outcome.is_err_and(|error| error.code() == Some("ExpiredToken"))
    })
    .await;
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn web_identity_needs_no_signature_but_a_token_of_the_subject() {
    let stand_in = start().await;
    let arn = role(
        &stand_in,
        json!({"name": "web", "web_identity_subject": "ci"}),
    )
    .await;
    // Keys that nobody knows: they are not looked at.
    let nobody = client(
        &stand_in,
        Credentials::new("AKIANOBODY", "nothing", None, None, "test"),
    );
    let good = token(&stand_in, "ci", 3600).await;
    let given = assume_with(&nobody, &arn, &good)
        .await
        .expect("it may be assumed");
    assert_eq!(given.subject_from_web_identity_token(), Some("ci"));
    let session = client(&stand_in, session_keys(given.credentials()));
    session
        .get_caller_identity()
        .send()
        .await
        .expect("its keys are good");
    let over = token(&stand_in, "ci", -1).await;
    let other = token(&stand_in, "other", 3600).await;
    for (token, code) in [
        (over.as_str(), "ExpiredTokenException"),
        ("no.such.token", "InvalidIdentityToken"),
        (&other, "AccessDenied"),
        ("abc", "ValidationError"),
    ] {
        let error = assume_with(&nobody, &arn, token).await.expect_err(code);
        assert_eq!(error.code(), Some(code));
    }
    stand_in.stop().await;
}
