//! The attribute itself: hands the struct to the derive, with its own arguments and the names of all fields as they
//! were before `cfg`s were resolved. It never changes the struct.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Fields, Ident, Item};

use crate::attr;
use crate::errors::Errors;
use crate::message;

/// Writes
///
/// ```text
/// #[derive(KRATE::__private0::DeriveServiceGroup)]
/// #[__service_group((config, store, rpc) (stop_within = "25s"))]
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
            let (errors, item) = (errors.finish(), hand_over(arguments, &parsed.fields, item));
            quote!(#errors #item)
        }
        Ok(Item::Struct(parsed)) => hand_over(arguments, &parsed.fields, item),
        Ok(Item::Enum(_) | Item::Union(_)) => hand_over(arguments, &Fields::Unit, item),
        Ok(other) => {
            let mut errors = Errors::new();
            errors.push(head_of(&other), message::not_a_struct(kind_of(&other)));
            let errors = errors.finish();
            quote!(#errors #item)
        }
        // A struct that syn cannot read: the derive says so, and its helper attributes are known all the same.
        Err(_) if item.clone().into_iter().any(is_struct) => hand_over(arguments, &Fields::Unit, item),
        Err(error) => {
            let error = error.to_compile_error();
            quote!(#error #item)
        }
    }
}

fn hand_over(arguments: &TokenStream, fields: &Fields, item: impl ToTokens) -> TokenStream {
    let krate = attr::krate(arguments);
    let names = fields.iter().filter_map(|field| field.ident.as_ref());
    quote! {
        #[derive(#krate::__private0::DeriveServiceGroup)]
        #[__service_group((#(#names),*) (#arguments))]
        #item
    }
}

fn is_service_group(attribute: &syn::Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "service_group")
}

fn is_struct(token: TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "struct")
}

fn kind_of(item: &Item) -> &'static str {
    match item {
        Item::Fn(_) => "a function",
        Item::Impl(_) => "an `impl` block",
        Item::Mod(_) => "a module",
        Item::Trait(_) => "a trait",
        Item::Type(_) => "a type alias",
        _ => "another item",
    }
}

/// The name of the item, where it has one: errors at a whole body point at nothing.
fn head_of(item: &Item) -> TokenStream {
    let name: Option<&Ident> = match item {
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Mod(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        _ => None,
    };
    name.map_or_else(|| item.to_token_stream(), ToTokens::to_token_stream)
}
