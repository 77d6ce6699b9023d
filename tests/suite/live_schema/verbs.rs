//! The verbs of this crate on a connection that searches the live schema first.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use sea_orm_soft_delete::{Operation, Scopable};

use super::entities::{fill, note, reader, schema_of};
use crate::families::rows::{ids, number, run};
use crate::harness::on_databases;

/// An entity that names the schema of its table.
mod memo {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(schema_name = "live_schema_memos", table_name = "live_memo")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

on_databases! { [postgres: Postgres]
    async fn verbs_that_need_the_trash_fail_or_find_nothing(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        // Reads and writes of live rows.
        assert_eq!(note::Entity::find().count(&reader).await?, 3);
        assert_eq!(note::Entity::with_trashed().count(&reader).await?, 3);
        assert_eq!(note::Entity::only_trashed().count(&reader).await?, 0);
        let new = note::ActiveModel { title: Set("new".into()), ..Default::default() };
        new.insert(&reader).await?;
        // A delete by a verb is an UPDATE of the marker.
        let error = note::Entity::delete_by_id(2).exec(&reader).await.unwrap_err().to_string();
        assert!(error.contains("violates check option"), "{error}");
        let error = note::Entity::restore_by_id(1).exec(&reader).await.unwrap_err().to_string();
        assert!(error.contains("not found"), "{error}");
        assert_eq!(note::Entity::force_delete_by_id(1).exec(&reader).await?.rows_affected, 0);
        let error = note::Entity::force_delete_by_id(2).exec(&reader).await.unwrap_err().to_string();
        assert!(error.contains("a force delete of rows of live_note cannot reach the table"), "{error}");
        assert!(Operation::list().in_family_of(note::Entity).all(&reader).await?.is_empty());
        assert_eq!(number(db, "SELECT count(*) FROM live_note").await, 5);
        assert_eq!(ids(db, "SELECT id FROM live_note WHERE deleted_at IS NOT NULL").await, [1]);
    }

    async fn a_scoped_connection_over_a_view_shows_live_rows_too(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        let scoped = reader.scoped();
        assert_eq!(note::Entity::find().count(&scoped).await?, 3);
        assert!(scoped.execute_unprepared("DELETE FROM live_note WHERE id = 2").await.is_err());
        assert_eq!(number(db, "SELECT count(*) FROM live_note WHERE deleted_at IS NULL").await, 3);
        // The scoped connection takes the comment away by which the trigger recognizes a force delete.
        note::Entity::force_delete_by_id(2).exec(&scoped).await?;
        assert_eq!(ids(db, "SELECT id FROM live_note WHERE deleted_at IS NOT NULL ORDER BY id").await, [1, 2]);
    }

    async fn an_entity_that_names_its_schema_has_all_verbs(db: &TestDb) {
        run(db, &["DROP SCHEMA IF EXISTS live_schema_memos CASCADE", "CREATE SCHEMA live_schema_memos"]).await;
        db.create_table(memo::Entity).await;
        let live = fill(db).await.of(memo::Entity);
        live.apply(&**db).await?;
        let reader = reader(db).await;
        run(db, &["INSERT INTO live_schema_memos.live_memo DEFAULT VALUES", "INSERT INTO live_schema_memos.live_memo DEFAULT VALUES"]).await;
        memo::Entity::delete_by_id(1).exec(&reader).await?;
        assert_eq!(ids(&reader, "SELECT id FROM live_memo").await, [2]);
        assert_eq!(reader.execute_unprepared("DELETE FROM live_memo").await?.rows_affected(), 1);
        assert_eq!(memo::Entity::only_trashed().count(&reader).await?, 2);
        memo::Entity::restore_by_id(2).exec(&reader).await?;
        assert_eq!(ids(&reader, "SELECT id FROM live_memo").await, [2]);
        memo::Entity::force_delete_by_id(1).exec(&reader).await?;
        assert_eq!(memo::Entity::with_trashed().count(&reader).await?, 1);
        run(db, &["DROP SCHEMA live_schema_memos CASCADE"]).await;
        assert!(!schema_of(db).await.is_empty());
    }
}
