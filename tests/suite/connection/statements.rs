//! Statements: each method calls the same method of the inner connection.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    DbBackend, FromQueryResult, MockDatabase, MockExecResult, QueryTrait, Schema, Statement,
    StreamTrait, TryIntoModel,
};
use sea_orm_soft_delete::{ConnectionRef, Scopable, ScopedConnection};

use super::probe::Probe;
use super::{tag, tags};
use crate::entities::{ids, note, one_trashed_one_live, row};
use crate::harness::{TestResult, on_every_database};

fn all_tags() -> SelectStatement {
    let mut tags = tag::Entity::find();
    QueryTrait::query(&mut tags).take()
}

fn raw(db: &impl ConnectionTrait, sql: &str) -> Statement {
    Statement::from_string(db.get_database_backend(), sql)
}

fn id(row: &sea_orm::QueryResult) -> i32 {
    row.try_get("", "id").unwrap()
}

on_every_database! {
    async fn every_way_to_execute_reaches_the_database(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let scoped = db.scoped();
        let insert = Query::insert()
            .into_table(tag::Entity)
            .columns([tag::Column::Id, tag::Column::Name])
            .values_panic([1.into(), "One".into()])
            .take();
        assert_eq!(scoped.execute(&insert).await?.rows_affected(), 1);
        let backend = db.get_database_backend();
        let insert = tag::Entity::insert(tag::new(2)).build(backend);
        assert_eq!(scoped.execute_raw(insert).await?.rows_affected(), 1);
        let insert = "INSERT INTO tag (id, name) VALUES (3, 'Three'), (4, 'Four')";
        assert_eq!(scoped.execute_unprepared(insert).await?.rows_affected(), 2);
        assert_eq!(tags(db).await, [1, 2, 3, 4]);
    }

    async fn every_way_to_query_reaches_the_database(db: &TestDb) {
        db.create_table(tag::Entity).await;
        tag::Entity::insert_many([tag::new(1), tag::new(2)]).exec(&**db).await?;
        let scoped = db.scoped();
        let by_id = "SELECT id, name FROM tag ORDER BY id";
        let one = scoped.query_one(&all_tags()).await?.unwrap();
        assert_eq!(tag::Model::from_query_result(&one, "")?.name, "Tag 1");
        assert_eq!(id(&scoped.query_one_raw(raw(&scoped, by_id)).await?.unwrap()), 1);
        assert_eq!(scoped.query_all(&all_tags()).await?.len(), 2);
        let all = scoped.query_all_raw(raw(&scoped, by_id)).await?;
        assert_eq!(all.iter().map(id).collect::<Vec<_>>(), [1, 2]);
        let streamed: Vec<_> = scoped.stream(&all_tags()).await?.try_collect().await?;
        assert_eq!(streamed.len(), 2);
        let streamed: Vec<_> = scoped.stream_raw(raw(&scoped, by_id)).await?.try_collect().await?;
        assert_eq!(streamed.iter().map(id).collect::<Vec<_>>(), [1, 2]);
        let streamed: Vec<_> = tag::Entity::find().stream(&scoped).await?.try_collect().await?;
        assert_eq!(streamed.len(), 2);
    }

    async fn a_transaction_and_a_lifted_handle_query_and_stream_too(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let scoped = db.scoped();
        let txn = sea_orm::TransactionTrait::begin(&scoped).await?;
        tag::Entity::insert(tag::new(1)).exec(&txn).await?;
        assert_eq!(txn.query_all(&all_tags()).await?.len(), 1);
        // A stream of a transaction locks its connection until it is dropped.
        let streamed: Vec<_> = txn.stream(&all_tags()).await?.try_collect().await?;
        assert_eq!(streamed.len(), 1);
        let lifted = txn.with_trashed();
        let streamed: Vec<_> = lifted.stream(&all_tags()).await?.try_collect().await?;
        assert_eq!(streamed.len(), 1);
        assert_eq!(tag::Entity::find().all(&lifted).await?.len(), 1);
        txn.commit().await?;
        assert_eq!(tags(db).await, [1]);
    }

    async fn schema_statements_pass(db: &TestDb) {
        let scoped = db.scoped();
        let schema = Schema::new(scoped.get_database_backend());
        scoped.execute(&schema.create_table_from_entity(tag::Entity)).await?;
        tag::Entity::insert(tag::new(1)).exec(&scoped).await?;
        scoped.execute_unprepared("DROP TABLE tag").await?;
        assert!(tag::Entity::find().all(&scoped).await.is_err());
    }

    async fn errors_of_the_database_are_returned_unchanged(db: &TestDb) {
        db.create_table(tag::Entity).await;
        tag::Entity::insert(tag::new(1)).exec(&**db).await?;
        let scoped = db.scoped();
        let clash = tag::Entity::insert(tag::new(1));
        let error = clash.exec_without_returning(&scoped).await.unwrap_err();
        let expected = sea_orm::SqlErr::UniqueConstraintViolation(String::new());
        let found = error.sql_err().unwrap();
        assert_eq!(std::mem::discriminant(&found), std::mem::discriminant(&expected));
    }

    async fn the_verbs_work_on_a_scoped_connection(db: &TestDb) {
        one_trashed_one_live(db).await;
        let scoped = db.scoped();
        assert_eq!(ids(&note::Entity::find().all(&scoped).await?), [2]);
        let here = note::Entity::find_by_id(2).one(&scoped).await?.unwrap();
        here.delete(&scoped).await?;
        assert!(row(db, 2).await.unwrap().is_trashed());
        assert_eq!(note::Entity::find().count(&scoped).await?, 0);
    }

    async fn the_properties_of_the_inner_connection_are_returned(db: &TestDb) {
        let scoped = db.scoped();
        assert_eq!(ConnectionTrait::get_database_backend(&scoped), db.get_database_backend());
        assert_eq!(StreamTrait::get_database_backend(&scoped), db.get_database_backend());
        assert_eq!(scoped.support_returning(), db.support_returning());
        assert!(!scoped.is_mock_connection());
    }
}

