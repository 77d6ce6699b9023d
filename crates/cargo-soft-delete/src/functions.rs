//! Functions of the application: the conditions that they return or add to a query, and the entity of the rows
//! that they return.

use std::collections::{HashMap, HashSet};

use crate::entities::EntityId;
use crate::scan::scope::Facts;

/// Conditions of conditions of conditions are rarely deeper.
const ROUNDS: usize = 4;

pub(crate) struct Function {
    pub(crate) name: String,
    /// The module that holds it.
    pub(crate) module: Vec<String>,
    /// The conditions on markers in it, if it returns a condition or a query.
    pub(crate) facts: Facts,
    /// The paths of the functions that it calls, if it returns a condition or a query.
    pub(crate) called: Vec<Vec<String>>,
    /// The entity in its return type.
    pub(crate) returned: Option<EntityId>,
    /// Whether it reads rows, and each read says that it reads trashed ones.
    pub(crate) reads_trash: bool,
}

#[derive(Default)]
pub(crate) struct Functions {
    by_name: HashMap<String, Vec<Function>>,
    /// Functions whose names look like verbs: `find_by_pid`.
    like_verbs: HashSet<String>,
}

impl Functions {
    pub(crate) fn new(functions: Vec<Function>, like_verbs: HashSet<String>) -> Self {
        let mut by_name: HashMap<String, Vec<Function>> = HashMap::new();
        for function in functions {
            by_name
                .entry(function.name.clone())
                .or_default()
                .push(function);
        }
        let mut all = Self {
            by_name,
            like_verbs,
        };
        for _ in 0..ROUNDS {
            let added: Vec<(String, usize, Facts)> = all.inherited_facts().collect();
            for (name, index, facts) in added {
                if let Some(function) = all
                    .by_name
                    .get_mut(&name)
                    .and_then(|same| same.get_mut(index))
                {
                    function.facts.add(facts);
                }
            }
        }
        all
    }

    /// What each function inherits from the functions that it calls.
    fn inherited_facts(&self) -> impl Iterator<Item = (String, usize, Facts)> {
        let all = self
            .by_name
            .values()
            .flat_map(|same| same.iter().enumerate());
        all.flat_map(move |(index, function)| {
            let called = function
                .called
                .iter()
                .filter(|path| path.last() != Some(&function.name));
            called.map(move |path| {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                (
                    function.name.clone(),
                    index,
                    self.facts(&function.module, &path),
                )
            })
        })
    }

    /// What a call of `path` in `module` adds to a condition or a query.
    pub(crate) fn facts(&self, module: &[String], path: &[&str]) -> Facts {
        let found = self.nearest(module, path);
        found.map_or(Facts::default(), |(_, function)| function.facts)
    }

    /// The entity of the rows that a call of `path` in `module` returns, if it is certain which function it is.
    pub(crate) fn returned(&self, module: &[String], path: &[&str]) -> Option<EntityId> {
        let (is_certain, function) = self.nearest(module, path)?;
        function.returned.filter(|_| is_certain)
    }

    /// Whether every function of this name reads the trash on purpose.
    pub(crate) fn read_trash(&self, name: &str) -> bool {
        let same = self.by_name.get(name);
        same.is_some_and(|same| same.iter().all(|function| function.reads_trash))
    }

    /// The function whose module the path names; else the one with that name which is nearest to `module`.
    fn nearest(&self, module: &[String], path: &[&str]) -> Option<(bool, &Function)> {
        let (name, qualifier) = path.split_last()?;
        let candidates = self.by_name.get(*name)?;
        let qualifier = qualifier
            .iter()
            .rev()
            .find(|segment| !matches!(**segment, "crate" | "self" | "super" | "Self"));
        let likeness = |function: &&Function| {
            let is_named =
                qualifier.is_some_and(|named| function.module.iter().any(|part| part == named));
            let shared = function
                .module
                .iter()
                .zip(module)
                .take_while(|(a, b)| a == b)
                .count();
            (is_named, shared)
        };
        let nearest = candidates.iter().max_by_key(likeness)?;
        let is_certain = match qualifier {
            Some(_) => likeness(&nearest).0,
            None => nearest.module == module,
        };
        Some((is_certain, nearest))
    }

    pub(crate) fn is_like_verb(&self, name: &str) -> bool {
        self.like_verbs.contains(name)
    }
}
