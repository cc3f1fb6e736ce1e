//! The functions that contain the user's expressions: `__start_*`, `__launch_*`, `__stop_*`, `__check_*` and
//! `__reload_*`.
//!
//! Each expression has a small function of its own, so that errors mention only the names in it, and compile time is
//! linear. Of a `cargo check` with 1,000 services (`-Ztime-passes`), two thirds are the type check of these functions, a
//! quarter is their borrow check, and the macro itself takes a twenty-fifth.

use proc_macro2::{Delimiter, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Ident, Lifetime, Stmt};

use super::cells::{expand_cell_ref, with_static_objects};
use super::expander::Expander;
use super::hygiene::{first_last_span, item_name, quote_mixed, spanned_group, with_span};
use crate::ast::{Field, Service, ValueExpression};
use crate::check::NamedField;
use crate::uses::Inside;

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// async fn __start_rpc<'clone_store_first>(store: &'clone_store_first Store) -> Result<GrpcServer, BoxError> {
    ///     {
    ///         let (store,) = (store,);
    ///         let value: GrpcServer = EXPR;
    ///         return Ok(value);
    ///     }
    /// }
    /// ```
    ///
    /// The inner block ends at the end of the expression: rustc labels there that a name is dropped which the value still
    /// borrows.
    ///
    /// The lints are allowed for an expression that never returns, as in `start = todo!()`: the code after it is not the
    /// user's.
    pub(super) fn expand_start(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let p = &self.library;
        let start = item_name("start", field);
        let ty = field.ty;
        let expr = &service.start;
        let lints = &field.lints;
        let lifetimes: Vec<_> =
            self.named(index).map(|(field, named)| fix_as_lifetime(field, named)).collect();
        let generics = (!lifetimes.is_empty()).then(|| quote_mixed!(<#(#lifetimes),*>));
        let parameters = self.named(index).zip(&lifetimes).map(|((field, named), lifetime)| {
            let name = in_scope(field, named.span);
            let ty = field.ty;
            let lints = field.lints.allowed();
            quote_mixed!(#lints #name: &#lifetime #ty)
        });
        let in_scope = self.expand_in_scope(index, service);
        // In a body, rustc would infer the lifetime of a `dyn Trait`, and report one that is too short at the `return`.
        let (static_ty, _) = with_static_objects(ty);
        let body = quote_mixed! {
            #in_scope
            #[allow(clippy::diverging_sub_expression)]
            let __value: #static_ty = #expr;
            #[allow(unreachable_code)]
            return #p::Ok(__value);
        };
        let (_, last) = first_last_span(expr);
        let body = spanned_group(Delimiter::Brace, body, Span::mixed_site().located_at(last));
        let result = self.expand_result(service.start_key, &static_ty);
        quote_mixed! {
            #lints
            async fn #start #generics(#(#parameters),*) -> #result {
                #body
            }
        }
    }

    /// Writes
    ///
    /// ```text
    /// fn __launch_rpc(cells: &ErasedCells) -> StartFuture {
    ///     let lent = [SharedCell::lend(&cells.get::<Cells>().store)];
    ///     let cells = cells.clone();
    ///     boxed(async move {
    ///         let result = Self::__start_rpc(lent[0].get()).await;
    ///         started(&cells.get::<Cells>().rpc, result)
    ///     })
    /// }
    /// ```
    ///
    /// The cells are erased so that rustc checks whether they can be sent where they are made, and not once more for each
    /// service.
    pub(super) fn expand_launch(&self, index: usize, field: &Field, service: &Service) -> TokenStream {
        let p = &self.library;
        let cells = &self.cells;
        let lints = &field.lints;
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let (start, launch) = (item_name("start", field), item_name("launch", field));
        let of = quote_mixed!(#p::ErasedCells::get::<#cells #ty_generics>);
        let cell = expand_cell_ref(field, quote_mixed!(#of(&__cells)));
        let cells: Vec<_> =
            self.named(index).map(|(named, _)| expand_cell_ref(named, quote_mixed!(#of(__cells)))).collect();
        let lent = (0..cells.len()).map(|at| quote_mixed!(#p::Lent::get(&__lent[#at])));
        let lend_all =
            (!cells.is_empty()).then(|| quote_mixed!(let __lent = [#(#p::SharedCell::lend(#cells)),*];));
        let started = quote_mixed! {
            let __result = Self::#start(#(#lent),*).await;
            #p::started(#cell, __result)
        };
        let boxed = self.expand_boxed(&service.start, service.start_key, started);
        quote_mixed! {
            #lints
            fn #launch(__cells: &#p::ErasedCells) -> #p::StartFuture {
                #lend_all
                let __cells = #p::Clone::clone(__cells);
                #boxed
            }
        }
    }

    /// Writes
    ///
    /// ```text
    /// let (store, config) = (store, config);
    /// let queue: &Queue;                          // if the expression contains `qeue`
    /// ```
    ///
    /// The names in the first line are located at the key `start`: where an expression changes a field, rustc would
    /// otherwise propose `store: &mut Store: Store` at the field.
    fn expand_in_scope(&self, index: usize, service: &Service) -> TokenStream {
        let parameters: Vec<_> =
            self.named(index).map(|(field, named)| in_scope(field, named.span)).collect();
        let locals = self
            .named(index)
            .map(|(field, named)| with_span(&field.ident, named.span.located_at(service.start_key)));
        let lints = self.named(index).map(|(field, _)| field.lints.allowed());
        let named = (!parameters.is_empty()).then(|| {
            quote_mixed! {
                #(#lints)*
                #[allow(unused_variables, clippy::shadow_reuse, clippy::used_underscore_binding)]
                let (#(#locals,)*) = (#(#parameters,)*);
            }
        });
        let near = self.checked.near_misses.get(index).into_iter().flatten().filter_map(|(field, span)| {
            let field = self.group.fields.get(*field)?;
            let name = in_scope(field, *span);
            let ty = field.ty;
            let lints = field.lints.allowed();
            Some(quote_mixed!(#lints #[allow(unused_variables)] let #name: &#ty;))
        });
        quote_mixed!(#named #(#near)*)
    }

    /// Writes the functions of `stop`, `check` and `reload`, as far as the service has them.
    pub(super) fn expand_value_expressions(&self, field: &Field, service: &Service) -> TokenStream {
        let expressions = service.value_expressions.iter();
        expressions.map(|expression| self.expand_value_expression(field, expression)).collect()
    }

    /// Writes, for `stop`,
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
    fn expand_value_expression(&self, field: &Field, expression: &ValueExpression) -> TokenStream {
        let (key, expr) = (expression.key_span, &expression.expr);
        let function = item_name(expression.key.name(), field);
        let name = &field.ident;
        let ty = field.ty;
        let (_, last) = first_last_span(expr);
        let output = Ident::new(expression.key.entry().output, Span::mixed_site().located_at(key));
        let here = self.library_at(key);
        let path = quote_spanned!(key=> #here::#output::into_result);
        let result = self.expand_result(key, quote_spanned!(key=> ()));
        let mutable = Ident::new("mut", name.span());
        // The expression has no other name for the value.
        let underscore =
            field.name.starts_with('_').then(|| quote_mixed!(#[allow(clippy::used_underscore_binding)]));
        let lints = &field.lints;
        let body = if is_placeholder(expr) {
            quote_mixed! {
                #[allow(clippy::diverging_sub_expression)]
                let __value: () = #expr;
                #[allow(unreachable_code)]
                return #path(__value);
            }
        } else {
            let argument = spanned_group(Delimiter::Parenthesis, expr.to_token_stream(), last);
            quote_mixed!(#path #argument)
        };
        quote_mixed! {
            #lints
            #underscore
            #[allow(dropping_copy_types, clippy::drop_non_drop)]
            async fn #function(#[allow(unused_mut, unused_variables)] #mutable #name: #ty) -> #result {
                #body
            }
        }
    }

    /// Writes `Result<TYPE, BoxError>`, located at the key, which rustc labels where the expression has a wrong `return`.
    fn expand_result(&self, key: Span, ty: impl ToTokens) -> TokenStream {
        let p = self.library_at(key);
        quote_spanned!(key=> #p::Result<#ty, #p::BoxError>)
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

/// The lifetime of a parameter. Its name is the fix for a start that keeps the reference: rustc offers no other place for
/// a text of this macro. It is located at the use, where rustc labels it.
fn fix_as_lifetime(field: &Field, named: &NamedField) -> Lifetime {
    let place = match named.inside {
        Inside::Closure => "_before_the_closure",
        Inside::AsyncBlock => "_before_the_async_block",
        Inside::Nothing => "_first",
    };
    let span = Span::mixed_site().located_at(named.span);
    Lifetime::new(&format!("'clone_{}{place}", field.name), span)
}

const PLACEHOLDERS: [&str; 4] = ["todo", "unimplemented", "panic", "unreachable"];

/// Returns whether a stop ends in `todo!()` or the like: it has no type then that `StopOutput` could be implemented for.
fn is_placeholder(expr: &Expr) -> bool {
    let last = match expr {
        Expr::Macro(of) => &of.mac,
        Expr::Block(of) => match of.block.stmts.last() {
            Some(Stmt::Macro(last)) => &last.mac,
            Some(Stmt::Expr(last, _)) => return is_placeholder(last),
            _ => return false,
        },
        Expr::Paren(of) => return is_placeholder(&of.expr),
        Expr::Group(of) => return is_placeholder(&of.expr),
        _ => return false,
    };
    last.path.segments.last().is_some_and(|segment| PLACEHOLDERS.iter().any(|name| segment.ident == name))
}

/// The parameter for a field: it has the hygiene of the use, so that the expression resolves to it, and the location of
/// the field.
fn in_scope(field: &Field, used: Span) -> Ident {
    let mut name = field.ident.clone();
    name.set_span(used.located_at(field.ident.span()));
    name
}
