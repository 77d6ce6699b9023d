//! Soft delete for [SeaORM](sea_orm) 2.0: add one derive and one column, and your existing calls move rows to
//! a trash, return live rows only, and can restore.
//!
//! This page and the items below are the reference. To learn the crate, read the [guide], which begins with a
//! program [from an empty directory](guide::start).
//!
//! # A first example
//!
//! Add [`SoftDelete`](derive@SoftDelete) to the derives of a model and a `deleted_at` column to its
//! table. Nothing else changes: the same calls now mean live rows.
//!
//! ```standalone_crate
//! mod note {
//!     use sea_orm::entity::prelude::*;
//!     use sea_orm_soft_delete::SoftDelete;
//!
//!     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
//!     #[sea_orm(table_name = "note")]
//!     pub struct Model {
//!         #[sea_orm(primary_key)]
//!         pub id: i32,
//!         pub title: String,
//!         pub deleted_at: Option<DateTimeUtc>,
//!     }
//!
//!     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
//!     pub enum Relation {}
//!     impl ActiveModelBehavior for ActiveModel {}
//! }
//!
//! use sea_orm::{ActiveValue::Set, Database, Schema, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), sea_orm_soft_delete::SoftDeleteError> {
//! let db = Database::connect("sqlite::memory:").await?;
//! let schema = Schema::new(db.get_database_backend());
//! db.execute(&schema.create_table_from_entity(note::Entity)).await?;
//! let milk = note::ActiveModel { title: Set("Milk".into()), ..Default::default() };
//! let milk = milk.insert(&db).await?;
//!
//! milk.delete(&db).await?; // UPDATE "note" SET "deleted_at" = … WHERE "id" = 1 AND …
//! assert_eq!(note::Entity::find().count(&db).await?, 0);
//! assert_eq!(note::Entity::with_trashed().count(&db).await?, 1);
//!
//! let trash = note::Entity::only_trashed().all(&db).await?;
//! assert!(trash[0].is_trashed());
//!
//! let milk = note::Entity::restore_by_id(trash[0].id).exec(&db).await?;
//! assert_eq!(milk.title, "Milk");
//! assert_eq!(note::Entity::find().count(&db).await?, 1);
//!
//! milk.force_delete(&db).await?; // DELETE FROM "note" WHERE "id" = 1
//! assert_eq!(note::Entity::with_trashed().count(&db).await?, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Where to read on
//!
//! | to… | read |
//! |---|---|
//! | describe an entity: marker, operation, who and why | [the derive](derive@SoftDelete) |
//! | see what each verb of an entity does, with its SQL | [the trait `SoftDelete`](trait@SoftDelete) |
//! | insert when a trashed row may hold the same key | [`InsertByKey`](builders::InsertByKey), [`FindOrInsert`](builders::FindOrInsert) |
//! | see what each verb of a row does | [`SoftDeleteModel`], [`SoftDeleteActiveModel`] |
//! | scope relations, generic code and raw SQL | [`ScopedConnection`] |
//! | hold every statement to a tenant, or to another scope | [the derive `Scoped`](derive@Scoped), [`RequiredScope`], [`FixedScope`] |
//! | see what a scoped connection would change in an existing application | `Watch`, with the feature `watch` |
//! | cascade deletes to a family, preview them, restore exactly what they took | [`SoftDeleteFamily`](describe::SoftDeleteFamily) |
//! | list what was deleted, restore or destroy it | [`Operation`] |
//! | record who deletes and why | [`Attribution`] |
//! | run code before and after a restore, or veto it | [`RestoreBehavior`] |
//! | remove old trash for good | [`Purge`] |
//! | move old trash to other tables, from which it still comes back | [`Archive`] |
//! | write what is removed for good to a file before, and read it back | `Backup`, with the feature `backup` |
//! | erase what is kept about a person | `Erasure`, with the feature `erasure` |
//! | hold a user to a quota | [`RowCount`] |
//! | keep the numbers of live and trashed rows in their parents | [`Counters`] |
//! | test an application: rows live, trashed or gone, nothing leaks, time that passes | `testing`, with the feature `testing` |
//! | set the time in a test | [`Clock`] |
//! | handle errors | [`SoftDeleteError`] |
//! | create columns, indexes and triggers in migrations | [`schema`] |
//! | let other programs read live rows only, and trash with a DELETE, on PostgreSQL | [`schema::live_schema`] |
//! | check a database in a test or at the start | [`doctor`](fn@doctor) |
//! | list the soft-deletable tables of a program | [`tables`] |
//!
//! # Words
//!
//! A row is *live* or *trashed*; the *marker* is the column that says which. To *soft-delete* is to
//! trash a row, to *restore* is to bring it back, to *force-delete* is to remove it physically. An
//! *operation* is one delete call and everything that it trashed: it has one id, one instant, and
//! optionally who deleted and why. A *family* is an entity and those that its deletes cascade to.
//!
//! # Limits
//!
//! The verbs scope what you call on the entity, the model and the active model. On a plain connection
//! they do not scope *related* entities (`find_related`, joins, loaders), SeaORM's nested saves and
//! cascades, raw SQL, upserts (`insert(..).on_conflict(..)`), code that is generic in
//! `E: EntityTrait`, and the `delete_by_<unique>()` that SeaORM generates in the dense format, which
//! deletes physically. A [`ScopedConnection`] scopes all of them, and has [limits of its
//! own](ScopedConnection#limits). Without one, filter with [`SoftDeleteEntity::is_live`] or
//! [`is_live_as`](SoftDeleteEntity::is_live_as). The guide's [page on limits](guide::limits) lists them all, with the way
//! round each.
//!
//! # Errors
//!
//! Verbs with SeaORM's names return its [`DbErr`](sea_orm::DbErr), the others [`SoftDeleteError`]. `?`
//! turns either into the other without loss, so both kinds of function can call both kinds of verb.
//!
//! # New verbs
//!
//! The derive adds inherent functions to the entity and the model, so a new verb of a later release can
//! shadow a trait method of the same name. A release that adds one is a minor version before 1.0 and a
//! major version after, and names it in the changelog. The verbs of the traits
//! ([`SoftDelete`](trait@SoftDelete), [`SoftDeleteModel`], [`SoftDeleteActiveModel`]) shadow nothing.
//!
//! # Features
//!
//! | feature | default | gives |
//! |---|---|---|
//! | `sqlx-dep` | yes | [`SoftDeleteError::is_retryable`], which reads what the drivers of `sqlx` report |
//! | `stream` | yes | SeaORM's `StreamTrait` on a scoped connection |
//! | `backup` | no | `Backup`: what a force delete, a purge or an erasure removes is written as JSON before |
//! | `erasure` | no | `Erasure`: personal data is overwritten or removed, with a receipt |
//! | `purge-task` | no | `Purge::every`: a purge at an interval, as a task of `tokio` |
//! | `rbac` | no | a `RestrictedConnection` in a scoped connection; turn it on with SeaORM's own |
//! | `serde` | no | `Serialize` for operations, previews, reports and diagnoses; `Deserialize` for [`Preview`](preview::Preview), [`OperationId`] and [`Timestamp`] |
//! | `testing` | no | `testing`: assertions for the tests of an application |
//! | `watch` | no | `Watch`: what a scoped connection would change, recorded while nothing changes |
//! | `with-chrono` | yes | markers and timestamps of `chrono` |
//! | `with-time` | yes | markers and timestamps of `time` |
//! | `with-uuid` | yes | `operation` columns of type `Uuid`; without it they are text |
//!
//! They turn on SeaORM's features of the same names. Choose the database driver in your own dependency on
//! `sea-orm`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod default_scope;
pub mod deletion_log;
pub mod doctor;
mod entity;
#[cfg(feature = "erasure")]
mod erasure;
mod error;
mod family;
mod operation;
#[doc(hidden)]
pub mod private;
mod purge;
mod query;
mod report;
pub mod schema;
mod scoped;
#[cfg(feature = "testing")]
pub mod testing;
mod value_text;
mod verbs;

