//! A folder, which holds notes.

use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete;
use serde::Serialize;

/// A folder, live or trashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "folder")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Unique among the live folders.
    pub name: String,
    /// When it was trashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTimeUtc>,
    /// The delete that trashed it.
    #[soft_delete(operation)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_id: Option<Uuid>,
    /// Who trashed it.
    #[soft_delete(deleted_by)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
}

/// None: it is the notes that refer to folders, see `note.rs`.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
