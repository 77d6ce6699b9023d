//! loco: `AppContext` stands for that of `loco_rs`, which brings about 400 crates.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, TransactionSession, TransactionTrait, prelude::*,
};
use sea_orm_soft_delete::{Scopable, ScopedConnection};

use crate::entities::{author, note};

/// Stands for `loco_rs::app::AppContext`: the two fields that matter here.
#[derive(Clone)]
pub struct AppContext {
    pub db: DatabaseConnection,
    pub shared_store: Arc<SharedStore>,
}

/// Stands for `loco_rs::app::SharedStore`.
#[derive(Default)]
pub struct SharedStore(Mutex<HashMap<TypeId, Box<dyn Any + Send>>>);

impl SharedStore {
    pub fn insert<T: 'static + Send + Sync>(&self, value: T) {
        let mut store = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        store.insert(TypeId::of::<T>(), Box::new(value));
    }

    pub fn get<T: 'static + Send + Sync + Clone>(&self) -> Option<T> {
        let store = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        store.get(&TypeId::of::<T>())?.downcast_ref::<T>().cloned()
    }
}

// From here on, the code of the page.

/// A handler. `scoped()` clones the pool's handle, so it costs nothing to call it for each request.
pub async fn list(ctx: &AppContext) -> Result<Vec<(note::Model, Option<author::Model>)>, DbErr> {
    let db = ctx.db.scoped();
    // The join shows live notes, each with its author if that is live.
    <note::Entity as EntityTrait>::find()
        .find_also_related(author::Entity)
        .all(&db)
        .await
}

/// A model function for handlers, workers, tasks and tests: the caller decides whether it is scoped.
pub async fn titles_of<C: ConnectionTrait>(author: i32, db: &C) -> Result<Vec<String>, DbErr> {
    let notes = <note::Entity as EntityTrait>::find().filter(note::Column::AuthorId.eq(author));
    Ok(notes
        .all(db)
        .await?
        .into_iter()
        .map(|note| note.title)
        .collect())
}

/// A model function that begins a transaction. It is scoped, if the connection is.
pub async fn rename<C>(author: i32, title: &str, db: &C) -> Result<(), DbErr>
where
    C: ConnectionTrait + TransactionTrait,
{
    let txn = db.begin().await?;
    let update =
        <note::Entity as EntityTrait>::update_many().filter(note::Column::AuthorId.eq(author));
    update
        .col_expr(note::Column::Title, title.into())
        .exec(&txn)
        .await?;
    txn.commit().await
}

/// A scope of your own, made once in `Hooks::after_context`.
pub fn after_context(ctx: AppContext) -> AppContext {
    ctx.shared_store.insert(ctx.db.scoped());
    ctx
}

/// The connection that [`after_context`] stored; `None` before.
pub fn stored(ctx: &AppContext) -> Option<ScopedConnection<DatabaseConnection>> {
    ctx.shared_store.get()
}

/// A background worker keeps the context, and a task gets it: both scope the connection when they run.
pub struct DigestWorker {
    pub ctx: AppContext,
}

impl DigestWorker {
    pub async fn perform(&self, author: i32) -> Result<usize, DbErr> {
        let db = self.ctx.db.scoped();
        Ok(titles_of(author, &db).await?.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::tests::database;

    async fn context() -> AppContext {
        let ctx = AppContext {
            db: database().await,
            shared_store: Arc::default(),
        };
        after_context(ctx)
    }

    #[tokio::test]
    async fn a_handler_shows_live_rows_only() {
        let ctx = context().await;
        let notes = list(&ctx).await.unwrap();
        let notes: Vec<_> = notes
            .iter()
            .map(|(note, author)| (note.title.as_str(), author.is_some()))
            .collect();
        assert_eq!(notes, [("kept", true), ("left", false)]);
    }

    #[tokio::test]
    async fn a_model_function_sees_what_the_connection_shows() {
        let ctx = context().await;
        let db = stored(&ctx).unwrap();
        assert_eq!(titles_of(1, &db).await.unwrap(), ["kept"]);
        assert_eq!(titles_of(1, &ctx.db).await.unwrap(), ["kept", "gone"]);
        assert_eq!(
            DigestWorker { ctx: ctx.clone() }.perform(1).await.unwrap(),
            1
        );
        rename(1, "new", &db).await.unwrap();
        assert_eq!(
            titles_of(1, &db.with_trashed()).await.unwrap(),
            ["new", "gone"]
        );
    }
}
