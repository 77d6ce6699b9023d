//! A workspace, to which folders and notes belong, and the scope that keeps a connection within one.

use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::RequiredScope;
use serde::Serialize;

/// The scope of the rows of one workspace: folders, notes, the entries of the search index, the log of deletions.
///
/// It is required. A scoped connection that is within no workspace refuses every statement that names one of these
/// tables, so a query that forgets the workspace is an error, and never an answer about all of them.
#[derive(Clone, Copy, Debug)]
pub struct Workspace;

impl RequiredScope for Workspace {
    const NAME: &'static str = "workspace";
    type Value = i32;
}

/// A workspace. Its own table is held to no scope: a request names a workspace before it is within one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "workspace")]
pub struct Model {
    /// Assigned by the database. A request sends it as `x-workspace`.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Unique among the workspaces.
    #[sea_orm(unique)]
    pub name: String,
}

/// What belongs to a workspace is found by the scope, not by a relation.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
