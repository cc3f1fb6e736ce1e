//! Spans and names of generated code.
//!
//! Generated names have `mixed_site` spans: generated locals are invisible to the user's expressions, and the user's
//! locals to generated code. Hygiene does not cover items: with a `const value` of the user's in scope, the pattern
//! `value` would mean that constant. Generated locals and items therefore start with `__` too.
//!
//! A span can also be *located* at the user's code, so that rustc reports an error there.

use proc_macro2::{Delimiter, Group as TokenGroup, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::Ident;

use crate::ast::{Field, Group};

/// `quote!` with the span `mixed_site`.
macro_rules! quote_mixed {
    ($($tokens:tt)*) => { ::quote::quote_spanned! { ::proc_macro2::Span::mixed_site() => $($tokens)* } };
}
pub(crate) use quote_mixed;

/// The path of the runtime's hidden module: generated code refers to the library through it alone.
pub(crate) fn library_path(group: &Group) -> TokenStream {
    library_path_at(group, Span::mixed_site())
}

/// The same path, located where rustc's errors should point.
pub(super) fn library_path_at(group: &Group, span: Span) -> TokenStream {
    let crate_path = group.options.crate_path.to_token_stream().into_iter().map(|mut token| {
        token.set_span(span.resolved_at(token.span()));
        token
    });
    quote_spanned!(span=> #(#crate_path)*::__private0)
}

/// The name of a field for a generated local: located at the field, and invisible to the user's expressions.
pub(super) fn hygienic(ident: &Ident) -> Ident {
    with_span(ident, Span::mixed_site().located_at(ident.span()))
}

/// The same name at a `mixed_site` span. rustc reads it there in the edition of this crate, in which `gen` is a keyword.
pub(super) fn with_span(ident: &Ident, span: Span) -> Ident {
    if ident == "gen" {
        return Ident::new_raw("gen", span);
    }
    let mut ident = ident.clone();
    ident.set_span(span);
    ident
}

/// The name of the function or constant of one service, for example `__start_rpc`.
pub(super) fn item_name(kind: &str, field: &Field) -> Ident {
    format_ident!("__{kind}_{}", field.name, span = Span::mixed_site())
}

/// The location of a field's type, for generated code that depends on the type.
pub(super) fn type_span(field: &Field) -> Span {
    Span::mixed_site().located_at(first_last_span(field.ty).0)
}

/// The spans of the first and of the last token.
pub(super) fn first_last_span(tokens: impl ToTokens) -> (Span, Span) {
    let mut tokens = tokens.to_token_stream().into_iter();
    let first = tokens.next().map_or_else(Span::mixed_site, |token| token.span());
    (first, tokens.last().map_or(first, |token| token.span()))
}

/// A group of tokens whose delimiters have a span of their own.
pub(super) fn spanned_group(delimiter: Delimiter, tokens: TokenStream, span: Span) -> TokenTree {
    let mut group = TokenGroup::new(delimiter, tokens);
    group.set_span(span);
    TokenTree::Group(group)
}

/// The type with `Self` replaced by the group: inside a generated struct, `Self` would mean that struct.
pub(super) fn without_self(group: &Group, tokens: TokenStream) -> TokenStream {
    let (_, ty_generics, _) = group.generics.split_for_impl();
    let name = &group.input.ident;
    let tokens = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(word) if word == "Self" => quote_mixed!(#name #ty_generics),
        TokenTree::Group(tokens) => {
            let mut inner = TokenGroup::new(tokens.delimiter(), without_self(group, tokens.stream()));
            inner.set_span(tokens.span());
            TokenTree::Group(inner).into()
        }
        token => token.into(),
    });
    tokens.collect()
}
