//! An entry of the search index.

use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::Scoped;
use serde::Serialize;

use crate::workspace::Workspace;

/// What the index holds of one note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel, Scoped)]
#[sea_orm(table_name = "search_entry")]
pub struct Model {
    /// The note's. The primary key begins with it, so that an upsert meets the entries of its workspace alone.
    /// `Scoped` needs no `SoftDelete`: entries have no trash.
    #[sea_orm(primary_key, auto_increment = false)]
    #[scope(Workspace)]
    #[serde(skip)]
    pub workspace_id: i32,
    /// No foreign key: an index does not keep anybody from destroying a note.
    #[sea_orm(primary_key, auto_increment = false)]
    pub note_id: i32,
    /// The note's.
    pub title: String,
    /// The note's.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// The operation that hid the entry. No search finds a hidden entry.
    #[serde(skip)]
    pub operation_id: Option<Uuid>,
}

/// An index has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
