//! Columns whose names and variants are not those of their fields.

use sea_orm_soft_delete::SoftDeleteTable;

pub mod renamed {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "renamed", schema_name = "archive")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_name = "removedAt")]
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(deleted_by)]
        #[sea_orm(enum_name = "Actor", column_name = "who")]
        pub deleted_by: Option<i32>,
        #[sea_orm(default_value = "x", enum_name = "Why")]
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod keywords {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "keywords", rename_all = "camelCase")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(marker)]
        pub r#type: bool,
        #[soft_delete(updated_at)]
        pub self_: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let renamed = SoftDeleteTable::of::<renamed::Entity>();
    assert_eq!(renamed.schema.as_deref(), Some("archive"));
    assert_eq!(renamed.marker, "removedAt");
    assert_eq!(renamed.deleted_by, Some("who"));
    assert_eq!(renamed.reason, Some("why"));

    let keywords = SoftDeleteTable::of::<keywords::Entity>();
    assert_eq!(keywords.marker, "type");
    assert_eq!(keywords.updated_at, Some("self"));
}
