//! Schemas: what can be written in a block, what is computed, and how changes are planned.

mod attribute;
mod block;
mod identity;
mod problems;
mod rule;
mod validator;
mod write_only;

pub(crate) use attribute::object_type;
pub use attribute::{Attribute, AttributeType, Nesting};
pub use block::{Block, BlockBody, BlockNesting};
pub use identity::{IdentityAttribute, IdentitySchema};
pub use rule::Rule;
pub use validator::Validator;

use crate::value::Type;

/// The schema of a provider block, a resource or a data source.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The version, which says when a stored state has to be upgraded; counts from 0.
    pub version: i64,
    /// What can be in the block.
    pub body: BlockBody,
}

impl Schema {
    /// An empty schema of the given version. Only resources have versions other than 0.
    pub fn new(version: i64) -> Self {
        Self {
            version,
            body: BlockBody::default(),
        }
    }

    /// The description, in Markdown.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Self {
        self.body.description = markdown.into();
        self
    }

    /// Warns whoever uses it, with the message saying what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.body.deprecated = Some(message.into());
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.body.attributes.push(attribute);
        self
    }

    /// Adds a nested block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.body.blocks.push(block);
        self
    }

    /// Adds what is in another schema, and describes some of its attributes anew.
    #[must_use]
    pub fn fragment<'a>(
        mut self,
        fragment: Schema,
        descriptions: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Self {
        let BlockBody {
            mut attributes,
            blocks,
            rules,
            ..
        } = fragment.body;
        for (name, description) in descriptions {
            let described = attributes
                .iter_mut()
                .find(|attribute| attribute.name == name);
            if let Some(attribute) = described {
                attribute.description = description;
            }
        }
        self.body.attributes.extend(attributes);
        self.body.blocks.extend(blocks);
        self.body.rules.extend(rules);
        self
    }

    /// Exactly one of these attributes and blocks must be set. One that is unknown may be set.
    #[must_use]
    pub fn exactly_one_of<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.body.rules.push(Rule::exactly_one_of(names));
        self
    }

    /// At most one of these attributes and blocks may be set. One that is unknown may be null.
    #[must_use]
    pub fn at_most_one_of<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.body.rules.push(Rule::at_most_one_of(names));
        self
    }

    /// All of these attributes and blocks must be set, or none.
    #[must_use]
    pub fn all_or_none_of<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.body.rules.push(Rule::all_or_none_of(names));
        self
    }

    /// The type of the values that the schema describes: an object.
    pub fn r#type(&self) -> Type {
        self.body.r#type()
    }
}
