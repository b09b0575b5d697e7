//! CallFunction. Terraform calls before, and without, ConfigureProvider.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    DynamicValue, FunctionError,
    call_function::{Request, Response},
};

use super::message::{UNKNOWN, packed, panicked, started};

async fn called(name: &str, arguments: Vec<Option<DynamicValue>>) -> Response {
    let request = Request {
        name: name.to_owned(),
        arguments: arguments.into_iter().flatten().collect(),
    };
    let answer = started().await.client.call_function(request).await;
    answer.expect("an answer").into_inner()
}

async fn joined(arguments: &[Json]) -> Response {
    called("join", arguments.iter().cloned().map(packed).collect()).await
}

fn result(value: Json) -> Response {
    Response {
        result: packed(value),
        error: None,
    }
}

fn failed(text: &str, function_argument: Option<i64>) -> Response {
    Response {
        result: None,
        error: Some(FunctionError {
            text: text.to_owned(),
            function_argument,
        }),
    }
}

#[tokio::test]
async fn call_function_takes_any_number_of_variadic_arguments_null_among_them() {
    assert_eq!(joined(&[json!("-")]).await, result(json!("")));
    let found = joined(&[json!("-"), json!("a"), json!(null), json!("b")]).await;
    assert_eq!(found, result(json!("a-b")));
    // OpenTofu sends null as a value without content.
    let nothing = Some(DynamicValue::default());
    let found = called(
        "join",
        vec![packed(json!("-")), packed(json!("a")), nothing],
    )
    .await;
    assert_eq!(found, result(json!("a")));
}

#[tokio::test]
async fn call_function_with_unknown_arguments_is_unknown() {
    for arguments in [[json!(UNKNOWN), json!("a")], [json!("-"), json!(UNKNOWN)]] {
        assert_eq!(joined(&arguments).await, result(json!(UNKNOWN)));
    }
}

#[tokio::test]
async fn call_function_that_fails_blames_the_argument() {
    let table = [
        (
            vec![json!(null)],
            failed("The argument separator must not be null.", Some(0)),
        ),
        (
            vec![json!("-"), json!("a"), json!(1)],
            failed(
                "Cannot read the argument part: the value is not of type string.",
                Some(2),
            ),
        ),
        (
            vec![json!("-"), json!("a"), json!("b"), json!("fail")],
            failed("it was asked to", Some(3)),
        ),
        (
            vec![],
            failed(
                "The function join takes at least 1 argument, but 0 were given.",
                None,
            ),
        ),
    ];
    for (arguments, expected) in table {
        assert_eq!(joined(&arguments).await, expected);
    }
    let expected = failed(
        "Version 1.2.3 of the provider golden has no function \"nothing\".",
        None,
    );
    assert_eq!(called("nothing", vec![]).await, expected);
}

#[tokio::test]
async fn call_function_that_panics_is_an_error() {
    let bug = panicked("CallFunction", "join");
    let expected = failed(&format!("{}: {}", bug.summary, bug.detail), None);
    assert_eq!(joined(&[json!("-"), json!("panic")]).await, expected);
}
