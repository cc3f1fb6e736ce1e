//! The attribute macro of service-group. Use it through the `service-group` crate.
//!
//! The attribute hands the struct, untouched, to a hidden derive, which sees `cfg`s resolved and cannot lose the
//! struct. The derive reads it ([`ast`]), finds what each expression names ([`uses`]), checks that ([`check`]), lays
//! the plan ([`plan`] over [`graph`]), and writes the code ([`expand`]), or, on a mistake, stubs ([`fallback`]).

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod ast;
mod attr;
mod attribute;
mod check;
mod derive;
mod duration;
mod errors;
mod expand;
mod fallback;
mod graph;
mod message;
mod plan;
mod uses;

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests;

use proc_macro::TokenStream;

/// Makes a struct a service group.
#[proc_macro_attribute]
pub fn service_group(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::service_group(arguments.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro_derive(ServiceGroup, attributes(service, group, __service_group))]
pub fn derive_service_group(item: TokenStream) -> TokenStream {
    derive::service_group(item.into()).into()
}
