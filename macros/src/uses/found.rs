//! What is found in one expression.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

/// The names in one expression.
pub(crate) struct Uses<'a> {
    known: &'a BTreeSet<String>,
    /// Each named field once, in the order in which they are found.
    pub(crate) named: Vec<Named>,
    /// The names that the expression binds: a closure's parameter, a `let`.
    bound: BTreeSet<String>,
    /// All words of the expression, whatever they are.
    words: BTreeSet<String>,
    /// Names that are no fields, with the span of each use: they may be misspelt.
    pub(crate) others: Vec<(String, Span)>,
    /// Known names that the expression changes: `&mut name`, `name = ..`, `name.x += ..`.
    pub(crate) changed: Vec<(String, Span)>,
    /// Whether a part of the expression has a `cfg` of its own.
    pub(crate) conditional: bool,
    /// The closure or `async` block around the part that is visited.
    pub(super) inside: Inside,
}

/// A field that an expression names.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// The first use.
    pub(crate) span: Span,
    /// The first use of the surest kind.
    pub(crate) surest: (Certainty, Span),
    /// The closure or `async` block around a use.
    pub(crate) inside: Inside,
}

/// How sure it is that a name means the field, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Certainty {
    /// Hardly anything else: `name.`, `name?`, `&name`, an operand, `"{name}"` of a macro that formats.
    Value,
    /// The argument of a function that calls it with a stop token: `Task::spawn(name)`.
    BareTask,
    /// Any other value on its own, which can be a function too: `map(name)`.
    Bare,
    /// A word in the tokens of a macro whose syntax is not known.
    Token,
    /// A placeholder in a text of such a macro.
    Text,
}

/// What surrounds a use, for the name of the lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Inside {
    Nothing,
    AsyncBlock,
    Closure,
}

impl<'a> Uses<'a> {
    pub(super) fn new(known: &'a BTreeSet<String>) -> Self {
        Self {
            known,
            named: Vec::new(),
            bound: BTreeSet::new(),
            words: BTreeSet::new(),
            others: Vec::new(),
            changed: Vec::new(),
            conditional: false,
            inside: Inside::Nothing,
        }
    }

    /// Whether the expression binds this name too, so that a use may mean the local.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.bound.contains(name)
    }

    /// Whether the expression contains this word, in whatever place.
    pub(crate) fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    pub(super) fn add_name(&mut self, name: String, span: Span, certainty: Certainty) {
        let inside = self.inside;
        if !self.known.contains(&name) {
            self.others.push((name, span));
        } else if let Some(named) = self.named.iter_mut().find(|named| named.name == name) {
            named.inside = named.inside.max(inside);
            if certainty < named.surest.0 {
                named.surest = (certainty, span);
            }
        } else {
            self.named.push(Named { name, span, surest: (certainty, span), inside });
        }
    }

    pub(super) fn add_ident(&mut self, ident: &Ident, certainty: Certainty) {
        self.add_name(ident.unraw().to_string(), ident.span(), certainty);
    }

    /// Records a name that the expression binds.
    pub(super) fn bind(&mut self, ident: &Ident) {
        self.bound.insert(ident.unraw().to_string());
    }

    /// Records a word of the expression.
    pub(super) fn add_word(&mut self, ident: &Ident) {
        self.words.insert(ident.unraw().to_string());
    }

    /// Records that the expression changes a name, if it is a known one.
    pub(super) fn change(&mut self, ident: &Ident) {
        let name = ident.unraw().to_string();
        if self.known.contains(&name) && self.changed.iter().all(|(other, _)| *other != name) {
            self.changed.push((name, ident.span()));
        }
    }
}
