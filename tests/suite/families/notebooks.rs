//! A family with every policy: notebooks contain folders, folders contain folders and notes, and notes have
//! attachments, tags and a search entry.
//!
//! ```text
//! notebook ─cascade→ folder ⟲ cascade
//!                    folder ─cascade→ note ─cascade→ attachment
//!                                     note ─cascade→ note_tag (links to tag)
//!                                     note ─destroy→ index_entry
//!                                     note ←restrict─ loan
//!                                     note ─(keep)── comment
//! ```

use sea_orm::prelude::*;

use crate::harness::TestDb;

/// In SeaORM's compact format.
pub(crate) mod notebook {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_notebook")]
    #[soft_delete(cascade(super::folder::Entity))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
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
        #[sea_orm(has_many = "super::folder::Entity")]
        Folder,
    }

    impl Related<super::folder::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Folder.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A tree, in SeaORM's compact format.
pub(crate) mod folder {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_folder")]
    #[soft_delete(cascade(Entity on Relation::Parent, super::note::Entity))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub notebook_id: Option<i32>,
        pub parent_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::notebook::Entity",
            from = "Column::NotebookId",
            to = "super::notebook::Column::Id"
        )]
        Notebook,
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
        #[sea_orm(has_many = "super::note::Entity")]
        Note,
    }

    impl Related<super::notebook::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Notebook.def()
        }
    }

    impl Related<super::note::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Note.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// In SeaORM's compact format, with a relation of each policy.
pub(crate) mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_note")]
    #[soft_delete(
        cascade(super::attachment::Entity, super::note_tag::Entity on super::note_tag::Relation::Note),
        destroy(super::index_entry::Entity),
        restrict(super::loan::Entity on super::loan::Relation::Note)
    )]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub folder_id: i32,
        #[sea_orm(unique)]
        pub slug: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<String>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<String>,
        #[soft_delete(updated_at)]
        pub updated_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::folder::Entity",
            from = "Column::FolderId",
            to = "super::folder::Column::Id"
        )]
        Folder,
        #[sea_orm(has_many = "super::attachment::Entity")]
        Attachment,
        #[sea_orm(has_many = "super::index_entry::Entity")]
        IndexEntry,
    }

    impl Related<super::folder::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Folder.def()
        }
    }

    impl Related<super::attachment::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Attachment.def()
        }
    }

    impl Related<super::index_entry::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::IndexEntry.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// This entity has no operation column: the instant says which delete trashed a row.
pub(crate) mod attachment {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_attachment")]
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

/// A composite key, and a `bool` marker, which holds no instant.
pub(crate) mod note_tag {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_note_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub note_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i32,
        #[soft_delete(marker)]
        pub is_deleted: bool,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::note::Entity",
            from = "Column::NoteId",
            to = "super::note::Column::Id"
        )]
        Note,
        #[sea_orm(
            belongs_to = "super::tag::Entity",
            from = "Column::TagId",
            to = "super::tag::Column::Id"
        )]
        Tag,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod tag {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_tag")]
    #[soft_delete(cascade(super::note_tag::Entity on super::note_tag::Relation::Tag))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// This entity is not soft-deletable.
pub(crate) mod index_entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_index_entry")]
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

    impl Related<super::note::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Note.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A loan restricts the delete of its note.
pub(crate) mod loan {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_loan")]
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

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod comment {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_comment")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub note_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Creates the tables with their foreign keys, and inserts these rows:
///
/// ```text
/// notebook 1 ─ folder 1 ┬ folder 2 ─ folder 3 ─ note 3
///                       ├ note 1 ┬ attachments 1, 2 ─ tags 1, 2 ─ index entry 1
///                       └ note 2 ┴ attachment 3, comment 1
/// notebook 2 ─ folder 4 ─ note 4 ─ attachment 4, tag 1
/// ```
pub(crate) async fn two_notebooks(db: &TestDb) {
    db.create_table(notebook::Entity).await;
    db.create_table(folder::Entity).await;
    db.create_table(note::Entity).await;
    db.create_table(attachment::Entity).await;
    db.create_table(tag::Entity).await;
    db.create_table(note_tag::Entity).await;
    db.create_table(index_entry::Entity).await;
    db.create_table(loan::Entity).await;
    db.create_table(comment::Entity).await;
    insert_two_notebooks(db).await;
}

/// Inserts the rows of [`two_notebooks`].
pub(crate) async fn insert_two_notebooks(db: &TestDb) {
    let unprepared = [
        "INSERT INTO family_notebook (id) VALUES (1), (2)",
        "INSERT INTO family_folder (id, notebook_id, parent_id) VALUES \
         (1, 1, NULL), (2, NULL, 1), (3, NULL, 2), (4, 2, NULL)",
        "INSERT INTO family_note (id, folder_id, slug) VALUES \
         (1, 1, 'one'), (2, 1, 'two'), (3, 3, 'three'), (4, 4, 'four')",
        "INSERT INTO family_attachment (id, note_id) VALUES (1, 1), (2, 1), (3, 2), (4, 4)",
        "INSERT INTO family_tag (id) VALUES (1), (2)",
        "INSERT INTO family_note_tag (note_id, tag_id, is_deleted) VALUES \
         (1, 1, FALSE), (1, 2, FALSE), (4, 1, FALSE)",
        "INSERT INTO family_index_entry (id, note_id) VALUES (1, 1), (2, 4)",
        "INSERT INTO family_comment (id, note_id) VALUES (1, 2)",
    ];
    for sql in unprepared {
        db.execute_unprepared(sql).await.unwrap();
    }
}

/// How many notebooks, folders, notes, attachments and links are live, and how many index entries exist.
pub(crate) async fn live(db: &TestDb) -> [u64; 6] {
    [
        notebook::Entity::find().count(&**db).await.unwrap(),
        folder::Entity::find().count(&**db).await.unwrap(),
        note::Entity::find().count(&**db).await.unwrap(),
        attachment::Entity::find().count(&**db).await.unwrap(),
        note_tag::Entity::find().count(&**db).await.unwrap(),
        index_entry::Entity::find().count(&**db).await.unwrap(),
    ]
}

pub(crate) const ALL: [u64; 6] = [2, 4, 4, 4, 3, 2];
