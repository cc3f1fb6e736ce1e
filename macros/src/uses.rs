//! The fields that an expression names.
//!
//! Only fields that are found here are in scope of the expression, so a use that is missed does not compile. The rules
//! therefore find too much rather than too little: a name found wrongly only adds an edge.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprCall, Ident, Item, Lit, Macro, Pat, PatIdent};

/// The names in one expression.
pub(crate) struct Uses<'a> {
    known: &'a BTreeSet<String>,
    /// Each named field once, with the span of its first use.
    pub(crate) named: Vec<Named>,
    /// The names that the expression binds: a closure's parameter, a `let`.
    bound: BTreeSet<String>,
    /// Whether a part of the expression has a `cfg` of its own.
    pub(crate) conditional: bool,
}

/// A field that an expression names.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) span: Span,
}

impl<'a> Uses<'a> {
    /// Finds the known names in an expression.
    pub(crate) fn find(expr: &Expr, known: &'a BTreeSet<String>) -> Self {
        let mut uses = Self { known, named: Vec::new(), bound: BTreeSet::new(), conditional: false };
        uses.visit_expr(expr);
        uses
    }

    /// Whether the expression binds this name too, so that a use may mean the local.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.bound.contains(name)
    }

    fn add_name(&mut self, name: String, span: Span) {
        if self.known.contains(&name) && self.named.iter().all(|named| named.name != name) {
            self.named.push(Named { name, span });
        }
    }

    fn add_ident(&mut self, ident: &Ident) {
        self.add_name(ident.unraw().to_string(), ident.span());
    }

    /// Scans tokens whose syntax is not known: those of a macro, and those that syn does not parse.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let [token, after @ ..] = rest {
            let before = tokens.get(..tokens.len() - rest.len()).unwrap_or_default();
            match token {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(ident) => self.scan_ident(ident, before, after),
                TokenTree::Literal(literal) => self.scan_literal(literal),
                TokenTree::Punct(_) => {}
            }
            rest = after;
        }
    }

    fn scan_ident(&mut self, ident: &Ident, before: &[TokenTree], after: &[TokenTree]) {
        if can_be_a_value(before) && !is_path_or_callee(after) {
            self.add_ident(ident);
        }
        if is_binding(before, after) {
            self.bound.insert(ident.unraw().to_string());
        }
    }

    fn scan_literal(&mut self, literal: &Literal) {
        if let Lit::Str(text) = Lit::new(literal.clone()) {
            for name in format_names(&text.value()) {
                self.add_name(name, literal.span());
            }
        }
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Path(path) => {
                if let (None, Some(ident)) = (&path.qself, path.path.get_ident()) {
                    self.add_ident(ident);
                }
                visit::visit_expr(self, expr);
            }
            Expr::Verbatim(tokens) => self.scan(tokens.clone()),
            _ => visit::visit_expr(self, expr),
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        match &*call.func {
            Expr::Path(callee) => self.visit_expr_path(callee),
            callee => self.visit_expr(callee),
        }
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.scan(mac.tokens.clone());
    }

    fn visit_pat(&mut self, pattern: &'ast Pat) {
        match pattern {
            Pat::Verbatim(tokens) => self.scan(tokens.clone()),
            _ => visit::visit_pat(self, pattern),
        }
    }

    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Verbatim(tokens) => self.scan(tokens.clone()),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.bound.insert(pattern.ident.unraw().to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.conditional |= attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr");
    }
}

fn is_sign(punct: &Punct, sign: char) -> bool {
    punct.as_char() == sign
}

fn is_joint(punct: &Punct, sign: char) -> bool {
    is_sign(punct, sign) && punct.spacing() == Spacing::Joint
}

/// Whether an identifier after these tokens can be a value: it is not a field, a method, the end of a path or a
/// lifetime. After `..` it is a value.
fn can_be_a_value(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Punct(first), TokenTree::Punct(dot)] if is_joint(first, '.') && is_sign(dot, '.') => {
            true
        }
        [.., TokenTree::Punct(first), TokenTree::Punct(colon)]
            if is_joint(first, ':') && is_sign(colon, ':') =>
        {
            false
        }
        [.., TokenTree::Punct(last)] => !is_sign(last, '.') && !is_sign(last, '\''),
        _ => true,
    }
}

/// Whether an identifier before these tokens is the start of a path, the name of a macro, or is called. Before `!=` it is
/// a value.
fn is_path_or_callee(after: &[TokenTree]) -> bool {
    match after {
        [TokenTree::Punct(not), TokenTree::Punct(equal), ..] if is_joint(not, '!') && is_sign(equal, '=') => {
            false
        }
        [TokenTree::Punct(first), TokenTree::Punct(second), ..]
            if is_joint(first, ':') && is_sign(second, ':') =>
        {
            true
        }
        [TokenTree::Punct(not), ..] => is_sign(not, '!'),
        [TokenTree::Group(group), ..] => group.delimiter() == Delimiter::Parenthesis,
        _ => false,
    }
}

/// Whether an identifier between these tokens looks like a binding: `let x`, `mut x`, `|x|`.
fn is_binding(before: &[TokenTree], after: &[TokenTree]) -> bool {
    let bar =
        |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if is_sign(punct, '|'));
    let keyword = matches!(before.last(), Some(TokenTree::Ident(word)) if word == "let" || word == "mut" || word == "ref" || word == "for");
    keyword || bar(before.last()) || bar(after.first())
}

/// The names in a format string such as `"{name} {other:?} {:width$}"`.
fn format_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let text = text.replace("{{", "");
    for piece in text.split('{').skip(1) {
        let Some((inner, _)) = piece.split_once('}') else { continue };
        let (name, format) = inner.split_once(':').unwrap_or((inner, ""));
        names.push(name.trim().trim_start_matches("r#").to_owned());
        let counts = format.rsplit_once('$').map_or("", |(counts, _)| counts);
        names.extend(counts.split('$').map(|count| trailing_name(count).to_owned()));
    }
    names
}

/// The name at the end of `0>width`, the part of a format before the `$` of a width or precision.
fn trailing_name(text: &str) -> &str {
    let start = text
        .rfind(|sign: char| !sign.is_alphanumeric() && sign != '_')
        .map_or(0, |at| at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    text.get(start..).unwrap_or_default().trim_start_matches(|sign: char| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests;
