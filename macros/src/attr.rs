//! The arguments of an attribute: first their syntax, then what each key may have. A key remembers its own span, so
//! that an error can point at the key or at the value.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Path, Token, parse_quote, token};

use crate::duration::{self, Window};
use crate::errors::Errors;
use crate::message::{self, Owner};

/// One `key`, `key = value` or `key(a, b)`.
pub(crate) struct Argument {
    pub(crate) key: Ident,
    value: Value,
}

enum Value {
    Nothing,
    Expr(Box<Expr>),
    List(TokenStream),
    /// Something else behind the key: no key has that.
    Other(TokenTree),
}

/// What an attribute says, and whether all of it could be read.
pub(crate) struct Arguments {
    pub(crate) all: Vec<Argument>,
    pub(crate) whole: bool,
}

/// Reads `key = value, key(a, b), key`; unknown and repeated keys are reported and left out.
pub(crate) fn parse(tokens: TokenStream, owner: Owner, errors: &mut Errors) -> Arguments {
    let mut arguments = Arguments { all: Vec::new(), whole: true };
    let mut in_a_list = false;
    for argument in syntax(tokens, owner, &mut arguments.whole, errors) {
        let name = argument.name();
        // The rest of `after a, b` is no key, and `after a` is reported.
        in_a_list &= matches!(argument.value, Value::Nothing);
        if !owner.keys().contains(&name.as_str()) && in_a_list {
            continue;
        }
        in_a_list |= matches!(argument.value, Value::Other(_));
        if !owner.keys().contains(&name.as_str()) {
            errors.push(&argument.key, message::unknown_key(&name, owner));
            arguments.whole = false;
        } else if arguments.all.iter().any(|earlier| earlier.name() == name) {
            errors.push(&argument.key, message::repeated_key(&name));
        } else {
            arguments.all.push(argument);
        }
    }
    arguments
}

/// The path in `crate = PATH`, as far as the arguments can be read; mistakes in them are the derive's to tell.
pub(crate) fn krate(tokens: &TokenStream) -> Path {
    let mut errors = Errors::new();
    let arguments = syntax(tokens.clone(), Owner::Group, &mut true, &mut errors);
    let path = arguments
        .iter()
        .find(|argument| argument.name() == "crate")
        .and_then(|krate| krate.path(&mut errors));
    drop(errors.finish());
    path.unwrap_or_else(|| parse_quote!(::service_group))
}