#[tokio::test]
async fn each_method_calls_its_namesake() -> TestResult {
    let probe = Probe::new();
    let scoped = ScopedConnection::new(probe.clone());
    check_each_method(&scoped, &probe).await?;
    check_each_method(&ConnectionRef::new(&probe), &probe).await?;
    check_each_method(&scoped.with_trashed(), &probe).await?;
    check_each_method(&scoped.with_trashed_of(note::Entity), &probe).await
}

async fn check_each_method(db: &(impl ConnectionTrait + StreamTrait), probe: &Probe) -> TestResult {
    assert!(!db.support_returning());
    assert!(db.is_mock_connection());
    let probe_says = |call: &str| assert_eq!(probe.calls(), [call]);
    let insert = tag::Entity::insert(tag::new(1)).into_query();
    let select = all_tags();
    let text = "SELECT 1";
    db.execute(&insert).await?;
    probe_says("execute");
    db.execute_raw(raw(db, text)).await?;
    probe_says("execute_raw");
    db.execute_unprepared(text).await?;
    probe_says("execute_unprepared");
    db.query_one(&select).await?;
    probe_says("query_one");
    db.query_one_raw(raw(db, text)).await?;
    probe_says("query_one_raw");
    db.query_all(&select).await?;
    probe_says("query_all");
    db.query_all_raw(raw(db, text)).await?;
    probe_says("query_all_raw");
    drop(db.stream(&select).await?);
    probe_says("stream");
    drop(db.stream_raw(raw(db, text)).await?);
    probe_says("stream_raw");
    Ok(())
}

#[tokio::test]
async fn a_mock_connection_sees_the_statements_and_their_values() -> TestResult {
    for backend in [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite] {
        let log = async |scoped: bool| {
            let mock = MockDatabase::new(backend)
                .append_query_results([[tag::new(7).try_into_model().unwrap()]])
                .append_exec_results([MockExecResult::default()])
                .into_connection();
            if scoped {
                let db = mock.scoped();
                assert!(db.is_mock_connection());
                run(&db).await;
            } else {
                run(&mock).await;
            }
            mock.into_transaction_log()
        };
        async fn run(db: &(impl ConnectionTrait + sea_orm::TransactionTrait)) {
            use sea_orm::TransactionSession;

            let txn = db.begin().await.unwrap();
            let found = tag::Entity::find_by_id(7).one(&txn).await.unwrap();
            assert_eq!(found, Some(tag::new(7).try_into_model().unwrap()));
            let gone = tag::Entity::delete_many().filter(tag::Column::Name.eq("it's ? $1"));
            gone.exec(&txn).await.unwrap();
            txn.commit().await.unwrap();
        }
        assert_eq!(log(true).await, log(false).await);
    }
    Ok(())
}
