//! The names that generated code uses. Do not use them by hand: they may change in any release.

use std::marker::PhantomData;

use sea_orm::{ModelTrait, Related, RelatedSelfVia, RelationDef};

pub use crate::default_scope::entity::{EntityScopes, ScopedEntity, ScopesOfEntity};
pub use crate::entity::SoftDeleteEntity;
pub use crate::entity::behavior::RestoreBehavior;
pub use crate::entity::columns::SoftDeleteColumns;
pub use crate::entity::erasure::ErasureRules;
pub use crate::entity::family_kind::{Alone, Cascading};
pub use crate::entity::hold::HeldWith;
pub use crate::entity::marker::{Marker, MarkerType};
pub use crate::entity::relation::{
    CascadeChild, CountedIn, FamilyRelation, FamilyRelationTo, RelatedTo, SoftDeleteFamily, Subject,
};
pub use crate::entity::retention::Retention;
pub use crate::error::SoftDeleteError;
pub use crate::family::ConnectionFor;
pub use crate::family::registry::Registration;
pub use crate::operation::attribution::Attribution;
pub use crate::operation::id::OperationId;
pub use crate::operation::timestamp::Timestamp;
pub use crate::query::BoxFuture;
pub use crate::verbs::SoftDelete;
pub use crate::verbs::delete::{SoftDeleteMany, SoftDeleteOne};
pub use crate::verbs::force_delete::{ForceDeleteMany, ForceDeleteOne};
pub use crate::verbs::insert::InsertByKey;
pub use crate::verbs::insert::find_or_insert::FindOrInsert;
pub use crate::verbs::restore::{RestoreMany, RestoreOne};
pub use crate::verbs::row::{SoftDeleteActiveModel, SoftDeleteModel};
pub use crate::verbs::update::UpdateLiveOne;
pub use inventory::submit;
pub use sea_orm::sea_query::{Expr, IntoIden};
pub use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, DeleteResult, EntityTrait, ExprTrait,
    IntoActiveModel, PrimaryKeyTrait, RelationTrait, Select, UpdateMany, UpdateResult,
};
pub use std::vec::Vec;

/// The instant that marks live rows; the derive has checked its range.
pub const fn timestamp(unix_micros: i64) -> Timestamp {
    match Timestamp::from_unix_micros(unix_micros) {
        Some(at) => at,
        None => Timestamp::MAX,
    }
}

/// Whether this row was trashed when it was read.
pub fn row_is_trashed<M: ModelTrait<Entity: SoftDeleteEntity>>(row: &M) -> bool {
    crate::entity::is_trashed(row)
}

/// The operation that trashed this row, if it was trashed when it was read.
pub fn row_operation<M: ModelTrait<Entity: SoftDeleteEntity>>(row: &M) -> Option<OperationId> {
    crate::entity::operation_of(row)
}

// The conditions of `SoftDeleteEntity`. Calls on the trait itself would repeat the error of a missing
// `RestoreBehavior` once for each condition.

/// [`SoftDeleteEntity::is_live`]
pub fn is_live<E: SoftDeleteEntity>() -> Expr {
    E::is_live()
}

/// [`SoftDeleteEntity::is_live_as`]
pub fn is_live_as<E: SoftDeleteEntity, A: IntoIden>(alias: A) -> Expr {
    E::is_live_as(alias)
}

/// [`SoftDeleteEntity::is_trashed`]
pub fn is_trashed<E: SoftDeleteEntity>() -> Expr {
    E::is_trashed()
}

/// [`SoftDeleteEntity::is_trashed_as`]
pub fn is_trashed_as<E: SoftDeleteEntity, A: IntoIden>(alias: A) -> Expr {
    E::is_trashed_as(alias)
}

/// The relations of a family.
pub fn relations<const N: usize>(relations: [FamilyRelation; N]) -> Vec<FamilyRelation> {
    relations.into()
}

/// The parents whose legal hold holds the rows of an entity.
pub fn held_with<const N: usize>(parents: [HeldWith; N]) -> Vec<HeldWith> {
    parents.into()
}

/// The parents that the rows of an entity are about.
pub fn subjects<const N: usize>(parents: [Subject; N]) -> Vec<Subject> {
    parents.into()
}

/// The parents that count the rows of an entity.
pub fn counted_in<const N: usize>(parents: [CountedIn; N]) -> Vec<CountedIn> {
    parents.into()
}

/// The reverse of a relation.
pub fn reverse_of(relation: &impl RelationTrait) -> RelationDef {
    relation.def().rev()
}

/// The relation from `P` to `C`: the reverse of the relation from `C` to `P` that SeaORM knows.
pub fn reverse_of_related<C: Related<P>, P: EntityTrait>() -> RelationDef {
    C::to().rev()
}

/// The relation from `E` to the link rows that begin at a row of `E` and lead to other rows of `E`.
pub fn self_via<E: RelatedSelfVia<L>, L: EntityTrait>() -> RelationDef {
    E::via()
}

/// The relation from `E` to the link rows that end at a row of `E`.
pub fn self_via_reverse<E: RelatedSelfVia<L>, L: EntityTrait>() -> RelationDef {
    E::to().rev()
}

/// Answers questions about a type that may not implement the trait in question, a mistake that the
/// compiler reports elsewhere. The inherent constants take precedence over the constants of
/// [`Otherwise`].
pub struct Ask<T: ?Sized>(PhantomData<fn() -> T>);

impl<T: MarkerType> Ask<T> {
    /// [`MarkerType::HOLDS_INSTANT`]
    pub const HOLDS_INSTANT: bool = T::HOLDS_INSTANT;
}

impl<E: SoftDeleteEntity> Ask<E> {
    /// [`SoftDeleteEntity::TELLS_OPERATIONS_APART`]
    pub const TELLS_OPERATIONS_APART: bool = E::TELLS_OPERATIONS_APART;

    /// Whether the type is a soft-deletable entity.
    pub const IS_SOFT_DELETABLE: bool = true;
}

/// The answers for any other type.
pub trait Otherwise {
    const HOLDS_INSTANT: bool = true;
    const TELLS_OPERATIONS_APART: bool = true;
    const IS_SOFT_DELETABLE: bool = false;
}

impl<T: ?Sized> Otherwise for Ask<T> {}
