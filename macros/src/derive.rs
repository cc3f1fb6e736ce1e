//! The hidden derive: the whole macro in one function.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::ast::Group;
use crate::check::Checked;
use crate::errors::Errors;
use crate::expand::Code;
use crate::fallback;

pub(crate) fn service_group(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::new();
    let group = Group::read(&input, &mut errors);
    let checked = Checked::of(&group, &mut errors);
    match errors.finish() {
        None => Code::new(&group, checked).expand(),
        Some(errors) => {
            let stubs = fallback::stubs(&group);
            quote!(#errors #stubs)
        }
    }
}
