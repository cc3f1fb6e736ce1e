//! Random input from fixed seeds: arbitrary tokens wherever the macro takes tokens, and a sound group with some tokens
//! changed. The result is code that parses, or errors that point into the input.

use super::{Item, TokenStream, arguments, expand, group, is_error, mutations};
use crate::keys::{GroupKey, Key, ServiceKey};
use quote::ToTokens;

/// Set it for a longer search: `SERVICE_GROUP_FUZZ=100000 cargo test -p service-group-macros fuzz`.
fn rounds() -> u64 {
    std::env::var("SERVICE_GROUP_FUZZ").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400)
}

/// The words of random tokens besides the keys.
const WORDS: [&str; 49] = [
    "\"250ms..10s\"",
    "self",
    "Self",
    "super",
    "store",
    "rpc",
    "config",
    "group",
    "gateway",
    "r#type",
    "_",
    "let",
    "if",
    "match",
    "async",
    "move",
    "await",
    "return",
    "struct",
    "dyn",
    "=",
    "=>",
    ",",
    ",",
    ";",
    ":",
    "::",
    ".",
    "..",
    "&",
    "|",
    "!",
    "?",
    "->",
    "#",
    "'a",
    "'",
    "\"25s\"",
    "\"\"",
    "\"{store} {}\"",
    "\"{\"",
    "r#\"{rpc:>w$}\"#",
    "b\"x\"",
    "'c'",
    "25",
    "1.5e9",
    "0xFFu8",
    "\"9999999999 years\"",
    "\"0s\"",
];

/// A xorshift generator. Each seed is independent, so that one that failed can be run alone.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Random tokens as text: words with a meaning for the macro, and every kind of token.
    fn tokens(&mut self, depth: usize) -> String {
        const PAIRS: [(&str, &str); 3] = [("(", ")"), ("[", "]"), ("{", "}")];
        let words = [&GroupKey::names(), &ServiceKey::names(), &WORDS[..]].concat();
        let mut text = String::new();
        for _ in 0..self.below(7) {
            if depth > 0 && self.below(5) == 0 {
                let (open, close) = self.one_of(&PAIRS);
                text.extend([open, &self.tokens(depth - 1), close]);
            } else {
                let word = self.one_of(&words);
                text.push_str(if word == "'" { "'b" } else { word });
            }
            text.push(' ');
        }
        text
    }
}

/// Tokens with a location.
fn located(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Whether an error points into the input.
fn points_inside(error: &Item) -> bool {
    let first = error.to_token_stream().into_iter().next();
    first.is_some_and(|token| token.span().source_text().is_some_and(|text| !text.is_empty()))
}

/// Checks that each error points into the input. Returns the number of errors.
fn check(arguments: &str, item: &str) -> usize {
    let mut errors = 0;
    for error in expand(&located(arguments), located(item)).iter().filter(|item| is_error(item)) {
        let error_text = error.to_token_stream();
        assert!(
            points_inside(error),
            "an error without a location: {error_text}\nof `{arguments}` at `{item}`"
        );
        errors += 1;
    }
    proc_macro2::extra::invalidate_current_thread_spans();
    errors
}

#[test]
fn an_error_without_a_location_is_noticed() {
    let nowhere: Item = syn::parse_quote!(::core::compile_error! { "nowhere" });
    assert!(!points_inside(&nowhere));
    assert_eq!(check("", "struct App { x: u8 }"), 1);
}

#[test]
fn fuzz_arguments_of_the_group() {
    let item = group().to_string();
    let errors: usize = (0..rounds()).map(|seed| check(&Random::new(seed).tokens(3), &item)).sum();
    assert!(errors > 100, "too few mistakes: {errors}");
}

#[test]
fn fuzz_arguments_of_a_service() {
    for seed in 0..rounds() {
        let mut random = Random::new(seed);
        let start = random.one_of(&["", "start = ", "start = x(store), ", "start = 1, stop = ", "after("]);
        let tokens = random.tokens(3);
        let close = if start == "after(" { ")" } else { "" };
        let item = format!(
            "struct App {{ config: u8, #[service(start = 1)] store: Store, #[service({start}{tokens}{close})] rpc: Rpc }}"
        );
        check("", &item);
    }
}

#[test]
fn fuzz_whole_items() {
    for seed in 0..rounds() {
        let mut random = Random::new(seed);
        let head = random.one_of(&["", "struct App", "pub struct App<T> {", "enum", "fn"]);
        let close = if head.ends_with('{') { "}" } else { "" };
        let item = format!("{head} {} {close}", random.tokens(3));
        drop(crate::attribute::service_group(&located(&random.tokens(1)), located(&item)));
        if syn::parse2::<Item>(located(&item)).is_ok() {
            check("", &item);
        }
    }
}

#[test]
fn fuzz_a_sound_group() {
    let (mut texts, plain) = (vec![group().to_string()], arguments().to_string());
    for seed in 0..rounds() / 4 {
        let mut random = Random::new(seed);
        let from: TokenStream = texts[random.below(texts.len())].parse().expect("mutations are tokens");
        let all = mutations(&from);
        let text = all[random.below(all.len())].to_string();
        if text.parse().is_ok_and(|item| matches!(syn::parse2(item), Ok(Item::Struct(_)))) {
            check(&plain, &text);
            // Mutations of mutations have several mistakes at once.
            texts.push(text);
        }
    }
}
