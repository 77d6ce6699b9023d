//! The expanded format, without `DeriveEntityModel`.

pub mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
    pub struct Entity;

    impl EntityName for Entity {
        fn table_name(&self) -> &'static str {
            "note"
        }
    }

    #[derive(Clone, Debug, PartialEq, DeriveModel, DeriveActiveModel, SoftDelete)]
    #[soft_delete(cascade(Entity on Relation::Replies), restrict(Entity on replies()))]
    pub struct Model {
        pub id: i32,
        pub parent_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
    pub enum Column {
        Id,
        ParentId,
        DeletedAt,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
    pub enum PrimaryKey {
        Id,
    }

    impl PrimaryKeyTrait for PrimaryKey {
        type ValueType = i32;

        fn auto_increment() -> bool {
            true
        }
    }

    impl ColumnTrait for Column {
        type EntityName = Entity;

        fn def(&self) -> ColumnDef {
            match self {
                Self::Id => ColumnType::Integer.def(),
                Self::ParentId => ColumnType::Integer.def().nullable(),
                Self::DeletedAt => ColumnType::TimestampWithTimeZone.def().nullable(),
            }
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter)]
    pub enum Relation {
        Replies,
    }

    impl RelationTrait for Relation {
        fn def(&self) -> RelationDef {
            match self {
                Self::Replies => replies(),
            }
        }
    }

    fn replies() -> RelationDef {
        let parent: RelationDef = Entity::belongs_to(Entity)
            .from(Column::ParentId)
            .to(Column::Id)
            .into();
        parent.rev()
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let table = sea_orm_soft_delete::SoftDeleteTable::of::<note::Entity>();
    assert_eq!((table.name, table.marker), ("note", "deleted_at"));
    let relations = <note::Entity as sea_orm_soft_delete::describe::SoftDeleteFamily>::relations();
    assert_eq!(relations.len(), 2);
}
