//! The fields that an expression names.
//!
//! Only fields that are found here are in scope of the expression, so a use that is missed does not compile. The rules
//! therefore find too much rather than too little: a name found wrongly only adds an edge. Each use records how sure it
//! is, so that a name which may be something else is refused nowhere, and an error that rests on it can say so.
//!
//! A name that is not a field is not reported here: it may be a constant, a function or a local. rustc reports it in the
//! function of the start, which has only the named fields as parameters.

mod expressions;
mod format;
mod found;
mod known_macros;
mod tokens;

use std::collections::BTreeSet;

use syn::Expr;
use syn::visit::Visit;

pub(crate) use found::{Certainty, Inside, Named, Uses};

/// Finds the known names in an expression.
pub(crate) fn find<'a>(expr: &Expr, known: &'a BTreeSet<String>) -> Uses<'a> {
    let mut uses = Uses::new(known);
    uses.visit_expr(expr);
    uses
}

#[cfg(test)]
mod tests;
