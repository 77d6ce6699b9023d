//! What the verbs do not reach, as the README says. Each is here so that a change of it, ours or
//! SeaORM's, is noticed and the README follows.

use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, Delete, IntoActiveModel};
use sea_orm_soft_delete::SoftDeleteEntity;

use crate::entities::{ids, insert, note, one_trashed_one_live, row};
use crate::formats::{author, one_author_with_two_posts, post};
use crate::harness::on_every_database;

on_every_database! {
    async fn related_rows_are_seen_trashed_or_not_unless_they_are_filtered(db: &TestDb) {
        one_author_with_two_posts(db).await;
        post::Entity::delete_many().filter(post::Column::Number.eq(1)).exec(&**db).await?;
        let author = author::Entity::find().one(&**db).await?.unwrap();
        let posts = author.find_related(post::Entity);
        assert_eq!(posts.clone().count(&**db).await?, 2);
        let live = posts.filter(<post::Entity as SoftDeleteEntity>::is_live());
        assert_eq!(live.count(&**db).await?, 1);

        let loaded = author::Entity::load().with(post::Entity).one(&**db).await?.unwrap();
        let is_trashed: Vec<bool> = loaded.posts.into_iter().map(|post| post.is_trashed()).collect();
        assert_eq!(is_trashed.iter().filter(|trashed| **trashed).count(), 1);
    }

    async fn an_upsert_writes_to_a_trashed_row_that_holds_the_key(db: &TestDb) {
        one_trashed_one_live(db).await;
        let again = note::ActiveModel {
            id: Set(3),
            title: Set("Upserted".to_owned()),
            ..row(db, 1).await.unwrap().into_active_model().reset_all()
        };
        let on_conflict = OnConflict::column(note::Column::Slug)
            .update_column(note::Column::Title)
            .to_owned();
        note::Entity::insert(again).on_conflict(on_conflict).exec_without_returning(&**db).await?;
        let gone = row(db, 1).await.unwrap();
        assert!(gone.is_trashed());
        assert_eq!(gone.title, "Upserted");
    }

    async fn delete_by_a_unique_column_is_seaorms_and_physical(db: &TestDb) {
        one_author_with_two_posts(db).await;
        post::Entity::delete_by_place((2026, 1)).exec(&**db).await?;
        assert_eq!(post::Entity::with_trashed().count(&**db).await?, 1);
    }

    async fn the_plain_statements_are_there_for_those_who_ask(db: &TestDb) {
        one_trashed_one_live(db).await;
        let all = <note::Entity as EntityTrait>::find().all(&**db).await?;
        assert_eq!(ids(&all).len(), 2);
        Delete::many(note::Entity).filter(note::Column::Id.eq(2)).exec(&**db).await?;
        assert_eq!(row(db, 2).await, None);
        insert(db, 3, "too").await;
        <note::Entity as EntityTrait>::delete_many().exec(&**db).await?;
        assert_eq!(note::Entity::with_trashed().count(&**db).await?, 0);
    }
}
