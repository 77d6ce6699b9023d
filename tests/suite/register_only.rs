//! Entities that are described without verbs: no call on them changes, and everything else knows them.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, DatabaseConnection, IntoActiveModel};
use sea_orm_soft_delete::watched::WatchEffect;
use sea_orm_soft_delete::{
    Clock, Operation, Purge, Scopable, Scope, ScopedConnection, Timestamp, Watch, doctor,
};

use crate::entities::NOON;
use crate::harness::{TestDb, on_every_database};

mod folder {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_soft_delete::SoftDelete)]
    #[sea_orm(table_name = "registered_folder")]
    #[soft_delete(verbs = false, retain = "1 day")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub title: String,
        #[sea_orm(has_many)]
        #[soft_delete(cascade)]
        pub pages: HasMany<super::page::Entity>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub deletion: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod page {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_soft_delete::SoftDelete)]
    #[sea_orm(table_name = "registered_page")]
    #[soft_delete(verbs = false, retain = "1 day")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub folder_id: i32,
        #[sea_orm(belongs_to, from = "folder_id", to = "id")]
        pub folder: BelongsTo<super::folder::Entity>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub deletion: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Two folders of one page each.
async fn folders(db: &TestDb) -> Result<ScopedConnection<DatabaseConnection>, DbErr> {
    db.create_table(folder::Entity).await;
    db.create_table(page::Entity).await;
    for id in [1, 2] {
        let folder = folder::ActiveModel {
            id: Set(id),
            title: Set("a".into()),
            ..Default::default()
        };
        folder.insert(&**db).await?;
        let page = page::ActiveModel {
            id: Set(id),
            folder_id: Set(id),
            ..Default::default()
        };
        page.insert(&**db).await?;
    }
    Ok(db.scoped())
}

