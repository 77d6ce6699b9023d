//! Calls that begin or continue a query.

use crate::chain::{Call, Chain, split_arguments};
use crate::code::Code;
use crate::entities::EntityId;
use crate::scan::Scan;
use crate::scan::scope::{Frame, Query, Verb, is_read_of_trash};
use crate::tokens::Token;

/// Methods of every iterator, future and query; a function of the application with such a name says nothing.
pub(super) const COMMON_METHODS: &[&str] = &[
    "add", "all", "and", "any", "build", "clone", "count", "exec", "filter", "find", "into", "new",
    "not", "one", "or",
];

impl<'a> Scan<'a> {
    /// Visits the chain if it begins a query.
    pub(super) fn visit_query(&mut self, chain: &Chain<'a>) -> bool {
        let Some(query) = self.begin(chain) else {
            return false;
        };
        let index = self.scope.queries.len();
        self.scope.queries.push(query);
        if let Some(frame) = self.frames.last_mut() {
            frame.first_query = frame.first_query.or(Some(index));
        }
        self.frames.push(Frame::new(Some(index), self.branches));
        self.visit_calls(chain, Some(index));
        self.frames.pop();
        true
    }

    fn begin(&self, chain: &Chain<'a>) -> Option<Query> {
        if let Some(function) = chain.function()
            && let Some((_, before)) = chain.path.split_last()
            && !before.is_empty()
        {
            if let Some(query) = self.begin_at_entity(chain, function, before) {
                return Some(query);
            }
            return begin_built(chain, before, function).map(|mut query| {
                query.entity = self.entity_in(chain.arguments.unwrap_or_default());
                query
            });
        }
        self.begin_at_row(chain)
    }

    /// `note::Entity::find()`
    fn begin_at_entity(&self, chain: &Chain<'a>, function: &str, before: &[&str]) -> Option<Query> {
        let named = self
            .resolve(before)
            .filter(|named| named.role == "Entity")?;
        let is_own = self.application.functions.is_like_verb(function);
        let (verb, is_explicit) = match function {
            "find" | "find_by_id" | "load" => (Verb::Read, false),
            _ if is_read_of_trash(function) => (Verb::Read, true),
            "update" | "update_many" => (Verb::Update, false),
            "update_with_trashed" | "update_many_with_trashed" => (Verb::Update, true),
            "restore_many" | "restore_by_id" | "force_delete_many" | "force_delete_by_id" => {
                (Verb::Update, true)
            }
            "delete" | "delete_many" | "delete_by_id" => (Verb::Delete, false),
            "insert" | "insert_many" => (Verb::Insert, false),
            _ if is_own => return None,
            _ if function.starts_with("find_by_") => (Verb::Read, false),
            _ if function.starts_with("delete_by_") => (Verb::Delete, false),
            _ => return None,
        };
        let mut query = Query::new(verb, chain.at, named.entity);
        query.is_explicit = is_explicit || chain.is_qualified;
        Some(query)
    }

    /// `author.find_related(post::Entity)` and `row.delete(db)`
    fn begin_at_row(&self, chain: &Chain<'a>) -> Option<Query> {
        let related = chain
            .calls
            .iter()
            .find(|call| call.name == "find_related" && call.arguments.is_some());
        if let Some(call) = related {
            let entity = self.entity_in(call.arguments?);
            return Some(Query::new(Verb::Related, call.at, entity));
        }
        let [name] = chain.path[..] else {
            return None;
        };
        let delete = chain.calls.iter().find(|call| call.name == "delete")?;
        let variable = self.scope.variables.get(name)?;
        // The rest of the chain belongs to the result.
        (split_arguments(delete.arguments?).count() == 1 && variable.entity.is_some())
            .then(|| Query::new(Verb::Delete, delete.at, variable.entity))
    }

    /// Visits the arguments of a chain and of its calls, which belong to `query` if there is one.
    pub(super) fn visit_calls(&mut self, chain: &Chain<'a>, query: Option<usize>) {
        if chain.function().is_some() {
            let path = self.names.expand(&chain.path);
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            self.visit_arguments(&path, chain.arguments.unwrap_or_default());
            self.scope.called.push(chain.path.clone());
        } else {
            self.walk(chain.arguments.unwrap_or_default());
        }
        for call in &chain.calls {
            let Some(arguments) = call.arguments else {
                continue;
            };
            self.visit_setter(query, call);
            self.visit_handle(call);
            match query {
                Some(query) => self.continue_query(query, call),
                None => self.visit_loader(call),
            }
            self.visit_arguments_of(call, arguments);
        }
    }

