//! What users call: `PLAN`, `runner`, `start`, `run`. The stubs of a group with mistakes have the same signatures.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::{Code, code, private};
use crate::ast::{Group, Kind};

/// What users call; the bodies of `PLAN` and of `runner` differ between a sound group and one with mistakes.
pub(crate) struct Api<'a> {
    pub(crate) group: &'a Group<'a>,
    pub(crate) docs: String,
    pub(crate) plan: TokenStream,
    pub(crate) runner: TokenStream,
}

impl Api<'_> {
    /// Writes
    ///
    /// ```text
    /// impl App {
    ///     pub const PLAN: Plan = ..;
    ///     pub fn runner(config: Config) -> Runner<Self> { .. }
    ///     pub async fn start(config: Config) -> Result<Running<Self>, StartError> { Self::runner(config).start().await }
    ///     pub async fn run(config: Config) -> Outcome { Self::runner(config).run().await }
    /// }
    /// ```
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { group, docs, plan, runner } = self;
        let (p, input) = (private(group), group.input);
        let (name, vis) = (&input.ident, &input.vis);
        let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
        let names: Vec<_> = group.inputs().map(|field| &field.ident).collect();
        let types: Vec<_> = group.inputs().map(|field| field.ty).collect();
        let service_group = expand_service_group(group, &p);
        code! {
            #service_group

            #[automatically_derived]
            #[allow(clippy::too_many_arguments)]
            impl #impl_generics #name #ty_generics #where_clause {
                #[doc = #docs]
                #vis const PLAN: #p::Plan = #plan;

                /// A run of the group that can be adjusted before it begins.
                #vis fn runner(#(#names: #types),*) -> #p::Runner<Self> {
                    #runner
                }

                /// Starts all services, and gives the group when it is ready: for tests, and to embed it. Touches
                /// neither signals nor the process.
                ///
                /// # Errors
                ///
                /// The first service that did not start; what had started was stopped again.
                #vis async fn start(#(#names: #types),*) -> #p::Result<#p::Running<Self>, #p::StartError> {
                    Self::runner(#(#names),*).start().await
                }

                /// Runs the group until it is told to stop, by a signal too, and stops it: owns the process, and is
                /// what `main` returns.
                #vis async fn run(#(#names: #types),*) -> #p::Outcome {
                    Self::runner(#(#names),*).run().await
                }
            }
        }
    }
}

/// Writes
///
/// ```text
/// impl ServiceGroup for App { const PLAN: Plan = Self::PLAN; }
/// const _: Plan = App::PLAN;          // where it is not generic: checked though nobody mentions it
/// ```
///
/// Services are `'static`, so that a struct with a lifetime, which was refused, is no group. The names of the
/// constant stand where an overrun is told, so that rustc's notes on who needed it point nowhere else.
fn expand_service_group(group: &Group, p: &TokenStream) -> Option<TokenStream> {
    let (name, generics) = (&group.input.ident, &group.input.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let span = budget(group);
    let plan = quote_spanned!(span=> Self::PLAN);
    let forced = generics.params.is_empty().then(|| {
        let plan = quote_spanned!(span=> <#name>::PLAN);
        code!(const _: #p::Plan = #plan;)
    });
    generics.lifetimes().next().is_none().then(|| {
        code! {
            #[automatically_derived]
            impl #impl_generics #p::ServiceGroup for #name #ty_generics #where_clause {
                const PLAN: #p::Plan = #plan;
            }
            #forced
        }
    })
}

/// Where an overrun is told: at the budget, or at the group's name where the budget is the default.
pub(super) fn budget(group: &Group) -> Span {
    group.options.stop_within.as_ref().map_or(group.input.ident.span(), |window| window.span)
}

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// Runner::new(move |group| Cells { .. }, const { &Wiring { .. } })
    /// ```
    pub(super) fn expand_runner(&self) -> TokenStream {
        let p = &self.private;
        let handle = code!(__group);
        let has_handle = self.group.fields.iter().any(|field| matches!(field.kind, Kind::Handle));
        let pattern = if has_handle { handle.clone() } else { code!(_) };
        let (cells, wiring) = (self.expand_new_cells(&handle), self.expand_wiring());
        code!(#p::Runner::new(move |#pattern| #cells, #wiring))
    }
}
