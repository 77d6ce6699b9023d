//! Generated statements: what they are made with, and their outermost shape.

use sea_orm::{DbBackend, Value};

use super::choices::Choices;
use super::schema::{MAX_ROWS, Type, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Select,
    Update,
    Delete,
    Insert,
}

/// A statement, and what can be said of its answer.
pub(super) struct Case {
    pub(super) kind: Kind,
    /// As [`dress`](super::dress::dress) takes it.
    pub(super) text: String,
    pub(super) params: Vec<Value>,
    pub(super) returns_rows: bool,
    /// Whether the order of the rows is part of the answer.
    pub(super) is_ordered: bool,
}

/// One thing in a FROM, under the name that columns are qualified with.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) columns: Vec<SourceColumn>,
    /// Whether it is a table itself, with a primary key called `id`.
    pub(super) has_key: bool,
    /// A bound of how many rows it has.
    pub(super) rows: usize,
}

#[derive(Clone, Debug)]
pub(super) struct SourceColumn {
    pub(super) name: String,
    pub(super) ty: Type,
    /// Whether the name says enough without that of the source.
    pub(super) is_bare: bool,
}

/// A CTE that can be named where the generator stands.
#[derive(Clone)]
pub(super) struct Cte {
    pub(super) name: String,
    pub(super) columns: Vec<(String, Type)>,
    pub(super) rows: usize,
}

pub(super) struct Generator<'w, 'c, 'n> {
    pub(super) world: &'w World,
    pub(super) choices: &'c mut Choices<'n>,
    pub(super) params: Vec<Value>,
    /// The sources that columns can be taken of, block by block, the innermost last.
    pub(super) frames: Vec<Vec<Source>>,
    pub(super) ctes: Vec<Cte>,
    /// Names that a CTE which cannot be used here hides.
    pub(super) hidden: Vec<String>,
    /// The table that no subquery may read, because the statement changes it.
    pub(super) off_limits: Option<usize>,
    /// Query blocks that may still be opened.
    pub(super) blocks: usize,
    pub(super) names: usize,
    /// How many queries stand around the one that is being made.
    pub(super) depth: usize,
}

/// A bound of how many rows the sources have, however they are joined.
pub(super) fn bound_of(sources: &[Source]) -> usize {
    // A full join keeps the rows of each side beside those of the product.
    sources.iter().map(|source| source.rows + 1).product()
}

impl<'w, 'c, 'n> Generator<'w, 'c, 'n> {
    pub(super) fn new(world: &'w World, choices: &'c mut Choices<'n>) -> Self {
        Self {
            world,
            choices,
            params: Vec::new(),
            frames: Vec::new(),
            ctes: Vec::new(),
            hidden: Vec::new(),
            off_limits: None,
            blocks: 6,
            names: 0,
            depth: 0,
        }
    }

    pub(super) fn case(mut self) -> Case {
        let mut case = match self.choices.below(10) {
            ..7 => {
                let (text, is_ordered) = self.top_query();
                Case {
                    kind: Kind::Select,
                    text,
                    params: Vec::new(),
                    returns_rows: true,
                    is_ordered,
                }
            }
            7 => self.update(),
            8 => self.delete(),
            _ => self.insert(),
        };
        case.params = self.params;
        case
    }

    pub(super) fn is(&self, backend: DbBackend) -> bool {
        self.world.backend == backend
    }

    /// A name that nothing else has.
    pub(super) fn fresh(&mut self, letter: char) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    pub(super) fn param(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    /// How many things a FROM may name: what a subquery joins is multiplied by what is around it.
    pub(super) fn max_sources(&self) -> usize {
        4 - self.depth.min(2)
    }

    /// The most rows that something may have for which there is room beside these sources, if
    /// there is any room at all.
    ///
    /// Nothing bounds a statement but this: a few CTEs that join each other would fill a disk.
    pub(super) fn room(&self, beside: &[Source]) -> Option<usize> {
        let most = [1300, 220, 50][self.depth.min(2)];
        let room = most / bound_of(beside);
        (room > MAX_ROWS).then(|| room - 1)
    }

    /// What stands in a query of this one.
    pub(super) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let answer = inner(self);
        self.depth -= 1;
        answer
    }

    /// Whether one more block may be opened, which is then counted.
    pub(super) fn may_nest(&mut self, times: usize) -> bool {
        let may = self.blocks > 0 && self.depth < 3 && self.choices.one_in(times);
        if may {
            self.blocks -= 1;
        }
        may
    }

    /// What stands in a place that sees no column of the queries around it.
    pub(super) fn isolated<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let frames = std::mem::take(&mut self.frames);
        let answer = inner(self);
        self.frames = frames;
        answer
    }

    /// What stands in a place that sees the columns of these sources.
    pub(super) fn within<T>(
        &mut self,
        sources: &[Source],
        inner: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.frames.push(sources.to_vec());
        let answer = inner(self);
        self.frames.pop();
        answer
    }
}
