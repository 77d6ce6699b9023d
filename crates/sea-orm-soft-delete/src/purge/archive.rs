//! `Archive`: moves trash by age to twins of its tables.

use std::ops::ControlFlow;
use std::time::Duration;

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::family::Graph;
use crate::purge::Purge;
use crate::purge::report::{ArchiveReport, PurgePreview, PurgeProgress};
use crate::schema::archive::mistake;
use crate::schema::catalogue::Catalogue;

/// Moves trash to archives: twins of its tables, with the same columns.
///
/// The unit is the operation, as for a [`Purge`]: all rows that one delete trashed, families included, in transactions of bounded size. Each of its entities has to declare `#[soft_delete(archive)]`.
/// The table then holds live rows and young trash only, and an archived row can still be brought back:
/// [`Operation::restore`](crate::Operation::restore) returns an operation exactly, with the same checks as ever. Lists
/// of operations show archived ones, [`Operation::force_delete`](crate::Operation::force_delete) and a [`Purge`] remove
/// them, and an erasure overwrites them. Verbs on an entity do not see them.
///
/// ```rust,standalone_crate
/// # mod note {
/// #     use sea_orm::entity::prelude::*;
/// #     use sea_orm_soft_delete::SoftDelete;
/// #
/// #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
/// #[sea_orm(table_name = "archived_note")]
/// #[soft_delete(archive)]
/// pub struct Model {
///     #[sea_orm(primary_key)]
///     pub id: i32,
///     pub deleted_at: Option<DateTimeUtc>,
///     #[soft_delete(operation)]
///     pub operation_id: Option<Uuid>,
/// }
/// #
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # use sea_orm::prelude::*;
/// # use sea_orm::{Database, Schema, Set};
/// # use sea_orm_soft_delete::schema::SoftDeleteSchema;
/// # use sea_orm_soft_delete::{Archive, Operation, SoftDeleteError};
/// # use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), SoftDeleteError> {
/// # let db = &Database::connect("sqlite::memory:").await?;
/// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(note::Entity)).await?;
/// # note::ActiveModel { id: Set(1), deleted_at: Set(None), operation_id: Set(None) }.insert(db).await?;
/// SoftDeleteSchema::of::<note::Entity>().archive_table().create(db).await?; // in a migration
///
/// note::Entity::delete_by_id(1).exec(db).await?;
/// let report = Archive::of::<note::Entity>().older_than(Duration::ZERO).run(db).await?;
/// assert_eq!(report.rows(), 1);
/// assert_eq!(note::Entity::only_trashed().count(db).await?, 0); // in `archived_note_archive`
///
/// let operation = &Operation::list().all(db).await?[0];
/// assert!(operation.is_archived());
/// operation.restore(db).await?;
/// assert_eq!(note::Entity::find().count(db).await?, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is moved until `run`"]
pub struct Archive {
    purge: Purge,
}

impl Archive {
    /// Archives every entity with `#[soft_delete(archive)]` that is linked into the program.
    pub fn of_all() -> Self {
        let purge = Purge::of_all();
        Self {
            purge: Purge {
                operations: purge.operations.without_archives(),
                older_than: Some(Duration::ZERO),
                archives: true,
                ..purge
            },
        }
    }

    /// Archives only operations that began in this entity or in one that its deletes cascade to.
    pub fn of<E: SoftDeleteEntity>() -> Self {
        let all = Self::of_all();
        Self {
            purge: all.purge.in_family_of(E::default()),
        }
    }

    /// Archives only what was trashed longer ago than this, by the [`Clock`](crate::Clock). Without it, the whole
    /// trash.
    pub fn older_than(mut self, age: Duration) -> Self {
        self.purge = self.purge.older_than(age);
        self
    }

    /// Ends the run after this time; see [`Purge::at_most`].
    pub fn at_most(mut self, time: Duration) -> Self {
        self.purge = self.purge.at_most(time);
        self
    }

    /// Ends the run before it has moved more rows than this; see [`Purge::at_most_rows`].
    pub fn at_most_rows(mut self, rows: u64) -> Self {
        self.purge = self.purge.at_most_rows(rows);
        self
    }

    /// How many rows one transaction moves at most; see [`Purge::rows_per_transaction`].
    pub fn rows_per_transaction(mut self, rows: u64) -> Self {
        self.purge = self.purge.rows_per_transaction(rows);
        self
    }

    /// What [`run`](Self::run) would move now, and what it would leave. Nothing is written.
    ///
    /// # Errors
    ///
    /// The errors of [`run`](Self::run).
    pub async fn preview<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<PurgePreview, SoftDeleteError> {
        self.check(db).await?;
        self.purge.preview(db).await
    }

    /// Moves what is old enough, in transactions of bounded size. An operation stays, and is reported, if rows on legal
    /// hold are among its rows, if other rows refer to its rows, or if one of its entities declares no archive.
    ///
    /// A run that is cut off loses nothing. It can leave a part of a large operation in the archive: a restore still
    /// restores all of it, and the next run goes on.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::NotArchivable`], before anything is moved, if an archive is missing or narrower than its
    /// table; and the errors of [`Purge::run`].
    pub async fn run<C>(&self, db: &C) -> Result<ArchiveReport, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        self.run_with(|_| std::future::ready(ControlFlow::Continue(())), db)
            .await
    }

    /// Does the same, and calls `between` after each transaction; see [`Purge::run_with`].
    ///
    /// # Errors
    ///
    /// The errors of [`run`](Self::run).
    pub async fn run_with<C, P, F>(
        &self,
        between: P,
        db: &C,
    ) -> Result<ArchiveReport, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
        P: FnMut(PurgeProgress) -> F,
        F: Future<Output = ControlFlow<()>>,
    {
        self.check(db).await?;
        self.purge.run_with(between, db).await.map(Into::into)
    }

    /// Refuses if an archive is missing, or could not hold or give back all values of its table.
    async fn check<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let graph = Graph::registered();
        let nodes = self.purge.operations.nodes()?;
        let archived = nodes.into_iter().filter(|it| graph.archive(*it).is_some());
        let archived: Vec<_> = archived.collect();
        let schemas = archived.iter().filter_map(|it| graph.member(*it).key().0);
        let catalogue = Catalogue::read(&schemas.collect::<Vec<_>>(), db).await?;
        for node in archived {
            if let Some(mistake) = graph.soft(node).and_then(|it| mistake(it, &catalogue)) {
                return Err(SoftDeleteError::NotArchivable {
                    entity: graph.member(node).name(),
                    why: mistake.why,
                    remedy: mistake.remedy,
                });
            }
        }
        Ok(())
    }
}
