//! What can be written in the attributes of a model, as in `#[attribute(optional, default = "auto")]`.

use syn::{Attribute, Error, Expr, Ident, Meta, Result, meta::ParseNestedMeta};

/// A key of an attribute. Most are named after the method of the builder that they call.
pub(crate) struct Key {
    name: &'static str,
    has_value: bool,
    repeats: bool,
}

const fn flag(name: &'static str) -> Key {
    Key {
        name,
        has_value: false,
        repeats: false,
    }
}

const fn value(name: &'static str) -> Key {
    Key {
        name,
        has_value: true,
        repeats: false,
    }
}

const fn repeated(name: &'static str) -> Key {
    Key {
        name,
        has_value: true,
        repeats: true,
    }
}

/// The keys of `#[attribute(..)]` on a field.
pub(crate) const ATTRIBUTE: &[Key] = &[
    flag("required"),
    flag("optional"),
    flag("computed"),
    flag("sensitive"),
    flag("write_only"),
    flag("requires_replace"),
    flag("requires_replace_once_known"),
    flag("use_prior_state"),
    flag("keeps_empty"),
    value("default"),
    repeated("validate"),
    value("deprecated"),
    value("description"),
];

/// The keys of `#[block(..)]` on a field.
pub(crate) const BLOCK: &[Key] = &[
    flag("required"),
    value("items"),
    value("schema"),
    value("deprecated"),
    value("description"),
];

/// The keys of `#[model(..)]` on a struct.
pub(crate) const MODEL: &[Key] = &[
    flag("config_only"),
    flag("empty_is_null"),
    value("version"),
    repeated("exactly_one_of"),
    repeated("at_most_one_of"),
    repeated("all_or_none_of"),
    value("deprecated"),
    value("description"),
];

/// What is written in an attribute.
#[derive(Default)]
pub(crate) struct Options(Vec<Choice>);

/// A key that is written, with its value where it has one.
pub(crate) struct Choice {
    pub(crate) key: Ident,
    pub(crate) value: Option<Expr>,
}

impl Options {
    /// Reads an attribute with or without parentheses.
    ///
    /// # Errors
    /// At a key that is not one of these, that is there twice, or whose value is missing or too much.
    pub(crate) fn read(&mut self, attribute: &Attribute, keys: &[Key]) -> Result<()> {
        if matches!(attribute.meta, Meta::Path(_)) {
            return Ok(());
        }
        attribute.parse_nested_meta(|meta| self.push(&meta, keys))
    }

    fn push(&mut self, meta: &ParseNestedMeta<'_>, keys: &[Key]) -> Result<()> {
        let known = |ident: &&Ident| keys.iter().any(|key| *ident == key.name);
        let Some(ident) = meta.path.get_ident().filter(known) else {
            let names: Vec<_> = keys.iter().map(|key| key.name).collect();
            return Err(meta.error(format!(
                "there is no such key here; write one of {}",
                names.join(", ")
            )));
        };
        let has =
            |question: fn(&Key) -> bool| keys.iter().any(|key| ident == key.name && question(key));
        if self.get(&ident.to_string()).is_some() && !has(|key| key.repeats) {
            return Err(meta.error(format!("`{ident}` is there twice")));
        }
        let is_given = meta.input.peek(syn::Token![=]);
        let value = match (has(|key| key.has_value), is_given) {
            (true, true) => Some(meta.value()?.parse()?),
            (false, false) => None,
            (true, false) => {
                return Err(meta.error(format!("write `{ident} = ..`, with a Rust expression")));
            }
            (false, true) => {
                return Err(meta.error(format!("write `{ident}` alone; it has no value")));
            }
        };
        self.0.push(Choice {
            key: ident.clone(),
            value,
        });
        Ok(())
    }

    /// The first choice of that key.
    pub(crate) fn get(&self, key: &str) -> Option<&Choice> {
        self.0.iter().find(|choice| choice.key == key)
    }

    /// The value of that key.
    pub(crate) fn value(&self, key: &str) -> Option<&Expr> {
        self.get(key)?.value.as_ref()
    }

    /// The choices that are calls of a builder: all but those of these keys.
    pub(crate) fn calls<'a>(&'a self, without: &'a [&str]) -> impl Iterator<Item = &'a Choice> {
        let is_call = move |choice: &&Choice| !without.iter().any(|key| choice.key == key);
        self.0.iter().filter(is_call)
    }

    /// An error at the first of these keys that is there.
    pub(crate) fn refuse(&self, keys: &[&str], message: &str) -> Result<()> {
        match keys.iter().find_map(|key| self.get(key)) {
            Some(choice) => Err(Error::new(choice.key.span(), message)),
            None => Ok(()),
        }
    }
}
