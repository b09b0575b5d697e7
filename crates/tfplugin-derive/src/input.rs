//! The struct that is to be a model, as it is written.

use syn::{
    Attribute, Data, DeriveInput, Error, Expr, Field, Fields, Ident, Meta, Result, Type,
    ext::IdentExt,
};

use crate::{
    doc,
    options::{self, Options},
};

/// A struct.
pub(crate) struct Input {
    pub(crate) name: Ident,
    /// Its doc comment.
    pub(crate) description: String,
    /// `#[model(..)]`.
    pub(crate) options: Options,
    pub(crate) members: Vec<Member>,
}

/// A field of the struct.
pub(crate) struct Member {
    pub(crate) ident: Ident,
    pub(crate) r#type: Type,
    /// Its doc comment.
    pub(crate) description: String,
    pub(crate) kind: Kind,
}

/// What a field is in the schema.
pub(crate) enum Kind {
    /// `#[attribute(..)]`.
    Attribute(Options),
    /// `#[attributes]`: those of another struct, some of which have another description here.
    Fragment(Vec<(Ident, Expr)>),
    /// `#[block]`.
    Block(Options),
}

impl Member {
    /// The name in configurations.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

impl Input {
    /// Reads a struct.
    ///
    /// # Errors
    /// At the first thing that cannot be, with what to write instead.
    pub(crate) fn new(input: &DeriveInput) -> Result<Self> {
        let at_struct = |message: &str| Error::new(input.ident.span(), message);
        let fields = match &input.data {
            Data::Struct(data) => &data.fields,
            Data::Enum(_) | Data::Union(_) => {
                return Err(at_struct("a model is a struct with named fields"));
            }
        };
        if matches!(fields, Fields::Unnamed(_)) {
            return Err(at_struct("a model is a struct with named fields"));
        }
        if !input.generics.params.is_empty() {
            return Err(at_struct("a model has no type parameters"));
        }
        let mut options = Options::default();
        for attribute in named(&input.attrs, "model") {
            options.read(attribute, options::MODEL)?;
        }
        Ok(Self {
            name: input.ident.clone(),
            description: doc::description(&input.attrs),
            options,
            members: fields.iter().map(Member::new).collect::<Result<_>>()?,
        })
    }

