//! What a group with mistakes gets: items of the right shape, so that one mistake has no tail of errors.

use proc_macro2::TokenStream;

use crate::ast::Group;
use crate::expand::{Api, code, private};

/// Writes the same four items as for a sound group, with nothing in them.
pub(crate) fn stubs(group: &Group) -> TokenStream {
    let (p, input) = (private(group), group.input);
    let (name, text) = (&input.ident, input.ident.to_string());
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let api = Api::new(group).expand("", &code!(loop {}));
    let is_static = input.generics.lifetimes().next().is_none();
    let plan = is_static.then(|| {
        code! {
            #[automatically_derived]
            impl #impl_generics #p::ServiceGroup for #name #ty_generics #where_clause {
                const PLAN: #p::Plan = #p::Plan::checked(#text, #p::None, #p::None, &[], &[]);
            }
        }
    });
    code! {
        const _: () = { #plan #api };
    }
}
