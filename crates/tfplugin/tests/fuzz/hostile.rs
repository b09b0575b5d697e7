//! Inputs made to be costly.

use std::time::Instant;

use tfplugin::{
    testing::{Encoded, MAX_DEPTH},
    value::{Type, Value},
};

use super::run::{PATIENCE, assert_modest, peak_memory};

fn decoded(msgpack: Vec<u8>, r#type: &Type) -> Result<Value, String> {
    let encoded = Encoded {
        msgpack,
        json: Vec::new(),
    };
    encoded.decode(r#type).map_err(|error| error.to_string())
}

/// Lists in lists, as deep as told.
fn nested(depth: usize, of: fn(Type) -> Type) -> Type {
    (0..depth).fold(Type::Number, |r#type, _| of(r#type))
}

#[test]
fn length_that_lies_is_an_error_and_takes_no_memory() {
    let process = std::process::id();
    let before = peak_memory(process);
    let list = nested(MAX_DEPTH - 2, Type::list);
    // Each level claims four billion elements.
    let arrays = b"\xdd\xff\xff\xff\xff".repeat(MAX_DEPTH - 2);
    assert!(decoded(arrays, &list).is_err());
    let map = Type::map(Type::String);
    for claim in [
        b"\xdf\xff\xff\xff\xff".as_slice(),
        b"\x81\xdb\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x0c",
        b"\xc7\x05\x0c\xdf\xff\xff\xff\xff",
        b"\xc7\x09\x0c\x81\x07\xdd\xff\xff\xff\xff",
    ] {
        // Refinements that cannot be read promise nothing, and the value is unknown all the same.
        let result = decoded(claim.to_vec(), &map);
        assert!(!matches!(result, Ok(Value::Map(_))), "{claim:02x?}");
    }
    assert_modest(process, before, "lengths that lie");
}

#[test]
fn nesting_without_end_is_an_error_and_not_the_end() {
    let deep_type = |depth: usize| {
        let text = "[\"list\",".repeat(depth) + "\"string\"" + &"]".repeat(depth);
        text.into_bytes()
    };
    assert!(Type::from_signature(&deep_type(MAX_DEPTH + 1)).is_err());
    assert!(Type::from_signature(&deep_type(100_000)).is_err());
    assert!(Type::from_signature(&deep_type(MAX_DEPTH - 1)).is_ok());
    // A dynamic value in a dynamic value, each of which says so.
    let dynamic = b"\x92\xc4\x09\"dynamic\"".repeat(100_000);
    assert!(decoded(dynamic, &Type::Dynamic).is_err());
    let arrays = b"\x91".repeat(100_000);
    assert!(decoded(arrays, &nested(200, Type::list)).is_err());
    let json = Encoded {
        msgpack: Vec::new(),
        json: b"[".repeat(100_000),
    };
    assert!(json.decode(&nested(200, Type::list)).is_err());
}

#[test]
fn sets_in_sets_are_compared_in_time() {
    // Comparing two sets compares their elements, which are sets: four times the work per level.
    fn sets(depth: usize, number: &mut i64) -> Value {
        if depth == 0 {
            *number += 1;
            return (*number).into();
        }
        Value::Set((0..2).map(|_| sets(depth - 1, number)).collect())
    }
    let started = Instant::now();
    let depth = 14;
    let r#type = nested(depth, Type::set);
    let value = sets(depth, &mut 0);
    let encoded = Encoded::encode(&value, &r#type).expect("a value of its type");
    assert_eq!(encoded.decode(&r#type), Ok(value));
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn number_of_a_few_bytes_costs_no_more_than_its_text() {
    let process = std::process::id();
    let before = peak_memory(process);
    for text in [
        "1e100000",
        "-1e-100000",
        "1e999999999999",
        "1e99999999999999999999",
        "0.000001e-100000",
        "1.7976931348623157e308",
    ] {
        let mut msgpack = vec![0xd9, text.len() as u8];
        msgpack.extend(text.as_bytes());
        if let Ok(value) = decoded(msgpack, &Type::Number) {
            let number = value.as_number().expect("a number");
            let _ = (number.as_i64(), number.as_u64(), number.as_f64());
            assert!(number.to_string().len() < 1000, "{text}");
            let json = value.to_json().expect("it has JSON");
            assert_eq!(Value::from_json(&json, &Type::Number), Ok(value));
        }
    }
    assert_modest(process, before, "numbers");
}
