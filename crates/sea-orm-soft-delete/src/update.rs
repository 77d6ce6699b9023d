//! `update`: changes to one live row.

use sea_orm::sea_query::ValueTuple;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryTrait, Update, UpdateResult, ValidatedUpdateOne,
};

use crate::entity::SoftDeleteEntity;
use crate::key;

/// An update of one live row; SeaORM's [`UpdateOne`](sea_orm::UpdateOne), kept from trashed rows.
#[derive(Clone, Debug)]
pub struct UpdateOne<A: ActiveModelTrait> {
    update: Result<ValidatedUpdateOne<A>, DbErr>,
    key: Option<ValueTuple>,
}

impl<A> UpdateOne<A>
where
    A: ActiveModelTrait<Entity: SoftDeleteEntity>,
{
    pub(crate) fn new(model: A) -> Self {
        let key = model.get_primary_key_value();
        let update = Update::one(model)
            .validate()
            .map(|update| update.filter(<A::Entity as SoftDeleteEntity>::is_live()));
        Self { update, key }
    }

    /// The plain SeaORM builder, with the condition that the row is live, to add filters to.
    ///
    /// # Errors
    ///
    /// [`DbErr::PrimaryKeyNotSet`].
    pub fn validate(self) -> Result<ValidatedUpdateOne<A>, DbErr> {
        self.update
    }

    /// Writes the values that are `Set` and returns the row as it is then.
    ///
    /// If nothing is `Set`, the row is only read.
    ///
    /// # Errors
    ///
    /// What SeaORM says when there is no such row: [`DbErr::RecordNotUpdated`], or
    /// [`DbErr::RecordNotFound`] if nothing is `Set`. A trashed row is no such row.
    pub async fn exec<C>(self, db: &C) -> Result<<A::Entity as EntityTrait>::Model, DbErr>
    where
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
        C: ConnectionTrait,
    {
        let update = self.update?;
        if !update.as_query().get_values().is_empty() {
            return update.exec(db).await;
        }
        // SeaORM would answer from a plain `find_by_id`, which sees trashed rows.
        let key = self.key.ok_or(DbErr::UpdateGetPrimaryKey)?;
        <A::Entity as EntityTrait>::find()
            .filter(key::is::<A::Entity>(&key))
            .filter(<A::Entity as SoftDeleteEntity>::is_live())
            .one(db)
            .await?
            .ok_or_else(|| DbErr::RecordNotFound("Failed to find updated item".to_owned()))
    }

    /// Writes the values that are `Set`. If nothing is, does nothing.
    ///
    /// # Errors
    ///
    /// [`DbErr::RecordNotUpdated`] if there is no such live row.
    pub async fn exec_without_returning<C>(self, db: &C) -> Result<UpdateResult, DbErr>
    where
        C: ConnectionTrait,
    {
        let update = self.update?;
        if update.as_query().get_values().is_empty() {
            return Ok(UpdateResult::default());
        }
        update.exec_without_returning(db).await
    }
}
