//! What the derive declares about an entity.

pub(crate) mod any_columns;
pub(crate) mod any_entity;
pub(crate) mod any_soft_entity;
pub(crate) mod behavior;
pub(crate) mod columns;
pub(crate) mod companion;
pub(crate) mod erasure;
pub(crate) mod family_kind;
pub(crate) mod hold;
pub(crate) mod key;
pub(crate) mod marker;
pub(crate) mod member;
pub(crate) mod one_table;
pub(crate) mod relation;
pub(crate) mod retention;
pub(crate) mod scope_comment;
pub(crate) mod timestamp_type;

use sea_orm::sea_query::{Expr, IntoIden};
use sea_orm::{EntityTrait, IntoActiveModel, ModelTrait, Value};

use crate::entity::any_entity::Typed;
use crate::entity::behavior::RestoreBehavior;
use crate::entity::columns::SoftDeleteColumns;
use crate::entity::erasure::ErasureRules;
use crate::entity::hold::HeldWith;
use crate::entity::relation::SoftDeleteFamily;
use crate::entity::retention::Retention;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;

/// The description of a soft-deletable entity: which columns hold its soft-delete state.
///
/// `#[derive(SoftDelete)]` on the model implements it. The verbs of [`SoftDelete`](crate::SoftDelete) need
/// nothing else. Do not implement it by hand: a minor version may add items that only the derive writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not soft-deletable",
    label = "not soft-deletable",
    note = "add `SoftDelete` to the derives of its `Model`, beside `DeriveEntityModel`"
)]
pub trait SoftDeleteEntity:
    EntityTrait<
        Model: IntoActiveModel<<Self as EntityTrait>::ActiveModel>,
        ActiveModel: RestoreBehavior + Send,
    > + SoftDeleteFamily
{
    /// Whether a trashed row records which delete trashed it: by an `operation` column, or by a marker that
    /// holds the instant. Families require it.
    const TELLS_OPERATIONS_APART: bool;

    /// The columns that hold this entity's soft-delete state.
    fn soft_delete() -> SoftDeleteColumns<Self::Column>;

    /// How long trashed rows are kept, as `#[soft_delete(retain = "30 days")]` declares it.
    fn retention() -> Option<Retention> {
        None
    }

    /// Whether a restore is refused once a purge may remove the rows, as
    /// `#[soft_delete(restore_until_due)]` declares it.
    const RESTORE_UNTIL_DUE: bool = false;

    /// Whether every deed on its rows is recorded in the [log of deletions](crate::deletion_log), as
    /// `#[soft_delete(log)]` declares it.
    const IS_LOGGED: bool = false;

    /// Whether its table has a twin to which an [`Archive`](crate::Archive) moves rows, as
    /// `#[soft_delete(archive)]` declares it.
    const IS_ARCHIVED: bool = false;

    /// Whether a `unique_key` of SeaORM may name several columns of this entity.
    const HAS_UNIQUE_KEY: bool = true;

    /// The parents whose legal hold holds the rows of this entity, as `#[soft_delete(held_with(…))]`
    /// declares them.
    fn held_with() -> Vec<HeldWith> {
        Vec::new()
    }

    /// What an erasure does with the rows of this entity, as `#[soft_delete(erase = …)]` and
    /// `#[soft_delete(erase_rows)]` declare it.
    fn erasure() -> ErasureRules {
        ErasureRules::new()
    }

    /// The condition that a row of this entity is live, to use in a query of your own.
    ///
    /// ```sql
    /// "note"."deleted_at" IS NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let either = note::Entity::with_trashed()
    ///     .filter(sea_orm::Condition::any()
    ///         .add(note::Entity::is_live())
    ///         .add(note::Column::DeletedBy.eq(7)))
    ///     .count(db)
    ///     .await?;
    /// assert_eq!(either, 3);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn is_live() -> Expr {
        Typed::<Self>::SOFT.is_live()
    }

    /// The condition that a row of this entity, joined under an alias, is live.
    ///
    /// ```sql
    /// "parent"."deleted_at" IS NULL
    /// ```
    fn is_live_as(alias: impl IntoIden) -> Expr {
        let marker = Typed::<Self>::SOFT.columns().marker;
        marker.is_live(alias.into_iden())
    }

    /// The condition that a row of this entity is trashed, to use in a query of your own.
    ///
    /// ```sql
    /// "note"."deleted_at" IS NOT NULL
    /// ```
    fn is_trashed() -> Expr {
        Typed::<Self>::SOFT.is_trashed()
    }

    /// The condition that a row of this entity, joined under an alias, is trashed.
    ///
    /// ```sql
    /// "parent"."deleted_at" IS NOT NULL
    /// ```
    fn is_trashed_as(alias: impl IntoIden) -> Expr {
        let marker = Typed::<Self>::SOFT.columns().marker;
        marker.is_trashed(alias.into_iden())
    }
}

/// Whether this row was trashed when it was read.
pub(crate) fn is_trashed<M: ModelTrait<Entity: SoftDeleteEntity>>(row: &M) -> bool {
    let marker = M::Entity::soft_delete().marker();
    marker.says_trashed(&row.get(marker.column()))
}

/// The operation that trashed this row. A live row has no operation. Neither has a row that was trashed by
/// hand, if no column records when.
pub(crate) fn operation_of<M: ModelTrait<Entity: SoftDeleteEntity>>(
    row: &M,
) -> Option<OperationId> {
    if !is_trashed(row) {
        return None;
    }
    match M::Entity::soft_delete().operation() {
        Some(column) => uuid_in(&row.get(column)).map(OperationId::of_row),
        None => marked_at(row).map(OperationId::Instant),
    }
}

fn marked_at<M: ModelTrait<Entity: SoftDeleteEntity>>(row: &M) -> Option<Timestamp> {
    let marker = M::Entity::soft_delete().marker();
    marker.instant_in(&row.get(marker.column()))
}

/// The id in a value of an `operation` column.
pub(crate) fn uuid_in(value: &Value) -> Option<uuid::Uuid> {
    match value {
        #[cfg(feature = "with-uuid")]
        Value::Uuid(id) => *id,
        Value::String(id) => uuid::Uuid::try_parse(id.as_deref()?).ok(),
        _ => None,
    }
}
