//! Where things are: the folders of a workspace, as paths.

use std::collections::BTreeMap;

use sea_orm::DbErr;

use crate::database::Db;
use crate::folder;

/// Folders, by id.
pub(crate) struct Places(BTreeMap<i32, folder::Model>);

impl Places {
    /// The folders that are not in the trash.
    pub(crate) async fn live(db: &Db) -> Result<Self, DbErr> {
        Ok(Self::from(folder::Entity::find().all(db).await?))
    }

    /// All folders.
    pub(crate) async fn with_trashed(db: &Db) -> Result<Self, DbErr> {
        Ok(Self::from(folder::Entity::with_trashed().all(db).await?))
    }

    pub(crate) fn get(&self, id: i32) -> Option<&folder::Model> {
        self.0.get(&id)
    }

    /// The folder and those it is in, outermost first.
    pub(crate) fn way_to(&self, id: i32) -> Vec<&folder::Model> {
        let first = self.0.get(&id);
        let up = std::iter::successors(first, |at| self.0.get(&at.parent_id?));
        // Somebody could have made a circle by hand.
        let mut way: Vec<_> = up.take(self.0.len()).collect();
        way.reverse();
        way
    }

    /// `Garden / Vegetables`
    pub(crate) fn path(&self, id: i32) -> String {
        let names = self.way_to(id).into_iter().map(|it| it.name.as_str());
        names.collect::<Vec<_>>().join(" / ")
    }

    /// Every folder with its path, by path.
    pub(crate) fn choices(&self) -> Vec<(i32, String)> {
        let mut choices: Vec<_> = self.0.keys().map(|id| (*id, self.path(*id))).collect();
        choices.sort_by(|one, other| one.1.cmp(&other.1));
        choices
    }
}

impl From<Vec<folder::Model>> for Places {
    fn from(folders: Vec<folder::Model>) -> Self {
        Self(folders.into_iter().map(|it| (it.id, it)).collect())
    }
}
