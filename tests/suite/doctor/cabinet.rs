//! Entities without relations, one for each kind of marker, and their correct tables.

use sea_orm_soft_delete::SoftDeleteEntity;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor};

use crate::harness::TestDb;

macro_rules! alone {
    ($(#[$meta:meta])* $name:ident, $table:literal, { $($fields:tt)* }) => {
        $(#[$meta])*
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
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

alone! {
    /// An entity with every companion column.
    jar, "doctor_jar", {
        #[sea_orm(unique)]
        pub label: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i32>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
        #[soft_delete(updated_at)]
        pub updated_at: Option<DateTimeUtc>,
    }
}

alone! {
    /// An entity without a companion column, so that the instant identifies an operation.
    vase, "doctor_vase", {
        pub deleted_at: Option<DateTimeUtc>,
    }
}

alone! {
    lamp, "doctor_lamp", {
        #[sea_orm(unique)]
        pub label: String,
        #[soft_delete(marker)]
        pub is_deleted: bool,
    }
}

alone! {
    coupon, "doctor_coupon", {
        #[sea_orm(unique)]
        pub label: String,
        #[soft_delete(marker, epoch = "seconds")]
        pub deleted_at: i64,
    }
}

alone! {
    voucher, "doctor_voucher", {
        #[sea_orm(unique)]
        pub label: String,
        #[soft_delete(marker, epoch = "milliseconds")]
        pub deleted_at: Option<i64>,
    }
}

alone! {
    lease, "doctor_lease", {
        #[sea_orm(unique)]
        pub label: String,
        #[soft_delete(marker, live = "9999-12-31T00:00:00Z")]
        pub deleted_at: DateTime,
    }
}

alone! {
    /// An entity that declares no unique key.
    stool, "doctor_stool", {
        pub room: i32,
        pub label: String,
        pub deleted_at: Option<DateTimeUtc>,
    }
}

/// An entity in another schema.
pub(crate) mod relic {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(schema_name = "soft_delete_doctor_relics", table_name = "relic")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

alone! {
    /// The table that [`mirrored`] describes in another way.
    mirror, "doctor_mirror", {
        pub deleted_at: Option<DateTimeUtc>,
    }
}

alone! {
    mirrored, "doctor_mirror", {
        #[soft_delete(marker)]
        pub is_deleted: bool,
    }
}

pub(super) const JAR: &str = "CREATE TABLE doctor_jar (id {id}, label varchar(40) NOT NULL, \
    deleted_at {zoned} NULL, operation_id {uuid} NULL, deleted_by {int} NULL, reason text NULL, \
    updated_at {zoned} NULL)";
pub(super) const VASE: &str = "CREATE TABLE doctor_vase (id {id}, deleted_at {zoned} NULL)";
pub(super) const LAMP: &str = "CREATE TABLE doctor_lamp (id {id}, label varchar(40) NOT NULL, \
    is_deleted boolean NOT NULL DEFAULT FALSE)";
pub(super) const COUPON: &str = "CREATE TABLE doctor_coupon (id {id}, label varchar(40) NOT NULL, \
    deleted_at bigint NOT NULL DEFAULT 0)";
pub(super) const VOUCHER: &str = "CREATE TABLE doctor_voucher (id {id}, \
    label varchar(40) NOT NULL, deleted_at bigint NULL)";
pub(super) const STOOL: &str = "CREATE TABLE doctor_stool (id {id}, room {int} NOT NULL, \
    label varchar(40) NOT NULL, deleted_at {zoned} NULL)";
pub(super) const LEASE: &str = "CREATE TABLE doctor_lease (id {id}, label varchar(40) NOT NULL, \
    deleted_at {naive} NOT NULL DEFAULT '9999-12-31 00:00:00')";

pub(super) async fn examine<E: SoftDeleteEntity>(db: &TestDb, entity: E) -> Diagnosis {
    Doctor::new().of(entity).examine(&**db).await.unwrap()
}