    /// Whether it is read and never written.
    pub(crate) fn is_config_only(&self) -> bool {
        self.options.get("config_only").is_some()
    }
}

impl Member {
    fn new(field: &Field) -> Result<Self> {
        let ident = field
            .ident
            .clone()
            .ok_or_else(|| Error::new_spanned(field, "a model is a struct with named fields"))?;
        Ok(Self {
            kind: kind(&ident, &field.attrs)?,
            r#type: field.ty.clone(),
            description: doc::description(&field.attrs),
            ident,
        })
    }
}

fn kind(ident: &Ident, attributes: &[Attribute]) -> Result<Kind> {
    let mut kinds = Vec::new();
    for attribute in named(attributes, "attribute") {
        let mut options = Options::default();
        options.read(attribute, options::ATTRIBUTE)?;
        check_attribute(attribute, &options)?;
        kinds.push((attribute, Kind::Attribute(options)));
    }
    for attribute in named(attributes, "attributes") {
        kinds.push((attribute, Kind::Fragment(descriptions(attribute)?)));
    }
    for attribute in named(attributes, "block") {
        let mut options = Options::default();
        options.read(attribute, options::BLOCK)?;
        kinds.push((attribute, Kind::Block(options)));
    }
    if let Some((second, _)) = kinds.get(1) {
        let message = "a field is one thing: write one of `#[attribute(..)]`, `#[attributes]` and `#[block]`, once";
        return Err(Error::new_spanned(second, message));
    }
    kinds.pop().map(|(_, kind)| kind).ok_or_else(|| {
        Error::new(
            ident.span(),
            "say what the field is: `#[attribute(optional)]` or the like, `#[attributes]` for those of another model, \
             or `#[block]`",
        )
    })
}

/// Refuses what contradicts itself, so that nobody has to start the provider to find out.
fn check_attribute(attribute: &Attribute, options: &Options) -> Result<()> {
    let is = |key: &str| options.get(key).is_some();
    if !is("required") && !is("optional") && !is("computed") {
        return Err(Error::new_spanned(
            attribute,
            "say who sets it: write `required`, `optional`, `computed`, or `optional, computed`",
        ));
    }
    if is("required") {
        options.refuse(
            &["optional", "computed", "default"],
            "what is required is set by the practitioner alone: remove this, or write `optional` in place of `required`",
        )?;
    }
    if is("write_only") {
        options.refuse(
            &["computed", "default"],
            "what is write-only is in no plan and no state: remove this, or `write_only`",
        )?;
    }
    if is("default") && !is("optional") {
        options.refuse(
            &["default"],
            "what has a default can be left out: add `optional`",
        )?;
    }
    Ok(())
}

/// `#[attributes]`, or `#[attributes(describe(name = "..", ..))]`.
fn descriptions(attribute: &Attribute) -> Result<Vec<(Ident, Expr)>> {
    let mut descriptions = Vec::new();
    if matches!(attribute.meta, Meta::Path(_)) {
        return Ok(descriptions);
    }
    attribute.parse_nested_meta(|meta| {
        if !meta.path.is_ident("describe") {
            return Err(meta.error("write `describe(NAME = \"..\")`, or nothing"));
        }
        meta.parse_nested_meta(|meta| {
            let name = meta.path.require_ident()?.clone();
            descriptions.push((name, meta.value()?.parse()?));
            Ok(())
        })
    })?;
    Ok(descriptions)
}

fn named<'a>(attributes: &'a [Attribute], name: &'a str) -> impl Iterator<Item = &'a Attribute> {
    attributes
        .iter()
        .filter(move |attribute| attribute.path().is_ident(name))
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[track_caller]
    fn assert_refused(input: &DeriveInput, message: &str) {
        let error = Input::new(input).err().expect("it is refused");
        assert!(error.to_string().contains(message), "{error}");
    }

    #[test]
    fn struct_with_all_kinds_of_fields_is_read() {
        let input: DeriveInput = parse_quote! {
            /// A note.
            #[model(version = 2, exactly_one_of = ["path", "database"])]
            struct Note {
                /// Where it is.
                #[attribute(required, requires_replace, validate = short(), validate = clean())]
                path: Field<String>,
                #[attributes(describe(host = "Where the database is."))]
                database: Database,
                #[block]
                r#type: Field<Kind>,
            }
        };
        let note = Input::new(&input).expect("it is a model");
        assert_eq!(note.description, "A note.");
        assert!(note.options.value("version").is_some());
        let names: Vec<_> = note.members.iter().map(Member::name).collect();
        assert_eq!(names, ["path", "database", "type"]);
        assert!(
            matches!(&note.members[0].kind, Kind::Attribute(options) if options.calls(&[]).count() == 4)
        );
        assert!(
            matches!(&note.members[1].kind, Kind::Fragment(descriptions) if descriptions.len() == 1)
        );
        assert!(matches!(&note.members[2].kind, Kind::Block(_)));
    }

    #[test]
    fn what_is_no_struct_with_named_fields_is_refused() {
        assert_refused(
            &parse_quote! { enum Note { A } },
            "a struct with named fields",
        );
        assert_refused(
            &parse_quote! { struct Note(String); },
            "a struct with named fields",
        );
        assert_refused(
            &parse_quote! { struct Note<T> { a: T } },
            "no type parameters",
        );
    }

    #[test]
    fn field_that_does_not_say_what_it_is_is_refused() {
        assert_refused(
            &parse_quote! { struct Note { a: Field<String> } },
            "say what the field is",
        );
        assert_refused(
            &parse_quote! { struct Note { #[attribute(optional)] #[block] a: Field<String> } },
            "a field is one thing",
        );
    }

    #[test]
    fn attribute_that_contradicts_itself_is_refused_with_what_to_write() {
        for (written, message) in [
            (parse_quote! { #[attribute] }, "say who sets it"),
            (parse_quote! { #[attribute(sensitive)] }, "say who sets it"),
            (
                parse_quote! { #[attribute(required, optional)] },
                "`optional` in place of `required`",
            ),
            (
                parse_quote! { #[attribute(required, default = 1)] },
                "`optional` in place of `required`",
            ),
            (
                parse_quote! { #[attribute(optional, write_only, default = 1)] },
                "remove this, or `write_only`",
            ),
            (
                parse_quote! { #[attribute(computed, default = 1)] },
                "add `optional`",
            ),
            (
                parse_quote! { #[attribute(requierd)] },
                "write one of required, optional",
            ),
            (
                parse_quote! { #[attribute(optional, optional)] },
                "`optional` is there twice",
            ),
            (
                parse_quote! { #[attribute(optional = true)] },
                "write `optional` alone",
            ),
            (
                parse_quote! { #[attribute(optional, default)] },
                "write `default = ..`",
            ),
            (
                parse_quote! { #[attributes(rename(a = "b"))] },
                "write `describe(NAME",
            ),
            (
                parse_quote! { #[block(optional)] },
                "write one of required, items",
            ),
        ] {
            let attribute: Attribute = written;
            assert_refused(
                &parse_quote! { struct Note { #attribute a: Field<String> } },
                message,
            );
        }
        assert_refused(
            &parse_quote! { #[model(rules = 1)] struct Note {} },
            "write one of config_only",
        );
    }
}
