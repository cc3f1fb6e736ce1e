//! Names in tokens whose syntax is not known: those of a macro, and those that syn does not parse.

use proc_macro2::{Delimiter, Literal, Punct, Spacing, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Ident, Lit};

use super::finder::Finder;
use super::format::format_names;
use super::result::Certainty;

impl Finder<'_> {
    pub(super) fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let [token, after @ ..] = rest {
            let before = tokens.get(..tokens.len() - rest.len()).unwrap_or_default();
            match token {
                TokenTree::Group(group) if is_pattern(group.delimiter(), after) => {
                    self.scan_pattern(group.stream());
                }
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(ident) => self.scan_ident(ident, before, after),
                TokenTree::Literal(literal) => self.scan_literal(literal, after),
                TokenTree::Punct(_) => {}
            }
            rest = after;
        }
    }

    fn scan_ident(&mut self, ident: &Ident, before: &[TokenTree], after: &[TokenTree]) {
        self.add_word(ident);
        let is_key = is_before_lone(after, '=') || is_before_lone(after, ':');
        if can_be_a_value(before) && !is_path_or_callee(after) && !is_key {
            self.add_ident(ident, Certainty::Token);
        }
        if is_binding(before, after) || is_before_lone(after, '=') {
            self.bind(ident);
        }
    }

    /// All words of a pattern, as far as they can be bindings.
    fn scan_pattern(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => self.bind(&ident),
                TokenTree::Group(group) => self.scan_pattern(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// A key after the text defines a placeholder of the text. One before it does not: in `info!(name = 1, "{name}")`
    /// the text reads a local.
    fn scan_literal(&mut self, literal: &Literal, after: &[TokenTree]) {
        let Lit::Str(text) = Lit::new(literal.clone()) else { return };
        let keys = (0..after.len()).filter_map(|at| match after.get(at..) {
            Some([TokenTree::Ident(key), rest @ ..]) if is_before_lone(rest, '=') => {
                Some(key.unraw().to_string())
            }
            _ => None,
        });
        let keys: Vec<String> = keys.collect();
        for name in format_names(&text.value()).into_iter().filter(|name| !keys.contains(name)) {
            self.add_name(name, literal.span(), Certainty::Text);
        }
    }
}

fn is_sign(punct: &Punct, sign: char) -> bool {
    punct.as_char() == sign
}

fn is_joint(punct: &Punct, sign: char) -> bool {
    is_sign(punct, sign) && punct.spacing() == Spacing::Joint
}

/// Returns whether these tokens begin with the sign alone: not with `==`, `=>` or `::`. After `=` a sign that belongs to
/// the value can follow without a space: `name=&value`.
fn is_before_lone(after: &[TokenTree], sign: char) -> bool {
    match after {
        [TokenTree::Punct(first), TokenTree::Punct(second), ..] if is_joint(first, sign) => {
            !is_sign(second, sign) && !is_sign(second, '>')
        }
        [TokenTree::Punct(first), ..] => is_sign(first, sign),
        _ => false,
    }
}

/// Returns whether a group before these tokens is a part of a pattern: `Some(x) = ..`.
fn is_pattern(delimiter: Delimiter, after: &[TokenTree]) -> bool {
    delimiter != Delimiter::Bracket && is_before_lone(after, '=')
}

/// Returns whether an identifier after these tokens can be a value: it is not a field, a method, the end of a path, a
/// lifetime or a parameter of `macro_rules!`. After `..` it is a value.
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
        [.., TokenTree::Punct(last)] => !['.', '\'', '$'].contains(&last.as_char()),
        _ => true,
    }
}

/// Returns whether an identifier before these tokens is the start of a path, the name of a macro, or is called. Before
/// `!=` it is a value.
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

/// Returns whether an identifier between these tokens looks like a binding: `let x`, `mut x`, `|x|`.
fn is_binding(before: &[TokenTree], after: &[TokenTree]) -> bool {
    let bar =
        |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if is_sign(punct, '|'));
    let keyword = matches!(before.last(), Some(TokenTree::Ident(word)) if word == "let" || word == "mut" || word == "ref" || word == "for");
    keyword || bar(before.last()) || bar(after.first())
}
