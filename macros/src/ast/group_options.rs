//! The options of the whole group, from the arguments of `#[service_group(..)]`.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute, Ident, Meta, Path};

use crate::arguments::{self, Arguments};
use crate::duration::DurationLit;
use crate::errors::Errors;
use crate::keys::GroupKey;

/// The options of the whole group.
pub(crate) struct GroupOptions {
    pub(crate) stop_within: Option<DurationLit>,
    pub(crate) lame_duck: Option<DurationLit>,
    /// The window of each start that has no other one.
    pub(crate) start_within: Option<DurationLit>,
    pub(crate) stop_order: Vec<Ident>,
    pub(crate) crate_path: Path,
}

impl GroupOptions {
    /// Reads `#[__arguments_of_the_attribute((FIELDS) (ARGUMENTS))]`, which the attribute wrote. Returns the names of the fields too.
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> (Self, BTreeSet<String>) {
        let (field_names, tokens) = helper_attribute(attributes);
        let mut options = Self {
            stop_within: None,
            lame_duck: None,
            start_within: None,
            stop_order: Vec::new(),
            crate_path: arguments::default_crate_path(),
        };
        let Arguments { all, .. } = arguments::parse(tokens, errors);
        for argument in all {
            match argument.key {
                GroupKey::StopWithin => options.stop_within = argument.duration(errors),
                GroupKey::LameDuck => options.lame_duck = argument.duration(errors),
                GroupKey::StartWithin => options.start_within = argument.duration(errors),
                GroupKey::StopOrder => options.stop_order = argument.names(errors),
                GroupKey::Crate => {
                    options.crate_path = argument.path(errors).unwrap_or(options.crate_path);
                }
            }
        }
        (options, field_names)
    }
}

/// The two groups of tokens in the helper attribute: the names of the fields, and the arguments.
fn helper_attribute(attributes: &[Attribute]) -> (BTreeSet<String>, TokenStream) {
    let helper =
        attributes.iter().find(|attribute| attribute.path().is_ident("__arguments_of_the_attribute"));
    let Some(Meta::List(list)) = helper.map(|attribute| &attribute.meta) else {
        return Default::default();
    };
    let mut groups = list.tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    let (names, arguments) = (groups.next().unwrap_or_default(), groups.next().unwrap_or_default());
    let names = names.into_iter().filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name.unraw().to_string()),
        _ => None,
    });
    (names.collect(), arguments)
}
