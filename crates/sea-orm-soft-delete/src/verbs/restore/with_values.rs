//! The restore of one row with other values, such as another parent or another name.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, ModelTrait,
    TransactionSession, TransactionTrait,
};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::family::{self, Ancestors, MissingParent, Work};
use crate::report::Preview;
use crate::verbs::restore::hooks::{
    ConfirmedWithAncestors, RestoreRead, changes, has_hooks, lock, missing, write_changes,
};
use crate::verbs::restore::{PreviewWithAncestors, RestoreOne};

/// A restore of one row that first writes values into it; made by [`RestoreOne::with_values`].
///
/// It runs in a transaction, so it takes a connection that is a `TransactionTrait` too.
#[derive(Clone, Debug)]
#[must_use = "nothing is restored until `exec` runs"]
pub struct RestoreWithValues<E: EntityTrait> {
    restore: RestoreOne<E>,
    values: E::ActiveModel,
    ancestors: Ancestors,
}

impl<E: SoftDeleteEntity> RestoreOne<E> {
    /// Writes these values into the row before it is restored: to restore a note into another folder, or under
    /// another name, if its own is trashed, gone or taken.
    ///
    /// The values that are `Set` are written, with one UPDATE. The primary key and the columns that describe the delete
    /// stay.
    ///
    /// A parent that the values name has to exist, and to be live, unless the restore is one with ancestors. Before the
    /// UPDATE, one SELECT for each such relation that cascades looks for the parent and locks it:
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/folders.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// let into = |folder| {
    ///     let values = note::ActiveModel { folder_id: Set(folder), ..Default::default() };
    ///     note::Entity::restore_by_id(1).with_values(values)
    /// };
    /// let preview = into(99).preview(db).await?; // there is no such folder
    /// assert_eq!((preview.gone[0].count, preview.gone[0].of.as_str()), (1, "folder"));
    /// let refused = into(99).exec(db).await.unwrap_err();
    /// assert!(matches!(refused, SoftDeleteError::ParentGone { .. }), "{refused}");
    /// assert_eq!(into(2).exec(db).await?.folder_id, 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// The values can also give the row another name:
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let values = note::ActiveModel {
    ///     title: Set("Milk (restored)".to_owned()),
    ///     ..Default::default()
    /// };
    /// let restore = note::Entity::restore_by_id(3).with_values(values);
    /// assert!(restore.preview(db).await?.is_allowed());
    /// assert_eq!(restore.exec(db).await?.title, "Milk (restored)");
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn with_values(self, values: E::ActiveModel) -> RestoreWithValues<E> {
        RestoreWithValues {
            restore: self,
            values,
            ancestors: Ancestors::Refuse,
        }
    }
}

impl<E: SoftDeleteEntity> RestoreWithValues<E> {
    /// Also restores the row's trashed ancestors, and the rows that were trashed with each ancestor.
    pub fn with_ancestors(mut self) -> Self {
        self.ancestors = Ancestors::Restore;
        self
    }

    /// Writes the values, restores the row and the rows that were trashed with it, and returns the restored row.
    ///
    /// # Errors
    ///
    /// The errors of [`RestoreOne::exec`], which judge the row with its new values. On error, nothing is written.
    pub async fn exec<C>(self, db: &C) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        family::atomically(db, Exec(self.validate()?, None)).await
    }

    /// Returns what this restore would do if it ran now. It writes the values in a transaction, reads, and rolls back.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::UniqueViolation`] if the values break a unique key that counts trashed rows too;
    /// [`SoftDeleteError::NotTrashed`] and [`SoftDeleteError::NotFound`], if there is no such row in the trash; and
    /// database errors.
    pub async fn preview<C>(&self, db: &C) -> Result<Preview, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let restore = self.clone().validate()?;
        let transaction = db.begin().await?;
        let preview = restore.preview_within(&transaction).await;
        transaction.rollback().await?;
        preview
    }

    /// Runs the restore if the row counts of every entity, and whatever forbids the restore, are still the ones in the
    /// preview, which must come from [`preview`](Self::preview) with the same values.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
    /// [`exec`](Self::exec). On error, nothing is written.
    pub async fn confirm<C>(self, preview: &Preview, db: &C) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        family::atomically(db, Exec(self.validate()?, Some(preview.clone()))).await
    }

    fn validate(self) -> Result<Self, SoftDeleteError> {
        Ok(Self {
            restore: self.restore.validate()?,
            ..self
        })
    }

    async fn preview_within<C: ConnectionTrait>(self, db: &C) -> Result<Preview, SoftDeleteError> {
        let ancestors = self.ancestors;
        let (restore, missing) = self.written(db).await?;
        of_written(&restore, &missing, ancestors, db).await
    }

    /// Locks the row and writes the values. A value that names a parent which does not exist is not written. Returns the
    /// restore of the row, and these parents.
    async fn written<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> Result<(RestoreOne<E>, Vec<MissingParent>), SoftDeleteError> {
        let row = lock(&self.restore, db).await?;
        let key = row.get_primary_key_value();
        let none = <E::ActiveModel as ActiveModelTrait>::default();
        let mut changes = changes(&none, &self.values);
        let values = E::Column::iter().map(|column| (column, row.get(column)));
        let missing = missing::<E, C>(&changes, values.collect(), &key, db).await?;
        let is_missing = |name| missing.iter().any(|parent| parent.is_named_by(name));
        changes.retain(|(column, _)| !is_missing(column.as_str()));
        write_changes(changes, none, &key, db).await?;
        Ok((RestoreOne::by_key(key), missing))
    }
}

/// What the restore of a row with written values would do, if these parents were missing.
async fn of_written<E, C>(
    restore: &RestoreOne<E>,
    missing: &[MissingParent],
    ancestors: Ancestors,
    db: &C,
) -> Result<Preview, SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    if let (Ancestors::Restore, []) = (ancestors, missing) {
        return PreviewWithAncestors(restore.many.clone()).run(db).await;
    }
    let mut preview = restore.preview(db).await?;
    for parent in missing {
        parent
            .show_in(&mut preview, restore.condition()?, db)
            .await?;
    }
    if ancestors == Ancestors::Restore {
        preview.orphans.clear();
    }
    Ok(preview)
}

/// Restores the row, if that still does what was previewed.
struct Exec<E: EntityTrait>(RestoreWithValues<E>, Option<Preview>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for Exec<E> {
    type Output = E::Model;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<E::Model, SoftDeleteError> {
        let Self(restore, preview) = self;
        let ancestors = restore.ancestors;
        let (restore, missing) = restore.written(db).await?;
        if let Some(parent) = missing.first() {
            if let Some(preview) = preview {
                preview.expect(of_written(&restore, &missing, ancestors, db).await?)?;
            }
            return Err(parent.error());
        }
        if let (Some(preview), Ancestors::Restore) = (&preview, ancestors) {
            let confirmed = ConfirmedWithAncestors(restore, preview.clone());
            return confirmed.run(db).await;
        }
        if let Some(preview) = preview {
            preview.expect(restore.preview(db).await?)?;
        }
        match has_hooks::<E>() {
            true => RestoreRead(restore, ancestors).run(db).await,
            false => restore.exec_within(ancestors, db).await,
        }
    }
}
