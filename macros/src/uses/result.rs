//! What is found in one expression.

use std::collections::BTreeSet;

use proc_macro2::Span;

/// The names in one expression.
#[derive(Default)]
pub(crate) struct Uses {
    /// Each named field once, in the order in which they are found.
    pub(crate) named: Vec<Use>,
    /// The names that the expression binds: a closure's parameter, a `let`.
    pub(super) bound: BTreeSet<String>,
    /// All words of the expression, whatever they are.
    pub(super) words: BTreeSet<String>,
    /// Names that are not fields, with the span of each use: they may be misspelt.
    pub(crate) others: Vec<(String, Span)>,
    /// Known names that the expression changes: `&mut name`, `name = ..`, `name.x += ..`.
    pub(crate) changed: Vec<(String, Span)>,
    /// Whether a part of the expression has a `cfg` of its own.
    pub(crate) conditional: bool,
}

/// A field that an expression names.
#[derive(Clone)]
pub(crate) struct Use {
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

impl Uses {
    /// Returns whether the expression binds this name too, so that a use may mean the local.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.bound.contains(name)
    }

    /// Returns whether the expression contains this word, in whatever place.
    pub(crate) fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}
