//! Folders in folders, with notes, and the entities of a program that knows nothing of soft delete.
//!
//! ```text
//! folder ⟲ cascade, logged
//!   ├─ cascade → note, logged, counted in its folder, may be on legal hold
//!   │              └─ destroy → attachment (not soft-deletable)
//!   └─ restrict → loan
//! label  a natural key, a marker in milliseconds, no family
//! ```

use sea_orm::prelude::*;
use sea_orm::{ConnectOptions, Database, Statement};
use sea_orm_soft_delete::deletion_log;
use sea_orm_soft_delete::schema::{LiveSchema, live_schema};

use crate::families::rows::run;
use crate::harness::TestDb;

pub(super) mod folder {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "live_folder")]
    #[soft_delete(
        log,
        cascade(Entity on Relation::Parent, super::note::Entity on super::note::Relation::Folder),
        restrict(super::loan::Entity on super::loan::Relation::Folder)
    )]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub parent_id: Option<i32>,
        #[sea_orm(default_value = 0)]
        pub notes: i32,
        #[sea_orm(default_value = 0)]
        pub trashed_notes: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i32>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "live_note")]
    #[soft_delete(
        log,
        destroy(super::attachment::Entity on super::attachment::Relation::Note),
        counted_in(super::folder::Entity on Relation::Folder, live = "notes", trashed = "trashed_notes")
    )]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub folder_id: Option<i32>,
        pub title: String,
        #[soft_delete(updated_at)]
        pub updated_at: Option<DateTime>,
        pub deleted_at: Option<DateTime>,
        #[soft_delete(operation)]
        pub operation_id: Option<String>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<String>,
        #[soft_delete(hold)]
        pub is_held: Option<bool>,
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

    impl ActiveModelBehavior for ActiveModel {}
}

/// Not soft-deletable.
pub(super) mod attachment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "live_attachment")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub note_id: i32,
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

    impl ActiveModelBehavior for ActiveModel {}
}

/// Nothing tells its deletes apart, and nothing has to.
pub(super) mod loan {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "live_loan")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub folder_id: i32,
        #[soft_delete(marker)]
        #[sea_orm(default_value = false)]
        pub is_deleted: bool,
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

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod label {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "live_label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub color: Option<String>,
        #[soft_delete(marker, epoch = "milliseconds")]
        #[sea_orm(default_value = 0)]
        pub deleted_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The same tables, as a program sees them that knows nothing of soft delete.
pub(super) mod plain {
    pub(in super::super) mod folder {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "live_folder")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub parent_id: Option<i32>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {
            #[sea_orm(has_many = "super::note::Entity")]
            Note,
        }

        impl Related<super::note::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Note.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub(in super::super) mod note {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "live_note")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub folder_id: Option<i32>,
            pub title: String,
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
}

/// The tables, and these rows, all live:
///
/// ```text
/// folder 1             loan 1 belongs to folder 4
/// ├─ folder 2
/// │  ├─ folder 3
/// │  └─ note 2, with the attachments 1 and 2
/// └─ note 1
/// folder 4: note 3     note 4 belongs to no folder
/// ```
pub(super) async fn fill(db: &TestDb) -> LiveSchema {
    db.create_table(folder::Entity).await;
    db.create_table(note::Entity).await;
    db.create_table(attachment::Entity).await;
    db.create_table(loan::Entity).await;
    db.create_table(label::Entity).await;
    deletion_log::create_table(&**db).await.unwrap();
    run(
        db,
        &[
            "INSERT INTO live_folder (parent_id, notes) VALUES (NULL, 1), (1, 1), (2, 0), (NULL, 1)",
            "INSERT INTO live_note (folder_id, title) VALUES (1, 'one'), (2, 'two'), (4, 'three'), (NULL, 'four')",
            "INSERT INTO live_attachment (note_id) VALUES (2), (2), (4)",
            "INSERT INTO live_loan (folder_id) VALUES (4)",
            "INSERT INTO live_label (name, color) VALUES ('red', 'f00'), ('blue', '00f')",
        ],
    )
    .await;
    live(db).await
}

/// The live schema of the test.
pub(super) async fn live(db: &TestDb) -> LiveSchema {
    let name = format!("{}_other", schema_of(db).await);
    live_schema(name)
        .of(folder::Entity)
        .of(note::Entity)
        .of(loan::Entity)
        .of(label::Entity)
}

/// The schema of the test.
pub(super) async fn schema_of(db: &TestDb) -> String {
    text(&**db, "SELECT current_schema()::text").await
}

/// A connection that searches the live schema first.
pub(super) async fn reader(db: &TestDb) -> DatabaseConnection {
    let schema = schema_of(db).await;
    let url = std::env::var("TEST_POSTGRES_URL").unwrap();
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(2)
        .sqlx_logging(false)
        .set_schema_search_path(format!("{schema}_other,{schema}"));
    Database::connect(options).await.unwrap()
}

/// The text that a query returns.
pub(super) async fn text(db: &impl ConnectionTrait, sql: &str) -> String {
    let query = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(query).await.unwrap().expect("a row");
    let text: Option<String> = row.try_get_by_index(0).unwrap();
    text.unwrap_or_default()
}
