//! Types that are written as macros. rustc expands such a type anew wherever it is written, and reports a mistake in it
//! there: generated code therefore writes it once, and refers to it by a name.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Meta, Type};

use crate::ast::LintLevels;
use crate::expand::quote_mixed;

/// Gives a name to the type of each service that is a macro, and returns the definitions of the names:
///
/// ```text
/// trait TypeMacro<const FIELD: usize> { type Type; }
/// impl TypeMacro<2> for App { type Type = stored!(); }
/// ```
///
/// The name is `<App as TypeMacro<2>>::Type`, located at the macro. An input and a service that is given keep their types,
/// which are in the signatures of public functions.
pub(crate) fn replace(input: &mut DeriveInput) -> TokenStream {
    let (name, generics) = (&input.ident, &input.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let Data::Struct(data) = &mut input.data else { return TokenStream::new() };
    let mut definitions = TokenStream::new();
    for (index, field) in data.fields.iter_mut().enumerate() {
        if !is_macro(&field.ty) || !field.attrs.iter().any(is_started) {
            continue;
        }
        let (ty, lints) = (&field.ty, LintLevels::of(&field.attrs).allowed());
        definitions.extend(quote_mixed! {
            impl #impl_generics __TypeMacro<#index> for #name #ty_generics #where_clause {
                #lints
                type Type = #ty;
            }
        });
        let span = Span::mixed_site().located_at(ty.span());
        field.ty = Type::Verbatim(quote_spanned!(span=> <#name #ty_generics as __TypeMacro<#index>>::Type));
    }
    if definitions.is_empty() {
        return definitions;
    }
    quote_mixed! {
        trait __TypeMacro<const FIELD: usize> { type Type; }
        #definitions
    }
}

/// A `macro_rules!` passes a type on inside an invisible group.
fn is_macro(ty: &Type) -> bool {
    match ty {
        Type::Macro(_) => true,
        Type::Group(group) => is_macro(&group.elem),
        Type::Paren(paren) => is_macro(&paren.elem),
        _ => false,
    }
}

/// Returns whether an attribute is that of a service which the group starts.
fn is_started(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    let is_given = |token| matches!(token, TokenTree::Ident(word) if word == "given");
    list.path.is_ident("service") && !list.tokens.clone().into_iter().any(is_given)
}
