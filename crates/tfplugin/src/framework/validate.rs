//! Checks a configuration against its schema, and then by its author.

use super::{Server, server};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    path::AttributePath,
    provider::Provider,
    schema::{Attribute, AttributeType, BlockBody},
    value::{Encoded, Value},
};

impl<P: Provider> Server<P> {
    /// Checks the configuration of a resource.
    pub(crate) async fn validate_resource_config(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
        write_only_attributes_allowed: bool,
    ) -> Diagnostics {
        let resource = match self.resource(type_name) {
            Ok(resource) => resource,
            Err(error) => return error.into(),
        };
        let config = match server::decode(&config, resource.object_type(), "Configuration") {
            Ok(config) => config,
            Err(errors) => return errors,
        };
        let body_of = &resource.schema().body;
        let mut diagnostics = body(body_of, &config, write_only_attributes_allowed);
        if !diagnostics.has_errors() && matches!(config, Value::Object(_)) {
            diagnostics.extend(resource.validate(context, config).await);
        }
        diagnostics
    }

    /// Checks the configuration of a data source.
    pub(crate) async fn validate_data_resource_config(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
    ) -> Diagnostics {
        let data_source = match self.data_source(type_name) {
            Ok(data_source) => data_source,
            Err(error) => return error.into(),
        };
        let config = match server::decode(&config, data_source.object_type(), "Configuration") {
            Ok(config) => config,
            Err(errors) => return errors,
        };
        let mut diagnostics = body(&data_source.schema().body, &config, true);
        if !diagnostics.has_errors() && matches!(config, Value::Object(_)) {
            diagnostics.extend(data_source.validate(context, config).await);
        }
        diagnostics
    }
}

/// Checks a block against its schema. Terraform has checked types and what is not in the schema.
pub(super) fn body(
    schema: &BlockBody,
    config: &Value,
    write_only_attributes_allowed: bool,
) -> Diagnostics {
    let mut check = Check {
        diagnostics: Diagnostics::new(),
        write_only_attributes_allowed,
    };
    let path = AttributePath::default();
    if let (Some(message), Value::Object(_)) = (&schema.deprecated, config) {
        check
            .diagnostics
            .push(Diagnostic::warning("Deprecated", message.clone()));
    }
    check.body(schema, config, &path);
    check.diagnostics
}

struct Check {
    diagnostics: Diagnostics,
    write_only_attributes_allowed: bool,
}

