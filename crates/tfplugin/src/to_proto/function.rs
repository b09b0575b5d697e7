//! Functions and their errors.

use std::collections::BTreeMap;

use crate::{
    framework::ProviderSchema,
    function::{FunctionError, Parameter, Signature},
    proto::tfplugin6::{self as proto, StringKind},
};

/// All functions of a provider by name.
pub(crate) fn functions(schema: &ProviderSchema) -> BTreeMap<String, proto::Function> {
    schema
        .functions
        .iter()
        .map(|(name, signature)| (name.clone(), function(signature)))
        .collect()
}

/// A signature.
fn function(signature: &Signature) -> proto::Function {
    proto::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(proto::function::Return {
            r#type: signature.result.signature(),
        }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: signature.deprecated.clone().unwrap_or_default(),
    }
}

fn parameter(parameter: &Parameter) -> proto::function::Parameter {
    proto::function::Parameter {
        name: parameter.name.clone(),
        r#type: parameter.r#type.signature(),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: StringKind::Markdown.into(),
    }
}

/// Why a function has no result.
pub(crate) fn function_error(error: FunctionError) -> proto::FunctionError {
    proto::FunctionError {
        text: error.text,
        function_argument: error.argument,
    }
}
