//! A person, who writes notes.

use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete;
use serde::Serialize;

use crate::note;

/// A person. Their notes, and what they have deleted, name them by id alone.
///
/// `erase` declares what an erasure writes over what the row says about the person. The row stays, so that
/// notes keep their author, of whom nothing is known any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "person")]
#[soft_delete(retain = "forever", keep(note::Entity on note::Relation::Author))]
pub struct Model {
    /// Assigned by the database. The person sends it as `x-user`.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// How notes and letters address them.
    #[soft_delete(erase = "erased person {key}")]
    pub name: String,
    /// Unique among the people, so the overwritten value holds the key.
    #[sea_orm(unique)]
    #[soft_delete(erase = "erased_{key}@removed.invalid")]
    pub email: String,
    /// The Argon2id hash of the password. Without one, the person cannot sign in.
    #[serde(skip)]
    #[soft_delete(erase = null)]
    pub password_hash: Option<String>,
    /// Whether the person may see and do what concerns all workspaces.
    #[serde(skip)]
    pub is_admin: bool,
    /// An erasure begins at a soft-deletable row. The service trashes no person.
    #[serde(skip)]
    pub deleted_at: Option<DateTimeUtc>,
}

/// The relations are declared by the notes.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
