//! Models from values and back.

use std::collections::BTreeMap;

use proptest::{collection, option, prelude::*};
use serde::{Deserialize, Serialize};

use super::*;
use crate::Field;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Model {
    text: Field<String>,
    count: Field<i64>,
    port: Option<u16>,
    ratio: Field<f64>,
    exact: Field<Number>,
    color: Field<Color>,
    names: Field<Vec<Field<String>>>,
    tags: Field<BTreeMap<String, Option<bool>>>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    name: Field<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Color {
    Red,
    Green,
}

fn model_type() -> Type {
    Type::object([
        ("text", Type::String),
        ("count", Type::Number),
        ("port", Type::Number),
        ("ratio", Type::Number),
        ("exact", Type::Number),
        ("color", Type::String),
        ("names", Type::list(Type::String)),
        ("tags", Type::map(Type::Bool)),
        ("parts", Type::list(Type::object([("name", Type::String)]))),
    ])
}

/// A value in which one attribute is the given one and the others are null or empty.
fn value_with(name: &str, value: impl Into<Value>) -> Value {
    let Type::Object(types) = model_type() else {
        unreachable!("a model is an object");
    };
    let mut attributes: BTreeMap<String, Value> =
        types.into_keys().map(|name| (name, Value::Null)).collect();
    attributes.insert("parts".to_owned(), Value::List(Vec::new()));
    attributes.insert(name.to_owned(), value.into());
    Value::Object(attributes)
}

fn error_with(name: &str, value: impl Into<Value>) -> String {
    match from_value::<Model>(value_with(name, value)) {
        Ok(model) => panic!("{model:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn value_that_does_not_fit_the_model_is_an_error_at_the_attribute() {
    let large = Number::parse("1e40").map_or(Value::Null, Value::Number);
    let long = Number::parse("0.12345678901234567890123").map_or(Value::Null, Value::Number);
    let table = [
        (
            "port",
            Value::from(65536),
            "the value of port must be a whole number from 0 to 65535",
        ),
        (
            "port",
            (-1).into(),
            "the value of port must be a whole number from 0 to 65535",
        ),
        (
            "port",
            1.5.into(),
            "the value of port must be a whole number from 0 to 65535",
        ),
        (
            "count",
            large,
            "the value of count must be a whole number from -9223372036854775808 to 9223372036854775807",
        ),
        (
            "ratio",
            long,
            "the value of ratio has more digits than a 64-bit float can hold",
        ),
        (
            "color",
            "hunter2".into(),
            "the value of color must be one of red, green",
        ),
        (
            "text",
            1.into(),
            "the value of text is a number, where a string is needed",
        ),
        (
            "names",
            Value::List(vec!["a".into(), true.into()]),
            "the value of names[1] is a bool, where a string is needed",
        ),
        (
            "tags",
            Value::Map([("k".to_owned(), "v".into())].into()),
            "the value of tags[\"k\"] is a string, where a bool is needed",
        ),
        (
            "parts",
            Value::List(vec![Value::object([("name", 1)])]),
            "the value of parts[0].name is a number, where a string is needed",
        ),
        (
            "parts",
            Value::Null,
            "the value of parts is null, where a collection is needed",
        ),
        (
            "parts",
            Value::UNKNOWN,
            "the value of parts is not known yet, where a collection is needed",
        ),
    ];
    for (name, value, message) in table {
        assert_eq!(error_with(name, value), message);
    }
}

#[test]
fn unknown_where_the_model_cannot_say_it_makes_the_field_unknown() {
    #[derive(Debug, Deserialize)]
    struct Narrow {
        list: Field<Vec<String>>,
        wide: Field<Vec<Field<String>>>,
    }
    let list = || Value::List(vec!["a".into(), Value::UNKNOWN]);
    let value = Value::object([("list", list()), ("wide", list())]);
    let narrow: Narrow = from_value(value).unwrap();
    assert_eq!(narrow.list, Field::Unknown);
    assert_eq!(narrow.wide, Field::Known(vec!["a".into(), Field::Unknown]));
}

#[test]
fn model_without_an_attribute_of_the_schema_cannot_be_written() {
    let r#type = Type::object([("name", Type::String), ("more", Type::String)]);
    let error = to_value(&Part { name: Field::Null }, &r#type).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value has the attribute \"more\" in the schema, but not in the model"
    );
}

#[test]
fn model_with_another_attribute_can_be_written_while_it_is_null() {
    let r#type = Type::Object(BTreeMap::new());
    let null = to_value(&Part { name: Field::Null }, &r#type);
    assert_eq!(null, Ok(Value::Object(BTreeMap::new())));
    for name in [Field::Unknown, "x".into()] {
        assert!(to_value(&Part { name }, &r#type).is_err());
    }
}

#[test]
fn model_of_another_type_cannot_be_written() {
    let r#type = Type::object([("name", Type::Number)]);
    let error = to_value(&Part { name: "x".into() }, &r#type).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value of name is a string in the model, where the schema has number"
    );
}

#[test]
fn dynamic_attribute_takes_the_type_of_what_is_in_the_model() {
    let model: BTreeMap<&str, Vec<i64>> = [("a", vec![1, 2])].into();
    let value = to_value(&model, &Type::Dynamic).unwrap();
    let Value::Dynamic { r#type, .. } = &value else {
        panic!("{value:?}");
    };
    assert_eq!(r#type.to_string(), "object({a = tuple([number, number])})");
    assert!(Encoded::encode(&value, &Type::Dynamic).is_ok());
    assert_eq!(
        from_value::<BTreeMap<String, Vec<i64>>>(value).unwrap()["a"],
        [1, 2]
    );
}

#[test]
fn field_in_json_is_its_value_or_null() {
    let part: Part = serde_json::from_str(r#"{"name": "x"}"#).unwrap();
    assert_eq!(part.name, "x".into());
    let part: Part = serde_json::from_str(r#"{"name": null}"#).unwrap();
    assert_eq!(part.name, Field::Null);
    assert_eq!(serde_json::to_string(&part).unwrap(), r#"{"name":null}"#);
}

#[test]
fn state_whose_value_brings_its_type_has_all_of_it() {
    let state = |value: &str| {
        let json = format!(r#"{{"type":["list",["object",{{"a":"string"}}]],"value":{value}}}"#);
        decode_json(json.as_bytes(), &Type::Dynamic, Reading::State)
    };
    assert!(state(r#"[{"a":"x"},{"a":null}]"#).is_ok());
    // A few bytes that would each become an object of all the attributes of the type.
    let refused = state("[{},{}]").unwrap_err();
    assert_eq!(refused.message(), r#"has no attribute "a""#);
}

fn fields<T: Clone + std::fmt::Debug>(
    known: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Field<T>> {
    prop_oneof![
        3 => known.prop_map(Field::Known),
        1 => Just(Field::Null),
        1 => Just(Field::Unknown),
    ]
}

prop_compose! {
    fn models()(
        text in fields(any::<String>()),
        count in fields(any::<i64>()),
        port in option::of(any::<u16>()),
        ratio in fields(any::<f64>().prop_filter("a number", |ratio| !ratio.is_nan())),
        exact in fields(any::<u64>().prop_map(Number::from)),
        color in fields(prop_oneof![Just(Color::Red), Just(Color::Green)]),
        names in fields(collection::vec(fields(any::<String>()), 0..3)),
        tags in fields(collection::btree_map(any::<String>(), option::of(any::<bool>()), 0..3)),
        parts in collection::vec(fields(any::<String>()).prop_map(|name| Part { name }), 0..3),
    ) -> Model {
        Model { text, count, port, ratio, exact, color, names, tags, parts }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn model_comes_back_from_the_wire(model in models()) {
        let r#type = model_type();
        let value = to_value(&model, &r#type).unwrap();
        let encoded = Encoded::encode(&value, &r#type).unwrap();
        let decoded = encoded.decode(&r#type).unwrap();
        prop_assert_eq!(from_value::<Model>(decoded).unwrap(), model);
    }
}
