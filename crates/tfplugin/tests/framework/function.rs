//! Functions: their arguments, their results and their signatures.

use serde_json::{Value as Json, json};
use tfplugin::{
    Field, Function, ProviderSchema,
    function::{FunctionError, Parameter, Signature},
    testing::{self, StubProvider, unknown},
    value::{Type, Value},
};

/// Says of each argument what it is.
struct Kinds;

impl Function for Kinds {
    type Arguments = (String, Field<Vec<Field<String>>>, Vec<Field<Json>>);

    fn name(&self) -> &'static str {
        "kinds"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::list(Type::String))
            .parameter(Parameter::new("plain", Type::String))
            .parameter(Parameter::new("tolerant", Type::list(Type::String)).allow_unknown())
            .variadic(
                Parameter::new("rest", Type::Dynamic)
                    .allow_null()
                    .allow_unknown(),
            )
            .deprecated("Call sorts instead.")
    }

    fn call(&self, (_, tolerant, rest): Self::Arguments) -> Result<Value, FunctionError> {
        let tolerant = match &tolerant {
            Field::Known(texts) if texts.iter().any(Field::is_unknown) => "partly unknown",
            whole => kind(whole),
        };
        let mut kinds = vec!["known", tolerant];
        kinds.extend(rest.iter().map(kind));
        Ok(kinds.into())
    }
}

fn kind<T>(argument: &Field<T>) -> &'static str {
    match argument {
        Field::Known(_) => "known",
        Field::Null => "null",
        Field::Unknown => "unknown",
    }
}

/// What takes exactly one argument.
struct Same;

impl Function for Same {
    type Arguments = (String,);

    fn name(&self) -> &'static str {
        "same"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::String).parameter(Parameter::new("text", Type::String))
    }

    fn call(&self, (text,): Self::Arguments) -> Result<Value, FunctionError> {
        Ok(text.into())
    }
}

/// Results against the signature.
struct Wrong;

impl Function for Wrong {
    type Arguments = (String, Vec<i64>);

    fn name(&self) -> &'static str {
        "wrong"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::Number)
            .parameter(Parameter::new("how", Type::String))
            .variadic(Parameter::new("number", Type::Number))
    }

    fn call(&self, (how, numbers): Self::Arguments) -> Result<Value, FunctionError> {
        match how.as_str() {
            "type" => Ok("text".into()),
            "unknown" => Ok(Value::UNKNOWN),
            "null" => Ok(Value::Null),
            "refuse" => Err(FunctionError::new("not that one").at(numbers.len() as i64)),
            _ => Ok((numbers.len() as i64 + 1).into()),
        }
    }
}

fn register(registry: &mut tfplugin::Registry<()>) {
    registry.function(Kinds).function(Same).function(Wrong);
}

async fn call(name: &str, arguments: Json) -> Result<Value, FunctionError> {
    let Json::Array(arguments) = arguments else {
        panic!("arguments are an array")
    };
    testing::provider(register)
        .await
        .call_function(name, arguments)
}

fn kinds(kinds: &[&str]) -> Result<Value, FunctionError> {
    Ok(kinds.to_vec().into())
}

#[tokio::test]
async fn variadic_argument_may_be_absent_null_unknown_and_of_any_type() {
    let plain = call("kinds", json!(["a", ["b"]])).await;
    assert_eq!(plain, kinds(&["known", "known"]));
    let many = call("kinds", json!(["a", ["b"], null, unknown(), {"c": [1]}])).await;
    assert_eq!(many, kinds(&["known", "known", "null", "unknown", "known"]));
}

#[tokio::test]
async fn unknown_argument_reaches_only_a_parameter_that_allows_it() {
    let tolerant = call("kinds", json!(["a", [unknown()]])).await;
    assert_eq!(tolerant, kinds(&["known", "partly unknown"]));
    let plain = call("kinds", json!([unknown(), ["b"]])).await;
    assert_eq!(plain, Ok(Value::UNKNOWN));
}

#[tokio::test]
async fn argument_against_the_signature_is_blamed_by_its_index() {
    for (name, arguments, text, index) in [
        (
            "kinds",
            json!([null, ["b"]]),
            "The argument plain must not be null.",
            Some(0),
        ),
        (
            "kinds",
            json!(["a", null]),
            "The argument tolerant must not be null.",
            Some(1),
        ),
        // An error is not hidden by an argument that is not known yet.
        (
            "kinds",
            json!([unknown(), null]),
            "The argument tolerant must not be null.",
            Some(1),
        ),
        (
            "wrong",
            json!(["", 1, null]),
            "The argument number must not be null.",
            Some(2),
        ),
        ("wrong", json!(["refuse", 1, 2, 3]), "not that one", Some(3)),
        // What the type of the arguments cannot take.
        (
            "wrong",
            json!(["", 1, 0.5]),
            "The argument number must be a whole number from -9223372036854775808 to 9223372036854775807.",
            Some(2),
        ),
        (
            "kinds",
            json!(["a"]),
            "The function kinds takes at least 2 arguments, but 1 were given.",
            None,
        ),
        (
            "same",
            json!(["a", "b"]),
            "The function same takes 1 argument, but 2 were given.",
            None,
        ),
        (
            "nothing",
            json!([]),
            "There is no function \"nothing\".",
            None,
        ),
    ] {
        let error = call(name, arguments).await.unwrap_err();
        assert_eq!((error.text.as_str(), error.argument), (text, index));
    }
}

#[tokio::test]
async fn result_against_the_signature_is_a_bug() {
    for (how, part) in [("type", "is not of its type"), ("unknown", "is unknown")] {
        let error = call("wrong", json!([how])).await.unwrap_err();
        assert!(error.text.starts_with("Bug in the provider"), "{error:?}");
        assert!(error.text.contains(part), "{error:?}");
        assert!(error.text.contains("wrong"), "{error:?}");
    }
    assert_eq!(call("wrong", json!(["null"])).await, Ok(Value::Null));
    assert_eq!(call("wrong", json!(["", 1, 2])).await, Ok(3.into()));
}

#[test]
fn signature_that_terraform_would_refuse_is_described() {
    struct Bad;
    impl Function for Bad {
        type Arguments = (bool, bool, Vec<bool>);

        fn name(&self) -> &'static str {
            "1st"
        }
        fn signature(&self) -> Signature {
            Signature::new(Type::Bool)
                .parameter(Parameter::new("a b", Type::Bool))
                .parameter(Parameter::new("same", Type::Bool))
                .variadic(Parameter::new("same", Type::Bool))
        }
        fn call(&self, _arguments: Self::Arguments) -> Result<Value, FunctionError> {
            Ok(true.into())
        }
    }
    let schema = ProviderSchema::of(StubProvider::new(|registry| {
        registry.function(Bad);
    }));
    assert_eq!(
        schema.problems(),
        [
            "the function 1st: \"1st\" is no identifier",
            "the function 1st: the parameter \"a b\" is no identifier",
            "the function 1st: the parameter \"same\" is there twice",
        ]
    );
}
