//! Durations as people write them: `"250ms"`, `"1m 30s"`.

use std::time::Duration;

use humantime::DurationError;
use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use crate::errors::Errors;
use crate::message;

/// A duration that the user wrote.
#[derive(Clone)]
pub(crate) struct Window {
    pub(crate) nanos: u64,
    pub(crate) span: Span,
}

impl Window {
    /// As the docs of the plan show it.
    pub(crate) fn text(&self) -> String {
        humantime::format_duration(Duration::from_nanos(self.nanos)).to_string()
    }
}

/// Reads the value of a key; a mistake is reported at the literal.
pub(crate) fn read(key: &str, value: &Expr, may_be_zero: bool, errors: &mut Errors) -> Option<Window> {
    match parse(key, value, may_be_zero) {
        Ok(nanos) => Some(Window { nanos, span: syn::spanned::Spanned::span(value) }),
        Err(message) => {
            errors.push(value, message);
            None
        }
    }
}

fn parse(key: &str, value: &Expr, may_be_zero: bool) -> Result<u64, String> {
    let text = match literal(value) {
        Some(Lit::Str(text)) => text.value(),
        Some(Lit::Int(number)) => return Err(message::bare_number(key, number.base10_digits())),
        Some(Lit::Float(number)) => return Err(message::bare_number(key, number.base10_digits())),
        _ => return Err(message::no_duration(key, &value.to_token_stream().to_string())),
    };
    if !text.is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(message::bare_number(key, text.trim()));
    }
    let duration = humantime::parse_duration(&text).map_err(|error| match error {
        DurationError::NumberOverflow => message::long_duration(key, &text),
        error => message::bad_duration(key, &text, &error),
    })?;
    match u64::try_from(duration.as_nanos()) {
        Ok(0) if !may_be_zero => Err(message::zero_duration(key)),
        Ok(nanos) => Ok(nanos),
        Err(_) => Err(message::long_duration(key, &text)),
    }
}

/// The literal of an expression, also inside the invisible group in which a `macro_rules!` passes it on.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
