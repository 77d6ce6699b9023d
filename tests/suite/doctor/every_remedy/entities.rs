//! Entities for faults that a declaration mends, each beside one that has it.

macro_rules! entity {
    ($name:ident, $table:literal, [$($attribute:tt)*], { $($fields:tt)* }, { $($relations:tt)* }) => {
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            $($attribute)*
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                $($fields)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation { $($relations)* }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity! { bin, "remedy_bin", [#[soft_delete(cascade(super::bottle::Entity on super::bottle::Relation::Bin))]], {
    #[sea_orm(unique)]
    pub label: String,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}, {} }

entity! { bottle, "remedy_bottle", [], {
    pub bin_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}, {
    #[sea_orm(belongs_to = "super::bin::Entity", from = "Column::BinId", to = "super::bin::Column::Id")]
    Bin,
} }

entity! { seat, "remedy_seat", [], {
    pub hall: i32,
    pub number: i32,
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

entity! { numbered_seat, "remedy_numbered_seat", [], {
    #[sea_orm(unique_key = "hall_number")]
    pub hall: i32,
    #[sea_orm(unique_key = "hall_number")]
    pub number: i32,
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

entity! { stamped, "remedy_stamped", [#[soft_delete(cascade(Entity on Relation::Above))]], {
    pub above_id: Option<i32>,
    #[soft_delete(marker)]
    pub deleted_at: Option<crate::doctor::declarations::stamp::Seconds>,
    #[soft_delete(operation)] pub operation_id: Option<Uuid>,
}, {
    #[sea_orm(belongs_to = "Entity", from = "Column::AboveId", to = "Column::Id")]
    Above,
} }

entity! { loose, "remedy_loose", [], {
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

entity! { kept, "remedy_kept", [#[soft_delete(keep(crate::doctor::every_remedy::entities::of_kept::Entity on super::of_kept::Relation::Kept))]], {
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

entity! { of_loose, "remedy_of_loose", [], {
    pub loose_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

entity! { of_kept, "remedy_of_kept", [], {
    pub kept_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
}, {
    #[sea_orm(belongs_to = "super::kept::Entity", from = "Column::KeptId", to = "super::kept::Column::Id")]
    Kept,
} }

entity! { file, "remedy_file", [#[soft_delete(
    retain = "10 days",
    log,
    cascade(
        super::page::Entity on super::page::Relation::File,
        super::whole_page::Entity on super::whole_page::Relation::File
    )
)]], {
    #[soft_delete(hold)]
    pub is_held: Option<bool>,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}, {} }

entity! { page, "remedy_page", [], {
    pub file_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}, {
    #[sea_orm(belongs_to = "super::file::Entity", from = "Column::FileId", to = "super::file::Column::Id")]
    File,
} }

entity! { whole_page, "remedy_whole_page", [
    #[soft_delete(retain = "30 days")]
    #[soft_delete(log)]
    #[soft_delete(held_with(crate::doctor::every_remedy::entities::file::Entity))]
], {
    pub file_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}, {
    #[sea_orm(belongs_to = "super::file::Entity", from = "Column::FileId", to = "super::file::Column::Id")]
    File,
} }

impl sea_orm::Related<file::Entity> for whole_page::Entity {
    fn to() -> sea_orm::RelationDef {
        sea_orm::RelationTrait::def(&whole_page::Relation::File)
    }
}

entity! { person, "remedy_person", [], {
    #[soft_delete(erase = "removed")]
    pub name: String,
    pub email: String,
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

entity! { whole_person, "remedy_whole_person", [], {
    #[soft_delete(erase = "removed")]
    pub name: String,
    #[soft_delete(erase = "removed")]
    pub email: String,
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

entity! { invoice, "remedy_invoice", [#[soft_delete(archive)]], {
    pub total: i32,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}, {} }

entity! { topic, "remedy_topic", [], {
    pub posts: i32,
    pub deleted_at: Option<DateTimeUtc>,
}, {} }

entity! { post, "remedy_post", [#[soft_delete(counted_in(super::topic::Entity on Relation::Topic, live = "posts"))]], {
    pub topic_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
}, {
    #[sea_orm(belongs_to = "super::topic::Entity", from = "Column::TopicId", to = "super::topic::Column::Id")]
    Topic,
} }
