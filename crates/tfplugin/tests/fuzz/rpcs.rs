//! Each RPC of a running provider.

use std::sync::OnceLock;

use prost::Message;
use terraform_client::{
    As, connect,
    proto::tfplugin6::{self as proto, ClientCapabilities, DynamicValue, RawState},
};
use tokio::time::timeout;
use tonic::Code;

use super::{
    mutate::{self, Mutator},
    raw,
    run::{PATIENCE, Run, assert_modest, peak_memory},
    start,
};

/// An RPC, with what is sent to it.
pub struct Rpc {
    pub name: &'static str,
    /// A request whose parts are mutated.
    pub request: fn(&mut Mutator) -> Vec<u8>,
    /// Decodes a request, as the provider does.
    pub decode: fn(&[u8]),
}

/// An RPC by its name, the module of its messages, and the fields of its request.
macro_rules! rpc {
    ($name:literal, $module:ident, |$mutator:ident| { $($field:ident: $value:expr),* $(,)? }) => {
        Rpc {
            name: $name,
            request: |$mutator| {
                #[allow(clippy::needless_update, reason = "some requests are written in full")]
                let request = proto::$module::Request {
                    $($field: $value,)*
                    ..proto::$module::Request::default()
                };
                request.encode_to_vec()
            },
            decode: |bytes| drop(proto::$module::Request::decode(bytes)),
        }
    };
}

/// All RPCs. A new one is one line.
#[rustfmt::skip]
pub fn table() -> Vec<Rpc> {
    vec![
        rpc!("GetMetadata", get_metadata, |_m| {}),
        rpc!("GetProviderSchema", get_provider_schema, |_m| {}),
        rpc!("GetResourceIdentitySchemas", get_resource_identity_schemas, |_m| {}),
        rpc!("GetFunctions", get_functions, |_m| {}),
        rpc!("ValidateProviderConfig", validate_provider_config, |m| { config: m.value() }),
        rpc!("ValidateResourceConfig", validate_resource_config, |m| { type_name: m.name(), config: m.value(), client_capabilities: m.capabilities() }),
        rpc!("ValidateDataResourceConfig", validate_data_resource_config, |m| { type_name: m.name(), config: m.value() }),
        rpc!("ValidateListResourceConfig", validate_list_resource_config, |m| { type_name: m.name(), config: m.value(), include_resource_object: m.value(), limit: m.value() }),
        rpc!("ValidateActionConfig", validate_action_config, |m| { type_name: m.name(), config: m.value() }),
        rpc!("UpgradeResourceState", upgrade_resource_state, |m| { type_name: m.name(), version: m.integer(), raw_state: m.raw_state() }),
        rpc!("UpgradeResourceIdentity", upgrade_resource_identity, |m| { type_name: m.name(), version: m.integer(), raw_identity: m.raw_state() }),
        rpc!("ConfigureProvider", configure_provider, |m| { terraform_version: m.text(), config: m.value(), client_capabilities: m.capabilities() }),
        rpc!("ReadResource", read_resource, |m| { type_name: m.name(), current_state: m.value(), private: m.private(), current_identity: m.identity() }),
        rpc!("PlanResourceChange", plan_resource_change, |m| { type_name: m.name(), prior_state: m.value(), proposed_new_state: m.value(), config: m.value(), prior_private: m.private(), prior_identity: m.identity() }),
        rpc!("ApplyResourceChange", apply_resource_change, |m| { type_name: m.name(), prior_state: m.value(), planned_state: m.value(), config: m.value(), planned_private: m.private(), planned_identity: m.identity() }),
        rpc!("ImportResourceState", import_resource_state, |m| { type_name: m.name(), id: m.text(), identity: m.identity() }),
        rpc!("MoveResourceState", move_resource_state, |m| { source_provider_address: m.text(), source_type_name: m.name(), source_schema_version: m.integer(), source_state: m.raw_state(), target_type_name: m.name(), source_private: m.private(), source_identity: m.raw_state() }),
        rpc!("ReadDataSource", read_data_source, |m| { type_name: m.name(), config: m.value() }),
        rpc!("CallFunction", call_function, |m| { name: m.name(), arguments: m.value().into_iter().collect() }),
        rpc!("ValidateEphemeralResourceConfig", validate_ephemeral_resource_config, |m| { type_name: m.name(), config: m.value() }),
        rpc!("OpenEphemeralResource", open_ephemeral_resource, |m| { type_name: m.name(), config: m.value(), client_capabilities: m.capabilities() }),
        rpc!("RenewEphemeralResource", renew_ephemeral_resource, |m| { type_name: m.name(), private: Some(m.private()) }),
        rpc!("CloseEphemeralResource", close_ephemeral_resource, |m| { type_name: m.name(), private: Some(m.private()) }),
        rpc!("GenerateResourceConfig", generate_resource_config, |m| { type_name: m.name(), state: m.value() }),
        rpc!("ListResource", list_resource, |m| { type_name: m.name(), config: m.value(), include_resource_object: m.once_in(2), limit: m.integer() }),
        rpc!("PlanAction", plan_action, |m| { action_type: m.name(), config: m.value(), client_capabilities: m.capabilities() }),
        rpc!("InvokeAction", invoke_action, |m| { action_type: m.name(), config: m.value() }),
        rpc!("StopProvider", stop_provider, |_m| {}),
    ]
}

