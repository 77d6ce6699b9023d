//! The dense format, with the rows that hold their relations.

use sea_orm::{ConnectionTrait, TransactionTrait};

pub mod author {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "author")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(marker)]
        pub gone_at: Option<DateTimeUtc>,
        #[sea_orm(has_many)]
        pub notes: HasMany<super::note::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        #[soft_delete(epoch = "milliseconds")]
        pub deleted_at: i64,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: BelongsTo<super::author::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The functions of a row with its relations.
pub async fn verbs(note: note::ModelEx, db: &(impl ConnectionTrait + TransactionTrait)) {
    let _: bool = note.is_trashed();
    let _: note::Model = note.clone().restore(db).await.unwrap();
    note.clone().force_delete(db).await.unwrap();
    note.clone().force_delete_trashed(db).await.unwrap();
    note.delete(db).await.unwrap();
}

fn main() {
    let table = sea_orm_soft_delete::SoftDeleteTable::of::<author::Entity>();
    assert_eq!(table.marker, "gone_at");
}
