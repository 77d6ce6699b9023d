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
    /// Rows go from one table into another.
    Move,
    /// Something is made through the connection, and read.
    Made,
    /// Several statements in one text.
    Script,
    /// Statements that a statement is built of by the database.
    Dynamic,
    /// What changes how texts are read, and a text that can be read in two ways.
    Setting,
}

/// What runs before a statement.
pub(super) struct Before {
    pub(super) text: String,
    /// Whether the case goes on without it, if it is refused.
    pub(super) is_optional: bool,
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
    pub(super) before: Vec<Before>,
    /// What undoes it where no rollback does.
    pub(super) after: Vec<String>,
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
    /// Whether `*` leaves it out.
    pub(super) is_unseen: bool,
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
    /// Whether values stand in the text, because nothing can be bound.
    pub(super) is_literal: bool,
}

impl Case {
    pub(super) fn reading(kind: Kind, text: String, is_ordered: bool) -> Self {
        Self {
            kind,
            text,
            params: Vec::new(),
            returns_rows: true,
            is_ordered,
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    pub(super) fn changing(kind: Kind, text: String, returns_rows: bool) -> Self {
        Self {
            returns_rows,
            ..Self::reading(kind, text, false)
        }
    }

    /// The same behind these statements, each of which has to run.
    pub(super) fn behind(mut self, before: impl IntoIterator<Item = String>) -> Self {
        let before = before.into_iter().map(|text| Before {
            text,
            is_optional: false,
        });
        self.before = before.collect();
        self
    }
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
            is_literal: false,
        }
    }

    pub(super) fn case(mut self) -> Case {
        let mut case = match self.choices.below(40) {
            ..24 => {
                let (text, is_ordered) = self.top_query();
                Case::reading(Kind::Select, text, is_ordered)
            }
            24..27 => self.update(),
            27..30 => self.delete(),
            30..33 => self.insert(),
            33..36 => self.made(),
            36 | 37 => self.script(),
            38 => self.dynamic(),
            _ => self.setting(),
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
        if self.is_literal {
            return match value.into() {
                Value::String(Some(text)) => format!("'{}'", text.replace('\'', "''")),
                Value::Int(Some(number)) => number.to_string(),
                Value::BigInt(Some(number)) => number.to_string(),
                other => panic!("{other:?} has a literal"),
            };
        }
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
