//! SQL keywords that are also names, and the places where each database accepts them without quotes.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Words that begin, join or end a construct in some dialect.
#[rustfmt::skip]
pub(super) const WORDS: [&str; 82] = [
    "by",
    "set",
    "exists",
    "escape",
    "like",
    "end",
    "begin",
    "case",
    "order",
    "for",
    "returning",
    "insert",
    "delete",
    "update",
    "select",
    "from",
    "where",
    "on",
    "using",
    "join",
    "left",
    "natural",
    "full",
    "union",
    "group",
    "having",
    "limit",
    "offset",
    "values",
    "into",
    "with",
    "recursive",
    "as",
    "and",
    "or",
    "not",
    "in",
    "when",
    "then",
    "else",
    "only",
    "lateral",
    "window",
    "filter",
    "over",
    "partition",
    "lock",
    "force",
    "use",
    "ignore",
    "index",
    "key",
    "replace",
    "conflict",
    "do",
    "default",
    "any",
    "all",
    "some",
    "desc",
    "match",
    "glob",
    "rlike",
    "binary",
    "interval",
    "if",
    "loop",
    "table",
    "procedure",
    "trigger",
    "fetch",
    "user", "row", "of", "system", "tablesample", "first", "execute", "prepare", "truncate",
    "return", "div",
];

/// Words that begin a clause in one dialect and are names in another.
pub(super) const CLAUSES: [&str; 12] = [
    "returning",
    "offset",
    "window",
    "fetch",
    "for",
    "full",
    "lateral",
    "lock",
    "partition",
    "set",
    "tablesample",
    "values",
];

/// The places for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Column,
    /// A column after its qualifier.
    Qualified,
    /// A qualifier before a column.
    Qualifier,
    Label,
    /// A label without AS.
    BareLabel,
    Alias,
    /// An alias without AS.
    BareAlias,
}

const PLACES: [Place; 7] = [
    Place::Column,
    Place::Qualified,
    Place::Qualifier,
    Place::Label,
    Place::BareLabel,
    Place::Alias,
    Place::BareAlias,
];

/// The places in which a database accepts each word without quotes.
#[derive(Default)]
pub(super) struct Words {
    taken: BTreeSet<(&'static str, Place)>,
}

impl Words {
    /// Tries each word in each place.
    pub(super) async fn of(db: &impl ConnectionTrait) -> Self {
        let mut words = Self::default();
        for word in WORDS {
            for place in PLACES {
                if is_taken(db, word, place).await {
                    words.taken.insert((word, place));
                }
            }
        }
        words
    }

    /// Whether the name needs no quotes in that place. A name that is no keyword never needs quotes.
    pub(super) fn take(&self, name: &str, place: Place) -> bool {
        let word = WORDS.iter().find(|word| **word == name);
        word.is_none_or(|word| self.taken.contains(&(word, place)))
    }
}

/// Whether the database takes the word in that place for the name.
async fn is_taken(db: &impl ConnectionTrait, word: &str, place: Place) -> bool {
    let backend = db.get_database_backend();
    let quoted = match backend {
        DbBackend::MySql => format!("`{word}`"),
        _ => format!("\"{word}\""),
    };
    let named = format!("(SELECT 7 AS {quoted}) AS x");
    let sql = match place {
        Place::Column => format!("SELECT {word} AS r FROM {named} WHERE {word} = 7 AND 7 = {word}"),
        Place::Qualified => format!("SELECT x.{word} AS r FROM {named} WHERE x.{word} = 7"),
        Place::Qualifier => {
            format!("SELECT {word}.a AS r FROM (SELECT 7 AS a) AS {quoted} WHERE {word}.a = 7")
        }
        Place::Label => format!("SELECT x.a AS {word} FROM (SELECT 7 AS a) AS x"),
        Place::BareLabel => format!("SELECT x.a {word} FROM (SELECT 7 AS a) AS x"),
        Place::Alias => format!("SELECT {quoted}.a AS r FROM (SELECT 7 AS a) AS {word}"),
        Place::BareAlias => format!("SELECT {quoted}.a AS r FROM (SELECT 7 AS a) {word}"),
    };
    let Ok(Some(row)) = db.query_one_raw(Statement::from_string(backend, sql)).await else {
        return false;
    };
    let is_label = matches!(place, Place::Label | Place::BareLabel);
    let number = row.try_get_by_index::<i64>(0).ok();
    let number = number.or_else(|| row.try_get_by_index::<i32>(0).ok().map(i64::from));
    let name = if is_label { word } else { "r" };
    number == Some(7) && row.column_names() == [name]
}