/// What the verbs return: calls that take filters, and run with `exec`.
pub mod builders {
    pub use crate::family::Operations;
    pub use crate::scoped::ScopeBuilder;
    pub use crate::verbs::delete::{SoftDeleteMany, SoftDeleteOne};
    pub use crate::verbs::force_delete::{ForceDeleteMany, ForceDeleteOne};
    pub use crate::verbs::insert::InsertByKey;
    pub use crate::verbs::insert::find_or_insert::FindOrInsert;
    pub use crate::verbs::restore::{
        RestoreMany, RestoreOne, RestoreWithAncestors, RestoreWithValues,
    };
    pub use crate::verbs::update::UpdateLiveOne;
}

/// How an entity is described: what `#[derive(SoftDelete)]` writes.
pub mod describe {
    pub use crate::default_scope::entity::{EntityScopes, ScopedEntity};
    pub use crate::default_scope::key::HoldsScopeValue;
    pub use crate::entity::columns::SoftDeleteColumns;
    pub use crate::entity::companion::{
        DeletedByType, HoldType, OperationType, PurgeAtType, ReasonType, UpdatedAtType,
    };
    pub use crate::entity::erasure::{EraseToLiteral, EraseToNull, ErasureRules};
    pub use crate::entity::hold::HeldWith;
    pub use crate::entity::marker::{EpochType, Marker, MarkerType};
    pub use crate::entity::relation::{
        CountedIn, FamilyRelation, FamilyRelationTo, Policy, SoftDeleteFamily, Subject,
    };
    pub use crate::entity::retention::Retention;
    pub use crate::entity::timestamp_type::TimestampType;
}

