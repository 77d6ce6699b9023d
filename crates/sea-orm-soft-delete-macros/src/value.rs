//! Parses the values of keys in an attribute.

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::{Expr, Token};

/// Skips the value of a key, whatever it is, so that the next key can be read.
pub(crate) fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    value(meta).map(drop)
}

/// Reads the value after `=`, and skips a value in parentheses.
pub(crate) fn value(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<Expr>> {
    if meta.input.peek(Token![=]) {
        let mut value: Expr = meta.value()?.parse()?;
        // A `macro_rules!` macro passes its fragments on in invisible groups.
        while let Expr::Group(group) = value {
            value = *group.expr;
        }
        return Ok(Some(value));
    }
    if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        let _: TokenStream = content.parse()?;
    }
    Ok(None)
}