/// What the fixture has.
const NAMES: [&str; 7] = [
    "fixture_wide",
    "fixture_named",
    "fixture_thing",
    "fixture_echo",
    "fixture_countdown",
    "shout",
    "fixture_none",
];

/// Values that fit the fixture's schemas, and some that do not.
fn msgpack() -> &'static [Vec<u8>] {
    static GOLDEN: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    GOLDEN.get_or_init(|| {
        let nested = b"\x83\xa4made\xc0\xa3set\xa1a\xa5usual\xc0".as_slice();
        let parts: [&[u8]; 20] = [
            b"\xde\0\x13\xa3any\x92\xc4\x08\"string\"\xa1a\xa4flag\xc0\xa5group",
            nested,
            b"\xa2id\xc0\xa8labelled\x81\xa1k",
            nested,
            b"\xa4list\x92\xa1a\xc0\xa4many\x92",
            nested,
            nested,
            b"\xa3map\x81\xa1k\xc3\xa6nested",
            nested,
            b"\xabnested_list\x91",
            nested,
            b"\xaanested_map\x81\xa1k",
            nested,
            b"\xaanested_set\x91",
            nested,
            b"\xa6number\xa41e30\xa6object\x82\xa4left\xa1l\xa5right\x92\x01\xd4\0\0",
            b"\xa9secret_wo\xa1s\xa3set\x93\x01\xcb\x3f\xf8\0\0\0\0\0\0\xa12",
            b"\xa6single\xc0\xa4text\xc0\xa9unordered\x92",
            nested,
            b"\x83\xa4made\xd4\0\0\xa3set\xa1b\xa5usual\xa1y",
        ];
        let mut golden = vec![
            parts.concat(),
            b"\x83\xa5label\xa1l\xa4name\xa1a\xa6serial\x07".to_vec(),
            b"\x83\xa5label\xc0\xa4name\xd4\0\0\xa6serial\xd4\0\0".to_vec(),
            b"\x83\xa8behavior\xc0\xa2id\xa1i\xa4text\xa1t".to_vec(),
            b"\x82\xa6answer\xc0\xa4text\xa1t".to_vec(),
            b"\x82\xa5count\x03\xa4then\xc0".to_vec(),
            b"\x82\xa5count\xce\0\x01\0\0\xa4then\xa4fail".to_vec(),
            b"\x82\xa4from\x03\xa4then\xa4fail".to_vec(),
            b"\x82\xa4from\xcd\x03\xe8\xa4then\xc0".to_vec(),
            b"\x81\xa8greeting\xa5hello".to_vec(),
            b"\x83\xa8greeting\xa5hello\xa4name\xa1a\xa6serial\x07".to_vec(),
            b"\xa4text".to_vec(),
        ];
        golden.extend(mutate::msgpack());
        golden
    })
}

/// States and identities as they are stored.
fn json() -> &'static [Vec<u8>] {
    static GOLDEN: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    GOLDEN.get_or_init(|| {
        let mut golden: Vec<Vec<u8>> = [
            r#"{"name":"a","greeting":"hello","serial":7}"#,
            r#"{"behavior":null,"text":"t","id":"i"}"#,
            r#"{"title":"a"}"#,
            r#"{"any":{"value":{"k":[1,"x"]},"type":["object",{"k":["tuple",["number","string"]]}]},
                "set":[1,2.5,"3"],"nested_set":[{"set":"a"}],"many":[{"set":"a","usual":null}],
                "number":1e30,"map":{"k":true},"object":{"left":"l","right":[1]}}"#,
        ]
        .map(|json| json.as_bytes().to_vec())
        .into();
        golden.extend(mutate::json());
        golden
    })
}

/// The parts of requests.
impl Mutator {
    fn name(&mut self) -> String {
        match self.once_in(20) {
            true => self.text(),
            false => (*self.one_of(&NAMES)).to_owned(),
        }
    }

    fn text(&mut self) -> String {
        String::from_utf8_lossy(&self.noise()).into_owned()
    }

