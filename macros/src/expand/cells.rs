//! The cells: one for each field, made by `runner` and handed to the engine.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::Ident;

use super::{Code, at_type, cell, code, is_input, own};
use crate::ast::{Field, Kind};

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// struct Cells<G> { config: <Config as Shareable>::Cell, gateway: <HttpServer as Sendable>::Cell, .. }
    /// ```
    ///
    /// These are `SharedCell<Config>` and `OwnedCell<HttpServer>`, or, where the type cannot be sent, nothing at all: one error
    /// at the field, and not one for each function that has to do with the cells.
    pub(super) fn expand_cells(&self) -> TokenStream {
        let cells = &self.cells;
        let (impl_generics, _, where_clause) = self.group.generics.split_for_impl();
        let names = self.group.fields.iter().map(cell);
        let types = self.group.fields.iter().map(|field| self.cell_type(field));
        code! {

            struct #cells #impl_generics #where_clause { #(#names: #types),* }
        }
    }

    /// Writes the struct of cells, full where it is no service.
    pub(super) fn expand_new_cells(&self, handle: &Ident) -> TokenStream {
        let cells = &self.cells;
        let fields = self.group.fields.iter().map(|field| {
            let (name, input, span) = (cell(field), &field.ident, at_type(field));
            let here = self.private_at(span);
            let cell = Ident::new(if self.is_shared(field) { "SharedCell" } else { "OwnedCell" }, span);
            match field.kind {
                Kind::Input => quote_spanned!(span=> #name: #here::#cell::full(#input)),
                Kind::Handle => quote_spanned!(span=> #name: #here::#cell::full(#handle)),
                Kind::Service(_) => quote_spanned!(span=> #name: #here::#cell::empty()),
            }
        });
        code!(#cells { #(#fields),* })
    }

    /// Writes the functions over all cells: `inputs`, `assemble`, `disassemble`.
    pub(super) fn expand_wiring(&self) -> TokenStream {
        let (cells, p) = (&self.cells, &self.private);
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let table = self.group.services().map(|(field, _)| self.expand_entry(field));
        let look = |field| looked_at(field, code!(__cells));
        let inputs = self.group.fields.iter().filter(|field| is_input(field)).map(look);
        let names: Vec<_> = self.group.fields.iter().map(|field| own(&field.ident)).collect();
        let types = self.group.fields.iter().map(|field| self.cell_type(field));
        let each: Vec<_> = self.group.fields.iter().map(look).collect();
        let values: Vec<_> = (0..names.len())
            .map(|index| quote::format_ident!("__value{index}", span = Span::mixed_site()))
            .collect();
        code! {
            const {
                &#p::GroupVTable::<<#cells #ty_generics as #p::CellsOf<(#(#types,)*)>>::Cells, Self> {
                    table: &[#(#table),*],
                    inputs: |__cells| {
                        let __inputs: #p::Box<[&dyn #p::AnyCell]> = #p::Box::new([#(#inputs),*]);
                        __inputs.into_vec()
                    },
                    assemble: |__cells| Self { #(#names: #p::take(#each)),* },
                    disassemble: |__group, __cells| {
                        let Self { #(#names: #values),* } = __group;
                        #(#p::ValueCell::put(#each, #values);)*
                    },
                }
            }
        }
    }

    /// The type with the group's own name for `Self`, which would be the cells.
    fn without_self(&self, tokens: TokenStream) -> TokenStream {
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
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

    /// Writes `<GrpcServer as Sendable>::Cell`, all of it but the type itself at the type's place.
    fn cell_type(&self, field: &Field) -> TokenStream {
        let (ty, span) = (self.without_self(field.ty.to_token_stream()), at_type(field));
        let (here, can) =
            (self.private_at(span), if self.is_shared(field) { "Shareable" } else { "Sendable" });
        let can = Ident::new(can, span);
        quote_spanned!(span=> <#ty as #here::#can>::Cell)
    }

    /// Where a start names the field.
    fn is_shared(&self, field: &Field) -> bool {
        self.shared.contains(field.name.as_str())
    }
}

/// Writes `&CELLS.name`, all of it at the field's type.
pub(super) fn looked_at(field: &Field, cells: TokenStream) -> TokenStream {
    let (name, span) = (cell(field), at_type(field));
    let cells = cells.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    quote_spanned!(span=> &#(#cells)*.#name)
}
