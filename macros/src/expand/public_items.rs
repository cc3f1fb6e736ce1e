//! The items that users call: `PLAN`, `runner`, `start`, `run`, and the `ServiceGroup` impl. A group with mistakes gets
//! the same signatures.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Ident;

use super::hygiene::{hygienic, library_path, quote_mixed, without_self};
use crate::ast::{Field, Group};

/// The public items. The bodies of `PLAN` and `runner` differ between a sound group and one with mistakes.
pub(crate) struct PublicItems<'a> {
    pub(crate) group: &'a Group<'a>,
    pub(crate) docs: String,
    pub(crate) plan: TokenStream,
    /// The body of `runner`. `None` if the group has mistakes, since it cannot run then.
    pub(crate) runner: Option<TokenStream>,
}

/// The bodies of the functions.
struct Bodies {
    runner: TokenStream,
    start: TokenStream,
    run: TokenStream,
}

impl PublicItems<'_> {
    /// Writes
    ///
    /// ```text
    /// impl App {
    ///     pub const PLAN: Plan = ..;
    ///     pub const KEYS: Keys = Keys { .. };
    ///     pub fn runner(config: Config) -> Runner<Self> { .. }
    ///     pub async fn start(config: Config) -> Result<Running<Self>, StartError> { .. }
    ///     pub async fn run(config: Config) -> Outcome { .. }
    /// }
    /// ```
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { group, docs, plan, .. } = self;
        let p = library_path(group);
        let input = group.input;
        let Bodies { runner, start, run } = self.bodies();
        let (name, vis) = (&input.ident, &input.vis);
        let (impl_generics, ty_generics, where_clause) = group.generics.split_for_impl();
        // A struct with a lifetime was reported already; without this bound rustc would report it again.
        let bound = (!group.is_static()).then(|| quote_mixed!(where Self: 'static));
        let parameters: Vec<_> = group.parameters().map(|field| self.expand_parameter(field)).collect();
        let service_group = expand_service_group(group, &p);
        let [keys_struct, keys] = expand_keys(group, &p);
        let lints: TokenStream = group.fields.iter().map(|field| field.lints.allowed()).collect();
        if group.is_unsized() {
            return quote_mixed! {
                impl #impl_generics #name #ty_generics #where_clause {
                    #vis const PLAN: #p::Plan = #plan;
                    #vis async fn run(#(#parameters),*) -> #p::Outcome { #run }
                }
            };
        }
        quote_mixed! {
            #service_group
            #keys_struct

            #lints
            #[allow(
                clippy::too_many_arguments,
                clippy::used_underscore_binding,
                clippy::implicit_return,
                clippy::impl_trait_in_params
            )]
            impl #impl_generics #name #ty_generics #where_clause {
                #[doc = #docs]
                #vis const PLAN: #p::Plan = #plan;

                #keys

                /// Returns a run of the group that can be configured before it starts.
                #vis fn runner(#(#parameters),*) -> #p::Runner<Self> #bound {
                    #runner
                }

                /// Starts all services and returns the running group: for tests, and to embed it. It handles no
                /// signals, and does not end the process.
                ///
                /// # Errors
                ///
                /// The first service that did not start. Services that had started were stopped again.
                #vis async fn start(#(#parameters),*) -> #p::Result<#p::Running<Self>, #p::StartError> #bound {
                    #start
                }

                /// Runs the group until a signal, the code or a failure requests the stop, and stops it. For `main`,
                /// which returns the outcome.
                #[allow(clippy::future_not_send)]
                #vis async fn run(#(#parameters),*) -> #p::Outcome {
                    #run
                }
            }
        }
    }

    /// The bodies of `runner`, `start` and `run`. Writes, for `start` and `run`,
    ///
    /// ```text
    /// async fn call<A: ServiceGroup>(runner: Runner<A>) -> Result<Running<A>, StartError> {
    ///     Box::pin(runner.start()).await
    /// }
    /// call(Self::runner(config)).await
    /// ```
    ///
    /// The inner function is generic over the group, so that rustc does not report here, once more, a field that cannot
    /// be sent. The futures are boxed since they contain the whole group: clippy would otherwise report a large future
    /// where the user awaits that of a big group.
    fn bodies(&self) -> Bodies {
        let Some(runner) = &self.runner else {
            // A stub never runs. `loop {}` has any type, and unlike `todo!()` no lint reports it.
            let stub = || quote_mixed!(loop {});
            return Bodies { runner: stub(), start: stub(), run: stub() };
        };
        let p = library_path(self.group);
        let names: Vec<_> = self.group.parameters().map(|field| &field.ident).collect();
        let body = |method: TokenStream, output: TokenStream| {
            quote_mixed! {
                async fn __call<A: #p::ServiceGroup>(__runner: #p::Runner<A>) -> #output {
                    #p::Box::pin(__runner.#method()).await
                }
                __call(Self::runner(#(#names),*)).await
            }
        };
        let start = body(quote_mixed!(start), quote_mixed!(#p::Result<#p::Running<A>, #p::StartError>));
        let run = body(quote_mixed!(run), quote_mixed!(#p::Outcome));
        Bodies { runner: runner.clone(), start, run }
    }

    /// A parameter: `listener: impl Into<Take<TcpListener>>` where the type is a `Take`. It has no name in a stub, which does
    /// not use it.
    fn expand_parameter(&self, field: &Field) -> TokenStream {
        let (name, p) = (&field.ident, library_path(self.group));
        let ty = field.ty.to_token_stream();
        let ty = if field.is_take { quote_mixed!(impl #p::Into<#ty>) } else { ty };
        match (&self.runner, field.refused) {
            (Some(_), _) => quote_mixed!(#name: #ty),
            (None, None) => quote_mixed!(_: #ty),
            (None, Some(_)) => quote_mixed!(_: impl Sized),
        }
    }
}

/// Writes
///
/// ```text
/// impl SealedGroup for App {}
/// impl ServiceGroup for App { const PLAN: Plan = Self::PLAN; }
/// ```
///
/// A struct with a lifetime, which was reported, gets no impl. The mention of the constant is located at the budget, where
/// rustc reports an overrun of a generic group, so that its notes do not point anywhere else.
fn expand_service_group(group: &Group, p: &TokenStream) -> Option<TokenStream> {
    let (name, generics) = (&group.input.ident, &group.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let span = budget_span(group);
    let plan = quote_spanned!(span=> Self::PLAN);
    group.is_static().then(|| {
        quote_mixed! {
            #[automatically_derived]
            impl #impl_generics #p::SealedGroup for #name #ty_generics #where_clause {}
            #[automatically_derived]
            impl #impl_generics #p::ServiceGroup for #name #ty_generics #where_clause {
                const PLAN: #p::Plan = #plan;
            }
        }
    })
}

/// Writes the struct of keys and the constant `KEYS`,
///
/// ```text
/// struct Keys { store: Key<App, Store>, .. }
/// const KEYS: Keys = Keys { store: Key::new(0), .. };
/// ```
///
/// A field has the visibility that it has in the group. A group without services has no keys, and neither has one that
/// rustc refuses as a whole.
fn expand_keys(group: &Group, p: &TokenStream) -> [Option<TokenStream>; 2] {
    if group.services().next().is_none() || group.has_refused_type() || !group.has_sound_fields {
        return [None, None];
    }
    let (name, vis) = (&group.input.ident, &group.input.vis);
    let (impl_generics, ty_generics, where_clause) = group.generics.split_for_impl();
    let keys = Ident::new("__ServiceGroupKeys", Span::mixed_site());
    let fields: Vec<_> = group.services().map(|(field, _)| hygienic(&field.ident)).collect();
    let indices = 0..fields.len();
    let types = group.services().map(|(field, _)| {
        let (vis, ty) = (field.vis, without_self(group, field.ty.to_token_stream()));
        let lints = field.lints.allowed();
        (quote_mixed!(#lints #vis), quote_mixed!(#p::Key<#name #ty_generics, #ty>))
    });
    let declared = types.zip(&fields).map(|((head, ty), field)| quote_mixed!(#head #field: #ty));
    let keys_struct = quote_mixed! {
        #[allow(private_interfaces, dead_code, clippy::type_complexity)]
        #vis struct #keys #impl_generics #where_clause { #(#declared),* }
    };
    let constant = quote_mixed! {
        /// The keys of the services: `KEYS.name` stands for the service of that name where code replaces or chooses one.
        #[allow(private_interfaces)]
        #vis const KEYS: #keys #ty_generics = #keys { #(#fields: #p::Key::new(#indices)),* };
    };
    [Some(keys_struct), Some(constant)]
}

/// The span at which rustc reports an overrun: the budget, or the group's name if the budget is the default.
pub(super) fn budget_span(group: &Group) -> Span {
    group.options.stop_within.as_ref().map_or(group.input.ident.span(), |duration| duration.span)
}
