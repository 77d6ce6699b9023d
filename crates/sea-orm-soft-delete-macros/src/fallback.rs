//! The code after a mistake: the same functions, so that the mistake stays the only error.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ast::{Input, Kind};
use crate::expand::{self, Description};

/// The code of [`expand::expand`] without a description.
pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    let mut tokens = match input.kind {
        Kind::Model => expand::model(
            input,
            &Description {
                columns: quote!(::core::unimplemented!()),
                tells_operations_apart: quote!(true),
                erasure: None,
            },
        ),
        Kind::ModelEx => expand::model_ex(input),
    };
    if input.describes_family() {
        tokens.extend(expand::family::alone(input));
    }
    tokens
}
