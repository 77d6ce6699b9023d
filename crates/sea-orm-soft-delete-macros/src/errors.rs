//! Collects the mistakes of one derive.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes of one derive, reported together.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    pub(crate) fn push(&mut self, span: Span, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new(span, message));
    }

    /// Reports a mistake at all of these tokens; a single span has only the first.
    pub(crate) fn push_at(&mut self, tokens: &impl ToTokens, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports that something is missing, unless there are other mistakes: the missing part may be a
    /// misspelt one.
    pub(crate) fn push_missing(&mut self, span: Span, message: impl std::fmt::Display) {
        if self.is_empty() {
            self.push(span, message);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}
