//! The mistakes of one struct, collected so that one compile reports all of them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

/// Collects mistakes. It must be finished: in tests, dropping it unfinished panics, so that no mistake is lost.
pub(crate) struct Errors {
    all: Option<syn::Error>,
    #[cfg(test)]
    finished: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            all: None,
            #[cfg(test)]
            finished: false,
        }
    }

    /// Adds a mistake that spans the given tokens.
    pub(crate) fn push(&mut self, at: impl ToTokens, message: String) {
        self.add(syn::Error::new_spanned(at, message));
    }

    /// Adds a mistake at a span, where the tokens are not available.
    pub(crate) fn push_at(&mut self, span: Span, message: String) {
        self.add(syn::Error::new(span, message));
    }

    /// Adds a mistake that syn found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }

    /// The number of mistakes so far.
    pub(crate) fn count(&self) -> usize {
        self.all.as_ref().map_or(0, |all| all.into_iter().count())
    }

    /// Returns the mistakes as `compile_error!`s in the order in which they were found, or `None` if there are none.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        #[cfg(test)]
        {
            self.finished = true;
        }
        self.all.take().map(|error| error.to_compile_error())
    }

    /// Returns the mistakes in a struct in a block of their own: rustc reports no unknown name in a module that contains a
    /// `compile_error!`.
    pub(crate) fn finish_in_a_block(self) -> Option<TokenStream> {
        self.finish().map(|errors| quote!(const _: () = { #errors };))
    }
}

#[cfg(test)]
impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.finished || std::thread::panicking(), "mistakes were dropped without `finish`");
    }
}
