//! What must hold between the attributes of a block.

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    path::AttributePath,
    value::Value,
};

/// What must hold between attributes and nested blocks of one block.
///
/// An unknown value may turn out to be null or not, so that a rule only speaks when it is broken
/// either way.
#[derive(Clone, Debug)]
pub struct Rule {
    kind: Kind,
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    ExactlyOne,
    AtMostOne,
    AllOrNone,
}

impl Rule {
    /// Exactly one must be set.
    pub fn exactly_one_of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::new(Kind::ExactlyOne, names)
    }

    /// At most one may be set.
    pub fn at_most_one_of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::new(Kind::AtMostOne, names)
    }

    /// All must be set, or none.
    pub fn all_or_none_of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::new(Kind::AllOrNone, names)
    }

    fn new<S: Into<String>>(kind: Kind, names: impl IntoIterator<Item = S>) -> Self {
        Self {
            kind,
            names: names.into_iter().map(Into::into).collect(),
        }
    }

    /// The names that the rule speaks of.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Checks the values of a block that is at `path`.
    pub(crate) fn check(&self, block: &Value, path: &AttributePath) -> Diagnostics {
        let mut set = Vec::new();
        let mut unset = Vec::new();
        let mut unknown = false;
        for name in &self.names {
            match block.get(name) {
                Some(value) if value.is_unknown() => unknown = true,
                Some(value) if is_set(value) => set.push(name.as_str()),
                _ => unset.push(name.as_str()),
            }
        }
        let list = listing(&self.names);
        let place = if path.steps().is_empty() {
            String::new()
        } else {
            format!(" in {path}")
        };
        let broken = |summary: &str, detail: String, at: Option<&str>| {
            let diagnostic = Diagnostic::error(summary, detail);
            Diagnostics::from(match at {
                Some(name) => diagnostic.at(path.clone().attribute(name)),
                None if path.steps().is_empty() => diagnostic,
                None => diagnostic.at(path.clone()),
            })
        };
        match self.kind {
            Kind::ExactlyOne | Kind::AtMostOne if set.len() > 1 => broken(
                "Invalid Attribute Combination",
                format!(
                    "At most one of {list} can be set{place}, but {} are.",
                    listing(&set)
                ),
                set.get(1).copied(),
            ),
            Kind::ExactlyOne if set.is_empty() && !unknown => broken(
                "Missing Attribute",
                format!("One of {list} must be set{place}."),
                None,
            ),
            Kind::AllOrNone if !set.is_empty() && !unset.is_empty() => broken(
                "Invalid Attribute Combination",
                format!(
                    "{list} must be set together{place}: {} set, {} not.",
                    listing(&set),
                    listing(&unset)
                ),
                set.first().copied(),
            ),
            Kind::ExactlyOne | Kind::AtMostOne | Kind::AllOrNone => Diagnostics::new(),
        }
    }
}

/// Whether a value is set. Blocks that are not written are empty collections.
fn is_set(value: &Value) -> bool {
    match value {
        Value::List(elements) | Value::Set(elements) => !elements.is_empty(),
        Value::Map(elements) => !elements.is_empty(),
        value => !value.is_null(),
    }
}

/// The names in a sentence.
fn listing<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    match quoted.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
