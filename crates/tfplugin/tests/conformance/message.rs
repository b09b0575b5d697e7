//! What requests and answers are made of.

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use terraform_client::{
    Plugin, example, plugin_command,
    proto::tfplugin6::{
        AttributePath, ClientCapabilities, Diagnostic, DynamicValue, RawState,
        attribute_path::{Step, step::Selector},
        configure_provider,
        diagnostic::Severity,
        provider_client::ProviderClient,
    },
    provider,
};
use tonic::transport::Channel;

pub type Client = ProviderClient<Channel>;

/// A provider process and Terraform's side of it.
pub struct Golden {
    pub client: Client,
    pub plugin: Plugin,
}

/// The provider's program.
pub fn program() -> PathBuf {
    example(env!("CARGO_MANIFEST_DIR"), "golden_provider")
}

/// A provider that was not configured.
pub async fn started() -> Golden {
    let plugin = Plugin::spawn(plugin_command(program()).env("TF_LOG", "info"))
        .await
        .expect("the provider starts");
    Golden {
        client: provider(&plugin).await,
        plugin,
    }
}

/// A provider with the greeting `hello`.
pub async fn configured() -> Golden {
    let mut golden = started().await;
    golden
        .client
        .configure_provider(configure_provider::Request {
            terraform_version: "1.16.0".to_owned(),
            config: packed(json!({"greeting": null})),
            client_capabilities: deferring(),
        })
        .await
        .expect("an answer");
    golden
}

/// What a client says that allows everything, deferral too: nothing may come of that one.
#[expect(clippy::unnecessary_wraps, reason = "a field of a request")]
pub fn deferring() -> Option<ClientCapabilities> {
    Some(ClientCapabilities {
        deferral_allowed: true,
        write_only_attributes_allowed: true,
        store_planned_private: true,
        computed_blocks_allowed: true,
    })
}

/// What stands for an unknown value.
pub const UNKNOWN: &str = "(known after apply)";

/// A value in msgpack, with the keys of objects in order.
#[expect(clippy::unnecessary_wraps, reason = "a field of a request or answer")]
pub fn packed(value: Json) -> Option<DynamicValue> {
    let mut msgpack = Vec::new();
    pack(&value, &mut msgpack);
    Some(DynamicValue {
        msgpack,
        json: Vec::new(),
    })
}

fn pack(value: &Json, bytes: &mut Vec<u8>) {
    let count = |count: usize| u32::try_from(count).expect("a small value");
    match value {
        Json::Null => bytes.push(0xc0),
        Json::Bool(truth) => bytes.push(if *truth { 0xc3 } else { 0xc2 }),
        Json::Number(number) => {
            let number = number.as_i64().expect("an integer");
            rmp::encode::write_sint(bytes, number).expect("room");
        }
        Json::String(text) if text == UNKNOWN => bytes.extend([0xd4, 0, 0]),
        Json::String(text) => rmp::encode::write_str(bytes, text).expect("room"),
        Json::Array(elements) => {
            rmp::encode::write_array_len(bytes, count(elements.len())).expect("room");
            for element in elements {
                pack(element, bytes);
            }
        }
        Json::Object(entries) => {
            rmp::encode::write_map_len(bytes, count(entries.len())).expect("room");
            for (key, value) in entries {
                rmp::encode::write_str(bytes, key).expect("room");
                pack(value, bytes);
            }
        }
    }
}

/// A stored state.
#[expect(clippy::unnecessary_wraps, reason = "a field of a request")]
pub fn raw(state: Json) -> Option<RawState> {
    Some(RawState {
        json: state.to_string().into_bytes(),
        ..RawState::default()
    })
}

/// An object of `golden_thing`: null, and no blocks, where nothing is said.
pub fn thing(said: Json) -> Json {
    let mut object = json!({
        "id": null,
        "name": null,
        "size": null,
        "old": null,
        "secret_wo": null,
        "label": null,
        "part": null,
        "rule": [],
    });
    let Json::Object(said) = said else {
        panic!("an object")
    };
    for (name, value) in said {
        object[name] = value;
    }
    object
}

/// An error at an attribute, or at none.
pub fn error(summary: &str, detail: &str, attribute: &str) -> Diagnostic {
    let step = Step {
        selector: Some(Selector::AttributeName(attribute.to_owned())),
    };
    Diagnostic {
        severity: Severity::Error.into(),
        summary: summary.to_owned(),
        detail: detail.to_owned(),
        attribute: (!attribute.is_empty()).then(|| AttributePath { steps: vec![step] }),
    }
}

/// A warning at an attribute, or at none.
pub fn warning(summary: &str, detail: &str, attribute: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning.into(),
        ..error(summary, detail, attribute)
    }
}

/// The error that the provider gives where it is asked to.
pub fn refusal() -> Diagnostic {
    error("No", "It was asked to.", "name")
}

/// What is said of a panic.
pub fn panicked(rpc: &str, type_name: &str) -> Diagnostic {
    let object = match type_name {
        "" => String::new(),
        type_name => format!(" for {type_name}"),
    };
    error(
        "Bug in the Provider",
        &format!(
            "The provider registry.terraform.io/tests/golden failed in {rpc}{object} in a way that \
             it should not: it was asked to\n\nWhat was under way may be done in part. Other \
             operations go on. Please report this to the developers of the provider, with the \
             lines from \"panic:\" on that TF_LOG=debug shows."
        ),
        "",
    )
}

/// What is said of a type that is not there.
pub fn unknown_type(kind: &str) -> Diagnostic {
    error(
        "Unknown Type",
        &format!("Version 1.2.3 of the provider golden has no {kind} \"golden_nothing\"."),
        "",
    )
}

/// What is said of an operation before the provider is configured.
pub fn not_configured() -> Diagnostic {
    error(
        "Provider Not Configured",
        "The provider golden was asked to work before it was configured.",
        "",
    )
}

#[test]
fn packed_value_is_what_terraform_sends() {
    let value = packed(json!({"a": null, "b": UNKNOWN, "c": [true, 1, "x"]}));
    let bytes = b"\x83\xa1a\xc0\xa1b\xd4\0\0\xa1c\x93\xc3\x01\xa1x";
    assert_eq!(value.expect("a value").msgpack, bytes);
}
