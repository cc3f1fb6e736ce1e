//! A struct with a missing comma between two fields. rustc reports that, and goes on as if it were there; so does the macro.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};
use syn::DeriveInput;

/// Returns the struct with the commas that are missing, if that is all that is wrong with it.
pub(crate) fn with_commas(item: &TokenStream) -> Option<DeriveInput> {
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let fields = tokens.last_mut()?;
    let TokenTree::Group(group) = fields else { return None };
    if group.delimiter() != Delimiter::Brace {
        return None;
    }
    let mut repaired = Group::new(Delimiter::Brace, between_fields(group.stream()));
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
