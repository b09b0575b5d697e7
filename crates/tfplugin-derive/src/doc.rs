//! Doc comments as descriptions.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the doc comment in Markdown: the lines of a paragraph in one line, paragraphs with an empty
/// line between them. Empty without a comment.
pub(crate) fn description(attributes: &[Attribute]) -> String {
    let mut paragraphs: Vec<Vec<String>> = vec![Vec::new()];
    for line in attributes.iter().filter_map(text) {
        for line in line.split('\n').map(str::trim) {
            match paragraphs.last_mut() {
                Some(paragraph) if !line.is_empty() => paragraph.push(line.to_owned()),
                _ => paragraphs.push(Vec::new()),
            }
        }
    }
    let paragraphs: Vec<String> = paragraphs
        .iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| lines.join(" "))
        .collect();
    paragraphs.join("\n\n")
}

/// What one `///`, or one `#[doc = ".."]`, says.
fn text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::{ItemStruct, parse_quote};

    use super::*;

    #[test]
    fn lines_of_a_paragraph_are_joined_and_paragraphs_are_kept_apart() {
        let item: ItemStruct = parse_quote! {
            /// Name of the role,
            /// as PostgreSQL has it.
            ///
            /// A change replaces it.
            struct Name;
        };
        let expected = "Name of the role, as PostgreSQL has it.\n\nA change replaces it.";
        assert_eq!(description(&item.attrs), expected);
    }

    #[test]
    fn description_without_a_doc_comment_is_empty() {
        let item: ItemStruct = parse_quote! { #[derive(Clone)] struct Name; };
        assert_eq!(description(&item.attrs), "");
    }
}
