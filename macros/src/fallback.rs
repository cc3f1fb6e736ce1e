//! The code of a group with mistakes: the same public items without content, so that code which uses the group causes no
//! further errors.

use proc_macro2::TokenStream;

use crate::ast::Group;
use crate::expand::{PublicItems, library_path, quote_mixed};

/// Writes `PLAN`, `runner`, `start` and `run` with the signatures of a sound group.
pub(crate) fn stubs(group: &Group) -> TokenStream {
    let (p, name) = (library_path(group), group.input.ident.to_string());
    let items = PublicItems {
        group,
        docs: String::new(),
        plan: quote_mixed!(#p::Plan::checked(#name, #p::None, #p::None, &[], &[])),
        runner: None,
    };
    let items = items.expand();
    quote_mixed! {
        const _: () = { #items };
    }
}
