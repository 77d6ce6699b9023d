//! A shop as an application writes it: entities in the forms of `sea-orm-cli generate entity`, and a migration with
//! the helpers of sea-orm-migration. `SoftDelete` is derived, the marker is a column of the usual kinds, and nothing
//! else is done for soft delete.
//!
//! ```text
//! user ── address, order ─cascade→ order_line ── product ─cascade→ review ── user
//! category ⟲ ── product ── product_tag, wish
//! coupon
//! ```

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

macro_rules! compact {
    ($name:ident, $table:literal, [$($derive:path),*], { $($fields:tt)* }, { $($relations:tt)* }) => {
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            #[allow(unused_imports)]
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, $($derive),*)]
            #[sea_orm(table_name = $table)]
            pub struct Model { $($fields)* }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation { $($relations)* }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

pub(crate) mod user {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "shop_role")]
    pub enum Role {
        #[sea_orm(string_value = "customer")]
        Customer,
        #[sea_orm(string_value = "staff")]
        Staff,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "shop_user")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub email: String,
        pub name: Option<String>,
        pub role: Role,
        pub last_login_at: Option<DateTimeWithTimeZone>,
        pub deleted_at: Option<DateTimeWithTimeZone>,
        #[sea_orm(has_many)]
        pub orders: HasMany<super::order::Entity>,
        #[sea_orm(has_many)]
        pub reviews: HasMany<super::review::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

compact! { address, "shop_address", [SoftDelete], {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub user_id: i32,
    pub street: String,
    pub deleted_at: Option<DateTime>,
}, {
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::UserId",
        to = "super::user::Column::Id",
        on_update = "NoAction",
        on_delete = "Cascade"
    )]
    User,
} }

pub(crate) mod category {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "shop_category")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub parent_id: Option<i32>,
        #[sea_orm(unique)]
        pub slug: String,
        #[soft_delete(marker)]
        pub is_deleted: bool,
        #[sea_orm(
            self_ref,
            relation_enum = "Parent",
            from = "parent_id",
            to = "id",
            on_update = "NoAction",
            on_delete = "NoAction"
        )]
        pub parent: HasOne<Entity>,
        #[sea_orm(has_many)]
        pub products: HasMany<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod product {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "shop_product")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub category_id: Option<i32>,
        #[sea_orm(unique)]
        pub sku: String,
        #[sea_orm(column_type = "Text")]
        pub description: String,
        #[sea_orm(column_type = "Decimal(Some((16, 4)))")]
        pub price: Decimal,
        pub deleted_at: Option<DateTime>,
        #[sea_orm(
            belongs_to,
            from = "category_id",
            to = "id",
            on_update = "NoAction",
            on_delete = "SetNull"
        )]
        pub category: HasOne<super::category::Entity>,
        #[sea_orm(has_many)]
        #[soft_delete(cascade)]
        pub reviews: HasMany<super::review::Entity>,
        #[sea_orm(has_many)]
        pub order_lines: HasMany<super::order_line::Entity>,
        #[sea_orm(has_many, via = "product_tag")]
        pub tags: HasMany<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod tag {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shop_tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub name: String,
        #[sea_orm(has_many, via = "product_tag")]
        pub products: HasMany<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod product_tag {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shop_product_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i32,
        #[sea_orm(
            belongs_to,
            from = "product_id",
            to = "id",
            on_update = "Cascade",
            on_delete = "Cascade"
        )]
        pub product: HasOne<super::product::Entity>,
        #[sea_orm(
            belongs_to,
            from = "tag_id",
            to = "id",
            on_update = "Cascade",
            on_delete = "Cascade"
        )]
        pub tag: HasOne<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

compact! { wish, "shop_wish", [SoftDelete], {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: i64,
    pub deleted_at: Option<DateTimeUtc>,
}, {
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::UserId",
        to = "super::user::Column::Id",
        on_delete = "Cascade"
    )]
    User,
    #[sea_orm(
        belongs_to = "super::product::Entity",
        from = "Column::ProductId",
        to = "super::product::Column::Id",
        on_delete = "Cascade"
    )]
    Product,
} }

pub(crate) mod order {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "shop_order")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub user_id: i32,
        #[sea_orm(unique)]
        pub number: String,
        pub placed_at: DateTimeUtc,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(
            belongs_to,
            from = "user_id",
            to = "id",
            on_update = "NoAction",
            on_delete = "NoAction"
        )]
        pub user: HasOne<super::user::Entity>,
        #[sea_orm(has_many)]
        #[soft_delete(cascade)]
        pub lines: HasMany<super::order_line::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod order_line {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "shop_order_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: i64,
        pub quantity: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(
            belongs_to,
            from = "order_id",
            to = "id",
            on_update = "NoAction",
            on_delete = "Cascade"
        )]
        pub order: HasOne<super::order::Entity>,
        #[sea_orm(
            belongs_to,
            from = "product_id",
            to = "id",
            on_update = "NoAction",
            on_delete = "Restrict"
        )]
        pub product: HasOne<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod review {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "shop_review")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(unique_key = "of_user")]
        pub product_id: i64,
        #[sea_orm(unique_key = "of_user")]
        pub user_id: Option<i32>,
        pub stars: i16,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "product_id", to = "id", on_delete = "Cascade")]
        pub product: HasOne<super::product::Entity>,
        #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
        pub user: HasOne<super::user::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

