//! The code of a sound group. Nothing in here can fail.
//!
//! What is generated refers to the library through one path only, keeps the spans of what the user wrote, and binds
//! its own names at `mixed_site`, so that it neither sees the user's locals nor is seen by the user's expressions.

mod cells;
mod editor;
mod entry;
mod plan;
mod run;
mod start;

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::Ident;

use crate::ast::{Field, Group, Kind, Service};
use crate::check::Checked;
use crate::duration::Window;
pub(crate) use run::Api;

/// `quote!`, with the span of generated code.
macro_rules! code {
    ($($tokens:tt)*) => { ::quote::quote_spanned! { ::proc_macro2::Span::mixed_site() => $($tokens)* } };
}
pub(crate) use code;

/// All that the code is made from.
pub(crate) struct Code<'a> {
    group: &'a Group<'a>,
    checked: Checked,
    /// The names of the fields that some start names.
    shared: BTreeSet<&'a str>,
    private: TokenStream,
    cells: Ident,
}

impl<'a> Code<'a> {
    pub(crate) fn new(group: &'a Group<'a>, checked: Checked) -> Self {
        let cells = Ident::new("__ServiceGroupCells", Span::mixed_site());
        let named = checked.named.iter().flatten().filter_map(|(index, _)| group.fields.get(*index));
        let shared = named.map(|field| field.name.as_str()).collect();
        Self { group, checked, shared, private: private(group), cells }
    }

    /// Writes
    ///
    /// ```text
    /// const _: () = {
    ///     struct Cells { .. }
    ///     impl App { .. }                        // the functions and the table of each service
    ///     impl ServiceGroup for App { .. }
    ///     impl App { .. }                        // `PLAN`, `runner`, `start`, `run`
    /// };
    /// ```
    pub(crate) fn expand(&self) -> TokenStream {
        let cells = self.expand_cells();
        let services = self.expand_services();
        let (docs, plan, runner) = (self.expand_docs(), self.expand_plan(), Some(self.expand_runner()));
        let api = Api { group: self.group, docs, plan, runner }.expand();
        code! {
            const _: () = {
                #cells
                #services
                #api
            };
        }
    }

    fn expand_services(&self) -> TokenStream {
        let (name, (impl_generics, ty_generics, where_clause)) =
            (&self.group.input.ident, self.group.generics.split_for_impl());
        let each = self.group.services().enumerate().map(|(index, (field, service))| {
            let start = self.expand_start(index, field, service);
            let stop = service.stop.as_ref().map(|stop| self.expand_stop(field, service, stop));
            let constant = self.expand_service(index, field, service);
            code!(#start #stop #constant)
        });
        let names = self.expand_names();
        code! {
            #[allow(clippy::ptr_arg, clippy::too_many_arguments)]
            impl #impl_generics #name #ty_generics #where_clause {
                #(#each)*
            }
            #names
        }
    }

    /// The fields that the start of a service names, each with the span of the first use.
    fn named(&self, service: usize) -> impl Iterator<Item = (&Field<'a>, Span)> {
        let named = self.checked.named.get(service).into_iter().flatten();
        named.filter_map(|(field, span)| self.group.fields.get(*field).map(|field| (field, *span)))
    }

    fn private_at(&self, span: Span) -> TokenStream {
        private_at(self.group, span)
    }

    fn expand_window(&self, window: Option<&Window>) -> TokenStream {
        let p = &self.private;
        window.map_or_else(
            || code!(#p::None),
            |Window { nanos, .. }| code!(#p::Some(#p::Duration::from_nanos(#nanos))),
        )
    }
}

/// The path of all that generated code refers to.
pub(crate) fn private(group: &Group) -> TokenStream {
    private_at(group, Span::mixed_site())
}

/// The same path where rustc's errors should point at what the user wrote.
fn private_at(group: &Group, span: Span) -> TokenStream {
    let krate = group.options.krate.to_token_stream().into_iter().map(|mut token| {
        token.set_span(span.resolved_at(token.span()));
        token
    });
    quote_spanned!(span=> #(#krate)*::__private0)
}

/// A field's name for the places that are ours.
fn own(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(Span::mixed_site().located_at(ident.span()));
    ident
}

/// A field's name among the cells, at the field's type: whether that can be sent at all is told there, and since it is
/// the same place wherever the cell is used, it is told once.
fn cell(field: &Field) -> Ident {
    let mut ident = field.ident.clone();
    ident.set_span(at_type(field));
    ident
}

/// The place of a field's type, for what is ours.
fn at_type(field: &Field) -> Span {
    Span::mixed_site().located_at(start::ends(field.ty).0)
}

/// The name of a function or constant of one service.
fn item(kind: &str, field: &Field) -> Ident {
    format_ident!("__{kind}_{}", field.name, span = Span::mixed_site())
}

fn is_input(field: &Field) -> bool {
    !matches!(field.kind, Kind::Service(_))
}

/// Whether the field says itself how it stops.
fn stops_itself(service: &Service) -> bool {
    service.stop.is_some()
}
