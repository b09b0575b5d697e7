//! Blocks nested in a block, and what can be in any block.

use super::{Attribute, Rule, attribute::object_type, body_builder::body_builder};
use crate::value::Type;

/// What can be in a block.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BlockBody {
    /// The description, in Markdown.
    pub description: String,
    /// What to use instead, when it should not be used any more.
    pub deprecated: Option<String>,
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The nested blocks.
    pub blocks: Vec<Block>,
    /// What must hold between attributes and blocks.
    pub rules: Vec<Rule>,
}

impl BlockBody {
    /// The type of the block's value: an object of its attributes and its nested blocks.
    pub fn r#type(&self) -> Type {
        let Type::Object(mut types) = object_type(&self.attributes) else {
            return Type::Dynamic;
        };
        for block in &self.blocks {
            types.insert(block.name.clone(), block.value_type());
        }
        Type::Object(types)
    }

    /// The attribute of that name.
    pub fn find_attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// The nested block of that name.
    pub fn find_block(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.name == name)
    }
}

/// A nested block.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Block {
    /// The name: lower-case letters, digits and underscores.
    pub name: String,
    /// How many there can be.
    pub nesting: BlockNesting,
    /// The least number of blocks in a list or set.
    pub min_items: i64,
    /// The greatest number of blocks in a list or set; 0 is no limit.
    pub max_items: i64,
    /// What can be in it.
    pub body: BlockBody,
}

/// How many blocks of a name there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockNesting {
    /// None or one; null when there is none.
    Single,
    /// One that is always there, even when nothing is written.
    Group,
    /// Many, in order.
    List,
    /// Many, without order or duplicates.
    Set,
    /// Many, by label.
    Map,
}

impl Block {
    /// A block that is there or not.
    pub fn single(name: impl Into<String>) -> Self {
        Self::new(name.into(), BlockNesting::Single)
    }

    /// A block that is always there, even when nothing is written.
    pub fn group(name: impl Into<String>) -> Self {
        Self::new(name.into(), BlockNesting::Group)
    }

    /// Blocks in order.
    pub fn list(name: impl Into<String>) -> Self {
        Self::new(name.into(), BlockNesting::List)
    }

    /// Blocks without order or duplicates. Nothing in them may be write-only or dynamic.
    pub fn set(name: impl Into<String>) -> Self {
        Self::new(name.into(), BlockNesting::Set)
    }

    /// Blocks by label.
    pub fn map(name: impl Into<String>) -> Self {
        Self::new(name.into(), BlockNesting::Map)
    }

    fn new(name: String, nesting: BlockNesting) -> Self {
        Self {
            name,
            nesting,
            min_items: 0,
            max_items: 0,
            body: BlockBody::default(),
        }
    }

    /// The block must be there. Only for single blocks.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.min_items = 1;
        self.max_items = 1;
        self
    }

    /// The least and the greatest number of blocks. Only for lists and sets.
    #[must_use]
    pub fn items(mut self, range: std::ops::RangeInclusive<i64>) -> Self {
        self.min_items = *range.start();
        self.max_items = *range.end();
        self
    }

    body_builder!();

    /// The type of its value.
    pub fn value_type(&self) -> Type {
        let object = self.body.r#type();
        match self.nesting {
            BlockNesting::Single | BlockNesting::Group => object,
            // The elements can then differ in type, which no list or map allows.
            BlockNesting::List | BlockNesting::Map if object.has_dynamic() => Type::Dynamic,
            BlockNesting::List => Type::list(object),
            BlockNesting::Map => Type::map(object),
            BlockNesting::Set => Type::set(object),
        }
    }
}
