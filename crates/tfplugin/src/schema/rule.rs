//! What must hold between the attributes of a block.

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    path::AttributePath,
    value::Value,
};

/// What must hold between attributes and nested blocks of one block.
///
/// Where one of several is chosen, a bool that is false is not: it says that something is off, as leaving it out
/// does.
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

    /// Whether a value counts as set.
    fn counts(&self, value: &Value) -> bool {
        let is_off = matches!(value, Value::Bool(false));
        match self.kind {
            Kind::ExactlyOne | Kind::AtMostOne => is_set(value) && !is_off,
            Kind::AllOrNone => is_set(value),
        }
    }

    /// Checks the values of a block that is at `path`.
    pub(crate) fn check(&self, block: &Value, path: &AttributePath) -> Diagnostics {
        let mut set = Vec::new();
        let mut unset = Vec::new();
        let mut unknown = false;
        for name in &self.names {
            match block.get(name) {
                Some(value) if value.is_unknown() => unknown = true,
                Some(value) if self.counts(value) => set.push(name.as_str()),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_broken(rule: &Rule, password: Value, iam_auth: Value) -> bool {
        let block = Value::object([("password", password), ("iam_auth", iam_auth)]);
        rule.check(&block, &AttributePath::default()).has_errors()
    }

    #[test]
    fn bool_that_is_false_is_not_chosen() {
        let names = ["password", "iam_auth"];
        let at_most_one = Rule::at_most_one_of(names);
        assert!(is_broken(&at_most_one, "p".into(), true.into()));
        assert!(!is_broken(&at_most_one, "p".into(), false.into()));
        let exactly_one = Rule::exactly_one_of(names);
        assert!(!is_broken(&exactly_one, "p".into(), false.into()));
        assert!(is_broken(&exactly_one, Value::Null, false.into()));
        let all_or_none = Rule::all_or_none_of(names);
        assert!(!is_broken(&all_or_none, "p".into(), false.into()));
    }
}
