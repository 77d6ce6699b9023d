//! The restore of one row between its hooks. The values that `before_restore` sets are written before
//! the row is restored, so that the new values are the ones that may conflict with live rows and that
//! determine the parents of the row.

use sea_orm::sea_query::ValueTuple;
use sea_orm::{
    ActiveModelTrait, ActiveValue, Condition, ConnectionTrait, EntityTrait, IdenStatic,
    IntoActiveModel, Iterable, ModelTrait, QueryFilter, QuerySelect, Value,
};

use crate::entity::behavior::RestoreBehavior;
use crate::entity::key;
use crate::entity::{SoftDeleteEntity, is_trashed};
use crate::error::SoftDeleteError;
use crate::family::counts::{self, Change};
use crate::family::{self, Ancestors, Family, Graph, MissingParent, Work};
use crate::query::find_by_key;
use crate::query::unique_violation;
use crate::report::Preview;
use crate::verbs::restore::{Confirm, RestoreOne, gather, why_not};
use crate::verbs::update::UpdateLiveOne;

/// Whether the entity has hooks that may do something when one row is restored.
pub(crate) fn has_hooks<E: SoftDeleteEntity>() -> bool {
    !<E::ActiveModel as RestoreBehavior>::IS_EMPTY
}

/// Restores the identified row with the values in the database.
pub(crate) struct RestoreRead<E: EntityTrait>(pub(crate) RestoreOne<E>, pub(crate) Ancestors);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for RestoreRead<E> {
    type Output = E::Model;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<E::Model, SoftDeleteError> {
        let Self(restore, ancestors) = self;
        let row = lock(&restore, db).await?;
        let key = row.get_primary_key_value();
        let (_, row) = between_hooks(row.into_active_model(), key, ancestors, db).await?;
        Ok(row)
    }
}

/// Restores the row of a model that the caller has; also returns the model that `before_restore`
/// returned.
pub(crate) struct RestoreGiven<A>(pub(crate) A);

#[async_trait::async_trait]
impl<A> Work for RestoreGiven<A>
where
    A: RestoreBehavior + ActiveModelTrait<Entity: SoftDeleteEntity> + Send,
{
    type Output = (A, <A::Entity as EntityTrait>::Model);

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Self::Output, SoftDeleteError> {
        let row = lock(&RestoreOne::of(&self.0).validate()?, db).await?;
        let key = row.get_primary_key_value();
        between_hooks(self.0, key, Ancestors::Refuse, db).await
    }
}

/// Restores the identified row, between its hooks, if the restore still does what was previewed.
pub(crate) struct RestoreConfirmed<E: EntityTrait>(pub(crate) RestoreOne<E>, pub(crate) Preview);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for RestoreConfirmed<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(restore, preview) = self;
        if !has_hooks::<E>() {
            return Confirm(restore.many, preview).run(db).await;
        }
        let row = match lock(&restore, db).await {
            Ok(row) => row,
            Err(refused) => {
                preview.expect(restore.preview(db).await?)?;
                return Err(refused);
            }
        };
        preview.expect(restore.preview(db).await?)?;
        let key = row.get_primary_key_value();
        before(row.into_active_model(), &key, db).await?;
        let family = Family::for_entity::<E>()?;
        let by_key = RestoreOne::<E>::by_key(key.clone());
        let rows = by_key.condition()?;
        let operations = family::operations_of(&family, rows, db).await?;
        let done = family::restore(&family, rows, operations, Ancestors::Refuse, db).await?;
        if let Some(changed) = preview.differs_from(&family, &done) {
            return Err(changed);
        }
        if let Some(row) = find_by_key::find_as_of_now::<E, C>(Some(&key), db).await? {
            <E::ActiveModel as RestoreBehavior>::after_restore(row, db).await?;
        }
        Ok(1)
    }
}

/// Restores the identified row with its ancestors, between its hooks, if that still does what was previewed.
pub(crate) struct ConfirmedWithAncestors<E: EntityTrait>(
    pub(crate) RestoreOne<E>,
    pub(crate) Preview,
);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ConfirmedWithAncestors<E> {
    type Output = E::Model;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<E::Model, SoftDeleteError> {
        let Self(restore, preview) = self;
        let row = lock(&restore, db).await;
        let family = Family::for_entity::<E>()?;
        let (gathered, now, _) = gather(&family, &restore.many, db).await?;
        preview.expect(now)?;
        let row = row?;
        let key = row.get_primary_key_value();
        before(row.into_active_model(), &key, db).await?;
        gathered.make_live(Ancestors::Restore, db).await?;
        match find_by_key::find_as_of_now::<E, C>(Some(&key), db).await? {
            Some(row) if !is_trashed(&row) => {
                <E::ActiveModel as RestoreBehavior>::after_restore(row, db)
                    .await
                    .map_err(Into::into)
            }
            row => Err(why_not::<E>(Some(&key), row)),
        }
    }
}

/// Restores the locked row of this model, between the hooks; also returns the model that
/// `before_restore` returned.
pub(crate) async fn between_hooks<A, C>(
    model: A,
    key: ValueTuple,
    ancestors: Ancestors,
    db: &C,
) -> Result<(A, <A::Entity as EntityTrait>::Model), SoftDeleteError>
where
    A: RestoreBehavior + ActiveModelTrait<Entity: SoftDeleteEntity> + Send,
    C: ConnectionTrait,
{
    let pending = before(model, &key, db).await?;
    let restore = RestoreOne::<A::Entity>::by_key(key);
    let restored = restore.exec_within(ancestors, db).await?;
    let restored = A::after_restore(restored, db).await?;
    Ok((pending, restored))
}

