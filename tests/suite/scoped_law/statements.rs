//! Generated statements: the state of the generator, and the kinds of statements.

use sea_orm::{DbBackend, Value};

use super::choices::Choices;
use super::schema::{MAX_ROWS, Type, World};
use super::scopes::WrittenTenant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Select,
    Update,
    Delete,
    Insert,
    /// Rows move from one table into another.
    Move,
    /// An object is created through the connection, and then read.
    Made,
    /// Several statements in one text.
    Script,
    /// Statements that the database builds from text.
    Dynamic,
    /// A setting that changes how the database reads text, and a text with two meanings.
    Setting,
}

/// A statement that runs before the case's statement.
pub(super) struct Before {
    pub(super) text: String,
    /// Whether the case continues if this statement is refused.
    pub(super) is_optional: bool,
}

/// A statement, and what is known about its answer.
pub(super) struct Case {
    pub(super) kind: Kind,
    /// The text in the notation of [`dress`](super::dress::dress).
    pub(super) text: String,
    pub(super) params: Vec<Value>,
    pub(super) returns_rows: bool,
    /// Whether the answer's rows have a defined order.
    pub(super) is_ordered: bool,
    pub(super) before: Vec<Before>,
    /// Statements that undo the case if a rollback does not.
    pub(super) after: Vec<String>,
    /// The text and the values for the database of one tenant, if the case itself writes a tenant.
    pub(super) plain: Option<(String, Vec<Value>)>,
    /// Whether the case writes another tenant than that of the connection.
    pub(super) must_be_refused: bool,
    /// Whether the connection carries no tenant.
    pub(super) has_no_tenant: bool,
}

/// One source of a FROM, under the qualifier of its columns.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) columns: Vec<SourceColumn>,
    /// Whether the source is a table with a primary key `id`.
    pub(super) has_key: bool,
    /// An upper bound for the number of rows.
    pub(super) rows: usize,
}

#[derive(Clone, Debug)]
pub(super) struct SourceColumn {
    pub(super) name: String,
    pub(super) ty: Type,
    /// Whether the column's name without a qualifier is unambiguous.
    pub(super) is_bare: bool,
    /// Whether `*` leaves the column out.
    pub(super) is_unseen: bool,
}

/// A CTE that the generated query can name.
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
    /// The sources of each surrounding block, the innermost block last.
    pub(super) frames: Vec<Vec<Source>>,
    pub(super) ctes: Vec<Cte>,
    /// Table names that are hidden by a CTE which cannot be used here.
    pub(super) hidden: Vec<String>,
    /// The table that the statement changes, so that no subquery may read it.
    pub(super) off_limits: Option<usize>,
    /// How many more query blocks may be opened.
    pub(super) blocks: usize,
    pub(super) names: usize,
    /// How many queries surround the current query.
    pub(super) depth: usize,
    /// Whether values are literals, because nothing can be bound.
    pub(super) is_literal: bool,
    /// The tenants that the statement writes.
    pub(super) tenants: Vec<WrittenTenant>,
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
            plain: None,
            must_be_refused: false,
            has_no_tenant: false,
        }
    }

    pub(super) fn changing(kind: Kind, text: String, returns_rows: bool) -> Self {
        Self {
            returns_rows,
            ..Self::reading(kind, text, false)
        }
    }

    /// The same case after these statements, which all have to succeed.
    pub(super) fn behind(mut self, before: impl IntoIterator<Item = String>) -> Self {
        let before = before.into_iter().map(|text| Before {
            text,
            is_optional: false,
        });
        self.before = before.collect();
        self
    }
}

/// An upper bound for the number of rows of the sources, whatever the joins are.
pub(super) fn bound_of(sources: &[Source]) -> usize {
    // A full join also keeps the unmatched rows of each side.
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
            tenants: Vec::new(),
        }
    }

    pub(super) fn case(mut self) -> Case {
        let has_no_tenant = self.choices.one_in(20);
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
        case.params = std::mem::take(&mut self.params);
        case.has_no_tenant = has_no_tenant;
        self.write_tenants(&mut case);
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

    /// How many sources a FROM may have; a subquery runs once for each row of the surrounding query.
    pub(super) fn max_sources(&self) -> usize {
        4 - self.depth.min(2)
    }

    /// The most rows that another source may have beside these sources; `None` if no other source fits.
    ///
    /// This is the only limit on the size of a statement: a few CTEs that join each other could fill a
    /// disk.
    pub(super) fn room(&self, beside: &[Source]) -> Option<usize> {
        let most = [1300, 220, 50][self.depth.min(2)];
        let room = most / bound_of(beside);
        (room > MAX_ROWS).then(|| room - 1)
    }

    /// Runs `inner` inside of a query of the current query.
    pub(super) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let answer = inner(self);
        self.depth -= 1;
        answer
    }

    /// Whether another block may be opened. Counts the block if so.
    pub(super) fn may_nest(&mut self, times: usize) -> bool {
        let may = self.blocks > 0 && self.depth < 3 && self.choices.one_in(times);
        if may {
            self.blocks -= 1;
        }
        may
    }

    /// Runs `inner` in a place that sees no column of the surrounding queries.
    pub(super) fn isolated<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let frames = std::mem::take(&mut self.frames);
        let answer = inner(self);
        self.frames = frames;
        answer
    }

    /// Runs `inner` in a place that sees the columns of these sources.
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
