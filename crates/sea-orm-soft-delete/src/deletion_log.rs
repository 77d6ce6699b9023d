//! The log of deletions: who did what to which rows, when and why, kept where a purge does not reach.
//!
//! An entity with `#[soft_delete(log)]` records each deed on its rows in the table `deletion_log`, in the transaction
//! of the deed: a delete, a restore, a force delete or a purge, by a verb, by a cascade, or by a DELETE in raw SQL on
//! a scoped connection. The log has one row for each operation and entity, never one for each row, and no column
//! values but the key of the row on which a delete was called.
//!
//! ```rust,standalone_crate
//! # mod note {
//! #     use sea_orm::entity::prelude::*;
//! #     use sea_orm_soft_delete::SoftDelete;
//! #
//! #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
//! #[sea_orm(table_name = "logged_note")]
//! #[soft_delete(log)]
//! pub struct Model {
//!     #[sea_orm(primary_key)]
//!     pub id: i32,
//!     pub deleted_at: Option<DateTimeUtc>,
//!     #[soft_delete(operation)]
//!     pub operation_id: Option<Uuid>,
//! }
//! #
//! #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
//! #     pub enum Relation {}
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//! # use sea_orm::prelude::*;
//! # use sea_orm::{Database, Schema, Set};
//! # use sea_orm_soft_delete::{Attribution, Operation, SoftDeleteError, deletion_log};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), SoftDeleteError> {
//! # let db = &Database::connect("sqlite::memory:").await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(note::Entity)).await?;
//! # note::ActiveModel { id: Set(1), deleted_at: Set(None), operation_id: Set(None) }.insert(db).await?;
//! deletion_log::create_table(db).await?; // in a migration
//!
//! note::Entity::delete_by_id(1).by(7).because("spam").exec(db).await?;
//! let operation = Operation::list().all(db).await?[0].id();
//! note::Entity::force_delete_by_id(1).exec(db).await?;
//!
//! let history = Operation::history(operation, db).await?; // its rows are gone, its history is not
//! let told: Vec<String> = history.iter().map(ToString::to_string).collect();
//! assert_eq!(told[0], format!("{} delete of 1 `logged_note` by 7: spam", history[0].at));
//! assert_eq!(told[1], format!("{} force delete of 1 `logged_note`", history[1].at));
//! assert_eq!(history[0].root_key.as_deref(), Some("1"));
//! # Ok(())
//! # }
//! ```
//!
//! A statement on a plain connection is not recorded, nor is a physical DELETE or an UPDATE of the marker in raw SQL.
//!
//! # Events for other services
//!
//! The same rows are an outbox: [`Batch::take`] hands them to a consumer such as a search index, which undoes or
//! repeats by the operation alone.

use std::fmt;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Index, IndexCreateStatement};
use sea_orm::{
    DbBackend, IsolationLevel, QueryOrder, QuerySelect, Schema, TransactionSession,
    TransactionTrait,
};

use crate::error::SoftDeleteError;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;

pub use self::entity::{ActiveModel, Column, Entity, Model, PrimaryKey, Relation, Verb};

#[allow(missing_docs)] // SeaORM's derives write items without documentation.
mod entity {
    use sea_orm::entity::prelude::*;

    /// What one call did to rows of one entity that belonged to one operation.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize))]
    #[sea_orm(table_name = "deletion_log")]
    pub struct Model {
        /// Grows with each deed. A deed that followed another has the greater one.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// When, by the [`Clock`](crate::Clock), as `2025-07-10T09:37:34.301641Z`: the text sorts by time.
        #[sea_orm(column_type = "String(StringLen::N(32))")]
        pub at: String,
        /// The operation to which the rows belonged: its id, as [`OperationId`](crate::OperationId) prints it. NULL if
        /// they belonged to none, such as live rows that were force-deleted.
        #[sea_orm(column_type = "String(StringLen::N(40))", nullable)]
        pub operation: Option<String>,
        /// What was done.
        pub verb: Verb,
        /// The table of the rows, as `note` or `archive.note`.
        #[sea_orm(column_type = "String(StringLen::N(255))")]
        pub entity: String,
        /// How many rows.
        pub count: i64,
        /// The primary key of the row on which a delete was called, or of the first of them; the values of a key of
        /// several columns are separated by commas. The same for a force delete. NULL for rows that went with others, and
        /// for other verbs.
        #[sea_orm(column_type = "Text", nullable)]
        pub root_key: Option<String>,
        /// Who did it, by the [`Attribution`](crate::Attribution), as text.
        #[sea_orm(column_type = "Text", nullable)]
        pub who: Option<String>,
        /// Why, by the same.
        #[sea_orm(column_type = "Text", nullable)]
        pub reason: Option<String>,
        /// Whether a consumer has taken it; see [`Batch`](super::Batch).
        pub is_taken: bool,
    }

