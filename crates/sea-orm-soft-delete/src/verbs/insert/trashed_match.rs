//! What becomes of a trashed row whose key a new one has: it is restored, with other values or as it
//! is, or removed. Each is done to a row that is locked, in a transaction that has begun.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ConnectionTrait, IdenStatic,
    IntoActiveModel, Iterable, ModelTrait,
};

use crate::entity::SoftDeleteEntity;
use crate::entity::behavior::RestoreBehavior;
use crate::entity::key;
use crate::error::SoftDeleteError;
use crate::family::Ancestors;
use crate::verbs::force_delete::ForceDeleteOne;
use crate::verbs::restore::RestoreOne;
use crate::verbs::restore::hooks;

/// Gives the trashed row the values that are set in `new`, and restores it.
///
/// The values come first: those that the row is restored with are the ones to clash, or not, with
/// live rows, and to say which rows it belongs to.
pub(crate) async fn revive<E, C>(
    row: E::Model,
    new: E::ActiveModel,
    db: &C,
) -> Result<E::Model, SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    let key = row.get_primary_key_value();
    let model = with_values_of::<E>(row, &new);
    drop(new);
    let model = model.before_save(db, false).await?;
    let mut model = model.before_restore(db).await?;
    for column in E::soft_delete().written() {
        model.not_set(column);
    }
    // A hook says neither which row it is nor whether it is trashed.
    for (column, value) in key::columns::<E>().zip(key.clone()) {
        model.set(column, value);
    }
    hooks::write(model, &key, db).await?;
    let restore = RestoreOne::<E>::by_key(key);
    let row = restore.exec_within(Ancestors::Refuse, db).await?;
    let row = <E::ActiveModel as RestoreBehavior>::after_restore(row, db).await?;
    Ok(<E::ActiveModel as ActiveModelBehavior>::after_save(row, db, false).await?)
}

/// Restores the trashed row as it is, but for what a hook sets.
pub(crate) async fn restore<E, C>(row: E::Model, db: &C) -> Result<E::Model, SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    let key = row.get_primary_key_value();
    let model = row.into_active_model();
    let (_, row) = hooks::between_hooks(model, key, Ancestors::Refuse, db).await?;
    Ok(row)
}

/// Removes the trashed row, and what belongs to it.
pub(crate) async fn remove<E, C>(row: E::Model, db: &C) -> Result<(), SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    let model = row.into_active_model().before_delete(db).await?;
    let delete = ForceDeleteOne::<E>::of(&model).only_trashed();
    delete.exec_within(db).await?;
    model.after_delete(db).await?;
    Ok(())
}

/// The row, with the values that are set in `new`; but its primary key stays, and the columns that
/// its trash is kept in are for the restore to write.
fn with_values_of<E: SoftDeleteEntity>(row: E::Model, new: &E::ActiveModel) -> E::ActiveModel {
    let mut model = row.into_active_model();
    let stays: Vec<&str> = key::columns::<E>()
        .chain(E::soft_delete().written())
        .map(|column| column.as_str())
        .collect();
    for column in E::Column::iter() {
        if stays.contains(&column.as_str()) {
            continue;
        }
        if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = new.get(column) {
            model.set_if_not_equals(column, value);
        }
    }
    model
}
