//! The plan as a constant that the compiler checks, and as documentation.

use std::fmt::Write;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::{Code, code, item};

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// impl ServiceGroup for App {
    ///     const PLAN: Plan = Plan::checked("App", Some(..), Some(..), &[Self::__SERVICE_store.0, ..], &[0, 1, 2]);
    /// }
    /// const _: Plan = <App as ServiceGroup>::PLAN;        // where it is not generic: checked in any case
    /// ```
    ///
    /// The call has the span of the budget that the user wrote, since an overrun is told there.
    pub(super) fn expand_plan(&self) -> TokenStream {
        let (p, name) = (&self.private, &self.group.input.ident);
        let (impl_generics, ty_generics, where_clause) = self.group.input.generics.split_for_impl();
        let options = &self.group.options;
        let (stop_within, lame_duck) = (
            self.expand_window(options.stop_within.as_ref()),
            self.expand_window(options.lame_duck.as_ref()),
        );
        let services = self.group.services().map(|(field, _)| item("SERVICE", field));
        let (text, order) = (name.to_string(), &self.checked.plan.order);
        let budget = options.stop_within.as_ref().map_or(name.span(), |window| window.span);
        let span = Span::mixed_site().located_at(budget);
        let checked = quote_spanned! {span=>
            #p::Plan::checked(#text, #stop_within, #lame_duck, &[#(Self::#services.0),*], &[#(#order),*])
        };
        let is_generic = self.group.input.generics.params.iter().next().is_some();
        let forced = (!is_generic).then(|| code!(const _: #p::Plan = <#name as #p::ServiceGroup>::PLAN;));
        code! {
            #[automatically_derived]
            impl #impl_generics #p::ServiceGroup for #name #ty_generics #where_clause {
                const PLAN: #p::Plan = #checked;
            }
            #forced
        }
    }

    /// The documentation of `PLAN`: the order of the stop, and the windows that were written.
    pub(super) fn expand_docs(&self) -> String {
        let options = &self.group.options;
        let within = options.stop_within.as_ref().map_or_else(|| "25s".to_owned(), |window| window.text());
        let mut text = format!("The plan of `{}`: it stops within {within}", self.group.input.ident);
        if let Some(lame_duck) = options.lame_duck.as_ref().filter(|window| window.nanos > 0) {
            let _ = write!(text, ", {} of lame duck included", lame_duck.text());
        }
        text.push_str(
            ".\n\nThe services stop in this order, each as soon as those that it waits for have ended:\n\n",
        );
        let names: Vec<&str> = self.group.services().map(|(field, _)| field.name.as_str()).collect();
        for index in self.checked.plan.order.iter().rev() {
            self.write_service(&mut text, *index, &names);
        }
        text
    }

    fn write_service(&self, text: &mut String, index: usize, names: &[&str]) {
        let name = |index: usize| names.get(index).copied().unwrap_or_default();
        let _ = write!(text, "1. `{}`", name(index));
        let service = self.group.services().nth(index).map(|(_, service)| service);
        if let Some(window) = service.and_then(|service| service.stop_within.as_ref()) {
            let _ = write!(text, ", within {}", window.text());
        }
        let waits: Vec<String> = self
            .checked
            .plan
            .waits_for(index)
            .into_iter()
            .map(|other| format!("`{}`", name(other)))
            .collect();
        if !waits.is_empty() {
            let _ = write!(text, ", after {}", waits.join(", "));
        }
        text.push('\n');
    }
}
