//! A folder, which holds folders and notes.

use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::{Scoped, SoftDelete};
use serde::Serialize;

use crate::note;
use crate::workspace::Workspace;

/// A folder, live or trashed.
///
/// `cascade` declares what is trashed with it: the folders in it, at any depth, and the notes. They
/// form one operation, and are restored together. `retain` declares when a purge removes them, and
/// `log` records each delete, restore and removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel, Scoped, SoftDelete)]
#[sea_orm(table_name = "folder")]
#[soft_delete(cascade(Entity on Relation::Folders, note::Entity), retain = "30 days", log)]
pub struct Model {
    /// Assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The workspace it is in. A connection within a workspace fills it in, finds no other rows, and writes no other
    /// value.
    #[scope(Workspace)]
    #[sea_orm(unique_key = "name_in_workspace")]
    #[serde(skip)]
    pub workspace_id: i32,
    /// The folder it is in, if it is in one.
    pub parent_id: Option<i32>,
    /// Unique among the live folders of the workspace. The trash lists a folder by its name.
    #[sea_orm(unique_key = "name_in_workspace")]
    #[soft_delete(title)]
    pub name: String,
    /// Whether a legal hold keeps it: nothing removes it then, though it can be trashed.
    #[soft_delete(hold)]
    #[serde(skip)]
    pub is_held: bool,
    /// When it was trashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTimeUtc>,
    /// The delete that trashed the folder and its contents.
    #[soft_delete(operation)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<Uuid>,
    /// Who trashed it.
    #[soft_delete(deleted_by)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
    /// Why it was trashed.
    #[soft_delete(reason)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The same as in any SeaORM application.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The folder it is in.
    #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
    Parent,
    /// The folders in it.
    #[sea_orm(has_many = "Entity", via_rel = "Relation::Parent")]
    Folders,
    /// The notes in it.
    #[sea_orm(has_many = "note::Entity")]
    Notes,
}

impl Related<note::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Notes.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
