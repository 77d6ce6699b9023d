//! What is known inside of a function: its variables, its queries and the conditions on markers.

use std::collections::HashMap;

use crate::entities::EntityId;
use crate::scan::assignment::Assignment;
use crate::tokens::Position;

/// Which rows a condition selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    Live,
    Trashed,
}

/// A condition on a marker: `Column::DeletedAt.is_null()`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Test {
    pub(crate) rows: Rows,
    pub(crate) at: Position,
    pub(crate) entity: Option<EntityId>,
    /// Whether it holds in one branch only, while what it filters began outside of the branch.
    pub(crate) is_conditional: bool,
    /// Whether it is the crate's own condition: `note::Entity::is_live()`.
    pub(crate) is_verb: bool,
}

/// The conditions of one expression outside of queries.
pub(crate) struct Loose {
    pub(crate) tests: Vec<Test>,
    /// Whether a variable carries them to a query that says which rows it means.
    pub(crate) is_explained: bool,
}

/// What is known of a value or a function that holds conditions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) live: bool,
    pub(crate) trashed: bool,
}

impl Facts {
    pub(crate) fn add(&mut self, other: Self) {
        self.live |= other.live;
        self.trashed |= other.trashed;
    }

    pub(crate) fn any(self) -> bool {
        self.live || self.trashed
    }

    pub(crate) fn of(tests: &[Test]) -> Self {
        Self {
            live: tests.iter().any(|test| test.rows == Rows::Live),
            trashed: tests.iter().any(|test| test.rows == Rows::Trashed),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Read,
    Update,
    Delete,
    Insert,
    /// `find_related` and its like.
    Related,
    /// A query of sea-query's, or of SeaORM's without an entity's function.
    Built,
}

pub(crate) struct Query {
    pub(crate) verb: Verb,
    pub(crate) at: Position,
    pub(crate) entity: Option<EntityId>,
    /// Whether it begins at a verb that says which rows it means, or at SeaORM's own function by name.
    pub(crate) is_explicit: bool,
    pub(crate) tests: Vec<Test>,
    /// From variables and functions among its arguments.
    pub(crate) inherited: Facts,
    /// Entities that are joined or loaded, and where.
    pub(crate) related: Vec<(EntityId, Position)>,
    /// The entities whose trash a handle shows it: `&db.with_trashed_of(note::Entity)`.
    pub(crate) lifted: Vec<EntityId>,
    pub(crate) assignment: Option<(Assignment, Position)>,
    pub(crate) conflict: Option<Position>,
}

impl Query {
    pub(crate) fn new(verb: Verb, at: Position, entity: Option<EntityId>) -> Self {
        Self {
            verb,
            at,
            entity,
            is_explicit: false,
            tests: Vec::new(),
            inherited: Facts::default(),
            related: Vec::new(),
            lifted: Vec::new(),
            assignment: None,
            conflict: None,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Variable {
    /// Its index in the scope.
    pub(crate) query: Option<usize>,
    pub(crate) facts: Facts,
    /// The index of its conditions among the loose ones of the scope.
    pub(crate) loose: Option<usize>,
    /// The entity of the row or the rows that it holds.
    pub(crate) entity: Option<EntityId>,
    /// How many branches it was bound in.
    pub(crate) branches: usize,
    /// Whether it holds what a function of the application read from the trash on purpose.
    pub(crate) is_of_trash: bool,
}

impl Variable {
    pub(crate) fn is_known(self) -> bool {
        self.query.is_some() || self.facts.any() || self.entity.is_some() || self.is_of_trash
    }
}

/// A function, or what stands outside of functions.
#[derive(Default)]
pub(crate) struct Scope<'a> {
    pub(crate) variables: HashMap<&'a str, Variable>,
    pub(crate) queries: Vec<Query>,
    /// Conditions outside of queries: those of one expression together.
    pub(crate) loose: Vec<Loose>,
    /// All conditions in the function, for its callers.
    pub(crate) facts: Facts,
    /// The paths of the functions that it calls.
    pub(crate) called: Vec<Vec<&'a str>>,
}

impl Scope<'_> {
    /// Whether it reads rows, and each read says that it reads trashed ones.
    pub(crate) fn reads_trash(&self) -> bool {
        let mut reads = self.queries.iter().filter(|query| query.verb == Verb::Read);
        // In a trait, nothing tells the entity of `Self::with_trashed()`.
        let mut called = self.called.iter().filter_map(|path| path.last());
        reads.clone().all(|query| query.is_explicit)
            && (reads.next().is_some() || called.any(|name| is_read_of_trash(name)))
    }
}

/// Whether it is a verb that reads trashed rows.
pub(crate) fn is_read_of_trash(name: &str) -> bool {
    matches!(
        name,
        "with_trashed" | "only_trashed" | "with_trashed_by_id" | "only_trashed_by_id"
    )
}

/// The expression that conditions belong to.
pub(crate) struct Frame {
    /// `None` for a value that is no query.
    pub(crate) query: Option<usize>,
    pub(crate) branches: usize,
    pub(crate) tests: Vec<Test>,
    pub(crate) facts: Facts,
    pub(crate) first_query: Option<usize>,
    pub(crate) first_entity: Option<EntityId>,
    /// Whether it is matched against `Some` or `None`.
    pub(crate) is_matched: bool,
    /// Whether a function of the application is called in it that reads the trash on purpose.
    pub(crate) is_of_trash: bool,
}

impl Frame {
    pub(crate) fn new(query: Option<usize>, branches: usize) -> Self {
        Self {
            query,
            branches,
            tests: Vec::new(),
            facts: Facts::default(),
            first_query: None,
            first_entity: None,
            is_matched: false,
            is_of_trash: false,
        }
    }
}
