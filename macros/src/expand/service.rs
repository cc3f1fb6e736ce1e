//! The definition of each service: a constant with its plan, and with the functions that depend on its type.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Ident, Type};

use super::cells::expand_cell_ref;
use super::expander::Expander;
use super::hygiene::{first_last_span, hygienic, item_name, quote_mixed};
use crate::ast::{Field, Service, ValueExpression};
use crate::graph::EdgeKind;
use crate::keys::ValueKey;

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// const __PLAN_rpc: ServicePlan =
    ///     ServicePlan::of("rpc", &[Edge::new(0, EdgeKind::Use)], &[], None, Some(..), TypeOf::<GrpcServer>::WINDOW);
    /// const __SERVICE_rpc: ServiceDefinition<Cells> = ServiceDefinition {
    ///     joined: |cells, context| joined::<GrpcServer>(&cells.rpc, context),
    ///     stop: |cells, context| stop::<GrpcServer>(&cells.rpc, context),
    /// };
    /// ```
    ///
    /// All code that requires the type to be a `Service` is in the second constant, located at the type: rustc reports a
    /// type that is not one once. The first has a value nevertheless, so that the budget of the group is checked.
    pub(super) fn expand_definition(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let p = &self.library;
        let cells = &self.cells;
        let (name, plan_name) = (item_name("SERVICE", field), item_name("PLAN", field));
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let plan = self.expand_service_plan(index, field, service);
        let joined = self.expand_joined(field, service);
        let stop = self.expand_stop_call(field, service);
        let lints = &field.lints;
        quote_mixed! {
            #lints
            const #plan_name: #p::ServicePlan = #plan;
            #lints
            const #name: #p::ServiceDefinition<#cells #ty_generics> = #p::ServiceDefinition {
                joined: #joined,
                stop: #stop,
            };
        }
    }

    /// Writes
    ///
    /// ```text
    /// {
    ///     use NoService as _;                                         // for `WINDOW` of a type that is not a service
    ///     ServicePlan::of("rpc", &[Edge::new(0, EdgeKind::Use)], &[], None, Some(..), TypeOf::<GrpcServer>::WINDOW)
    ///         .retrying(..)
    /// }
    /// ServicePlan::with_stop("store", &[..], &[], None, None)         // for a field with `stop = ..`
    /// ```
    fn expand_service_plan(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let p = &self.library;
        let name = &field.name;
        let ty = field.ty;
        let start_within = service.start_within.as_ref().or(self.group.options.start_within.as_ref());
        let start_within = self.expand_duration(start_within);
        let stop_within = self.expand_duration(service.stop_within.as_ref());
        let needs = self.checked.plan.needs.get(index).into_iter().flatten().map(|(to, kind)| {
            let kind = expand_edge_kind(*kind);
            quote_mixed!(#p::Edge::new(#to, #p::EdgeKind::#kind))
        });
        let stops_before = self.checked.plan.stops_before.get(index).into_iter().flatten();
        let arguments =
            quote_mixed!(#name, &[#(#needs),*], &[#(#stops_before),*], #start_within, #stop_within);
        let options = self.expand_options(index, field, service);
        if service.has_stop() {
            return quote_mixed!(#p::ServicePlan::with_stop(#arguments) #options);
        }
        // Located at the user's `stop_within`: rustc reports there that it is below what a group in a generic one needs.
        let (at_type, _) = first_last_span(field.ty);
        let span = service.stop_within.as_ref().map_or(at_type, |duration| duration.span);
        let p = self.library_at(span);
        let checked = self.group.is_generic().then(|| quote_spanned!(span=> .checked()));
        let window = quote_mixed!(<#p::TypeOf<#ty>>::WINDOW);
        quote_spanned! {span=> {
            #[allow(unused_imports)]
            use #p::NoService as _;
            #p::ServicePlan::of(#arguments, #window) #options #checked
        }}
    }

    /// Writes `.starting_after(&[0]).retrying(100000000, 5000000000)`, and so on: what few services have.
    fn expand_options(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let starts_after = self.checked.plan.starts_after.get(index).filter(|after| !after.is_empty());
        let starts_after = starts_after.map(|after| quote_mixed!(.starting_after(&[#(#after),*])));
        let retry = service.retry.map(|(shortest, longest)| quote_mixed!(.retrying(#shortest, #longest)));
        let only_drops = service.only_drops(&field.name) && service.stop_within.is_none();
        let only_drops = only_drops.then(|| quote_mixed!(.only_dropped()));
        let calls = service.calls().map(|(kind, expression)| {
            let within = service.check_within.as_ref().filter(|_| expression.key == ValueKey::Check);
            let within = self.expand_duration(within);
            let (p, kind) = (&self.library, Ident::new(kind, Span::mixed_site()));
            quote_mixed!(.called(#p::CallKind::#kind, #within))
        });
        let may_fail = service.may_fail.then(|| quote_mixed!(.that_may_fail()));
        let given = service.is_given.then(|| quote_mixed!(.given()));
        quote_mixed!(#starts_after #retry #only_drops #(#calls)* #may_fail #given)
    }

    /// Writes
    ///
    /// ```text
    /// |cells, context| {
    ///     call_on_clone(CallKind::Check, ..);                         // for a field with `check = ..`
    ///     joined::<GrpcServer>(&cells.rpc, context)                   // `None` for a field with `stop = ..`
    /// }
    /// ```
    fn expand_joined(&self, field: &Field, service: &Service) -> TokenStream {
        let p = &self.library;
        let cell = expand_cell_ref(field, quote_mixed!(__cells));
        let calls: Vec<_> = service
            .calls()
            .map(|(kind, expression)| self.expand_call_on_clone(kind, field, expression))
            .collect();
        if service.has_stop() && calls.is_empty() {
            return quote_mixed!(#p::joined_noop);
        }
        let joined = if service.has_stop() {
            quote_mixed!(#p::None)
        } else {
            let joined = self.expand_function_of_type("joined", field);
            quote_mixed!(#joined(#cell, __context))
        };
        if calls.is_empty() {
            return quote_mixed!(|__cells, __context| #joined);
        }
        quote_mixed! {
            |__cells, __context| {
                #(#calls)*
                #joined
            }
        }
    }

    /// Writes
    ///
    /// ```text
    /// call_on_clone(
    ///     CallKind::Check,
    ///     &cells.store,
    ///     context,
    ///     <Store as Callable>::clone_of,
    ///     |value| boxed(async move { Self::__check_store(value).await }),
    /// );
    /// ```
    ///
    /// rustc reports a type that is not `Clone` at the type, with the words of the trait: located at the key, it would leave
    /// them out, and propose to borrow. A bare type parameter has the bound `Clone`, which the user can write.
    fn expand_call_on_clone(&self, kind: &str, field: &Field, expression: &ValueExpression) -> TokenStream {
        let key = expression.key_span;
        let p = &self.library;
        let cell = expand_cell_ref(field, quote_mixed!(__cells));
        let ty = field.ty;
        let is_parameter = |path: &syn::TypePath| {
            self.group.generics.type_params().any(|parameter| path.path.is_ident(&parameter.ident))
        };
        let here = self.library_at(key);
        let clone = if matches!(ty, Type::Path(path) if is_parameter(path)) {
            quote_spanned!(key=> <#ty as #here::Clone>::clone)
        } else {
            quote_spanned!(key=> <#ty as #here::Callable>::clone_of)
        };
        let (kind, function) =
            (Ident::new(kind, Span::mixed_site()), item_name(expression.key.name(), field));
        let value = Ident::new("__value", hygienic(&field.ident).span());
        let boxed = self.expand_boxed(&expression.expr, key, quote_mixed!(Self::#function(#value).await));
        quote_mixed!(#p::call_on_clone(#p::CallKind::#kind, #cell, __context, #clone, |#value| #boxed);)
    }

    /// Writes
    ///
    /// ```text
    /// |cells, context| stop::<GrpcServer>(&cells.rpc, context)
    /// |cells, _| ValueCell::take(&cells.store).map(|value| boxed(async move { Self::__stop_store(value).await }))
    /// ```
    ///
    /// The second is for a field with `stop = ..`.
    fn expand_stop_call(&self, field: &Field, service: &Service) -> TokenStream {
        let p = &self.library;
        let cell = expand_cell_ref(field, quote_mixed!(__cells));
        if let Some(expression) = service.value_expression(ValueKey::Stop) {
            let stop = item_name("stop", field);
            let value = Ident::new("__value", hygienic(&field.ident).span());
            let stopped = quote_mixed!(Self::#stop(#value).await);
            let boxed = self.expand_boxed(&expression.expr, expression.key_span, stopped);
            return quote_mixed!(|__cells, _| #p::ValueCell::take(#cell).map(|#value| #boxed));
        }
        let stop = self.expand_function_of_type("stop", field);
        quote_mixed!(|__cells, __context| #stop(#cell, __context))
    }

    /// Writes `stop::<GrpcServer>`, located at the type.
    fn expand_function_of_type(&self, name: &str, field: &Field) -> TokenStream {
        let (span, _) = first_last_span(field.ty);
        let (p, name, ty) = (self.library_at(span), Ident::new(name, span), field.ty);
        quote_spanned!(span=> #p::#name::<#ty>)
    }
}

/// Writes the variant of the runtime's enum of the same name.
fn expand_edge_kind(kind: EdgeKind) -> TokenStream {
    match kind {
        EdgeKind::Use => quote_mixed!(Use),
        // An edge of `start_after` is not a dependency. `expand_options` writes it.
        EdgeKind::After | EdgeKind::StartAfter => quote_mixed!(After),
        EdgeKind::First => quote_mixed!(First),
        EdgeKind::Last => quote_mixed!(Last),
    }
}
