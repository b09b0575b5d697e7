//! Schemas: what can be written in a block, what is computed, and how changes are planned.

mod attribute;
mod block;
mod body_builder;
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

use body_builder::body_builder;

use crate::value::Type;

/// The schema of a provider block, a resource or a data source.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The version, which says when a stored state has to be upgraded; counts from 0.
    pub version: i64,
    /// What can be in the block.
    pub body: BlockBody,
    /// Of a provider block: the empty text counts as null in optional strings.
    pub empty_is_null: bool,
}

impl Schema {
    /// An empty schema of the given version. Only resources have versions other than 0.
    pub fn new(version: i64) -> Self {
        Self {
            version,
            body: BlockBody::default(),
            empty_is_null: false,
        }
    }

    /// Of a provider block, with the blocks in it: in optional strings the empty text counts as null, but for
    /// those that are [`Attribute::keeps_empty`]. Modules pass it on for what nobody has set.
    ///
    /// For provider blocks alone: of anything else Terraform has the configured value in the plan and in the
    /// state.
    #[must_use]
    pub fn empty_is_null(mut self) -> Self {
        self.empty_is_null = true;
        self
    }

    body_builder!();

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

    /// The type of the values that the schema describes: an object.
    pub fn r#type(&self) -> Type {
        self.body.r#type()
    }
}
