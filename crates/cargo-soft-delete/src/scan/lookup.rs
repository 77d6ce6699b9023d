//! Which entity a path, a type or a file names.

use std::collections::HashSet;

use crate::entities::{EntityId, Named};
use crate::names::paths_of_type;
use crate::scan::Scan;
use crate::tokens::Token;

impl Scan<'_> {
    /// What `path` names; `Self` is the type of the `impl` block.
    pub(super) fn resolve(&self, path: &[&str]) -> Option<Named> {
        if path.first() == Some(&"Self") && !self.self_type.is_empty() {
            let path = [&self.self_type, &path[1..]].concat();
            return self
                .application
                .entities
                .resolve(&self.file.path, self.names, &path);
        }
        self.application
            .entities
            .resolve(&self.file.path, self.names, path)
    }

    /// The soft-deletable entity that the file imports, if it is the only one.
    pub(super) fn only_entity(&self) -> Option<EntityId> {
        let imported = self.names.declared().filter_map(|name| {
            let named = self
                .resolve(&[name, "Entity"])
                .or_else(|| self.resolve(&[name]))?;
            named.entity
        });
        let is_soft_deletable =
            |id: &EntityId| self.application.entities.get(*id).is_soft_deletable();
        let imported: HashSet<EntityId> = imported.filter(is_soft_deletable).collect();
        imported
            .iter()
            .next()
            .copied()
            .filter(|_| imported.len() == 1)
    }

    /// The entity that the first path to a part of an entity in `tokens` names.
    pub(super) fn entity_in(&self, tokens: &[Token]) -> Option<EntityId> {
        let paths = paths_of_type(tokens);
        paths.iter().find_map(|path| {
            // `note::Entity::default()` names the entity too.
            let lengths = (path.len().saturating_sub(1)..=path.len()).rev();
            lengths
                .filter_map(|length| self.resolve(&path[..length])?.entity)
                .next()
        })
    }
}
