//! Identities: what tells the objects of a resource apart, wherever their states are.

use std::collections::BTreeSet;

use super::problems::is_name;
use crate::value::Type;

/// The schema of the identity of a resource.
#[derive(Clone, Debug, Default)]
pub struct IdentitySchema {
    /// The version, which says when a stored identity has to be upgraded; counts from 0, and has
    /// nothing to do with that of the resource's schema.
    pub version: i64,
    /// The attributes.
    pub attributes: Vec<IdentityAttribute>,
}

/// An attribute of an identity: a string, a number, a bool, or a list of one of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IdentityAttribute {
    /// The name: lower-case letters, digits and underscores.
    pub name: String,
    /// The type.
    pub r#type: Type,
    /// Whether the practitioner must give it to import an object, and not only may. What is required is
    /// never null in an identity.
    pub required_for_import: bool,
    /// The description, as plain text.
    pub description: String,
}

impl IdentitySchema {
    /// An identity without attributes, of the given version.
    pub fn new(version: i64) -> Self {
        Self {
            version,
            attributes: Vec::new(),
        }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: IdentityAttribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// The type of the identities that the schema describes: an object.
    pub fn r#type(&self) -> Type {
        Type::object(
            self.attributes
                .iter()
                .map(|attribute| (attribute.name.clone(), attribute.r#type.clone())),
        )
    }

    /// What Terraform or OpenTofu would refuse, one sentence each; empty when all is well.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.version < 0 {
            problems.push("the version is negative".to_owned());
        }
        if self.attributes.is_empty() {
            problems.push("there are no attributes".to_owned());
        }
        let mut names = BTreeSet::new();
        for IdentityAttribute { name, r#type, .. } in &self.attributes {
            if !names.insert(name) {
                problems.push(format!("{name} is there twice"));
            }
            if !is_name(name) {
                problems.push(format!(
                    "{name} is not a name of lower-case letters, digits and underscores"
                ));
            }
            let element = match r#type {
                Type::List(element) => element,
                r#type => r#type,
            };
            if !matches!(element, Type::Bool | Type::Number | Type::String) {
                problems.push(format!(
                    "{name} is neither a string, a number or a bool, nor a list of them"
                ));
            }
        }
        problems
    }
}

impl IdentityAttribute {
    /// An attribute of a type. Without more it may be given to import an object, and the provider finds it
    /// out where it is not: Terraform knows none that cannot be given.
    pub fn new(name: impl Into<String>, r#type: Type) -> Self {
        Self {
            name: name.into(),
            r#type,
            required_for_import: false,
            description: String::new(),
        }
    }

    /// A string.
    pub fn string(name: impl Into<String>) -> Self {
        Self::new(name, Type::String)
    }

    /// A bool.
    pub fn bool(name: impl Into<String>) -> Self {
        Self::new(name, Type::Bool)
    }

    /// A number of any size and precision.
    pub fn number(name: impl Into<String>) -> Self {
        Self::new(name, Type::Number)
    }

    /// A list of elements of a type.
    pub fn list(name: impl Into<String>, element: Type) -> Self {
        Self::new(name, Type::list(element))
    }

    /// The practitioner must give it to import an object.
    #[must_use]
    pub fn required_for_import(mut self) -> Self {
        self.required_for_import = true;
        self
    }

    /// The description, as plain text.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }
}
