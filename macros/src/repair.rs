//! A struct with a missing comma between two fields, or with a field that is none. rustc reports that, and goes on; so does
//! the macro.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};
use quote::quote;
use syn::DeriveInput;

/// Returns the struct with the commas that are missing and without what is certainly not a field, if that is all that is
/// wrong with it.
pub(crate) fn repaired(item: &TokenStream) -> Option<DeriveInput> {
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let fields = tokens.last_mut()?;
    let TokenTree::Group(group) = fields else { return None };
    if group.delimiter() != Delimiter::Brace {
        return None;
    }
    let each = split(between_fields(group.stream())).into_iter().filter_map(complete);
    let all = each.map(|field| quote!(#field,)).collect();
    let mut repaired = Group::new(Delimiter::Brace, all);
    repaired.set_span(group.span());
    *fields = TokenTree::Group(repaired);
    syn::parse2(tokens.into_iter().collect()).ok()
}

/// Adds a comma wherever a field starts without one before it, and in place of a semicolon.
fn between_fields(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let comma = || TokenTree::Punct(Punct::new(',', Spacing::Alone));
    let mut repaired: Vec<TokenTree> = Vec::new();
    // Attributes and visibility are a part of the field that follows.
    let mut in_field_head = true;
    for (at, token) in tokens.iter().enumerate() {
        let rest = tokens.get(at..).unwrap_or_default();
        if is_punct(token, ';') {
            repaired.push(comma());
            in_field_head = true;
            continue;
        }
        if !in_field_head && starts_field(rest) {
            repaired.push(comma());
            in_field_head = true;
        }
        if is_lone_colon(rest, tokens.get(at.wrapping_sub(1))) {
            in_field_head = false;
        } else if is_punct(token, ',') {
            in_field_head = true;
        }
        repaired.push(token.clone());
    }
    repaired.into_iter().collect()
}

/// The tokens between commas, except those in the arguments of types. A part that is empty is left out.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let (mut parts, mut depth, mut before) = (vec![Vec::new()], 0_usize, ' ');
    for token in tokens {
        let sign = if let TokenTree::Punct(punct) = &token { punct.as_char() } else { ' ' };
        match sign {
            '<' => depth += 1,
            '>' if !['-', '='].contains(&before) => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = sign;
        if sign == ',' && depth == 0 {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(token);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// A field, with the type `_` if it has none: of such a field, only the name is used. Returns nothing for attributes without
/// a field, and for an item such as a function.
fn complete(mut field: Vec<TokenTree>) -> Option<TokenStream> {
    let is_attribute = |token: &TokenTree| is_punct(token, '#') || matches!(token, TokenTree::Group(_));
    let is_visibility = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "pub");
    let name = field.iter().position(|token| !is_attribute(token) && !is_visibility(token));
    let name = name?;
    if matches!(field.get(name), Some(TokenTree::Ident(word)) if word == "let") {
        field.remove(name);
    }
    match field.get(name) {
        Some(TokenTree::Ident(word)) if ["fn", "const", "type", "impl"].iter().any(|item| word == item) => {
            None
        }
        Some(TokenTree::Ident(_)) if !is_lone_colon(field.get(name + 1..).unwrap_or_default(), None) => {
            let named = field.into_iter().take(name + 1);
            Some(quote!(#(#named)*: _))
        }
        _ => Some(field.into_iter().collect()),
    }
}

/// Returns whether a field starts here: an attribute, `pub`, or `name:`.
fn starts_field(rest: &[TokenTree]) -> bool {
    match rest {
        [TokenTree::Punct(hash), TokenTree::Group(group), ..] => {
            hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket
        }
        [TokenTree::Ident(word), ..] if word == "pub" => true,
        [TokenTree::Ident(_), colon @ ..] => is_lone_colon(colon, None),
        _ => false,
    }
}

/// Returns whether the tokens begin with `:` that is not a part of `::`.
fn is_lone_colon(rest: &[TokenTree], before: Option<&TokenTree>) -> bool {
    let follows_colon = matches!(before, Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint);
    match rest {
        [TokenTree::Punct(first), TokenTree::Punct(second), ..]
            if first.as_char() == ':' && first.spacing() == Spacing::Joint =>
        {
            second.as_char() != ':' && !follows_colon
        }
        [TokenTree::Punct(first), ..] => first.as_char() == ':' && !follows_colon,
        _ => false,
    }
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}
