//! Attributes: their types, who sets them, and how a change of them is planned.

use std::collections::BTreeMap;

use super::Validator;
use crate::value::{Type, Value};

/// An attribute.
///
/// Whoever builds one says with [`Attribute::required`], [`Attribute::optional`] or
/// [`Attribute::computed`] who sets it; the last two go together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attribute {
    /// The name: lower-case letters, digits and underscores.
    pub name: String,
    /// The type, or the attributes nested in it.
    pub r#type: AttributeType,
    /// The description, in Markdown.
    pub description: String,
    /// The practitioner must set it.
    pub required: bool,
    /// The practitioner may set it.
    pub optional: bool,
    /// The provider may set it. See [`Attribute::is_computed`] for what is on the wire.
    pub computed: bool,
    /// Terraform does not print it.
    pub sensitive: bool,
    /// It is in the configuration only; plans and states hold null.
    pub write_only: bool,
    /// What to use instead, when it should not be used any more.
    pub deprecated: Option<String>,
    /// What it is planned as when the configuration has null.
    pub default: Option<Value>,
    /// A change of it replaces the resource.
    pub requires_replace: bool,
    /// When it replaces: not while its planned value is unknown.
    pub stays_while_unknown: bool,
    /// When it is computed: it is planned as it was, instead of as unknown, unless it was null.
    pub use_prior_state: bool,
    /// The empty text is a value of its own, also where [`Schema::empty_is_null`](super::Schema::empty_is_null).
    pub keeps_empty: bool,
    /// What its values must satisfy.
    pub validators: Vec<Validator>,
}

/// The type of an attribute.
#[derive(Clone, Debug)]
pub enum AttributeType {
    /// A type whose parts have no behaviour of their own.
    Plain(Type),
    /// Attributes in an attribute, each with its own behaviour.
    Nested(Nesting, Vec<Attribute>),
}

/// How many objects of nested attributes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One.
    Single,
    /// Many, in order.
    List,
    /// Many, without order or duplicates.
    Set,
    /// Many, by key.
    Map,
}

impl Nesting {
    /// The type of so many values of a type.
    pub(crate) fn of(self, object: Type) -> Type {
        match self {
            Self::Single => object,
            Self::List => Type::list(object),
            Self::Set => Type::set(object),
            Self::Map => Type::map(object),
        }
    }
}

impl Attribute {
    /// An attribute of any type.
    pub fn new(name: impl Into<String>, r#type: Type) -> Self {
        Self::with_type(name.into(), AttributeType::Plain(r#type))
    }

    /// A string.
    pub fn string(name: impl Into<String>) -> Self {
        Self::new(name, Type::String)
    }

    /// A bool.
    pub fn bool(name: impl Into<String>) -> Self {
        Self::new(name, Type::Bool)
    }

    /// A number without a fraction that fits 64 bits.
    pub fn int64(name: impl Into<String>) -> Self {
        Self::new(name, Type::Number).validate(Validator::int64())
    }

    /// A number of any size and precision.
    pub fn number(name: impl Into<String>) -> Self {
        Self::new(name, Type::Number)
    }

    /// A list of elements of a type.
    pub fn list(name: impl Into<String>, element: Type) -> Self {
        Self::new(name, Type::list(element))
    }

    /// A set of elements of a type.
    pub fn set(name: impl Into<String>, element: Type) -> Self {
        Self::new(name, Type::set(element))
    }

    /// A map to elements of a type.
    pub fn map(name: impl Into<String>, element: Type) -> Self {
        Self::new(name, Type::map(element))
    }

    /// One object of nested attributes.
    pub fn nested_single(
        name: impl Into<String>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        Self::nested(name, Nesting::Single, attributes)
    }

    /// A list of objects of nested attributes.
    pub fn nested_list(
        name: impl Into<String>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        Self::nested(name, Nesting::List, attributes)
    }

    /// A set of objects of nested attributes. None of them may be write-only.
    pub fn nested_set(
        name: impl Into<String>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        Self::nested(name, Nesting::Set, attributes)
    }

    /// A map to objects of nested attributes.
    pub fn nested_map(
        name: impl Into<String>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        Self::nested(name, Nesting::Map, attributes)
    }

    fn nested(
        name: impl Into<String>,
        nesting: Nesting,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        let attributes = attributes.into_iter().collect();
        Self::with_type(name.into(), AttributeType::Nested(nesting, attributes))
    }

    pub(crate) fn with_type(name: String, r#type: AttributeType) -> Self {
        Self {
            name,
            r#type,
            description: String::new(),
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            write_only: false,
            deprecated: None,
            default: None,
            requires_replace: false,
            stays_while_unknown: false,
            use_prior_state: false,
            keeps_empty: false,
            validators: Vec::new(),
        }
    }

    /// The practitioner must set it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The practitioner may set it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The provider sets it; with [`Attribute::optional`], when the practitioner does not.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.computed = true;
        self
    }

    /// What it is planned as when the configuration has null.
    ///
    /// To Terraform the attribute is then computed as well as optional.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(match (value.into(), self.value_type()) {
            (Value::List(elements), Type::Set(_)) => Value::Set(elements),
            (value, _) => value,
        });
        self
    }

    /// Terraform does not print it. The state still holds it.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// It is in the configuration only; plans and states hold null. Needs Terraform 1.11 or
    /// OpenTofu 1.11.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Warns whoever sets it, with the message saying what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.deprecated = Some(message.into());
        self
    }

    /// The description, in Markdown.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Self {
        self.description = markdown.into();
        self
    }

    /// A change of it replaces the resource. So does a value that is not known yet, as it may be another
    /// one; see [`Attribute::requires_replace_once_known`].
    #[must_use]
    pub fn requires_replace(mut self) -> Self {
        self.requires_replace = true;
        self
    }

    /// A change of it replaces the resource, but a value that is not known yet is planned as an update: it
    /// may well be the same one, as in a module with `depends_on`.
    ///
    /// When it turns out to be another one, nothing is changed: the CLI plans each change once more when
    /// it applies it, finds a replacement where an update was planned, and ends with an error.
    /// [`crate::Resource::update`] should refuse it too, and [`crate::Resource::plan`] may warn of it.
    #[must_use]
    pub fn requires_replace_once_known(mut self) -> Self {
        self.requires_replace = true;
        self.stays_while_unknown = true;
        self
    }

    /// When it is computed: it is planned as it was, instead of as unknown, unless it was null.
    #[must_use]
    pub fn use_prior_state(mut self) -> Self {
        self.use_prior_state = true;
        self
    }

    /// The empty text is a value of its own, also where [`Schema::empty_is_null`](super::Schema::empty_is_null).
    #[must_use]
    pub fn keeps_empty(mut self) -> Self {
        self.keeps_empty = true;
        self
    }

    /// What its values must satisfy; several validators must all be satisfied.
    #[must_use]
    pub fn validate(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Whether it is computed as far as Terraform knows: that is also what has a default.
    pub fn is_computed(&self) -> bool {
        self.computed || self.default.is_some()
    }

    /// The type of its values.
    pub fn value_type(&self) -> Type {
        match &self.r#type {
            AttributeType::Plain(r#type) => r#type.clone(),
            AttributeType::Nested(nesting, attributes) => nesting.of(object_type(attributes)),
        }
    }
}

/// The type of an object of attributes.
pub(crate) fn object_type(attributes: &[Attribute]) -> Type {
    let types: BTreeMap<_, _> = attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), attribute.value_type()))
        .collect();
    Type::Object(types)
}
