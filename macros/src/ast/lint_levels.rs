//! The lint levels that the user wrote on the struct or on a field: they hold for the code generated from it too.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Meta};

/// The attributes `allow`, `expect`, `warn` and `deny` of one item.
pub(crate) struct LintLevels {
    allowed: Vec<TokenStream>,
    raised: Vec<Attribute>,
}

impl LintLevels {
    /// The levels of a field. rustc reports a name that is not in snake case at the field, and not once more where generated
    /// code has the same name.
    pub(crate) fn of_field(attributes: &[Attribute], name: &str) -> Self {
        let mut levels = Self::of(attributes);
        let is_odd = name.contains(char::is_uppercase) || name.trim_start_matches('_').contains("__");
        levels.allowed.extend(is_odd.then(|| quote!(non_snake_case)));
        levels
    }

    /// The levels that the attributes of an item set.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let named = |name: &'static str| attributes.iter().filter(move |each| each.path().is_ident(name));
        // An expectation is fulfilled in one place: an `allow` in all places is as good. It comes too late for rustc to
        // report that it is unfulfilled.
        let allowed = named("allow").chain(named("expect")).filter_map(|attribute| match &attribute.meta {
            Meta::List(list) => Some(list.tokens.clone()),
            Meta::Path(_) | Meta::NameValue(_) => None,
        });
        Self { allowed: allowed.collect(), raised: named("warn").chain(named("deny")).cloned().collect() }
    }

    /// The same for the struct. All generated code names it, which must not be reported as a use of a deprecated struct.
    pub(crate) fn of_struct(attributes: &[Attribute]) -> Self {
        let mut levels = Self::of(attributes);
        levels.allowed.extend(
            attributes.iter().any(|each| each.path().is_ident("deprecated")).then(|| quote!(deprecated)),
        );
        levels
    }

    /// What is allowed: for generated code that mentions the field beside others.
    pub(crate) fn allowed(&self) -> TokenStream {
        self.allowed.iter().map(|lints| quote!(#[allow(#lints)])).collect()
    }
}

impl ToTokens for LintLevels {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.allowed().to_tokens(tokens);
        tokens.extend(self.raised.iter().map(ToTokens::to_token_stream));
    }
}
