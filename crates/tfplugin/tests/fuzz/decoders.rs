//! Each decoder by itself.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use prost::Message;
use terraform_client::proto::tfplugin6 as proto;
use tfplugin::{
    Private,
    testing::Encoded,
    value::{Type, Value},
};

use super::{
    mutate, rpcs,
    run::{PATIENCE, Run, assert_modest, peak_memory},
};

type Decode = dyn Fn(&[u8]);

struct Decoder {
    name: &'static str,
    golden: Vec<Vec<u8>>,
    /// Reads an input, and what it was read as again.
    decode: Box<Decode>,
}

/// What is read from bytes can be written, and read again as the same.
fn value(encoded: &Encoded, r#type: &Type) {
    let Ok(value) = encoded.decode(r#type) else {
        return;
    };
    assert!(value == value.clone(), "equality is reflexive");
    let again = Encoded::encode(&value, r#type).expect("what was read can be written");
    let again = again.decode(r#type).expect("what was written can be read");
    assert_eq!(again, value);
    if let Ok(json) = value.to_json() {
        let again = Value::from_json(&json, r#type).expect("its JSON can be read");
        assert_eq!(again, value);
    }
}

fn decoders() -> Vec<Decoder> {
    let types: Vec<Type> = mutate::values().into_iter().map(|(one, _)| one).collect();
    let of_types = types.clone();
    let of_json = types.clone();
    let mut decoders = vec![
        Decoder {
            name: "values in msgpack",
            golden: mutate::msgpack(),
            decode: Box::new(move |bytes| {
                let encoded = Encoded {
                    msgpack: bytes.to_vec(),
                    json: Vec::new(),
                };
                of_types.iter().for_each(|one| value(&encoded, one));
            }),
        },
        Decoder {
            name: "values in JSON",
            golden: mutate::json(),
            decode: Box::new(move |bytes| {
                let encoded = Encoded {
                    msgpack: Vec::new(),
                    json: bytes.to_vec(),
                };
                of_json.iter().for_each(|one| value(&encoded, one));
            }),
        },
        Decoder {
            name: "type signatures",
            golden: types.iter().map(Type::signature).collect(),
            decode: Box::new(|bytes| {
                if let Ok(r#type) = Type::from_signature(bytes) {
                    assert_eq!(Type::from_signature(&r#type.signature()), Ok(r#type));
                }
            }),
        },
        Decoder {
            name: "private data",
            golden: vec![
                br#"{"a":1,"b":[null,{"c":"text"}],"d":1.5e3}"#.to_vec(),
                vec![],
            ],
            decode: Box::new(|bytes| {
                if let Ok(private) = Private::from_bytes(bytes) {
                    let again = Private::from_bytes(&private.to_bytes()).expect("it is private");
                    assert_eq!(again, private);
                }
            }),
        },
        Decoder {
            name: "attribute paths",
            golden: vec![path().encode_to_vec()],
            decode: Box::new(|bytes| drop(proto::AttributePath::decode(bytes))),
        },
    ];
    decoders.extend(rpcs::table().into_iter().map(|rpc| {
        Decoder {
            name: rpc.name,
            golden: (0..16)
                .map(|seed| (rpc.request)(&mut mutate::Mutator::new(seed)))
                .collect(),
            decode: Box::new(move |bytes| (rpc.decode)(bytes)),
        }
    }));
    decoders
}

fn path() -> proto::AttributePath {
    use proto::attribute_path::{Step, step::Selector};

    proto::AttributePath {
        steps: [
            Selector::AttributeName("a".to_owned()),
            Selector::ElementKeyInt(-1),
            Selector::ElementKeyString("k".to_owned()),
        ]
        .map(|selector| Step {
            selector: Some(selector),
        })
        .into(),
    }
}

#[test]
fn decoder_of_anything_neither_panics_nor_hangs_nor_takes_much_memory() {
    let decoders = decoders();
    let (mut run, mut mutator) = Run::start();
    let process = std::process::id();
    let before = peak_memory(process);
    for decoder in &decoders {
        let mut inputs = run.inputs(decoders.len());
        while inputs.next().is_some() {
            let input = mutator.bytes(&decoder.golden);
            let started = Instant::now();
            let decoded = catch_unwind(AssertUnwindSafe(|| (decoder.decode)(&input)));
            assert!(decoded.is_ok(), "{}", run.blame(decoder.name, &input));
            let took = started.elapsed();
            assert!(took < PATIENCE, "{}", run.blame(decoder.name, &input));
        }
        run.done(decoder.name, &inputs);
    }
    assert_modest(process, before, "the decoders");
}
