//! The attribute macro of service-group. Use it through the `service-group` crate.
//!
//! The attribute (`attribute`) adds a hidden derive to the struct. The derive (`derive`) reads the struct (`ast`), finds
//! the names in each expression (`uses`), checks them (`check`), computes the order (`plan` over `graph`), and writes the
//! code (`expand`): all that a mistake leaves possible, so that rustc reports its own errors in the same compile.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod arguments;
mod ast;
mod attribute;
mod check;
mod derive;
mod duration;
mod errors;
mod expand;
mod graph;
mod keys;
mod manifest;
mod message;
mod plan;
mod plan_docs;
mod repair;
mod struct_docs;
mod type_macros;
mod uses;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Turns a struct into a service group.
///
/// The crate `service-group` exports it, and documents its keys.
#[proc_macro_attribute]
pub fn service_group(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::service_group(&arguments.into(), item.into()).into()
}

#[doc(hidden)]
// rustc prints this name where the attribute is not imported, in a note at each `#[service]`: it says what to do.
#[proc_macro_derive(import_service_group, attributes(service, group, __arguments_of_the_attribute))]
pub fn derive_service_group(item: TokenStream) -> TokenStream {
    derive::service_group(&item.into()).into()
}
