// What the examples of the documentation begin with: the folder Garden with the notes Roses and Shed, and the folder
// House without notes.

use sea_orm::prelude::*;
#[allow(unused_imports)]
use sea_orm::{ActiveValue::Set, IntoActiveModel};
#[allow(unused_imports)]
use sea_orm_soft_delete::{Operation, SoftDeleteError};

mod folder {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "folder")]
    #[soft_delete(cascade(super::note::Entity))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(title)]
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::note::Entity")]
        Notes,
    }

    impl Related<super::note::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Notes.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique_key = "title_in_folder")]
        pub folder_id: i32,
        /// Unique among the live notes of the folder.
        #[sea_orm(unique_key = "title_in_folder")]
        #[soft_delete(title)]
        pub title: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::folder::Entity",
            from = "Column::FolderId",
            to = "super::folder::Column::Id"
        )]
        Folder,
    }

    impl Related<super::folder::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Folder.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A note in a folder.
#[allow(dead_code)]
fn titled(folder_id: i32, title: &str) -> note::ActiveModel {
    note::ActiveModel {
        folder_id: Set(folder_id),
        title: Set(title.to_owned()),
        ..Default::default()
    }
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
        db.execute(&schema.create_table_from_entity(folder::Entity)).await.unwrap();
        db.execute(&schema.create_table_from_entity(note::Entity)).await.unwrap();
        for name in ["Garden", "House"] {
            let folder = folder::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
            folder.insert(&db).await.unwrap();
        }
        for title in ["Roses", "Shed"] {
            titled(1, title).insert(&db).await.unwrap();
        }
        example(&db).await.unwrap();
    });
}
