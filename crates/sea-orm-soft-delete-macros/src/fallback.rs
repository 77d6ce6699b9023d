//! After a mistake: the same functions, so that it stays one error.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ast::{Input, Kind};
use crate::expand;

/// What [`expand::expand`] makes, with nothing to describe.
pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    match input.kind {
        Kind::Model => expand::model(input, &quote!(::core::unimplemented!())),
        Kind::ModelEx => expand::model_ex(input),
    }
}
