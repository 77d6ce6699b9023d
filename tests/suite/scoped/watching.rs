//! A watch: statements are sent as they are, and the report says what a scope would change.

use sea_orm::prelude::*;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseConnection, Delete,
    IntoActiveModel, LoaderTrait, MockDatabase, QueryOrder, QuerySelect, Statement,
    TransactionTrait,
};
use sea_orm_soft_delete::watched::{WatchEffect, WatchReport, WatchedStatement};
use sea_orm_soft_delete::{Scopable, Scope, ScopedConnection, SoftDeleteError, Watch};

use super::blog::{author, comment, country, post};
use super::rows::{blog, plain};
use crate::harness::{Server, TestDb, on_every_database};

fn watched(db: &TestDb, watch: &Watch) -> ScopedConnection<DatabaseConnection> {
    db.scoped_with(&Scope::builder().watch(watch).build())
}

/// The only statement of the report with this effect.
#[track_caller]
fn one(report: &WatchReport, effect: WatchEffect) -> &WatchedStatement {
    let found: Vec<_> = report.with_effect(effect).collect();
    assert_eq!(found.len(), 1, "{effect:?} in {report}");
    found[0]
}

on_every_database! {
    async fn a_watched_connection_changes_nothing(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        assert_eq!(plain(post::Entity).count(&watched).await?, 5);
        let deleted = Delete::many(comment::Entity).filter(comment::Column::Id.eq(1)).exec(&watched).await?;
        assert_eq!(deleted.rows_affected, 1);
        assert!(plain(comment::Entity).filter(comment::Column::Id.eq(1)).one(&**db).await?.is_none(), "gone for good");
        let loaded = plain(author::Entity).all(&watched).await?.load_many(post::Entity, &watched).await?;
        assert_eq!(loaded.iter().map(Vec::len).sum::<usize>(), 5);
        if db.server() != Server::Sqlite {
            watched.execute_unprepared("TRUNCATE TABLE blog_comment").await?;
            assert_eq!(plain(comment::Entity).count(&**db).await?, 0);
        }
        let txn = watched.begin().await?;
        txn.execute_unprepared("DELETE FROM blog_post WHERE id = 1").await?;
        txn.commit().await?;
        assert_eq!(plain(post::Entity).count(&**db).await?, 4);
    }

    async fn the_report_names_each_effect_and_its_call_site(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        let lines = (line!() + 1, line!() + 28);
        for _ in 0..2 {
            let _ = plain(post::Entity).filter(post::Column::DeletedAt.is_not_null()).all(&watched).await?;
        }
        let _ = plain(post::Entity)
            .filter(post::Column::DeletedAt.is_null())
            .filter(post::Column::Views.gt(1))
            .all(&watched)
            .await?;
        let _ = plain(post::Entity).order_by_desc(post::Column::DeletedAt).all(&watched).await?;
        let _ = plain(post::Entity).find_also_related(author::Entity).all(&watched).await?;
        watched.execute_unprepared("UPDATE blog_author SET deleted_at = NULL WHERE id = 2").await?;
        let mut ann = plain(author::Entity).one(&**db).await?.unwrap().into_active_model();
        ann.deleted_at = Set(Some(DateTimeUtc::UNIX_EPOCH));
        ActiveModelTrait::update(ann, &watched).await?;
        Delete::many(comment::Entity).filter(comment::Column::Id.eq(1)).exec(&watched).await?;
        let _ = plain(country::Entity).all(&watched).await?;
        let refused = match db.server() {
            Server::Sqlite => "REPLACE INTO blog_tag (id, name) VALUES (1, 'rust')",
            _ => "TRUNCATE TABLE blog_tag",
        };
        watched.execute_unprepared(refused).await?;
        let report = watch.report();
        println!("{report}");
        let asked = one(&report, WatchEffect::FindsNoTrash);
        assert_eq!((asked.count, asked.tables.as_slice()), (2, &["blog_post".to_owned()][..]));
        assert!(asked.conditions[0].ends_with("IS NOT NULL"), "{asked:?}");
        assert!(asked.sql.starts_with("SELECT"), "{asked:?}");
        assert!(asked.scoped.as_ref().unwrap().contains("IS NULL"), "{asked:?}");
        let filter = one(&report, WatchEffect::FilterCanGo);
        assert_eq!(filter.effects, [WatchEffect::FilterCanGo], "a filter that stands there changes nothing");
        one(&report, WatchEffect::DependsOnMarker);
        assert_eq!(one(&report, WatchEffect::RestoresNothing).tables, ["blog_author"]);
        assert_eq!(one(&report, WatchEffect::TrashesByHand).tables, ["blog_author"]);
        assert_eq!(one(&report, WatchEffect::BecomesSoftDelete).tables, ["blog_comment"]);
        let refused = one(&report, WatchEffect::Refused);
        assert!(refused.refusal.as_ref().unwrap().contains("blog_tag"), "{refused:?}");
        let joined = report.with_effect(WatchEffect::HidesTrash);
        assert!(joined.map(|of| of.tables.join(" ")).any(|tables| tables == "blog_author blog_post"), "{report}");
        // The country is not soft-deletable. On MySQL and MariaDB, an update reads its row back.
        assert!(report.watched.iter().all(|of| !of.tables.contains(&"blog_country".to_owned())));
        for statement in &report.watched {
            let call_site = statement.call_site.as_deref().unwrap_or_default();
            let (file, line) = call_site.rsplit_once(':').unwrap();
            assert!(file.ends_with("scoped/watching.rs"), "{call_site}");
            let line: u32 = line.parse().unwrap();
            assert!((lines.0..lines.1).contains(&line), "{call_site}");
        }
        let effects: Vec<_> = report.watched.iter().map(|of| of.effect).collect();
        assert!(effects.is_sorted(), "the most dangerous comes first: {effects:?}");
    }

    async fn a_write_that_a_hidden_row_would_keep_from_other_rows_is_listed_before_what_only_reads(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        let gone = "DELETE FROM blog_country WHERE id = 9 AND id NOT IN (SELECT country_id FROM blog_author)";
        watched.execute_unprepared(gone).await?;
        watched
            .execute_unprepared("DELETE FROM blog_comment WHERE id = 9 AND post_id NOT IN (SELECT id FROM blog_post)")
            .await?;
        watched
            .execute_unprepared("UPDATE blog_country SET name = 'x' WHERE id = 9 AND id IN (SELECT country_id FROM blog_author)")
            .await?;
        let lifted = "DELETE FROM blog_country WHERE id = 9 AND id NOT IN \
                      (SELECT country_id FROM blog_author /* soft_delete: with_trashed(blog_author) */)";
        watched.execute_unprepared(lifted).await?;
        let _ = plain(post::Entity).all(&watched).await?;
        let report = watch.report();
        let more: Vec<_> = report.with_effect(WatchEffect::ReachesMoreRows).collect();
        assert_eq!(more.len(), 2, "{report}");
        assert_eq!(report.watched[0].effect, WatchEffect::ReachesMoreRows, "{report}");
        let of_country = more.iter().find(|of| of.sql == gone).unwrap();
        assert_eq!(of_country.spared_by, ["blog_author"]);
        assert_eq!(of_country.effects, [WatchEffect::ReachesMoreRows, WatchEffect::HidesTrash]);
        let of_comment = more.iter().find(|of| of.sql != gone).unwrap();
        assert_eq!(of_comment.spared_by, ["blog_post"]);
        let text = report.to_string();
        assert!(text.contains("also: becomes a soft delete; hides trash"), "{text}");
        assert!(text.contains("`/* soft_delete: with_trashed(blog_author) */` keeps that"), "{text}");
        let joins = "INSERT INTO blog_country (id, name) SELECT a.id + 100, a.name FROM blog_author a \
                     LEFT JOIN blog_post p ON p.author_id = a.id WHERE p.id IS NULL AND a.id = 9";
        watched.execute_unprepared(joins).await?;
        let report = watch.report();
        let anti_join = report.watched.iter().find(|of| of.sql == joins).unwrap();
        assert_eq!((anti_join.effect, anti_join.spared_by.join(" ")), (WatchEffect::ReachesMoreRows, "blog_post".into()));
    }

    async fn a_restore_by_hand_is_listed_as_one(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        watched
            .execute_unprepared("UPDATE blog_author SET deleted_at = NULL WHERE deleted_at IS NOT NULL")
            .await?;
        sea_orm::Update::many(post::Entity)
            .col_expr(post::Column::DeletedAt, Expr::value(Option::<DateTimeUtc>::None))
            .filter(post::Column::DeletedAt.is_not_null())
            .exec(&watched)
            .await?;
        let report = watch.report();
        let restores: Vec<_> = report.with_effect(WatchEffect::RestoresNothing).collect();
        assert!(restores.iter().all(|of| of.effect == WatchEffect::RestoresNothing), "{report}");
        assert_eq!(restores.len(), 2, "{report}");
        assert_eq!(report.with_effect(WatchEffect::FindsNoTrash).count(), 0, "{report}");
        assert!(report.to_string().contains("restore_many"), "{report}");
    }

    async fn a_watch_names_what_explicit_marker_wins_leaves_to_the_scope(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        let left = [
            "SELECT x.id FROM (SELECT * FROM blog_post) x WHERE x.deleted_at IS NOT NULL",
            "DELETE FROM blog_post WHERE deleted_at IS NOT NULL AND id = 9 OR id = 9",
        ];
        let helped = [
            "SELECT id FROM blog_post WHERE deleted_at IS NOT NULL",
            "SELECT id FROM blog_post ORDER BY deleted_at",
            "DELETE FROM blog_post WHERE deleted_at IS NOT NULL AND id = 9",
            "SELECT p.id FROM blog_author a LEFT JOIN blog_post p ON p.author_id = a.id WHERE p.deleted_at IS NULL",
        ];
        for sql in left.iter().chain(&helped) {
            watched.execute_unprepared(sql).await?;
        }
        let report = watch.report();
        for sql in left.iter().chain(&helped) {
            let of = report.watched.iter().find(|of| of.sql == *sql).unwrap();
            assert_eq!(of.is_left_by_explicit_marker_wins, left.contains(sql), "{report}");
        }
        assert!(report.to_string().contains("`explicit_marker_wins` leaves it to the scope"), "{report}");
    }

    async fn a_watch_names_the_tables_that_explicit_marker_wins_hides_beside_the_one_whose_marker_is_named(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        let marker_wins = db.scoped_with(&Scope::builder().explicit_marker_wins().build());
        let backend = db.get_database_backend();
        let of_author = "a LEFT JOIN blog_post p ON p.author_id = a.id AND p.deleted_at IS NOT NULL ORDER BY a.id";
        let part = [
            format!("SELECT a.id FROM blog_author {of_author}"),
            "UPDATE blog_post SET views = 1 WHERE deleted_at IS NOT NULL \
             AND author_id IN (SELECT id FROM blog_author)".to_owned(),
        ];
        let whole = [
            "SELECT id FROM blog_post WHERE deleted_at IS NOT NULL".to_owned(),
            // No rows of the author's go missing: the statement leaves its trash out itself.
            "SELECT p.id FROM blog_post p JOIN blog_author a ON a.id = p.author_id \
             WHERE p.deleted_at IS NOT NULL AND a.deleted_at IS NULL".to_owned(),
            // The trash of no table is asked for.
            "SELECT p.id FROM blog_post p JOIN blog_author a ON a.id = p.author_id".to_owned(),
        ];
        let sent = async |sql: &str, db: &ScopedConnection<DatabaseConnection>| -> Result<usize, DbErr> {
            Ok(db.query_all_raw(Statement::from_string(backend, sql)).await?.len())
        };
        let before = sent(&part[0], &watched).await?;
        assert!(sent(&part[0], &marker_wins).await? < before, "the trashed author is hidden");
        assert_eq!(sent(&whole[0], &watched).await?, sent(&whole[0], &marker_wins).await?);
        for sql in part.iter().chain(&whole) {
            watched.execute_unprepared(sql).await?;
        }
        let report = watch.report();
        for sql in part.iter().chain(&whole) {
            let of = report.watched.iter().find(|of| of.sql == *sql).unwrap();
            assert!(!of.is_left_by_explicit_marker_wins, "{of}");
            let hidden = match part.contains(sql) {
                true => vec!["blog_author"],
                false => vec![],
            };
            assert_eq!(of.hidden_by_explicit_marker_wins, hidden, "{of}");
        }
        let text = report.to_string();
        let line = "`explicit_marker_wins` leaves a part to the scope, which hides the trash of: blog_author\n";
        assert!(text.contains(line), "{text}");
    }

    async fn an_update_that_would_leave_trashed_rows_as_they_are_is_listed_as_one(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        sea_orm::Update::many(post::Entity)
            .col_expr(post::Column::Views, Expr::value(1))
            .exec(&watched)
            .await?;
        let others = [
            // It reads the trash, and writes to a table without any.
            "UPDATE blog_country SET name = 'x' WHERE id IN (SELECT country_id FROM blog_author)",
            "UPDATE blog_post SET views = 1 WHERE deleted_at IS NULL",
            "UPDATE blog_post SET views = 1 WHERE /* soft_delete: with_trashed(blog_post) */ id = 1",
        ];
        for sql in others {
            watched.execute_unprepared(sql).await?;
        }
        post::Entity::update_many_with_trashed()
            .col_expr(post::Column::Views, Expr::value(2))
            .exec(&watched)
            .await?;
        let report = watch.report();
        let update = one(&report, WatchEffect::UpdatesLiveRows);
        assert_eq!((update.effect, update.effects.len()), (WatchEffect::UpdatesLiveRows, 1), "{report}");
        assert_eq!(one(&report, WatchEffect::HidesTrash).sql, others[0], "{report}");
        assert_eq!(one(&report, WatchEffect::FilterCanGo).sql, others[1], "{report}");
        assert!(report.to_string().contains("WRITES LIVE ROWS ONLY: an UPDATE"), "{report}");
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains(r#""effect":"updates_live_rows""#), "{json}");
    }

    async fn an_update_that_may_meet_the_key_of_a_trashed_row_is_listed(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        let mut ann = plain(author::Entity).one(&**db).await?.unwrap().into_active_model();
        ann.email = Set("new@x".to_owned());
        ActiveModelTrait::update(ann, &watched).await?;
        let raw = "UPDATE blog_author SET name = 'x', email = 'y@x' WHERE id = 1";
        // Each leaves the key as it is.
        let without = [
            "UPDATE blog_author SET name = 'email' WHERE email = 'y@x'",
            "UPDATE blog_comment SET text = 'x'",
        ];
        for sql in [raw, without[0], without[1]] {
            watched.execute_unprepared(sql).await?;
        }
        let report = watch.report();
        let meets: Vec<_> = report.with_effect(WatchEffect::MeetsTrashedKeys).collect();
        assert_eq!(meets.len(), 2, "{report}");
        assert!(meets.iter().all(|of| of.effects == [WatchEffect::MeetsTrashedKeys, WatchEffect::UpdatesLiveRows]));
        assert!(meets.iter().any(|of| of.sql == raw), "{report}");
    }

    async fn on_a_scope_a_key_that_counts_the_trash_stops_what_the_report_says(db: &TestDb) {
        let _ = blog(db).await;
        let scoped = db.scoped();
        let trashed = author::Entity::only_trashed().one(&**db).await?.unwrap();
        let (email, id) = (&trashed.email, trashed.id);
        let count = plain(author::Entity).count(&**db).await?;
        let insert = format!("INSERT INTO blog_author (name, email) VALUES ('x', '{email}')");
        let update = format!("UPDATE blog_author SET email = '{email}' WHERE deleted_at IS NULL AND id = 1");
        let (ignoring, upsert) = match db.server() {
            server if server.speaks_mysql() => (
                insert.replace("INSERT", "INSERT IGNORE"),
                format!("{insert} ON DUPLICATE KEY UPDATE name = 'x'"),
            ),
            _ => (
                format!("{insert} ON CONFLICT DO NOTHING"),
                format!("{insert} ON CONFLICT (email) DO UPDATE SET name = 'x'"),
            ),
        };
        scoped.execute_unprepared(&insert).await.unwrap_err();
        scoped.execute_unprepared(&update).await.unwrap_err();
        scoped.execute_unprepared(&ignoring).await?;
        let upserted = scoped.execute_unprepared(&upsert).await;
        if db.server().speaks_mysql() {
            upserted?;
        } else {
            let error = SoftDeleteError::from(upserted.unwrap_err());
            assert!(matches!(error, SoftDeleteError::UpsertOfTrashed { .. }), "{error}");
        }
        let after = author::Entity::only_trashed_by_id(id).one(&**db).await?.unwrap();
        assert_eq!(after, trashed);
        assert_eq!(plain(author::Entity).count(&**db).await?, count);
    }

    async fn an_insert_that_may_meet_the_key_of_a_trashed_row_is_listed(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        let ignoring = match db.server() {
            server if server.speaks_mysql() => "INSERT IGNORE INTO blog_author (name, email) VALUES ('x', 'x@x')",
            _ => "INSERT INTO blog_author (name, email) VALUES ('x', 'x@x') ON CONFLICT DO NOTHING",
        };
        let plain_insert = "INSERT INTO blog_author (name, email) VALUES ('y', 'y@y')";
        // Its entity declares no unique key, and a country has no trash.
        let without = [
            "INSERT INTO blog_comment (post_id, author_id, text) VALUES (1, 1, 'x')",
            "INSERT INTO blog_country (name) VALUES ('x')",
        ];
        for sql in [ignoring, plain_insert, without[0], without[1]] {
            watched.execute_unprepared(sql).await?;
        }
        let report = watch.report();
        let meets: Vec<_> = report.with_effect(WatchEffect::MeetsTrashedKeys).map(|of| of.sql.as_str()).collect();
        assert_eq!(meets.len(), 2, "{report}");
        assert!(meets.contains(&ignoring) && meets.contains(&plain_insert), "{report}");
        assert!(report.watched.iter().all(|of| !without.contains(&of.sql.as_str())), "{report}");
    }

    async fn a_refused_statement_that_explicit_marker_wins_sends_says_so(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        let revival = match db.server() {
            server if server.speaks_mysql() => {
                "INSERT INTO blog_author (id, name, email) VALUES (1, 'x', 'x@x') ON DUPLICATE KEY UPDATE deleted_at = NULL"
            }
            _ => {
                "INSERT INTO blog_author (id, name, email) VALUES (1, 'x', 'x@x') \
                 ON CONFLICT (id) DO UPDATE SET deleted_at = NULL"
            }
        };
        let replaced = match db.server() {
            Server::Postgres => "TRUNCATE TABLE blog_tag",
            _ => "REPLACE INTO blog_tag (id, name) VALUES (1, 'rust')",
        };
        watched.execute_unprepared(revival).await?;
        watched.execute_unprepared(replaced).await?;
        let report = watch.report();
        let of = |sql: &str| report.watched.iter().find(|of| of.sql == sql).unwrap();
        let is_refused = of(revival).effect == WatchEffect::Refused;
        assert_eq!(of(revival).is_sent_by_explicit_marker_wins, is_refused, "{report}");
        assert_eq!(is_refused, db.server().speaks_mysql(), "{report}");
        assert_eq!(of(replaced).effect, WatchEffect::Refused, "{report}");
        assert!(!of(replaced).is_sent_by_explicit_marker_wins, "{report}");
    }

    async fn a_row_that_a_scope_adds_is_said_to_be_more(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new().comparing();
        let watched = watched(db, &watch);
        let backend = db.get_database_backend();
        // Cyd's only post is trashed.
        let idle = "SELECT id FROM blog_author WHERE id = 3 AND id NOT IN (SELECT author_id FROM blog_post)";
        let found = watched.query_all_raw(Statement::from_string(backend, idle)).await?;
        assert_eq!(found.len(), 0);
        let _ = plain(post::Entity).filter(post::Column::Id.eq(5)).all(&watched).await?;
        plain(post::Entity).count(&watched).await?;
        let report = watch.report();
        let more = one(&report, WatchEffect::ShowsMoreRows);
        assert_eq!((more.sql.as_str(), more.rows), (idle, Some((0, 1))), "{report}");
        let text = report.to_string();
        assert!(text.contains("SHOWS MORE ROWS") && text.contains("once: 0 rows, scoped 1\n"), "{text}");
        assert!(text.contains("once: 1 row, scoped 0\n"), "{text}");
        assert!(text.contains("once: other values in 1 row\n"), "{text}");
    }

    async fn one_statement_of_two_places_is_listed_twice(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        async fn count(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
            plain(post::Entity).count(db).await
        }
        count(&watched).await?;
        let spawned = watched.clone();
        tokio::spawn(async move { count(&spawned).await }).await.unwrap()?;
        plain(post::Entity).count(&watched).await?;
        let report = watch.report();
        let counts: Vec<_> = report.watched.iter().map(|of| of.count).collect();
        assert_eq!((report.statements, counts), (3, vec![2, 1]), "{report}");
    }

    async fn a_comparing_watch_counts_the_statements_that_answer_differently(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new().comparing();
        let watched = watched(db, &watch);
        let all = || plain(post::Entity);
        assert_eq!(all().all(&watched).await?.len(), 5);
        all().filter(post::Column::Id.eq(1)).one(&watched).await?;
        all().filter(post::Column::Id.eq(2)).one(&watched).await?;
        // The first row of either is a live one.
        all().order_by_asc(post::Column::Id).one(&watched).await?;
        assert_eq!(all().count(&watched).await?, 5);
        let txn = watched.begin().await?;
        let sql = "SELECT id FROM blog_author ORDER BY id";
        let rows = txn.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
        assert_eq!(rows.len(), 3);
        txn.execute_unprepared("UPDATE blog_author SET name = 'Eve' WHERE id = 1").await?;
        txn.commit().await?;
        let report = watch.report();
        let rows = |part: &str| {
            let is_it = |of: &&WatchedStatement| of.sql.contains(part);
            let found: Vec<_> = report.watched.iter().filter(is_it).collect();
            found.iter().map(|of| (of.count, of.differed, of.rows)).collect::<Vec<_>>()
        };
        let selects = report.watched.iter().filter(|of| of.sql.starts_with("SELECT"));
        assert!(selects.clone().count() > 0 && selects.clone().all(|of| of.compared == of.count), "{report}");
        let mut writes = report.watched.iter().filter(|of| of.sql.starts_with("UPDATE"));
        assert!(writes.all(|of| of.compared == 0), "{report}");
        assert_eq!(rows("COUNT"), [(1, 1, Some((1, 1)))]);
        assert_eq!(rows("SELECT id FROM blog_author"), [(1, 1, Some((3, 2)))]);
        let by_key: Vec<_> = report.watched.iter().filter(|of| of.sql.contains("WHERE")).collect();
        let differed: u64 = by_key.iter().filter(|of| of.sql.contains("SELECT")).map(|of| of.differed).sum();
        assert_eq!(differed, 1, "the row with the key 2 is trashed: {report}");
        let name = plain(author::Entity).filter(author::Column::Id.eq(1)).one(&**db).await?.unwrap().name;
        assert_eq!(name, "Eve", "the comparison leaves the transaction as it was");
    }

    async fn watches_append_to_one_file(db: &TestDb) {
        let _ = blog(db).await;
        let path = tempfile::tempdir().unwrap();
        let path = path.path().join("watch.jsonl");
        for _ in 0..2 {
            let watch = Watch::new().comparing().append_to(&path).unwrap();
            let watched = watched(db, &watch);
            for _ in 0..3 {
                let _ = plain(post::Entity).all(&watched).await?;
            }
            Delete::many(comment::Entity).exec(&watched).await?;
        }
        let report = WatchReport::read(&path).unwrap();
        let read = one(&report, WatchEffect::HidesTrash);
        assert_eq!((read.count, read.compared, read.differed), (6, 6, 6), "{report}");
        assert_eq!(one(&report, WatchEffect::BecomesSoftDelete).count, 2);
        std::fs::write(&path, "{}\n").unwrap();
        let error = WatchReport::read(&path).unwrap_err().to_string();
        assert!(error.contains("watch.jsonl:1"), "{error}");
    }

    async fn a_report_holds_no_bound_values_and_prints_each_statement(db: &TestDb) {
        let _ = blog(db).await;
        let watch = Watch::new();
        let watched = watched(db, &watch);
        let _ = plain(post::Entity).filter(post::Column::Slug.eq("secret")).all(&watched).await?;
        let report = watch.report();
        let text = report.to_string();
        assert!(text.contains("HIDES TRASH") && text.contains("watching.rs:") && text.contains("SELECT"), "{text}");
        assert!(!text.contains("secret"), "{text}");
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains(r#""effect":"hides_trash""#), "{json}");
        assert_eq!(serde_json::from_str::<WatchReport>(&json).unwrap(), report);
    }
}

/// A mock returns its prepared results in order, so the watch must not ask it a second time.
#[tokio::test]
async fn a_comparing_watch_does_not_query_a_mock() {
    let mock = MockDatabase::new(sea_orm::DbBackend::Sqlite)
        .append_query_results([Vec::<country::Model>::new()])
        .into_connection();
    let watch = Watch::new().comparing();
    let watched = mock.scoped_with(&Scope::builder().watch(&watch).build());
    let found = plain(author::Entity)
        .select_only()
        .column(author::Column::Id)
        .into_tuple::<i32>();
    assert!(found.all(&watched).await.unwrap().is_empty());
    assert_eq!(watch.report().watched.len(), 1);
}
