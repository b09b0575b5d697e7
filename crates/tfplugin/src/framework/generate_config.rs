//! Writing the state of a resource as a configuration.

use super::{Server, normalize, server};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    generate_config::GenerateRequest,
    provider::Provider,
    schema::{Attribute, AttributeType, BlockBody},
    value::{Encoded, Value},
};

/// A generated configuration.
#[derive(Debug)]
pub(crate) struct GenerateResult {
    /// The configuration; `None` with an error.
    pub(crate) config: Option<Encoded>,
    pub(crate) diagnostics: Diagnostics,
}

impl<P: Provider> Server<P> {
    /// Writes a state as a configuration.
    pub(crate) async fn generate_resource_config(
        &self,
        context: &Context,
        type_name: &str,
        state: Encoded,
    ) -> GenerateResult {
        self.generate(context, type_name, state)
            .await
            .unwrap_or_else(|diagnostics| GenerateResult {
                config: None,
                diagnostics,
            })
    }

    async fn generate(
        &self,
        context: &Context,
        type_name: &str,
        state: Encoded,
    ) -> Result<GenerateResult, Diagnostics> {
        let resource = self.resource(type_name)?;
        let body = &resource.schema().body;
        let r#type = resource.object_type();
        let state = server::decode(&state, r#type, "State")?;
        if state.is_null() {
            let detail = format!("There is no state of {type_name} to write a configuration of.");
            return Err(Diagnostic::error("Cannot Generate a Configuration", detail).into());
        }
        let mut proposed = state.clone();
        proposal(body, &mut proposed);
        let Some(generator) = self.registry.config_generators.get(type_name) else {
            return Ok(GenerateResult {
                config: Some(server::encode(&proposed, r#type)?),
                diagnostics: Diagnostics::new(),
            });
        };
        let request = GenerateRequest {
            state: state.clone(),
            proposed,
        };
        let generated = generator.generate_config(context, request).await?;
        let mut config = generated.config;
        normalize::preserve_encoding(&mut config, &state);
        leave_out(body, &mut config, &is_read_only);
        Ok(GenerateResult {
            config: Some(server::encode(&config, r#type)?),
            diagnostics: generated.diagnostics,
        })
    }
}

/// Turns a state into the configuration that follows from the schema.
fn proposal(body: &BlockBody, value: &mut Value) {
    leave_out_blocks(body, value);
    leave_out(body, value, &is_left_out);
    // An id that may be left out is one that the provider gives.
    let is_given = |id: &Attribute| id.name == "id" && id.optional && id.computed;
    if let Value::Object(entries) = value
        && body.attributes.iter().any(is_given)
    {
        entries.insert("id".to_owned(), Value::Null);
    }
}

/// Whether a practitioner would not write that value.
fn is_left_out(attribute: &Attribute, value: &Value) -> bool {
    if attribute.required {
        return false;
    }
    // An empty text says nothing, unless leaving it out says something else.
    let is_empty = value.as_str() == Some("")
        && attribute
            .default
            .as_ref()
            .is_none_or(|default| default == value);
    is_read_only(attribute, value) || attribute.deprecated.is_some() || is_empty
}

/// Whether only the provider can set a value.
fn is_read_only(attribute: &Attribute, _value: &Value) -> bool {
    !attribute.required && !attribute.optional
}

/// Removes blocks that should not be written any more.
fn leave_out_blocks(body: &BlockBody, value: &mut Value) {
    let Value::Object(entries) = value else {
        return;
    };
    for block in &body.blocks {
        if let Some(value) = entries.get_mut(&block.name) {
            if block.body.deprecated.is_some() && block.min_items == 0 {
                *value = normalize::absent(block);
            }
            normalize::for_each_object(value, &mut |object| leave_out_blocks(&block.body, object));
        }
    }
}

/// Nulls the attributes of a block, and of the blocks in it, that a condition holds for.
fn leave_out(body: &BlockBody, value: &mut Value, is_out: &impl Fn(&Attribute, &Value) -> bool) {
    leave_out_attributes(&body.attributes, value, is_out);
    let Value::Object(entries) = value else {
        return;
    };
    for block in &body.blocks {
        if let Some(value) = entries.get_mut(&block.name) {
            normalize::for_each_object(value, &mut |object| leave_out(&block.body, object, is_out));
        }
    }
}

fn leave_out_attributes(
    attributes: &[Attribute],
    value: &mut Value,
    is_out: &impl Fn(&Attribute, &Value) -> bool,
) {
    let Value::Object(entries) = value else {
        return;
    };
    for attribute in attributes {
        let Some(value) = entries.get_mut(&attribute.name) else {
            continue;
        };
        if is_out(attribute, value) {
            *value = Value::Null;
        } else if let AttributeType::Nested(_, attributes) = &attribute.r#type {
            normalize::for_each_object(value, &mut |object| {
                leave_out_attributes(attributes, object, is_out);
            });
        }
    }
}
