//! Two entities in one file, one in a module of a module, and one in a function.

pub mod outer {
    pub mod note {
        use sea_orm::entity::prelude::*;
        use sea_orm_soft_delete::SoftDelete;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
        #[sea_orm(table_name = "note")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub deleted_at: Option<DateTimeUtc>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }
}

fn main() {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    let _ = (Entity::find(), outer::note::Entity::find());
    let tables = sea_orm_soft_delete::tables();
    let names: Vec<_> = tables.iter().map(|table| table.name).collect();
    assert_eq!(names, ["note", "tag"]);
}
