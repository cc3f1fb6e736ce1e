//! The struct of cells: one cell for each field, which holds its value until the group is assembled and while it stops.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::Ident;

use super::expander::Expander;
use super::hygiene::{quote_mixed, type_span};
use crate::ast::{Field, Role};

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// struct Cells<G> { config: <Config as Shareable>::Cell, gateway: <HttpServer as Sendable>::Cell, .. }
    /// ```
    ///
    /// The types are `SharedCell<Config>` for fields that some start expression names, and `OwnedCell<HttpServer>` for
    /// the others. They are projections so that rustc reports a type that cannot be sent once, at the field, and not in
    /// each function over the cells.
    pub(super) fn expand_cells(&self) -> TokenStream {
        let cells = &self.cells;
        let (impl_generics, _, where_clause) = self.group.generics.split_for_impl();
        let names = self.group.fields.iter().map(cell_name);
        let types = self.group.fields.iter().map(|field| self.expand_cell_type(field));
        quote_mixed! {
            struct #cells #impl_generics #where_clause { #(#names: #types),* }
        }
    }

    /// Writes `Cells { config: SharedCell::full(config), gateway: OwnedCell::empty(), .. }`.
    pub(super) fn expand_new_cells(&self, handle: &Ident) -> TokenStream {
        let cells = &self.cells;
        let fields = self.group.fields.iter().map(|field| {
            let (name, input, span) = (cell_name(field), &field.ident, type_span(field));
            let p = self.library_at(span);
            let cell = Ident::new(if self.is_shared(field) { "SharedCell" } else { "OwnedCell" }, span);
            match field.role {
                Role::Input => quote_spanned!(span=> #name: #p::#cell::full(#input)),
                Role::Handle => quote_spanned!(span=> #name: #p::#cell::full(#handle)),
                Role::Service(_) => quote_spanned!(span=> #name: #p::#cell::empty()),
            }
        });
        quote_mixed!(#cells { #(#fields),* })
    }

    /// Writes `<GrpcServer as Sendable>::Cell`. All of it except the type itself is located at the type.
    pub(super) fn expand_cell_type(&self, field: &Field) -> TokenStream {
        let (ty, span) = (self.without_self(field.ty.to_token_stream()), type_span(field));
        let p = self.library_at(span);
        let bound = Ident::new(if self.is_shared(field) { "Shareable" } else { "Sendable" }, span);
        quote_spanned!(span=> <#ty as #p::#bound>::Cell)
    }

    /// The type with `Self` replaced by the group: inside the struct of cells, `Self` would mean the cells.
    fn without_self(&self, tokens: TokenStream) -> TokenStream {
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let name = &self.group.input.ident;
        let tokens = tokens.into_iter().map(|token| match token {
            TokenTree::Ident(word) if word == "Self" => quote_mixed!(#name #ty_generics),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), self.without_self(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner).into()
            }
            token => token.into(),
        });
        tokens.collect()
    }
}

/// Writes `&CELLS.name`, located at the field's type.
pub(super) fn expand_cell_ref(field: &Field, cells: TokenStream) -> TokenStream {
    let (name, span) = (cell_name(field), type_span(field));
    let cells = cells.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    quote_spanned!(span=> &#(#cells)*.#name)
}

/// The name of a field's cell, located at the field's type. rustc reports there that the type cannot be sent. It has the
/// same span wherever the cell is used, so that rustc reports the error once.
fn cell_name(field: &Field) -> Ident {
    let mut ident = field.ident.clone();
    ident.set_span(type_span(field));
    ident
}
