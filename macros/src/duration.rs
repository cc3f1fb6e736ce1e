//! Durations as people write them: `"250ms"`, `"1m 30s"`.

use std::time::Duration;

use humantime::DurationError;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit};

use crate::errors::Errors;
use crate::keys::{KeyEntry, ValueKind};
use crate::message;

/// A duration literal that the user wrote.
#[derive(Clone)]
pub(crate) struct DurationLit {
    pub(crate) nanos: u64,
    pub(crate) span: Span,
}

impl DurationLit {
    /// The duration as text, for the documentation of `PLAN`.
    pub(crate) fn text(&self) -> String {
        humantime::format_duration(Duration::from_nanos(self.nanos)).to_string()
    }
}

/// Reads a duration of several tokens, `3 s` or `1m 30s`, which is one value to its author. `None` if the value is
/// anything else.
pub(crate) fn pieces(input: ParseStream) -> Option<Expr> {
    let rest = input.fork();
    let mut pieces = Vec::new();
    while let Ok(piece @ (TokenTree::Literal(_) | TokenTree::Ident(_))) = rest.parse() {
        pieces.push(piece);
    }
    let pieces = (pieces.len() > 1).then(|| TokenStream::from_iter(pieces))?;
    humantime::parse_duration(&pieces.to_string()).ok()?;
    for _ in pieces.clone() {
        input.parse::<TokenTree>().ok()?;
    }
    Some(Expr::Verbatim(pieces))
}

/// Reads the value of a key. A mistake is reported at the value.
pub(crate) fn read(key: KeyEntry, value: &Expr, errors: &mut Errors) -> Option<DurationLit> {
    match parse(key, value) {
        Ok(nanos) => Some(DurationLit { nanos, span: value.span() }),
        Err(message) => {
            errors.push(value, message);
            None
        }
    }
}

/// The shortest and the longest pause of `retry = "250ms..10s"`. A mistake is reported at the value.
pub(crate) fn read_bounds(key: KeyEntry, value: &Expr, errors: &mut Errors) -> Option<(u64, u64)> {
    let read = || {
        let Some(Lit::Str(text)) = literal(value) else {
            let found = value.to_token_stream().to_string();
            let text = found.replace(' ', "");
            let mut bounds = text.split("..").map(|bound| bound.trim_start_matches('='));
            let are_durations = bounds.all(|bound| humantime::parse_duration(bound).is_ok());
            return Err(match value {
                Expr::Range(_) if are_durations => message::unquoted_bounds(key, &text),
                _ => message::not_bounds(key, &found),
            });
        };
        let text = text.value();
        let (shortest, longest) = text.split_once("..").ok_or_else(|| message::not_bounds(key, &text))?;
        let bound = |bound: &str| {
            let bound = bound.trim_start_matches('=').trim();
            let duration = humantime::parse_duration(bound)
                .map_err(|error| message::invalid_bound(key, &text, bound, &error))?;
            u64::try_from(duration.as_nanos()).map_err(|_| message::duration_too_long(key, &text))
        };
        match (bound(shortest)?, bound(longest)?) {
            (0, _) => Err(message::zero_bound(key, &text)),
            (shortest, longest) if shortest > longest => Err(message::bounds_in_wrong_order(key, &text)),
            bounds => Ok(bounds),
        }
    };
    read().map_err(|message| errors.push(value, message)).ok()
}

fn parse(key: KeyEntry, value: &Expr) -> Result<u64, String> {
    let text = match literal(value) {
        Some(Lit::Str(text)) => text.value(),
        Some(Lit::Int(number)) => {
            return Err(number_without_quotes(key, number.base10_digits(), number.suffix()));
        }
        Some(Lit::Float(number)) => {
            return Err(number_without_quotes(key, number.base10_digits(), number.suffix()));
        }
        _ => {
            let text = value.to_token_stream().to_string();
            return Err(match value {
                Expr::Verbatim(_) => unquoted(key, &text),
                _ => message::not_a_duration(key, &text),
            });
        }
    };
    if text.trim().is_empty() {
        return Err(message::empty_duration(key));
    }
    if text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(without_unit(key, text.trim()));
    }
    let duration = humantime::parse_duration(&text).map_err(|error| match error {
        DurationError::NumberOverflow => message::duration_too_long(key, &text),
        error => message::invalid_duration(key, &text, &error),
    })?;
    match u64::try_from(duration.as_nanos()) {
        Ok(0) if key.value != ValueKind::DurationOrZero => Err(message::zero_duration(key)),
        Ok(nanos) => Ok(nanos),
        Err(_) => Err(message::duration_too_long(key, &text)),
    }
}

/// The message for a number that is not in quotes. What looks like its unit is a suffix of the literal.
fn number_without_quotes(key: KeyEntry, digits: &str, suffix: &str) -> String {
    if suffix.is_empty() || NUMERIC_TYPES.contains(&suffix) {
        without_unit(key, digits)
    } else {
        unquoted(key, &format!("{digits}{suffix}"))
    }
}

const NUMERIC_TYPES: [&str; 14] =
    ["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize", "f32", "f64"];

fn unquoted(key: KeyEntry, text: &str) -> String {
    match humantime::parse_duration(text) {
        Ok(duration) if allowed(key, duration.as_nanos()) => message::unquoted_duration(key, text),
        Ok(_) => message::zero_duration(key),
        Err(error) => message::invalid_duration(key, text, &error),
    }
}

fn without_unit(key: KeyEntry, digits: &str) -> String {
    let is_zero = digits.bytes().all(|byte| byte == b'0' || byte == b'.');
    if is_zero && !allowed(key, 0) {
        message::zero_duration(key)
    } else {
        message::number_without_unit(key, digits)
    }
}

fn allowed(key: KeyEntry, nanos: u128) -> bool {
    nanos > 0 || key.value == ValueKind::DurationOrZero
}

/// The literal of an expression. A `macro_rules!` passes a literal on inside an invisible group.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