impl Check {
    fn body(&mut self, schema: &BlockBody, config: &Value, path: &AttributePath) {
        let Value::Object(entries) = config else {
            return;
        };
        for attribute in &schema.attributes {
            let value = entries.get(&attribute.name).unwrap_or(&Value::Null);
            self.attribute(attribute, value, &path.clone().attribute(&attribute.name));
        }
        for block in &schema.blocks {
            let value = entries.get(&block.name).unwrap_or(&Value::Null);
            let path = path.clone().attribute(&block.name);
            let objects = objects(value, &path);
            if let (Some(message), false) = (&block.body.deprecated, objects.is_empty()) {
                let detail = format!("The block {path} is deprecated. {message}");
                self.report(&path, Diagnostic::warning("Deprecated Block", detail));
            }
            for (object, path) in objects {
                self.body(&block.body, object, &path);
            }
        }
        for rule in &schema.rules {
            for diagnostic in rule.check(config, path) {
                let path = diagnostic.attribute.clone().unwrap_or_default();
                self.report(&path, diagnostic);
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, path: &AttributePath) {
        if value.is_null() {
            if attribute.required {
                self.error(
                    path,
                    "Missing Required Argument",
                    format!("The argument {path} is required, but its value is null."),
                );
            }
            return;
        }
        if !attribute.required && !attribute.optional {
            self.error(
                path,
                "Read-Only Argument",
                format!("The provider sets {path}; it cannot be set in the configuration."),
            );
            return;
        }
        if attribute.write_only && !self.write_only_attributes_allowed {
            self.error(
                path,
                "Write-Only Argument Not Supported",
                format!(
                    "The argument {path} is write-only, which needs Terraform 1.11 or later, or OpenTofu 1.11 or \
                     later."
                ),
            );
        }
        if value.is_unknown() {
            return;
        }
        if let Some(message) = &attribute.deprecated {
            let detail = format!("The argument {path} is deprecated. {message}");
            self.report(path, Diagnostic::warning("Deprecated Argument", detail));
        }
        for validator in &attribute.validators {
            if let Err(expectation) = validator.check(value) {
                self.error(
                    path,
                    "Invalid Attribute Value",
                    format!("The value of {path} {expectation}."),
                );
            }
        }
        if let AttributeType::Nested(_, attributes) = &attribute.r#type {
            for (object, path) in objects(value, path) {
                if let Value::Object(entries) = object {
                    for attribute in attributes {
                        let value = entries.get(&attribute.name).unwrap_or(&Value::Null);
                        self.attribute(attribute, value, &path.clone().attribute(&attribute.name));
                    }
                }
            }
        }
    }

    fn error(&mut self, path: &AttributePath, summary: &str, detail: String) {
        self.report(path, Diagnostic::error(summary, detail));
    }

    fn report(&mut self, path: &AttributePath, mut diagnostic: Diagnostic) {
        // The way ends at a set, so that elements can repeat each other's message.
        // Others cannot, and to look for them among very many would take very long.
        let at = until_set(path);
        let can_repeat = at != *path;
        diagnostic.attribute = (!at.steps().is_empty()).then_some(at);
        if !can_repeat || !self.diagnostics.iter().any(|one| *one == diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// Paths inside sets are kept for the text with a key that no path to Terraform may have.
const SET_ELEMENT: &str = "*";

/// The path as Terraform understands it: elements of sets have no address.
fn until_set(path: &AttributePath) -> AttributePath {
    path.steps()
        .iter()
        .take_while(|step| !matches!(step, crate::path::Step::Key(key) if key == SET_ELEMENT))
        .cloned()
        .collect()
}

/// The object, or each object of the collection, with its path.
fn objects<'a>(value: &'a Value, path: &AttributePath) -> Vec<(&'a Value, AttributePath)> {
    match value {
        Value::Object(_) => vec![(value, path.clone())],
        Value::List(elements) => (0..)
            .zip(elements)
            .map(|(index, element)| (element, path.clone().index(index)))
            .collect(),
        Value::Set(elements) => elements
            .iter()
            .map(|element| (element, path.clone().key(SET_ELEMENT)))
            .collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, element)| (element, path.clone().key(key)))
            .collect(),
        Value::Dynamic { value, .. } => match &**value {
            Value::Tuple(elements) => (0..)
                .zip(elements)
                .map(|(index, element)| (element, path.clone().index(index)))
                .collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(key, element)| (element, path.clone().key(key)))
                .collect(),
            _ => Vec::new(),
        },
        Value::Null
        | Value::Unknown(_)
        | Value::Bool(_)
        | Value::String(_)
        | Value::Number(_)
        | Value::Tuple(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> BlockBody {
        crate::schema::Schema::new(0)
            .attribute(Attribute::string("password_wo").optional().write_only())
            .body
    }

    fn config(password: Value) -> Value {
        Value::object([("password_wo", password)])
    }

    #[test]
    fn write_only_value_from_a_client_without_them_is_refused_with_the_versions() {
        let diagnostics = body(&schema(), &config("p".into()), false);
        let found: Vec<_> = diagnostics.iter().collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].attribute, Some("password_wo".into()));
        for version in ["Terraform 1.11", "OpenTofu 1.11"] {
            assert!(found[0].detail.contains(version), "{}", found[0].detail);
        }
    }

    #[test]
    fn write_only_value_that_is_null_or_allowed_is_accepted() {
        assert!(body(&schema(), &config(Value::Null), false).is_empty());
        assert!(body(&schema(), &config("p".into()), true).is_empty());
    }
}
