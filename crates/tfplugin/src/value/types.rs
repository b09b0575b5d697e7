//! Types of values, and the JSON in which types travel.

use std::{collections::BTreeMap, fmt};

use serde_json::Value as Json;

use super::MAX_DEPTH;

/// A type of Terraform's type system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// Text.
    String,
    /// A number of any size and precision.
    Number,
    /// Any type: the value says which one it has.
    Dynamic,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Elements of one type, without order or duplicates.
    Set(Box<Type>),
    /// Elements of one type by key.
    Map(Box<Type>),
    /// Attributes by name.
    Object(BTreeMap<String, Type>),
    /// Elements of several types, in order.
    Tuple(Vec<Type>),
}

impl Type {
    /// The list of elements of a type.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// The set of elements of a type.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// The map to elements of a type.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// The object of the given attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(
            attributes
                .into_iter()
                .map(|(name, r#type)| (name.into(), r#type))
                .collect(),
        )
    }

    /// The signature, such as `["list","string"]`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => "bool".into(),
            Self::String => "string".into(),
            Self::Number => "number".into(),
            Self::Dynamic => "dynamic".into(),
            Self::List(element) => Json::Array(vec!["list".into(), element.to_json()]),
            Self::Set(element) => Json::Array(vec!["set".into(), element.to_json()]),
            Self::Map(element) => Json::Array(vec!["map".into(), element.to_json()]),
            Self::Object(attributes) => Json::Array(vec![
                "object".into(),
                attributes
                    .iter()
                    .map(|(name, r#type)| (name.clone(), r#type.to_json()))
                    .collect::<serde_json::Map<_, _>>()
                    .into(),
            ]),
            Self::Tuple(elements) => Json::Array(vec![
                "tuple".into(),
                elements
                    .iter()
                    .map(Self::to_json)
                    .collect::<Vec<_>>()
                    .into(),
            ]),
        }
    }

    /// The signature as the bytes that travel.
    pub fn signature(&self) -> Vec<u8> {
        self.to_json().to_string().into_bytes()
    }

    /// Reads a signature. The optional attributes that an object may name are ignored: they say
    /// how a configuration is converted, not what its values look like.
    ///
    /// # Errors
    /// When the bytes are no signature, or nest deeper than 100 levels.
    pub fn from_signature(signature: &[u8]) -> Result<Self, super::Error> {
        serde_json::from_slice(signature)
            .ok()
            .and_then(|json| Self::from_json(&json, MAX_DEPTH))
            .ok_or_else(|| super::Error::new("has a type that cannot be read"))
    }

    fn from_json(json: &Json, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        if let Some(name) = json.as_str() {
            return match name {
                "bool" => Some(Self::Bool),
                "string" => Some(Self::String),
                "number" => Some(Self::Number),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            };
        }
        match json.as_array()?.as_slice() {
            [constructor, argument] => match constructor.as_str()? {
                "list" => Self::from_json(argument, depth).map(Self::list),
                "set" => Self::from_json(argument, depth).map(Self::set),
                "map" => Self::from_json(argument, depth).map(Self::map),
                "object" => Self::object_from_json(argument, depth),
                "tuple" => argument
                    .as_array()?
                    .iter()
                    .map(|element| Self::from_json(element, depth))
                    .collect::<Option<_>>()
                    .map(Self::Tuple),
                _ => None,
            },
            [constructor, attributes, Json::Array(_)] if constructor == "object" => {
                Self::object_from_json(attributes, depth)
            }
            _ => None,
        }
    }

    fn object_from_json(attributes: &Json, depth: usize) -> Option<Self> {
        attributes
            .as_object()?
            .iter()
            .map(|(name, r#type)| Some((name.clone(), Self::from_json(r#type, depth)?)))
            .collect::<Option<_>>()
            .map(Self::Object)
    }

    /// Whether the type is dynamic or has a dynamic part.
    pub(crate) fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::String | Self::Number => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
        }
    }
}

impl fmt::Display for Type {
    /// The type as a practitioner writes it, such as `list(string)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Dynamic => f.write_str("any"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Object(attributes) => {
                f.write_str("object({")?;
                for (position, (name, r#type)) in attributes.iter().enumerate() {
                    let separator = if position == 0 { "" } else { ", " };
                    write!(f, "{separator}{name} = {type}")?;
                }
                f.write_str("})")
            }
            Self::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (position, r#type) in elements.iter().enumerate() {
                    let separator = if position == 0 { "" } else { ", " };
                    write!(f, "{separator}{type}")?;
                }
                f.write_str("])")
            }
        }
    }
}