    /// What was done to rows.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize))]
    #[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
    pub enum Verb {
        /// They were trashed.
        #[sea_orm(string_value = "delete")]
        Delete,
        /// They were made live again.
        #[sea_orm(string_value = "restore")]
        Restore,
        /// They were removed for good.
        #[sea_orm(string_value = "force_delete")]
        ForceDelete,
        /// A purge removed them. A large operation is removed in several transactions, with a row for each.
        #[sea_orm(string_value = "purge")]
        Purge,
        /// An erasure overwrote them. Rows that it removed are recorded as force-deleted.
        #[sea_orm(string_value = "erase")]
        Erase,
        /// They were moved to the archive.
        #[sea_orm(string_value = "archive")]
        Archive,
        /// They were moved back from the archive to the trash, or inserted again from a `Backup`.
        #[sea_orm(string_value = "return")]
        Return,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl Model {
    /// The operation to which the rows belonged.
    pub fn operation(&self) -> Option<OperationId> {
        self.operation.as_ref()?.parse().ok()
    }

    /// When it was done.
    pub fn instant(&self) -> Option<Timestamp> {
        Timestamp::parse(&self.at)
    }
}

/// One line, such as ``2025-07-10T09:37:34.301641Z delete of 12 `note` by 7: spam``.
impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} of {} `{}`",
            self.at, self.verb, self.count, self.entity
        )?;
        if let Some(who) = &self.who {
            write!(f, " by {who}")?;
        }
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::ForceDelete => "force delete",
            Self::Purge => "purge",
            Self::Erase => "erase",
            Self::Archive => "archive",
            Self::Return => "return",
        })
    }
}

/// Creates the table `deletion_log` and its indexes, unless they exist.
///
/// # Errors
///
/// The database's.
pub async fn create_table<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let mut table = Schema::new(backend).create_table_from_entity(Entity);
    table.if_not_exists();
    let mut indexes = [
        index("deletion_log_operation", &[Column::Operation]),
        index("deletion_log_taken", &[Column::IsTaken, Column::Id]),
    ];
    // MySQL cannot create an index only if there is none.
    if backend == DbBackend::MySql {
        for index in &mut indexes {
            table.index(index);
        }
        db.execute(&table).await?;
        return Ok(());
    }
    db.execute(&table).await?;
    for index in indexes {
        db.execute(&index).await?;
    }
    Ok(())
}

fn index(name: &str, columns: &[Column]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).to_owned();
    index.table(Entity).if_not_exists();
    for column in columns {
        index.col(*column);
    }
    index
}

/// Deeds that a consumer has taken, and not yet finished.
///
/// It holds a transaction. When it is dropped without [`done`](Self::done), or the program ends, the deeds are
/// taken again: a consumer gets each of them at least once. It gets deeds on the same rows in the order in which they
/// were done. Several consumers can take at once: PostgreSQL, MySQL 8 and MariaDB 10.6 skip what another one has taken
/// (`SKIP LOCKED`), so that a later deed on the same rows can be done first; on SQLite the other one waits.
///
/// ```
/// # use sea_orm::DatabaseConnection;
/// # use sea_orm_soft_delete::{SoftDeleteError, deletion_log::{self, Verb}};
/// # async fn forget(_: &deletion_log::Model) {}
/// # async fn index(_: &deletion_log::Model) {}
/// async fn keep_in_step(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
///     while let Some(batch) = deletion_log::Batch::take(100, db).await? {
///         for deed in batch.deeds() {
///             match deed.verb {
///                 Verb::Restore => index(deed).await,
///                 _ => forget(deed).await,
///             }
///         }
///         batch.done().await?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
#[must_use = "dropping it gives the deeds back"]
pub struct Batch<T> {
    deeds: Vec<Model>,
    transaction: T,
}

impl<T: ConnectionTrait + TransactionSession> Batch<T> {
    /// Takes the oldest deeds that nobody has taken, at most so many. `None` if there are none.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn take<C>(limit: u64, db: &C) -> Result<Option<Self>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait<Transaction = T>,
    {
        let isolation = match db.get_database_backend() {
            // At the default level, a consumer locks the gaps between rows too, and others wait for it.
            DbBackend::MySql => Some(IsolationLevel::ReadCommitted),
            _ => None,
        };
        let transaction = db.begin_with_config(isolation, None).await?;
        if transaction.get_database_backend() == DbBackend::Sqlite {
            // A transaction that reads first fails if another one writes before it does.
            let nothing =
                Entity::update_many().col_expr(Column::IsTaken, Expr::col(Column::IsTaken));
            nothing
                .filter(Column::Id.is_null())
                .exec(&transaction)
                .await?;
        }
        let mut oldest = Entity::find()
            .filter(Column::IsTaken.eq(false))
            .order_by_asc(Column::Id)
            .limit(limit);
        if transaction.get_database_backend() != DbBackend::Sqlite {
            let (update, skip) = (
                sea_orm::sea_query::LockType::Update,
                sea_orm::sea_query::LockBehavior::SkipLocked,
            );
            oldest = oldest.lock_with_behavior(update, skip);
        }
        let deeds = oldest.all(&transaction).await?;
        if deeds.is_empty() {
            transaction.commit().await?;
            return Ok(None);
        }
        Ok(Some(Self { deeds, transaction }))
    }

    /// What was done, oldest first.
    pub fn deeds(&self) -> &[Model] {
        &self.deeds
    }

    /// The transaction that holds the deeds: what a consumer writes here happens exactly once.
    pub fn transaction(&self) -> &T {
        &self.transaction
    }

    /// Gives the deeds back, to be taken again. Dropping the batch does the same, a little later.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn give_back(self) -> Result<(), SoftDeleteError> {
        Ok(self.transaction.rollback().await?)
    }

    /// Marks the deeds as taken.
    ///
    /// # Errors
    ///
    /// The database's. The deeds are then taken again.
    pub async fn done(self) -> Result<(), SoftDeleteError> {
        let ids = self.deeds.iter().map(|deed| deed.id);
        Entity::update_many()
            .col_expr(Column::IsTaken, Expr::value(true))
            .filter(Column::Id.is_in(ids))
            .exec(&self.transaction)
            .await?;
        self.transaction.commit().await?;
        Ok(())
    }
}
