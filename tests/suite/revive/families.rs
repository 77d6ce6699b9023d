//! Revived rows with parent rows or child rows.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, PaginatorTrait};
use sea_orm_soft_delete::{Inserted, Scopable, SoftDeleteError};

use super::users::{Connection, Unique, make_unique};
use crate::harness::{TestDb, TestResult, on_every_database};

mod shop {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "revive_shop")]
    #[soft_delete(
        cascade(super::item::Entity),
        restrict(super::order::Entity on super::order::Relation::Shop)
    )]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub domain: String,
        pub title: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::item::Entity")]
        Item,
    }

    impl Related<super::item::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Item.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod item {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "revive_item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub shop_id: i32,
        #[sea_orm(unique)]
        pub sku: String,
        pub price: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::shop::Entity",
            from = "Column::ShopId",
            to = "super::shop::Column::Id",
            skip_fk
        )]
        Shop,
    }

    impl Related<super::shop::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Shop.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod order {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revive_order")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub shop_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::shop::Entity",
            from = "Column::ShopId",
            to = "super::shop::Column::Id",
            skip_fk
        )]
        Shop,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn shop(domain: &str, title: &str) -> shop::ActiveModel {
    shop::ActiveModel {
        domain: Set(domain.to_owned()),
        title: Set(title.to_owned()),
        ..Default::default()
    }
}

fn item(shop_id: i32, sku: &str) -> item::ActiveModel {
    item::ActiveModel {
        shop_id: Set(shop_id),
        sku: Set(sku.to_owned()),
        price: Set(1),
        ..Default::default()
    }
}

/// Shop 1 has items `a` and `b`: first `b` was trashed, then the shop with `a`. Shop 2 is live and has an
/// item `c`.
async fn shops(db: &TestDb) -> TestResult {
    db.create_table(shop::Entity).await;
    db.create_table(item::Entity).await;
    db.create_table(order::Entity).await;
    make_unique(db, "revive_shop", "domain", Unique::Live).await;
    shops_again(db).await
}

async fn shops_again(db: &TestDb) -> TestResult {
    for table in ["shop", "item", "order"] {
        db.execute_unprepared(&format!("DELETE FROM revive_{table}"))
            .await?;
    }
    for (id, domain) in [(1, "one"), (2, "two")] {
        shop::ActiveModel {
            id: Set(id),
            ..shop(domain, "Old")
        }
        .insert(&**db)
        .await?;
    }
    for (id, of, sku) in [(1, 1, "a"), (2, 1, "b"), (3, 2, "c")] {
        item::ActiveModel {
            id: Set(id),
            ..item(of, sku)
        }
        .insert(&**db)
        .await?;
    }
    item::Entity::delete_by_id(2).exec(&**db).await?;
    shop::Entity::delete_by_id(1).exec(&**db).await?;
    if db.get_database_backend() == sea_orm::DbBackend::Postgres {
        for table in ["shop", "item"] {
            let next = format!("SELECT setval('revive_{table}_id_seq', 10)");
            db.execute_unprepared(&next).await?;
        }
    }
    Ok(())
}

async fn items(db: &TestDb) -> (u64, u64) {
    let live = item::Entity::find().count(&**db).await.unwrap();
    (
        live,
        item::Entity::only_trashed().count(&**db).await.unwrap(),
    )
}

async fn revives(db: &TestDb, on: &impl Connection) -> TestResult {
    shops_again(db).await?;
    let revive = shop::Entity::insert_or_revive(shop("one", "New")).by([shop::Column::Domain]);
    let revived = revive.exec(on).await?;
    let Inserted::Revived(revived) = revived else {
        panic!("{revived:?}")
    };
    assert_eq!(
        (revived.id, revived.title.as_str(), revived.operation_id),
        (1, "New", None)
    );
    assert_eq!(
        items(db).await,
        (2, 1),
        "the item that was trashed before the shop stays trashed"
    );
    assert!(item::Entity::find_by_id(2).one(&**db).await?.is_none());
    Ok(())
}

async fn replaces(db: &TestDb, on: &impl Connection) -> TestResult {
    shops_again(db).await?;
    let replace =
        shop::Entity::insert_or_replace_trashed(shop("one", "New")).by([shop::Column::Domain]);
    let replaced = replace.exec(on).await?;
    assert!(matches!(replaced, Inserted::Replaced(_)), "{replaced:?}");
    assert_eq!(
        items(db).await,
        (1, 0),
        "only the items of the other shop are left"
    );
    assert_eq!(shop::Entity::with_trashed().count(&**db).await?, 2);
    Ok(())
}

on_every_database! {
    async fn a_revival_restores_the_children_of_the_same_operation(db: &TestDb) {
        shops(db).await?;
        revives(db, &**db).await?;
        revives(db, &db.scoped()).await?;
    }

    async fn a_replacement_removes_the_children_of_the_trashed_row(db: &TestDb) {
        shops(db).await?;
        replaces(db, &**db).await?;
        replaces(db, &db.scoped()).await?;
    }

    async fn a_restricting_row_forbids_a_replacement(db: &TestDb) {
        shops(db).await?;
        // A plain INSERT, because a live order would have forbidden the delete of the shop.
        order::ActiveModel { shop_id: Set(1), ..Default::default() }.insert(&**db).await?;
        let before = shop::Entity::with_trashed().all(&**db).await?;
        let replace = shop::Entity::insert_or_replace_trashed(shop("one", "New")).by([shop::Column::Domain]);
        let refused = replace.exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::Restricted { .. })), "{refused:?}");
        assert_eq!(shop::Entity::with_trashed().all(&**db).await?, before);
        assert_eq!(items(db).await, (1, 2));
    }

    async fn a_row_is_revived_under_a_new_live_parent_and_not_under_its_trashed_parent(db: &TestDb) {
        shops(db).await?;
        let revive = |of| item::Entity::insert_or_revive(item(of, "a")).by([item::Column::Sku]);
        let refused = revive(1).exec(&**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused:?}");
        assert_eq!(items(db).await, (1, 2));

        let revived = revive(2).exec(&**db).await?.into_model();
        assert_eq!((revived.id, revived.shop_id), (1, 2));
        // The revived item is no longer part of the operation, so a restore of the shop leaves it
        // unchanged.
        shop::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(items(db).await, (2, 1));
    }

    /// A value of a child row clashes. The verb checks the whole family before it restores anything.
    async fn a_clash_of_a_child_row_leaves_the_whole_family_trashed(db: &TestDb) {
        shops(db).await?;
        let without_unique = match db.get_database_backend() {
            sea_orm::DbBackend::Postgres => "ALTER TABLE revive_item DROP CONSTRAINT revive_item_sku_key",
            sea_orm::DbBackend::MySql => "ALTER TABLE revive_item DROP INDEX sku",
            // SQLite cannot drop the index of a UNIQUE column, so the table is created again without it.
            _ => "CREATE TABLE other AS SELECT * FROM revive_item; DROP TABLE revive_item; \
                  ALTER TABLE other RENAME TO revive_item",
        };
        db.execute_unprepared(without_unique).await?;
        item::ActiveModel { id: Set(9), ..item(2, "a") }.insert(&**db).await?;
        let revive = shop::Entity::insert_or_revive(shop("one", "New")).by([shop::Column::Domain]);
        let refused = revive.exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::UniqueViolation { .. })), "{refused:?}");
        let old = shop::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!(old.title, "Old");
    }
}
