//! Durations as people write them: `"250ms"`, `"1m 30s"`.

use std::time::Duration;

use humantime::DurationError;
use proc_macro2::Span;
use quote::ToTokens;
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
            return Err(message::not_bounds(key, &value.to_token_stream().to_string()));
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
        Some(Lit::Int(number)) => return Err(unquoted(key, number.base10_digits(), number.suffix())),
        Some(Lit::Float(number)) => return Err(unquoted(key, number.base10_digits(), number.suffix())),
        _ => return Err(message::not_a_duration(key, &value.to_token_stream().to_string())),
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
fn unquoted(key: KeyEntry, digits: &str, suffix: &str) -> String {
    let text = format!("{digits}{suffix}");
    match humantime::parse_duration(&text) {
        Ok(duration) if !suffix.is_empty() => {
            if allowed(key, duration.as_nanos()) {
                message::unquoted_duration(key, &text)
            } else {
                message::zero_duration(key)
            }
        }
        _ => without_unit(key, digits),
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
