//! Parses `#[soft_delete(…)]`, and keeps the span of each part.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, Path, Token};

use crate::counted::{self, Counted, CountedColumns};
use crate::erase::{self, Erase};
use crate::errors::Errors;
use crate::instant;
use crate::policy::{Policy, Related};
use crate::retain::{self, Retain};
use crate::value::{skip_value, value};

/// The attributes of the whole model.
#[derive(Default)]
pub(crate) struct ContainerAttrs {
    /// `crate = path`: the path of this crate.
    pub(crate) krate: Option<Path>,
    /// `restore_behavior`: the model's author implements the restore hooks.
    pub(crate) restore_behavior: Option<Span>,
    /// `retain = "30 days"`: how long a purge keeps trashed rows.
    pub(crate) retain: Option<Retain>,
    /// `restore_until_due`: no restore of what a purge may remove.
    pub(crate) restore_until_due: Option<Span>,
    /// `log`: every deed is recorded in the log of deletions.
    pub(crate) log: Option<Span>,
    /// `archive`: the table has a twin for archived rows.
    pub(crate) archive: Option<Span>,
    /// `verbs = false`: the entity is described, and no call changes.
    pub(crate) no_verbs: Option<Span>,
    /// The entities that a policy names.
    pub(crate) related: Vec<Related>,
    /// `held_with(…)`: the parents whose legal hold holds rows of this entity.
    pub(crate) held_with: Vec<Related>,
    /// `subject(…)`: the parents that the rows of this entity are about.
    pub(crate) subjects: Vec<Related>,
    /// `erase_rows`: an erasure removes the rows.
    pub(crate) erase_rows: Option<Span>,
    /// `counted_in(…)`: the parents that count the rows.
    pub(crate) counted_in: Vec<Counted>,
}

/// The attributes of one field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) role: Option<(Role, Span)>,
    pub(crate) epoch: Option<(EpochUnit, Span)>,
    /// Microseconds since the Unix epoch.
    pub(crate) live: Option<(i64, Span)>,
    /// The policy for the rows that a relation leads to.
    pub(crate) policy: Option<(Policy, Span)>,
    /// `erase = …`: what an erasure writes into the column.
    pub(crate) erase: Option<(Erase, Span)>,
    /// `subject`: the row is about the row that the relation leads to.
    pub(crate) subject: Option<Span>,
    /// `counted_in(…)`: the parent that the relation leads to counts the rows.
    pub(crate) counted_in: Option<(CountedColumns, Span)>,
    /// The first key for a column, as the span for errors.
    pub(crate) first: Option<Span>,
}

/// The role of a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Marker,
    Operation,
    DeletedBy,
    Reason,
    UpdatedAt,
    PurgeAt,
    Hold,
    Title,
}

/// The unit of an integer marker.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EpochUnit {
    Seconds,
    Milliseconds,
}

impl Role {
    pub(crate) const ALL: [Self; 8] = [
        Self::Marker,
        Self::Operation,
        Self::DeletedBy,
        Self::Reason,
        Self::UpdatedAt,
        Self::PurgeAt,
        Self::Hold,
        Self::Title,
    ];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Marker => "marker",
            Self::Operation => "operation",
            Self::DeletedBy => "deleted_by",
            Self::Reason => "reason",
            Self::UpdatedAt => "updated_at",
            Self::PurgeAt => "purge_at",
            Self::Hold => "hold",
            Self::Title => "title",
        }
    }
}

pub(crate) const CRATE_IS_A_PATH: &str = "`crate` says where this crate is found: write a path, as in \
                                          `crate = my_app::soft_delete`, without quotes";
const CONTAINER_KEYS: &str = "the keys on a model are `cascade`, `restrict`, `destroy`, `keep`, \
                              `held_with`, `subject`, `counted_in`, `erase_rows`, `retain`, `restore_until_due`, \
                              `log`, `archive`, `verbs`, `restore_behavior` and `crate`";
const FIELD_KEYS: &str = "the keys on a column are `marker`, `epoch`, `live`, `operation`, \
                          `deleted_by`, `reason`, `updated_at`, `purge_at`, `hold`, `title` and \
                          `erase`; those on a relation are `cascade`, `restrict`, `destroy`, `keep`, \
                          `subject` and `counted_in`";

