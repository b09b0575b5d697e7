//! Values on their way: the bytes that Terraform was seen to send, every value of every type there
//! and back, and hostile bytes.

use proptest::{collection, prelude::*};
use serde_json::json;
use tfplugin::{
    testing::{Encoded, MAX_DEPTH},
    value::{Number, Type, Value},
};

fn msgpack(bytes: &[u8]) -> Encoded {
    Encoded {
        msgpack: bytes.to_vec(),
        json: Vec::new(),
    }
}

fn decoded(bytes: &[u8], r#type: &Type) -> Value {
    msgpack(bytes).decode(r#type).expect("it can be converted")
}

fn refused(bytes: &[u8], r#type: &Type) -> String {
    msgpack(bytes)
        .decode(r#type)
        .expect_err("it is refused")
        .to_string()
}

fn encoded(value: &Value, r#type: &Type) -> Vec<u8> {
    Encoded::encode(value, r#type)
        .expect("it can be converted")
        .msgpack
}

fn number(text: &str) -> Value {
    Number::parse(text).expect("it can be converted").into()
}

/// A string with its one-byte header.
fn text(text: &str) -> Vec<u8> {
    [&[0xa0 | text.len() as u8], text.as_bytes()].concat()
}

#[test]
fn value_as_terraform_sends_it_travels_byte_for_byte() {
    let dynamic_type = r#"["object",{"k":["tuple",["number","string"]],"z":"dynamic"}]"#;
    let dynamic_bytes = [
        &[0x92, 0xc4, dynamic_type.len() as u8],
        dynamic_type.as_bytes(),
        &[0x82],
        &text("k"),
        &[0x92, 0x01],
        &text("x"),
        &text("z"),
        &[0xc0],
    ]
    .concat();
    let dynamic = Value::Dynamic {
        r#type: Type::from_signature(dynamic_type.as_bytes()).unwrap(),
        value: Box::new(Value::object([
            ("k", Value::Tuple(vec![1.into(), "x".into()])),
            ("z", Value::Null),
        ])),
    };
    let big = "123456789012345678901234567890.123456789";
    let big_bytes = [&[0xd9, big.len() as u8], big.as_bytes()].concat();
    let table: Vec<(Type, Value, Vec<u8>)> = vec![
        (Type::String, Value::Null, vec![0xc0]),
        (Type::Dynamic, Value::Null, vec![0xc0]),
        (Type::String, Value::UNKNOWN, vec![0xd4, 0, 0]),
        (Type::Dynamic, Value::UNKNOWN, vec![0xd4, 0, 0]),
        (Type::String, "ab".into(), vec![0xa2, b'a', b'b']),
        (Type::Bool, true.into(), vec![0xc3]),
        (Type::Number, 5.into(), vec![0x05]),
        (Type::Number, (-3).into(), vec![0xfd]),
        (
            Type::Number,
            1.5.into(),
            [&[0xcb][..], &1.5_f64.to_be_bytes()].concat(),
        ),
        (
            Type::Number,
            i64::MAX.into(),
            vec![0xcf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (Type::Number, number(big), big_bytes),
        (Type::list(Type::String), Value::List(vec![]), vec![0x90]),
        (
            Type::object([("b", Type::Bool), ("a", Type::String)]),
            Value::object([("a", "x".into()), ("b", Value::Null)]),
            [&[0x82][..], &text("a"), &text("x"), &text("b"), &[0xc0]].concat(),
        ),
        (Type::Dynamic, dynamic, dynamic_bytes),
    ];
    for (r#type, value, bytes) in table {
        assert_eq!(decoded(&bytes, &r#type), value, "{type}");
        assert_eq!(encoded(&value, &r#type), bytes, "{type}");
    }
}

#[test]
fn number_in_any_form_leaves_in_the_form_it_came_in() {
    for bytes in [
        text("0.1"),
        text("1.50"),
        text("9223372036854775808"),
        vec![0x07],
        vec![0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [&[0xcb][..], &0.25_f64.to_be_bytes()].concat(),
        [&[0xcb][..], &f64::INFINITY.to_be_bytes()].concat(),
    ] {
        assert_eq!(
            encoded(&decoded(&bytes, &Type::Number), &Type::Number),
            bytes
        );
    }
}

#[test]
fn number_of_any_width_is_read() {
    let table: Vec<(Vec<u8>, Value)> = vec![
        (vec![0xcc, 0xff], 255.into()),
        (vec![0xcd, 0x01, 0x00], 256.into()),
        (vec![0xce, 0, 0, 0, 1], 1.into()),
        (vec![0xcf, 0, 0, 0, 0, 0, 0, 0, 1], 1.into()),
        (vec![0xd0, 0xff], (-1).into()),
        (vec![0xd1, 0xff, 0xff], (-1).into()),
        (vec![0xd2, 0xff, 0xff, 0xff, 0xff], (-1).into()),
        (
            vec![0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            (-1).into(),
        ),
        ([&[0xca][..], &1.5_f32.to_be_bytes()].concat(), 1.5.into()),
        (vec![0xe0], (-32).into()),
        (text("1e3"), 1000.into()),
    ];
    for (bytes, value) in table {
        assert_eq!(decoded(&bytes, &Type::Number), value, "{bytes:x?}");
    }
}

#[test]
fn numbers_that_amount_to_the_same_are_equal() {
    for (one, two) in [
        ("1", "1.0"),
        ("0.1", "1e-1"),
        ("-0", "0"),
        ("100", "1e2"),
        ("1.50", "1.5"),
    ] {
        assert_eq!(number(one), number(two));
    }
    assert_eq!(number("0.1"), Value::from(0.1));
    assert_eq!(Value::from(1e15), Value::from(1_000_000_000_000_000_i64));
    for (less, more) in [
        ("-2", "-1"),
        ("-1", "0.5"),
        ("9", "10"),
        ("1.5", "1.51"),
        ("9007199254740992", "9007199254740993"),
    ] {
        assert!(Number::parse(less) < Number::parse(more), "{less} < {more}");
    }
    assert_eq!(Number::parse("1e999999999"), None);
    for text in ["", "-", ".", "1.2.3", "0x10", "inf", "1e", "١"] {
        assert_eq!(Number::parse(text), None, "{text}");
    }
}

#[test]
fn refined_unknown_keeps_what_it_promises() {
    let bytes = [
        &[0xc7, 0x09, 0x0c, 0x82, 0x01, 0xc2, 0x02, 0xa4][..],
        b"pre-",
    ]
    .concat();
    let Value::Unknown(Some(refinements)) = decoded(&bytes, &Type::String) else {
        panic!("not a refined unknown");
    };
    assert_eq!(refinements.is_null, Some(false));
    assert_eq!(refinements.prefix.as_deref(), Some("pre-"));

    let bounds = [
        0xc7, 0x0a, 0x0c, 0x83, 0x03, 0x92, 0x01, 0xc3, 0x05, 0x02, 0x63, 0x91, 0xc0,
    ];
    let Value::Unknown(Some(refinements)) = decoded(&bounds, &Type::Number) else {
        panic!("not a refined unknown");
    };
    assert_eq!(refinements.lowest, Some((1.into(), true)));
    assert_eq!(refinements.min_length, Some(2));
}

#[test]
fn extension_of_any_kind_is_unknown() {
    for bytes in [
        &[0xd4, 0x05, 0x00][..],
        &[0xd5, 0x0c, 0x00, 0x00],
        &[0xc7, 0x00, 0x0c],
        &[0xc8, 0x00, 0x01, 0x0c, 0xff],
        &[0xd8, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        assert_eq!(decoded(bytes, &Type::Bool), Value::UNKNOWN, "{bytes:x?}");
    }
}

#[test]
fn encoded_without_bytes_is_null() {
    assert_eq!(Encoded::default().decode(&Type::Number), Ok(Value::Null));
}

#[test]
fn encoded_in_json_is_read() {
    let encoded = Encoded {
        msgpack: Vec::new(),
        json: br#"{"a":1.00000000000000000001}"#.to_vec(),
    };
    let value = encoded
        .decode(&Type::object([("a", Type::Number)]))
        .unwrap();
    assert_eq!(value.get("a"), Some(&number("1.00000000000000000001")));
}

#[test]
fn object_with_other_attributes_is_refused() {
    let r#type = Type::object([("a", Type::Bool)]);
    assert_eq!(
        refused(&[0x80], &r#type),
        "the value has no attribute \"a\""
    );
    let extra = [&[0x82][..], &text("a"), &[0xc0], &text("b"), &[0xc0]].concat();
    assert_eq!(
        refused(&extra, &r#type),
        "the value has an unexpected attribute \"b\""
    );
    let twice = [&[0x82][..], &text("a"), &[0xc0], &text("a"), &[0xc0]].concat();
    assert_eq!(
        refused(&twice, &r#type),
        "the value has the attribute \"a\" twice"
    );
    let wrong = [&[0x81][..], &text("a"), &[0x01]].concat();
    assert_eq!(
        refused(&wrong, &r#type),
        "the value of a is not of type bool"
    );
}

#[test]
fn bytes_that_are_cut_off_or_too_many_are_refused() {
    assert_eq!(
        refused(&[0xa2, b'a'], &Type::String),
        "the value ends too early"
    );
    assert_eq!(
        refused(&[0xc3, 0xc3], &Type::Bool),
        "the value is followed by more bytes"
    );
    assert_eq!(
        refused(&[0xc1], &Type::Bool),
        "the value is not msgpack: a reserved marker"
    );
    let nan = [&[0xcb][..], &f64::NAN.to_be_bytes()].concat();
    assert_eq!(refused(&nan, &Type::Number), "the value is not a number");
}

#[test]
fn lengths_that_are_only_claimed_are_refused_without_allocating_them() {
    for (bytes, r#type) in [
        ([0xdd, 0xff, 0xff, 0xff, 0xff], Type::list(Type::Bool)),
        ([0xdd, 0xff, 0xff, 0xff, 0xff], Type::set(Type::Bool)),
        ([0xdf, 0xff, 0xff, 0xff, 0xff], Type::map(Type::Bool)),
        ([0xdb, 0xff, 0xff, 0xff, 0xff], Type::String),
        ([0xc6, 0xff, 0xff, 0xff, 0xff], Type::String),
        ([0xc9, 0xff, 0xff, 0xff, 0xff], Type::String),
    ] {
        assert!(
            refused(&bytes, &r#type).ends_with("ends too early"),
            "{bytes:x?}"
        );
    }
}

#[test]
fn nesting_without_end_is_refused() {
    let one = [&[0x92, 0xc4, 9][..], br#""dynamic""#].concat();
    assert!(refused(&one.repeat(100_000), &Type::Dynamic).contains("nests too deep"));

    let signature = |depth: usize| {
        format!(
            "{}\"bool\"{}",
            r#"["list","#.repeat(depth),
            "]".repeat(depth)
        )
    };
    assert!(Type::from_signature(signature(MAX_DEPTH - 1).as_bytes()).is_ok());
    assert!(Type::from_signature(signature(MAX_DEPTH).as_bytes()).is_err());
    assert!(Type::from_signature(signature(1_000_000).as_bytes()).is_err());

    let json = Encoded {
        msgpack: Vec::new(),
        json: "[".repeat(1_000_000).into_bytes(),
    };
    assert!(json.decode(&Type::list(Type::Bool)).is_err());
}

#[test]
fn set_in_another_order_or_with_duplicates_is_the_same() {
    let set = |elements: &[i64]| Value::Set(elements.iter().map(|one| (*one).into()).collect());
    assert_eq!(set(&[3, 1, 2]), set(&[1, 2, 3, 3]));
    assert_ne!(set(&[1, 2]), set(&[1, 2, 3]));
    let r#type = Type::set(Type::Number);
    assert_eq!(encoded(&set(&[2, 1, 2]), &r#type), [0x92, 0x01, 0x02]);
    assert_eq!(
        decoded(&[0x93, 0x02, 0x01, 0x02], &r#type)
            .elements()
            .map(<[_]>::len),
        Some(2)
    );
}

#[test]
fn elements_of_a_set_that_are_not_wholly_known_are_each_their_own() {
    let unknown = || Value::UNKNOWN;
    let r#type = Type::set(Type::String);
    let two_and_a = [0x93, 0xd4, 0, 0, 0xd4, 0, 0, 0xa1, b'a'];
    let set = decoded(&two_and_a, &r#type);
    assert_eq!(set, Value::Set(vec!["a".into(), unknown(), unknown()]));
    assert_ne!(set, Value::Set(vec!["a".into(), unknown()]));
    assert_eq!(encoded(&set, &r#type), two_and_a);

    // Refinements do not make them equal either, nor are they part of what is counted.
    let refined = [0x92, 0xc7, 3, 12, 0x81, 1, 0xc2, 0xd4, 0, 0];
    assert_eq!(
        decoded(&refined, &r#type),
        Value::Set(vec![unknown(), unknown()])
    );

    let part = |name: &str, id: Value| Value::object([("name", name.into()), ("id", id)]);
    let parts = Type::set(Type::object([("name", Type::String), ("id", Type::String)]));
    let value = Value::Set(vec![
        part("x", unknown()),
        part("y", "1".into()),
        part("x", unknown()),
        part("y", "1".into()),
    ]);
    let came = decoded(&encoded(&value, &parts), &parts);
    assert_eq!(came, value);
    assert_eq!(came.elements().map(<[_]>::len), Some(3));

    // Sets in sets, lists in sets, maps in sets.
    for inner in [
        Value::Set(vec![unknown(), unknown()]),
        Value::Set(vec![unknown()]),
    ] {
        let sets = Type::set(Type::set(Type::String));
        let value = Value::Set(vec![inner.clone(), inner, Value::Set(vec!["a".into()])]);
        let came = decoded(&encoded(&value, &sets), &sets);
        assert_eq!(came, value);
        assert_eq!(came.elements().map(<[_]>::len), Some(3));
    }
    let lists = Type::set(Type::list(Type::String));
    let list = || Value::List(vec!["a".into(), unknown()]);
    let value = Value::Set(vec![list(), list()]);
    assert_eq!(
        decoded(&encoded(&value, &lists), &lists)
            .elements()
            .map(<[_]>::len),
        Some(2)
    );
    let maps = Type::set(Type::map(Type::String));
    let map = || Value::Map([("k".to_owned(), unknown())].into());
    let value = Value::Set(vec![map(), map()]);
    assert_eq!(
        decoded(&encoded(&value, &maps), &maps)
            .elements()
            .map(<[_]>::len),
        Some(2)
    );
}

#[test]
fn value_of_another_type_is_not_encoded() {
    let r#type = Type::object([("a", Type::list(Type::String))]);
    let value = Value::object([("a", Value::List(vec!["x".into(), 1.into()]))]);
    let error = Encoded::encode(&value, &r#type).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value of a[1] is a number, not of type string"
    );
}

#[test]
fn error_about_a_value_does_not_hold_it() {
    let r#type = Type::object([("password", Type::Number)]);
    let bytes = [&[0x81][..], &text("password"), &text("hunter2")].concat();
    assert!(!refused(&bytes, &r#type).contains("hunter2"));
}

#[test]
fn signature_with_optional_attributes_is_read() {
    let signature = br#"["object",{"a":"string","b":["set","number"]},["a"]]"#;
    let r#type = Type::from_signature(signature).unwrap();
    assert_eq!(
        r#type.to_json(),
        json!(["object", {"a": "string", "b": ["set", "number"]}])
    );
    assert_eq!(r#type.to_string(), "object({a = string, b = set(number)})");
}

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(Type::Bool),
        Just(Type::String),
        Just(Type::Number),
        Just(Type::Dynamic)
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            collection::btree_map("[a-z]{1,3}", inner.clone(), 0..3).prop_map(Type::Object),
            collection::vec(inner, 0..3).prop_map(Type::Tuple),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has finite numbers only", |number| number.is_finite())
            .prop_map(Value::from),
        "-?[0-9]{1,40}(\\.[0-9]{1,20})?(e-?[0-9]{1,2})?".prop_map(|text| number(&text)),
    ]
}

/// A value of a type; unknown in some places when that is wanted.
fn values(r#type: Type, unknown: bool) -> BoxedStrategy<Value> {
    let known = match r#type {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::String => any::<String>().prop_map(Value::String).boxed(),
        Type::Number => numbers().boxed(),
        Type::Dynamic => types()
            .prop_filter("its type is known", |r#type| *r#type != Type::Dynamic)
            .prop_flat_map(move |r#type| {
                values(r#type.clone(), unknown).prop_map(move |value| Value::Dynamic {
                    r#type: r#type.clone(),
                    value: Box::new(value),
                })
            })
            .boxed(),
        Type::List(element) => collection::vec(values(*element, unknown), 0..3)
            .prop_map(Value::List)
            .boxed(),
        Type::Set(element) => collection::vec(values(*element, unknown), 0..3)
            .prop_map(Value::Set)
            .boxed(),
        Type::Map(element) => {
            collection::btree_map(any::<String>(), values(*element, unknown), 0..3)
                .prop_map(Value::Map)
                .boxed()
        }
        Type::Object(types) => types
            .into_iter()
            .map(|(name, r#type)| (Just(name), values(r#type, unknown)))
            .collect::<Vec<_>>()
            .prop_map(|attributes| Value::Object(attributes.into_iter().collect()))
            .boxed(),
        Type::Tuple(types) => types
            .into_iter()
            .map(|r#type| values(r#type, unknown))
            .collect::<Vec<_>>()
            .prop_map(Value::Tuple)
            .boxed(),
    };
    if unknown {
        prop_oneof![8 => known, 1 => Just(Value::Null), 1 => Just(Value::UNKNOWN)].boxed()
    } else {
        prop_oneof![8 => known, 1 => Just(Value::Null)].boxed()
    }
}

fn typed_values(unknown: bool) -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(move |r#type| {
        values(r#type.clone(), unknown).prop_map(move |value| (r#type.clone(), value))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn signature_of_any_type_comes_back(r#type in types()) {
        prop_assert_eq!(Type::from_signature(&r#type.signature()), Ok(r#type));
    }

    #[test]
    fn value_of_any_type_comes_back_from_msgpack((r#type, value) in typed_values(true)) {
        let bytes = encoded(&value, &r#type);
        prop_assert_eq!(decoded(&bytes, &r#type), value.clone());
        // The bytes too come back, but for unknown values and the order in sets.
        prop_assert_eq!(encoded(&decoded(&bytes, &r#type), &r#type), bytes);
    }

    #[test]
    fn known_value_of_any_type_comes_back_from_json((r#type, value) in typed_values(false)) {
        let json = value.to_json().unwrap();
        let text = serde_json::to_string_pretty(&json).unwrap();
        let json = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(Value::from_json(&json, &r#type), Ok(value));
    }

    #[test]
    fn changed_bytes_are_a_value_or_an_error(
        (r#type, value) in typed_values(true),
        changes in collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = encoded(&value, &r#type);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(value) = msgpack(&bytes).decode(&r#type) {
            // What could be read can be written.
            prop_assert!(Encoded::encode(&value, &r#type).is_ok());
        }
    }

    #[test]
    fn random_bytes_are_a_value_or_an_error(
        r#type in types(),
        bytes in collection::vec(any::<u8>(), 0..64),
    ) {
        let _ = msgpack(&bytes).decode(&r#type);
        let _ = Encoded { msgpack: Vec::new(), json: bytes }.decode(&r#type);
    }

    #[test]
    fn number_text_of_an_integer_is_the_integer(integer in any::<i64>()) {
        prop_assert_eq!(Number::parse(&format!("{integer}.00")).and_then(|number| number.as_i64()), Some(integer));
        prop_assert_eq!(Value::from(integer), number(&format!("{integer}e0")));
    }
}
