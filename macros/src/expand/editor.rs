//! Code that only rust-analyzer compiles: it uses the names in `after`, `start_after` and `stop_order`, so that the editor finds the
//! fields that they refer to.
//!
//! Limits of rust-analyzer 1.95 that remain: "find references" and "rename" of a field do not reach into attributes. It
//! completes nothing in `after(..)` and `stop_order(..)`, which are not expressions, nor in an expression that does not
//! parse, such as `stop = store.`, for which the macro can only write stubs.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;

use super::expander::Expander;
use super::hygiene::quote_mixed;

impl Expander<'_> {
    /// Writes, where `after`, `start_after` or `stop_order` name services,
    ///
    /// ```text
    /// impl App {
    ///     #[cfg(rust_analyzer)]
    ///     fn __names(&self) { let _ = (&self.store, &self.rpc); }
    /// }
    /// ```
    ///
    /// The block is its own so that `allow(unexpected_cfgs)` covers nothing else: rustc does not know this `cfg`.
    ///
    /// rust-analyzer leads from a name to everything at the span of that name. Generated tokens that need a span of the
    /// user's code are therefore located at a key or at a type, never at a name in an expression.
    pub(super) fn expand_names(&self) -> Option<TokenStream> {
        let after =
            self.group.services().flat_map(|(_, service)| service.after.iter().chain(&service.start_after));
        let all = after.chain(&self.group.options.stop_order);
        // A `cfg` may have removed a field.
        let exists = |name: &String| self.group.fields.iter().any(|field| field.name == *name);
        let names: Vec<_> = all.filter(|ident| exists(&ident.unraw().to_string())).collect();
        let name = &self.group.input.ident;
        let (impl_generics, ty_generics, where_clause) = self.group.generics.split_for_impl();
        (!names.is_empty()).then(|| {
            quote_mixed! {
                #[allow(unexpected_cfgs)]
                impl #impl_generics #name #ty_generics #where_clause {
                    #[cfg(rust_analyzer)]
                    fn __names(&self) {
                        let _ = (#(&self.#names,)*);
                    }
                }
            }
        })
    }
}
