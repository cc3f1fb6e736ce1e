//! The cells: one for each field, made by `runner` and handed to the engine.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Ident;

use super::{Code, code, is_input, own};
use crate::ast::{Field, Kind};

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// struct Cells<G> { config: Shared<Config>, gateway: Owned<HttpServer>, .. }
    /// ```
    pub(super) fn expand_cells(&self) -> TokenStream {
        let (cells, p) = (&self.cells, &self.private);
        let (impl_generics, _, where_clause) = self.group.input.generics.split_for_impl();
        let fields = self.group.fields.iter().map(|field| {
            let (name, cell, ty) =
                (own(&field.ident), self.cell(field), self.without_self(field.ty.to_token_stream()));
            code!(#name: #p::#cell<#ty>)
        });
        code! {

            struct #cells #impl_generics #where_clause { #(#fields),* }
        }
    }

    /// Writes the struct of cells, full where it is no service.
    pub(super) fn expand_new_cells(&self, handle: &Ident) -> TokenStream {
        let (cells, p) = (&self.cells, &self.private);
        let fields = self.group.fields.iter().map(|field| {
            let (name, cell, input) = (own(&field.ident), self.cell(field), &field.ident);
            match field.kind {
                Kind::Input => code!(#name: #p::#cell::full(#input)),
                Kind::Handle => code!(#name: #p::#cell::full(#handle)),
                Kind::Service(_) => code!(#name: #p::#cell::empty()),
            }
        });
        code!(#cells { #(#fields),* })
    }

    /// Writes the functions over all cells: `inputs`, `assemble`, `scatter`.
    pub(super) fn expand_wiring(&self) -> TokenStream {
        let (cells, p) = (&self.cells, &self.private);
        let (_, ty_generics, _) = self.group.input.generics.split_for_impl();
        let table = self.group.services().map(|(field, _)| self.expand_entry(field));
        let inputs = self.group.fields.iter().filter(|field| is_input(field)).map(|field| own(&field.ident));
        let names: Vec<_> = self.group.fields.iter().map(|field| own(&field.ident)).collect();
        let values: Vec<_> = (0..names.len())
            .map(|index| quote::format_ident!("__value{index}", span = Span::mixed_site()))
            .collect();
        code! {
            const {
                &#p::Wiring::<#cells #ty_generics, Self> {
                    table: &[#(#table),*],
                    inputs: |__cells| {
                        let __inputs: #p::Box<[&dyn #p::AnyCell]> = #p::Box::new([#(&__cells.#inputs),*]);
                        __inputs.into_vec()
                    },
                    assemble: |__cells| Self { #(#names: #p::take(&__cells.#names)),* },
                    scatter: |__group, __cells| {
                        let Self { #(#names: #values),* } = __group;
                        #(#p::Cell::put(&__cells.#names, #values);)*
                    },
                }
            }
        }
    }

    /// The type with the group's own name for `Self`, which would be the cells.
    fn without_self(&self, tokens: TokenStream) -> TokenStream {
        let (_, ty_generics, _) = self.group.input.generics.split_for_impl();
        let name = &self.group.input.ident;
        let tokens = tokens.into_iter().map(|token| match token {
            TokenTree::Ident(word) if word == "Self" => code!(#name #ty_generics),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), self.without_self(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner).into()
            }
            token => token.into(),
        });
        tokens.collect()
    }

    /// Shared where a start names the field.
    fn cell(&self, field: &Field) -> TokenStream {
        if self.shared.contains(field.name.as_str()) { code!(Shared) } else { code!(Owned) }
    }
}