/// Runs `before_restore`, and writes the values that it set into the row with this key. The row stays
/// trashed.
async fn before<A, C>(model: A, key: &ValueTuple, db: &C) -> Result<A, SoftDeleteError>
where
    A: RestoreBehavior + ActiveModelTrait<Entity: SoftDeleteEntity> + Send,
    C: ConnectionTrait,
{
    let given = model.clone();
    let pending = model.before_restore(db).await?;
    let changes = changes(&given, &pending);
    let columns = ColumnOf::<A>::iter();
    let values = columns.filter_map(|column| Some((column, pending.get(column).into_value()?)));
    let missing = missing::<A::Entity, C>(&changes, values.collect(), key, db).await?;
    if let Some(parent) = missing.first() {
        return Err(parent.error());
    }
    write_changes(changes, pending.clone(), key, db).await?;
    Ok(pending)
}

/// The parents that these changes name and that do not exist. `values` are what the row holds before, as far as it is
/// known.
pub(super) async fn missing<E, C>(
    changes: &[(E::Column, Value)],
    mut values: Vec<(E::Column, Value)>,
    key: &ValueTuple,
    db: &C,
) -> Result<Vec<MissingParent>, SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    let node = Graph::registered().node_for::<E>()?;
    // The first value of a column counts.
    values.splice(..0, changes.iter().cloned());
    let new: Vec<&str> = changes.iter().map(|(column, _)| column.as_str()).collect();
    let values = values.into_iter();
    let values: Vec<(&str, Value)> = values
        .map(|(column, value)| (column.as_str(), value))
        .collect();
    let key = key::spell::<E>(Some(key));
    family::missing_parents(node, &key, &new, &values, db).await
}

/// Writes these values into the trashed row. The values of the model do not count.
pub(super) async fn write_changes<A, C>(
    changes: Vec<(ColumnOf<A>, Value)>,
    mut model: A,
    key: &ValueTuple,
    db: &C,
) -> Result<(), SoftDeleteError>
where
    A: ActiveModelTrait<Entity: SoftDeleteEntity> + Send,
    C: ConnectionTrait,
{
    if changes.is_empty() {
        return Ok(());
    }
    for column in ColumnOf::<A>::iter() {
        model.not_set(column);
    }
    for (column, value) in key::columns::<A::Entity>().zip(key.clone()) {
        model.set(column, value);
    }
    for (column, value) in changes {
        model.set(column, value);
    }
    write(model, key, db).await
}

/// Writes the values that are set into the trashed row, which may then belong to another parent.
pub(crate) async fn write<A, C>(model: A, key: &ValueTuple, db: &C) -> Result<(), SoftDeleteError>
where
    A: ActiveModelTrait<Entity: SoftDeleteEntity> + Send,
    C: ConnectionTrait,
{
    let node = Graph::registered().node_for::<A::Entity>()?;
    let is_written = |name: &str| {
        let mut columns = <A::Entity as EntityTrait>::Column::iter();
        columns.any(|column| column.as_str() == name && model.get(column).is_set())
    };
    let moves = counts::depend_on(node, is_written);
    let rows = || Condition::all().add(key::is::<A::Entity>(Some(key)));
    if moves {
        counts::apply_to(node, rows(), Change::Leave, db).await?;
    }
    let update = UpdateLiveOne::of_trashed(&model);
    match update.exec_without_returning(db).await {
        Ok(_) if moves => counts::apply_to(node, rows(), Change::Arrive, db).await,
        Ok(_) => Ok(()),
        Err(error) => Err(unique_violation::of_restore(
            error,
            key::entity_name::<A::Entity>(),
            Some(key::spell::<A::Entity>(Some(key))),
        )),
    }
}

pub(super) type ColumnOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;

/// The values that are set in the pending model, except values that were set in the given one, the primary key, and the columns that describe the delete, which the restore writes.
pub(super) fn changes<A>(given: &A, pending: &A) -> Vec<(ColumnOf<A>, Value)>
where
    A: ActiveModelTrait<Entity: SoftDeleteEntity>,
{
    let columns = <A::Entity as SoftDeleteEntity>::soft_delete();
    let stays: Vec<&str> = key::columns::<A::Entity>()
        .chain(columns.written())
        .map(|column| column.as_str())
        .collect();
    let mut changes = Vec::new();
    for column in ColumnOf::<A>::iter() {
        if stays.contains(&column.as_str()) {
            continue;
        }
        let was_pending = match given.get(column) {
            ActiveValue::Set(value) => Some(value),
            ActiveValue::Unchanged(_) | ActiveValue::NotSet => None,
        };
        match pending.get(column) {
            ActiveValue::Set(value) if was_pending.as_ref() != Some(&value) => {
                changes.push((column, value));
            }
            _ => {}
        }
    }
    changes
}

/// The row to restore, locked to the end of the transaction.
pub(super) async fn lock<E, C>(restore: &RestoreOne<E>, db: &C) -> Result<E::Model, SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    family::write_first::<E, C>(db).await?;
    let find = <E as EntityTrait>::find().filter(restore.condition()?.clone());
    if let Some(row) = find.lock_exclusive().one(db).await? {
        return Ok(row);
    }
    let row = find_by_key::find_as_of_now::<E, C>(restore.key(), db).await?;
    Err(why_not::<E>(restore.key(), row))
}
