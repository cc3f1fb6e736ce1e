//! The plan as a constant that the compiler checks, and as documentation.

use std::fmt::Write;

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{Code, item};
use crate::duration::Window;

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// Plan::checked("App", Some(..), Some(..), &[Self::__SERVICE_store.0, ..], &[0, 1, 2])
    /// ```
    ///
    /// The call has the span of the budget that the user wrote, since an overrun is told there.
    pub(super) fn expand_plan(&self) -> TokenStream {
        let (name, options) = (&self.group.input.ident, &self.group.options);
        let (stop_within, lame_duck) = (
            self.expand_window(options.stop_within.as_ref()),
            self.expand_window(options.lame_duck.as_ref()),
        );
        let services = self.group.services().map(|(field, _)| item("SERVICE", field));
        let (text, order) = (name.to_string(), &self.checked.plan.order);
        let span = super::run::budget(self.group);
        let here = self.private_at(span);
        quote_spanned! {span=>
            #here::Plan::checked(#text, #stop_within, #lame_duck, &[#(Self::#services.0),*], &[#(#order),*])
        }
    }

    /// The documentation of `PLAN`: the order of the stop, and the windows that were written.
    pub(super) fn expand_docs(&self) -> String {
        let options = &self.group.options;
        let within = options.stop_within.as_ref().map_or_else(|| "25s".to_owned(), Window::text);
        let mut text = format!("The plan of `{}`: it stops within {within}", self.group.input.ident);
        if let Some(lame_duck) = options.lame_duck.as_ref().filter(|window| window.nanos > 0) {
            let _ = write!(text, ", {} of lame duck included", lame_duck.text());
        }
        text.push_str(
            ".\n\nThe services stop in this order, each as soon as those that it waits for have ended:\n\n",
        );
        let names: Vec<&str> = self.group.services().map(|(field, _)| field.name.as_str()).collect();
        for (at, index) in self.checked.plan.order.iter().rev().enumerate() {
            let _ = write!(text, "{}. ", at + 1);
            self.write_service(&mut text, *index, &names);
        }
        text
    }

    fn write_service(&self, text: &mut String, index: usize, names: &[&str]) {
        let name = |index: usize| names.get(index).copied().unwrap_or_default();
        let _ = write!(text, "`{}`", name(index));
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
