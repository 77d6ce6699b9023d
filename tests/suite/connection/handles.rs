//! The ways to make a scoped connection, and to get the inner connection back.

use std::sync::{Arc, Mutex};

use sea_orm::prelude::*;
use sea_orm::{
    DatabaseExecutor, DatabaseTransaction, RestrictedConnection, RestrictedTransaction,
    StreamTrait, TransactionSession, TransactionTrait,
};
use sea_orm_soft_delete::{ConnectionRef, Scopable, Scope, ScopedConnection};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

use super::{tag, tags};
use crate::entities::{ids, note, one_trashed_one_live};
use crate::harness::on_every_database;

/// The trait bounds that the state of a web service needs.
const fn is_state<T: Clone + Send + Sync + 'static>() {}
const fn is_connection<T: ConnectionTrait + TransactionTrait + Send>() {}
const fn is_stream<T: StreamTrait>() {}
const fn is_transaction<T>()
where
    T: ConnectionTrait + TransactionTrait<Transaction = T> + TransactionSession + Send,
{
}
const fn is_copy<T: Copy>() {}

const _: () = {
    type Scoped<C> = ScopedConnection<C>;
    type Lifted<'a, C> = Scoped<ConnectionRef<'a, Scoped<ConnectionRef<'a, C>>>>;

    is_state::<Scope>();
    is_state::<Scoped<DatabaseConnection>>();
    is_state::<Scoped<RestrictedConnection>>();
    is_state::<Scoped<ConnectionRef<'static, DatabaseTransaction>>>();
    is_copy::<ConnectionRef<'static, DatabaseTransaction>>();

    is_connection::<Scoped<DatabaseConnection>>();
    is_connection::<Scoped<RestrictedConnection>>();
    is_connection::<Scoped<DatabaseExecutor<'static>>>();
    is_connection::<Lifted<'static, DatabaseConnection>>();
    is_connection::<Lifted<'static, DatabaseTransaction>>();
    is_stream::<Scoped<DatabaseConnection>>();
    is_stream::<Scoped<DatabaseTransaction>>();
    is_stream::<Lifted<'static, DatabaseTransaction>>();

    is_transaction::<Scoped<DatabaseTransaction>>();
    is_transaction::<Scoped<RestrictedTransaction>>();
    is_transaction::<<Lifted<'static, DatabaseConnection> as TransactionTrait>::Transaction>();
};

#[derive(Clone)]
struct AppState {
    db: ScopedConnection<DatabaseConnection>,
}

/// A library function that scopes the connection that it receives.
async fn live(db: &impl Scopable) -> Result<Vec<i32>, DbErr> {
    Ok(ids(&note::Entity::find().all(&db.scoped()).await?))
}

on_every_database! {
    async fn a_scoped_connection_is_the_state_of_a_service(db: &TestDb) {
        one_trashed_one_live(db).await;
        let state = AppState { db: db.scoped() };
        let requests = [state.clone(), state].map(|state| {
            tokio::spawn(async move { note::Entity::find().count(&state.db).await })
        });
        for request in requests {
            assert_eq!(request.await.unwrap()?, 1);
        }
    }

    async fn a_library_function_can_scope_any_connection(db: &TestDb) {
        one_trashed_one_live(db).await;
        assert_eq!(live(&**db).await?, [2]);
        assert_eq!(live(&db.scoped()).await?, [2]);
        assert_eq!(live(&db.scoped().scoped()).await?, [2]);
        assert_eq!(live(&DatabaseExecutor::from(&**db)).await?, [2]);
        let txn = db.begin().await?;
        assert_eq!(live(&txn).await?, [2]);
        assert_eq!(live(&DatabaseExecutor::from(&txn)).await?, [2]);
        let nested = txn.scoped().begin().await?;
        assert_eq!(live(&nested).await?, [2]);
        nested.commit().await?;
        let owned = DatabaseExecutor::OwnedTransaction(txn.begin().await?);
        assert_eq!(live(&owned).await?, [2]);
    }

    async fn a_handle_borrows_its_transaction(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let txn = db.begin().await?;
        let scoped = txn.scoped();
        tag::Entity::insert(tag::new(1)).exec(&scoped).await?;
        txn.commit().await?;
        assert_eq!(tags(db).await, [1]);
    }

    async fn a_connection_can_be_scoped_with_a_given_scope(db: &TestDb) {
        one_trashed_one_live(db).await;
        let scope = Scope::registered();
        for scoped in [
            db.scoped_with(&scope),
            ScopedConnection::with_scope((**db).clone(), scope.clone()),
            ScopedConnection::new((**db).clone()),
        ] {
            assert_eq!(note::Entity::find().count(&scoped).await?, 1);
            let again = scoped.scoped_with(scoped.scope());
            assert_eq!(note::Entity::find().count(&again).await?, 1);
        }
    }

    async fn a_scoped_connection_returns_its_inner_connection(db: &TestDb) {
        one_trashed_one_live(db).await;
        let plain = <note::Entity as EntityTrait>::find();
        let scoped = db.scoped();
        assert_eq!(plain.clone().count(scoped.unscoped()).await?, 2);
        let inner: DatabaseConnection = scoped.into_unscoped();
        assert_eq!(plain.clone().count(&inner).await?, 2);
        let txn: DatabaseTransaction = inner.scoped().begin().await?.into_unscoped();
        assert_eq!(plain.clone().count(&txn).await?, 2);
        let lent: ConnectionRef<'_, DatabaseTransaction> = txn.scoped().into_unscoped();
        assert_eq!(plain.count(lent.get_ref()).await?, 2);
    }
}

/// Records the places where code left the scoped connection.
#[derive(Clone, Default)]
struct Exits(Arc<Mutex<Vec<String>>>);

impl Subscriber for Exits {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("sea_orm_soft_delete")
    }

    fn event(&self, event: &Event<'_>) {
        assert_eq!(*event.metadata().level(), tracing::Level::DEBUG);
        event.record(&mut self.clone());
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl Visit for Exits {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "caller" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

#[test]
fn leaving_a_scoped_connection_emits_an_event_with_the_location() {
    let exits = Exits::default();
    let mut lines = [0; 2];
    tracing::subscriber::with_default(exits.clone(), || {
        let scoped = DatabaseConnection::default().scoped();
        lines[0] = line!() + 1;
        scoped.unscoped();
        lines[1] = line!() + 1;
        scoped.into_unscoped();
    });
    let left = exits.0.lock().unwrap();
    assert_eq!(left.len(), 2);
    for (left, line) in left.iter().zip(lines) {
        let place = format!("{}:{line}:", file!());
        assert!(left.starts_with(&place), "{left} is not at {place}");
    }
}
