//! The attribute macro of service-group. Use it through the `service-group` crate.

use proc_macro::TokenStream;

/// Makes a struct a service group.
#[proc_macro_attribute]
pub fn service_group(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}

#[doc(hidden)]
#[proc_macro_derive(ServiceGroup, attributes(service, group))]
pub fn derive_service_group(_item: TokenStream) -> TokenStream {
    TokenStream::new()
}