fn syntax(tokens: TokenStream, owner: Owner, whole: &mut bool, errors: &mut Errors) -> Vec<Argument> {
    let mut all = Vec::new();
    let read = |input: ParseStream| {
        let arguments;
        syn::parenthesized!(arguments in input);
        while !arguments.is_empty() {
            all.push(Argument::parse(&arguments, owner)?);
            if !ends(&arguments) {
                return Err(arguments.error(message::no_comma(&next(&arguments))));
            }
            arguments.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    let result = read.parse2(enclosed(tokens));
    if let Err(error) = result {
        errors.add(error);
        *whole = false;
    }
    all
}

/// The tokens in parentheses that stand where the last token does: what ends too early is told there.
fn enclosed(tokens: TokenStream) -> TokenStream {
    let last = tokens.clone().into_iter().last().map(|token| token.span());
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    if let Some(span) = last {
        group.set_span(span);
    }
    TokenTree::Group(group).into()
}

/// Whether the argument is at its end.
fn ends(input: ParseStream) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// The token that comes next, as text.
fn next(input: ParseStream) -> String {
    input.fork().parse().map_or_else(|_| String::new(), |token: TokenTree| token.to_string())
}

impl Argument {
    fn parse(input: ParseStream, owner: Owner) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(message::no_key(&next(input), owner)));
        }
        let key = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.is_empty() {
                let name = key.unraw().to_string();
                return Err(syn::Error::new_spanned(
                    &key,
                    message::misshapen_key(&name, &format!("{name} =")),
                ));
            }
            Value::Expr(Box::new(input.parse()?))
        } else if input.peek(token::Paren) {
            let list;
            syn::parenthesized!(list in input);
            Value::List(list.parse()?)
        } else if ends(input) || message::is_flag(&key.unraw().to_string()) {
            Value::Nothing
        } else {
            Value::Other(input.parse()?)
        };
        let argument = Self { key, value };
        match argument.value {
            Value::Other(_) if !ends(input) => Err(argument.unreadable(owner)),
            _ => Ok(argument),
        }
    }

    pub(crate) fn name(&self) -> String {
        self.key.unraw().to_string()
    }

    /// The value of `key = EXPR`.
    pub(crate) fn expr(self, errors: &mut Errors) -> Option<Expr> {
        if let Value::Expr(value) = self.value {
            return Some(*value);
        }
        errors.add(self.misshapen());
        None
    }

    /// The value of `key = "25s"`.
    pub(crate) fn window(&self, may_be_zero: bool, errors: &mut Errors) -> Option<Window> {
        if let Value::Expr(value) = &self.value {
            return duration::read(&self.name(), value, may_be_zero, errors);
        }
        errors.add(self.misshapen());
        None
    }

    /// The value of `crate = PATH`.
    pub(crate) fn path(&self, errors: &mut Errors) -> Option<Path> {
        match &self.value {
            Value::Expr(value) => match &**value {
                Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
                other => {
                    let found = other.to_token_stream().to_string();
                    errors.push(other, message::misshapen_key(&self.name(), &found));
                    None
                }
            },
            Value::Nothing | Value::List(_) | Value::Other(_) => {
                errors.add(self.misshapen());
                None
            }
        }
    }

    /// The names in `key(a, b)`.
    pub(crate) fn names(self, errors: &mut Errors) -> Vec<Ident> {
        let name = self.name();
        let Value::List(list) = self.value else {
            errors.add(self.misshapen());
            return Vec::new();
        };
        let mut names = Vec::new();
        for (at, token) in list.into_iter().enumerate() {
            match token {
                TokenTree::Ident(ident) if at % 2 == 0 => names.push(ident),
                TokenTree::Punct(comma) if at % 2 == 1 && comma.as_char() == ',' => {}
                other => {
                    errors.push(&other, message::misshapen_key(&name, &other.to_string()));
                    return Vec::new();
                }
            }
        }
        names
    }

    /// Whether a key without a value has none.
    pub(crate) fn flag(&self, errors: &mut Errors) {
        if !matches!(self.value, Value::Nothing) {
            errors.add(self.misshapen());
        }
    }

    /// What is wrong where more comes behind the key than can be read.
    fn unreadable(&self, owner: Owner) -> syn::Error {
        let name = self.name();
        if owner.keys().contains(&name.as_str()) {
            return self.misshapen();
        }
        syn::Error::new_spanned(&self.key, message::unknown_key(&name, owner))
    }

    fn misshapen(&self) -> syn::Error {
        let name = self.name();
        let found = match &self.value {
            Value::Nothing => name.clone(),
            Value::Expr(_) => format!("{name} = .."),
            Value::List(_) => format!("{name}(..)"),
            Value::Other(TokenTree::Group(group)) => match group.delimiter() {
                Delimiter::Bracket => format!("{name}[..]"),
                _ => format!("{name} {{ .. }}"),
            },
            Value::Other(other) => format!("{name} {other}"),
        };
        syn::Error::new_spanned(self, message::misshapen_key(&name, &found))
    }
}

impl ToTokens for Argument {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.key.to_tokens(tokens);
        match &self.value {
            Value::Nothing => {}
            Value::Expr(value) => value.to_tokens(tokens),
            Value::List(list) => list.to_tokens(tokens),
            Value::Other(other) => other.to_tokens(tokens),
        }
    }
}
