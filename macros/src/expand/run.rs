//! What users call: `PLAN`, `runner`, `start`, `run`. The stubs of a group with mistakes have the same signatures.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Ident;

use super::start::ends;
use super::{Code, code, private};
use crate::ast::{Field, Group, Kind};

/// What users call; the bodies of `PLAN` and of `runner` differ between a sound group and one with mistakes.
pub(crate) struct Api<'a> {
    pub(crate) group: &'a Group<'a>,
    pub(crate) docs: String,
    pub(crate) plan: TokenStream,
    /// Nothing where the group has mistakes: then nothing can be run.
    pub(crate) runner: Option<TokenStream>,
}

impl Api<'_> {
    /// Writes
    ///
    /// ```text
    /// impl App {
    ///     pub const PLAN: Plan = ..;
    ///     pub fn runner(config: Config) -> Runner<Self> { .. }
    ///     pub async fn start(config: Config) -> Result<Running<Self>, StartError> { .. }
    ///     pub async fn run(config: Config) -> Outcome { .. }
    /// }
    /// ```
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { group, docs, plan, .. } = self;
        let (p, input) = (private(group), group.input);
        let [runner, start, run] = self.bodies();
        let (name, vis) = (&input.ident, &input.vis);
        let (impl_generics, ty_generics, where_clause) = group.generics.split_for_impl();
        // What was refused for its lifetimes is no argument for the types of the library.
        let bound = (!group.is_static()).then(|| code!(where Self: 'static));
        let inputs: Vec<_> = group.inputs().map(|field| self.expand_input(field)).collect();
        let service_group = expand_service_group(group, &p);
        code! {
            #service_group

            #[allow(clippy::too_many_arguments)]
            impl #impl_generics #name #ty_generics #where_clause {
                #[doc = #docs]
                #vis const PLAN: #p::Plan = #plan;

                /// A run of the group that can be adjusted before it begins.
                #vis fn runner(#(#inputs),*) -> #p::Runner<Self> #bound {
                    #runner
                }

                /// Starts all services, and gives the group when it is ready: for tests, and to embed it. Touches
                /// neither signals nor the process.
                ///
                /// # Errors
                ///
                /// The first service that did not start; what had started was stopped again.
                #vis async fn start(#(#inputs),*) -> #p::Result<#p::Running<Self>, #p::StartError> #bound {
                    #start
                }

                /// Runs the group until it is told to stop, by a signal too, and stops it: owns the process, and is
                /// what `main` returns.
                #vis async fn run(#(#inputs),*) -> #p::Outcome {
                    #run
                }
            }
        }
    }
}

impl Api<'_> {
    /// The bodies of `runner`, `start` and `run`. Writes, for `start` and `run`,
    ///
    /// ```text
    /// async fn start<A: ServiceGroup>(runner: Runner<A>) -> Result<Running<A>, StartError> {
    ///     Box::pin(runner.start()).await
    /// }
    /// start(Self::runner(config)).await
    /// ```
    ///
    /// In a function that knows of any group that it can be sent, so that rustc tells not in here, once more, that
    /// this one cannot. The futures are boxed since they hold the whole group, and clippy would call that of a big
    /// one large where the user awaits it.
    fn bodies(&self) -> [TokenStream; 3] {
        let Some(runner) = &self.runner else {
            return [code!(loop {}), code!(loop {}), code!(loop {})];
        };
        let p = private(self.group);
        let names: Vec<_> = self.group.inputs().map(|field| &field.ident).collect();
        let body = |call: TokenStream, output: TokenStream| {
            code! {
                async fn __run<__A: #p::ServiceGroup>(__runner: #p::Runner<__A>) -> #output {
                    #p::Box::pin(__runner.#call()).await
                }
                __run(Self::runner(#(#names),*)).await
            }
        };
        let start = body(code!(start), code!(#p::Result<#p::Running<__A>, #p::StartError>));
        let run = body(code!(run), code!(#p::Outcome));
        [runner.clone(), start, run]
    }

    /// A parameter; without a name where nobody looks at it, so that it is not called unused.
    fn expand_input(&self, field: &Field) -> TokenStream {
        let (name, ty) = (&field.ident, field.ty);
        if self.runner.is_some() { code!(#name: #ty) } else { code!(_: #ty) }
    }
}

/// Writes
///
/// ```text
/// impl SealedGroup for App {}
/// impl ServiceGroup for App { const PLAN: Plan = Self::PLAN; }
/// const _: Plan = App::PLAN;          // where it is not generic: checked though nobody mentions it
/// ```
///
/// Services are `'static`, so that a struct with a lifetime, which was refused, is no group. The names of the
/// constant stand where an overrun is told, so that rustc's notes on who needed it point nowhere else.
fn expand_service_group(group: &Group, p: &TokenStream) -> Option<TokenStream> {
    let (name, generics) = (&group.input.ident, &group.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let span = budget(group);
    let plan = quote_spanned!(span=> Self::PLAN);
    let forced = generics.params.is_empty().then(|| {
        let plan = quote_spanned!(span=> <#name>::PLAN);
        code!(const _: #p::Plan = #plan;)
    });
    group.is_static().then(|| {
        code! {
            #[automatically_derived]
            impl #impl_generics #p::SealedGroup for #name #ty_generics #where_clause {}
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
    /// Runner::new(move |group| Cells { .. }, const { &GroupVTable { .. } })
    /// ```
    pub(super) fn expand_runner(&self) -> TokenStream {
        let (p, span) = (&self.private, Span::mixed_site());
        let handle = self.group.fields.iter().find(|field| matches!(field.kind, Kind::Handle));
        // At the type of the field, where it is told if that is no `GroupHandle`.
        let given = Ident::new("__group", handle.map_or(span, |field| ends(field.ty).0));
        let checked = handle.map(|Field { ty, .. }| quote_spanned!(given.span()=> let #given: #ty = #given;));
        let pattern = if handle.is_some() { given.to_token_stream() } else { code!(_) };
        let (cells, wiring) = (self.expand_new_cells(&given), self.expand_wiring());
        code! {
            #p::Runner::new(
                move |#pattern| {
                    #checked
                    #cells
                },
                #wiring
            )
        }
    }
}
