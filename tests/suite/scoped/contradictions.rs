//! Statements that ask for trashed rows where the scope, or a verb, hides them.

use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseConnection, IntoActiveModel,
    QueryOrder, QuerySelect, Statement, TransactionTrait,
};
use sea_orm_soft_delete::{Scopable, Scope, ScopedConnection, SoftDeleteError};
use tracing::Level;

use super::blog::{author, comment, post};
use super::events::{Ear, Told};
use super::rows::{blog, plain};
use crate::harness::{Server, TestDb, on_every_database};

mod flag {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "contradicted_flag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(marker)]
        pub is_deleted: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod epoch {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "contradicted_epoch")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(marker, epoch = "seconds")]
        pub deleted_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod sentinel {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "contradicted_sentinel")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(marker, live = "2037-12-31T00:00:00Z")]
        pub deleted_at: DateTime,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn long_ago() -> DateTimeUtc {
    DateTimeUtc::UNIX_EPOCH
}

fn forever() -> DateTime {
    "2037-12-31T00:00:00".parse().unwrap()
}

/// A live row 1 and a trashed row 2 of each kind of marker.
async fn kinds(db: &TestDb) -> Result<(), SoftDeleteError> {
    db.create_table(flag::Entity).await;
    db.create_table(epoch::Entity).await;
    db.create_table(sentinel::Entity).await;
    for id in [1, 2] {
        flag::ActiveModel {
            id: Set(id),
            is_deleted: Set(false),
        }
        .insert(&**db)
        .await?;
        epoch::ActiveModel {
            id: Set(id),
            deleted_at: Set(0),
        }
        .insert(&**db)
        .await?;
        sentinel::ActiveModel {
            id: Set(id),
            deleted_at: Set(forever()),
        }
        .insert(&**db)
        .await?;
    }
    flag::Entity::delete_by_id(2).exec(&**db).await?;
    epoch::Entity::delete_by_id(2).exec(&**db).await?;
    sentinel::Entity::delete_by_id(2).exec(&**db).await?;
    Ok(())
}

/// The conditions and assignments of which events of level WARN tell.
fn warned(ear: &Ear) -> Vec<String> {
    let heard = ear
        .heard()
        .into_iter()
        .filter(|told| told.level == Level::WARN);
    let part = |told: Told| {
        let part = told
            .fields
            .iter()
            .find(|(name, _)| ["condition", "assignment"].contains(name));
        part.map(|(_, text)| text.clone()).unwrap_or_default()
    };
    heard.map(part).collect()
}

fn strict(db: &TestDb) -> ScopedConnection<DatabaseConnection> {
    db.scoped_with(&Scope::builder().refuse_contradictions().build())
}

fn explicit(db: &TestDb) -> ScopedConnection<DatabaseConnection> {
    db.scoped_with(&Scope::builder().explicit_marker_wins().build())
}

