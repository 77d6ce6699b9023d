//! Common table expressions: where a name means one of them instead of a table.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::clause::{begins_a_conflict_clause, begins_returning};
use super::refusal::Refusal;
use super::source::{Path, Source};
use super::token::{Keyword, Kind};

/// How many lists may stand in one level. The scanner looks for the end of the level once for each list. An
/// INSERT has two.
const LISTS: usize = 8;

/// The common table expressions of a statement that have the name of a scoped table.
#[derive(Debug, Default)]
pub(super) struct Ctes {
    /// The common table expressions whose level has not ended: as many levels as parentheses nest.
    open: Vec<Cte>,
    /// How many lists go out of scope at each place.
    lists: HashMap<usize, usize>,
}

#[derive(Debug)]
struct Cte {
    name: String,
    /// The level of its WITH, from the WITH to the end of the level.
    visible: Range<usize>,
    /// The bodies in that range from which it is not visible: the first bodies of the list.
    except: Range<usize>,
    /// Whether MariaDB sees it from these bodies, too.
    is_unsure: bool,
}

/// A WITH and the parts that it introduces.
pub(super) struct WithList {
    /// Where the statement after the list begins.
    pub(super) main: usize,
    /// Where the bodies begin. Each body is a statement of its own.
    pub(super) bodies: Vec<usize>,
}

impl Ctes {
    /// Whether this name means a common table expression.
    ///
    /// A name in a WITH RECURSIVE may be the name of a later common table expression. MariaDB takes it for
    /// that common table expression, and MySQL takes it for the table.
    pub(super) fn hides(&self, source: &Source<'_>, path: &Path) -> Result<bool, Refusal> {
        if self.open.is_empty() || path.tokens.len() > 1 {
            return Ok(false);
        }
        let at = path.last();
        let name = source.folded(at);
        let mut is_unsure = false;
        let is_hidden = self.open.iter().any(|cte| {
            let is_in_sight = cte.name == name && cte.visible.contains(&at);
            let is_excepted = cte.except.contains(&at);
            is_unsure |= is_in_sight && is_excepted && cte.is_unsure;
            is_in_sight && !is_excepted
        });
        if is_unsure && !is_hidden {
            return source.refuse_with(
                "a name before the WITH RECURSIVE's common table expression of that name, which \
                 MariaDB takes for it and MySQL for the table,",
                "give the common table expression another name, or put it first",
            );
        }
        Ok(is_hidden)
    }

    /// Reads the list of a WITH; `None` if the word is another WITH, such as WITH TIES.
    pub(super) fn read(
        &mut self,
        source: &Source<'_>,
        with: usize,
    ) -> Result<Option<WithList>, Refusal> {
        let mut at = with + 1;
        let is_recursive = source.is(at, Keyword::Recursive) && begins(source, at + 1).is_some();
        if is_recursive {
            at += 1;
        }
        let mut names: Vec<usize> = Vec::new();
        let mut bodies: Vec<Range<usize>> = Vec::new();
        let mut next = begins(source, at);
        while let Some(open) = next {
            names.push(at);
            at = source.after(open);
            bodies.push(open + 1..at - 1);
            next = None;
            // PostgreSQL allows SEARCH and CYCLE here, with commas of their own; MariaDB allows CYCLE.
            let word = source.text(at..at + 1);
            let is_known = source.kind(at) == Kind::Comma
                || begins_statement(source, at)
                || ["search", "cycle"]
                    .iter()
                    .any(|known| word.eq_ignore_ascii_case(known));
            if !is_known {
                return Ok(None);
            }
            while !source.is_end(at)
                && (is_named_column(source, at) || !begins_statement(source, at))
            {
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
        let Some(first) = bodies.first().map(|body| body.start) else {
            return Ok(None);
        };
        let level = with..end_of_scope(source, at);
        let lists = self.lists.entry(level.end).or_default();
        *lists += 1;
        if *lists > LISTS {
            return source.refuse_here("more than eight WITH side by side");
        }
        while self.open.pop_if(|cte| cte.visible.end <= with).is_some() {}
        let mut seen = HashSet::new();
        for (name, body) in names.iter().zip(&bodies) {
            let is_named = source.named(*name..name + 1).is_some();
            // The databases refuse a name that comes twice.
            if !is_named || !seen.insert(source.folded(*name)) {
                continue;
            }
            // In PostgreSQL and MySQL, a name is visible in its own body, and in the bodies before it, only
            // with RECURSIVE. In SQLite it always is.
            let sees_all = source.is_sqlite() || (is_recursive && source.is_postgres());
            let except = match (sees_all, is_recursive) {
                (true, _) => first..first,
                (false, true) => first..body.start,
                (false, false) => first..body.end,
            };
            self.open.push(Cte {
                name: source.folded(*name),
                visible: level.clone(),
                except,
                is_unsure: is_recursive && source.is_mysql(),
            });
        }
        Ok(Some(WithList {
            main: at,
            bodies: bodies.iter().map(|body| body.start).collect(),
        }))
    }
}

/// Where a list goes out of scope; the statement after the list begins at `main`. The list goes out of scope
/// at the end of its level. If that statement is the query of an INSERT, the list goes out of scope earlier:
/// before the clauses that the INSERT has after the query.
fn end_of_scope(source: &Source<'_>, main: usize) -> usize {
    let writes = matches!(
        source.keyword(main),
        Keyword::Insert | Keyword::Update | Keyword::Delete | Keyword::Replace | Keyword::Merge
    );
    let mut at = main;
    while !source.is_end(at) {
        let is_behind = !writes
            && (begins_returning(source, at) || begins_a_conflict_clause(source, at))
            && source.follows_an_operand(at);
        if is_behind {
            break;
        }
        at = source.after(at);
    }
    at
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

/// Whether SEARCH or CYCLE names a column here; the column may be named `replace` or `values`.
fn is_named_column(source: &Source<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    source.kind(before) == Kind::Comma
        || matches!(
            source.keyword(before),
            Keyword::By | Keyword::Set | Keyword::Using
        )
        || source.text(before..at).eq_ignore_ascii_case("cycle")
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
