//! Which fields an expression names. What is not seen here does not compile, since only what is seen is in scope: the
//! rules may see too much, which merely adds an edge, but are made to see all.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprCall, Ident, Item, Lit, Macro, Pat, PatIdent};

/// What one expression names.
pub(crate) struct Uses<'a> {
    known: &'a BTreeSet<String>,
    /// Each field once, where it is named first.
    pub(crate) named: Vec<Named>,
    /// Names that the expression binds itself: a closure's parameter, a `let`.
    bound: BTreeSet<String>,
    /// Parts of the expression are behind a `cfg` of their own.
    pub(crate) conditional: bool,
}

/// A field, named.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) span: Span,
}

impl<'a> Uses<'a> {
    /// What an expression names of all that is known.
    pub(crate) fn of(expr: &Expr, known: &'a BTreeSet<String>) -> Self {
        let mut uses = Self { known, named: Vec::new(), bound: BTreeSet::new(), conditional: false };
        uses.visit_expr(expr);
        uses
    }

    /// Whether the expression binds that name itself, so that it may be another thing.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.bound.contains(name)
    }

    fn name(&mut self, name: String, span: Span) {
        if self.known.contains(&name) && self.named.iter().all(|named| named.name != name) {
            self.named.push(Named { name, span });
        }
    }

    fn ident(&mut self, ident: &Ident) {
        self.name(ident.unraw().to_string(), ident.span());
    }

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
        if follows_a_value(before) && !is_path_or_callee(after) {
            self.ident(ident);
        }
        if binds(before, after) {
            self.bound.insert(ident.unraw().to_string());
        }
    }

    fn scan_literal(&mut self, literal: &Literal) {
        if let Lit::Str(text) = Lit::new(literal.clone()) {
            for name in format_names(&text.value()) {
                self.name(name, literal.span());
            }
        }
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Path(path) => {
                if let (None, Some(ident)) = (&path.qself, path.path.get_ident()) {
                    self.ident(ident);
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

fn is(punct: &Punct, sign: char) -> bool {
    punct.as_char() == sign
}

fn joint(punct: &Punct, sign: char) -> bool {
    is(punct, sign) && punct.spacing() == Spacing::Joint
}

/// Not a field or a method, not the end of a path, not a lifetime; behind `..` it is a value.
fn follows_a_value(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Punct(first), TokenTree::Punct(dot)] if joint(first, '.') && is(dot, '.') => true,
        [.., TokenTree::Punct(first), TokenTree::Punct(colon)] if joint(first, ':') && is(colon, ':') => {
            false
        }
        [.., TokenTree::Punct(last)] => !is(last, '.') && !is(last, '\''),
        _ => true,
    }
}

/// The begin of a path, a macro's name, or what is called; in front of `!=` it is a value.
fn is_path_or_callee(after: &[TokenTree]) -> bool {
    match after {
        [TokenTree::Punct(not), TokenTree::Punct(equal), ..] if joint(not, '!') && is(equal, '=') => false,
        [TokenTree::Punct(first), TokenTree::Punct(second), ..] if joint(first, ':') && is(second, ':') => {
            true
        }
        [TokenTree::Punct(not), ..] => is(not, '!'),
        [TokenTree::Group(group), ..] => group.delimiter() == Delimiter::Parenthesis,
        _ => false,
    }
}

/// Whether tokens of a macro look as if they bound a name: `let x`, `mut x`, `|x|`.
fn binds(before: &[TokenTree], after: &[TokenTree]) -> bool {
    let bar = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if is(punct, '|'));
    let keyword = matches!(before.last(), Some(TokenTree::Ident(word)) if word == "let" || word == "mut" || word == "ref" || word == "for");
    keyword || bar(before.last()) || bar(after.first())
}

/// The names in `"{name} {other:?} {:width$}"`.
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

/// The name at the end of `0>width`, where a format's width or precision stands in front of `$`.
fn trailing_name(text: &str) -> &str {
    let start = text
        .rfind(|sign: char| !sign.is_alphanumeric() && sign != '_')
        .map_or(0, |at| at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    text.get(start..).unwrap_or_default().trim_start_matches(|sign: char| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests;
