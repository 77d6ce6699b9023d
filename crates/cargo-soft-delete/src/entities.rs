//! The models of the application: which of them can be soft-deleted, and which one a path names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::marker::{MarkerNames, snake_case};
use crate::model::{Entity, read_model};
use crate::names::{Names, Path as Segments};
use crate::tokens::{Kind, Token, at};

pub(crate) type EntityId = usize;

/// What a path to a part of an entity names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    /// `None` if it cannot be told which entity it is.
    pub(crate) entity: Option<EntityId>,
    /// `Entity`, `Column`, …
    pub(crate) role: &'static str,
}

/// The last segment of a path to a part of an entity.
const ROLES: &[&str] = &[
    "Entity",
    "Column",
    "COLUMN",
    "Model",
    "ModelEx",
    "ActiveModel",
    "ActiveModelEx",
    "Relation",
];

#[derive(Default)]
pub(crate) struct Entities {
    all: Vec<Entity>,
    by_module: HashMap<String, Vec<EntityId>>,
    by_file: HashMap<PathBuf, Vec<EntityId>>,
    /// What the application re-exports under a name: `pub use note::Entity as Note`.
    exports: HashMap<String, Segments>,
}

impl Entities {
    pub(crate) fn soft_deletable(&self) -> impl Iterator<Item = (EntityId, &Entity)> {
        let all = self.all.iter().enumerate();
        all.filter(|(_, entity)| entity.is_soft_deletable())
    }

    pub(crate) fn get(&self, id: EntityId) -> &Entity {
        &self.all[id]
    }

    /// Adds the models of a file.
    pub(crate) fn read(
        &mut self,
        file: &Path,
        tokens: &[Token],
        names: &Names,
        markers: &MarkerNames,
    ) {
        let mut module = module_of(file);
        self.read_models(file, &mut module, tokens, markers);
        for (name, path) in names.exports() {
            if role_of(path).is_some() {
                self.exports
                    .entry(name.clone())
                    .or_insert_with(|| path.clone());
            }
        }
    }

    fn read_models(
        &mut self,
        file: &Path,
        module: &mut Vec<String>,
        tokens: &[Token],
        markers: &MarkerNames,
    ) {
        for (index, token) in tokens.iter().enumerate() {
            if token.is_ident("struct") {
                if let Some(entity) = read_model(file, module, tokens, index, markers) {
                    let id = self.all.len();
                    self.by_module
                        .entry(entity.name().to_owned())
                        .or_default()
                        .push(id);
                    self.by_file.entry(file.to_owned()).or_default().push(id);
                    self.all.push(entity);
                }
            } else if let Kind::Group(_, inner) = &token.kind {
                let is_module = index >= 2 && tokens[index - 2].is_ident("mod");
                match at(tokens, index.wrapping_sub(1)).and_then(Token::ident) {
                    Some(name) if is_module => {
                        module.push(name.to_owned());
                        self.read_models(file, module, inner, markers);
                        module.pop();
                    }
                    _ => self.read_models(file, module, inner, markers),
                }
            }
        }
    }

    /// What `path` names in `file`, or `None` if it is no path to a part of an entity.
    pub(crate) fn resolve(&self, file: &Path, names: &Names, path: &[&str]) -> Option<Named> {
        let mut segments = names.expand(path);
        let is_foreign = segments
            .first()
            .is_some_and(|first| matches!(first.as_str(), "std" | "core" | "tokio"));
        if role_of(&segments).is_none() && !is_foreign {
            segments.clone_from(self.exports.get(segments.last()?)?);
        }
        let role = role_of(&segments)?;
        segments.pop();
        segments.retain(|segment| !matches!(segment.as_str(), "crate" | "self" | "super" | "Self"));
        let entity = match segments.is_empty() {
            true => self.without_path(file, names),
            false => self.by_path(file, &segments),
        };
        Some(Named { entity, role })
    }

    /// `Entity` and `Column` as such: those of the file itself, or of a module that is imported with `*`.
    fn without_path(&self, file: &Path, names: &Names) -> Option<EntityId> {
        if let Some(&[id]) = self.by_file.get(file).map(Vec::as_slice) {
            return Some(id);
        }
        let globs = names.globs().iter();
        let mut found = globs.filter_map(|glob| self.by_path(file, glob));
        found.next().filter(|_| found.next().is_none())
    }

    /// The entity whose module ends like `segments`, or the one nearest to `file` among those.
    fn by_path(&self, file: &Path, segments: &[String]) -> Option<EntityId> {
        let candidates = self.by_module.get(segments.last()?)?;
        let likeness = |id: &&EntityId| {
            let entity = self.get(**id);
            let same = entity.module.iter().rev().zip(segments.iter().rev());
            let shared = entity.file.components().zip(file.components());
            (
                same.take_while(|(a, b)| a == b).count(),
                shared.take_while(|(a, b)| a == b).count(),
            )
        };
        candidates.iter().max_by_key(likeness).copied()
    }

    /// The entity that a variable or a variant of a `Relation` is most likely named after.
    pub(crate) fn by_name(&self, file: &Path, name: &str) -> Option<EntityId> {
        let singular = snake_case(name);
        let plural = format!("{singular}s");
        let mut names = [singular, plural].into_iter();
        names.find_map(|name| self.by_path(file, &[name]))
    }
}

fn role_of(segments: &[String]) -> Option<&'static str> {
    let last = segments.last()?;
    ROLES.iter().copied().find(|role| role == last)
}

/// `src/entities/note.rs` and `src/entities/note/mod.rs` hold the module `note`.
pub(crate) fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> = file
        .with_extension("")
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if module
        .last()
        .is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main"))
    {
        module.pop();
    }
    module
}
