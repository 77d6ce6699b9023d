//! Hooks of one's own.

use sea_orm::{ConnectionTrait, TransactionTrait};

pub mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{RestoreBehavior, SoftDelete};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    #[soft_delete(restore_behavior)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl RestoreBehavior for ActiveModel {}
}

/// The active model has the verbs, and their futures are `Send`.
pub async fn verbs(note: note::ActiveModel, db: &(impl ConnectionTrait + TransactionTrait)) {
    fn spawn<F: Future + Send>(future: F) -> F {
        future
    }
    let _ = note.is_trashed();
    let _ = spawn(note.clone().restore(db)).await;
    let _ = spawn(note.clone().save(db)).await;
    let _ = spawn(note.delete(db)).await;
}

fn main() {}