    /// Notes `.all(&db.with_trashed_of(note::Entity))` and `.all(&db.with_trashed())` at the query around.
    fn visit_handle(&mut self, call: &Call<'a>) {
        let Some(query) = self.frames.last().and_then(|frame| frame.query) else {
            return;
        };
        let named = self.entity_in(call.arguments.unwrap_or_default());
        let query = &mut self.scope.queries[query];
        match call.name {
            "with_trashed_of" => query.lifted.extend(named),
            "with_trashed" => {
                query.lifted.extend(query.entity);
                query.lifted.extend(query.related.iter().map(|&(id, _)| id));
            }
            _ => return,
        }
        query.is_explicit |= query.entity.is_some_and(|id| query.lifted.contains(&id));
    }

    fn visit_arguments_of(&mut self, call: &Call<'a>, arguments: &'a [Token]) {
        match call.name {
            "apply_if" => {
                self.branches += 1;
                self.walk(arguments);
                self.branches -= 1;
            }
            // The condition of a join does not belong to the query around it.
            "on_condition" => {
                let join = self.scope.queries.len();
                self.scope
                    .queries
                    .push(Query::new(Verb::Built, call.at, None));
                self.frames.push(Frame::new(Some(join), self.branches));
                self.walk(arguments);
                self.frames.pop();
            }
            name if COMMON_METHODS.contains(&name) => self.walk(arguments),
            name => self.visit_arguments(&[name], arguments),
        }
    }

    /// Visits the arguments of a function, which may add a condition to the queries among them.
    fn visit_arguments(&mut self, function: &[&str], arguments: &'a [Token]) {
        let first = self.scope.queries.len();
        self.walk(arguments);
        let facts = self.application.functions.facts(&self.module, function);
        if !facts.any() {
            return;
        }
        let passed = split_arguments(arguments).filter_map(|argument| match argument {
            [name] => self.scope.variables.get(name.ident()?)?.query,
            _ => None,
        });
        let passed: Vec<usize> = passed.chain(first..self.scope.queries.len()).collect();
        for query in passed {
            self.scope.queries[query].inherited.add(facts);
        }
        self.inherit(facts);
    }

    fn continue_query(&mut self, query: usize, call: &Call<'a>) {
        let arguments = call.arguments.unwrap_or_default();
        let related = match call.name {
            "find_also_related" | "find_with_related" | "find_also" | "find_with"
            | "select_also" | "select_with" | "left_join" | "inner_join" | "right_join"
            | "full_join" | "with" => self.entity_in(arguments),
            "join" | "join_as" | "join_lateral" => self.related_in(arguments),
            "join_rev" | "join_as_rev" => self.entity_in(arguments),
            "from" | "from_as" | "table" | "into_table" | "from_table" => {
                let entity = self.entity_in(arguments);
                let query = &mut self.scope.queries[query];
                if query.verb == Verb::Built && query.entity.is_none() {
                    query.entity = entity;
                }
                return;
            }
            "on_conflict" | "on_conflict_do_nothing" | "on_conflict_do_nothing_on" => {
                self.scope.queries[query].conflict = Some(call.at);
                return;
            }
            _ => return,
        };
        if let Some(entity) = related {
            self.scope.queries[query].related.push((entity, call.at));
        }
    }

    /// The entity behind `post::Relation::Author.def()`, or behind `author::Entity` in a join of sea-query.
    fn related_in(&self, arguments: &[Token]) -> Option<EntityId> {
        let paths = crate::names::paths_of_type(arguments);
        paths.iter().find_map(|path| {
            let relation = path.iter().position(|&segment| segment == "Relation");
            match relation {
                Some(index) => {
                    let entities = &self.application.entities;
                    entities.by_name(&self.file.path, path.get(index + 1)?)
                }
                None => self.resolve(path)?.entity,
            }
        })
    }

    /// `posts.load_one(author::Entity, db)`
    fn visit_loader(&mut self, call: &Call<'a>) {
        if !matches!(call.name, "load_one" | "load_many" | "load_many_to_many") {
            return;
        }
        let arguments = split_arguments(call.arguments.unwrap_or_default());
        let entity = arguments
            .take(1)
            .find_map(|argument| self.entity_in(argument));
        if let Some(id) = entity
            && self.application.entities.get(id).is_soft_deletable()
            && !self.application.is_done()
        {
            self.find(Code::RelatedRead, call.at, entity);
        }
    }
}

/// `Query::select()`, `sea_orm::Delete::many(note::Entity)`
fn begin_built(chain: &Chain<'_>, before: &[&str], function: &str) -> Option<Query> {
    let is_built = match *before.last()? {
        "Query" => matches!(function, "select" | "update" | "delete" | "insert"),
        "SelectStatement" | "UpdateStatement" | "DeleteStatement" => function == "new",
        "Update" | "Delete" => matches!(function, "many" | "one"),
        _ => false,
    };
    is_built.then(|| Query::new(Verb::Built, chain.at, None))
}
