//! The fields that an expression names.
//!
//! Only fields that are found here are in scope of the expression, so a use that is missed does not compile. The rules
//! therefore find too much rather than too little: a name found wrongly adds an edge, and nothing else. Each use therefore
//! has a [`Certainty`]: an uncertain use is never an error by itself, and an error that involves one contains the doubt.
//!
//! A name that is not a field is not reported here: it may be a constant, a function or a local. rustc reports it in the
//! function of the start, which has only the named fields as parameters.

mod expressions;
mod finder;
mod format;
mod known_macros;
mod result;
mod tokens;

use std::collections::BTreeSet;

use syn::Expr;
use syn::visit::Visit;

use finder::Finder;
pub(crate) use result::{Certainty, Inside, Use, Uses};

/// Finds the known names in an expression.
pub(crate) fn find(expr: &Expr, known: &BTreeSet<String>) -> Uses {
    let mut finder = Finder::new(known);
    finder.visit_expr(expr);
    finder.uses
}

#[cfg(test)]
mod tests;
