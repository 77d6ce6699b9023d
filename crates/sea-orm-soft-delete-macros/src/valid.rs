//! Checks the model, and describes it if there is no mistake.

pub(crate) mod erasure;
pub(crate) mod family;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, Type};

use self::erasure::Erasure;
use self::family::Family;
use crate::ast::{Field, Input, Kind, NotAColumn};
use crate::attr::{EpochUnit, Role};
use crate::errors::Errors;

/// A model without mistakes.
pub(crate) struct Valid<'a> {
    /// `None` for `ModelEx`: `Model` describes the columns.
    pub(crate) columns: Option<Described<'a>>,
    /// `None` for a `Model` whose `ModelEx` describes the family.
    pub(crate) family: Option<Family>,
}

/// The columns of soft delete.
pub(crate) struct Described<'a> {
    pub(crate) marker: &'a Field<'a>,
    pub(crate) marker_kind: MarkerKind,
    pub(crate) operation: Option<&'a Field<'a>>,
    pub(crate) deleted_by: Option<&'a Field<'a>>,
    pub(crate) reason: Option<&'a Field<'a>>,
    pub(crate) updated_at: Option<&'a Field<'a>>,
    pub(crate) purge_at: Option<&'a Field<'a>>,
    pub(crate) hold: Option<&'a Field<'a>>,
    pub(crate) title: Option<&'a Field<'a>>,
    pub(crate) erasure: Erasure<'a>,
}

/// The attributes of the marker. Without one, the type of the field says how the marker stores its state.
#[derive(Clone, Copy)]
pub(crate) enum MarkerKind {
    /// Neither `epoch` nor `live`.
    ByType,
    Epoch(EpochUnit),
    /// The value of `live`, in microseconds since the Unix epoch.
    Sentinel(i64),
}

/// Checks the model. Returns `None` if a mistake leaves nothing to describe.
pub(crate) fn check<'a>(input: &'a Input<'a>, errors: &mut Errors) -> Option<Valid<'a>> {
    for field in &input.fields {
        check_place(input.kind, field, errors);
    }
    let family = family::check(input, errors);
    if input.kind == Kind::ModelEx {
        return Some(Valid {
            columns: None,
            family,
        });
    }
    let marker = marker(input, errors)?;
    for field in &input.fields {
        check_marker_options(field, marker, errors);
    }
    let columns = Described {
        marker,
        marker_kind: marker_kind(marker, errors),
        operation: the_one(input, Role::Operation, errors),
        deleted_by: the_one(input, Role::DeletedBy, errors),
        reason: the_one(input, Role::Reason, errors),
        updated_at: the_one(input, Role::UpdatedAt, errors),
        purge_at: the_one(input, Role::PurgeAt, errors),
        hold: the_one(input, Role::Hold, errors),
        title: the_one(input, Role::Title, errors),
        erasure: erasure::check(input, marker, errors),
    };
    Some(Valid {
        columns: Some(columns),
        family,
    })
}

/// Checks that the field can have its attributes. `Model` checks columns, and only `ModelEx` sees
/// relations, so that each mistake is reported once.
fn check_place(kind: Kind, field: &Field<'_>, errors: &mut Errors) {
    let Some(first_key) = field.attrs.first else {
        return;
    };
    let is_title = matches!(field.attrs.role, Some((Role::Title, _)));
    match (kind, field.not_a_column) {
        // A delete writes no title, so the primary key can be one.
        (Kind::Model, Some(NotAColumn::PrimaryKey)) if is_title => {}
        (_, Some(NotAColumn::Relation)) | (Kind::Model, Some(_)) => {
            refuse_unless_column(field, first_key, errors);
        }
        (Kind::Model, None) | (Kind::ModelEx, _) => {}
    }
}

