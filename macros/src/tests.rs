//! Tests of the whole macro on tokens: for any input, the output contains the struct and parses, and the macro does not
//! panic.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{Item, Stmt};

use crate::{attribute, derive};

mod expanded;
mod fuzz;
mod imports;
mod keys;

fn arguments() -> TokenStream {
    quote!(stop_within = "25s", lame_duck = "2s", stop_order(gateway, rpc), crate = ::renamed)
}

fn group() -> TokenStream {
    quote! {
        /// Everything.
        #[derive(Debug)]
        pub struct App<B: Backend, const N: usize> where B: Clone {
            config: Config,
            #[group]
            group: GroupHandle,
            #[service(start = Store::open(&config.data)?, stop = store.close().await, first)]
            store: Store<B>,
            #[service(start = Rpc::bind(format!("{config:?}"), routes(store)).await?, stop_within = "6s")]
            rpc: Rpc,
            #[service(start = (rpc)(|x| x.y(group)), after(store), last, start_within = "1m 30s")]
            r#type: [Gateway; N],
            #[service(start = m!(rpc))]
            gateway: Gateway,
        }
    }
}

/// Expands the attribute, then the derive on each item that has it, as rustc does.
fn expand(arguments: &TokenStream, item: TokenStream) -> Vec<Item> {
    let dressed = attribute::service_group(arguments, item);
    let file: syn::File = syn::parse2(dressed.clone()).unwrap_or_else(|error| panic!("{error}: {dressed}"));
    let mut items = file.items;
    let mut written = Vec::new();
    for item in &items {
        if let Item::Struct(_) | Item::Enum(_) | Item::Union(_) = item {
            let tokens = derive::service_group(&quote!(#item));
            let file: syn::File =
                syn::parse2(tokens.clone()).unwrap_or_else(|error| panic!("{error}: {tokens}"));
            written.extend(file.items.into_iter().flat_map(without_block));
        }
    }
    items.extend(written);
    items
}

fn is_error(item: &Item) -> bool {
    matches!(item, Item::Macro(item) if is_compile_error(&item.mac))
}

fn is_compile_error(mac: &syn::Macro) -> bool {
    mac.path.segments.last().is_some_and(|last| last.ident == "compile_error")
}

/// The errors in the block that the derive writes around them, or any other item.
fn without_block(item: Item) -> Vec<Item> {
    if let Item::Const(block) = &item
        && let syn::Expr::Block(block) = &*block.expr
        && block
            .block
            .stmts
            .iter()
            .all(|each| matches!(each, Stmt::Macro(each) if is_compile_error(&each.mac)))
    {
        return block.block.stmts.iter().map(|each| syn::parse_quote!(#each)).collect();
    }
    vec![item]
}

/// All variants of some tokens in which one token, at any depth, is removed, repeated or replaced.
fn mutations(tokens: &TokenStream) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let others = [quote!(), quote!(config), quote!(r#type), quote!("{store}"), quote!(..)];
    let mut all = Vec::new();
    for (at, tree) in trees.iter().enumerate() {
        let with = |middle: TokenStream| -> TokenStream {
            let (before, after) = (trees[..at].iter().cloned(), trees[at + 1..].iter().cloned());
            before.chain(middle).chain(after).collect()
        };
        all.extend(others.iter().map(|other| with(other.clone())));
        all.push(with(quote!(#tree #tree)));
        if let TokenTree::Group(group) = tree {
            let wrap = |inner| TokenTree::Group(Group::new(group.delimiter(), inner));
            all.extend(mutations(&group.stream()).into_iter().map(|inner| with(wrap(inner).into())));
            all.push(with(TokenTree::Group(Group::new(Delimiter::None, group.stream())).into()));
        }
    }
    all
}

#[test]
fn a_sound_group_has_no_errors() {
    let sound = expand(&quote!(stop_order(r#type, gateway, rpc)), group());
    let stopped = sound.iter().any(is_error);
    assert!(!stopped, "{}", quote!(#(#sound)*));
}

#[test]
fn for_any_item_it_keeps_the_struct_and_never_panics() {
    let mutations = mutations(&group());
    assert!(mutations.len() > 500);
    for item in mutations {
        let was_a_struct = matches!(syn::parse2(item.clone()), Ok(Item::Struct(_)));
        if !was_a_struct {
            drop(attribute::service_group(&arguments(), item));
            continue;
        }
        let items = expand(&arguments(), item.clone());
        assert!(items.iter().any(|item| matches!(item, Item::Struct(_))), "{item}");
    }
}

#[test]
fn for_any_arguments_it_never_panics() {
    for arguments in mutations(&arguments()) {
        let items = expand(&arguments, group());
        let errors = items.iter().filter(|item| is_error(item)).count();
        assert!(errors < 4, "{arguments}: {}", quote!(#(#items)*));
    }
}

#[test]
fn the_documentation_of_the_plan_shows_the_order_of_the_stop() {
    let items = expand(&quote!(stop_within = "25s", lame_duck = "2s", stop_order(gateway, rpc)), group());
    let expected = "The plan of `App`: it stops within 25s, 2s of lame duck included.\n\n\
        The services stop in this order, each as soon as those that it waits for have stopped:\n\n\
        1. `type`\n\
        2. `gateway`, after `type`\n\
        3. `rpc`, within 6s, after `type`, `gateway`\n\
        4. `store`, after `rpc`, `type`\n";
    let (written, expected) = (quote!(#(#items)*).to_string(), quote!(#expected).to_string());
    assert!(written.contains(&expected), "{written}\n{expected}");
}

#[test]
fn the_documentation_of_the_struct_has_a_line_for_each_service_that_a_cfg_keeps() {
    let item = quote! {
        /// Own words.
        pub struct App {
            #[service(start = Store)]
            store: Store,
            #[cfg(unix)]
            #[cfg(feature = "rpc")]
            #[service(start = Rpc::over(store), stop_within = "2s")]
            rpc: Rpc,
        }
    };
    let dressed = attribute::service_group(&quote!(lame_duck = "1s"), item.clone()).to_string();
    let introduction = "The plan: it stops within 25s, 1s of lame duck included.\n\n\
        The services stop in this order, each as soon as those that it waits for have stopped:\n";
    let docs = quote! {
        #[doc = r" Own words."]
        #[doc = ""]
        #[doc = #introduction]
        #[cfg_attr(all(unix, feature = "rpc"), doc = "1. `rpc`, within 2s")]
        #[doc = "1. `store`, after `rpc`"]
        pub struct App
    };
    assert!(dressed.contains(&docs.to_string()), "{dressed}");
    let with_a_mistake = attribute::service_group(&quote!(lame_duck = 1), item).to_string();
    assert!(!with_a_mistake.contains("The plan"), "{with_a_mistake}");
}
