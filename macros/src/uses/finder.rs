//! The search through one expression. What a part of it adds is in `expressions.rs` and `tokens.rs`.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use super::result::{Certainty, Inside, Use, Uses};

/// Visits an expression, and records the names in it.
pub(super) struct Finder<'a> {
    known: &'a BTreeSet<String>,
    pub(super) uses: Uses,
    /// The closure or `async` block around the part that is visited.
    pub(super) inside: Inside,
}

impl<'a> Finder<'a> {
    pub(super) fn new(known: &'a BTreeSet<String>) -> Self {
        Self { known, uses: Uses::default(), inside: Inside::Nothing }
    }

    pub(super) fn add_name(&mut self, name: String, span: Span, certainty: Certainty) {
        let inside = self.inside;
        if !self.known.contains(&name) {
            self.uses.others.push((name, span));
        } else if let Some(named) = self.uses.named.iter_mut().find(|named| named.name == name) {
            named.inside = named.inside.max(inside);
            if certainty < named.surest.0 {
                named.surest = (certainty, span);
            }
        } else {
            self.uses.named.push(Use { name, span, surest: (certainty, span), inside });
        }
    }

    pub(super) fn add_ident(&mut self, ident: &Ident, certainty: Certainty) {
        self.add_name(ident.unraw().to_string(), ident.span(), certainty);
    }

    /// Records a name that the expression binds.
    pub(super) fn bind(&mut self, ident: &Ident) {
        self.uses.bound.insert(ident.unraw().to_string());
    }

    /// Records a word of the expression.
    pub(super) fn add_word(&mut self, ident: &Ident) {
        self.uses.words.insert(ident.unraw().to_string());
    }

    /// Records that the expression changes a name, if it is a known one.
    pub(super) fn change(&mut self, ident: &Ident) {
        let name = ident.unraw().to_string();
        if self.known.contains(&name) && self.uses.changed.iter().all(|(other, _)| *other != name) {
            self.uses.changed.push((name, ident.span()));
        }
    }
}
