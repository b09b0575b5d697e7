//! The implementations that a model gets.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, Ident, spanned::Spanned};

use crate::{
    input::{Input, Kind, Member},
    options::Choice,
};

/// All implementations for a struct.
pub(crate) fn model(input: &Input) -> TokenStream {
    let behaviour = behaviour(input);
    let decode = decode(input);
    let encode = (!input.is_config_only()).then(|| encode(input));
    quote! {
        #[allow(clippy::all)]
        const _: () = {
            use ::tfplugin::model::codec as __codec;
            #behaviour
            #decode
            #encode
        };
    }
}

/// `tfplugin::Model`.
fn behaviour(input: &Input) -> TokenStream {
    let name = &input.name;
    let names = input.members.iter().filter_map(|member| match member.kind {
        Kind::Fragment(_) => None,
        Kind::Attribute(_) | Kind::Block(_) => Some(member.name()),
    });
    let version = match input.options.value("version") {
        Some(version) => quote! { #version },
        None => quote! { 0 },
    };
    let description = described(&input.description);
    let calls = input.options.calls(&["config_only", "version"]).map(call);
    let parts = input.members.iter().map(part);
    let checks = input.members.iter().flat_map(checks);
    let defaults = input.members.iter().map(default);
    let known: Vec<_> = input.members.iter().map(is_wholly_known).collect();
    let is_wholly_known = match known.is_empty() {
        true => quote! { true },
        false => quote! { #(#known)&&* },
    };
    quote! {
        #[automatically_derived]
        impl ::tfplugin::Model for #name {
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn schema() -> ::tfplugin::schema::Schema {
                ::tfplugin::schema::Schema::new(#version) #description #(#parts)* #(#calls)*
            }

            fn defaults() -> Self {
                Self { #(#defaults),* }
            }

            fn is_wholly_known(&self) -> bool {
                #is_wholly_known
            }
        }

        #(#checks)*
    }
}

/// What a field adds to the schema.
fn part(member: &Member) -> TokenStream {
    let Member { r#type, kind, .. } = member;
    let name = member.name();
    let description = described(&member.description);
    match kind {
        Kind::Attribute(options) => {
            let calls = options.calls(&[]).map(call);
            quote! {
                .attribute(::tfplugin::schema::Attribute::of::<#r#type>(#name) #description #(#calls)*)
            }
        }
        Kind::Fragment(descriptions) => {
            let descriptions = descriptions.iter().map(|(name, text)| {
                let name = name.to_string();
                quote! { (#name, ::std::string::String::from(#text)) }
            });
            quote! {
                .fragment(<#r#type as ::tfplugin::Model>::schema(), [#(#descriptions),*])
            }
        }
        Kind::Block(options) => {
            let calls = options.calls(&["schema"]).map(call);
            let block = match options.value("schema") {
                Some(block) => quote! { #block },
                None => quote! { <#r#type as ::tfplugin::model::BlockValue>::block(#name) },
            };
            quote! { .block(#block #description #(#calls)*) }
        }
    }
}

/// That the attributes which are described anew are in the fragment.
fn checks(member: &Member) -> Vec<TokenStream> {
    let Kind::Fragment(descriptions) = &member.kind else {
        return Vec::new();
    };
    let r#type = &member.r#type;
    let check = |(ident, _): &(Ident, Expr)| {
        let name = ident.to_string();
        let message = format!("the model whose attributes these are has no `{name}`");
        quote_spanned! { ident.span() =>
            const _: () = ::core::assert!(
                ::tfplugin::model::has_name(<#r#type as ::tfplugin::Model>::NAMES, #name),
                #message
            );
        }
    };
    descriptions.iter().map(check).collect()
}

/// Whether the field is wholly known.
fn is_wholly_known(member: &Member) -> TokenStream {
    let Member { ident, r#type, .. } = member;
    let of = match member.kind {
        Kind::Fragment(_) => quote! { ::tfplugin::Model },
        Kind::Attribute(_) | Kind::Block(_) => quote! { ::tfplugin::model::AttributeValue },
    };
    quote! { <#r#type as #of>::is_wholly_known(&self.#ident) }
}

/// The field at its default.
fn default(member: &Member) -> TokenStream {
    let Member {
        ident,
        r#type,
        kind,
        ..
    } = member;
    let value = match kind {
        Kind::Fragment(_) => quote! { <#r#type as ::tfplugin::Model>::defaults() },
        Kind::Attribute(options) => match options.value("default") {
            Some(value) => quote! { <#r#type as ::core::convert::From<_>>::from(#value) },
            None => quote! { ::core::default::Default::default() },
        },
        Kind::Block(_) => quote! { ::core::default::Default::default() },
    };
    quote! { #ident: #value }
}

/// `Deserialize`, and what a struct needs that has this one as a fragment.
fn decode(input: &Input) -> TokenStream {
    let name = &input.name;
    let mut partial = Vec::new();
    let mut arms = Vec::new();
    let mut fragments = Vec::new();
    let mut fields = Vec::new();
    for member in &input.members {
        let Member { ident, r#type, .. } = member;
        if let Kind::Fragment(_) = member.kind {
            partial.push(quote! { #ident: <#r#type as __codec::Decode>::Partial });
            fragments.push(quote! {
                <#r#type as __codec::Decode>::accept(&mut partial.#ident, name, map)?
            });
            fields.push(quote! { #ident: <#r#type as __codec::Decode>::finish(partial.#ident)? });
            continue;
        }
        let name = member.name();
        partial.push(quote! { #ident: ::core::option::Option<#r#type> });
        arms.push(quote! {
            #name => partial.#ident = ::core::option::Option::Some(__codec::MapAccess::next_value(map)?),
        });
        fields.push(quote! { #ident: __codec::field(partial.#ident, #name)? });
    }
    let elsewhere = match fragments.is_empty() {
        true => quote! { false },
        false => quote! { #(#fragments)||* },
    };
    quote! {
        #[derive(::core::default::Default)]
        pub struct __Partial { #(#partial),* }

        #[automatically_derived]
        impl __codec::Decode for #name {
            type Partial = __Partial;

            #[allow(unreachable_code, unused_variables)]
            fn accept<'de, A: __codec::MapAccess<'de>>(
                partial: &mut __Partial,
                name: &str,
                map: &mut A,
            ) -> ::core::result::Result<bool, A::Error> {
                match name {
                    #(#arms)*
                    _ => return ::core::result::Result::Ok(#elsewhere),
                }
                ::core::result::Result::Ok(true)
            }

            #[allow(unused_variables)]
            fn finish<E: __codec::Error>(partial: __Partial) -> ::core::result::Result<Self, E> {
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
        }

        #[automatically_derived]
        impl<'de> __codec::Deserialize<'de> for #name {
            fn deserialize<D: __codec::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                __codec::deserialize(deserializer)
            }
        }
    }
}

/// `Serialize`, likewise. What is write-only is null.
fn encode(input: &Input) -> TokenStream {
    let name = &input.name;
    let mut lengths = Vec::new();
    let mut writes = Vec::new();
    for member in &input.members {
        let Member { ident, r#type, .. } = member;
        let name = member.name();
        let value = match &member.kind {
            Kind::Fragment(_) => {
                lengths.push(quote! { <#r#type as __codec::Encode>::LENGTH });
                writes.push(quote! { __codec::Encode::write(&self.#ident, out)?; });
                continue;
            }
            Kind::Attribute(options) if options.get("write_only").is_some() => {
                quote_spanned! { ident.span() => &::tfplugin::Field::<()>::Null }
            }
            Kind::Attribute(_) | Kind::Block(_) => {
                quote_spanned! { r#type.span() => &self.#ident }
            }
        };
        lengths.push(quote! { 1 });
        writes.push(quote! { __codec::SerializeStruct::serialize_field(out, #name, #value)?; });
    }
    let text = name.to_string();
    quote! {
        #[automatically_derived]
        impl __codec::Encode for #name {
            const LENGTH: usize = 0 #(+ #lengths)*;

            #[allow(unused_variables)]
            fn write<S: __codec::SerializeStruct>(
                &self,
                out: &mut S,
            ) -> ::core::result::Result<(), S::Error> {
                #(#writes)*
                ::core::result::Result::Ok(())
            }
        }

        #[automatically_derived]
        impl __codec::Serialize for #name {
            fn serialize<S: __codec::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                __codec::serialize(#text, self, serializer)
            }
        }
    }
}

/// The call of the builder that a key stands for.
fn call(Choice { key, value }: &Choice) -> TokenStream {
    quote_spanned! { key.span() => .#key(#value) }
}

fn described(description: &str) -> Option<TokenStream> {
    (!description.is_empty()).then(|| quote! { .description(#description) })
}
