//! The hidden derive: reads the group, checks it, and writes its code. Each stage adds its mistakes to one `Errors` and
//! goes on, so that one compile reports them all.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::ast::Group;
use crate::check::Checked;
use crate::errors::Errors;
use crate::expand::Expander;
use crate::fallback;

pub(crate) fn service_group(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::new();
    let group = Group::read(&input, &mut errors);
    let checked = Checked::new(&group, &mut errors);
    match errors.finish() {
        None => Expander::new(&group, checked).expand(),
        Some(errors) => {
            let stubs = fallback::stubs(&group);
            quote!(#errors #stubs)
        }
    }
}
