//! The three treatments of a trashed row whose key a new row has: restore it with new values, restore
//! it unchanged, or remove it. Each function works on a locked row, in a transaction that has begun.

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
/// The values are written before the restore, so that the new values are the ones that may conflict
/// with live rows and that determine the parents of the row.
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
    // A hook can change neither the primary key nor the marker.
    for (column, value) in key::columns::<E>().zip(key.clone()) {
        model.set(column, value);
    }
    hooks::write(model, &key, db).await?;
    let restore = RestoreOne::<E>::by_key(key);
    let row = restore.exec_within(Ancestors::Refuse, db).await?;
    let row = <E::ActiveModel as RestoreBehavior>::after_restore(row, db).await?;
    Ok(<E::ActiveModel as ActiveModelBehavior>::after_save(row, db, false).await?)
}

/// Restores the trashed row unchanged, except for the values that a hook sets.
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

/// Removes the trashed row and its children.
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

/// The row with the values that are set in `new`. The primary key stays; the restore writes the columns
/// that describe the delete.
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
