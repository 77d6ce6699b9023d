//! `#[derive(SoftDelete)]`. Use it through the crate `sea-orm-soft-delete`, which documents it.
//!
//! The derive is a pipeline. `ast` reads the struct, with `attr` for its attributes, `policy` for the
//! related entities in them, `instant` for the times, `erase` for the values of an erasure, `counted` for counter caches, and `relation` for SeaORM's own attributes of a
//! relation. `valid` checks the struct and builds a description of it. `expand` generates the code of that
//! description. After a mistake, `fallback` generates the same functions without a description, so that one
//! mistake is one error.

mod ast;
mod attr;
mod counted;
mod erase;
mod errors;
mod expand;
mod fallback;
mod instant;
mod policy;
mod relation;
mod retain;
mod scoped;
#[cfg(test)]
mod tests;
mod valid;
mod value;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use syn::{DeriveInput, parse_macro_input};

/// Makes the deletes of a SeaORM entity soft. Documented at `sea_orm_soft_delete::SoftDelete`.
#[proc_macro_derive(SoftDelete, attributes(soft_delete))]
pub fn derive_soft_delete(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Holds the rows of a SeaORM entity to scopes. Documented at `sea_orm_soft_delete::Scoped`.
#[proc_macro_derive(Scoped, attributes(scope))]
pub fn derive_scoped(input: TokenStream) -> TokenStream {
    scoped::derive(&parse_macro_input!(input as DeriveInput)).into()
}

fn derive(input: &DeriveInput) -> TokenStream2 {
    let mut errors = errors::Errors::default();
    let Some(input) = ast::Input::read(input, &mut errors) else {
        return errors.into_tokens();
    };
    match valid::check(&input, &mut errors) {
        Some(valid) if errors.is_empty() => expand::expand(&input, &valid),
        _ => {
            let mut tokens = errors.into_tokens();
            tokens.extend(fallback::expand(&input));
            tokens
        }
    }
}
