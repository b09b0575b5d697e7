//! What can be in the fields of a model, and which attribute or block it makes of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Model;
use crate::{
    field::Field,
    schema::{Attribute, AttributeType, Block, BlockNesting, Nesting, Validator, object_type},
    value::{Number, Type, Value},
};

/// What can be in an attribute of a model. A newtype of a provider has the type of what is in it.
pub trait AttributeValue {
    /// The type of the attribute.
    fn attribute_type() -> AttributeType;

    /// What its values must satisfy to fit the Rust type.
    fn validators() -> Vec<Validator> {
        Vec::new()
    }

    /// Whether nothing in it is unknown.
    fn is_wholly_known(&self) -> bool {
        true
    }
}

/// What can be in a block of a model: a model, or many.
pub trait BlockValue {
    /// The block of that name.
    fn block(name: &str) -> Block;
}

impl Attribute {
    /// An attribute of the type that a Rust type has in a model.
    pub fn of<T: AttributeValue>(name: impl Into<String>) -> Self {
        let attribute = Self::with_type(name.into(), T::attribute_type());
        T::validators().into_iter().fold(attribute, Self::validate)
    }
}

impl<M: Model> AttributeValue for M {
    fn attribute_type() -> AttributeType {
        AttributeType::Nested(Nesting::Single, M::schema().body.attributes)
    }

    fn is_wholly_known(&self) -> bool {
        Model::is_wholly_known(self)
    }
}

impl<T: AttributeValue> AttributeValue for Field<T> {
    fn attribute_type() -> AttributeType {
        T::attribute_type()
    }

    fn validators() -> Vec<Validator> {
        T::validators()
    }

    fn is_wholly_known(&self) -> bool {
        match self {
            Self::Known(value) => value.is_wholly_known(),
            Self::Null => true,
            Self::Unknown => false,
        }
    }
}

/// The type of so many values of a type.
fn many<T: AttributeValue>(nesting: Nesting) -> AttributeType {
    match T::attribute_type() {
        AttributeType::Nested(Nesting::Single, attributes) => {
            AttributeType::Nested(nesting, attributes)
        }
        AttributeType::Nested(inner, attributes) => {
            let object = object_type(&attributes);
            AttributeType::Plain(nesting.of(inner.of(object)))
        }
        AttributeType::Plain(element) => AttributeType::Plain(nesting.of(element)),
    }
}

impl<T: AttributeValue> AttributeValue for Vec<T> {
    fn attribute_type() -> AttributeType {
        many::<T>(Nesting::List)
    }

    fn is_wholly_known(&self) -> bool {
        self.iter().all(T::is_wholly_known)
    }
}

impl<T: AttributeValue> AttributeValue for BTreeSet<T> {
    fn attribute_type() -> AttributeType {
        many::<T>(Nesting::Set)
    }

    fn is_wholly_known(&self) -> bool {
        self.iter().all(T::is_wholly_known)
    }
}

impl<T: AttributeValue> AttributeValue for BTreeMap<String, T> {
    fn attribute_type() -> AttributeType {
        many::<T>(Nesting::Map)
    }

    fn is_wholly_known(&self) -> bool {
        self.values().all(T::is_wholly_known)
    }
}

impl<T: AttributeValue> AttributeValue for HashMap<String, T> {
    fn attribute_type() -> AttributeType {
        many::<T>(Nesting::Map)
    }

    fn is_wholly_known(&self) -> bool {
        self.values().all(T::is_wholly_known)
    }
}

impl AttributeValue for Value {
    fn attribute_type() -> AttributeType {
        AttributeType::Plain(Type::Dynamic)
    }

    fn is_wholly_known(&self) -> bool {
        Value::is_wholly_known(self)
    }
}

macro_rules! plain {
    ($($rust:ty => $type:expr, $validators:expr;)*) => {$(
        impl AttributeValue for $rust {
            fn attribute_type() -> AttributeType {
                AttributeType::Plain($type)
            }

            fn validators() -> Vec<Validator> {
                $validators
            }
        }
    )*};
}

plain! {
    String => Type::String, Vec::new();
    bool => Type::Bool, Vec::new();
    Number => Type::Number, Vec::new();
    f32 => Type::Number, Vec::new();
    f64 => Type::Number, Vec::new();
    i8 => Type::Number, vec![Validator::int64()];
    i16 => Type::Number, vec![Validator::int64()];
    i32 => Type::Number, vec![Validator::int64()];
    i64 => Type::Number, vec![Validator::int64()];
    isize => Type::Number, vec![Validator::int64()];
    u8 => Type::Number, vec![Validator::int64()];
    u16 => Type::Number, vec![Validator::int64()];
    u32 => Type::Number, vec![Validator::int64()];
    u64 => Type::Number, vec![Validator::int64()];
    usize => Type::Number, vec![Validator::int64()];
}

impl<M: Model> BlockValue for M {
    fn block(name: &str) -> Block {
        let mut block = Block::single(name);
        block.body = M::schema().body;
        block
    }
}

impl<T: BlockValue> BlockValue for Field<T> {
    fn block(name: &str) -> Block {
        T::block(name)
    }
}

impl<M: Model> BlockValue for Vec<M> {
    fn block(name: &str) -> Block {
        nested::<M>(name, BlockNesting::List)
    }
}

impl<M: Model> BlockValue for BTreeSet<M> {
    fn block(name: &str) -> Block {
        nested::<M>(name, BlockNesting::Set)
    }
}

impl<M: Model> BlockValue for BTreeMap<String, M> {
    fn block(name: &str) -> Block {
        nested::<M>(name, BlockNesting::Map)
    }
}

fn nested<M: Model>(name: &str, nesting: BlockNesting) -> Block {
    let mut block = M::block(name);
    block.nesting = nesting;
    block
}
