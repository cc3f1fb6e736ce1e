//! What the plan and the engine have of each service.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::start::ends;
use super::{Code, code, item, own, stops_itself};
use crate::ast::{Field, Service};
use crate::graph::Why;

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// const __SERVICE_rpc: (ServicePlan, Entry<Cells>) = (
    ///     ServicePlan::of::<GrpcServer>("rpc", &[Edge::new(0, Why::Use)], &[], None, Some(..)),
    ///     Entry { start: .., joined: .., stop: .., cell: .. },
    /// );
    /// ```
    ///
    /// All that asks whether the type is a `Service` stands in this one constant, at the span of the type: rustc
    /// tells it once.
    pub(super) fn expand_entry(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let (p, cells, name) = (&self.private, &self.cells, item("SERVICE", field));
        let (_, ty_generics, _) = self.group.input.generics.split_for_impl();
        let (plan, joins, stops) = (
            self.expand_service_plan(index, field, service),
            self.expand_joined(field, service),
            self.expand_stops(field, service),
        );
        let (launch, cell) = (item("launch", field), own(&field.ident));
        code! {
            const #name: (#p::ServicePlan, #p::Entry<#cells #ty_generics>) = (
                #plan,
                #p::Entry {
                    start: |cells| Self::#launch(cells, |cells| cells),
                    joined: #joins,
                    stop: #stops,
                    cell: |cells| &cells.#cell,
                },
            );
        }
    }

    fn expand_service_plan(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let (p, name, ty) = (&self.private, &field.name, field.ty);
        let (start_within, stop_within) = (
            self.expand_window(service.start_within.as_ref()),
            self.expand_window(service.stop_within.as_ref()),
        );
        let needs = self.checked.plan.needs.get(index).into_iter().flatten().map(|(to, why)| {
            let why = match why {
                Why::Use => code!(Use),
                Why::After => code!(After),
                Why::First => code!(First),
                Why::Last => code!(Last),
            };
            code!(#p::Edge::new(#to, #p::Why::#why))
        });
        let stops_before = self.checked.plan.stops_before.get(index).into_iter().flatten();
        let of = if stops_itself(service) {
            code!(#p::ServicePlan::with_stop)
        } else {
            let (span, _) = ends(ty);
            quote_spanned!(span=> #p::ServicePlan::of::<#ty>)
        };
        code!(#of(#name, &[#(#needs),*], &[#(#stops_before),*], #start_within, #stop_within))
    }

    fn expand_joined(&self, field: &Field, service: &Service) -> TokenStream {
        let (p, cell, ty) = (&self.private, own(&field.ident), field.ty);
        if stops_itself(service) {
            return code!(#p::joins_silently);
        }
        let (span, _) = ends(ty);
        let joined = quote_spanned!(span=> #p::joined::<#ty>);
        code!(|cells, membership| #joined(&cells.#cell, membership))
    }

    fn expand_stops(&self, field: &Field, service: &Service) -> TokenStream {
        let (p, cell, ty) = (&self.private, own(&field.ident), field.ty);
        if let Some(expr) = &service.stop {
            let stop = item("stop", field);
            let boxed = super::start::boxed_at(p, expr, code!(Self::#stop(value).await));
            return code!(|cells, _| #p::Cell::take(&cells.#cell).map(|value| #boxed));
        }
        let (span, _) = ends(ty);
        let stop = quote_spanned!(span=> #p::stop::<#ty>);
        code!(|cells, stopping| #stop(&cells.#cell, stopping))
    }
}
