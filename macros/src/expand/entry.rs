//! What the plan and the engine have of each service.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Ident;

use super::cells::looked_at;
use super::start::ends;
use super::{Code, code, item, own, stops_itself};
use crate::ast::{Field, Service};
use crate::graph::EdgeKind;

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// const __SERVICE_rpc: (ServicePlan, fn(..) -> Option<BoxFuture<ServiceExit>>, fn(..) -> TakenValue<StopFuture>) = (
    ///     ServicePlan::of::<GrpcServer>("rpc", &[Edge::new(0, EdgeKind::Use)], &[], None, Some(..)),
    ///     |cells, membership| joined::<GrpcServer>(&cells.rpc, membership),
    ///     |cells, stopping| stop::<GrpcServer>(&cells.rpc, stopping),
    /// );
    /// ```
    ///
    /// All that asks whether the type is a `Service` stands in this one constant, at the span of the type: rustc
    /// tells it once.
    pub(super) fn expand_service(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let (p, cells, name) = (&self.private, &self.cells, item("SERVICE", field));
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let plan = self.expand_service_plan(index, field, service);
        let (joined, stop) = (self.expand_joined(field, service), self.expand_stops(field, service));
        code! {
            const #name: (
                #p::ServicePlan,
                fn(&#cells #ty_generics, &#p::ServiceContext) -> #p::Option<#p::BoxFuture<#p::ServiceExit>>,
                fn(&#cells #ty_generics, #p::StopContext) -> #p::TakenValue<#p::StopFuture>,
            ) = (#plan, #joined, #stop);
        }
    }

    /// Writes
    ///
    /// ```text
    /// ServiceVTable { start: .., joined: Self::__SERVICE_rpc.1, stop: Self::__SERVICE_rpc.2, cell: |cells| &cells.rpc }
    /// ```
    ///
    /// The entries of all services stand in one function, at one span: where a field's type cannot be sent to other
    /// threads, rustc tells it once, and not for each service.
    pub(super) fn expand_entry(&self, field: &Field) -> TokenStream {
        let (p, service, launch, cell) =
            (&self.private, item("SERVICE", field), item("launch", field), looked_at(field, code!(__cells)));
        code! {
            #p::ServiceVTable {
                start: |__cells| Self::#launch(__cells, |__cells| __cells),
                joined: Self::#service.1,
                stop: Self::#service.2,
                cell: |__cells| #cell,
            }
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
                EdgeKind::Use => code!(Use),
                EdgeKind::After => code!(After),
                EdgeKind::First => code!(First),
                EdgeKind::Last => code!(Last),
            };
            code!(#p::Edge::new(#to, #p::EdgeKind::#why))
        });
        let stops_before = self.checked.plan.stops_before.get(index).into_iter().flatten();
        let arguments = code!(#name, &[#(#needs),*], &[#(#stops_before),*], #start_within, #stop_within);
        if stops_itself(service) {
            return code!(#p::ServicePlan::with_stop(#arguments));
        }
        // At the cap, where it is told if that is below what a nested group needs.
        let (_, at_type) = self.at_type(field);
        let span = service.stop_within.as_ref().map_or(at_type, |window| window.span);
        let here = self.private_at(span);
        quote_spanned!(span=> #here::ServicePlan::of::<#ty>(#arguments))
    }

    fn expand_joined(&self, field: &Field, service: &Service) -> TokenStream {
        let (p, cell, ty) = (&self.private, looked_at(field, code!(__cells)), field.ty);
        if stops_itself(service) {
            return code!(#p::joined_noop);
        }
        let (here, span) = self.at_type(field);
        let joined = quote_spanned!(span=> #here::joined::<#ty>);
        code!(|__cells, __membership| #joined(#cell, __membership))
    }

    fn expand_stops(&self, field: &Field, service: &Service) -> TokenStream {
        let (p, cell, ty) = (&self.private, looked_at(field, code!(__cells)), field.ty);
        if let Some(expr) = &service.stop {
            let stop = item("stop", field);
            let value = Ident::new("__value", own(&field.ident).span());
            let boxed = self.expand_boxed(expr, service.stop_key, code!(Self::#stop(#value).await));
            return code!(|__cells, _| #p::ValueCell::take(#cell).map(|#value| #boxed));
        }
        let (here, span) = self.at_type(field);
        let stop = quote_spanned!(span=> #here::stop::<#ty>);
        code!(|__cells, __stopping| #stop(#cell, __stopping))
    }

    fn at_type(&self, field: &Field) -> (TokenStream, Span) {
        let (span, _) = ends(field.ty);
        (self.private_at(span), span)
    }
}
