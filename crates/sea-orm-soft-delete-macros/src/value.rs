//! Values of the keys in an attribute.

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::{Expr, Token};

/// Reads past the value of a key, whatever it is, so that the next key is read.
pub(crate) fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    value(meta).map(drop)
}

/// What stands behind `=`. What stands in parentheses is skipped.
pub(crate) fn value(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<Expr>> {
    if meta.input.peek(Token![=]) {
        let mut value: Expr = meta.value()?.parse()?;
        // What a `macro_rules!` macro passes on comes wrapped.
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
