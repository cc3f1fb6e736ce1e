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
    let mut errors = Errors::new();
    let read = syn::parse2(item.clone()).or_else(|error| repair::repaired(item).ok_or(error));
    let mut input: DeriveInput = match read {
        Ok(input) => input,
        Err(error) => {
            errors.add(error);
            return errors.finish_in_a_block().unwrap_or_default();
        }
    };
    let type_macros = type_macros::replace(&mut input);
    let group = Group::read(&input, &mut errors);
    let checked = Checked::new(&group, &mut errors);
    // A type that rustc refuses is not reported by the macro: there is no error then, and still no complete code.
    let is_complete = !group.has_refused_type() && group.has_sound_fields;
    let errors = errors.finish_in_a_block();
    let expander = Expander::new(&group, checked, type_macros);
    if errors.is_none() && is_complete {
        return expander.expand();
    }
    let code = expander.expand_with_mistakes();
    quote!(#errors #code)
}
