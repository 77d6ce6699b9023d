// What the examples of the documentation begin with: three notes, of which the third is trashed.

use sea_orm::prelude::*;
#[allow(unused_imports)]
use sea_orm::{ActiveValue::Set, IntoActiveModel, QueryOrder};
#[allow(unused_imports)]
use sea_orm_soft_delete::{Attribution, Clock, SoftDelete, SoftDeleteEntity, SoftDeleteError, Timestamp};

mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(title)]
        pub title: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i64>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn run(example: impl AsyncFnOnce(&DatabaseConnection) -> Result<(), SoftDeleteError>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let db = sea_orm::Database::connect(options).await.unwrap();
        let schema = sea_orm::Schema::new(db.get_database_backend());
        db.execute(&schema.create_table_from_entity(note::Entity)).await.unwrap();
        for title in ["Milk", "Bread", "Spam"] {
            let note = note::ActiveModel { title: Set(title.into()), ..Default::default() };
            note.insert(&db).await.unwrap();
        }
        note::Entity::delete_by_id(3).by(7).exec(&db).await.unwrap();
        example(&db).await.unwrap();
    });
}
