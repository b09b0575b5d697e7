//! What requests and answers are written with.

use terraform_client::{
    PATIENCE, Plugin, example, plugin_command,
    proto::tfplugin6::{
        AttributePath, Diagnostic, DynamicValue, ResourceIdentityData,
        attribute_path::{Step, step::Selector},
        configure_provider,
        diagnostic::Severity,
        provider_client::ProviderClient,
    },
    provider,
};
use tokio::process::Command;
use tonic::{Streaming, transport::Channel};

pub type Client = ProviderClient<Channel>;

/// The provider of the transport's tests.
pub async fn start() -> Plugin {
    start_with(&mut fixture()).await
}

/// The same with its log on.
pub async fn start_logging(level: &str) -> Plugin {
    start_with(fixture().env("TF_LOG", level)).await
}

fn fixture() -> Command {
    plugin_command(example(env!("CARGO_MANIFEST_DIR"), "transport_fixture"))
}

async fn start_with(command: &mut Command) -> Plugin {
    Plugin::spawn(command).await.expect("the fixture starts")
}

/// A client of a plugin that nobody has configured.
pub async fn unconfigured(plugin: &Plugin) -> Client {
    provider(plugin).await
}

/// A client of a plugin that Terraform 1.14 has configured.
pub async fn configured(plugin: &Plugin) -> Client {
    configured_by(plugin, "1.14.0").await
}

/// A client of a plugin that a client of that version has configured.
pub async fn configured_by(plugin: &Plugin, version: &str) -> Client {
    let mut client = unconfigured(plugin).await;
    let answer = client
        .configure_provider(configure_provider::Request {
            terraform_version: version.to_owned(),
            config: Some(msgpack(b"\x81\xa8greeting\xa5hello")),
            client_capabilities: None,
        })
        .await
        .expect("an answer");
    assert_eq!(answer.into_inner().diagnostics, []);
    client
}

/// A value in msgpack.
pub fn msgpack(bytes: &[u8]) -> DynamicValue {
    DynamicValue {
        msgpack: bytes.to_vec(),
        json: Vec::new(),
    }
}

/// An identity in msgpack.
pub fn identity(bytes: &[u8]) -> Option<ResourceIdentityData> {
    Some(ResourceIdentityData {
        identity_data: Some(msgpack(bytes)),
    })
}

/// An error that blames no attribute.
pub fn error(summary: &str, detail: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error.into(),
        summary: summary.to_owned(),
        detail: detail.to_owned(),
        attribute: None,
    }
}

/// An error that blames an attribute.
pub fn error_at(attribute: &str, summary: &str, detail: &str) -> Diagnostic {
    Diagnostic {
        attribute: Some(AttributePath {
            steps: vec![Step {
                selector: Some(Selector::AttributeName(attribute.to_owned())),
            }],
        }),
        ..error(summary, detail)
    }
}

/// A warning that blames no attribute.
pub fn warning(summary: &str, detail: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning.into(),
        ..error(summary, detail)
    }
}

/// The error for a mistake of the provider, at an attribute.
pub fn bug_at(attribute: &str, detail: &str) -> Diagnostic {
    let detail = format!("{detail}\n\nThis is always a mistake in the provider; please report it.");
    error_at(attribute, "Bug in the Provider", &detail)
}

/// The error for an identity that is another one than before, at the attribute.
pub fn identity_changed(attribute: &str, before: &str, now: &str) -> Diagnostic {
    let detail = format!(
        "The identity attribute {attribute} was {before} and is {now} now. An object keeps its identity for as \
         long as it lives. If the configuration of the provider leads to another object now, lead it back, or \
         remove the resource from the state. Otherwise this is a mistake in the provider; please report it."
    );
    error_at(attribute, "Identity Changed", &detail)
}

/// The error for an operation that panicked.
pub fn panic(rpc: &str, type_name: &str) -> Diagnostic {
    let detail = format!(
        "The provider registry.terraform.io/tests/fixture failed in {rpc} for {type_name} in a way that it should \
         not: the fixture was asked to\n\nWhat was under way may be done in part. Other operations go on. Please \
         report this to the developers of the provider, with the lines from \"panic:\" on that TF_LOG=debug shows."
    );
    error("Bug in the Provider", &detail)
}

/// The error for a type that the provider does not have.
pub fn unknown_type(kind: &str, type_name: &str) -> Diagnostic {
    let detail = format!("Version 1.2.3 of the provider fixture has no {kind} {type_name:?}.");
    error("Unknown Type", &detail)
}

/// The error of an operation that needs a configured provider.
pub fn not_configured() -> Diagnostic {
    error(
        "Provider Not Configured",
        "The provider fixture was asked to work before it was configured.",
    )
}

/// All events of a stream, up to its end.
pub async fn events<T>(mut stream: Streaming<T>) -> Vec<T> {
    let mut events = Vec::new();
    let all = async {
        while let Some(event) = stream.message().await.expect("no error of the stream") {
            events.push(event);
        }
    };
    tokio::time::timeout(PATIENCE, all)
        .await
        .expect("the stream ends");
    events
}
