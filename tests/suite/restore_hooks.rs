//! The values that `before_restore` sets are written by every verb that restores a named row.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use sea_orm_soft_delete::{Operation, Scopable, SoftDeleteError};

use crate::harness::{TestDb, on_every_database};

mod course {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "hook_course")]
    #[soft_delete(cascade(super::lesson::Entity))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::lesson::Entity")]
        Lesson,
    }

    impl Related<super::lesson::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Lesson.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// An entity whose hook does what the column `wish` says.
mod lesson {
    use sea_orm::ActiveValue::Set;
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{RestoreBehavior, SoftDelete};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "hook_lesson")]
    #[soft_delete(restore_behavior)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub course_id: i32,
        #[sea_orm(unique)]
        pub slug: String,
        pub place: i32,
        pub wish: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::course::Entity",
            from = "Column::CourseId",
            to = "super::course::Column::Id",
            skip_fk
        )]
        Course,
    }

    impl Related<super::course::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Course.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}

    #[async_trait::async_trait]
    impl RestoreBehavior for ActiveModel {
        async fn before_restore<C: ConnectionTrait>(mut self, _db: &C) -> Result<Self, DbErr> {
            match self.wish.as_ref().split_once(':') {
                Some(("place", place)) => self.place = Set(place.parse().unwrap()),
                Some(("course", course)) => self.course_id = Set(course.parse().unwrap()),
                Some(("slug", slug)) => self.slug = Set(slug.to_owned()),
                Some(("key", key)) => {
                    self.id = Set(key.parse().unwrap());
                    self.operation_id = Set(Some(Uuid::nil()));
                    self.place = Set(5);
                }
                _ => {}
            }
            Ok(self)
        }

        async fn after_restore<C: ConnectionTrait>(model: Model, _db: &C) -> Result<Model, DbErr> {
            match model.wish.as_str() {
                "veto" => Err(DbErr::Custom("veto".to_owned())),
                _ => Ok(model),
            }
        }
    }
}

