//! How a verb that is about trashed rows says so in its statement, for a scoped connection to see.
//!
//! The condition is `/* soft_delete: with_trashed(note) */ TRUE`. On a plain connection it is TRUE,
//! which no plan of a database keeps. On a scoped one the comment lifts the scope of that entity, in
//! that query block. It is part of the text, so that no bound value can be one.

use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use sql_row_scope::mark::{self, MarkVerb};

/// Trashed rows of this entity are seen.
pub(crate) fn with_trashed<E: EntityTrait>() -> Expr {
    marked::<E>(MarkVerb::WithTrashed)
}

/// A DELETE of this entity is physical.
pub(crate) fn force_delete<E: EntityTrait>() -> Expr {
    marked::<E>(MarkVerb::ForceDelete)
}

/// The same of a table by its name, as text.
pub(crate) fn with_trashed_of(schema: Option<&str>, table: &str) -> String {
    format!("{} TRUE", mark::write(MarkVerb::WithTrashed, schema, table))
}

fn marked<E: EntityTrait>(verb: MarkVerb) -> Expr {
    let entity = E::default();
    let mark = mark::write(verb, entity.schema_name(), entity.table_name());
    Expr::cust(format!("{mark} TRUE"))
}
