//! The value of `PLAN`, which the compiler checks.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::expander::Expander;
use super::hygiene::{item_name, quote_mixed, with_span};
use super::public_items::budget_span;

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// Plan::of("App", Some(..), Some(..), &[Self::__PLAN_store, ..], &[0, 1, 2])
    /// ```
    ///
    /// `Plan::of` is a `const fn` of the runtime, since only the compiler knows the `STOP_WITHIN` of types: it adds up the
    /// windows. A generic group has no constant that could check them: its plan is checked where it is read.
    pub(super) fn expand_plan(&self) -> TokenStream {
        let (name, options) = (&self.group.input.ident, &self.group.options);
        let (stop_within, lame_duck) = (
            self.expand_duration(options.stop_within.as_ref()),
            self.expand_duration(options.lame_duck.as_ref()),
        );
        let services = self.group.services().map(|(field, _)| item_name("PLAN", field));
        let (text, order) = (name.to_string(), &self.checked.plan.order);
        let span = budget_span(self.group);
        let p = self.library_at(span);
        let start_order = self.checked.plan.start_order.as_ref();
        let start_order = start_order.map(|order| quote_spanned!(span=> .starting_in(&[#(#order),*])));
        let plan = quote_spanned! {span=>
            #p::Plan::of(#text, #stop_within, #lame_duck, &[#(Self::#services),*], &[#(#order),*])
            #start_order
        };
        if self.group.is_generic() { self.expand_checked(&plan) } else { plan }
    }

    /// Writes, unless the group is generic,
    ///
    /// ```text
    /// const _: ServicePlan = App::__PLAN_storage.checked();          // for each field with a cap
    /// const _: Plan = App::PLAN.checked::<3>();
    /// ```
    ///
    /// The checks panic, and so stop the compiler, where windows overrun. They have the spans of the windows that the user
    /// wrote, so that rustc reports the overrun there.
    pub(super) fn expand_checks(&self) -> Option<TokenStream> {
        let (p, name) = (&self.library, &self.group.input.ident);
        let caps = self.group.services().filter_map(|(field, service)| {
            let span = service.stop_within.as_ref().filter(|_| !service.has_stop())?.span;
            let plan = with_span(&item_name("PLAN", field), Span::mixed_site().located_at(span));
            let checked = quote_spanned!(span=> <#name>::#plan.checked());
            Some(quote_mixed!(const _: #p::ServicePlan = #checked;))
        });
        let span = budget_span(self.group);
        let plan = self.expand_checked(&quote_spanned!(span=> <#name>::PLAN));
        (!self.group.is_generic()).then(|| {
            quote_mixed! {
                #(#caps)*
                const _: #p::Plan = #plan;
            }
        })
    }

    /// Writes `PLAN.checked::<3>()`.
    fn expand_checked(&self, plan: &TokenStream) -> TokenStream {
        let (span, count) = (budget_span(self.group), self.group.services().count());
        quote_spanned!(span=> #plan.checked::<#count>())
    }
}
