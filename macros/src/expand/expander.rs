//! The input of all generated code: the group, the result of its checks, and the names that every part refers to.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use syn::Ident;

use super::hygiene::{library_path, library_path_at, quote_mixed};
use crate::ast::{Field, Group};
use crate::check::{Checked, NamedField};
use crate::duration::DurationLit;

/// Writes the code of one group. Each part of the code is an `impl` in a file of its own.
pub(crate) struct Expander<'a> {
    pub(super) group: &'a Group<'a>,
    pub(super) checked: Checked,
    /// The definitions of the names in the place of types that are macros.
    pub(super) type_macros: TokenStream,
    /// The path of the library, for code that is not located at the user's.
    pub(super) library: TokenStream,
    /// The name of the struct of cells.
    pub(super) cells: Ident,
    /// The names of the fields that some start expression names.
    shared: BTreeSet<&'a str>,
}

impl<'a> Expander<'a> {
    pub(crate) fn new(group: &'a Group<'a>, checked: Checked, type_macros: TokenStream) -> Self {
        let cells = Ident::new("__ServiceGroupCells", Span::mixed_site());
        let named = checked.named.iter().flatten().filter_map(|named| group.fields.get(named.field));
        let shared = named.map(|field| field.name.as_str()).collect();
        Self { group, checked, type_macros, library: library_path(group), cells, shared }
    }

    /// The fields that the start of a service names, and how.
    pub(super) fn named(&self, service: usize) -> impl Iterator<Item = (&Field<'a>, &NamedField)> {
        let named = self.checked.named.get(service).into_iter().flatten();
        named.filter_map(|named| self.group.fields.get(named.field).map(|field| (field, named)))
    }

    /// Returns whether some start expression names the field.
    pub(super) fn is_shared(&self, field: &Field) -> bool {
        self.shared.contains(field.name.as_str())
    }

    /// The path of the library, located at the user's code.
    pub(super) fn library_at(&self, span: Span) -> TokenStream {
        library_path_at(self.group, span)
    }

    /// Writes `Some(Duration::from_nanos(2000000000))`, or `None`.
    pub(super) fn expand_duration(&self, duration: Option<&DurationLit>) -> TokenStream {
        let p = &self.library;
        duration.map_or_else(
            || quote_mixed!(#p::None),
            |DurationLit { nanos, .. }| quote_mixed!(#p::Some(#p::Duration::from_nanos(#nanos))),
        )
    }
}
