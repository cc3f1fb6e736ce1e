//! Attributes that are a misspelt `#[service]` or `#[group]`. rustc reports that the attribute does not exist. The field has
//! the role nevertheless, so that rustc reports nothing else.

use proc_macro2::TokenTree;
use syn::{Attribute, Field, Meta};

use super::refused_type::last_segment;
use crate::message;

/// Returns the attribute of a field that is a misspelt `#[service(..)]`.
pub(super) fn service_attribute(field: &Field) -> Option<&Attribute> {
    field.attrs.iter().find(|attribute| is_near(attribute, "service") && has_origin(attribute))
}

/// Returns whether a field is a handle with a misspelt `#[group]`.
pub(super) fn is_handle(field: &Field) -> bool {
    last_segment(&field.ty, "GroupHandle").is_some()
        && field.attrs.iter().any(|attribute| is_near(attribute, "group"))
}

/// Returns whether the name of an attribute is near to the word.
fn is_near(attribute: &Attribute, word: &str) -> bool {
    let found = attribute.path().get_ident().map(|ident| ident.to_string().to_lowercase());
    found.is_some_and(|found| message::nearest(&found, &[word]).is_some())
}

/// Returns whether the arguments of an attribute contain `start` or `given`, one of which each service has.
fn has_origin(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    let is_origin = |token| matches!(token, TokenTree::Ident(word) if word == "start" || word == "given");
    list.tokens.clone().into_iter().any(is_origin)
}
