//! The arguments of an attribute: the known keys, each with its value.
//!
//! The syntax is read in `arguments/written.rs`. This file reports unknown and repeated keys, and values of a kind that
//! the key does not take.

mod written;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Ident, Path, parse_quote};

use crate::duration::{self, DurationLit};
use crate::errors::Errors;
use crate::keys::{GroupKey, Key, KeyEntry, ValueKind};
use crate::manifest::Manifest;
use crate::message;
use written::{Value, Written};

/// The arguments of one attribute.
pub(crate) struct Arguments<K> {
    pub(crate) all: Vec<Argument<K>>,
    /// Whether all keys could be read: if not, a missing key may be among the unread ones.
    pub(crate) complete: bool,
}

/// A known key as it was written. It keeps its span, so that an error can point at the key or at the value.
pub(crate) struct Argument<K> {
    pub(crate) key: K,
    written: Written,
}

/// Reads `key = value, key(a, b), key`. Unknown and repeated keys are reported and left out.
pub(crate) fn parse<K: Key>(tokens: TokenStream, errors: &mut Errors) -> Arguments<K> {
    let (all, mut complete) = written::parse::<K>(tokens, errors);
    let mut known: Vec<Argument<K>> = Vec::new();
    let mut in_a_list = false;
    for written in all {
        let name = written.name();
        let key = K::find(&name);
        // In `after a, b` the mistake is reported at `after a`; `b` is not reported again as an unknown key.
        in_a_list &= matches!(written.value, Value::Nothing);
        if key.is_none() && in_a_list {
            continue;
        }
        in_a_list |= matches!(written.value, Value::Other(_));
        match key {
            None => {
                errors.push(&written.words, message::unknown_key::<K>(&name));
                complete = false;
            }
            Some(key) if known.iter().any(|earlier| earlier.key == key) => {
                errors.push(&written.key, message::repeated_key(&name));
            }
            Some(key) => known.push(Argument { key, written }),
        }
    }
    Arguments { all: known, complete }
}

/// The path in `crate = PATH`, as far as the arguments can be read. Mistakes in the arguments are reported later, by the
/// derive.
pub(crate) fn crate_path(tokens: &TokenStream) -> Path {
    let mut errors = Errors::new();
    let (all, _) = written::parse::<GroupKey>(tokens.clone(), &mut errors);
    let written = all.into_iter().find(|written| GroupKey::find(&written.name()) == Some(GroupKey::Crate));
    let argument = written.map(|written| Argument { key: GroupKey::Crate, written });
    let path = argument.and_then(|argument| argument.path(&mut errors));
    drop(errors.finish());
    path.unwrap_or_else(default_crate_path)
}

/// The path of the library where `crate = PATH` is not written, or cannot exist.
pub(crate) fn default_crate_path() -> Path {
    let manifest = Manifest::read().unwrap_or_default();
    let name = manifest.renamed().map(|name| Ident::new(name, Span::call_site()));
    name.map_or_else(|| parse_quote!(::service_group), |name| parse_quote!(::#name))
}

/// Reports a path that begins with a crate which the package does not depend on. Returns whether there is none.
fn check_crate(path: &Path, errors: &mut Errors) -> bool {
    let first = path.segments.first().map(|first| first.ident.to_string()).unwrap_or_default();
    let is_missing =
        path.leading_colon.is_some() && Manifest::read().is_some_and(|manifest| !manifest.has(&first));
    if is_missing {
        let usual = default_crate_path().to_token_stream().to_string();
        errors.push(path, message::crate_is_no_dependency(&first, &usual));
    }
    !is_missing
}

impl<K: Key> Argument<K> {
    pub(crate) fn key_ident(&self) -> &Ident {
        &self.written.key
    }

    pub(crate) fn key_span(&self) -> Span {
        self.written.key.span()
    }

    /// The value of `key = EXPRESSION`.
    pub(crate) fn expression(self, errors: &mut Errors) -> Option<Expr> {
        self.assert_kind(&[ValueKind::Expression]);
        let entry = self.entry();
        match self.written.value {
            Value::Expression(value) => Some(*value),
            _ => self.written.report_value(entry, errors),
        }
    }

    /// The value of `key = "25s"`.
    pub(crate) fn duration(&self, errors: &mut Errors) -> Option<DurationLit> {
        self.assert_kind(&[ValueKind::Duration, ValueKind::DurationOrZero]);
        match &self.written.value {
            Value::Expression(value) => duration::read(self.entry(), value, errors),
            _ => self.written.report_value(self.entry(), errors),
        }
    }

    /// The value of `key = "250ms..10s"`, or the usual bounds of `key` alone.
    pub(crate) fn bounds(&self, usual: (u64, u64), errors: &mut Errors) -> Option<(u64, u64)> {
        self.assert_kind(&[ValueKind::Bounds]);
        match &self.written.value {
            Value::Nothing => Some(usual),
            Value::Expression(value) => duration::read_bounds(self.entry(), value, errors),
            _ => self.written.report_value(self.entry(), errors),
        }
    }

    /// The value of `crate = PATH`.
    pub(crate) fn path(&self, errors: &mut Errors) -> Option<Path> {
        self.assert_kind(&[ValueKind::Path]);
        let Value::Expression(value) = &self.written.value else {
            return self.written.report_value(self.entry(), errors);
        };
        if let Expr::Path(path) = &**value
            && path.qself.is_none()
        {
            return check_crate(&path.path, errors).then(|| path.path.clone());
        }
        let found = value.to_token_stream().to_string();
        errors.push(value, message::unexpected_value(self.entry(), &found));
        None
    }

    /// The names in `key(a, b)`.
    pub(crate) fn names(self, errors: &mut Errors) -> Vec<Ident> {
        self.assert_kind(&[ValueKind::Names]);
        let entry = self.entry();
        let Value::List(list) = self.written.value else {
            self.written.report_value::<()>(entry, errors);
            return Vec::new();
        };
        let mut names = Vec::new();
        for (at, token) in list.into_iter().enumerate() {
            match token {
                TokenTree::Ident(ident) if at % 2 == 0 => names.push(ident),
                TokenTree::Punct(comma) if at % 2 == 1 && comma.as_char() == ',' => {}
                other => {
                    errors.push(&other, message::unexpected_value(entry, &other.to_string()));
                    return Vec::new();
                }
            }
        }
        names
    }

    /// Reports a value after a key that takes none.
    pub(crate) fn check_flag(&self, errors: &mut Errors) {
        self.assert_kind(&[ValueKind::Flag]);
        if !matches!(self.written.value, Value::Nothing) {
            self.written.report_value::<()>(self.entry(), errors);
        }
    }

    /// The table of keys and the code that reads a value agree on the kind of value.
    fn assert_kind(&self, kinds: &[ValueKind]) {
        debug_assert!(kinds.contains(&self.entry().value), "`{}` takes another kind of value", self.name());
    }

    /// The name of the key.
    pub(crate) fn name(&self) -> &'static str {
        self.entry().name
    }

    fn entry(&self) -> KeyEntry {
        self.key.entry()
    }
}
