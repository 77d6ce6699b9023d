//! `update`: changes one row, a live one unless the caller says otherwise.

use std::marker::PhantomData;

use sea_orm::sea_query::{UpdateStatement, ValueTuple};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, DbErr, EntityName, EntityTrait,
    QueryFilter, QueryTrait, Update, UpdateResult,
};

use crate::entity::SoftDeleteEntity;
use crate::entity::key;
use crate::entity::scope_comment;
use crate::query::filtered;
use crate::query::filtered::Filtered;
use crate::query::find_by_key;
use crate::query::returning;

/// Updates one row, if it is live: SeaORM's [`UpdateOne`](sea_orm::UpdateOne), without access to trashed rows.
/// [`update_with_trashed`](crate::SoftDelete::update_with_trashed) makes one that reaches them. Takes further filters.
#[doc(alias = "UpdateOne")]
#[derive(Clone, Debug)]
#[must_use = "nothing is updated until `exec` runs"]
pub struct UpdateLiveOne<A: ActiveModelTrait> {
    key: Option<ValueTuple>,
    query: Filtered<UpdateStatement>,
    is_live_only: bool,
    model: PhantomData<A>,
}

impl<A> UpdateLiveOne<A>
where
    A: ActiveModelTrait<Entity: SoftDeleteEntity>,
{
    pub(crate) fn new(model: A) -> Self {
        Self::of_any(model).filter(<A::Entity as SoftDeleteEntity>::is_live())
    }

    /// Updates one row, live or trashed. A model that sets the marker to "live" reaches a live row only, because an
    /// update restores nothing.
    pub(crate) fn with_trashed(model: A) -> Self {
        let marker = <A::Entity as SoftDeleteEntity>::soft_delete().marker();
        match model.get(marker.column()) {
            ActiveValue::Set(value) if !marker.says_trashed(&value) => Self::new(model),
            _ => Self {
                is_live_only: false,
                ..Self::of_any(model).filter(scope_comment::with_trashed::<A::Entity>())
            },
        }
    }

    /// Updates one trashed row.
    pub(crate) fn of_trashed(model: A) -> Self {
        Self::of_any(model)
            .filter(<A::Entity as SoftDeleteEntity>::is_trashed())
            .filter(scope_comment::with_trashed::<A::Entity>())
    }

    fn of_any(model: A) -> Self {
        let key = key::of_model(&model);
        let query = match (&key, Update::one(model).validate()) {
            (Some(_), Ok(update)) => update.into_query(),
            // `exec` rejects this statement, and the statement updates no row.
            _ => UpdateStatement::new()
                .table(A::Entity::default().table_ref())
                .cond_where(key::is::<A::Entity>(None))
                .to_owned(),
        };
        Self {
            key,
            query: Filtered::new(query),
            is_live_only: true,
            model: PhantomData,
        }
    }

    /// Checks that the primary key is set.
    ///
    /// # Errors
    ///
    /// [`DbErr::PrimaryKeyNotSet`].
    pub fn validate(self) -> Result<Self, DbErr> {
        match self.key {
            Some(_) => Ok(self),
            None => Err(DbErr::PrimaryKeyNotSet { ctx: "UpdateOne" }),
        }
    }

    /// Writes the values that are `Set` and returns the updated row.
    ///
    /// If nothing is `Set`, the row is only read, by its key, and filters are ignored, as in SeaORM.
    /// MySQL and MariaDB cannot return the rows that they update, so a second statement reads the row
    /// there.
    ///
    /// # Errors
    ///
    /// SeaORM's errors for a missing row: [`DbErr::RecordNotUpdated`], or [`DbErr::RecordNotFound`] if
    /// nothing is `Set` or, on MySQL and MariaDB, the update changes the key of the row. A trashed row
    /// counts as missing, unless `update_with_trashed` made this. And [`DbErr::PrimaryKeyNotSet`].
    pub async fn exec<C>(self, db: &C) -> Result<<A::Entity as EntityTrait>::Model, DbErr>
    where
        C: ConnectionTrait,
    {
        let this = self.validate()?;
        let by_key = find_by_key::find::<A::Entity>(this.key.as_ref());
        let not_found = || DbErr::RecordNotFound("Failed to find updated item".to_owned());
        if this.query.statement().get_values().is_empty() {
            // SeaORM would use a plain `find_by_id`, which also finds trashed rows.
            let row = match this.is_live_only {
                true => by_key.filter(<A::Entity as SoftDeleteEntity>::is_live()),
                false => by_key,
            };
            return row.one(db).await?.ok_or_else(not_found);
        }
        if returning::is_supported(db) {
            let update = this.statement(db.get_database_backend());
            let mut updated = returning::all::<A::Entity, _>(update, db).await?;
            return updated.pop().ok_or(DbErr::RecordNotUpdated);
        }
        this.exec_without_returning(db).await?;
        // Without the scope, because the update itself may have set the marker by hand.
        by_key.one(db).await?.ok_or_else(not_found)
    }

    /// Writes the values that are `Set`. If nothing is `Set`, does nothing.
    ///
    /// # Errors
    ///
    /// [`DbErr::RecordNotUpdated`] if there is no such row, and
    /// [`DbErr::PrimaryKeyNotSet`].
    pub async fn exec_without_returning<C>(self, db: &C) -> Result<UpdateResult, DbErr>
    where
        C: ConnectionTrait,
    {
        let this = self.validate()?;
        let mut updated = UpdateResult::default();
        if this.query.statement().get_values().is_empty() {
            return Ok(updated);
        }
        let update = this.statement(db.get_database_backend());
        updated.rows_affected = db.execute(&update).await?.rows_affected();
        match updated.rows_affected {
            0 => Err(DbErr::RecordNotUpdated),
            _ => Ok(updated),
        }
    }

    fn statement(self, _: DbBackend) -> UpdateStatement {
        self.query.into_statement()
    }
}

filtered::queries!(
    UpdateLiveOne<A>,
    [ActiveModelTrait<Entity: SoftDeleteEntity>],
    query,
    UpdateStatement
);
