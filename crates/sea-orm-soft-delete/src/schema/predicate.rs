//! Reads, from the text of a condition in a schema, what it means for the marker.
//!
//! Each database prints conditions in its own spelling: PostgreSQL adds parentheses and casts, MySQL quotes
//! names, SQLite keeps the original text. This module compares tokens without these additions.

mod atom;
mod instant;
#[cfg(all(test, feature = "with-chrono"))]
mod tests;
mod token;

use std::collections::BTreeSet;

use sea_orm::DbBackend;

use self::instant::instant;
use self::token::{Token, between, inside, negated, simple, split};
use crate::entity::marker::MarkerStorage;
use crate::schema::sql::{self, Named};

/// The marker of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MarkerNamed<'a> {
    pub(crate) name: &'a str,
    pub(crate) storage: MarkerStorage,
    pub(crate) backend: DbBackend,
}

/// The state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Live,
    Trashed,
}

impl State {
    fn other(self) -> Self {
        match self {
            Self::Live => Self::Trashed,
            Self::Trashed => Self::Live,
        }
    }
}

/// The deepest nesting of conditions that is read.
const DEEPEST: usize = 32;

/// The functions that return the current time.
const NOW: &[&str] = &[
    "current_timestamp",
    "now",
    "localtimestamp",
    "transaction_timestamp",
    "clock_timestamp",
    "statement_timestamp",
    "datetime",
    "strftime",
    "unix_timestamp",
    "unixepoch",
    "utc_timestamp",
    "sysdate",
];

/// The expressions with one value, `?`, if a condition is true, and NULL otherwise: the tokens before the
/// condition and after it.
const NULL_UNLESS: &[(&[&str], &[&str])] = &[
    (&["case", "when"], &["then", "?", "end"]),
    (&["case", "when"], &["then", "?", "else", "null", "end"]),
    (&["if", "("], &[",", "?", ",", "null", ")"]),
];

