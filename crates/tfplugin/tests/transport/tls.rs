//! Who may call: the client whose certificate the process was started with, and nobody else.

use terraform_client::{As, Identity, Plugin, call};

use super::plugin::{plugin_command, start, start_for, start_with};

#[tokio::test]
async fn client_with_the_certificate_and_its_key_is_served() {
    let identity = Identity::generate();
    let plugin = start_for(&identity).await;
    let resources = call(&plugin, As::Holder(&identity)).await;
    assert_eq!(
        resources.map(|names| names.contains(&"fixture_thing".to_owned())),
        Ok(true),
    );
}

/// Expects a refusal, and that the invited client is served all the same.
async fn assert_refused(plugin: &Plugin, invited: &Identity, client: As<'_>) {
    let refused = call(plugin, client).await;
    assert!(refused.is_err(), "served: {refused:?}");
    let served = call(plugin, As::Holder(invited)).await;
    assert!(served.is_ok(), "not served: {served:?}");
    plugin
        .log_line("record of the refusal", |line| {
            line.contains("a client was turned away")
        })
        .await;
}

async fn start_logging_for(identity: &Identity) -> Plugin {
    let mut command = plugin_command();
    command
        .env("PLUGIN_CLIENT_CERT", &identity.pem)
        .env("TF_LOG", "warn");
    start_with(&mut command).await
}

#[tokio::test]
async fn client_without_certificate_is_refused() {
    let invited = Identity::generate();
    let plugin = start_logging_for(&invited).await;
    assert_refused(&plugin, &invited, As::Nobody).await;
}

#[tokio::test]
async fn client_with_another_certificate_is_refused() {
    let invited = Identity::generate();
    let plugin = start_logging_for(&invited).await;
    assert_refused(&plugin, &invited, As::Holder(&Identity::generate())).await;
}

#[tokio::test]
async fn client_with_the_certificate_and_another_key_is_refused() {
    let invited = Identity::generate();
    let plugin = start_logging_for(&invited).await;
    let thief = invited.with_key_of(&Identity::generate());
    assert_refused(&plugin, &invited, As::Holder(&thief)).await;
}

#[tokio::test]
async fn client_without_tls_is_refused() {
    let invited = Identity::generate();
    let plugin = start_logging_for(&invited).await;
    assert_refused(&plugin, &invited, As::Plaintext).await;
}

#[tokio::test]
async fn client_that_says_nothing_keeps_no_other_waiting() {
    let invited = Identity::generate();
    let plugin = start_logging_for(&invited).await;
    let silent = tokio::net::UnixStream::connect(&plugin.handshake.address)
        .await
        .expect("a connection");
    assert!(call(&plugin, As::Holder(&invited)).await.is_ok());
    drop(silent);
}

#[tokio::test]
async fn plugin_for_client_without_certificate_speaks_plaintext() {
    let plugin = start().await;
    assert_eq!(plugin.handshake.certificate, None);
    assert!(call(&plugin, As::Plaintext).await.is_ok());
}
