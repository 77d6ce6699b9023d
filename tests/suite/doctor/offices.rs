//! Rooms with desks, badges and binders, which belong to an office or to a firm.

use sea_orm_soft_delete::RequiredScope;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::run;
use crate::harness::TestDb;

pub(crate) struct Office;

impl RequiredScope for Office {
    const NAME: &'static str = "office";
    type Value = i64;
}

pub(crate) struct Firm;

impl RequiredScope for Firm {
    const NAME: &'static str = "firm";
    type Value = String;
}

/// Another type of the name of [`Ward`].
pub(crate) struct District;

impl RequiredScope for District {
    const NAME: &'static str = "district";
    type Value = i64;
}

pub(crate) struct Ward;

impl RequiredScope for Ward {
    const NAME: &'static str = "District";
    type Value = i64;
}

pub(crate) mod room {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Scoped, SoftDelete};

    use super::Office;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
    #[sea_orm(table_name = "office_room")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[scope(Office)]
        #[sea_orm(unique_key = "office_name")]
        pub office_id: i64,
        #[sea_orm(unique_key = "office_name")]
        pub name: String,
        #[sea_orm(has_many)]
        #[soft_delete(cascade)]
        pub desks: HasMany<super::desk::Entity>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod desk {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Scoped, SoftDelete};

    use super::Office;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
    #[sea_orm(table_name = "office_desk")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[scope(Office)]
        pub office_id: i64,
        #[sea_orm(unique_key = "room_label")]
        pub room_id: i32,
        #[sea_orm(belongs_to, from = "room_id", to = "id")]
        pub room: BelongsTo<super::room::Entity>,
        #[sea_orm(unique_key = "room_label")]
        pub label: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A lamp of an office, whose entity does not say so.
pub(crate) mod lamp {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "office_lamp")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub office_id: i64,
        pub deleted_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

macro_rules! scoped {
    ($name:ident, $table:literal, { $($fields:tt)* }) => {
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::Scoped;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                $($fields)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

scoped! { badge, "office_badge", {
    #[scope(super::Office)]
    pub office_id: i64,
    pub code: String,
} }

scoped! { spare_badge, "office_spare_badge", {
    #[scope(super::Office)]
    pub office_id: Option<i64>,
} }

scoped! { binder, "firm_binder", {
    #[scope(super::Firm)]
    pub firm: String,
} }

scoped! { street, "district_street", {
    #[scope(super::District)]
    pub district_id: i64,
} }

scoped! { square, "district_square", {
    #[scope(super::Ward)]
    pub district_id: i64,
} }

pub(super) const ROOM: &str = "CREATE TABLE office_room (id {id}, office_id bigint NOT NULL, name varchar(40) NOT NULL, \
    deleted_at {zoned} NULL, operation_id {uuid} NULL)";
pub(super) const DESK: &str = "CREATE TABLE office_desk (id {id}, office_id bigint NOT NULL, room_id {int} NOT NULL, \
    label varchar(40) NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL, \
    FOREIGN KEY (office_id, room_id) REFERENCES office_room (office_id, id))";
pub(super) const BADGE: &str =
    "CREATE TABLE office_badge (id {id}, office_id bigint NOT NULL, code varchar(40) NOT NULL)";
pub(super) const LAMP: &str =
    "CREATE TABLE office_lamp (id {id}, office_id bigint NOT NULL, deleted_at {zoned} NULL)";
pub(super) const BINDER: &str =
    "CREATE TABLE firm_binder (id {id}, firm varchar(40) {exact} NOT NULL)";

/// The desks with a foreign key that lacks the office.
pub(super) fn desk_of_any_office() -> String {
    DESK.replace(
        "(office_id, room_id) REFERENCES office_room (office_id, id)",
        "(room_id) REFERENCES office_room (id)",
    )
}

/// Creates rooms, desks and badges as they should be, but for the tables that `desk` and `badge` make.
pub(super) async fn offices(db: &TestDb, desk: &str, badge: &str) {
    run(db, [ROOM]).await;
    let rooms = SoftDeleteSchema::of::<room::Entity>();
    rooms.index_live(["office_id"]).create(&**db).await.unwrap();
    run(
        db,
        [
            "CREATE UNIQUE INDEX office_room_key ON office_room (office_id, id)",
            desk,
            badge,
            "CREATE INDEX office_badge_office ON office_badge (office_id)",
            "CREATE INDEX office_desk_room ON office_desk (room_id)",
            "CREATE INDEX office_desk_office ON office_desk (office_id)",
        ],
    )
    .await;
}

pub(super) fn doctor() -> Doctor {
    Doctor::new()
        .in_family_of(room::Entity)
        .of_scoped(badge::Entity)
}

pub(super) async fn examine(db: &TestDb) -> Diagnosis {
    doctor().examine(&**db).await.unwrap()
}
