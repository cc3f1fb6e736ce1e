//! The attribute macro. It changes nothing in the struct except its documentation. It adds a hidden derive, and passes it the arguments and the names
//! of all fields in a helper attribute.
//!
//! The work is in a derive since a derive sees the struct with `cfg`s resolved, and cannot lose it. The names of the
//! fields are taken here, before `cfg`s remove any, for errors about removed fields.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Fields, Ident, Item};

use crate::arguments;
use crate::errors::Errors;
use crate::message;
use crate::struct_docs;

/// Writes
///
/// ```text
/// #[derive(CRATE::__private0::DeriveServiceGroup)]
/// #[__arguments_of_the_attribute((config, store, rpc) (stop_within = "25s"))]
/// #[doc = "The plan: .."]
/// pub struct App { .. }
/// ```
pub(crate) fn service_group(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(parsed)) if parsed.attrs.iter().any(is_service_group) => {
            let repeated = parsed.attrs.iter().find(|attribute| is_service_group(attribute));
            let mut errors = Errors::new();
            errors.push(repeated, message::repeated_attribute("service_group"));
            let others =
                parsed.attrs.iter().filter(|attribute| !is_service_group(attribute)).cloned().collect();
            let item = syn::ItemStruct { attrs: others, ..parsed.clone() };
            let errors = errors.finish_in_a_block();
            let item = with_derive(arguments, &parsed.fields, item);
            quote!(#errors #item)
        }
        Ok(Item::Struct(parsed)) => with_derive(arguments, &parsed.fields, item),
        Ok(Item::Enum(_) | Item::Union(_)) => with_derive(arguments, &Fields::Unit, item),
        Ok(other) => {
            let mut errors = Errors::new();
            errors.push(name_or_item(&other), message::not_a_struct(describe(&other)));
            let errors = errors.finish();
            quote!(#errors #item)
        }
        // The derive reports that syn cannot parse the struct. It is added all the same, since its helper attributes
        // would otherwise be unknown to rustc.
        Err(_) if item.clone().into_iter().any(is_struct_keyword) => {
            with_derive(arguments, &Fields::Unit, item)
        }
        Err(error) => {
            let error = error.to_compile_error();
            quote!(#error #item)
        }
    }
}

fn with_derive(arguments: &TokenStream, fields: &Fields, item: impl ToTokens) -> TokenStream {
    let crate_path = arguments::crate_path(arguments);
    let names = fields.iter().filter_map(|field| field.ident.as_ref());
    // An expectation on a field is fulfilled in the generated code, and remains unfulfilled on the field itself.
    let unfulfilled =
        has_expectation(&item.to_token_stream()).then(|| quote!(#[allow(unfulfilled_lint_expectations)]));
    struct_docs::with_plan(quote! {
        #unfulfilled
        #[derive(#crate_path::__private0::DeriveServiceGroup)]
        #[__arguments_of_the_attribute((#(#names),*) (#arguments))]
        #item
    })
}

fn is_service_group(attribute: &syn::Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "service_group")
}

/// Returns whether an attribute of the struct or of a field is `expect`, under a `cfg_attr` too.
fn has_expectation(tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let attributes = tokens.windows(2).any(|pair| match pair {
        [TokenTree::Punct(_), TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            let text = group.stream().to_string();
            text.starts_with("expect") || text.starts_with("cfg_attr") && text.contains("expect")
        }
        _ => false,
    });
    attributes
        || tokens.iter().any(|token| match token {
            TokenTree::Group(fields) if fields.delimiter() == Delimiter::Brace => {
                has_expectation(&fields.stream())
            }
            _ => false,
        })
}

fn is_struct_keyword(token: TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "struct")
}

fn describe(item: &Item) -> &'static str {
    match item {
        Item::Fn(_) => "a function",
        Item::Impl(_) => "an `impl` block",
        Item::Mod(_) => "a module",
        Item::Trait(_) => "a trait",
        Item::Type(_) => "a type alias",
        _ => "another item",
    }
}

/// The name of the item, if it has one: an error that spans a whole body does not point at anything.
fn name_or_item(item: &Item) -> TokenStream {
    let name: Option<&Ident> = match item {
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Mod(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        _ => None,
    };
    name.map_or_else(|| item.to_token_stream(), ToTokens::to_token_stream)
}
