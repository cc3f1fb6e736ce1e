//! What only rust-analyzer sees: names that generated code has no use for, so that it can find their definitions.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;

use super::{Code, code};

impl Code<'_> {
    /// Writes, where `after` or `stop_order` name services,
    ///
    /// ```text
    /// impl App {
    ///     #[cfg(rust_analyzer)]
    ///     fn __names(&self) { let _ = (&self.store, &self.rpc); }
    /// }
    /// ```
    ///
    /// In a block of its own, since rustc does not know that `cfg` and would say so.
    pub(super) fn expand_names(&self) -> Option<TokenStream> {
        let after = self.group.services().flat_map(|(_, service)| &service.after);
        let all = after.chain(&self.group.options.stop_order);
        // A `cfg` may have removed some.
        let exists = |name: &String| self.group.fields.iter().any(|field| field.name == *name);
        let names: Vec<_> = all.filter(|ident| exists(&ident.unraw().to_string())).collect();
        let (name, (impl_generics, ty_generics, where_clause)) =
            (&self.group.input.ident, self.group.generics.split_for_impl());
        (!names.is_empty()).then(|| {
            code! {
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
