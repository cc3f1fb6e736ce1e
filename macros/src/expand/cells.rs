//! The struct of cells: one cell for each field, which holds its value until the group is assembled and while it stops.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Ident, Lifetime, ParenthesizedGenericArguments, PathSegment, Type, TypeFnPtr, TypeParamBound, TypePtr,
    TypeReference, TypeTraitObject,
};

use super::expander::Expander;
use super::hygiene::{quote_mixed, type_span, with_span, without_self};
use crate::ast::{Field, Role};

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// struct Cells<G> { config: <Config as Shareable>::Cell, gateway: <HttpServer as Sendable>::Cell, .., sized: () }
    /// ```
    ///
    /// The types are `SharedCell<Config>` for fields that some start expression names, and `OwnedCell<HttpServer>` for
    /// the others. They are projections so that rustc reports a type that cannot be sent once, at the field, and not in
    /// each function over the cells.
    ///
    /// Where the cells are used, rustc asks of the last field whether it has a size. If that were a cell which does not exist,
    /// rustc would report it there once more.
    pub(super) fn expand_cells(&self) -> TokenStream {
        let cells = &self.cells;
        let (impl_generics, _, where_clause) = self.group.generics.split_for_impl();
        let names = self.group.fields.iter().map(cell_name);
        let types = self.group.fields.iter().map(|field| self.expand_cell_type(field));
        let lints = self.group.fields.iter().map(|field| field.lints.allowed());
        quote_mixed! {
            struct #cells #impl_generics #where_clause { #(#lints #names: #types,)* __sized: () }
        }
    }

    /// Writes
    ///
    /// ```text
    /// Cells { config: full(<Config as Shareable>::empty(), config), gateway: <HttpServer as Sendable>::empty(), .., sized: () }
    /// ```
    pub(super) fn expand_new_cells(&self, handle: &Ident) -> TokenStream {
        let cells = &self.cells;
        let fields = self.group.fields.iter().map(|field| {
            let name = cell_name(field);
            let input = &field.ident;
            let (bound, span) = (self.expand_cell_bound(field), type_span(field));
            let p = self.library_at(span);
            let cell = match &field.role {
                Role::Handle => quote_spanned!(span=> #bound::of(#handle)),
                Role::Service(service) if !service.is_given => quote_spanned!(span=> #bound::empty()),
                Role::Service(_) | Role::Input => quote_spanned!(span=> #p::full(#bound::empty(), #input)),
            };
            quote_spanned!(span=> #name: #cell)
        });
        quote_mixed!(#cells { #(#fields,)* __sized: () })
    }

    /// Writes `<GrpcServer as Sendable>::Cell`. All of it except the type itself is located at the type.
    ///
    /// If the tokens show a part that may not be sent, the trait is one that rustc reports for the type as a whole, with
    /// the fix. Otherwise rustc names the part, somewhere inside the type. That of the handle is implemented for
    /// `GroupHandle` alone.
    pub(super) fn expand_cell_type(&self, field: &Field) -> TokenStream {
        let bound = self.expand_cell_bound(field);
        quote_spanned!(type_span(field)=> #bound::Cell)
    }

    /// Writes `<GrpcServer as Sendable>`.
    fn expand_cell_bound(&self, field: &Field) -> TokenStream {
        let (ty, may_not_be_send) = with_static_objects(field.ty);
        let (ty, span) = (without_self(self.group, ty.to_token_stream()), type_span(field));
        let p = self.library_at(span);
        let bound = match (&field.role, self.is_shared(field), may_not_be_send) {
            (Role::Handle, _, _) => "Handle",
            (_, true, true) => "VisiblyShareable",
            (_, true, false) => "Shareable",
            (_, false, true) => "VisiblySendable",
            (_, false, false) => "Sendable",
        };
        let bound = Ident::new(bound, span);
        quote_spanned!(span=> <#ty as #p::#bound>)
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
    with_span(&field.ident, type_span(field))
}

/// The type with `'static` added to each `dyn Trait`, and whether it has a part that may not be `Send`.
pub(super) fn with_static_objects(ty: &Type) -> (Type, bool) {
    let mut visitor = TypeScan::default();
    let mut ty = ty.clone();
    visitor.visit_type_mut(&mut ty);
    (ty, visitor.may_not_be_send)
}

/// Types of the standard library that are not `Send` or not `Sync`.
const NOT_SEND: [&str; 6] = ["Rc", "Cell", "RefCell", "OnceCell", "MutexGuard", "Receiver"];

/// Finds parts of a type that may not be `Send`, and adds `'static` to each `dyn Trait`: rustc takes the same type for two
/// if the lifetime is left out in an item and in a body, and reports both.
#[derive(Default)]
struct TypeScan {
    may_not_be_send: bool,
}

impl VisitMut for TypeScan {
    fn visit_type_trait_object_mut(&mut self, object: &mut TypeTraitObject) {
        self.may_not_be_send = true;
        if !object.bounds.iter().any(|bound| matches!(bound, TypeParamBound::Lifetime(_))) {
            object.bounds.push(TypeParamBound::Lifetime(Lifetime::new("'static", Span::mixed_site())));
        }
    }

    fn visit_path_segment_mut(&mut self, segment: &mut PathSegment) {
        self.may_not_be_send |= NOT_SEND.iter().any(|name| segment.ident == name);
        visit_mut::visit_path_segment_mut(self, segment);
    }

    // A bound cannot be added without parentheses there.
    fn visit_type_ptr_mut(&mut self, _: &mut TypePtr) {}

    // The lifetime that is left out there is another one.
    fn visit_type_reference_mut(&mut self, _: &mut TypeReference) {}
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}
