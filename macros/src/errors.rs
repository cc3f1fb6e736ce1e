//! All mistakes of one struct, reported in one compile.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Gathers mistakes; has to be finished, so that none is ever lost.
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

    /// A mistake that spans some tokens.
    pub(crate) fn push(&mut self, at: impl ToTokens, message: String) {
        self.add(syn::Error::new_spanned(at, message));
    }

    /// A mistake at a place that has no tokens at hand.
    pub(crate) fn push_at(&mut self, span: Span, message: String) {
        self.add(syn::Error::new(span, message));
    }

    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }

    /// The mistakes as tokens, in the order in which they were found, or nothing if there are none.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        #[cfg(test)]
        {
            self.finished = true;
        }
        self.all.take().map(|error| error.to_compile_error())
    }
}

#[cfg(test)]
impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.finished || std::thread::panicking(), "mistakes were dropped unseen");
    }
}
