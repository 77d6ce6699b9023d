//! The compact format, with a column for every key.

use sea_orm::{DbBackend, QueryTrait};
use sea_orm_soft_delete::SoftDeleteTable;

pub mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
        #[soft_delete(marker)]
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub delete_operation: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i64>,
        #[soft_delete(reason)]
        pub delete_reason: Option<String>,
        #[soft_delete(updated_at)]
        pub updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let table = SoftDeleteTable::of::<note::Entity>();
    assert_eq!(table.marker, "deleted_at");
    assert_eq!(table.operation, Some("delete_operation"));
    assert_eq!(table.deleted_by, Some("deleted_by"));
    assert_eq!(table.reason, Some("delete_reason"));
    assert_eq!(table.updated_at, Some("updated_at"));

    let live = note::Entity::find().build(DbBackend::Sqlite).to_string();
    assert!(live.ends_with(r#"WHERE "note"."deleted_at" IS NULL"#));
}