compact! { coupon, "shop_coupon", [SoftDelete], {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub percent: i32,
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

fn key(
    child: &str,
    column: &str,
    parent: &str,
    rule: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.name(format!("fk-{child}-{column}"))
        .from(child.to_owned(), column.to_owned())
        .to(parent.to_owned(), "id")
        .on_update(ForeignKeyAction::NoAction)
        .on_delete(rule);
    key
}

/// Creates the tables as a migration does.
pub(super) async fn migrate(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use ForeignKeyAction::{Cascade, NoAction, Restrict, SetNull};
    if manager.get_database_backend() == sea_orm::DbBackend::Postgres {
        let role = sea_orm_migration::sea_query::extension::postgres::Type::create()
            .as_enum("shop_role")
            .values(["customer", "staff"])
            .to_owned();
        manager.create_type(role).await?;
    }
    let tables = [
        table_auto("shop_user")
            .col(pk_auto("id"))
            .col(string_uniq("email"))
            .col(string_null("name"))
            .col(enumeration("role", "shop_role", ["customer", "staff"]))
            .col(timestamp_with_time_zone_null("last_login_at"))
            .col(timestamp_with_time_zone_null("deleted_at"))
            .to_owned(),
        table_auto("shop_address")
            .col(pk_auto("id"))
            .col(integer("user_id"))
            .col(string("street"))
            .col(date_time_null("deleted_at"))
            .foreign_key(&mut key("shop_address", "user_id", "shop_user", Cascade))
            .to_owned(),
        Table::create()
            .table("shop_category")
            .col(pk_auto("id"))
            .col(integer_null("parent_id"))
            .col(string_uniq("slug"))
            .col(boolean("is_deleted").default(false))
            .foreign_key(&mut key(
                "shop_category",
                "parent_id",
                "shop_category",
                NoAction,
            ))
            .to_owned(),
        table_auto("shop_product")
            .col(big_pk_auto("id"))
            .col(integer_null("category_id"))
            .col(string_len_uniq("sku", 32))
            .col(text("description"))
            .col(decimal_len("price", 16, 4))
            .col(timestamp_null("deleted_at"))
            .foreign_key(&mut key(
                "shop_product",
                "category_id",
                "shop_category",
                SetNull,
            ))
            .to_owned(),
        Table::create()
            .table("shop_tag")
            .col(pk_auto("id"))
            .col(string_uniq("name"))
            .to_owned(),
        Table::create()
            .table("shop_product_tag")
            .col(big_integer("product_id"))
            .col(integer("tag_id"))
            .primary_key(Index::create().col("product_id").col("tag_id"))
            .foreign_key(&mut key(
                "shop_product_tag",
                "product_id",
                "shop_product",
                Cascade,
            ))
            .foreign_key(&mut key("shop_product_tag", "tag_id", "shop_tag", Cascade))
            .to_owned(),
        Table::create()
            .table("shop_wish")
            .col(integer("user_id"))
            .col(big_integer("product_id"))
            .col(timestamp_with_time_zone_null("deleted_at"))
            .primary_key(Index::create().col("user_id").col("product_id"))
            .foreign_key(&mut key("shop_wish", "user_id", "shop_user", Cascade))
            .foreign_key(&mut key("shop_wish", "product_id", "shop_product", Cascade))
            .to_owned(),
        table_auto("shop_order")
            .col(pk_uuid("id"))
            .col(integer("user_id"))
            .col(string_uniq("number"))
            .col(timestamp_with_time_zone("placed_at"))
            .col(timestamp_with_time_zone_null("deleted_at"))
            .foreign_key(&mut key("shop_order", "user_id", "shop_user", NoAction))
            .to_owned(),
        Table::create()
            .table("shop_order_line")
            .col(uuid("order_id"))
            .col(big_integer("product_id"))
            .col(integer("quantity"))
            .col(timestamp_with_time_zone_null("deleted_at"))
            .primary_key(Index::create().col("order_id").col("product_id"))
            .foreign_key(&mut key(
                "shop_order_line",
                "order_id",
                "shop_order",
                Cascade,
            ))
            .foreign_key(&mut key(
                "shop_order_line",
                "product_id",
                "shop_product",
                Restrict,
            ))
            .to_owned(),
        table_auto("shop_review")
            .col(big_pk_auto("id"))
            .col(big_integer("product_id"))
            .col(integer_null("user_id"))
            .col(small_integer("stars"))
            .col(timestamp_with_time_zone_null("deleted_at"))
            .foreign_key(&mut key(
                "shop_review",
                "product_id",
                "shop_product",
                Cascade,
            ))
            .foreign_key(&mut key("shop_review", "user_id", "shop_user", SetNull))
            .to_owned(),
        Table::create()
            .table("shop_coupon")
            .col(string_len("code", 20).primary_key())
            .col(integer("percent"))
            .col(timestamp_with_time_zone_null("deleted_at"))
            .to_owned(),
    ];
    for table in tables {
        manager.create_table(table).await?;
    }
    let of_user = Index::create()
        .name("idx-shop_review-of_user")
        .table("shop_review")
        .col("product_id")
        .col("user_id")
        .unique()
        .to_owned();
    manager.create_index(of_user).await
}