/// Which counter caches are wrong.
pub mod counters {
    pub use crate::family::{WrongCounter, WrongCounts};
}

/// What an erasure would do, and what it did.
pub mod erased {
    #[cfg(feature = "erasure")]
    pub use crate::erasure::receipt::{ErasedTable, ErasureReceipt, SubjectHash};
    #[cfg(feature = "erasure")]
    pub use crate::erasure::replay::{ErasureReplay, Replayed};
    pub use crate::report::erasure::{ErasurePreview, ErasureTable};
}

/// What a purge would do, does and did.
pub mod purged {
    pub use crate::purge::report::{
        ArchiveReport, Blocked, PurgeEnd, PurgePreview, PurgeProgress, PurgeReport,
    };
    #[cfg(feature = "purge-task")]
    pub use crate::purge::task::PurgeTask;
    pub use crate::report::EntityRows;
    pub use crate::report::blocked::BlockedBy;
}

/// What a watch has seen.
#[cfg(feature = "watch")]
pub mod watched {
    pub use crate::scoped::{WatchEffect, WatchReport, WatchedStatement};
}

/// What a verb would do, and the rows that forbid it.
pub mod preview {
    pub use crate::report::live_row::LiveRow;
    pub use crate::report::trashed_row::TrashedRow;
    pub use crate::report::{
        AffectedRows, EntityRows, Holder, Orphans, Preview, PreviewVerb, RestrictingRows,
        TakenValue, UniqueClash,
    };
    pub use crate::verbs::held::{HeldRow, SkippedHeld};
}

pub use crate::default_scope::key::{FixedScope, RequiredScope};
pub use crate::default_scope::values::ScopeValues;
pub use crate::doctor::doctor;
pub use crate::entity::SoftDeleteEntity;
pub use crate::entity::behavior::RestoreBehavior;
pub use crate::entity::erasure::RowKey;
#[doc(hidden)]
pub use crate::entity::family_kind::{Alone, Cascading, FamilyKind};
#[cfg(feature = "erasure")]
pub use crate::erasure::Erasure;
pub use crate::error::SoftDeleteError;
#[doc(hidden)]
pub use crate::family::RunsVerbs;
#[cfg(feature = "backup")]
pub use crate::family::backup::{BackedUpRow, BackedUpRows, Backup};
pub use crate::family::registry::{SoftDeleteTable, tables};
pub use crate::family::{ConnectionFor, Counters, Operation, OperationMember, OperationRoot};
pub use crate::operation::attribution::Attribution;
pub use crate::operation::clock::Clock;
pub use crate::operation::id::{OperationId, ParseOperationIdError};
pub use crate::operation::timestamp::{Timestamp, TimestampOutOfRange};
pub use crate::purge::Purge;
pub use crate::purge::archive::Archive;
#[doc(hidden)]
pub use crate::query::filtered::Filtered;
pub use crate::query::scoped_table::ScopedTable;
pub use crate::report::deleted::Deleted;
#[cfg(feature = "watch")]
pub use crate::scoped::Watch;
pub use crate::scoped::{ConnectionRef, Scopable, Scope, ScopedConnection};
pub use crate::verbs::SoftDelete;
pub use crate::verbs::insert::Inserted;
pub use crate::verbs::insert::find_or_insert::FoundOrInserted;
pub use crate::verbs::row::{SoftDeleteActiveModel, SoftDeleteModel};
pub use crate::verbs::row_count::{Counted, RowCount};

#[doc = include_str!("docs/scoped.md")]
pub use sea_orm_soft_delete_macros::Scoped;
#[doc = include_str!("docs/derive.md")]
pub use sea_orm_soft_delete_macros::SoftDelete;

#[cfg(doc)]
pub mod guide;