on_every_database! {
    async fn no_call_changes(db: &TestDb) {
        let _ = folders(db).await?;
        let folder = folder::Entity::find_by_id(1).one(&**db).await?.unwrap();
        let mut trashed = folder.clone().into_active_model();
        trashed.deleted_at = Set(Some(DateTimeUtc::UNIX_EPOCH));
        trashed.update(&**db).await?;
        assert_eq!(folder::Entity::find().count(&**db).await?, 2);
        let mut renamed = folder.into_active_model();
        renamed.title = Set("b".into());
        assert_eq!(renamed.update(&**db).await?.title, "b", "a trashed row can be updated");
        let page = page::Entity::find_by_id(1).one(&**db).await?.unwrap();
        page.delete(&**db).await?;
        assert_eq!(page::Entity::find().count(&**db).await?, 1, "the row is gone");
        assert_eq!(page::Entity::delete_many().exec(&**db).await?.rows_affected, 1);
    }

    async fn a_scoped_connection_cascades_and_hides(db: &TestDb) {
        let scoped = folders(db).await?;
        let folder = folder::Entity::find_by_id(1).one(&scoped).await?.unwrap();
        folder.delete(&scoped).await?;
        assert_eq!(folder::Entity::find().count(&scoped).await?, 1);
        assert_eq!(page::Entity::find().count(&scoped).await?, 1);
        assert_eq!(page::Entity::find().count(&**db).await?, 2, "a plain connection sees every row");
        let operation = Operation::list().in_family_of(folder::Entity).all(&scoped).await?.remove(0);
        assert_eq!(operation.restore(&scoped).await?, 2);
        assert_eq!(page::Entity::find().count(&scoped).await?, 2);
    }

    async fn a_watch_names_a_delete_that_the_scope_refuses(db: &TestDb) {
        let _ = folders(db).await?;
        let watch = Watch::new();
        let watched = db.scoped_with(&Scope::builder().watch(&watch).build());
        let deletes = "DELETE FROM registered_page WHERE id = 1; DELETE FROM registered_folder WHERE id = 1";
        watched.execute_unprepared(deletes).await?;
        assert_eq!(folder::Entity::find().count(&**db).await?, 1, "the row is gone");
        let report = watch.report();
        let refused: Vec<_> = report.with_effect(WatchEffect::Refused).collect();
        assert_eq!(refused.len(), 1, "{report}");
        let why = refused[0].refusal.as_deref().unwrap_or_default();
        assert!(why.contains("send it by itself"), "{report}");
        let error = db.scoped().execute_unprepared(deletes).await.unwrap_err();
        assert!(error.to_string().contains("send it by itself"), "{error}");
    }

    /// The traits are named in full: with an import, a call such as `Entity::find()` could be either's and does not
    /// compile.
    async fn the_traits_hold_the_verbs(db: &TestDb) {
        let _ = folders(db).await?;
        let folder = folder::Entity::find_by_id(1).one(&**db).await?.unwrap();
        sea_orm_soft_delete::SoftDeleteModel::delete(folder, &**db).await?;
        let trash = <folder::Entity as sea_orm_soft_delete::SoftDelete>::only_trashed().all(&**db).await?;
        assert_eq!(trash.len(), 1);
        assert_eq!(<page::Entity as sea_orm_soft_delete::SoftDelete>::find().count(&**db).await?, 1);
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::restore_by_id(1).exec(&**db).await?;
        assert_eq!(<page::Entity as sea_orm_soft_delete::SoftDelete>::find().count(&**db).await?, 2);
    }

    async fn a_page_that_was_trashed_before_its_folder_stays_in_its_own_operation(db: &TestDb) {
        let _ = folders(db).await?;
        let scope = Scope::builder().explicit_marker_wins().build();
        let explicit = db.scoped_with(&scope);
        <page::Entity as sea_orm_soft_delete::SoftDelete>::delete_by_id(1).exec(&explicit).await?;
        let trash = || <page::Entity as sea_orm_soft_delete::SoftDelete>::only_trashed().all(&**db);
        let before = trash().await?;
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::delete_by_id(1).exec(&explicit).await?;
        assert_eq!(trash().await?, before);
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::delete_by_id(1).exec(&explicit).await?;
        assert_eq!(trash().await?, before);
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::restore_by_id(1).exec(&explicit).await?;
        assert_eq!(trash().await?, before, "a page that was revoked before is not live again");
        // A plain DELETE cascades on the scoped connection.
        folder::Entity::delete_by_id(1).exec(&explicit).await?;
        folder::Entity::delete_by_id(1).exec(&explicit).await?;
        assert_eq!(trash().await?, before);
    }

    /// `find` and `update` hold a condition for live rows, which reads like one that the application wrote.
    async fn a_watch_lists_no_verb_but_the_conditions_for_live_rows(db: &TestDb) {
        let _ = folders(db).await?;
        let watch = Watch::new();
        let watched = db.scoped_with(&Scope::builder().watch(&watch).build());
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::delete_by_id(1).exec(&watched).await?;
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::restore_by_id(1).exec(&watched).await?;
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::delete_many()
            .filter(folder::Column::Id.eq(1))
            .exec(&watched)
            .await?;
        let deleted = <folder::Entity as sea_orm_soft_delete::SoftDelete>::delete_many();
        deleted.preview(&watched).await?;
        deleted.is_forbidden(&watched).await?;
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::restore_many().preview(&watched).await?;
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::restore_many().exec(&watched).await?;
        let page = page::Entity::find_by_id(1).one(&**db).await?.unwrap();
        sea_orm_soft_delete::SoftDeleteModel::delete(page, &watched).await?;
        sea_orm_soft_delete::RowCount::of(page::Entity).total(&watched).await?;
        let operations = Operation::list().in_family_of(page::Entity).all(&watched).await?;
        for operation in operations {
            operation.preview_restore(&watched).await?;
            operation.restore(&watched).await?;
        }
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::delete_by_id(2).exec(&watched).await?;
        let _ = <page::Entity as sea_orm_soft_delete::SoftDelete>::only_trashed().all(&watched).await?;
        Purge::of_all().in_family_of(folder::Entity).run(&watched).await?;
        <folder::Entity as sea_orm_soft_delete::SoftDelete>::force_delete_by_id(2).exec(&watched).await?;
        let report = watch.report();
        assert!(report.statements > 20, "{report}");
        assert!(report.watched.is_empty(), "{report}");

        let _ = <page::Entity as sea_orm_soft_delete::SoftDelete>::find().all(&watched).await?;
        let report = watch.report();
        assert_eq!(report.watched.len(), 1);
        assert_eq!(report.watched[0].effects, [WatchEffect::FilterCanGo], "{report}");
    }

    async fn doctor_and_purge_know_the_tables(db: &TestDb) {
        let scoped = folders(db).await?;
        let days_ago = Timestamp::from_unix_micros(NOON.unix_micros() - 3 * 86_400_000_000).unwrap();
        Clock::fixed(days_ago)
            .scope(async { folder::Entity::find_by_id(1).one(&scoped).await?.unwrap().delete(&scoped).await })
            .await?;
        let diagnosis = doctor(&**db).await?;
        assert!(diagnosis.to_string().contains("registered_folder"), "{diagnosis}");
        let report = Clock::fixed(NOON).scope(Purge::of_all().in_family_of(folder::Entity).run(&**db)).await?;
        assert_eq!(report.rows(), 2, "{report}");
        assert_eq!(folder::Entity::find().count(&**db).await?, 1);
        assert_eq!(page::Entity::find().count(&**db).await?, 1);
    }
}
