//! The functions that contain the user's expressions: `__start_*`, `__launch_*` and `__stop_*`.
//!
//! Each expression has a small function of its own, so that errors mention only the names in it, and compile time is
//! linear. Of a `cargo check` with 1,000 services (`-Ztime-passes`), two thirds are the type check of these functions, a
//! quarter is their borrow check, and the macro itself takes a twenty-fifth.

use proc_macro2::{Delimiter, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Ident};

use super::cells::expand_cell_ref;
use super::expander::Expander;
use super::hygiene::{first_last_span, hygienic, item_name, quote_mixed, spanned_group};
use crate::ast::{Field, Service};

impl Expander<'_> {
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
    /// `C` is always `Cells`. The function is generic over it so that rustc checks whether the cells can be sent where they
    /// are made, and not once more for each service.
    pub(super) fn expand_start(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let (p, cells, ty, expr) = (&self.library, &self.cells, field.ty, &service.start);
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let (start, launch) = (item_name("start", field), item_name("launch", field));
        let cell = expand_cell_ref(field, quote_mixed!(__of(&__cells)));
        let parameters = self.named(index).map(|(named, span)| {
            let (name, ty) = (in_scope(named, span), named.ty);
            quote_mixed!(#[allow(unused_variables)] #name: &#ty)
        });
        let shared: Vec<_> = self.named(index).map(|(named, _)| hygienic(&named.ident)).collect();
        let named_cells =
            self.named(index).map(|(named, _)| expand_cell_ref(named, quote_mixed!(__of(__cells))));
        let started = quote_mixed!(Self::#start(#(&#shared),*).await);
        let boxed = self.expand_boxed(expr, service.start_key, started);
        quote_mixed! {
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
                #(let #shared = #p::SharedCell::share(#named_cells);)*
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
    /// #[allow(dropping_copy_types, clippy::drop_non_drop)]        // for `stop = drop(field)`
    /// async fn __stop_store(mut store: Store) -> Result<(), BoxError> {
    ///     StopOutput::into_result(EXPR)
    /// }
    /// ```
    ///
    /// The call is located at the key, and `mut` at the name of the field: an editor that follows a name of the expression
    /// finds only what the user wrote.
    pub(super) fn expand_stop(&self, field: &Field, service: &Service, expr: &Expr) -> TokenStream {
        let (p, stop, name, ty) = (&self.library, item_name("stop", field), &field.ident, field.ty);
        let (key, (_, last)) = (service.stop_key, first_last_span(expr));
        let here = self.library_at(key);
        let path = quote_spanned!(key=> #here::StopOutput::into_result);
        let mutable = Ident::new("mut", name.span());
        let argument = spanned_group(Delimiter::Parenthesis, expr.to_token_stream(), last);
        quote_mixed! {
            #[allow(dropping_copy_types, clippy::drop_non_drop)]
            async fn #stop(#[allow(unused_mut, unused_variables)] #mutable #name: #ty) -> #p::Result<(), #p::BoxError> {
                #path #argument
            }
        }
    }

    /// Writes `boxed(async move { CALL })`. The block is located at the user's expression, so that rustc reports there that
    /// its future is not `Send`; the rest is located at the key.
    pub(super) fn expand_boxed(&self, expr: &Expr, key: Span, call: TokenStream) -> TokenStream {
        let (first, last) = first_last_span(expr);
        let p = self.library_at(key);
        let block = spanned_group(Delimiter::Brace, call, last);
        let argument = spanned_group(Delimiter::Parenthesis, quote_spanned!(first=> async move #block), last);
        quote_spanned!(key=> #p::boxed #argument)
    }
}

/// The parameter for a field: it has the hygiene of the use, so that the expression resolves to it, and the location of
/// the field.
fn in_scope(field: &Field, used: Span) -> Ident {
    let mut name = field.ident.clone();
    name.set_span(used.located_at(field.ident.span()));
    name
}
