//! The columns that hold an entity's soft-delete state.

use sea_orm::{EntityTrait, IdenStatic};

use crate::entity::any_columns::{
    AnyColumns, COMPANIONS, DELETED_BY, HOLD, Kinds, OPERATION, PURGE_AT, REASON, TITLE,
    UPDATED_AT, WRITTEN,
};
use crate::entity::any_entity::Typed;
use crate::entity::companion::{
    self, DeletedByKind, DeletedByType, HoldKind, HoldType, OperationKind, OperationType,
    PurgeAtKind, PurgeAtType, ReasonType, UpdatedAtKind, UpdatedAtType,
};
use crate::entity::marker::Marker;

/// The columns that hold an entity's soft-delete state: the marker and its companions.
#[derive(Clone, Copy, Debug)]
pub struct SoftDeleteColumns<C> {
    marker: C,
    /// By their places, such as [`OPERATION`].
    companions: [Option<C>; COMPANIONS],
    /// Apart from the columns, because they do not depend on the entity: each entity of a program has a copy of the code
    /// that does.
    kinds: Kinds,
}

impl<C: Copy> SoftDeleteColumns<C> {
    /// A marker, and no companions.
    pub fn new(marker: Marker<C>) -> Self {
        let (marker, storage) = marker.into_parts();
        Self {
            marker,
            companions: [None; COMPANIONS],
            kinds: Kinds::of(storage),
        }
    }

    /// Adds the column for an operation's id.
    pub fn with_operation<T: OperationType>(mut self, column: C) -> Self {
        self.companions[OPERATION] = Some(column);
        self.kinds.operation = Some(OperationKind {
            null: T::null,
            value: T::value,
            read: companion::read::<T>,
        });
        self
    }

    /// Adds the column for who deleted the row.
    pub fn with_deleted_by<T: DeletedByType>(mut self, column: C) -> Self {
        self.companions[DELETED_BY] = Some(column);
        self.kinds.deleted_by = Some(DeletedByKind {
            null: T::null,
            value: T::value,
            type_name: T::type_name,
            read: companion::read::<T>,
        });
        self
    }

    /// Adds the column for the reason.
    pub fn with_reason<T: ReasonType>(mut self, column: C) -> Self {
        self.companions[REASON] = Some(column);
        self
    }

    /// Adds the column that a delete and a restore set to the current time.
    pub fn with_updated_at<T: UpdatedAtType>(mut self, column: C) -> Self {
        self.companions[UPDATED_AT] = Some(column);
        self.kinds.updated_at = Some(UpdatedAtKind { value: T::value });
        self
    }

    /// Adds the column that says when a purge may remove the row.
    pub fn with_purge_at<T: PurgeAtType>(mut self, column: C) -> Self {
        self.companions[PURGE_AT] = Some(column);
        self.kinds.purge_at = Some(PurgeAtKind {
            null: T::null,
            value: T::value,
            read: companion::read::<T>,
        });
        self
    }

    /// Adds the column that says whether a legal hold forbids the removal of the row. No verb writes it.
    pub fn with_hold<T: HoldType>(mut self, column: C) -> Self {
        self.companions[HOLD] = Some(column);
        self.kinds.hold = Some(HoldKind {
            is_flag: T::is_flag(),
        });
        self
    }

    /// Sets the column that names a row in a list of the trash. No verb writes this column.
    pub fn with_title(mut self, column: C) -> Self {
        self.companions[TITLE] = Some(column);
        self
    }

    /// The marker.
    pub fn marker(&self) -> Marker<C> {
        Marker::stored(self.marker, self.kinds.marker)
    }

    /// The column that holds the id of the operation that trashed a row.
    pub fn operation(&self) -> Option<C> {
        self.companions[OPERATION]
    }

    /// The column that records who trashed a row.
    pub fn deleted_by(&self) -> Option<C> {
        self.companions[DELETED_BY]
    }

    /// The column that records why a row was trashed.
    pub fn reason(&self) -> Option<C> {
        self.companions[REASON]
    }

    /// The column that a delete and a restore set to the current time.
    pub fn updated_at(&self) -> Option<C> {
        self.companions[UPDATED_AT]
    }

    /// The column that says when a purge may remove a row.
    pub fn purge_at(&self) -> Option<C> {
        self.companions[PURGE_AT]
    }

    /// The column that says whether a legal hold forbids the removal of a row.
    pub fn hold(&self) -> Option<C> {
        self.companions[HOLD]
    }

    /// The column that names a row in a list of the trash; see [`OperationRoot`](crate::OperationRoot).
    pub fn title(&self) -> Option<C> {
        self.companions[TITLE]
    }

    /// Every column that a delete or a restore writes.
    pub(crate) fn written(&self) -> impl Iterator<Item = C> + use<C> {
        let mut companions = self.companions;
        companions[WRITTEN.end..].fill(None);
        std::iter::once(self.marker).chain(companions.into_iter().flatten())
    }
}

impl<C: IdenStatic> SoftDeleteColumns<C> {
    /// The same columns of the entity `E`, without their type.
    pub(crate) fn untyped<E: EntityTrait<Column = C>>(&self) -> AnyColumns {
        let mut companions = [None; COMPANIONS];
        for (name, column) in companions.iter_mut().zip(&self.companions) {
            if let Some(column) = column {
                *name = Some(column.as_str());
            }
        }
        AnyColumns::of(
            Typed::<E>::ENTITY,
            self.marker.as_str(),
            companions,
            &self.kinds,
        )
    }
}