/// Courses 1, 2 and 3, of which 3 is trashed. Lesson 1 of course 1 is trashed and has this wish; lesson 2
/// is live.
async fn lessons(db: &TestDb, wish: &str) {
    db.execute_unprepared("DROP TABLE IF EXISTS hook_lesson")
        .await
        .unwrap();
    db.execute_unprepared("DROP TABLE IF EXISTS hook_course")
        .await
        .unwrap();
    db.create_table(course::Entity).await;
    db.create_table(lesson::Entity).await;
    for sql in [
        "INSERT INTO hook_course (id) VALUES (1), (2), (3)",
        "INSERT INTO hook_lesson (id, course_id, slug, place, wish) VALUES (1, 1, 'a', 1, 'w'), (2, 1, 'b', 2, '')",
        &format!("UPDATE hook_lesson SET wish = '{wish}' WHERE id = 1"),
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    course::Entity::delete_by_id(3).exec(&**db).await.unwrap();
    lesson::Entity::delete_by_id(1).exec(&**db).await.unwrap();
}

async fn stored(db: &TestDb) -> lesson::Model {
    let row = <lesson::Entity as EntityTrait>::find_by_id(1);
    row.one(&**db).await.unwrap().unwrap()
}

const WAYS: usize = 9;

/// Restores lesson 1 by one of the calls that name a row.
async fn restore(way: usize, db: &TestDb) -> Result<lesson::Model, SoftDeleteError> {
    let row = stored(db).await;
    let new = || lesson::ActiveModel {
        id: Set(1),
        ..Default::default()
    };
    Ok(match way {
        8 => {
            let restore = lesson::Entity::restore_by_id(1).with_values(new());
            restore.exec(&**db).await?
        }
        0 => row.restore(&**db).await?,
        1 => {
            row.into_active_model().restore(&**db).await?;
            stored(db).await
        }
        2 => lesson::Entity::restore_by_id(1).exec(&**db).await?,
        3 => lesson::Entity::restore_by_id(1).exec(&db.scoped()).await?,
        4 => {
            lesson::Entity::restore_by_id(1)
                .with_ancestors()
                .exec(&**db)
                .await?
        }
        5 => {
            let restore = lesson::Entity::restore_by_id(1);
            let preview = restore.preview(&**db).await?;
            assert_eq!(restore.confirm(&preview, &**db).await?.rows_affected, 1);
            stored(db).await
        }
        6 => lesson::Entity::insert_or_revive(new())
            .exec(&**db)
            .await?
            .into_model(),
        _ => lesson::Entity::find_or_insert(new())
            .or_revive()
            .exec(&**db)
            .await?
            .into_model(),
    })
}

on_every_database! {
    async fn each_restore_of_a_named_row_writes_the_values_of_the_hook(db: &TestDb) {
        for way in 0..WAYS {
            lessons(db, "place:9").await;
            let restored = restore(way, db).await?;
            assert_eq!((restored.place, restored.is_trashed()), (9, false), "{way}");
            assert_eq!(restored, stored(db).await, "{way}");
        }
    }

    async fn rows_that_are_not_named_are_restored_without_hooks(db: &TestDb) {
        for way in 0..3 {
            lessons(db, "place:9").await;
            match way {
                0 => { lesson::Entity::restore_many().exec(&**db).await?; },
                1 => {
                    let operation = stored(db).await.operation().unwrap();
                    let list = Operation::list().in_family_of(course::Entity);
                    list.find(operation, &**db).await?.unwrap().restore(&**db).await?;
                }
                _ => {
                    restore(2, db).await?;
                    db.execute_unprepared("UPDATE hook_lesson SET place = 1 WHERE id = 1").await?;
                    course::Entity::delete_by_id(1).exec(&**db).await?;
                    course::Entity::restore_by_id(1).exec(&**db).await?;
                }
            }
            let restored = stored(db).await;
            assert_eq!((restored.place, restored.is_trashed()), (1, false), "{way}");
        }
    }

    async fn the_parent_that_the_hook_sets_has_to_be_live(db: &TestDb) {
        for way in 0..WAYS {
            lessons(db, "course:2").await;
            course::Entity::delete_by_id(1).exec(&**db).await?;
            // A preview runs no hooks.
            if way != 5 {
                let restored = restore(way, db).await?;
                assert_eq!((restored.course_id, restored.is_trashed()), (2, false), "{way}");
                let above = course::Entity::with_trashed().filter(course::Column::Id.eq(1));
                assert!(above.one(&**db).await?.unwrap().is_trashed(), "{way}");
            }

            lessons(db, "course:3").await;
            let before = stored(db).await;
            if way != 4 {
                let refused = restore(way, db).await.unwrap_err();
                let SoftDeleteError::ParentTrashed { parent_key, .. } = &refused else { panic!("{way} {refused}") };
                assert_eq!(parent_key, "id = 3", "{way}");
                assert_eq!(stored(db).await, before, "{way}");
            }

            lessons(db, "course:4").await;
            let before = stored(db).await;
            let refused = restore(way, db).await.unwrap_err();
            let SoftDeleteError::ParentGone { parent_key, .. } = &refused else { panic!("{way} {refused}") };
            assert_eq!(parent_key, "id = 4", "{way}");
            assert_eq!(stored(db).await, before, "{way}");
        }
    }

    async fn the_value_that_the_hook_sets_has_to_be_unique(db: &TestDb) {
        for way in 0..WAYS {
            lessons(db, "slug:c").await;
            assert_eq!(restore(way, db).await?.slug, "c", "{way}");

            lessons(db, "slug:b").await;
            let before = stored(db).await;
            let refused = restore(way, db).await.unwrap_err();
            assert!(matches!(refused, SoftDeleteError::UniqueViolation { .. }), "{way} {refused}");
            assert_eq!(stored(db).await, before, "{way}");
        }
    }

    async fn an_error_after_a_restore_leaves_the_row_in_the_trash(db: &TestDb) {
        for way in 0..WAYS {
            lessons(db, "veto").await;
            let before = stored(db).await;
            let refused = restore(way, db).await.unwrap_err();
            assert!(refused.to_string().contains("veto"), "{way} {refused}");
            assert_eq!(stored(db).await, before, "{way}");
        }
    }

    async fn a_hook_can_set_neither_the_key_nor_the_stamps(db: &TestDb) {
        for way in 0..WAYS {
            lessons(db, "key:7").await;
            let restored = restore(way, db).await?;
            assert_eq!((restored.id, restored.operation_id, restored.place), (1, None, 5), "{way}");
        }
    }

    async fn pending_changes_remain_pending_beside_the_values_of_the_hook(db: &TestDb) {
        lessons(db, "place:9").await;
        let mut row = stored(db).await.into_active_model();
        row.slug = Set("pending".to_owned());
        let restored = row.restore(&**db).await?;
        assert!(restored.slug.is_set() && restored.place.is_unchanged(), "{restored:?}");
        let row = stored(db).await;
        assert_eq!((row.slug.as_str(), row.place), ("a", 9));
    }

    async fn a_filter_sees_the_row_before_the_hook(db: &TestDb) {
        lessons(db, "slug:c").await;
        let restore = lesson::Entity::restore_by_id(1).filter(lesson::Column::Slug.eq("c"));
        let refused = restore.exec(&**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::NotRestored { .. }), "{refused}");
        let restore = lesson::Entity::restore_by_id(1).filter(lesson::Column::Slug.eq("a"));
        assert_eq!(restore.exec(&**db).await?.slug, "c");
    }
}
