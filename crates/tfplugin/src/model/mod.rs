//! Models: one struct is the configuration, plan and state of a block, and its schema.
//!
//! ```
//! use std::collections::BTreeSet;
//!
//! use tfplugin::{Field, Model, Timeouts, schema::Validator, timeouts::{self, Operation}};
//!
//! /// A note, as a file.
//! #[derive(Clone, Model)]
//! #[model(all_or_none_of = ["key_wo", "key_wo_version"])]
//! struct Note {
//!     /// Where the note is. A change replaces it.
//!     #[attribute(required, requires_replace)]
//!     path: Field<String>,
//!     /// How it is written. Defaults to `plain`.
//!     #[attribute(optional, default = "plain", validate = Validator::one_of(["plain", "bold"]))]
//!     style: Field<String>,
//!     /// The key that it is encrypted with.
//!     #[attribute(optional, write_only, sensitive)]
//!     key_wo: Field<String>,
//!     /// A change sets the key anew.
//!     #[attribute(optional)]
//!     key_wo_version: Field<i64>,
//!     #[attributes(describe(owner = "Who wrote the note."))]
//!     labels: Labels,
//!     #[block(schema = timeouts::block([(Operation::Create, std::time::Duration::from_secs(60))]))]
//!     timeouts: Field<Timeouts>,
//! }
//!
//! /// What several structs have in common.
//! #[derive(Clone, Model)]
//! struct Labels {
//!     /// Whose it is.
//!     #[attribute(optional)]
//!     owner: Field<String>,
//!     /// What it is about.
//!     #[attribute(optional, computed)]
//!     topics: Field<BTreeSet<String>>,
//! }
//!
//! let schema = Note::schema();
//! assert_eq!(schema.body.description, "A note, as a file.");
//! let owner = schema.body.find_attribute("owner").expect("it is there");
//! assert_eq!(owner.description, "Who wrote the note.");
//! assert_eq!(Note::defaults().style, "plain".into());
//! assert!(Note::defaults().is_wholly_known());
//! ```
//!
//! # What is written
//!
//! A doc comment is the description in Markdown: the lines of a paragraph are joined. The comment of the struct
//! is that of its block, unless the field that holds the block has one of its own.
//!
//! | on | | |
//! | --- | --- | --- |
//! | the struct | `#[model(..)]` | `version = ..`, `exactly_one_of = [..]`, `at_most_one_of = [..]`, `all_or_none_of = [..]`, `deprecated = ".."`, `description = ..`; `config_only` for what is read and never written, so that its types need no `Serialize`; `empty_is_null` for a provider block: [`Schema::empty_is_null`] |
//! | a field | `#[attribute(..)]` | `required`, `optional`, `computed`, `sensitive`, `write_only`, `requires_replace`, `requires_replace_once_known`, `use_prior_state`, `keeps_empty`, `default = ..`, `validate = ..`, `deprecated = ".."`, `description = ..`: the methods of [`Attribute`] |
//! | a field | `#[block(..)]` | `required`, `items = ..`, `deprecated = ".."`, `description = ..`: the methods of [`Block`](crate::schema::Block); `schema = ..` for a block that is built by hand |
//! | a field | `#[attributes]` | the attributes and blocks of another model stand among those of this one; `describe(NAME = "..")` says what they are here |
//!
//! The type of a field is that of its attribute, as [`AttributeValue`] has it: `Field<Vec<T>>` is a list,
//! `Field<BTreeSet<T>>` a set, `Field<BTreeMap<String, T>>` a map, and where `T` is a model the attributes are nested.
//! Blocks are likewise one or many.
//!
//! The struct is a serde model too. What is write-only is written as null.

#[doc(hidden)]
pub mod codec;
mod value;

pub use value::{AttributeValue, BlockValue};

use crate::schema::{Attribute, IdentityAttribute, IdentitySchema, Schema};

/// A struct that is a model and its schema; derived with `#[derive(Model)]`, see [the module](self).
pub trait Model: Sized {
    /// The names of its attributes and blocks, but for those that are in `#[attributes]`.
    const NAMES: &'static [&'static str];

    /// The schema.
    fn schema() -> Schema;

    /// The model with all attributes at their defaults, and null where there is none.
    fn defaults() -> Self;

    /// Whether nothing in it is unknown.
    fn is_wholly_known(&self) -> bool;
}

impl IdentitySchema {
    /// The identity that a model is: its attributes, of which those are required for an import that are
    /// `required`.
    pub fn of<M: Model>() -> Self {
        let Schema { version, body, .. } = M::schema();
        let attribute = |attribute: Attribute| IdentityAttribute {
            r#type: attribute.value_type(),
            name: attribute.name,
            required_for_import: attribute.required,
            description: attribute.description,
        };
        Self {
            version,
            attributes: body.attributes.into_iter().map(attribute).collect(),
        }
    }
}

/// Whether a name is among these; for constants.
#[doc(hidden)]
pub const fn has_name(names: &[&str], name: &str) -> bool {
    let mut place = 0;
    while place < names.len() {
        if is_same(names[place].as_bytes(), name.as_bytes()) {
            return true;
        }
        place += 1;
    }
    false
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}
