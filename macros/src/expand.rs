//! The code of a group. Of a group with mistakes, the parts that the mistakes leave possible, so that rustc reports its own
//! errors in the same compile. Nothing in here can fail.

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

use crate::ast::{Field, Service};
use crate::plan_docs;
pub(crate) use expander::Expander;
pub(crate) use hygiene::quote_mixed;
use public_items::PublicItems;

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// const _: () = {
    ///     struct Cells { .. }
    ///     impl App { .. }                        // the functions and the definition of each service
    ///     impl ServiceGroup for App { .. }
    ///     impl App { .. }                        // `PLAN`, `runner`, `start`, `run`
    ///     const _: Plan = ..;                    // checks the budget even if no code mentions the plan
    /// };
    /// ```
    pub(crate) fn expand(&self) -> TokenStream {
        let (cells, names) = (self.expand_cells(), self.expand_names());
        let services = self.expand_services();
        let docs = plan_docs::of_plan(self.group, &self.checked.plan);
        let plan = self.expand_plan();
        let runner = Some(self.expand_runner());
        let public_items = PublicItems { group: self.group, docs, plan, runner }.expand();
        let (checks, lints) = (self.expand_checks(), &self.group.lints);
        let type_macros = &self.type_macros;
        quote_mixed! {
            #lints
            const _: () = {
                #type_macros
                #cells
                #services
                #names
                #public_items
                #checks
            };
        }
    }

    /// Writes the same with stubs as public items, and without the parts that a mistake of the user makes impossible.
    pub(crate) fn expand_with_mistakes(&self) -> TokenStream {
        let (p, name) = (&self.library, self.group.input.ident.to_string());
        let plan = quote_mixed!(#p::Plan::of(#name, #p::None, #p::None, &[], &[]));
        let public_items =
            PublicItems { group: self.group, docs: String::new(), plan, runner: None }.expand();
        let is_sound = self.group.has_sound_fields;
        let cells = (is_sound && !self.group.has_refused_type()).then(|| self.expand_cells());
        let services = is_sound.then(|| self.expand_services());
        let (lints, type_macros) = (&self.group.lints, &self.type_macros);
        quote_mixed! {
            #lints
            #[allow(dead_code)]
            const _: () = {
                #type_macros
                #cells
                #services
                #public_items
            };
        }
    }

    fn expand_services(&self) -> TokenStream {
        let name = &self.group.input.ident;
        let (impl_generics, ty_generics, where_clause) = self.group.generics.split_for_impl();
        let has_cells = !self.group.has_refused_type();
        let each = self.group.services().enumerate().map(|(index, (field, service))| {
            let has_start = self.can_expand_start(index, field, service);
            let has_value_expressions = self.can_expand_value_expressions(index, field);
            let start = has_start.then(|| self.expand_start(index, field, service));
            let launch = (has_start && has_cells).then(|| self.expand_launch(index, field, service));
            let of_value = has_value_expressions.then(|| self.expand_value_expressions(field, service));
            let definition = (has_value_expressions && has_cells && service.complete)
                .then(|| self.expand_definition(index, field, service));
            quote_mixed!(#start #launch #of_value #definition)
        });
        quote_mixed! {
            #[allow(clippy::ptr_arg, clippy::too_many_arguments)]
            impl #impl_generics #name #ty_generics #where_clause {
                #(#each)*
            }
        }
    }

    /// Returns whether the start can be generated: always, in a group without mistakes.
    fn can_expand_start(&self, index: usize, field: &Field, service: &Service) -> bool {
        let is_refused =
            field.refused.is_some() || self.named(index).any(|(field, _)| field.refused.is_some());
        service.has_start() && !self.checked.wrong_starts.contains(&index) && !is_refused
    }

    /// Returns whether the stop, the check and the reload can be generated.
    fn can_expand_value_expressions(&self, index: usize, field: &Field) -> bool {
        !self.checked.wrong_value_expressions.contains(&index) && field.refused.is_none()
    }
}
