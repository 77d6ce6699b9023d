//! Parses what an erasure writes into a column: `null`, a literal, or `with(a_function)`.

use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprLit, ExprUnary, Lit, LitStr, UnOp};

use crate::errors::Errors;
use crate::value::value;

/// What an erasure writes into a column.
#[derive(Clone)]
pub(crate) enum Erase {
    Null,
    /// A text from which the value of the column's type is made. `{key}` in it means the row's key.
    Literal(LitStr),
    /// A function of the row's key.
    With(Expr),
}

pub(crate) fn parse(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<Option<Erase>> {
    let Some(value) = value(meta)? else {
        errors.push(meta.path.span(), USAGE);
        return Ok(None);
    };
    let erase = match &value {
        Expr::Path(path) if path.path.is_ident("null") => Some(Erase::Null),
        Expr::Call(call) => function(call).map(Erase::With),
        value => literal(value).map(|text| Erase::Literal(LitStr::new(&text, value.span()))),
    };
    if erase.is_none() {
        errors.push_at(&value, USAGE);
    }
    Ok(erase)
}

const USAGE: &str = "`erase` is what an erasure writes into the column: write `erase = null`, a literal as in \
                     `erase = \"deleted_{key}@removed.invalid\"`, or `erase = with(a_function)`";

/// The argument of `with(…)`.
fn function(call: &ExprCall) -> Option<Expr> {
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    let mut arguments = call.args.iter();
    match (
        path.path.is_ident("with"),
        arguments.next(),
        arguments.next(),
    ) {
        (true, Some(function), None) => Some(function.clone()),
        _ => None,
    }
}

/// The literal as text, without its suffix.
fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(match lit {
            Lit::Str(text) => text.value(),
            Lit::Int(number) => number.base10_digits().to_owned(),
            Lit::Float(number) => number.base10_digits().to_owned(),
            Lit::Bool(flag) => flag.value.to_string(),
            _ => return None,
        }),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => Some(format!("-{}", literal(expr)?)),
        _ => None,
    }
}
