//! Keys of several columns, keys that are not numbers, link rows, and every kind of marker.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, PaginatorTrait};
use sea_orm_soft_delete::{Clock, FoundOrInserted, Inserted, Scopable, SoftDeleteError};

use super::users::{Unique, make_unique};
use crate::entities::{NOON, later};
use crate::harness::on_every_database;

/// An entity with a natural primary key.
mod country {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "revive_country")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        pub name: String,
        #[soft_delete(marker)]
        pub deleted: bool,
        #[soft_delete(operation)]
        pub operation_id: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A link entity whose key is the two foreign keys.
mod tagged {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "revive_tagged")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub post_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i32,
        pub weight: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A link entity with its own key. The pair of foreign keys is unique among live rows.
mod membership {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "revive_membership")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub team_id: i32,
        pub person_id: i32,
        pub role: String,
        pub deleted_at: Option<TimeDateTimeWithTimeZone>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An entity whose live rows hold an instant, too.
mod coupon {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "revive_coupon")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub code: String,
        #[soft_delete(marker, epoch = "milliseconds")]
        pub deleted: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn country(name: &str) -> country::ActiveModel {
    country::ActiveModel {
        code: Set("dd".to_owned()),
        name: Set(name.to_owned()),
        deleted: Set(false),
        ..Default::default()
    }
}

fn link(tag_id: i32, weight: i32) -> tagged::ActiveModel {
    tagged::ActiveModel {
        post_id: Set(1),
        tag_id: Set(tag_id),
        weight: Set(weight),
        ..Default::default()
    }
}

fn member(role: &str) -> membership::ActiveModel {
    membership::ActiveModel {
        team_id: Set(1),
        person_id: Set(2),
        role: Set(role.to_owned()),
        ..Default::default()
    }
}

const LINKED: [membership::Column; 2] = [membership::Column::TeamId, membership::Column::PersonId];

