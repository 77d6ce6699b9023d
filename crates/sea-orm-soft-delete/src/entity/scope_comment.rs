//! How a verb on trashed rows, and a delete, marks its statement for a scoped connection.
//!
//! The condition is `/* soft_delete: with_trashed(note) */ TRUE`. On a plain connection it is TRUE, and the
//! database drops it from the plan. On a scoped connection the comment lifts the scope of that entity in
//! that query block. It is part of the text, so no bound value can imitate it.

use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use crate::entity::any_entity::{AnyEntity, Typed};
use sql_row_scope::mark::{self, MarkVerb};

/// The block includes trashed rows of this entity.
pub(crate) fn with_trashed<E: EntityTrait>() -> Expr {
    shows_trash_of(Typed::<E>::ENTITY)
}

/// The same for an entity without its type.
pub(crate) fn shows_trash_of(entity: &dyn AnyEntity) -> Expr {
    marked(MarkVerb::WithTrashed, entity)
}

/// A DELETE of this entity is physical.
pub(crate) fn force_delete<E: EntityTrait>() -> Expr {
    removes_rows_of(Typed::<E>::ENTITY)
}

/// The same for an entity without its type.
pub(crate) fn removes_rows_of(entity: &dyn AnyEntity) -> Expr {
    marked(MarkVerb::ForceDelete, entity)
}

/// The UPDATE is a soft delete by a verb of this entity. The comment shows no trashed rows: it tells a scoped
/// connection that the conditions are complete, and a watch that nobody trashes these rows by hand.
pub(crate) fn deletes_rows_of(entity: &dyn AnyEntity) -> Expr {
    marked(MarkVerb::Delete, entity)
}

/// `with_trashed` for a table by its name, as text.
pub(crate) fn with_trashed_of(schema: Option<&str>, table: &str) -> String {
    format!("{} TRUE", mark::write(MarkVerb::WithTrashed, schema, table))
}

fn marked(verb: MarkVerb, entity: &dyn AnyEntity) -> Expr {
    let mark = mark::write(verb, entity.schema().as_deref(), entity.table_name());
    Expr::cust(format!("{mark} TRUE"))
}
