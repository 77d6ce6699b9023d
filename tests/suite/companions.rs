//! The companion columns beside the marker, in each type that they can have.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Attribution, Clock, SoftDeleteError};

use crate::entities::{NOON, later, noon, utc};
use crate::harness::on_every_database;

/// Text for every companion column, and a nullable `updated_at`.
mod text {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "text")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation: Option<String>,
        #[soft_delete(deleted_by)]
        pub who: Option<String>,
        #[soft_delete(updated_at)]
        pub changed: Option<DateTime>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// UUID columns, and an `updated_at` without the attribute that makes a delete touch it.
mod uuids {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    pub type Actor = Option<Uuid>;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "uuids")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation: Option<Uuid>,
        #[soft_delete(deleted_by)]
        #[sea_orm(nullable)]
        pub who: Actor,
        pub updated_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The user's key is a newtype.
mod newtype {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType)]
    pub struct UserId(pub i32);

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "newtype")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<UserId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

on_every_database! {
    async fn text_columns_hold_operation_actor_and_instant(db: &TestDb) {
        db.create_table(text::Entity).await;
        let row = text::ActiveModel { id: Set(1), ..Default::default() }.insert(&**db).await?;
        Clock::fixed(NOON).scope(row.delete_with(Attribution::by("alice"), &**db)).await?;

        let row = text::Entity::only_trashed().one(&**db).await?.unwrap();
        let operation = Uuid::parse_str(row.operation.as_deref().unwrap()).unwrap();
        assert_eq!(operation.get_version_num(), 7);
        assert_eq!(row.who.as_deref(), Some("alice"));
        assert_eq!(row.changed, Some(noon().naive_utc()));

        let row = Clock::fixed(later()).scope(row.restore(&**db)).await?;
        assert_eq!((row.operation, row.who), (None, None));
        assert_eq!(row.changed, Some(utc(later()).naive_utc()));
    }

    async fn integers_and_uuids_are_written_as_text_into_text_columns(db: &TestDb) {
        db.create_table(text::Entity).await;
        let user = Uuid::from_u128(1);
        for id in [1, 2] {
            text::ActiveModel { id: Set(id), ..Default::default() }.insert(&**db).await?;
        }
        text::Entity::delete_by_id(1).by(42).exec(&**db).await?;
        text::Entity::delete_by_id(2).by(user).exec(&**db).await?;
        let who = async |id| {
            let row = text::Entity::with_trashed().filter(text::Column::Id.eq(id));
            row.one(&**db).await.unwrap().unwrap().who.unwrap()
        };
        assert_eq!((who(1).await, who(2).await), ("42".to_owned(), user.to_string()));
    }

    /// Scenario 80: a delete touches `updated_at` only if the attribute says so.
    async fn uuid_columns_and_an_updated_at_that_is_not_marked(db: &TestDb) {
        db.create_table(uuids::Entity).await;
        let key = Uuid::from_u128(2);
        let row = uuids::ActiveModel {
            id: Set(key),
            updated_at: Set(Some(noon())),
            ..Default::default()
        };
        row.insert(&**db).await?;
        uuids::Entity::delete_by_id(key).by(key).exec(&**db).await?;
        let row = uuids::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!(row.operation.unwrap().get_version_num(), 7);
        assert_eq!(row.who, Some(key));
        assert_eq!(row.updated_at, Some(noon()));
        let row = row.restore(&**db).await?;
        assert_eq!((row.operation, row.who, row.updated_at), (None, None, Some(noon())));
    }

    async fn a_newtype_of_an_integer_can_hold_the_actor(db: &TestDb) {
        db.create_table(newtype::Entity).await;
        for id in [1, 2] {
            newtype::ActiveModel { id: Set(id), ..Default::default() }.insert(&**db).await?;
        }
        newtype::Entity::delete_by_id(1).by(newtype::UserId(7)).exec(&**db).await?;
        newtype::Entity::delete_by_id(2).by(7_i64).exec(&**db).await?;
        let rows = newtype::Entity::only_trashed().all(&**db).await?;
        assert!(rows.iter().all(|row| row.deleted_by == Some(newtype::UserId(7))), "{rows:?}");
    }

    async fn an_explicit_attribution_without_its_column_is_refused_and_an_ambient_one_is_not(db: &TestDb) {
        db.create_table(newtype::Entity).await;
        let row = newtype::ActiveModel { id: Set(1), ..Default::default() };
        let row = row.insert(&**db).await?;

        let lost = row.clone().delete_with(Attribution::reason("spam"), &**db).await.unwrap_err();
        let typed = SoftDeleteError::inside(&lost).expect("it is typed");
        assert_eq!(
            typed.to_string(),
            "attribution not recorded: `newtype` has no column for why; mark one with \
             `#[soft_delete(reason)]`, or leave it out of this call"
        );
        assert_eq!(newtype::Entity::find().count(&**db).await?, 1, "nothing was deleted");

        let ambient = Attribution::by(7).because("spam");
        assert_eq!(ambient.scope(row.delete(&**db)).await?.rows_affected, 1);
    }
}
