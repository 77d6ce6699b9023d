//! `counted_in`: the columns of a parent that count the rows of an entity.

use heck::ToUpperCamelCase;
use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Token, token};

use crate::errors::Errors;
use crate::policy::{Entry, Policy, Related};
use crate::value::skip_value;

/// A parent that counts the rows of the entity.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) parent: Related,
    pub(crate) columns: CountedColumns,
    /// The key, as the span for errors.
    pub(crate) key: Span,
}

/// The variants of the parent's `Column`; at least one is there.
#[derive(Clone)]
pub(crate) struct CountedColumns {
    pub(crate) live: Option<Ident>,
    pub(crate) trashed: Option<Ident>,
}

const ON_FIELD: &str = "`counted_in(live = \"live_count\", trashed = \"trashed_count\")`, with one or both, names the \
                        columns of the parent that hold the counts";
const ON_MODEL: &str = "`counted_in(super::folder::Entity, live = \"live_count\", trashed = \"trashed_count\")` names \
                        the parent and those of its columns that hold the counts";

/// Reads the key on a relation, which names the parent.
pub(crate) fn on_field(
    meta: &ParseNestedMeta<'_>,
    errors: &mut Errors,
) -> syn::Result<Option<CountedColumns>> {
    let Some(read) = Read::of(meta, ON_FIELD, errors)? else {
        return Ok(None);
    };
    if let Some(parent) = read.parents.first() {
        errors.push_at(
            &parent.child,
            format!("the relation leads to the parent already: {ON_FIELD}"),
        );
        return Ok(None);
    }
    Ok(read.columns(ON_FIELD, errors))
}

/// Reads the key on a model.
pub(crate) fn on_model(
    meta: &ParseNestedMeta<'_>,
    errors: &mut Errors,
) -> syn::Result<Option<Counted>> {
    let Some(read) = Read::of(meta, ON_MODEL, errors)? else {
        return Ok(None);
    };
    let columns = read.columns(ON_MODEL, errors);
    let key = read.key;
    let mut parents = read.parents.into_iter();
    let (parent, second) = (parents.next(), parents.next());
    if let Some(second) = second {
        errors.push_at(
            &second.child,
            "this is a second parent: write `counted_in` once for each parent",
        );
        return Ok(None);
    }
    let Some(parent) = parent else {
        errors.push(key, format!("it names no parent: {ON_MODEL}"));
        return Ok(None);
    };
    let parent = parent.check(Policy::Keep, errors);
    Ok(parent.zip(columns).map(|(parent, columns)| Counted {
        parent,
        columns,
        key,
    }))
}

/// What stands in the parentheses.
struct Read {
    parents: Vec<Entry>,
    /// `live = "live_count"`.
    columns: Vec<(Ident, LitStr)>,
    key: Span,
}

enum Part {
    Parent(Box<Entry>),
    Column(Ident, LitStr),
}

impl Parse for Part {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::Ident) && input.peek2(Token![=]) {
            let count = input.parse()?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Column(count, input.parse()?));
        }
        Ok(Self::Parent(Box::new(input.parse()?)))
    }
}

impl Read {
    fn of(
        meta: &ParseNestedMeta<'_>,
        form: &str,
        errors: &mut Errors,
    ) -> syn::Result<Option<Self>> {
        let key = meta.path.span();
        if !meta.input.peek(token::Paren) {
            errors.push(key, format!("the columns are missing: {form}"));
            skip_value(meta)?;
            return Ok(None);
        }
        let content;
        syn::parenthesized!(content in meta.input);
        let parts = match Punctuated::<Part, Token![,]>::parse_terminated(&content) {
            Ok(parts) => parts,
            Err(error) => {
                errors.push(error.span(), format!("{error}; {form}"));
                // `syn` reports a second error for what is left unread.
                let _: TokenStream = content.parse()?;
                return Ok(None);
            }
        };
        let mut read = Self {
            parents: Vec::new(),
            columns: Vec::new(),
            key,
        };
        for part in parts {
            match part {
                Part::Parent(entry) => read.parents.push(*entry),
                Part::Column(count, name) => read.columns.push((count, name)),
            }
        }
        Ok(Some(read))
    }

    fn columns(&self, form: &str, errors: &mut Errors) -> Option<CountedColumns> {
        let mut columns = CountedColumns {
            live: None,
            trashed: None,
        };
        let mut is_right = true;
        for (count, name) in &self.columns {
            let to = match count.to_string().as_str() {
                "live" => &mut columns.live,
                "trashed" => &mut columns.trashed,
                other => {
                    errors.push(
                        count.span(),
                        format!("`counted_in` has no count `{other}`: {form}"),
                    );
                    is_right = false;
                    continue;
                }
            };
            if to.is_some() {
                errors.push(
                    count.span(),
                    format!("`{count}` is given twice: remove one of the two"),
                );
                is_right = false;
            }
            match variant(name) {
                Some(variant) => *to = Some(variant),
                None => {
                    errors.push(
                        name.span(),
                        "this is no column of the parent: write the name of its field, as in `live = \"live_count\"`",
                    );
                    is_right = false;
                }
            }
        }
        if !is_right {
            return None;
        }
        match (&columns.live, &columns.trashed) {
            (None, None) => {
                errors.push(self.key, format!("it names no column: {form}"));
                None
            }
            (Some(live), Some(trashed)) if live == trashed => {
                errors.push(
                    trashed.span(),
                    "this column holds the live count already: give each count a column of its own",
                );
                None
            }
            _ => Some(columns),
        }
    }
}

/// The variant of `Column` for the name of a field, or of the variant itself.
fn variant(name: &LitStr) -> Option<Ident> {
    let field = name.value();
    let mut variant: Ident = syn::parse_str(&field.to_upper_camel_case()).ok()?;
    variant.set_span(name.span());
    Some(variant)
}
