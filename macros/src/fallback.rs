//! What a group with mistakes gets: items of the right shape, so that one mistake has no tail of errors.

use proc_macro2::TokenStream;

use crate::ast::Group;
use crate::expand::{Api, code, private};

/// Writes the same four items as for a sound group, with nothing in them.
pub(crate) fn stubs(group: &Group) -> TokenStream {
    let (p, text) = (private(group), group.input.ident.to_string());
    let api = Api {
        group,
        docs: String::new(),
        plan: code!(#p::Plan::checked(#text, #p::None, #p::None, &[], &[])),
        runner: None,
    };
    let items = api.expand();
    code! {
        const _: () = { #items };
    }
}
