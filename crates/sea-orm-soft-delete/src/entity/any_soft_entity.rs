//! A soft-deletable entity without its type: what the derive says of it, as a trait object.

use std::fmt;
use std::marker::PhantomData;

use sea_orm::sea_query::{DynIden, Expr, IndexCreateStatement, IntoIden};
use sea_orm::{DbBackend, Schema};

use crate::entity::SoftDeleteEntity;
use crate::entity::any_columns::AnyColumns;
use crate::entity::any_entity::{AnyEntity, Typed};
use crate::entity::erasure::ErasureRules;
use crate::entity::family_kind::FamilyKind;
use crate::entity::hold::{self, HeldWith};
use crate::entity::member::TableKey;
use crate::entity::relation::{CountedIn, FamilyRelation, Subject};
use crate::entity::retention::Retention;

/// What the derive of this crate says of an entity.
pub(crate) trait AnySoftEntity: Send + Sync {
    fn entity(&self) -> &'static dyn AnyEntity;

    fn columns(&self) -> AnyColumns;

    fn declared(&self) -> Declared;

    fn relations(&self) -> Vec<FamilyRelation>;

    fn subjects(&self) -> Vec<Subject>;

    fn counted_in(&self) -> Vec<CountedIn>;

    fn held_with(&self) -> Vec<HeldWith>;

    fn erasure(&self) -> ErasureRules;

    /// The indexes that SeaORM makes of its columns; none if no unique key has several columns.
    fn indexes(&self) -> Vec<IndexCreateStatement>;
}

impl dyn AnySoftEntity + '_ {
    /// The schema and name of its table.
    pub(crate) fn key(&self) -> TableKey {
        let entity = self.entity();
        (entity.schema(), entity.table_name().to_owned())
    }

    /// The columns of each unique key except the primary key.
    pub(crate) fn unique_keys(&self) -> Vec<Vec<DynIden>> {
        let columns = self.entity().columns();
        let alone = columns
            .filter(|column| column.def().is_unique())
            .map(|column| vec![column.as_column_ref().1]);
        let indexes = self.indexes();
        let together = indexes
            .iter()
            .filter(|index| index.is_unique_key())
            .map(|index| {
                let names = index.get_index_spec().get_column_names();
                names.into_iter().map(IntoIden::into_iden).collect()
            });
        let mut keys: Vec<Vec<DynIden>> = alone.chain(together).collect();
        let key = self.entity().key();
        let primary: Vec<DynIden> = key.map(|column| column.as_column_ref().1).collect();
        // A key that holds the primary key keeps no value occupied that the primary key does not. The foreign keys of
        // tenants point at one: (tenant_id, id).
        keys.retain(|key| !primary.iter().all(|column| key.contains(column)));
        keys
    }

    /// The condition that a row of the table is live.
    pub(crate) fn is_live(&self) -> Expr {
        let table = self.entity().table_name().into_iden();
        self.columns().marker.is_live(table)
    }

    /// The condition that a row of the table is trashed.
    pub(crate) fn is_trashed(&self) -> Expr {
        let table = self.entity().table_name().into_iden();
        self.columns().marker.is_trashed(table)
    }

    /// The condition that a legal hold forbids the removal of the row under this alias. `None` if the entity
    /// declares no hold.
    pub(crate) fn is_held(&self, row: DynIden) -> Option<Expr> {
        hold::is_held(self.columns().hold, &self.held_with(), row)
    }

    /// The condition that no legal hold forbids the removal of the row under this alias.
    pub(crate) fn is_free(&self, row: DynIden) -> Option<Expr> {
        self.is_held(row).map(hold::is_not)
    }
}

/// What the keys of the derive say of an entity. [`SoftDeleteEntity`] documents each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared {
    pub(crate) tells_operations_apart: bool,
    pub(crate) restore_until_due: bool,
    pub(crate) is_logged: bool,
    pub(crate) is_archived: bool,
    pub(crate) runs_in_transactions: bool,
    pub(crate) retention: Option<Retention>,
}

impl fmt::Debug for dyn AnySoftEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.entity().name())
    }
}

impl<E: SoftDeleteEntity> Typed<E> {
    pub(crate) const SOFT: &'static dyn AnySoftEntity = &Self(PhantomData);
}

impl<E: SoftDeleteEntity> AnySoftEntity for Typed<E> {
    fn entity(&self) -> &'static dyn AnyEntity {
        Self::ENTITY
    }

    fn columns(&self) -> AnyColumns {
        E::soft_delete().untyped::<E>()
    }

    fn declared(&self) -> Declared {
        Declared {
            tells_operations_apart: E::TELLS_OPERATIONS_APART,
            restore_until_due: E::RESTORE_UNTIL_DUE,
            is_logged: E::IS_LOGGED,
            is_archived: E::IS_ARCHIVED,
            runs_in_transactions: E::Kind::CASCADES,
            retention: E::retention(),
        }
    }

    fn relations(&self) -> Vec<FamilyRelation> {
        E::relations()
    }

    fn subjects(&self) -> Vec<Subject> {
        E::subjects()
    }

    fn counted_in(&self) -> Vec<CountedIn> {
        E::counted_in()
    }

    fn held_with(&self) -> Vec<HeldWith> {
        E::held_with()
    }

    fn erasure(&self) -> ErasureRules {
        E::erasure()
    }

    fn indexes(&self) -> Vec<IndexCreateStatement> {
        match E::HAS_UNIQUE_KEY {
            // The names of the columns are the same for every backend.
            true => Schema::new(DbBackend::Sqlite).create_index_from_entity(E::default()),
            false => Vec::new(),
        }
    }
}
