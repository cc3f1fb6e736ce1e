//! The functions that hold the user's expressions: one small function each, so that errors speak of the user's names
//! and compile time stays linear.

use proc_macro2::{Delimiter, Group as Tokens, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Ident};

use super::cells::looked_at;
use super::{Code, code, item, own};
use crate::ast::{Field, Service};

impl Code<'_> {
    /// Writes
    ///
    /// ```text
    /// async fn __start_rpc(store: &Store) -> Result<GrpcServer, BoxError> {
    ///     let value: GrpcServer = EXPR;
    ///     Ok(value)
    /// }
    ///
    /// fn __launch_rpc<C: Send + Sync + 'static>(cells: &Arc<C>, of: fn(&C) -> &Cells) -> StartFuture {
    ///     let store = SharedCell::share(&of(cells).store);
    ///     let cells = Arc::clone(cells);
    ///     let start = boxed(async move { Self::__start_rpc(&store).await });
    ///     boxed(async move { of(&cells).rpc.put(start.await?); Ok(()) })
    /// }
    /// ```
    ///
    /// `C` is [`Cells`](super::cells) seen from afar: whether these can be sent at all is asked where they are made,
    /// and not once for each service.
    pub(super) fn expand_start(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let (p, cells, ty, expr) = (&self.private, &self.cells, field.ty, &service.start);
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let (start, launch) = (item("start", field), item("launch", field));
        let cell = looked_at(field, code!(__of(&__cells)));
        let parameters = self.named(index).map(|(named, span)| {
            let (name, ty) = (in_scope(named, span), named.ty);
            code!(#[allow(unused_variables)] #name: &#ty)
        });
        let shared: Vec<_> = self.named(index).map(|(named, _)| own(&named.ident)).collect();
        let cells_of = self.named(index).map(|(named, _)| looked_at(named, code!(__of(__cells))));
        let started = code!(Self::#start(#(&#shared),*).await);
        let boxed = self.expand_boxed(expr, service.start_key, started);
        code! {
            async fn #start(#(#parameters),*) -> #p::Result<#ty, #p::BoxError> {
                #[allow(clippy::diverging_sub_expression)]
                let __value: #ty = #expr;
                #[allow(unreachable_code)]
                return #p::Ok(__value);
            }

            fn #launch<__C: #p::Send + #p::Sync + 'static>(
                __cells: &#p::Arc<__C>,
                __of: fn(&__C) -> &#cells #ty_generics,
            ) -> #p::StartFuture {
                #(let #shared = #p::SharedCell::share(#cells_of);)*
                let __cells = #p::Clone::clone(__cells);
                let __start = #boxed;
                #p::boxed(async move {
                    let __value = __start.await?;
                    #p::ValueCell::put(#cell, __value);
                    #p::Ok(())
                })
            }
        }
    }

    /// Writes
    ///
    /// ```text
    /// #[allow(dropping_copy_types, clippy::drop_non_drop)]        // `stop = drop(field)` takes its turn
    /// async fn __stop_store(mut store: Store) -> Result<(), BoxError> {
    ///     StopOutput::into_result(EXPR)
    /// }
    /// ```
    ///
    /// What is ours stands at the key, and `mut` at the name that it is part of: an editor that looks for what the user
    /// wrote then finds only that.
    pub(super) fn expand_stop(&self, field: &Field, service: &Service, expr: &Expr) -> TokenStream {
        let (p, stop, name, ty) = (&self.private, item("stop", field), &field.ident, field.ty);
        let (key, (_, last)) = (service.stop_key, ends(expr));
        let here = self.private_at(key);
        let path = quote_spanned!(key=> #here::StopOutput::into_result);
        let mutable = Ident::new("mut", name.span());
        let argument = spanned_group(Delimiter::Parenthesis, expr.to_token_stream(), last);
        code! {
            #[allow(dropping_copy_types, clippy::drop_non_drop)]
            async fn #stop(#[allow(unused_mut, unused_variables)] #mutable #name: #ty) -> #p::Result<(), #p::BoxError> {
                #path #argument
            }
        }
    }

    /// Writes `boxed(async move { CALL })`, the block at the user's expression, so that `not Send` is told there, and
    /// the rest at the key.
    pub(super) fn expand_boxed(&self, expr: &Expr, key: Span, call: TokenStream) -> TokenStream {
        let (first, last) = ends(expr);
        let p = self.private_at(key);
        let block = spanned_group(Delimiter::Brace, call, last);
        let argument = spanned_group(Delimiter::Parenthesis, quote_spanned!(first=> async move #block), last);
        quote_spanned!(key=> #p::boxed #argument)
    }
}

/// The field as a parameter: where the use is resolved, at the place of the field.
fn in_scope(field: &Field, used: Span) -> Ident {
    let mut name = field.ident.clone();
    name.set_span(used.located_at(field.ident.span()));
    name
}

fn spanned_group(delimiter: proc_macro2::Delimiter, tokens: TokenStream, span: Span) -> TokenTree {
    let mut group = Tokens::new(delimiter, tokens);
    group.set_span(span);
    TokenTree::Group(group)
}

/// The spans of the first and the last token.
pub(super) fn ends(tokens: impl ToTokens) -> (Span, Span) {
    let mut tokens = tokens.to_token_stream().into_iter();
    let first = tokens.next().map_or_else(Span::mixed_site, |token| token.span());
    (first, tokens.last().map_or(first, |token| token.span()))
}
