//! INSERT and UPDATE through a view reach the table, and no trashed row.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::entities::plain;
use super::entities::{fill, label, note, reader, text};
use crate::families::rows::{ids, number, run};
use crate::harness::on_databases;

/// Whether PostgreSQL refuses an upsert because the view does not show the row in the way.
fn is_not_visible(error: &DbErr) -> bool {
    error
        .to_string()
        .contains("conflicting row is not visible through view")
}

on_databases! { [postgres: Postgres]
    async fn inserts_have_the_defaults_of_the_table(db: &TestDb) {
        run(db, &[
            "CREATE TABLE live_invoice (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, no serial UNIQUE, \
             net int NOT NULL DEFAULT 100, gross int GENERATED ALWAYS AS (net * 2) STORED, deleted_at timestamptz)",
        ]).await;
        use sea_orm_soft_delete::describe::Marker;
        let invoices = SoftDeleteSchema::new("live_invoice", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        fill(db).await.with(invoices).apply(&**db).await?;
        let reader = reader(db).await;
        assert_eq!(ids(&reader, "INSERT INTO live_invoice DEFAULT VALUES RETURNING gross").await, [200]);
        assert_eq!(ids(&reader, "INSERT INTO live_invoice (net) VALUES (3), (4) RETURNING id").await, [2, 3]);
        assert_eq!(ids(&reader, "INSERT INTO live_invoice (id, net) OVERRIDING SYSTEM VALUE VALUES (9, 1) RETURNING no").await, [4]);
        assert!(reader.execute_unprepared("INSERT INTO live_invoice (id) VALUES (20)").await.is_err());
        assert_eq!(ids(&reader, "SELECT no FROM live_invoice ORDER BY no").await, [1, 2, 3, 4]);
        let added = plain::note::ActiveModel { title: Set("five".into()), folder_id: Set(Some(1)), ..Default::default() };
        let added = added.insert(&reader).await?;
        assert_eq!((added.id, added.title.as_str()), (5, "five"));
        let changed = plain::note::ActiveModel { id: Set(5), title: Set("5".into()), ..Default::default() };
        assert_eq!(changed.update(&reader).await?.title, "5");
    }

    async fn an_update_reaches_live_rows_only_and_does_not_write_the_marker(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        let renamed = plain::note::Entity::update_many().col_expr(plain::note::Column::Title, Expr::val("x"));
        assert_eq!(renamed.exec(&reader).await?.rows_affected, 3);
        assert_eq!(text(&**db, "SELECT title FROM live_note WHERE id = 1").await, "one");
        let gone = plain::note::ActiveModel { id: Set(1), title: Set("y".into()), ..Default::default() };
        assert_eq!(gone.update(&reader).await.unwrap_err(), DbErr::RecordNotUpdated);
        for refused in [
            "UPDATE live_note SET deleted_at = now() WHERE id = 2",
            "INSERT INTO live_note (title, deleted_at) VALUES ('z', now())",
            "UPDATE live_label SET deleted_at = 1",
            "UPDATE live_loan SET is_deleted = TRUE",
        ] {
            let error = reader.execute_unprepared(refused).await.unwrap_err().to_string();
            assert!(error.contains("violates check option"), "{refused}: {error}");
        }
        let none = reader.execute_unprepared("UPDATE live_note SET deleted_at = NULL WHERE id = 1").await?;
        assert_eq!(none.rows_affected(), 0);
        assert_eq!(number(db, "SELECT count(*) FROM live_note WHERE deleted_at IS NULL").await, 3);
    }

    async fn an_upsert_does_not_write_a_trashed_row(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        label::Entity::delete_by_id("red").exec(&**db).await?;
        let upsert = |name: &str, columns: &[plain_label::Column]| {
            let row = plain_label::ActiveModel { name: Set(name.to_owned()), color: Set(Some("new".into())) };
            let on = OnConflict::column(plain_label::Column::Name).update_columns(columns.iter().copied()).to_owned();
            plain_label::Entity::insert(row).on_conflict(on)
        };
        let color = [plain_label::Column::Color];
        upsert("blue", &color).exec(&reader).await?;
        upsert("green", &color).exec(&reader).await?;
        let error = upsert("red", &color).exec(&reader).await.unwrap_err();
        assert!(is_not_visible(&error) || error.to_string().contains("violates check option"), "{error}");
        let nothing = "INSERT INTO live_label (name) VALUES ('red') ON CONFLICT DO NOTHING";
        assert_eq!(reader.execute_unprepared(nothing).await?.rows_affected(), 0);
        let filtered = "INSERT INTO live_label (name) VALUES ('red') ON CONFLICT (name) DO UPDATE SET color = 'new' \
                        WHERE live_label.deleted_at = 0";
        match reader.execute_unprepared(filtered).await {
            Ok(done) => assert_eq!(done.rows_affected(), 0),
            Err(error) => assert!(is_not_visible(&error), "{error}"),
        }
        let colors = "SELECT string_agg(name || ' ' || color, ', ' ORDER BY name) FROM live_label";
        assert_eq!(text(&**db, colors).await, "blue new, green new, red f00");
        assert_eq!(text(&reader, colors).await, "blue new, green new");
    }

    /// PostgreSQL 15.20 refuses it, and so do the later ones of other versions: CVE-2026-16237.
    async fn an_upsert_that_writes_the_marker_itself_revives_the_row_or_is_refused(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        label::Entity::delete_by_id("red").exec(&**db).await?;
        let revives = "INSERT INTO live_label (name, color) VALUES ('red', 'new') \
                       ON CONFLICT (name) DO UPDATE SET color = 'new', deleted_at = excluded.deleted_at";
        let live = match reader.execute_unprepared(revives).await {
            Ok(done) => {
                assert_eq!(done.rows_affected(), 1);
                let version = number(db, "SELECT current_setting('server_version_num')::int").await;
                assert!(!(150_020..160_000).contains(&version), "{version}");
                2
            }
            Err(error) => {
                assert!(is_not_visible(&error), "{error}");
                1
            }
        };
        assert_eq!(number(db, "SELECT count(*) FROM live_label WHERE deleted_at = 0").await, live);
    }

    async fn a_unique_key_among_live_rows_works_through_a_view(db: &TestDb) {
        let live = fill(db).await;
        SoftDeleteSchema::of::<note::Entity>().unique_among_live(["title"]).convert(&**db).await?;
        live.apply(&**db).await?;
        let reader = reader(db).await;
        reader.execute_unprepared("DELETE FROM live_note WHERE title = 'one'").await?;
        let insert = "INSERT INTO live_note (title) VALUES ('one') RETURNING id";
        assert_eq!(ids(&reader, insert).await, [5]);
        assert!(reader.execute_unprepared(insert).await.is_err());
        let upsert = "INSERT INTO live_note (title) VALUES ('one') \
                      ON CONFLICT (title) WHERE deleted_at IS NULL DO UPDATE SET folder_id = 1 RETURNING id";
        assert_eq!(ids(&reader, upsert).await, [5]);
    }
}

/// A program's own view of the labels.
mod plain_label {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "live_label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub color: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