impl ContainerAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each_key(attrs, CONTAINER_KEYS, errors, |meta, errors| {
            let span = meta.path.span();
            let key = key_of(&meta);
            if let Some(policy) = Policy::of_key(&key) {
                this.related
                    .extend(Related::read_list(policy, &meta, errors)?);
                return Ok(());
            }
            match key.as_str() {
                "crate" => {
                    refuse_second(this.krate.is_some(), &key, span, errors);
                    this.krate = crate_path(&meta, errors)?;
                }
                "restore_behavior" => {
                    refuse_second(this.restore_behavior.is_some(), &key, span, errors);
                    refuse_value(&meta, errors)?;
                    this.restore_behavior = Some(span);
                }
                "retain" => {
                    refuse_second(this.retain.is_some(), &key, span, errors);
                    this.retain = retention(&meta, errors)?;
                }
                "restore_until_due" => {
                    refuse_second(this.restore_until_due.is_some(), &key, span, errors);
                    refuse_value(&meta, errors)?;
                    this.restore_until_due = Some(span);
                }
                "log" => {
                    refuse_second(this.log.is_some(), &key, span, errors);
                    refuse_value(&meta, errors)?;
                    this.log = Some(span);
                }
                "archive" => {
                    refuse_second(this.archive.is_some(), &key, span, errors);
                    refuse_value(&meta, errors)?;
                    this.archive = Some(span);
                }
                "verbs" => {
                    refuse_second(this.no_verbs.is_some(), &key, span, errors);
                    this.no_verbs = no_verbs(&meta, errors)?;
                }
                "held_with" => {
                    this.held_with
                        .extend(Related::read_list(Policy::Keep, &meta, errors)?);
                }
                "subject" => {
                    this.subjects
                        .extend(Related::read_list(Policy::Keep, &meta, errors)?);
                }
                "counted_in" => {
                    this.counted_in.extend(counted::on_model(&meta, errors)?);
                }
                "erase_rows" => {
                    refuse_second(this.erase_rows.is_some(), &key, span, errors);
                    refuse_value(&meta, errors)?;
                    this.erase_rows = Some(span);
                }
                "erase" => {
                    errors.push(
                        span,
                        "`erase` belongs on a column: move it above its field; an erasure removes whole rows with \
                         `erase_rows`",
                    );
                    skip_value(&meta)?;
                }
                _ if is_field_key(&key) => {
                    errors.push(
                        span,
                        format!(
                            "`{key}` belongs on a column: write `#[soft_delete({key})]` above \
                             its field"
                        ),
                    );
                    skip_value(&meta)?;
                }
                _ => unknown(&meta, CONTAINER_KEYS, errors)?,
            }
            Ok(())
        });
        this
    }
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each_key(attrs, FIELD_KEYS, errors, |meta, errors| {
            let span = meta.path.span();
            let key = key_of(&meta);
            if is_field_key(&key) {
                this.first.get_or_insert(span);
            }
            if let Some(policy) = Policy::of_key(&key) {
                if refuse_list(&meta, errors)? {
                    this.take_policy(policy, span, errors);
                }
                return Ok(());
            }
            match key.as_str() {
                "epoch" => {
                    refuse_second(this.epoch.is_some(), &key, span, errors);
                    this.epoch = Some((epoch_unit(&meta, errors)?, span));
                }
                "live" => {
                    refuse_second(this.live.is_some(), &key, span, errors);
                    this.live = Some((live_instant(&meta, errors)?, span));
                }
                "erase" => {
                    refuse_second(this.erase.is_some(), &key, span, errors);
                    this.erase = erase::parse(&meta, errors)?.map(|erase| (erase, span));
                }
                "subject" => {
                    refuse_second(this.subject.is_some(), &key, span, errors);
                    if refuse_list(&meta, errors)? {
                        this.subject = Some(span);
                    }
                }
                "counted_in" => {
                    refuse_second(this.counted_in.is_some(), &key, span, errors);
                    this.counted_in = counted::on_field(&meta, errors)?.map(|it| (it, span));
                }
                "crate" | "restore_behavior" | "retain" | "restore_until_due" | "log"
                | "archive" | "verbs" | "held_with" | "erase_rows" => {
                    errors.push(
                        span,
                        format!("`{key}` belongs on the whole model: move it above the struct"),
                    );
                    skip_value(&meta)?;
                }
                _ => match Role::ALL.into_iter().find(|role| role.key() == key) {
                    Some(role) => {
                        refuse_value(&meta, errors)?;
                        this.take_role(role, span, errors);
                    }
                    None => unknown(&meta, FIELD_KEYS, errors)?,
                },
            }
            Ok(())
        });
        this
    }

    fn take_policy(&mut self, policy: Policy, span: Span, errors: &mut Errors) {
        match self.policy {
            Some((first, _)) if first == policy => {
                refuse_second(true, policy.key(), span, errors);
            }
            Some((first, _)) => errors.push(
                span,
                format!(
                    "this relation has the policy `{}` already: remove one of the two",
                    first.key(),
                ),
            ),
            None => self.policy = Some((policy, span)),
        }
    }

    fn take_role(&mut self, role: Role, span: Span, errors: &mut Errors) {
        match self.role {
            Some((first, _)) if first == role => refuse_second(true, role.key(), span, errors),
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

/// After a mistake it returns any unit: no code is generated, and the marker counts as described.
fn epoch_unit(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<EpochUnit> {
    let (value, span) = string(meta)?;
    Ok(match value.as_deref() {
        Some("seconds") => EpochUnit::Seconds,
        Some("milliseconds") => EpochUnit::Milliseconds,
        Some(other) => {
            errors.push(
                span,
                format!(
                    "`{other}` is not a unit of `epoch`: write \"seconds\" or \"milliseconds\""
                ),
            );
            EpochUnit::Seconds
        }
        None => {
            errors.push(
                span,
                "`epoch` is the unit that the column counts in: write `epoch = \"seconds\"` or \
                 `epoch = \"milliseconds\"`",
            );
            EpochUnit::Seconds
        }
    })
}

/// After a mistake it returns any instant: no code is generated, and the marker counts as described.
fn live_instant(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<i64> {
    let (value, span) = string(meta)?;
    let instant = value.as_deref().and_then(instant::parse);
    if instant.is_none() {
        errors.push(
            span,
            "`live` is the instant that live rows hold, in UTC and in the years 0001 to 9999: \
             write it as `live = \"9999-12-31T00:00:00Z\"`",
        );
    }
    Ok(instant.unwrap_or_default())
}

fn retention(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<Option<Retain>> {
    let (value, span) = string(meta)?;
    let retention = value.as_deref().and_then(retain::parse);
    if retention.is_none() {
        errors.push(
            span,
            "`retain` is how long trashed rows are kept before a purge: write it as `retain = \"30 days\"`, in \
             hours, days or weeks, or as `retain = \"forever\"`",
        );
    }
    Ok(retention)
}

fn no_verbs(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<Option<Span>> {
    let span = meta.path.span();
    let value = value(meta)?;
    let is_false = matches!(
        &value,
        Some(Expr::Lit(ExprLit { lit: Lit::Bool(lit), .. })) if !lit.value
    );
    if !is_false {
        errors.push(
            value.map_or(span, |value| value.span()),
            "`verbs = false` describes the entity and changes no call; leave it out to get the verbs",
        );
    }
    Ok(is_false.then_some(span))
}

fn crate_path(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<Option<Path>> {
    match value(meta)? {
        Some(Expr::Path(path)) if path.qself.is_none() => Ok(Some(path.path)),
        other => {
            errors.push(
                other.map_or_else(|| meta.path.span(), |value| value.span()),
                CRATE_IS_A_PATH,
            );
            Ok(None)
        }
    }
}

/// Calls `read` for every key of every `#[soft_delete(…)]`; an attribute that it cannot parse is one error.
fn each_key(
    attrs: &[Attribute],
    valid: &str,
    errors: &mut Errors,
    mut read: impl FnMut(ParseNestedMeta<'_>, &mut Errors) -> syn::Result<()>,
) {
    for attr in attrs {
        if attr.path().is_ident("soft_delete")
            && let Err(error) = attr.parse_nested_meta(|meta| read(meta, errors))
        {
            errors.push(error.span(), format!("{error}; {valid}"));
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

fn unknown(meta: &ParseNestedMeta<'_>, valid: &str, errors: &mut Errors) -> syn::Result<()> {
    let path = &meta.path;
    let key = quote::quote!(#path).to_string();
    errors.push(
        path.span(),
        format!("`soft_delete` has no key `{key}`; {valid}"),
    );
    skip_value(meta)
}

fn refuse_second(is_second: bool, key: &str, span: Span, errors: &mut Errors) {
    if is_second {
        errors.push(
            span,
            format!("`{key}` is given twice: remove one of the two"),
        );
    }
}

fn refuse_value(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<()> {
    if meta.input.peek(Token![=]) || meta.input.peek(syn::token::Paren) {
        let key = key_of(meta);
        errors.push(
            meta.path.span(),
            format!("`{key}` takes no value: write `#[soft_delete({key})]`"),
        );
    }
    skip_value(meta)
}

/// On a field, a policy applies to the field's relation and takes no list. Returns whether there is none.
fn refuse_list(meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<bool> {
    let is_bare = !(meta.input.peek(Token![=]) || meta.input.peek(syn::token::Paren));
    if !is_bare {
        let key = key_of(meta);
        errors.push(
            meta.path.span(),
            format!(
                "`{key}` on a field is about its relation, and takes no value: write \
                 `#[soft_delete({key})]`, or move the list above the struct"
            ),
        );
    }
    skip_value(meta)?;
    Ok(is_bare)
}

/// The value of a key if it is a string, and the span of the value, or of the key if it has no value.
fn string(meta: &ParseNestedMeta<'_>) -> syn::Result<(Option<String>, Span)> {
    Ok(match value(meta)? {
        Some(Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        })) => (Some(text.value()), text.span()),
        Some(other) => (None, other.span()),
        None => (None, meta.path.span()),
    })
}
