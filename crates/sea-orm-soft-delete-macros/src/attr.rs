//! What `#[soft_delete(…)]` says, each part with the place where it is said.

use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Path, Token};

use crate::instant;

/// The mistakes of one derive, reported together.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    pub(crate) fn push(&mut self, span: Span, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new(span, message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}

/// What is said of the whole model.
#[derive(Default)]
pub(crate) struct ContainerAttrs {
    /// `crate = path`: where this crate is found.
    pub(crate) krate: Option<Path>,
    /// `restore_behavior`: the model's author implements the restore hooks.
    pub(crate) restore_behavior: bool,
}

/// What is said of one field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) role: Option<(Role, Span)>,
    pub(crate) epoch: Option<(EpochUnit, Span)>,
    /// Microseconds since the Unix epoch.
    pub(crate) live: Option<(i64, Span)>,
    /// The first thing that is said, to point at.
    pub(crate) first: Option<Span>,
}

/// What a column is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Marker,
    Operation,
    DeletedBy,
    Reason,
    UpdatedAt,
}

/// What an integer marker counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EpochUnit {
    Seconds,
    Milliseconds,
}

impl Role {
    pub(crate) const ALL: [Self; 5] = [
        Self::Marker,
        Self::Operation,
        Self::DeletedBy,
        Self::Reason,
        Self::UpdatedAt,
    ];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Marker => "marker",
            Self::Operation => "operation",
            Self::DeletedBy => "deleted_by",
            Self::Reason => "reason",
            Self::UpdatedAt => "updated_at",
        }
    }
}

const CONTAINER_KEYS: &str = "`restore_behavior`, `crate`";
const FIELD_KEYS: &str =
    "`marker`, `epoch`, `live`, `operation`, `deleted_by`, `reason`, `updated_at`";

impl ContainerAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each_key(attrs, errors, |meta, errors| {
            let key = key_of(&meta);
            match key.as_str() {
                "crate" => this.krate = Some(meta.value()?.parse()?),
                "restore_behavior" => {
                    refuse_value(&meta, errors);
                    this.restore_behavior = true;
                }
                _ if is_field_key(&key) => {
                    errors.push(
                        meta.path.span(),
                        format!(
                            "`{key}` is said of a column: write `#[soft_delete({key})]` above \
                             its field"
                        ),
                    );
                    skip_value(&meta)?;
                }
                _ => unknown(&meta, "on a model", CONTAINER_KEYS, errors)?,
            }
            Ok(())
        });
        this
    }
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each_key(attrs, errors, |meta, errors| {
            let span = meta.path.span();
            this.first.get_or_insert(span);
            let key = key_of(&meta);
            match key.as_str() {
                "epoch" => this.epoch = epoch_unit(&meta, errors)?.map(|unit| (unit, span)),
                "live" => this.live = live_instant(&meta, errors)?.map(|at| (at, span)),
                "crate" | "restore_behavior" => {
                    errors.push(
                        span,
                        format!("`{key}` is said of the whole model: move it above the struct"),
                    );
                    skip_value(&meta)?;
                }
                _ => match Role::ALL.into_iter().find(|role| role.key() == key) {
                    Some(role) => {
                        refuse_value(&meta, errors);
                        this.take_role(role, span, errors);
                    }
                    None => unknown(&meta, "on a field", FIELD_KEYS, errors)?,
                },
            }
            Ok(())
        });
        this
    }

    fn take_role(&mut self, role: Role, span: Span, errors: &mut Errors) {
        match self.role {
            Some((first, _)) => errors.push(
                span,
                format!(
                    "this column is the `{}` already: a column has one part to play, so give \
                     `{}` a column of its own",
                    first.key(),
                    role.key(),
                ),
            ),
            None => self.role = Some((role, span)),
        }
    }
}

fn epoch_unit(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<Option<EpochUnit>> {
    let unit: LitStr = meta.value()?.parse()?;
    Ok(match unit.value().as_str() {
        "seconds" => Some(EpochUnit::Seconds),
        "milliseconds" => Some(EpochUnit::Milliseconds),
        other => {
            errors.push(
                unit.span(),
                format!(
                    "`{other}` is not a unit of `epoch`: write \"seconds\" or \"milliseconds\""
                ),
            );
            None
        }
    })
}

fn live_instant(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<Option<i64>> {
    let at: LitStr = meta.value()?.parse()?;
    let parsed = instant::parse(&at.value());
    if parsed.is_none() {
        errors.push(
            at.span(),
            "`live` is the instant that live rows hold, in UTC and in the years 0001 to 9999: \
             write it as \"9999-12-31T00:00:00Z\"",
        );
    }
    Ok(parsed)
}

/// Calls `read` for every key of every `#[soft_delete(…)]`; what it cannot parse is one error.
fn each_key(
    attrs: &[Attribute],
    errors: &mut Errors,
    mut read: impl FnMut(ParseNestedMeta<'_>, &mut Errors) -> syn::Result<()>,
) {
    for attr in attrs {
        if attr.path().is_ident("soft_delete")
            && let Err(error) = attr.parse_nested_meta(|meta| read(meta, errors))
        {
            errors.0.push(error);
        }
    }
}

fn key_of(meta: &ParseNestedMeta<'_>) -> String {
    match meta.path.get_ident() {
        Some(ident) => ident.to_string(),
        None => String::new(),
    }
}

fn is_field_key(key: &str) -> bool {
    key == "epoch" || key == "live" || Role::ALL.iter().any(|role| role.key() == key)
}

fn unknown(
    meta: &ParseNestedMeta<'_>,
    place: &str,
    valid: &str,
    errors: &mut Errors,
) -> syn::Result<()> {
    let path = &meta.path;
    let key = quote::quote!(#path).to_string();
    errors.push(
        path.span(),
        format!("`soft_delete` has no key `{key}`; the keys {place} are {valid}"),
    );
    skip_value(meta)
}

fn refuse_value(meta: &ParseNestedMeta<'_>, errors: &mut Errors) {
    if meta.input.peek(Token![=]) || meta.input.peek(syn::token::Paren) {
        let key = key_of(meta);
        errors.push(
            meta.path.span(),
            format!("`{key}` takes no value: write `#[soft_delete({key})]`"),
        );
        // The error is told; what cannot be skipped ends the list.
        let _ = skip_value(meta);
    }
}

/// Reads past the value of a key, whatever it is, so that the next key is read.
pub(crate) fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        let _: syn::Expr = meta.value()?.parse()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        let _: TokenStream = content.parse()?;
    }
    Ok(())
}
