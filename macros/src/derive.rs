//! The hidden derive: reads the group, checks it, and writes its code. Each stage adds its mistakes to one `Errors` and
//! goes on, so that one compile reports them all.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::ast::Group;
use crate::check::Checked;
use crate::errors::Errors;
use crate::expand::Expander;
use crate::repair;
use crate::type_macros;

pub(crate) fn service_group(item: &TokenStream) -> TokenStream {
    let mut input: DeriveInput = match syn::parse2(item.clone()) {
        Ok(input) => input,
        Err(error) => match repair::repaired(item) {
            Some(input) => input,
            None => return error.to_compile_error(),
        },
    };
    let type_macros = type_macros::replace(&mut input);
    let mut errors = Errors::new();
    let group = Group::read(&input, &mut errors);
    let checked = Checked::new(&group, &mut errors);
    // A type that rustc refuses is not reported by the macro: there is no error then, and still no complete code.
    let is_complete = !group.has_refused_type() && group.has_sound_fields;
    let errors = errors.finish();
    let expander = Expander::new(&group, checked, type_macros);
    if errors.is_none() && is_complete {
        return expander.expand();
    }
    let code = expander.expand_with_mistakes();
    quote!(#errors #code)
}
