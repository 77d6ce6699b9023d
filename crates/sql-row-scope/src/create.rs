//! The kind of object that a CREATE or ALTER statement makes, and the decision about the statement.

use super::action::Action;
use super::source::Source;
use super::token::{Keyword, Kind};

/// The kind of object, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    Event,
    Function,
    Package,
    Policy,
    Procedure,
    Rule,
    Schema,
    Table,
    Trigger,
    View,
    VirtualTable,
    Other,
}

/// The object that a statement creates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Created {
    pub(super) object: Object,
    /// The word that names the kind of object.
    pub(super) at: usize,
}

/// Words between CREATE and the kind of object that need no further word.
const MODIFIERS: &[&str] = &[
    "aggregate",
    "constraint",
    "duality",
    "foreign",
    "fulltext",
    "global",
    "json",
    "local",
    "materialized",
    "offline",
    "online",
    "procedural",
    "recursive",
    "relational",
    "spatial",
    "temp",
    "temporary",
    "trusted",
    "unique",
    "unlogged",
    "vector",
];

/// Reads a CREATE or ALTER up to the word that names the kind of object. The scanner knows every word before
/// that word, so it takes no name for it: `CREATE TABLE event`.
pub(super) fn created(source: &Source<'_>, create: usize) -> Created {
    let mut at = create + 1;
    let mut is_virtual = false;
    while source.kind(at) == Kind::Word {
        let word = source.text(at..at + 1);
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        if is("or") {
            at += 2;
        } else if is("algorithm") {
            at += 1 + usize::from(is_equals(source, at + 1)) + 1;
        } else if is("sql") && is_word(source, at + 1, "security") {
            at += 3;
        } else if is("definer") {
            at = behind_account(source, at + 1);
        } else if is("virtual") {
            is_virtual = true;
            at += 1;
        } else if MODIFIERS.iter().any(|known| is(known)) {
            at += 1;
        } else {
            break;
        }
    }
    let object = match object(source.text(at..at + 1)) {
        Object::Table if is_virtual => Object::VirtualTable,
        // PostgreSQL's event triggers call functions.
        Object::Event if source.is(at + 1, Keyword::Trigger) => Object::Other,
        object => object,
    };
    Created { object, at }
}

fn object(word: &str) -> Object {
    match word.to_ascii_lowercase().as_str() {
        "database" | "schema" => Object::Schema,
        "event" => Object::Event,
        "function" => Object::Function,
        "package" => Object::Package,
        "policy" => Object::Policy,
        "procedure" => Object::Procedure,
        "rule" => Object::Rule,
        "table" => Object::Table,
        "trigger" => Object::Trigger,
        "view" => Object::View,
        _ => Object::Other,
    }
}

/// The place after the account of a DEFINER: `= 'a'@'b'`, `= CURRENT_USER()`.
fn behind_account(source: &Source<'_>, mut at: usize) -> usize {
    at += usize::from(is_equals(source, at)) + 1;
    if source.kind(at) == Kind::Open {
        at = source.after(at);
    }
    if source.kind(at) == Kind::Literal {
        // The lexer takes `@host` for a variable, and an `@` before quotes for a variable without a name.
        let is_bare = source.text(at..at + 1) == "@";
        at += 1 + usize::from(is_bare);
    }
    at
}

/// Whether a statement that begins here makes a routine, whose body runs later.
pub(super) fn makes_routine(source: &Source<'_>, at: usize) -> bool {
    let begins = source.is(at, Keyword::Create) || is_word(source, at, "alter");
    begins
        && matches!(
            created(source, at).object,
            Object::Event
                | Object::Function
                | Object::Package
                | Object::Procedure
                | Object::Rule
                | Object::Trigger
        )
}

fn is_equals(source: &Source<'_>, at: usize) -> bool {
    source.kind(at) == Kind::Operator && source.text(at..at + 1) == "="
}

pub(super) fn is_word(source: &Source<'_>, at: usize, word: &str) -> bool {
    source.kind(at) == Kind::Word && source.text(at..at + 1).eq_ignore_ascii_case(word)
}

