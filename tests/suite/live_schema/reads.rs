//! A program that knows nothing of soft delete reads as if the trashed rows had been deleted.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    Database, DbErr, FromQueryResult, LoaderTrait, PaginatorTrait, QueryOrder, QuerySelect,
    Statement,
};

use super::entities::plain::{folder, note};
use super::entities::{self, fill, reader, schema_of};
use crate::families::rows::{ids, number, run};
use crate::harness::on_databases;

/// Everything that this program asks.
async fn answers(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let mut all = Vec::new();
    let folders = folder::Entity::find()
        .order_by_asc(folder::Column::Id)
        .all(db)
        .await?;
    all.push(format!("{:?}", folders.load_many(note::Entity, db).await?));
    let notes = note::Entity::find()
        .order_by_asc(note::Column::Id)
        .all(db)
        .await?;
    all.push(format!("{:?}", notes.load_one(folder::Entity, db).await?));
    all.push(format!("{notes:?} {folders:?}"));
    let both = note::Entity::find()
        .find_also_related(folder::Entity)
        .order_by_asc(note::Column::Id);
    all.push(format!("{:?}", both.all(db).await?));
    let many = folder::Entity::find()
        .find_with_related(note::Entity)
        .order_by_asc(folder::Column::Id);
    all.push(format!("{:?}", many.all(db).await?));
    for folder in folders {
        let notes = folder
            .find_related(note::Entity)
            .order_by_asc(note::Column::Id);
        all.push(format!("{:?}", notes.all(db).await?));
    }
    let pages = note::Entity::find()
        .order_by_desc(note::Column::Id)
        .paginate(db, 2);
    all.push(format!(
        "{:?} {:?}",
        pages.num_items_and_pages().await?,
        pages.fetch_page(1).await?
    ));
    #[derive(Debug, FromQueryResult)]
    #[allow(dead_code)]
    struct Count {
        folder_id: Option<i32>,
        count: i64,
    }
    let counts = note::Entity::find()
        .select_only()
        .column(note::Column::FolderId)
        .column_as(note::Column::Id.count(), "count")
        .group_by(note::Column::FolderId)
        .having(Expr::col(note::Column::Id).count().gte(1))
        .order_by_asc(note::Column::FolderId);
    all.push(format!("{:?}", counts.into_model::<Count>().all(db).await?));
    for sql in [
        "SELECT coalesce(max(f.id), 0) FROM live_folder f LEFT JOIN live_note n ON n.folder_id = f.id WHERE n.id IS NULL",
        "SELECT count(*)::int FROM live_folder f FULL JOIN live_note n ON n.folder_id = f.id",
        "SELECT id FROM live_folder f WHERE EXISTS (SELECT 1 FROM live_note WHERE folder_id = f.id) ORDER BY id",
        "SELECT id FROM live_note UNION SELECT id FROM live_folder ORDER BY id",
        "WITH RECURSIVE up AS (SELECT id, parent_id FROM live_folder WHERE id = 3 UNION \
         SELECT f.id, f.parent_id FROM live_folder f JOIN up ON f.id = up.parent_id) SELECT id FROM up ORDER BY id",
        "SELECT n.id FROM live_note n, LATERAL (SELECT * FROM live_folder WHERE id = n.folder_id) f ORDER BY n.id FOR UPDATE OF n",
    ] {
        all.push(format!("{:?}", ids(db, sql).await));
    }
    Ok(all)
}

