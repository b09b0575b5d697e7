//! GetFunctions.

use std::collections::BTreeMap;

use terraform_client::proto::tfplugin6::{
    Function, StringKind,
    function::{Parameter, Return},
    get_functions::{Request, Response},
};

use super::message::started;

/// The function of the provider.
pub fn join() -> Function {
    let parameter = |name: &str, description: &str| Parameter {
        name: name.to_owned(),
        r#type: br#""string""#.to_vec(),
        description: description.to_owned(),
        description_kind: StringKind::Markdown.into(),
        ..Parameter::default()
    };
    Function {
        parameters: vec![parameter("separator", "What is between.")],
        variadic_parameter: Some(Parameter {
            allow_null_value: true,
            allow_unknown_values: true,
            ..parameter("part", "What is joined; null is left out.")
        }),
        r#return: Some(Return {
            r#type: br#""string""#.to_vec(),
        }),
        summary: "Joins texts.".to_owned(),
        description: "Joins texts with a separator.".to_owned(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: "Use the one of Terraform.".to_owned(),
    }
}

#[tokio::test]
async fn get_functions_gives_signatures_with_deprecation() {
    let mut golden = started().await;
    let answer = golden.client.get_functions(Request {}).await;
    let expected = Response {
        functions: BTreeMap::from([("join".to_owned(), join())]),
        diagnostics: Vec::new(),
    };
    assert_eq!(answer.expect("an answer").into_inner(), expected);
}
