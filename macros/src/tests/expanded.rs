//! Compares `examples/expanded`, the generated code by hand and with comments, with what the macro writes.

use std::path::Path;

use super::{Item, TokenStream, attribute, derive};
use proc_macro2::{Delimiter, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::VisitMut;
use syn::{Expr, Stmt};

fn read(file: &str) -> syn::File {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/expanded/src").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn group(file: &str) -> syn::ItemStruct {
    let found = read(file).items.into_iter().find_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{file} has no struct"))
}

/// The struct without the attributes of the macro.
fn bare(mut group: syn::ItemStruct) -> TokenStream {
    let is_doc = |attribute: &syn::Attribute| attribute.path().is_ident("doc");
    group.attrs.retain(is_doc);
    group.fields.iter_mut().for_each(|field| field.attrs.retain(is_doc));
    group.to_token_stream()
}

/// Removes the braces of closures that are one expression: rustfmt adds them where a line gets long.
struct WithoutBraces;

impl VisitMut for WithoutBraces {
    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        if let Expr::Block(block) = &*closure.body
            && let [Stmt::Expr(only, None)] = block.block.stmts.as_slice()
        {
            *closure.body = only.clone();
        }
        syn::visit_mut::visit_expr_closure_mut(self, closure);
    }
}

fn without_braces(mut item: Item) -> TokenStream {
    WithoutBraces.visit_item_mut(&mut item);
    item.into_token_stream()
}

/// One token a line, without the trailing commas that rustfmt adds.
fn lines(tokens: TokenStream, into: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                into.push(open.to_owned());
                lines(group.stream(), into);
                into.push(close.to_owned());
            }
            TokenTree::Punct(comma) if comma.as_char() == ',' && tokens.peek().is_none_or(is_end) => {}
            TokenTree::Literal(literal) => into.push(match syn::Lit::new(literal) {
                // The value, since the two may be quoted differently.
                syn::Lit::Str(text) => format!("{:?}", text.value()),
                other => other.to_token_stream().to_string(),
            }),
            token => into.push(token.to_string()),
        }
    }
    into.retain(|line| !line.is_empty());
}

fn is_end(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(end) if end.as_char() == '>')
}

fn written() -> TokenStream {
    let mut group = group("app.rs");
    let is_ours = |attribute: &syn::Attribute| attribute.path().is_ident("service_group");
    let attribute = group.attrs.iter().find(|attribute| is_ours(attribute)).expect("the attribute");
    let arguments = attribute.meta.require_list().expect("its arguments").tokens.clone();
    group.attrs.retain(|attribute| !is_ours(attribute));
    let dressed = attribute::service_group(&arguments, group.to_token_stream());
    derive::service_group(&quote!(#dressed))
}

/// The path of the library as the example writes it.
fn with_short_paths(lines: &[String]) -> String {
    lines.join("\n").replace(":\n:\nservice_group\n:\n:\n__private0", "library")
}

#[test]
fn the_struct_of_the_example_is_the_same() {
    assert_eq!(bare(group("expanded.rs")).to_string(), bare(group("app.rs")).to_string());
}

/// If they differ, the test prints all that the macro writes; rustfmt makes it readable.
#[test]
fn what_is_written_by_hand_is_what_the_macro_writes() {
    let by_hand = read("expanded.rs").items.into_iter().filter(|item| matches!(item, Item::Const(_)));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    lines(without_braces(syn::parse2(written()).expect("one constant")), &mut ours);
    lines(by_hand.map(without_braces).collect(), &mut theirs);
    let (ours, theirs) = (with_short_paths(&ours), with_short_paths(&theirs));
    let same = ours.lines().zip(theirs.lines()).take_while(|(ours, theirs)| ours == theirs).count();
    let context =
        |lines: &str| lines.lines().skip(same.saturating_sub(9)).take(12).collect::<Vec<_>>().join(" ");
    assert!(
        ours == theirs,
        "examples/expanded/src/expanded.rs has `{}`, the macro writes `{}`. All that it writes:\n{}",
        context(&theirs),
        context(&ours),
        written(),
    );
}