/// Decides about a CREATE or ALTER that names a scoped table.
pub(super) fn action(source: &Source<'_>, create: usize) -> Action {
    let created = created(source, create);
    match created.object {
        // MySQL allows no WHERE in a JSON duality view.
        Object::View if is_word(source, created.at - 1, "duality") => {
            Action::Forbid("a JSON duality view")
        }
        // A view shows the rows of its query for as long as the view exists.
        Object::View => match keyword_from(source, created.at + 1, Keyword::As) {
            Some(query) => Action::Scope {
                from: query + 1,
                creates: true,
                is_definition: true,
            },
            None => Action::Pass,
        },
        Object::Table if merges_tables(source, created.at) => {
            Action::Forbid("a table that is a UNION of others")
        }
        Object::Table if source.is(create, Keyword::Create) => table(source, created.at),
        // The conditions of a policy may hold queries. FOR SELECT stands before the conditions.
        Object::Policy => match first_parenthesis(source, created.at) {
            Some(from) => Action::Scope {
                from,
                creates: false,
                is_definition: true,
            },
            None => Action::Pass,
        },
        // In PostgreSQL a view is a rule, and a rule can turn a table into a view.
        Object::Rule if is_rule_of_select(source, created.at) => Action::Forbid("a rule ON SELECT"),
        Object::Schema if holds_query(source, created.at) => {
            Action::Forbid("CREATE SCHEMA with a view in it")
        }
        // An index over the rows of another table shows these rows: `USING fts5(title, content='post')`.
        Object::VirtualTable if arguments_name_a_table(source, created.at) => {
            Action::Forbid("a virtual table over it")
        }
        Object::Other if source.is(create, Keyword::Create) && holds_query(source, created.at) => {
            Action::Forbid("a CREATE of an unknown form, with a query in it,")
        }
        _ => Action::Pass,
    }
}

/// Decides about a CREATE TABLE. CREATE TABLE … AS copies rows.
fn table(source: &Source<'_>, table: usize) -> Action {
    let mut at = table + 1;
    while source.kind(at) == Kind::Word && source.kind(at + 1) != Kind::Dot {
        let words = ["if", "not", "exists"];
        if !words.iter().any(|known| is_word(source, at, known)) {
            break;
        }
        at += 1;
    }
    Action::Scope {
        from: source.path(at).tokens.end,
        creates: true,
        is_definition: false,
    }
}

/// The first occurrence of the keyword that is not in parentheses.
fn keyword_from(source: &Source<'_>, mut at: usize, keyword: Keyword) -> Option<usize> {
    while !source.is_end(at) {
        if source.is(at, keyword) {
            return Some(at);
        }
        at = source.after(at);
    }
    None
}

fn first_parenthesis(source: &Source<'_>, mut at: usize) -> Option<usize> {
    while !source.is_end(at) {
        if source.kind(at) == Kind::Open {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Whether the statement has the `UNION = (a, b)` of a MERGE table, which shows the rows of `a` and `b`.
fn merges_tables(source: &Source<'_>, mut at: usize) -> bool {
    while source.is_mysql() && !source.is_end(at) {
        let list = at + 1 + usize::from(is_equals(source, at + 1));
        if source.is(at, Keyword::Union) && source.kind(list) == Kind::Open {
            let behind = source.after(list);
            let is_query = (list..behind).any(|at| {
                matches!(
                    source.keyword(at),
                    Keyword::Select | Keyword::Values | Keyword::Table
                )
            });
            if !is_query && source.named(list..behind).is_some() {
                return true;
            }
        }
        at = source.after(at);
    }
    false
}

fn is_rule_of_select(source: &Source<'_>, rule: usize) -> bool {
    let on = keyword_from(source, rule + 1, Keyword::On);
    on.is_some_and(|on| source.is(on + 1, Keyword::Select))
}

fn holds_query(source: &Source<'_>, schema: usize) -> bool {
    let mut at = schema;
    while source.kind(at) != Kind::Semicolon {
        if matches!(source.keyword(at), Keyword::Select | Keyword::Values)
            || (source.is(at, Keyword::Table) && source.is(at.wrapping_sub(1), Keyword::As))
        {
            return true;
        }
        at += 1;
    }
    false
}

fn arguments_name_a_table(source: &Source<'_>, table: usize) -> bool {
    first_parenthesis(source, table).is_some_and(|open| {
        let arguments = open..source.after(open);
        source.named(arguments).is_some()
    })
}