on_databases! { [postgres: Postgres]
    async fn the_answers_are_those_without_the_trashed_rows(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let with_all_live = answers(&reader).await?;
        assert_eq!(with_all_live, answers(db).await?);
        entities::folder::Entity::delete_by_id(2).exec(&**db).await?;
        entities::note::Entity::delete_by_id(4).exec(&**db).await?;
        let live = answers(&reader).await?;
        assert_ne!(live, answers(db).await?);
        // Physically.
        run(db, &[
            "DELETE FROM live_note WHERE deleted_at IS NOT NULL",
            "DELETE FROM live_folder WHERE deleted_at IS NOT NULL",
        ]).await;
        assert_eq!(live, answers(db).await?);
        assert_ne!(live, with_all_live);
    }

    async fn the_search_path_in_the_url_of_a_connection_is_enough(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        entities::note::Entity::delete_by_id(1).exec(&**db).await?;
        let schema = schema_of(db).await;
        let url = std::env::var("TEST_POSTGRES_URL").unwrap();
        let url = format!("{url}?options=-csearch_path%3D{schema}_other%2C{schema}");
        let reader = Database::connect(url).await?;
        assert_eq!(ids(&reader, "SELECT id FROM live_note ORDER BY id").await, [2, 3, 4]);
    }

    async fn a_view_has_the_plan_of_the_hand_written_filter(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let schema = schema_of(db).await;
        run(db, &[
            "INSERT INTO live_note (folder_id, title) SELECT 1 + n % 4, 'n' || n FROM generate_series(1, 5000) AS n",
            "UPDATE live_note SET deleted_at = now() WHERE id % 3 = 0",
            "CREATE INDEX live_note_folder ON live_note (folder_id) WHERE deleted_at IS NULL",
            "ANALYZE",
        ]).await;
        for (through, by_hand) in [
            ("SELECT * FROM live_note WHERE id = 7", "SELECT * FROM {}.live_note WHERE id = 7 AND deleted_at IS NULL"),
            (
                "SELECT title, live_folder.id FROM live_note JOIN live_folder ON live_folder.id = folder_id \
                 WHERE live_folder.id = 2 ORDER BY live_note.id LIMIT 3",
                "SELECT title, live_folder.id FROM {}.live_note JOIN {}.live_folder ON live_folder.id = folder_id \
                 WHERE live_folder.id = 2 AND live_note.deleted_at IS NULL AND live_folder.deleted_at IS NULL \
                 ORDER BY live_note.id LIMIT 3",
            ),
            (
                "SELECT live_folder.id, count(live_note.id) FROM live_folder \
                 LEFT JOIN live_note ON folder_id = live_folder.id GROUP BY live_folder.id",
                "SELECT live_folder.id, count(live_note.id) FROM {}.live_folder \
                 LEFT JOIN {}.live_note ON folder_id = live_folder.id AND live_note.deleted_at IS NULL \
                 WHERE live_folder.deleted_at IS NULL GROUP BY live_folder.id",
            ),
        ] {
            let by_hand = by_hand.replace("{}", &schema);
            assert_eq!(plan(&reader, through).await, plan(&reader, &by_hand).await, "{through}");
        }
    }

    async fn what_a_view_cannot_do_fails(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        entities::note::Entity::delete_by_id(1).exec(&**db).await?;
        for refused in [
            "TRUNCATE live_note",
            "COPY live_note TO STDOUT",
            "SELECT n.*, count(*) FROM live_note n GROUP BY n.id",
            "SELECT * FROM live_note TABLESAMPLE SYSTEM (10)",
            "SELECT ctid FROM live_note",
            "ALTER TABLE live_note DROP COLUMN title",
        ] {
            assert!(reader.execute_unprepared(refused).await.is_err(), "{refused}");
        }
        // From 17 on, MERGE writes to views.
        if number(db, "SELECT current_setting('server_version_num')::bigint").await < 170_000 {
            let merge = "MERGE INTO live_note n USING live_folder f ON f.id = n.folder_id WHEN MATCHED THEN DELETE";
            assert!(reader.execute_unprepared(merge).await.is_err());
        }
        assert_eq!(number(db, "SELECT count(*) FROM live_note").await, 4);
    }
}

/// The plan, without the names of schemas.
async fn plan(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let explain = Statement::from_string(db.get_database_backend(), format!("EXPLAIN {sql}"));
    let rows = db.query_all_raw(explain).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}
