//! The definition of each service: a constant with its plan, and with the functions that depend on its type.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Ident;

use super::cells::expand_cell_ref;
use super::expander::Expander;
use super::hygiene::{first_last_span, hygienic, item_name, quote_mixed};
use crate::ast::{Field, Service};
use crate::graph::EdgeKind;

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// const __SERVICE_rpc: ServiceDefinition<Cells> = ServiceDefinition {
    ///     plan: ServicePlan::of::<GrpcServer>("rpc", &[Edge::new(0, EdgeKind::Use)], &[], None, Some(..)),
    ///     joined: |cells, context| joined::<GrpcServer>(&cells.rpc, context),
    ///     stop: |cells, context| stop::<GrpcServer>(&cells.rpc, context),
    /// };
    /// ```
    ///
    /// All code that requires the type to be a `Service` is in this one constant, located at the type: rustc reports a
    /// type that is not one once.
    pub(super) fn expand_definition(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let (p, cells, name) = (&self.library, &self.cells, item_name("SERVICE", field));
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let plan = self.expand_service_plan(index, field, service);
        let (joined, stop) = (self.expand_joined(field, service), self.expand_stop_call(field, service));
        let lints = &field.lints;
        quote_mixed! {
            #lints
            const #name: #p::ServiceDefinition<#cells #ty_generics> = #p::ServiceDefinition {
                plan: #plan,
                joined: #joined,
                stop: #stop,
            };
        }
    }

    fn expand_service_plan(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let (p, name, ty) = (&self.library, &field.name, field.ty);
        let start_within = self.expand_duration(service.start_within.as_ref());
        let stop_within = self.expand_duration(service.stop_within.as_ref());
        let needs = self.checked.plan.needs.get(index).into_iter().flatten().map(|(to, kind)| {
            let kind = expand_edge_kind(*kind);
            quote_mixed!(#p::Edge::new(#to, #p::EdgeKind::#kind))
        });
        let stops_before = self.checked.plan.stops_before.get(index).into_iter().flatten();
        let arguments =
            quote_mixed!(#name, &[#(#needs),*], &[#(#stops_before),*], #start_within, #stop_within);
        if service.has_stop() {
            return quote_mixed!(#p::ServicePlan::with_stop(#arguments));
        }
        // Located at the user's `stop_within`: rustc reports there that it is below what a group in a generic one needs.
        let (at_type, _) = first_last_span(field.ty);
        let span = service.stop_within.as_ref().map_or(at_type, |duration| duration.span);
        let p = self.library_at(span);
        let checked = self.group.is_generic().then(|| quote_spanned!(span=> .checked()));
        quote_spanned!(span=> #p::ServicePlan::of::<#ty>(#arguments) #checked)
    }

    fn expand_joined(&self, field: &Field, service: &Service) -> TokenStream {
        let (p, cell, ty) = (&self.library, expand_cell_ref(field, quote_mixed!(__cells)), field.ty);
        if service.has_stop() {
            return quote_mixed!(#p::joined_noop);
        }
        let (span, _) = first_last_span(ty);
        let p = self.library_at(span);
        let joined = quote_spanned!(span=> #p::joined::<#ty>);
        quote_mixed!(|__cells, __context| #joined(#cell, __context))
    }

    fn expand_stop_call(&self, field: &Field, service: &Service) -> TokenStream {
        let (p, cell, ty) = (&self.library, expand_cell_ref(field, quote_mixed!(__cells)), field.ty);
        if let Some(expr) = &service.stop {
            let stop = item_name("stop", field);
            let value = Ident::new("__value", hygienic(&field.ident).span());
            let stopped = quote_mixed!(Self::#stop(#value).await);
            let boxed = self.expand_boxed(expr, service.stop_key, stopped);
            return quote_mixed!(|__cells, _| #p::ValueCell::take(#cell).map(|#value| #boxed));
        }
        let (span, _) = first_last_span(ty);
        let p = self.library_at(span);
        let stop = quote_spanned!(span=> #p::stop::<#ty>);
        quote_mixed!(|__cells, __context| #stop(#cell, __context))
    }
}

/// Writes the variant of the runtime's enum of the same name.
fn expand_edge_kind(kind: EdgeKind) -> TokenStream {
    match kind {
        EdgeKind::Use => quote_mixed!(Use),
        EdgeKind::After => quote_mixed!(After),
        EdgeKind::First => quote_mixed!(First),
        EdgeKind::Last => quote_mixed!(Last),
    }
}
