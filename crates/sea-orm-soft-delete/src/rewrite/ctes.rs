//! Common table expressions: where a name means one of them, and no table.

use std::ops::Range;

use super::source::{Path, Source};
use super::token::{Keyword, Kind};

/// The common table expressions of a statement that are called as a soft-deletable table is.
#[derive(Debug, Default)]
pub(super) struct Ctes {
    all: Vec<Cte>,
}

#[derive(Debug)]
struct Cte {
    name: String,
    /// The level of its WITH, from there to its end.
    visible: Range<usize>,
    /// Bodies within, from which it is not seen.
    except: Vec<Range<usize>>,
}

/// A WITH and what it introduces.
pub(super) struct WithList {
    /// Where the statement behind the list begins.
    pub(super) main: usize,
    /// Where the bodies begin, each a statement of its own.
    pub(super) bodies: Vec<usize>,
}

impl Ctes {
    /// Whether this name means a common table expression.
    pub(super) fn hides(&self, source: &Source<'_>, path: &Path) -> bool {
        if self.all.is_empty() || path.tokens.len() > 1 {
            return false;
        }
        let at = path.last();
        let name = source.folded(at);
        self.all.iter().any(|cte| {
            cte.name == name
                && cte.visible.contains(&at)
                && !cte.except.iter().any(|body| body.contains(&at))
        })
    }

    /// Reads the list of a WITH; `None` if it is another WITH, such as WITH TIES.
    pub(super) fn read(&mut self, source: &Source<'_>, with: usize) -> Option<WithList> {
        let mut at = with + 1;
        let is_recursive = source.is(at, Keyword::Recursive) && begins(source, at + 1).is_some();
        if is_recursive {
            at += 1;
        }
        let mut names = Vec::new();
        let mut bodies: Vec<Range<usize>> = Vec::new();
        let mut next = begins(source, at);
        while let Some(open) = next {
            names.push(at);
            at = source.after(open);
            bodies.push(open + 1..at - 1);
            next = None;
            // PostgreSQL may have SEARCH and CYCLE here, with commas of their own.
            while !source.is_end(at) && !begins_statement(source, at) {
                if source.kind(at) == Kind::Comma {
                    next = begins(source, at + 1);
                    if next.is_some() {
                        at += 1;
                        break;
                    }
                }
                at = source.after(at);
            }
        }
        if bodies.is_empty() {
            return None;
        }
        let level = with..source.end_of_level(at);
        for (index, name) in names.iter().enumerate() {
            if source.named(*name..name + 1).is_none() {
                continue;
            }
            // PostgreSQL and MySQL see a name from its own body, and from those before it, only
            // with RECURSIVE. SQLite always does.
            let sees_all = source.is_sqlite() || (is_recursive && source.is_postgres());
            let except = bodies.iter().enumerate().filter(|(body, _)| {
                !(sees_all || *body > index || (is_recursive && *body == index))
            });
            self.all.push(Cte {
                name: source.folded(*name),
                visible: level.clone(),
                except: except.map(|(_, body)| body.clone()).collect(),
            });
        }
        Some(WithList {
            main: at,
            bodies: bodies.iter().map(|body| body.start).collect(),
        })
    }
}

/// The opening parenthesis of the body, if a common table expression begins here.
fn begins(source: &Source<'_>, at: usize) -> Option<usize> {
    if !source.is_name(at) {
        return None;
    }
    let mut at = at + 1;
    if source.kind(at) == Kind::Open {
        at = source.after(at);
    }
    if !source.is(at, Keyword::As) {
        return None;
    }
    at += 1;
    if source.is(at, Keyword::Not) {
        at += 1;
    }
    if source.is(at, Keyword::Materialized) {
        at += 1;
    }
    (source.kind(at) == Kind::Open).then_some(at)
}

fn begins_statement(source: &Source<'_>, at: usize) -> bool {
    source.kind(at) == Kind::Open
        || matches!(
            source.keyword(at),
            Keyword::Select
                | Keyword::Insert
                | Keyword::Update
                | Keyword::Delete
                | Keyword::Replace
                | Keyword::Merge
                | Keyword::Values
                | Keyword::Table
                | Keyword::With
        )
}
