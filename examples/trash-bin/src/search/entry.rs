//! An entry of the search index.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// What the index holds of one note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "search_entry")]
pub struct Model {
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