fn refuse_unless_column(field: &Field<'_>, span: Span, errors: &mut Errors) {
    let name = field.ident;
    match field.not_a_column {
        Some(NotAColumn::Relation) => errors.push(
            span,
            format!(
                "`{name}` is a relation, and this key goes on a column: move it to the field of \
                 one"
            ),
        ),
        Some(NotAColumn::Ignored) => errors.push(
            span,
            format!(
                "`{name}` is no column, since SeaORM is told to ignore it: remove \
                 `#[sea_orm(ignore)]`, or give this part to a column"
            ),
        ),
        Some(NotAColumn::PrimaryKey) => errors.push(
            span,
            format!(
                "`{name}` is part of the primary key, which a delete must not change: give \
                 this part to a column of its own"
            ),
        ),
        None => {}
    }
}

/// The field with `#[soft_delete(marker)]`, else the field `deleted_at`.
fn marker<'a>(input: &'a Input<'a>, errors: &mut Errors) -> Option<&'a Field<'a>> {
    let marked = the_one(input, Role::Marker, errors);
    if marked.is_some() {
        return marked;
    }
    let named = input
        .fields
        .iter()
        .find(|field| field.ident == "deleted_at" && field.attrs.role.is_none());
    match named {
        None => errors.push_missing(
            input.ident.span(),
            "`SoftDelete` finds no marker, the column that says whether a row is trashed: add \
             `pub deleted_at: Option<DateTimeUtc>`, or write `#[soft_delete(marker)]` above the \
             field that is it",
        ),
        // If the field has attributes, `check_place` has reported it.
        Some(field) if field.attrs.first.is_none() => {
            refuse_unless_column(field, field.ident.span(), errors);
        }
        Some(_) => {}
    }
    named
}

/// The only field with this role; a second one is a mistake.
fn the_one<'a>(input: &'a Input<'a>, role: Role, errors: &mut Errors) -> Option<&'a Field<'a>> {
    let mut first: Option<&Field<'_>> = None;
    for field in &input.fields {
        let Some((_, span)) = field.attrs.role.filter(|(its, _)| *its == role) else {
            continue;
        };
        match first {
            None => first = Some(field),
            Some(first) => errors.push(
                span,
                format!(
                    "`{}` is the `{key}` already, and an entity has one: remove one of the two",
                    first.ident,
                    key = role.key(),
                ),
            ),
        }
    }
    first
}

fn check_marker_options(field: &Field<'_>, marker: &Field<'_>, errors: &mut Errors) {
    if std::ptr::eq(field, marker) || field.not_a_column.is_some() {
        return;
    }
    let epoch = field.attrs.epoch.map(|(_, span)| ("epoch", span));
    let live = field.attrs.live.map(|(_, span)| ("live", span));
    for (key, span) in epoch.into_iter().chain(live) {
        errors.push(
            span,
            format!(
                "`{key}` belongs on the marker, which is `{}`: move it there",
                marker.ident
            ),
        );
    }
}

fn marker_kind(marker: &Field<'_>, errors: &mut Errors) -> MarkerKind {
    match (marker.attrs.epoch, marker.attrs.live) {
        (Some(_), Some((_, live))) => {
            errors.push(
                live,
                "a marker with `epoch` is live at 0: remove `live`, or `epoch` if the column is \
                 a date-time",
            );
            MarkerKind::ByType
        }
        (Some((unit, _)), None) => MarkerKind::Epoch(unit),
        (None, Some((at, live))) => {
            if inside_option(marker.ty).is_some() {
                errors.push(
                    live,
                    "`live` is for a NOT NULL column, and in an `Option` NULL is live: remove \
                     `live`, or the `Option`",
                );
            }
            MarkerKind::Sentinel(at)
        }
        (None, None) => {
            if is_i64(marker.ty) || inside_option(marker.ty).is_some_and(is_i64) {
                errors.push_missing(
                    marker.ty.span(),
                    "an integer marker must state its unit: write \
                     `#[soft_delete(marker, epoch = \"seconds\")]` or `\"milliseconds\"`",
                );
            }
            MarkerKind::ByType
        }
    }
}

fn is_i64(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("i64"))
}

/// `T` of `Option<T>`, by name; the compiler resolves aliases later.
fn inside_option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if last.ident != "Option" {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}
