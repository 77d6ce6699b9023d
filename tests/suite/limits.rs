//! The limits of the verbs, most of which the guide's page on limits lists. These tests fail when a change of ours or
//! of SeaORM's moves a limit, so that the page is updated.

use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, Delete, IntoActiveModel};

use crate::entities::{ids, insert, note, one_trashed_one_live, row};
use crate::formats::{author, one_author_with_two_posts, post};
use crate::harness::{TestDb, on_every_database};

/// A shelf of books with tags. All entities are soft-deletable, including the link entity.
mod shelf {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "shelf")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(has_many)]
        pub books: HasMany<super::book::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod book {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "book")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub shelf_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
        pub shelf: HasOne<super::shelf::Entity>,
        #[sea_orm(has_many, via = "book_tag")]
        pub tags: HasMany<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod tag {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many, via = "book_tag")]
        pub books: HasMany<super::book::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod book_tag {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "book_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "book_id", to = "id")]
        pub book: HasOne<super::book::Entity>,
        #[sea_orm(belongs_to, from = "tag_id", to = "id")]
        pub tag: HasOne<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// One shelf with two books. The first book has a tag.
async fn a_shelf(db: &TestDb) -> shelf::Model {
    db.create_table(shelf::Entity).await;
    db.create_table(book::Entity).await;
    db.create_table(tag::Entity).await;
    db.create_table(book_tag::Entity).await;
    let tag = tag::ActiveModel::builder()
        .set_name("new")
        .insert(&**db)
        .await
        .unwrap();
    let book = || book::ActiveModel::builder();
    let shelf = shelf::ActiveModel::builder()
        .set_name("top")
        .add_book(book().add_tag(tag))
        .add_book(book())
        .insert(&**db)
        .await
        .unwrap();
    shelf.into()
}

on_every_database! {
    async fn seaorms_own_cascade_fails_on_a_trashed_child_that_it_would_detach(db: &TestDb) {
        let shelf = a_shelf(db).await;
        let book = book::Entity::find().one(&**db).await?.unwrap();
        book.clone().delete(&**db).await?;
        let refused = shelf.clone().cascade_delete(&**db).await;
        assert!(matches!(refused, Err(DbErr::RecordNotUpdated)), "{refused:?}");
        assert_eq!(shelf::Entity::find().count(&**db).await?, 1, "nothing was written");

        // The page on limits names this workaround.
        shelf.delete(&**db).await?;
        assert_eq!(shelf::Entity::find().count(&**db).await?, 0);
    }

    async fn seaorms_own_cascade_detaches_children_with_a_nullable_foreign_key(db: &TestDb) {
        let shelf = a_shelf(db).await;
        shelf.cascade_delete(&**db).await?;
        let books = book::Entity::find().all(&**db).await?;
        assert!(books.iter().all(|book| book.shelf_id.is_none()), "{books:?}");
        assert_eq!(books.len(), 2);
    }

    async fn link_rows_are_physically_removed_by_seaorms_nested_writes(db: &TestDb) {
        a_shelf(db).await;
        let tagged = book_tag::Entity::find().one(&**db).await?.unwrap();
        let book = book::Entity::find_by_id(tagged.book_id).one(&**db).await?.unwrap();
        book.cascade_delete(&**db).await?;
        assert_eq!(book_tag::Entity::with_trashed().count(&**db).await?, 0);
    }

    async fn related_rows_are_seen_trashed_or_not_unless_they_are_filtered(db: &TestDb) {
        one_author_with_two_posts(db).await;
        post::Entity::delete_many().filter(post::Column::Number.eq(1)).exec(&**db).await?;
        let author = author::Entity::find().one(&**db).await?.unwrap();
        let posts = author.find_related(post::Entity);
        assert_eq!(posts.clone().count(&**db).await?, 2);
        let live = posts.filter(post::Entity::is_live());
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

    async fn seaorms_delete_by_a_unique_column_is_physical(db: &TestDb) {
        one_author_with_two_posts(db).await;
        post::Entity::delete_by_place((2026, 1)).exec(&**db).await?;
        assert_eq!(post::Entity::with_trashed().count(&**db).await?, 1);
    }

    async fn seaorms_plain_statements_remain_available(db: &TestDb) {
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
