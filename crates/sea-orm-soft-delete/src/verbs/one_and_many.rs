//! What the builders of a delete, a force delete and a restore share.

/// Gives the builders of a verb, one for a row and one for many rows, what the verbs have in common.
///
/// The builder of one row holds the key and the builder of many rows, filtered by the key.
macro_rules! one_and_many {
    {
        $One:ident, $Many:ident: $Statement:ty,
        result: $Result:ident = $result:expr,
        key_not_set: $Error:ident = $key_not_set:expr,
        confirm_one: $confirm_one:expr,
        confirm_many: $confirm_many:expr,
        by_entity: $by_entity:expr,
    } => {
        impl<E: SoftDeleteEntity> $One<E> {
            pub(crate) fn of<A: ::sea_orm::ActiveModelTrait<Entity = E>>(model: &A) -> Self {
                Self::new(key::of_model(model))
            }

            pub(crate) fn by_id(key: <E::PrimaryKey as PrimaryKeyTrait>::ValueType) -> Self {
                Self::new(key::of_values::<E>(key))
            }

            /// Checks that the primary key is set.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`", stringify!($Error), "::PrimaryKeyNotSet`].")]
            pub fn validate(self) -> Result<Self, $Error> {
                match self.key {
                    Some(_) => Ok(self),
                    None => Err($key_not_set),
                }
            }

            /// Returns what this verb would do if it ran now: the number of rows of each entity, and
            /// whatever would forbid the verb.
            ///
            /// Nothing is written.
            ///
            /// # Errors
            ///
            /// [`SoftDeleteError::StatementEdited`], the error of [`validate`](Self::validate), and database
            /// errors.
            pub async fn preview<C>(&self, db: &C) -> Result<Preview, SoftDeleteError>
            where
                C: ConnectionTrait,
            {
                self.clone().validate()?.many.preview(db).await
            }

            /// Runs the verb if the row counts of every entity, and whatever forbids the verb, are still the
            /// ones in the preview. The preview must come from [`preview`](Self::preview) of the same verb
            /// with the same filters. This method compares counts, not rows: it does not notice when one row
            /// has replaced another.
            ///
            /// # Errors
            ///
            /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
            /// [`exec`](Self::exec). On error, nothing is written.
            pub async fn confirm<C>(
                self,
                preview: &Preview,
                db: &C,
            ) -> Result<$Result, SoftDeleteError>
            where
                C: ConnectionTrait + TransactionTrait,
            {
                let confirm = $confirm_one(self.validate()?, preview.clone());
                Ok($result(family::atomically(db, confirm).await?))
            }

            /// Does the same as [`exec`](Self::exec) without hooks, and returns how many rows of each entity it
            /// wrote: of this entity first, and of the entities below it. Empty if there is no such row.
            ///
            /// # Errors
            ///
            /// The errors of the verb on many rows.
            pub async fn exec_by_entity<C>(self, db: &C) -> Result<Vec<EntityRows>, SoftDeleteError>
            where
                C: ConnectionFor<E>,
            {
                self.validate()?.many.exec_by_entity(db).await
            }

            fn statement(self, backend: DbBackend) -> $Statement {
                self.many.statement(backend)
            }
        }

        impl<E: SoftDeleteEntity> $Many<E> {
            /// Restricts the verb to the rows with these primary keys.
            pub fn filter_by_ids<I>(self, keys: I) -> Self
            where
                I: IntoIterator<Item = <E::PrimaryKey as PrimaryKeyTrait>::ValueType>,
            {
                self.filter(key::is_one_of::<E, I>(keys))
            }

            /// Runs the verb if the row counts of every entity, and whatever forbids the verb, are still the
            /// ones in the preview. The preview must come from [`preview`](Self::preview) of the same verb
            /// with the same filters. This method compares counts, not rows: it does not notice when one row
            /// has replaced another.
            ///
            /// # Errors
            ///
            /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
            /// [`exec`](Self::exec). On error, nothing is written.
            pub async fn confirm<C>(
                self,
                preview: &Preview,
                db: &C,
            ) -> Result<$Result, SoftDeleteError>
            where
                C: ConnectionTrait + TransactionTrait,
            {
                let confirm = $confirm_many(self, preview.clone());
                Ok($result(family::atomically(db, confirm).await?))
            }

            /// Does the same as [`exec`](Self::exec), and returns how many rows of each entity it wrote: of
            /// this entity first, and of the entities below it.
            ///
            /// # Errors
            ///
            /// The errors of [`exec`](Self::exec).
            pub async fn exec_by_entity<C>(self, db: &C) -> Result<Vec<EntityRows>, SoftDeleteError>
            where
                C: ConnectionFor<E>,
            {
                family::run::<E, C, _>(db, $by_entity(self)).await
            }
        }

        $crate::query::filtered::queries!($One<E>, [SoftDeleteEntity], many.query, $Statement);
        $crate::query::filtered::queries!($Many<E>, [SoftDeleteEntity], query, $Statement);
    };
}

pub(crate) use one_and_many;
