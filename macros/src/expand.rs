//! The code of a group without mistakes. Nothing in here can fail.

mod cells;
mod editor;
mod expander;
mod functions;
mod group_plan;
mod group_vtable;
mod hygiene;
mod public_items;
mod service;

use proc_macro2::TokenStream;

pub(crate) use expander::Expander;
pub(crate) use hygiene::{library_path, quote_mixed};
pub(crate) use public_items::PublicItems;

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// const _: () = {
    ///     struct Cells { .. }
    ///     impl App { .. }                        // the functions and the definition of each service
    ///     impl ServiceGroup for App { .. }
    ///     impl App { .. }                        // `PLAN`, `runner`, `start`, `run`
    /// };
    /// ```
    pub(crate) fn expand(&self) -> TokenStream {
        let (cells, services, names) = (self.expand_cells(), self.expand_services(), self.expand_names());
        let (docs, plan, runner) = (self.plan_docs(), self.expand_plan(), Some(self.expand_runner()));
        let public_items = PublicItems { group: self.group, docs, plan, runner }.expand();
        quote_mixed! {
            const _: () = {
                #cells
                #services
                #names
                #public_items
            };
        }
    }

    fn expand_services(&self) -> TokenStream {
        let name = &self.group.input.ident;
        let (impl_generics, ty_generics, where_clause) = self.group.generics.split_for_impl();
        let each = self.group.services().enumerate().map(|(index, (field, service))| {
            let start = self.expand_start(index, field, service);
            let stop = service.stop.as_ref().map(|stop| self.expand_stop(field, service, stop));
            let definition = self.expand_definition(index, field, service);
            quote_mixed!(#start #stop #definition)
        });
        quote_mixed! {
            #[allow(clippy::ptr_arg, clippy::too_many_arguments)]
            impl #impl_generics #name #ty_generics #where_clause {
                #(#each)*
            }
        }
    }
}
