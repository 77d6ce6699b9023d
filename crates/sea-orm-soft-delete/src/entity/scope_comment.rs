//! How a verb on trashed rows marks its statement for a scoped connection.
//!
//! The condition is `/* soft_delete: with_trashed(note) */ TRUE`. On a plain connection it is TRUE, and the
//! database drops it from the plan. On a scoped connection the comment lifts the scope of that entity in
//! that query block. It is part of the text, so no bound value can imitate it.

use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use sql_row_scope::mark::{self, MarkVerb};

/// The block includes trashed rows of this entity.
pub(crate) fn with_trashed<E: EntityTrait>() -> Expr {
    marked::<E>(MarkVerb::WithTrashed)
}

/// A DELETE of this entity is physical.
pub(crate) fn force_delete<E: EntityTrait>() -> Expr {
    marked::<E>(MarkVerb::ForceDelete)
}

/// `with_trashed` for a table by its name, as text.
pub(crate) fn with_trashed_of(schema: Option<&str>, table: &str) -> String {
    format!("{} TRUE", mark::write(MarkVerb::WithTrashed, schema, table))
}

fn marked<E: EntityTrait>(verb: MarkVerb) -> Expr {
    let entity = E::default();
    let mark = mark::write(verb, entity.schema_name(), entity.table_name());
    Expr::cust(format!("{mark} TRUE"))
}
