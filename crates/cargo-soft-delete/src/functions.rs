//! Functions of the application that return conditions on markers, or add them to a query.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::scan::scope::Facts;

/// A function that returns a condition or a query.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    pub(crate) facts: Facts,
    pub(crate) called: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Functions {
    by_name: HashMap<String, Vec<(PathBuf, Facts)>>,
    /// Functions of the application whose names look like verbs: `find_by_pid`.
    like_verbs: HashSet<String>,
}

impl Functions {
    pub(crate) fn new(functions: Vec<Function>, like_verbs: HashSet<String>) -> Self {
        let mut all = Self {
            by_name: HashMap::new(),
            like_verbs,
        };
        let mut waiting: Vec<Function> = functions;
        // Each round knows the functions of the round before: conditions of conditions are rarely deep.
        for _ in 0..4 {
            let mut found = HashMap::<String, Vec<(PathBuf, Facts)>>::new();
            for function in &mut waiting {
                for called in &function.called {
                    if *called != function.name
                        && let Some(facts) = all.facts(&function.file, called)
                    {
                        function.facts.add(facts);
                    }
                }
                if function.facts.any() {
                    let entry = found.entry(function.name.clone()).or_default();
                    entry.push((function.file.clone(), function.facts));
                }
            }
            all.by_name = found;
        }
        all
    }

    /// What a call of `name` in `file` adds, if such a function is known: the nearest one counts.
    pub(crate) fn facts(&self, file: &Path, name: &str) -> Option<Facts> {
        let candidates = self.by_name.get(name)?;
        let shared = |path: &Path| {
            let parts = path.components().zip(file.components());
            parts.take_while(|(a, b)| a == b).count()
        };
        let nearest = candidates.iter().max_by_key(|(path, _)| shared(path));
        nearest.map(|(_, facts)| *facts)
    }

    pub(crate) fn is_like_verb(&self, name: &str) -> bool {
        self.like_verbs.contains(name)
    }
}
