//! A cache of recently rewritten statements, so that a repeated statement costs one lookup.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use sea_orm::DbBackend;

use sql_row_scope::{Lifted, Rewritten};

/// Longer texts are not cached: they are usually lists of values, which rarely come again.
const LONGEST: usize = 32 << 10;

/// A bounded cache of rewritten texts.
pub(crate) struct PlanCache {
    plans: Cache<Key, Arc<Rewritten>, Bytes>,
}

#[derive(Clone, Debug)]
struct Key {
    sql: Box<str>,
    backend: DbBackend,
    lifted: Lifted,
}

/// A borrowed key, for a lookup.
struct Asked<'a> {
    sql: &'a str,
    backend: DbBackend,
    lifted: &'a Lifted,
}

/// Weighs an entry by the memory that it takes, roughly.
#[derive(Clone, Debug)]
struct Bytes;

impl PlanCache {
    pub(crate) fn new(capacity: u64) -> Self {
        Self {
            plans: Cache::with_weighter(1_024, capacity, Bytes),
        }
    }

    pub(crate) fn get(
        &self,
        sql: &str,
        backend: DbBackend,
        lifted: &Lifted,
    ) -> Option<Arc<Rewritten>> {
        self.plans.get(&Asked {
            sql,
            backend,
            lifted,
        })
    }

    pub(crate) fn insert(
        &self,
        sql: &str,
        backend: DbBackend,
        lifted: &Lifted,
        plan: Rewritten,
    ) -> Arc<Rewritten> {
        let plan = Arc::new(plan);
        if sql.len() <= LONGEST {
            let key = Key {
                sql: sql.into(),
                backend,
                lifted: lifted.clone(),
            };
            self.plans.insert(key, Arc::clone(&plan));
        }
        plan
    }
}

impl Weighter<Key, Arc<Rewritten>> for Bytes {
    fn weight(&self, key: &Key, plan: &Arc<Rewritten>) -> u64 {
        let plan = match &**plan {
            Rewritten::Untouched => 0,
            Rewritten::Scoped(plan) => plan.sql.len() + plan.binds.len() * 32,
        };
        (key.sql.len() + plan + 256) as u64
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.asked().equivalent(other)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.asked().hash(state);
    }
}

impl Key {
    fn asked(&self) -> Asked<'_> {
        Asked {
            sql: &self.sql,
            backend: self.backend,
            lifted: &self.lifted,
        }
    }
}

impl Hash for Asked<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The backend is nearly always the same, so it is compared but not hashed.
        self.sql.hash(state);
        self.lifted.hash(state);
    }
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.sql == &*key.sql && self.backend == key.backend && *self.lifted == key.lifted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_statements_do_not_grow_the_cache_without_limit() {
        let cache = PlanCache::new(1 << 20);
        for number in 0..100_000 {
            let sql = format!("SELECT {number} FROM post WHERE a = b AND c = d");
            cache.insert(
                &sql,
                DbBackend::Sqlite,
                &Lifted::NOTHING,
                Rewritten::Untouched,
            );
        }
        assert!(cache.plans.weight() <= 1 << 20, "{}", cache.plans.weight());
        assert!(cache.plans.len() > 100);
    }

    #[test]
    fn a_text_is_cached_for_its_backend_and_its_lifted_tables() {
        let cache = PlanCache::new(1 << 20);
        let nothing = Lifted::NOTHING;
        cache.insert(
            "SELECT 1",
            DbBackend::Sqlite,
            &nothing,
            Rewritten::Untouched,
        );
        let get = |backend, lifted: &Lifted| cache.get("SELECT 1", backend, lifted).is_some();
        assert!(get(DbBackend::Sqlite, &nothing));
        assert!(!get(DbBackend::Postgres, &nothing));
        assert!(!get(DbBackend::Sqlite, &Lifted::NOTHING.and(0, None)));
        assert!(!get(DbBackend::Sqlite, &Lifted::NOTHING.and(0, Some(3))));
    }

    #[test]
    fn a_long_text_is_not_cached() {
        let cache = PlanCache::new(1 << 20);
        let long = "x".repeat(LONGEST + 1);
        cache.insert(
            &long,
            DbBackend::Sqlite,
            &Lifted::NOTHING,
            Rewritten::Untouched,
        );
        assert_eq!(cache.plans.len(), 0);
    }
}
