//! The `tracing` events for each statement.

use std::fmt;
use std::sync::{Arc, Mutex};

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, Delete};
use sea_orm_soft_delete::{Scopable, Scope};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use super::blog::{author, country, post};
use super::rows::{blog, plain};
use crate::harness::{Server, on_every_database};

/// One event.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) level: Level,
    pub(super) fields: Vec<(&'static str, String)>,
}

/// A subscriber that collects the events of this crate. It belongs to one thread, and each test has its
/// own.
#[derive(Clone, Default)]
pub(super) struct Ear(Arc<Mutex<Vec<Told>>>);

impl Ear {
    pub(super) fn heard(&self) -> Vec<Told> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// The only event since the previous call.
    #[track_caller]
    fn one(&self) -> Told {
        let mut told = self.heard();
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0)
    }
}

impl Told {
    #[track_caller]
    pub(super) fn says(&self, field: &str) -> &str {
        let found = self.fields.iter().find(|(name, _)| *name == field);
        found.map_or_else(|| panic!("no {field} in {self:?}"), |(_, value)| value)
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.push((field.name(), format!("{value:?}")));
    }
}

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("sea_orm_soft_delete")
    }

    fn event(&self, event: &Event<'_>) {
        let mut told = Told {
            level: *event.metadata().level(),
            fields: Vec::new(),
        };
        event.record(&mut told);
        self.0.lock().unwrap().push(told);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

on_every_database! {
    async fn a_rewritten_statement_emits_an_event_at_debug(db: &TestDb) {
        let scoped = blog(db).await;
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        // The second time the statement comes from the cache, and the event is emitted again.
        for _ in 0..2 {
            let _ = plain(post::Entity).all(&scoped).await?;
            let told = ear.one();
            assert_eq!(told.level, Level::DEBUG);
            assert_eq!(told.says("message"), "a statement is scoped");
            assert!(!told.says("sql").contains("IS NULL"), "{told:?}");
            assert!(told.says("sent").contains("IS NULL"), "{told:?}");
        }
        Delete::many(post::Entity).filter(post::Column::Slug.eq("secret")).exec(&scoped).await?;
        let told = ear.one();
        assert_eq!(told.level, Level::DEBUG);
        assert!(told.says("sql").starts_with("DELETE FROM"), "{told:?}");
        assert!(told.says("sent").starts_with("UPDATE"), "{told:?}");
        assert!(!format!("{told:?}").contains("secret"), "values are not told: {told:?}");
        scoped.execute_unprepared("UPDATE blog_post SET views = 1").await?;
        assert_eq!(ear.one().says("sql"), "UPDATE blog_post SET views = 1");
    }

    async fn an_unchanged_statement_emits_no_event(db: &TestDb) {
        let scoped = blog(db).await;
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        let _ = plain(country::Entity).all(&scoped).await?;
        let _ = plain(country::Entity).all(&scoped.with_trashed()).await?;
        let _ = plain(post::Entity).all(&**db).await?;
        scoped.execute_unprepared("DROP TABLE blog_post").await?;
        assert!(ear.heard().is_empty());
    }

    async fn a_statement_that_lifts_a_scope_emits_an_event_at_info(db: &TestDb) {
        let scoped = blog(db).await;
        let explicit = db.scoped_with(&Scope::builder().explicit_marker_wins().build());
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        let lifted = |what: &str| {
            let told = ear.one();
            assert_eq!(told.level, Level::INFO, "{what}: {told:?}");
            assert!(told.says("sql").contains("blog_post"), "{what}: {told:?}");
            assert!(told.says("sent").contains("blog_post"), "{what}: {told:?}");
        };
        let _ = plain(post::Entity).all(&scoped.with_trashed()).await?;
        lifted("a handle");
        let _ = plain(post::Entity).all(&scoped.with_trashed_of(post::Entity)).await?;
        lifted("a handle of one entity");
        let _ = plain(post::Entity).inner_join(author::Entity).all(&scoped.with_trashed_of(post::Entity)).await?;
        lifted("a handle of one entity of two");
        let _ = post::Entity::with_trashed().all(&scoped).await?;
        lifted("with_trashed");
        let _ = post::Entity::only_trashed().all(&scoped).await?;
        lifted("only_trashed");
        let _ = post::Entity::restore_many().filter(post::Column::Id.eq(9)).exec(&scoped).await?;
        lifted("restore_many");
        let _ = post::Entity::force_delete_by_id(5).exec(&scoped).await?;
        lifted("force_delete");
        scoped.execute_unprepared("UPDATE blog_post SET views = 1 /* soft_delete: with_trashed */").await?;
        lifted("a comment");
        let _ = plain(post::Entity).filter(post::Column::DeletedAt.is_not_null()).all(&explicit).await?;
        let told = ear.one();
        assert_eq!(told.level, Level::INFO);
        // It differs from the event of a verb, so that an application can look for what is left to move.
        assert!(told.says("message").contains("names the marker"), "{told:?}");

        // A handle that lifts the scope of another table does not lift the scope of this statement.
        let _ = plain(post::Entity).all(&scoped.with_trashed_of(author::Entity)).await?;
        assert_eq!(ear.one().level, Level::DEBUG);
        let _ = plain(post::Entity).all(&explicit).await?;
        assert_eq!(ear.one().level, Level::DEBUG);
    }

    async fn a_refused_statement_emits_an_event_at_warn(db: &TestDb) {
        let scoped = blog(db).await;
        let refused = match db.server() {
            Server::Sqlite => "REPLACE INTO blog_post (id) VALUES (1)",
            _ => "TRUNCATE TABLE blog_post",
        };
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        for _ in 0..2 {
            scoped.execute_unprepared(refused).await.unwrap_err();
            let told = ear.one();
            assert_eq!(told.level, Level::WARN);
            assert_eq!(told.says("table"), "blog_post");
            assert_eq!(told.says("sql"), refused);
            let construct = if db.server() == Server::Sqlite { "REPLACE" } else { "TRUNCATE" };
            assert!(told.says("construct").contains(construct), "{told:?}");
        }
    }

    /// MySQL and MariaDB report such an upsert as if it had written a live row.
    async fn an_upsert_of_a_trashed_row_emits_an_event_at_warn(db: &TestDb) {
        let scoped = blog(db).await;
        if db.server().speaks_mysql() {
            return Ok(());
        }
        let upsert = |slug: &str| format!(
            "INSERT INTO blog_post (id, slug, author_id, views) VALUES (50, '{slug}', 1, 9) \
             ON CONFLICT (slug) DO UPDATE SET views = 9"
        );
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        scoped.execute_unprepared(&upsert("one")).await?;
        assert_eq!(ear.one().level, Level::DEBUG);
        scoped.execute_unprepared(&upsert("two")).await.unwrap_err();
        let told = ear.heard();
        let levels: Vec<Level> = told.iter().map(|told| told.level).collect();
        assert_eq!(levels, [Level::DEBUG, Level::WARN]);
        assert_eq!(told[1].says("table"), "blog_post");
        assert_eq!(told[1].says("sql"), upsert("two"));
    }

    async fn leaving_the_scope_emits_an_event_at_debug(db: &TestDb) {
        let scoped = db.scoped();
        let ear = Ear::default();
        let _listening = tracing::subscriber::set_default(ear.clone());
        let _ = scoped.unscoped();
        assert_eq!(ear.one().level, Level::DEBUG);
    }
}
