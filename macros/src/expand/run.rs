//! What users call: `PLAN`, `runner`, `start`, `run`. The stubs of a group with mistakes have the same signatures.

use proc_macro2::TokenStream;

use super::{Code, code, private};
use crate::ast::{Group, Kind};

/// The lints that generated code is exempt from; the list is in the documentation of the attribute.
pub(crate) fn allowed() -> TokenStream {
    code! {
        #[allow(
            dead_code,
            deprecated,
            non_snake_case,
            non_upper_case_globals,
            private_interfaces,
            unreachable_pub,
            clippy::all,
            clippy::pedantic,
        )]
    }
}

/// The four items, with or without a body.
pub(crate) struct Api<'a> {
    group: &'a Group<'a>,
    private: TokenStream,
}

impl<'a> Api<'a> {
    pub(crate) fn new(group: &'a Group<'a>) -> Self {
        Self { group, private: private(group) }
    }

    /// Writes
    ///
    /// ```text
    /// impl App {
    ///     pub const PLAN: Plan = <Self as ServiceGroup>::PLAN;
    ///     pub fn runner(config: Config) -> Runner<Self> { .. }
    ///     pub async fn start(config: Config) -> Result<Running<Self>, StartError> { Self::runner(config).start().await }
    ///     pub async fn run(config: Config) -> Outcome { Self::runner(config).run().await }
    /// }
    /// ```
    pub(crate) fn expand(&self, docs: &str, runner: &TokenStream) -> TokenStream {
        let (p, input) = (&self.private, self.group.input);
        let (name, vis, allowed) = (&input.ident, &input.vis, allowed());
        let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
        let names: Vec<_> = self.group.inputs().map(|field| &field.ident).collect();
        let types: Vec<_> = self.group.inputs().map(|field| field.ty).collect();
        code! {
            #[automatically_derived]
            #allowed
            impl #impl_generics #name #ty_generics #where_clause {
                #[doc = #docs]
                #vis const PLAN: #p::Plan = <Self as #p::ServiceGroup>::PLAN;

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

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// Runner::new(move |group| Cells { .. }, const { &Wiring { .. } })
    /// ```
    pub(super) fn expand_runner(&self) -> TokenStream {
        let p = &self.private;
        let handle = code!(group);
        let has_handle = self.group.fields.iter().any(|field| matches!(field.kind, Kind::Handle));
        let pattern = if has_handle { handle.clone() } else { code!(_) };
        let (cells, wiring) = (self.expand_new_cells(&handle), self.expand_wiring());
        code!(#p::Runner::new(move |#pattern| #cells, #wiring))
    }
}
