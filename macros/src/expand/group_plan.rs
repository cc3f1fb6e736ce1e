//! The value of `PLAN`, which the compiler checks, and its documentation.

use std::fmt::Write;

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::expander::Expander;
use super::hygiene::item_name;
use super::public_items::budget_span;
use crate::duration::DurationLit;

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// Plan::checked("App", Some(..), Some(..), &[Self::__SERVICE_store.plan, ..], &[0, 1, 2])
    /// ```
    ///
    /// `Plan::checked` is a `const fn` of the runtime, since only the compiler knows the `STOP_WITHIN` of types: it adds
    /// up the windows, and panics where they overrun the budget. The call has the span of the budget that the user wrote,
    /// so that rustc reports the overrun there.
    pub(super) fn expand_plan(&self) -> TokenStream {
        let (name, options) = (&self.group.input.ident, &self.group.options);
        let (stop_within, lame_duck) = (
            self.expand_duration(options.stop_within.as_ref()),
            self.expand_duration(options.lame_duck.as_ref()),
        );
        let services = self.group.services().map(|(field, _)| item_name("SERVICE", field));
        let (text, order) = (name.to_string(), &self.checked.plan.order);
        let span = budget_span(self.group);
        let p = self.library_at(span);
        quote_spanned! {span=>
            #p::Plan::checked(#text, #stop_within, #lame_duck, &[#(Self::#services.plan),*], &[#(#order),*])
        }
    }

    /// The documentation of `PLAN`: the order of the stop, and the windows that the user wrote.
    pub(super) fn plan_docs(&self) -> String {
        let options = &self.group.options;
        let within = options.stop_within.as_ref().map_or_else(|| "25s".to_owned(), DurationLit::text);
        let mut text = format!("The plan of `{}`: it stops within {within}", self.group.input.ident);
        if let Some(lame_duck) = options.lame_duck.as_ref().filter(|duration| duration.nanos > 0) {
            let _ = write!(text, ", {} of lame duck included", lame_duck.text());
        }
        text.push_str(
            ".\n\nThe services stop in this order, each as soon as those that it waits for have stopped:\n\n",
        );
        let names: Vec<&str> = self.group.services().map(|(field, _)| field.name.as_str()).collect();
        for (at, index) in self.checked.plan.order.iter().rev().enumerate() {
            let _ = write!(text, "{}. ", at + 1);
            self.write_service(&mut text, *index, &names);
        }
        text
    }

    /// Writes one line: the service, its window, and the services that it waits for.
    fn write_service(&self, text: &mut String, index: usize, names: &[&str]) {
        let name = |index: usize| names.get(index).copied().unwrap_or_default();
        let _ = write!(text, "`{}`", name(index));
        let service = self.group.services().nth(index).map(|(_, service)| service);
        if let Some(duration) = service.and_then(|service| service.stop_within.as_ref()) {
            let _ = write!(text, ", within {}", duration.text());
        }
        let waits_for: Vec<String> = self
            .checked
            .plan
            .waits_for(index)
            .into_iter()
            .map(|other| format!("`{}`", name(other)))
            .collect();
        if !waits_for.is_empty() {
            let _ = write!(text, ", after {}", waits_for.join(", "));
        }
        text.push('\n');
    }
}
