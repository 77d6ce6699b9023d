//! What an erasure does with the rows of the entity.

use syn::Type;

use super::inside_option;
use crate::ast::{Field, Input, Kind, NotAColumn};
use crate::attr::Role;
use crate::erase::Erase;
use crate::errors::Errors;

/// The columns that an erasure overwrites, in the order of the source.
pub(crate) struct Erasure<'a>(pub(crate) Vec<Erased<'a>>);

/// A column that an erasure overwrites.
pub(crate) struct Erased<'a> {
    pub(crate) field: &'a Field<'a>,
    pub(crate) with: &'a Erase,
}

impl Erased<'_> {
    /// The type of the column's values, without `Option`.
    pub(crate) fn value_type(&self) -> &Type {
        inside_option(self.field.ty).unwrap_or(self.field.ty)
    }
}

/// Checks `erase` and `erase_rows`. `Model` checks columns, so that each mistake is reported once.
pub(crate) fn check<'a>(
    input: &'a Input<'a>,
    marker: &Field<'_>,
    errors: &mut Errors,
) -> Erasure<'a> {
    let mut columns = Vec::new();
    for field in &input.fields {
        if let Some((with, _)) = &field.attrs.erase {
            check_field(field, marker, errors);
            columns.push(Erased { field, with });
        }
    }
    if let (Kind::Model, Some(span), [_, ..]) =
        (input.kind, input.attrs.erase_rows, columns.as_slice())
    {
        errors.push(
            span,
            "`erase_rows` removes the rows, so that `erase` overwrites nothing: remove `erase_rows`, or the \
             `erase` of each column",
        );
    }
    Erasure(columns)
}

fn check_field(field: &Field<'_>, marker: &Field<'_>, errors: &mut Errors) {
    let Some((_, span)) = field.attrs.erase else {
        return;
    };
    let name = field.ident;
    if field.not_a_column == Some(NotAColumn::PrimaryKey) {
        errors.push(
            span,
            format!(
                "`{name}` is part of the primary key, which an erasure does not change: write `erase_rows` above \
                 the struct to remove the rows"
            ),
        );
        return;
    }
    if field.not_a_column.is_some() {
        super::refuse_unless_column(field, span, errors);
        return;
    }
    let role = match field.attrs.role {
        _ if std::ptr::eq(field, marker) => Some(Role::Marker),
        Some((role @ (Role::Operation | Role::PurgeAt | Role::Hold), _)) => Some(role),
        _ => None,
    };
    if let Some(role) = role {
        errors.push(
            span,
            format!(
                "`{name}` is the `{}`, which says whether and until when the row is kept: an erasure must not \
                 overwrite it, so remove `erase`",
                role.key()
            ),
        );
    }
}
