//! What an erasure does, in the compact and the dense format.

use sea_orm_soft_delete::SoftDeleteEntity;
use sea_orm_soft_delete::describe::SoftDeleteFamily;

pub mod user {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{RowKey, SoftDelete};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "user")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(erase = "deleted_{key}@removed.invalid")]
        pub email: String,
        #[soft_delete(erase = null)]
        pub phone: Option<String>,
        #[soft_delete(title, erase = with(pseudonym))]
        pub name: Option<String>,
        #[soft_delete(erase = with(|_| 0_i16))]
        pub age: i32,
        #[soft_delete(erase = -1)]
        pub score: Option<i64>,
        #[soft_delete(erase = 0.5)]
        pub weight: f64,
        #[soft_delete(erase = false)]
        pub is_public: bool,
        #[soft_delete(erase = "2000-01-01")]
        pub born: Option<Date>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(deleted_by, erase = null)]
        pub deleted_by: Option<i64>,
        #[soft_delete(reason, erase = null)]
        pub reason: Option<String>,
    }

    fn pseudonym(key: &RowKey) -> String {
        format!("user {key}")
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        pub editor_id: i32,
        #[soft_delete(erase = "")]
        pub text: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, relation_enum = "Author", from = "author_id", to = "id")]
        #[soft_delete(subject)]
        pub author: BelongsTo<super::user::Entity>,
        #[sea_orm(belongs_to, relation_enum = "Editor", from = "editor_id", to = "id")]
        #[soft_delete(subject)]
        pub editor: BelongsTo<super::user::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod file {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "file")]
    #[soft_delete(erase_rows, subject(super::note::Entity))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub note_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::note::Entity",
            from = "Column::NoteId",
            to = "super::note::Column::Id"
        )]
        Note,
    }

    impl Related<super::note::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Note.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let rules = format!("{:?}", user::Entity::erasure());
    for column in ["email", "phone", "name", "age", "score", "reason"] {
        assert!(rules.contains(&format!("erase {column}")), "{rules}");
    }
    assert!(user::Entity::subjects().is_empty());
    assert_eq!(format!("{:?}", note::Entity::subjects()), "[about user, about user]");
    assert_eq!(format!("{:?}", file::Entity::subjects()), "[about note]");
    assert!(format!("{:?}", file::Entity::erasure()).contains("removes_rows: true"));
}
