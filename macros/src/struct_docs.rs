//! The plan in the documentation of the struct, which an editor shows on hover.
//!
//! The attribute writes it, since a derive cannot change the struct. It sees the struct before `cfg`s remove fields: each
//! line has the `cfg`s of its field.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, DeriveInput, Field, Meta};

use crate::ast::Group;
use crate::check::Checked;
use crate::errors::Errors;
use crate::plan_docs;

/// Returns the struct with the plan after its own documentation. With a mistake in it, it stays as it is.
pub(crate) fn with_plan(dressed: TokenStream) -> TokenStream {
    let Some(docs) = docs(&dressed) else { return dressed };
    let tokens: Vec<TokenTree> = dressed.into_iter().collect();
    let mut head = 0;
    while let Some([TokenTree::Punct(hash), TokenTree::Group(group)]) = tokens.get(head..head + 2)
        && hash.as_char() == '#'
        && group.delimiter() == Delimiter::Bracket
    {
        head += 2;
    }
    let (attributes, item) = tokens.split_at(head);
    quote!(#(#attributes)* #docs #(#item)*)
}

fn docs(dressed: &TokenStream) -> Option<TokenStream> {
    let input: DeriveInput = syn::parse2(dressed.clone()).ok()?;
    let mut errors = Errors::new();
    let group = Group::read(&input, &mut errors);
    let checked = Checked::new(&group, &mut errors);
    if errors.finish().is_some() || !group.has_sound_fields || group.services().next().is_none() {
        return None;
    }
    let has_docs = input.attrs.iter().any(|attribute| attribute.path().is_ident("doc"));
    let blank = has_docs.then(|| quote!(#[doc = ""]));
    let introduction = format!("The plan: {}", plan_docs::introduction(&group));
    let fields: Vec<&Field> = match &input.data {
        syn::Data::Struct(data) => data.fields.iter().collect(),
        _ => return None,
    };
    let services: Vec<&str> = group.services().map(|(field, _)| field.name.as_str()).collect();
    let lines = plan_docs::lines(&group, &checked.plan).into_iter().filter_map(|(index, line)| {
        let position =
            group.fields.iter().position(|field| services.get(index) == Some(&field.name.as_str()))?;
        // Markdown counts by itself.
        let line = format!("1. {line}");
        let predicates = fields.get(position)?.attrs.iter().filter_map(cfg_predicate);
        let predicates: Vec<TokenStream> = predicates.collect();
        Some(if predicates.is_empty() {
            quote!(#[doc = #line])
        } else {
            quote!(#[cfg_attr(all(#(#predicates),*), doc = #line)])
        })
    });
    Some(quote!(#blank #[doc = #introduction] #(#lines)*))
}

fn cfg_predicate(attribute: &Attribute) -> Option<TokenStream> {
    match &attribute.meta {
        Meta::List(list) if attribute.path().is_ident("cfg") => Some(list.tokens.clone()),
        _ => None,
    }
}