impl MarkerNamed<'_> {
    /// Whether no trashed row satisfies the condition.
    pub(crate) fn excludes_trashed(&self, condition: &str) -> bool {
        self.is_live_only(&self.tokens(condition), 0)
    }

    /// Whether every row in this state and no other row satisfies the condition.
    pub(crate) fn is_exactly(&self, state: State, condition: &str) -> bool {
        self.says_exactly(state, &self.tokens(condition))
    }

    /// Whether the expression has one value in all live rows, and is NULL in all trashed rows.
    pub(crate) fn is_null_in_trash(&self, expression: &str) -> bool {
        let tokens = self.tokens(expression);
        let mut forms = NULL_UNLESS.iter();
        let condition = forms.find_map(|(before, after)| between(inside(&tokens), before, after));
        condition.is_some_and(|condition| {
            // A further branch has another value.
            let is_branch = |token: &Token| ["when", "then", "else"].iter().any(|it| token.is(it));
            !condition.iter().any(is_branch) && self.says_exactly(State::Live, condition)
        })
    }

    /// Whether the expression mentions the marker, and can have different values in trashed rows.
    pub(crate) fn tells_rows_apart(&self, expression: &str) -> bool {
        let mut tokens = token::read(expression, self.backend).into_iter();
        tokens.any(|token| token.is_name(self.name)) && !self.is_boolean(expression)
    }

    /// Whether the expression is a boolean that has one constant value in all trashed rows.
    fn is_boolean(&self, expression: &str) -> bool {
        let atom = self.atom(&self.tokens(expression));
        self.is_atom_of(State::Live, &atom) || self.is_atom_of(State::Trashed, &atom)
    }

    /// The state of a new row whose marker has this default, if the text of the default shows it.
    pub(crate) fn born_with(&self, default: &str) -> Option<State> {
        let tokens = self.tokens(default);
        let tokens = inside(&tokens);
        let value = match tokens {
            [Token::Word(word) | Token::Text(word)] => word.as_str(),
            _ => "",
        };
        let is_now = tokens
            .first()
            .is_some_and(|first| NOW.iter().any(|now| first.is(now)));
        let live_if = |is_live| match is_live {
            true => Some(State::Live),
            false => Some(State::Trashed),
        };
        let unless_now = || is_now.then_some(State::Trashed);
        match self.storage {
            MarkerStorage::Nullable { .. } => live_if(value == "null"),
            MarkerStorage::NullableEpoch { .. } if value == "null" => Some(State::Live),
            MarkerStorage::Flag => match value {
                "false" | "0" | "f" => Some(State::Live),
                "true" | "1" | "t" => Some(State::Trashed),
                _ => None,
            },
            MarkerStorage::Epoch { .. } | MarkerStorage::NullableEpoch { .. } => {
                let number = value.parse::<i64>();
                number.map_or_else(|_| unless_now(), |number| live_if(number == 0))
            }
            MarkerStorage::Sentinel { live, .. } => {
                let at = instant(value).or_else(|| instant(default));
                at.map_or_else(unless_now, |at| live_if(at == live))
            }
        }
    }

    fn tokens(&self, sql: &str) -> Vec<Token> {
        simple(sql, self.backend)
    }

    /// Like `says`; knows this crate's own condition too.
    fn says_exactly(&self, state: State, tokens: &[Token]) -> bool {
        let marker = Named::Column(self.name);
        let own = match state {
            State::Live => sql::is_live(self.storage, &marker, self.backend),
            State::Trashed => sql::is_trashed(self.storage, &marker, self.backend),
        };
        self.says(state, tokens, 0) || self.atom(tokens) == self.atom(&self.tokens(&own))
    }

    /// Whether every row in this state and no other row satisfies the condition.
    fn says(&self, state: State, tokens: &[Token], depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let tokens = inside(tokens);
        let (any, all) = (split(tokens, "or"), split(tokens, "and"));
        if any.len() > 1 || all.len() > 1 {
            // The condition for a marker that is live at NULL and at 0 has two parts.
            let (parts, null, zero) = match state {
                State::Live => (&any, "$ is null", "$ = 0"),
                State::Trashed => (&all, "$ is not null", "$ <> 0"),
            };
            let parts: Vec<String> = parts.iter().map(|part| self.atom(part)).collect();
            return matches!(self.storage, MarkerStorage::NullableEpoch { .. })
                && (parts == [null, zero] || parts == [zero, null]);
        }
        if let Some(negated) = negated(tokens) {
            return self.says(state.other(), negated, depth + 1);
        }
        let atom = self.atom(tokens);
        let is_all = match self.storage {
            MarkerStorage::Nullable { .. } | MarkerStorage::Flag => true,
            // A marker before the live instant is trashed just as a later one is, so an order comparison
            // misses some rows.
            MarkerStorage::Epoch { .. } | MarkerStorage::Sentinel { .. } => {
                let is_order = |word: &str| matches!(word, "<" | "<=" | ">" | ">=");
                !atom.split(' ').any(is_order)
            }
            MarkerStorage::NullableEpoch { .. } => atom.contains(" ( $ , 0 ) "),
        };
        is_all && self.is_atom_of(state, &atom)
    }

    fn is_live_only(&self, tokens: &[Token], depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let tokens = inside(tokens);
        let is_live_only = |part: &&[Token]| self.is_live_only(part, depth + 1);
        let (any, all) = (split(tokens, "or"), split(tokens, "and"));
        if any.len() > 1 {
            return any.iter().all(is_live_only);
        }
        if all.len() > 1 {
            return all.iter().any(is_live_only);
        }
        match negated(tokens) {
            Some(negated) => self.is_atom_of(State::Trashed, &self.atom(negated)),
            None => self.is_atom_of(State::Live, &self.atom(tokens)),
        }
    }
}

/// Whether the condition is `column IS NOT NULL`.
pub(crate) fn is_not_null(column: &str, condition: &str, backend: DbBackend) -> bool {
    let tokens = simple(condition, backend);
    match inside(&tokens) {
        [name, is, not, null] => {
            name.is_name(sql::kept(column, backend))
                && is.is("is")
                && not.is("not")
                && null.is("null")
        }
        _ => false,
    }
}

/// Whether two expressions can be the same one in different spellings of this database.
///
/// Databases rename some functions, add casts and rewrite lists. The comparison uses only the parts that
/// they keep: these columns, numbers, and functions that have one name.
pub(crate) fn can_be_same(one: &str, other: &str, columns: &[&str], backend: DbBackend) -> bool {
    const KEPT: &[&str] = &[
        "lower", "upper", "coalesce", "md5", "abs", "reverse", "year", "month", "left", "right",
    ];
    let is_kept = |word: &String| {
        KEPT.contains(&word.as_str())
            || word.parse::<u64>().is_ok()
            || columns
                .iter()
                .any(|column| column.eq_ignore_ascii_case(word))
    };
    let kept = |sql: &str| {
        let words = simple(sql, backend)
            .into_iter()
            .filter_map(|token| match token {
                Token::Word(word) | Token::Name(word) => Some(word.to_lowercase()),
                _ => None,
            });
        words.filter(is_kept).collect::<BTreeSet<String>>()
    };
    kept(one) == kept(other)
}
