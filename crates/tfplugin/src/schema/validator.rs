//! What the value of one attribute must satisfy.

use std::{
    fmt,
    ops::RangeInclusive,
    sync::{Arc, OnceLock},
};

use regex::Regex;

use crate::value::{Number, Value};

/// What a known value must satisfy. Null and unknown values are not looked at.
///
/// On a list, a set or a map, [`Validator::each`] looks at the elements; [`Validator::length`]
/// looks at the number of elements, and for a string at the number of characters.
#[derive(Clone)]
pub struct Validator(Check);

#[derive(Clone)]
enum Check {
    Int64,
    OneOf(Vec<Value>),
    Length(RangeInclusive<usize>),
    Between(Number, Number),
    Matches(Pattern, String),
    Each(Box<Validator>),
    Custom(Custom),
}

/// A regular expression that is compiled when a value is first held against it: few processes of a
/// provider see a value for each, and a schema is made before the handshake of all of them.
#[derive(Clone)]
struct Pattern {
    text: String,
    regex: Arc<OnceLock<Regex>>,
}

impl Pattern {
    fn is_match(&self, value: &str) -> bool {
        let compile = || self.compile().unwrap_or_else(|problem| panic!("{problem}"));
        self.regex.get_or_init(compile).is_match(value)
    }

    fn compile(&self) -> Result<Regex, String> {
        Regex::new(&self.text).map_err(|error| {
            format!(
                "the pattern {:?} is no regular expression: {error}",
                self.text
            )
        })
    }
}

type Custom = Arc<dyn Fn(&Value) -> Result<(), String> + Send + Sync>;

impl Validator {
    /// The value is one of these.
    pub fn one_of<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        Self(Check::OneOf(values.into_iter().map(Into::into).collect()))
    }

    /// The string has so many characters, or the collection so many elements.
    pub fn length(range: RangeInclusive<usize>) -> Self {
        Self(Check::Length(range))
    }

    /// The number is between these two, or one of them.
    pub fn between(lowest: impl Into<Number>, highest: impl Into<Number>) -> Self {
        Self(Check::Between(lowest.into(), highest.into()))
    }

    /// The string matches the regular expression somewhere; `expectation` completes the
    /// sentence "The value must ...". A pattern with `^` and `$` matches the whole string.
    ///
    /// # Panics
    /// When a value is held against a pattern that is no regular expression, which is a mistake in the schema:
    /// its problems name it.
    pub fn matches(pattern: impl Into<String>, expectation: impl Into<String>) -> Self {
        let pattern = Pattern {
            text: pattern.into(),
            regex: Arc::default(),
        };
        Self(Check::Matches(pattern, expectation.into()))
    }

    /// Every element of the collection satisfies the validator.
    pub fn each(validator: Validator) -> Self {
        Self(Check::Each(Box::new(validator)))
    }

    /// The function accepts the value; its error completes the sentence "The value ...".
    pub fn custom(check: impl Fn(&Value) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Check::Custom(Arc::new(check)))
    }

    /// The number has no fraction and fits 64 bits.
    pub(crate) fn int64() -> Self {
        Self(Check::Int64)
    }

    /// Checks a value. The error completes the sentence "The value ..." and does not hold it:
    /// the value may be secret.
    ///
    /// # Errors
    /// When the value is known and does not satisfy the validator.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        if let Value::Dynamic { value, .. } = value {
            return self.check(value);
        }
        if value.is_null() || value.is_unknown() {
            return Ok(());
        }
        let accepted = match &self.0 {
            Check::Int64 => value
                .as_number()
                .is_some_and(|number| number.as_i64().is_some()),
            Check::OneOf(values) => values.contains(value),
            Check::Length(range) => length(value).is_some_and(|length| range.contains(&length)),
            Check::Between(lowest, highest) => value
                .as_number()
                .is_some_and(|number| lowest <= number && number <= highest),
            Check::Matches(pattern, _) => value.as_str().is_some_and(|text| pattern.is_match(text)),
            Check::Each(validator) => return check_each(validator, value),
            Check::Custom(check) => return check(value),
        };
        if accepted {
            Ok(())
        } else {
            Err(format!("must {}", self.expectation(value)))
        }
    }

    /// What is wrong with the validator itself; `None` when all is well.
    pub(super) fn problem(&self) -> Option<String> {
        match &self.0 {
            Check::Matches(pattern, _) => pattern.compile().err(),
            Check::Each(validator) => validator.problem(),
            _ => None,
        }
    }

    fn expectation(&self, value: &Value) -> String {
        match &self.0 {
            Check::Int64 => "be a whole number that fits 64 bits".to_owned(),
            Check::OneOf(values) => {
                let values: Vec<String> = values.iter().map(literal).collect();
                format!("be one of {}", values.join(", "))
            }
            Check::Length(range) => {
                let unit = match value {
                    Value::String(_) => "characters",
                    _ => "elements",
                };
                format!("have {} to {} {unit}", range.start(), range.end())
            }
            Check::Between(lowest, highest) => format!("be between {lowest} and {highest}"),
            Check::Matches(_, expectation) => expectation.clone(),
            Check::Each(_) | Check::Custom(_) => "be acceptable".to_owned(),
        }
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.0 {
            Check::Int64 => "int64",
            Check::OneOf(_) => "one_of",
            Check::Length(_) => "length",
            Check::Between(..) => "between",
            Check::Matches(..) => "matches",
            Check::Each(_) => "each",
            Check::Custom(_) => "custom",
        };
        write!(f, "Validator::{name}")
    }
}

fn check_each(validator: &Validator, collection: &Value) -> Result<(), String> {
    let in_element = |error: String| format!("has an element that {error}");
    match collection {
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => elements
            .iter()
            .try_for_each(|element| validator.check(element).map_err(in_element)),
        Value::Map(elements) => elements
            .values()
            .try_for_each(|element| validator.check(element).map_err(in_element)),
        value => validator.check(value),
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            Some(elements.len())
        }
        Value::Map(elements) => Some(elements.len()),
        _ => None,
    }
}

/// A value of the closed set, as it is written in a configuration.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        value => value.kind().to_owned(),
    }
}
