//! `#[derive(Model)]` of the crate `tfplugin`, which has its documentation and re-exports it.
//!
//! `input` reads a struct and its attributes, whose grammar is in `options`; `expand` writes the
//! implementations.

mod doc;
mod expand;
mod input;
mod options;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a model: its codec, its schema, its defaults, and whether anything in it is unknown. See
/// `tfplugin::model`.
#[proc_macro_derive(Model, attributes(model, attribute, attributes, block))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    input::Input::new(&input)
        .map(|input| expand::model(&input))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