on_every_database! {
    async fn a_verb_that_asks_for_the_trash_warns_with_the_remedy(db: &TestDb) {
        let scoped = blog(db).await;
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        let deleted = || post::Entity::find().filter(post::Column::DeletedAt.is_not_null());
        // The second time the plan comes from the cache.
        for _ in 0..2 {
            assert_eq!(deleted().all(&scoped).await?.len(), 0);
            let told = ear.heard();
            let warning = told.iter().find(|told| told.level == Level::WARN).unwrap();
            assert_eq!(warning.says("message"), "a statement asks for trashed rows, and finds none");
            assert_eq!(warning.says("table"), "blog_post");
            assert!(warning.says("condition").contains("IS NOT NULL"), "{warning:?}");
            assert!(warning.says("remedy").contains("only_trashed()"), "{warning:?}");
        }
        // A condition for live rows, or a lifted scope, contradicts nothing.
        let live = || post::Entity::find().filter(post::Column::DeletedAt.is_null());
        assert_eq!(live().all(&scoped).await?.len(), 3);
        assert_eq!(post::Entity::only_trashed().all(&scoped).await?.len(), 2);
        let by_age = post::Entity::only_trashed().filter(post::Column::DeletedAt.lt(long_ago()));
        by_age.all(&scoped).await?;
        let by_hand = plain(post::Entity).filter(post::Column::DeletedAt.is_not_null());
        assert_eq!(by_hand.all(&scoped.with_trashed_of(post::Entity)).await?.len(), 2);
        post::Entity::restore_many().filter(post::Column::Id.eq(2)).exec(&scoped).await?;
        assert_eq!(warned(&ear), [""; 0]);
    }

    async fn every_statement_that_asks_for_the_trash_warns(db: &TestDb) {
        let scoped = blog(db).await;
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        let count = |heard: Vec<String>, what: &str| assert_eq!(heard.len(), 1, "{what}: {heard:?}");

        let _ = plain(post::Entity).filter(post::Column::DeletedAt.gt(long_ago())).all(&scoped).await?;
        count(warned(&ear), "a comparison");
        post::Entity::update_many()
            .col_expr(post::Column::Views, Expr::value(1))
            .filter(post::Column::DeletedAt.is_not_null())
            .exec(&scoped)
            .await?;
        count(warned(&ear), "update_many");
        scoped.execute_unprepared("DELETE FROM blog_post WHERE deleted_at IS NOT NULL").await?;
        count(warned(&ear), "a purge by hand");
        scoped.execute_unprepared("DELETE FROM blog_post WHERE COALESCE(deleted_at, NULL) < '2020-01-01'").await?;
        count(warned(&ear), "a purge by hand that computes with the marker");
        scoped.execute_unprepared("DELETE FROM blog_comment WHERE id = 99 AND deleted_at IS NULL").await?;
        assert_eq!(warned(&ear), [""; 0], "a delete with a filter for live rows");
        let of_trashed = comment::Entity::find().filter(
            comment::Column::PostId.in_subquery(
                sea_orm::QueryTrait::into_query(
                    plain(post::Entity)
                        .select_only()
                        .column(post::Column::Id)
                        .filter(post::Column::DeletedAt.is_not_null()),
                ),
            ),
        );
        let _ = of_trashed.all(&scoped).await?;
        count(warned(&ear), "a subquery");
        let joined = plain(author::Entity)
            .inner_join(post::Entity)
            .filter(post::Column::DeletedAt.is_not_null());
        let _ = joined.all(&scoped).await?;
        count(warned(&ear), "a join");
        scoped.execute_unprepared("UPDATE blog_post SET deleted_at = NULL WHERE id = 2").await?;
        count(warned(&ear), "a restore by hand");
        let mut post = post::Entity::only_trashed().order_by_asc(post::Column::Id).one(&**db).await?.unwrap().into_active_model();
        post.deleted_at = Set(None);
        post.update(&scoped).await.unwrap_err();
        count(warned(&ear), "a restore by the verb `update`");
        // A transaction begun on it warns, too.
        let txn = scoped.begin().await?;
        let _ = plain(post::Entity).filter(post::Column::DeletedAt.is_not_null()).all(&txn).await?;
        txn.commit().await?;
        count(warned(&ear), "a transaction");
    }

    async fn a_bound_value_decides_whether_a_statement_asks_for_the_trash(db: &TestDb) {
        kinds(db).await?;
        let scoped = db.scoped();
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        for (is_deleted, found, warnings) in [(true, 0, 1), (false, 1, 0)] {
            let rows = flag::Entity::find().filter(flag::Column::IsDeleted.eq(is_deleted));
            assert_eq!(rows.all(&scoped).await?.len(), found);
            assert_eq!(warned(&ear).len(), warnings, "= {is_deleted}");
            let rows = flag::Entity::find().filter(flag::Column::IsDeleted.ne(!is_deleted));
            assert_eq!(rows.all(&scoped).await?.len(), found);
            assert_eq!(warned(&ear).len(), warnings, "<> {}", !is_deleted);
        }
        for (rows, found, warnings) in [
            (epoch::Entity::find().filter(epoch::Column::DeletedAt.gt(0)), 0, 1),
            (epoch::Entity::find().filter(epoch::Column::DeletedAt.ne(0)), 0, 1),
            (epoch::Entity::find().filter(epoch::Column::DeletedAt.eq(0)), 1, 0),
            (epoch::Entity::find().filter(epoch::Column::DeletedAt.lt(10)), 1, 0),
        ] {
            assert_eq!(rows.all(&scoped).await?.len(), found);
            assert_eq!(warned(&ear).len(), warnings);
        }
        for (rows, found, warnings) in [
            (sentinel::Entity::find().filter(sentinel::Column::DeletedAt.ne(forever())), 0, 1),
            (sentinel::Entity::find().filter(sentinel::Column::DeletedAt.lt(forever())), 0, 1),
            (sentinel::Entity::find().filter(sentinel::Column::DeletedAt.eq(forever())), 1, 0),
        ] {
            assert_eq!(rows.all(&scoped).await?.len(), found);
            assert_eq!(warned(&ear).len(), warnings);
        }
    }

    async fn a_strict_scope_refuses_a_condition_that_no_live_row_satisfies(db: &TestDb) {
        let scoped = blog(db).await;
        kinds(db).await?;
        let strict = strict(db);
        let deleted = post::Entity::find().filter(post::Column::DeletedAt.is_not_null());
        let error = SoftDeleteError::from(deleted.all(&strict).await.unwrap_err());
        assert!(
            matches!(&error, SoftDeleteError::NotScopable { table, .. } if table == "blog_post"),
            "{error}"
        );
        assert!(error.to_string().contains("with_trashed()"), "{error}");
        let purge = "DELETE FROM blog_post WHERE deleted_at < '2020-01-01'";
        strict.execute_unprepared(purge).await.unwrap_err();
        let flagged = flag::Entity::find().filter(flag::Column::IsDeleted.eq(true));
        flagged.all(&strict).await.unwrap_err();
        let live = flag::Entity::find().filter(flag::Column::IsDeleted.eq(false));
        assert_eq!(live.all(&strict).await?.len(), 1);
        // A statement that overwrites a whole live row sets its marker, too.
        strict.execute_unprepared("UPDATE blog_post SET views = 7, deleted_at = NULL WHERE id = 1").await?;
        assert_eq!(post::Entity::find_by_id(1).one(&scoped).await?.unwrap().views, 7);
        assert_eq!(post::Entity::only_trashed().all(&strict).await?.len(), 2);
    }

    async fn under_explicit_marker_wins_a_verb_finds_what_its_call_asks_for(db: &TestDb) {
        let _ = blog(db).await;
        kinds(db).await?;
        let explicit = explicit(db);
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        let deleted = || post::Entity::find().filter(post::Column::DeletedAt.is_not_null());
        assert_eq!(deleted().all(&explicit).await?.len(), 2);
        assert_eq!(deleted().count(&explicit).await?, 2);
        let one = post::Entity::find_by_id(2).filter(post::Column::DeletedAt.is_not_null());
        assert!(one.one(&explicit).await?.is_some());
        let either = post::Entity::find().filter(
            sea_orm::Condition::any()
                .add(post::Column::DeletedAt.is_null())
                .add(post::Column::DeletedAt.gt(long_ago())),
        );
        assert_eq!(either.all(&explicit).await?.len(), 5);
        let live = post::Entity::find().filter(post::Column::DeletedAt.is_null());
        assert_eq!(live.all(&explicit).await?.len(), 3);
        assert_eq!(post::Entity::find().all(&explicit).await?.len(), 3);

        let flagged = flag::Entity::find().filter(flag::Column::IsDeleted.eq(true));
        assert_eq!(flagged.all(&explicit).await?.len(), 1);
        let later = epoch::Entity::find().filter(epoch::Column::DeletedAt.gt(0));
        assert_eq!(later.all(&explicit).await?.len(), 1);
        let ended = sentinel::Entity::find().filter(sentinel::Column::DeletedAt.ne(forever()));
        assert_eq!(ended.all(&explicit).await?.len(), 1);
        assert_eq!(sentinel::Entity::find().all(&explicit).await?.len(), 1);

        let updated = post::Entity::update_many()
            .col_expr(post::Column::Views, Expr::value(1))
            .filter(post::Column::DeletedAt.is_not_null())
            .exec(&explicit)
            .await?;
        assert_eq!(updated.rows_affected, 2);
        assert_eq!(warned(&ear), [""; 0]);
        // The verb `update` never yields to what it writes.
        let restored = post::Entity::update_many()
            .col_expr(post::Column::DeletedAt, Expr::value(Option::<DateTimeUtc>::None))
            .filter(post::Column::Id.eq(2))
            .exec(&explicit)
            .await?;
        assert_eq!(restored.rows_affected, 0);
        assert_eq!(warned(&ear).len(), 1);
        // SeaORM's own has no condition to yield.
        let restored = <post::Entity as EntityTrait>::update_many()
            .col_expr(post::Column::DeletedAt, Expr::value(Option::<DateTimeUtc>::None))
            .filter(post::Column::Id.eq(2))
            .exec(&explicit)
            .await?;
        assert_eq!(restored.rows_affected, 1);
        assert_eq!(post::Entity::find().count(&**db).await?, 4);
        assert_eq!(warned(&ear), [""; 0]);
    }

    async fn under_explicit_marker_wins_a_purge_by_hand_removes_trashed_rows_alone(db: &TestDb) {
        let _ = blog(db).await;
        kinds(db).await?;
        let explicit = explicit(db);
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        let rows = async || plain(post::Entity).count(&**db).await;
        assert_eq!(rows().await?, 5);
        let purge = sea_orm::Delete::many(post::Entity).filter(post::Column::DeletedAt.lt(forever()));
        assert_eq!(purge.exec(&explicit).await?.rows_affected, 2);
        assert_eq!(rows().await?, 3);
        let told = ear.heard();
        assert_eq!(told.len(), 1, "one event of one fact: {told:?}");
        assert!(told[0].says("message").contains("names the marker"), "{told:?}");
        // Any other DELETE is soft, and keeps to live rows.
        let either = "DELETE FROM blog_post WHERE deleted_at IS NOT NULL OR id = 1";
        assert_eq!(explicit.execute_unprepared(either).await?.rows_affected(), 1);
        assert_eq!(rows().await?, 3);
        let told = ear.heard();
        let told: Vec<_> = told.iter().filter(|told| told.level != Level::DEBUG).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].says("message").contains("a DELETE computes with the marker"), "{told:?}");
        // The text does not say whether it is about trashed rows.
        let flagged = |is_deleted: bool| {
            sea_orm::Delete::many(flag::Entity).filter(flag::Column::IsDeleted.eq(is_deleted))
        };
        let error = SoftDeleteError::from(flagged(true).exec(&explicit).await.unwrap_err());
        assert!(error.to_string().contains("force_delete_many()"), "{error}");
        assert_eq!(plain(flag::Entity).count(&**db).await?, 2);
        assert_eq!(flagged(false).exec(&explicit).await?.rows_affected, 1);
        assert_eq!(flag::Entity::only_trashed().count(&**db).await?, 2);
        explicit.execute_unprepared("DELETE FROM contradicted_epoch WHERE deleted_at > 0").await?;
        assert_eq!(plain(epoch::Entity).count(&**db).await?, 1);
        // On the default scope it finds nothing, and says so with the remedy.
        ear.heard();
        db.scoped().execute_unprepared("DELETE FROM blog_post WHERE deleted_at IS NOT NULL").await?;
        let told = ear.heard();
        let warning = told.iter().find(|told| told.level == Level::WARN).unwrap();
        assert!(warning.says("remedy").contains("`Purge`"), "{warning:?}");
    }

    async fn under_explicit_marker_wins_a_statement_that_names_the_marker_anywhere_finds_what_it_found(db: &TestDb) {
        let _ = blog(db).await;
        let explicit = explicit(db);
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        let backend = db.get_database_backend();
        for sql in [
            "SELECT id FROM blog_post ORDER BY deleted_at IS NULL, id",
            "SELECT id, deleted_at IS NOT NULL AS trashed FROM blog_post ORDER BY id",
            "SELECT COUNT(deleted_at) AS id FROM blog_post",
            "SELECT a.id FROM blog_author a LEFT JOIN blog_post p ON p.author_id = a.id \
             WHERE a.deleted_at IS NOT NULL AND p.deleted_at IS NULL ORDER BY a.id",
            "SELECT c.id FROM blog_country c LEFT JOIN blog_author a ON a.country_id = c.id AND a.id = 2 \
             WHERE a.deleted_at IS NULL ORDER BY c.id",
        ] {
            let query = || Statement::from_string(backend, sql);
            let ids = |rows: Vec<sea_orm::QueryResult>| {
                let id = |row: &sea_orm::QueryResult| {
                    row.try_get::<i64>("", "id").or_else(|_| row.try_get::<i32>("", "id").map(i64::from))
                };
                rows.iter().map(|row| id(row).unwrap()).collect::<Vec<_>>()
            };
            let before = ids(db.query_all_raw(query()).await?);
            ear.heard();
            assert_eq!(ids(explicit.query_all_raw(query()).await?), before, "{sql}");
            let told = ear.heard();
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].says("message").contains("names the marker"), "{told:?}");
            assert!(told[0].says("call_site").contains("contradictions.rs:"), "{told:?}");
        }
    }

    async fn under_explicit_marker_wins_a_delete_stamps_no_trashed_row_again(db: &TestDb) {
        let _ = blog(db).await;
        kinds(db).await?;
        let explicit = explicit(db);
        let before = post::Entity::only_trashed().order_by_asc(post::Column::Id).all(&**db).await?;
        assert_eq!(post::Entity::delete_by_id(2).exec(&explicit).await?.rows_affected, 0);
        before[0].clone().delete(&explicit).await?;
        // The condition of a delete verb does not yield to what the application asks for, either.
        let trashed = post::Entity::delete_many().filter(post::Column::DeletedAt.is_not_null());
        assert_eq!(trashed.preview(&explicit).await?.affects.count, 0);
        assert_eq!(trashed.exec(&explicit).await?.rows_affected, 0);
        let either = post::Entity::delete_many().filter(
            sea_orm::Condition::any()
                .add(post::Column::DeletedAt.is_null())
                .add(post::Column::DeletedAt.gt(long_ago())),
        );
        assert_eq!(either.preview(&explicit).await?.affects.count, 3);
        assert_eq!(flag::Entity::delete_by_id(2).exec(&explicit).await?.rows_affected, 0);
        assert_eq!(epoch::Entity::delete_by_id(2).exec(&explicit).await?.rows_affected, 0);
        assert_eq!(sentinel::Entity::delete_by_id(2).exec(&explicit).await?.rows_affected, 0);
        // A soft delete by hand has the condition of the application, which stays.
        let by_hand = <post::Entity as EntityTrait>::update_many()
            .col_expr(post::Column::DeletedAt, Expr::value(long_ago()))
            .filter(post::Column::Id.eq(2))
            .filter(post::Column::DeletedAt.is_null());
        assert_eq!(by_hand.exec(&explicit).await?.rows_affected, 0);
        let deleted = post::Entity::delete_many().exec(&explicit).await?;
        assert_eq!(deleted.rows_affected, 3);
        let after = post::Entity::only_trashed()
            .filter(post::Column::Id.is_in([2, 5]))
            .order_by_asc(post::Column::Id)
            .all(&**db)
            .await?;
        assert_eq!(after, before, "the instants stay");
        // `only_trashed` and a restore are complete, too, and no hint at something that is left to move.
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        assert_eq!(post::Entity::only_trashed().count(&explicit).await?, 5);
        post::Entity::restore_by_id(2).exec(&explicit).await?;
        let _ = post::Entity::delete_by_id(2).exec(&explicit).await?;
        let by_marker = |told: &Told| told.says("message").contains("names the marker");
        assert!(!ear.heard().iter().any(by_marker));
    }

    async fn an_upsert_that_revives_warns(db: &TestDb) {
        let _ = blog(db).await;
        let scoped = db.scoped();
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        if db.server() == Server::Sqlite || db.server() == Server::Postgres {
            let sql = "INSERT INTO blog_author (id, name, email) VALUES (2, 'Bob', 'b') \
                       ON CONFLICT (id) DO UPDATE SET deleted_at = NULL";
            // A trashed row has the key, and keeps the upsert from writing.
            let error = SoftDeleteError::from(scoped.execute_unprepared(sql).await.unwrap_err());
            assert!(matches!(error, SoftDeleteError::UpsertOfTrashed { .. }), "{error}");
            assert_eq!(warned(&ear)[0], "deleted_at = NULL");
        }
        // An upsert of all columns is no restore by hand.
        let bob = author::ActiveModel {
            id: Set(1),
            name: Set("Ann".into()),
            email: Set("ann@example.org".into()),
            country_id: Set(None),
            deleted_at: Set(None),
        };
        if db.server() == Server::Sqlite || db.server() == Server::Postgres {
            let on_conflict = OnConflict::column(author::Column::Id)
                .update_columns([author::Column::Name, author::Column::DeletedAt])
                .to_owned();
            author::Entity::insert(bob).on_conflict(on_conflict).exec(&scoped).await?;
        }
        assert_eq!(warned(&ear), [""; 0]);
        let raw = Statement::from_string(db.get_database_backend(), "SELECT 1 AS deleted_at");
        scoped.query_one_raw(raw).await?;
        assert_eq!(warned(&ear), [""; 0]);
    }
}
