//! What `#[service_group(..)]` says of the group as a whole, as the attribute passed it on.

use std::collections::BTreeSet;

use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::{Path, parse_quote};

use super::{Attribute, Ident, Meta, Owner, TokenStream, Window, attr};
use crate::errors::Errors;

/// What holds for the whole group.
pub(crate) struct Options {
    pub(crate) stop_within: Option<Window>,
    pub(crate) lame_duck: Option<Window>,
    pub(crate) stop_order: Vec<Ident>,
    pub(crate) krate: Path,
}

impl Options {
    /// Reads `#[__service_group((NAMES) (ARGUMENTS))]`, and gives the names too.
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> (Self, BTreeSet<String>) {
        let (names, arguments) = passed_on(attributes);
        let mut options = Self {
            stop_within: None,
            lame_duck: None,
            stop_order: Vec::new(),
            krate: parse_quote!(::service_group),
        };
        for argument in attr::parse(arguments, Owner::Group, errors).all {
            match argument.name().as_str() {
                "stop_within" => options.stop_within = argument.window(false, errors),
                "lame_duck" => options.lame_duck = argument.window(true, errors),
                "stop_order" => options.stop_order = argument.names(errors),
                _ => options.krate = argument.path(errors).unwrap_or(options.krate),
            }
        }
        (options, names)
    }
}

fn passed_on(attributes: &[Attribute]) -> (BTreeSet<String>, TokenStream) {
    let ours = attributes.iter().find(|attribute| attribute.path().is_ident("__service_group"));
    let Some(Meta::List(list)) = ours.map(|attribute| &attribute.meta) else {
        return Default::default();
    };
    let mut parts = list.tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    let (names, arguments) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let names = names.into_iter().filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name.unraw().to_string()),
        _ => None,
    });
    (names.collect(), arguments)
}
