//! The macros of the standard library whose arguments are expressions: they are searched like any other expression, and
//! only their format string is read as one.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Macro, Pat, Token};

/// The arguments of a macro of the standard library.
pub(super) struct KnownMacro {
    pub(super) format: Option<LitStr>,
    /// The names that arguments define for the format string: `name = value`.
    pub(super) keys: Vec<Ident>,
    /// The values.
    pub(super) values: Vec<Expr>,
    /// The pattern of `matches!`.
    pub(super) pattern: Option<Pat>,
}

/// How many values precede the format string of a macro that has one.
fn values_before_format(name: &str) -> Option<usize> {
    Some(match name {
        "format" | "print" | "println" | "eprint" | "eprintln" | "panic" | "todo" | "unimplemented"
        | "unreachable" | "format_args" => 0,
        "write" | "writeln" | "assert" | "debug_assert" => 1,
        "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => 2,
        _ => return None,
    })
}

impl KnownMacro {
    /// Reads a macro call. `None` if the macro is not known, or its tokens are not what it takes.
    pub(super) fn parse(mac: &Macro) -> Option<Self> {
        let name = mac.path.segments.last()?.ident.to_string();
        match name.as_str() {
            "matches" => mac.parse_body_with(Self::parse_matches),
            "vec" => mac.parse_body_with(Self::parse_vec),
            "dbg" => mac.parse_body_with(|input: ParseStream| Self::parse_arguments(None, input)),
            _ => {
                let before_format = values_before_format(&name)?;
                mac.parse_body_with(|input: ParseStream| Self::parse_arguments(Some(before_format), input))
            }
        }
        .ok()
    }

    fn of(values: impl IntoIterator<Item = Expr>) -> Self {
        Self { format: None, keys: Vec::new(), values: values.into_iter().collect(), pattern: None }
    }

    fn parse_arguments(before_format: Option<usize>, input: ParseStream) -> syn::Result<Self> {
        let mut known = Self::of([]);
        for (at, argument) in
            Punctuated::<Argument, Token![,]>::parse_terminated(input)?.into_iter().enumerate()
        {
            known.keys.extend(argument.key);
            match argument.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if before_format == Some(at) => {
                    known.format = Some(text);
                }
                value => known.values.push(value),
            }
        }
        Ok(known)
    }

    fn parse_vec(input: ParseStream) -> syn::Result<Self> {
        let fork = input.fork();
        if let (Ok(value), Ok(_), Ok(length)) =
            (fork.parse::<Expr>(), fork.parse::<Token![;]>(), fork.parse::<Expr>())
        {
            syn::parse::discouraged::Speculative::advance_to(input, &fork);
            return Ok(Self::of([value, length]));
        }
        Ok(Self::of(Punctuated::<Expr, Token![,]>::parse_terminated(input)?))
    }

    fn parse_matches(input: ParseStream) -> syn::Result<Self> {
        let value = input.parse()?;
        input.parse::<Token![,]>()?;
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        let guard = input.parse::<Option<Token![if]>>()?.map(|_| input.parse()).transpose()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { pattern: Some(pattern), ..Self::of([value].into_iter().chain(guard)) })
    }
}

/// `value` or `name = value`.
struct Argument {
    key: Option<Ident>,
    value: Expr,
}

impl Parse for Argument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let is_key = input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
        let key = if is_key { Some(input.call(Ident::parse_any)?) } else { None };
        if key.is_some() {
            input.parse::<Token![=]>()?;
        }
        Ok(Self { key, value: input.parse()? })
    }
}