    fn value(&mut self) -> Option<DynamicValue> {
        let golden = msgpack();
        if self.once_in(20) {
            return None;
        }
        Some(DynamicValue {
            // As it is in half of the cases, so that more than the decoder is reached.
            msgpack: match self.once_in(2) {
                true => self.one_of(golden).clone(),
                false => self.bytes(golden),
            },
            json: match self.once_in(10) {
                true => self.bytes(json()),
                false => Vec::new(),
            },
        })
    }

    fn identity(&mut self) -> Option<proto::ResourceIdentityData> {
        match self.once_in(2) {
            true => None,
            false => Some(proto::ResourceIdentityData {
                identity_data: self.value(),
            }),
        }
    }

    fn raw_state(&mut self) -> Option<RawState> {
        Some(RawState {
            json: self.bytes(json()),
            ..RawState::default()
        })
    }

    fn private(&mut self) -> Vec<u8> {
        match self.once_in(4) {
            true => self.bytes(&[br#"{"kept":1}"#.to_vec()]),
            false => Vec::new(),
        }
    }

    fn capabilities(&mut self) -> Option<ClientCapabilities> {
        Some(ClientCapabilities {
            deferral_allowed: self.once_in(2),
            write_only_attributes_allowed: self.once_in(2),
            ..ClientCapabilities::default()
        })
    }
}

/// The words that only a panic has in its diagnostic.
const PANIC: &[u8] = b"in a way that it should not";

#[tokio::test]
async fn golden_values_are_read_by_the_resource_that_has_everything() {
    let plugin = start().await;
    let connection = connect(&plugin, As::Plaintext).await;
    let channel = connection.expect("a connection");
    // Or all inputs would end at the decoder.
    let request = proto::validate_resource_config::Request {
        type_name: "fixture_wide".to_owned(),
        config: Some(DynamicValue {
            msgpack: msgpack()[0].clone(),
            json: Vec::new(),
        }),
        client_capabilities: None,
    };
    let answers = raw::call(&channel, "ValidateResourceConfig", request.encode_to_vec()).await;
    let answer = answers.expect("an answer").concat();
    let answer = proto::validate_resource_config::Response::decode(&*answer).expect("a response");
    let summaries: Vec<_> = answer
        .diagnostics
        .iter()
        .map(|one| one.summary.as_str())
        .collect();
    assert!(
        !summaries.contains(&"Cannot Read the Configuration"),
        "{answer:?}"
    );
    assert!(
        summaries.contains(&"Write-Only Argument Not Supported"),
        "{answer:?}"
    );

    let request = proto::upgrade_resource_state::Request {
        type_name: "fixture_wide".to_owned(),
        version: 1,
        raw_state: Some(RawState {
            json: json()[3].clone(),
            ..RawState::default()
        }),
    };
    let answers = raw::call(&channel, "UpgradeResourceState", request.encode_to_vec()).await;
    let answer = answers.expect("an answer").concat();
    let answer = proto::upgrade_resource_state::Response::decode(&*answer).expect("a response");
    assert_eq!(answer.diagnostics, []);
}

#[tokio::test]
async fn rpc_with_anything_in_it_is_answered_without_a_panic() {
    let plugin = start().await;
    let connection = connect(&plugin, As::Plaintext).await;
    let channel = connection.expect("a connection");
    let configured = b"\x12\x12\x0a\x10\x81\xa8greeting\xa5hello".to_vec();
    raw::call(&channel, "ConfigureProvider", configured)
        .await
        .expect("an answer");
    let rpcs = table();
    let (mut run, mut mutator) = Run::start();
    let before = peak_memory(plugin.id());
    for rpc in &rpcs {
        let mut inputs = run.inputs(rpcs.len());
        while inputs.next().is_some() {
            let mut request = (rpc.request)(&mut mutator);
            if mutator.once_in(2) {
                mutator.change(&mut request, &[]);
            }
            let call = raw::call(&channel, rpc.name, request.clone());
            match timeout(PATIENCE, call).await {
                Ok(Ok(answers)) => {
                    let panicked = answers
                        .iter()
                        .any(|answer| answer.windows(PANIC.len()).any(|words| words == PANIC));
                    assert!(!panicked, "a panic in {}", run.blame(rpc.name, &request));
                }
                // What prost cannot read.
                Ok(Err(status)) => assert_eq!(
                    (status.code(), status.message().contains("decode")),
                    (Code::Internal, true),
                    "{status:?} from {}",
                    run.blame(rpc.name, &request)
                ),
                Err(_) => panic!("no answer from {}", run.blame(rpc.name, &request)),
            }
        }
        run.done(rpc.name, &inputs);
    }
    assert_modest(plugin.id(), before, "the RPCs");
}
