//! The syntax of arguments: `key`, `key = value`, `key(a, b)`, whatever the key is.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Token, token};

use crate::duration;
use crate::errors::Errors;
use crate::keys::{Key, KeyEntry, ValueKind};
use crate::message;

/// One argument as it was written.
pub(super) struct Written {
    pub(super) key: Ident,
    /// The same with the hyphens and words that follow it, for errors.
    pub(super) words: TokenStream,
    /// The key without `r#`, and with all words that hyphens join to it.
    name: String,
    pub(super) value: Value,
}

/// What follows a key.
pub(super) enum Value {
    Nothing,
    Expression(Box<Expr>),
    List(TokenStream),
    /// Something that no key takes.
    Other(TokenTree),
}

/// Reads all arguments, and whether the syntax of all of them is right. The first mistake of syntax ends the reading.
pub(super) fn parse<K: Key>(tokens: TokenStream, errors: &mut Errors) -> (Vec<Written>, bool) {
    let mut all = Vec::new();
    let read = |input: ParseStream| {
        let arguments;
        syn::parenthesized!(arguments in input);
        while !arguments.is_empty() {
            let has_start = all.iter().any(|earlier: &Written| earlier.name == "start");
            all.push(Written::parse::<K>(&arguments, has_start)?);
            if !is_at_end(&arguments) {
                return Err(not_at_end(&arguments, &mut all));
            }
            arguments.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    let result = read.parse2(parenthesized(tokens));
    let complete = result.is_ok();
    result.unwrap_or_else(|error| errors.add(error));
    (all, complete)
}

/// The tokens in parentheses that have the span of the last token: there, syn reports an end that comes too early.
fn parenthesized(tokens: TokenStream) -> TokenStream {
    let last = tokens.clone().into_iter().last().map(|token| token.span());
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    if let Some(span) = last {
        group.set_span(span);
    }
    TokenTree::Group(group).into()
}

/// The mistake of `#[service(Store::open(..)?, ..)]`: an expression without its key.
fn start_without_key<K: Key>(input: ParseStream) -> Option<syn::Error> {
    let takes_expressions = K::ALL.iter().any(|key| key.entry().value == ValueKind::Expression);
    let fork = input.fork();
    let expr = fork.parse::<Expr>().ok().filter(|_| takes_expressions && is_at_end(&fork))?;
    let called = match &expr {
        Expr::Call(of) => match &*of.func {
            // `after(a)` and `before(a)` are keys.
            Expr::Path(path) => path.path.get_ident().is_none(),
            _ => false,
        },
        Expr::MethodCall(_)
        | Expr::Await(_)
        | Expr::Try(_)
        | Expr::Block(_)
        | Expr::Macro(_)
        | Expr::Struct(_) => true,
        _ => false,
    };
    let text = expr.to_token_stream().to_string();
    called.then(|| syn::Error::new_spanned(&expr, message::start_without_key(&text)))
}

/// Returns whether the argument ends here.
fn is_at_end(input: ParseStream) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// The mistake where something follows an argument that is not a comma.
fn not_at_end(input: ParseStream, all: &mut Vec<Written>) -> syn::Error {
    if !input.peek(Token![;]) {
        return input.error(message::missing_comma(&next_token(input)));
    }
    let fork = input.fork();
    let has_more = fork.parse::<Token![;]>().is_ok() && !is_at_end(&fork);
    match all.pop() {
        Some(first) if has_more => {
            syn::Error::new_spanned(&first, message::several_statements(&first.name()))
        }
        last => {
            all.extend(last);
            input.error(message::semicolon())
        }
    }
}

/// The next token, as text.
fn next_token(input: ParseStream) -> String {
    input.fork().parse().map_or_else(|_| String::new(), |token: TokenTree| token.to_string())
}

impl Written {
    fn parse<K: Key>(input: ParseStream, has_start: bool) -> syn::Result<Self> {
        if !has_start && let Some(error) = start_without_key::<K>(input) {
            return Err(error);
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error(message::missing_key::<K>(&next_token(input))));
        }
        let key = input.call(Ident::parse_any)?;
        // `start-within` is one word to its author.
        let mut name = key.unraw().to_string();
        let mut words = key.to_token_stream();
        while input.peek(Token![-]) && input.peek2(Ident::peek_any) {
            input.parse::<Token![-]>()?.to_tokens(&mut words);
            let next = input.call(Ident::parse_any)?;
            name = format!("{name}-{next}");
            next.to_tokens(&mut words);
        }
        let value = Value::parse::<K>(&key, &name, input)?;
        let written = Self { key, words, name, value };
        match written.value {
            Value::Other(_) if !is_at_end(input) => Err(written.unreadable::<K>()),
            _ => Ok(written),
        }
    }

    /// The name of the key, without `r#`.
    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    /// Reports that the key takes another kind of value. Returns `None`, for the caller to return.
    pub(super) fn report_value<T>(&self, entry: KeyEntry, errors: &mut Errors) -> Option<T> {
        errors.add(self.unexpected_value(entry));
        None
    }

    /// The mistake where more follows the key than can be read: its value if the key is known, otherwise the key.
    fn unreadable<K: Key>(&self) -> syn::Error {
        let name = self.name();
        match K::find(&name) {
            Some(key) => self.unexpected_value(key.entry()),
            None => syn::Error::new_spanned(&self.words, message::unknown_key::<K>(&name)),
        }
    }

    fn unexpected_value(&self, entry: KeyEntry) -> syn::Error {
        let name = entry.name;
        let found = match &self.value {
            Value::Nothing => name.to_owned(),
            Value::Expression(_) => format!("{name} = .."),
            Value::List(_) => format!("{name}(..)"),
            Value::Other(TokenTree::Group(group)) => match group.delimiter() {
                Delimiter::Bracket => format!("{name}[..]"),
                _ => format!("{name} {{ .. }}"),
            },
            Value::Other(other) => format!("{name} {other}"),
        };
        syn::Error::new_spanned(self, message::unexpected_value(entry, &found))
    }
}

impl Value {
    fn parse<K: Key>(key: &Ident, name: &str, input: ParseStream) -> syn::Result<Self> {
        let entry = K::find(name).map(K::entry);
        let is_flag = entry.is_some_and(|entry| matches!(entry.value, ValueKind::Flag | ValueKind::Bounds));
        let wrong_sign = |sign: &str| {
            let message = entry.map_or_else(
                || message::unknown_key::<K>(name),
                |entry| message::unexpected_value(entry, &format!("{name} {sign}")),
            );
            Err(syn::Error::new_spanned(key, message))
        };
        if input.peek(Token![=>]) {
            wrong_sign("=>")
        } else if input.peek(Token![==]) {
            wrong_sign("==")
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.is_empty() {
                return wrong_sign("=");
            }
            let is_duration = entry
                .is_some_and(|entry| matches!(entry.value, ValueKind::Duration | ValueKind::DurationOrZero));
            let pieces = if is_duration { duration::pieces(input) } else { None };
            Ok(Self::Expression(Box::new(pieces.map_or_else(|| input.parse(), Ok)?)))
        } else if input.peek(token::Paren) {
            let list;
            syn::parenthesized!(list in input);
            Ok(Self::List(list.parse()?))
        } else if is_at_end(input) || is_flag {
            // After a flag, whatever follows is reported as a missing comma.
            Ok(Self::Nothing)
        } else {
            Ok(Self::Other(input.parse()?))
        }
    }
}

impl ToTokens for Written {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.key.to_tokens(tokens);
        match &self.value {
            Value::Nothing => {}
            Value::Expression(value) => value.to_tokens(tokens),
            Value::List(list) => list.to_tokens(tokens),
            Value::Other(other) => other.to_tokens(tokens),
        }
    }
}