on_every_database! {
    async fn a_natural_primary_key_is_revived(db: &TestDb) {
        db.create_table(country::Entity).await;
        let new = country::Entity::insert_or_revive(country("GDR")).exec(&**db).await?;
        assert!(matches!(new, Inserted::New(_)), "{new:?}");
        let refused = country::Entity::insert_or_revive(country("GDR")).exec(&**db).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "duplicate key: a live row of `revive_country` (code = 'dd') has code = 'dd'; update that row, or \
             get it with `find_or_insert`"
        );
        country::Entity::delete_by_id("dd").exec(&**db).await?;
        let revived = country::Entity::insert_or_revive(country("again")).exec(&db.scoped()).await?;
        let Inserted::Revived(revived) = revived else { panic!("{revived:?}") };
        assert_eq!((revived.name.as_str(), revived.deleted, revived.operation_id), ("again", false, None));
        country::Entity::delete_by_id("dd").exec(&**db).await?;
        let replaced = country::Entity::insert_or_replace_trashed(country("new")).exec(&**db).await?;
        assert!(matches!(replaced, Inserted::Replaced(_)), "{replaced:?}");
        assert_eq!(country::Entity::with_trashed().count(&**db).await?, 1);
    }

    /// Scenario 40: the link is live again, and lists its target.
    async fn a_trashed_link_is_added_again(db: &TestDb) {
        db.create_table(tagged::Entity).await;
        for tag in [1, 2] {
            link(tag, 1).insert(&**db).await?;
        }
        tagged::Entity::delete_by_id((1, 1)).exec(&**db).await?;
        let scoped = db.scoped();
        let plain = link(1, 5).insert(&scoped).await.unwrap_err();
        assert!(matches!(plain.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))), "{plain:?}");
        let revived = tagged::Entity::insert_or_revive(link(1, 5)).exec(&scoped).await?;
        let Inserted::Revived(revived) = revived else { panic!("{revived:?}") };
        assert_eq!((revived.tag_id, revived.weight, revived.deleted_at), (1, 5, None));
        let refused = tagged::Entity::insert_or_revive(link(2, 5)).exec(&scoped).await;
        assert!(matches!(
            refused,
            Err(SoftDeleteError::KeyTaken { by, .. }) if by == "post_id = 1, tag_id = 2"
        ));
        let new = tagged::Entity::insert_or_revive(link(3, 5)).exec(&scoped).await?;
        assert!(matches!(new, Inserted::New(_)), "{new:?}");
        assert_eq!(tagged::Entity::with_trashed().count(&**db).await?, 3);
    }

    /// Scenario 40, on a table that allows a second link beside the trashed link.
    async fn a_trashed_link_is_added_beside_or_revived(db: &TestDb) {
        db.create_table(membership::Entity).await;
        make_unique(db, "revive_membership", "team_id, person_id", Unique::Live).await;
        let first = member("guest").insert(&**db).await?;
        Clock::fixed(NOON).scope(first.delete(&**db)).await?;

        let beside = membership::Entity::find_or_insert(member("owner")).by(LINKED).exec(&**db).await?;
        let FoundOrInserted::Inserted(beside) = beside else { panic!("{beside:?}") };
        assert_eq!(membership::Entity::with_trashed().count(&**db).await?, 2);
        Clock::fixed(later()).scope(beside.clone().delete(&**db)).await?;

        let revived = membership::Entity::insert_or_revive(member("guest")).by(LINKED).exec(&**db).await?;
        let Inserted::Revived(revived) = revived else { panic!("{revived:?}") };
        assert_eq!((revived.id, revived.role.as_str()), (beside.id, "guest"));
        assert_eq!(membership::Entity::only_trashed().count(&**db).await?, 1);
        assert_eq!(membership::Entity::find().count(&**db).await?, 1);
    }

    /// In SQLite, the `time` crate's text of an instant does not sort in the order of the instants.
    async fn the_last_trashed_row_is_found_to_the_microsecond(db: &TestDb) {
        db.create_table(membership::Entity).await;
        let micros = [240_000, 245_000, 0, 244_999];
        for micros in micros {
            let row = member(&micros.to_string()).insert(&**db).await?;
            let at = NOON.unix_micros() / 1_000_000 * 1_000_000 + micros;
            let at = sea_orm_soft_delete::Timestamp::from_unix_micros(at).unwrap();
            Clock::fixed(at).scope(row.delete(&**db)).await?;
        }
        let find = membership::Entity::find_or_insert(member("")).by(LINKED).with_trashed();
        assert_eq!(find.exec(&**db).await?.into_model().role, "245000");
    }

    /// A `bool` marker holds no instant, but the operation ids are ordered.
    async fn the_last_trashed_row_is_found_by_its_operation_if_the_marker_holds_no_instant(db: &TestDb) {
        db.create_table(country::Entity).await;
        for code in ["a", "b", "c"] {
            country::ActiveModel { code: Set(code.to_owned()), ..country("same") }.insert(&**db).await?;
        }
        for (code, day) in [("a", 3), ("b", 5), ("c", 4)] {
            let at = sea_orm_soft_delete::Timestamp::from_unix_seconds(86_400 * day).unwrap();
            Clock::fixed(at).scope(country::Entity::delete_by_id(code).exec(&**db)).await?;
        }
        // A handwritten UPDATE trashed this row. Its instant is unknown, so it sorts before all others.
        db.execute_unprepared("UPDATE revive_country SET operation_id = NULL WHERE code = 'c'").await?;
        let find = || country::Entity::find_or_insert(country("same")).by([country::Column::Name]);
        assert_eq!(find().with_trashed().exec(&**db).await?.into_model().code, "b");
        country::Entity::force_delete_by_id("b").exec(&**db).await?;
        assert_eq!(find().or_revive().exec(&**db).await?.into_model().code, "a");
    }

    /// If nothing else decides, the highest primary key does.
    async fn of_the_rows_of_one_operation_the_highest_key_is_revived(db: &TestDb) {
        db.create_table(coupon::Entity).await;
        let coupon = |id| coupon::ActiveModel { id: Set(id), code: Set("x".to_owned()), deleted: Set(0) };
        for id in [1, 3, 2] {
            coupon(id).insert(&**db).await?;
        }
        coupon::Entity::delete_many().exec(&**db).await?;
        let revived = coupon::Entity::insert_or_revive(coupon(9)).by([coupon::Column::Code]).exec(&**db).await?;
        assert_eq!(revived, Inserted::Revived(coupon::Model { id: 3, code: "x".to_owned(), deleted: 0 }));
        assert_eq!(coupon::Entity::only_trashed().count(&**db).await?, 2);
    }
}
