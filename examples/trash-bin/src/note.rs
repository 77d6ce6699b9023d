//! A note.

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::{Clock, Scoped, SoftDelete};
use serde::Serialize;

use crate::workspace::Workspace;
use crate::{folder, person, search};

/// A note, live or trashed.
///
/// `SoftDelete` finds the marker by its name, `deleted_at`: a note is live while the marker is NULL.
/// Attributes mark the other columns of the delete with their purpose; these columns are all
/// optional. A delete fills them in and a restore clears them.
///
/// `subject` says that a note is about the person who wrote it: an erasure of the person overwrites the columns
/// with `erase`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel, Scoped, SoftDelete)]
#[sea_orm(table_name = "note")]
#[soft_delete(retain = "30 days", log, subject(person::Entity))]
pub struct Model {
    /// Assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The workspace it is in, which is its folder's.
    #[scope(Workspace)]
    #[serde(skip)]
    pub workspace_id: i32,
    /// The folder it is in.
    #[sea_orm(unique_key = "title_in_folder")]
    pub folder_id: i32,
    /// Unique among the live notes of the folder. The entity declares the key, so that a restore can
    /// tell which titles are taken; `migration.rs` restricts the key to live notes. The trash lists a
    /// note by its title.
    #[sea_orm(unique_key = "title_in_folder")]
    #[soft_delete(title, erase = "erased note {key}")]
    pub title: String,
    /// May be empty.
    #[sea_orm(column_type = "Text")]
    #[soft_delete(erase = "")]
    pub body: String,
    /// Who wrote it, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_id: Option<i32>,
    /// When it was last written, trashed or restored.
    #[soft_delete(updated_at)]
    pub updated_at: DateTimeUtc,
    /// Whether a legal hold keeps it: nothing removes it then, though it can be trashed.
    #[soft_delete(hold)]
    #[serde(skip)]
    pub is_held: bool,
    /// When it was trashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTimeUtc>,
    /// The delete that trashed it: all rows that one call trashed have the same value.
    #[soft_delete(operation)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<Uuid>,
    /// Who trashed it.
    #[soft_delete(deleted_by)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
    /// Why it was trashed. An erasure removes it here and from the log of deletions.
    #[soft_delete(reason, erase = null)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The same as in any SeaORM application: the connection hides trashed folders from a join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The folder it is in.
    #[sea_orm(
        belongs_to = "folder::Entity",
        from = "Column::FolderId",
        to = "folder::Column::Id"
    )]
    Folder,
    /// Who wrote it.
    #[sea_orm(
        belongs_to = "person::Entity",
        from = "Column::AuthorId",
        to = "person::Column::Id"
    )]
    Author,
}

impl Related<folder::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Folder.def()
    }
}

impl Related<person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Author.def()
    }
}

#[async_trait::async_trait]
impl ActiveModelBehavior for ActiveModel {
    /// Deletes and restores set `updated_at` themselves; for inserts and updates, this hook sets it.
    async fn before_save<C>(mut self, _db: &C, _insert: bool) -> Result<Self, DbErr>
    where
        C: ConnectionTrait,
    {
        if self.is_changed() {
            // In microseconds, as every database stores it, so the response shows the stored value.
            self.updated_at = Set(Clock::current().now().into());
        }
        Ok(self)
    }

    /// Indexes the note for the search, in the transaction of the insert or update.
    async fn after_save<C>(note: Model, db: &C, _insert: bool) -> Result<Model, DbErr>
    where
        C: ConnectionTrait,
    {
        search::index(&note, db).await?;
        Ok(note)
    }
}
