//! An upsert that wrote nothing, because a row that a scope hides holds its key.

use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult};

use crate::error::SoftDeleteError;
use crate::query::dialect::dialect;
use crate::scoped::scope::Scope;
use sql_row_scope::tokens::{Kind, Token, tokenize};

/// The text of an upsert, as it arrived and as it is sent; nothing for any other statement.
///
/// On PostgreSQL and SQLite the scope adds the condition that the row is in scope to `DO UPDATE`. If the statement has no
/// condition of its own there, and reads no rows, then it inserts or updates each of its rows, unless a row that is out of
/// scope or a trigger is in its way. MySQL and MariaDB report a row that they found and did not write as written.
pub(super) struct Upsert(Option<Texts>);

struct Texts {
    original: String,
    sent: String,
    backend: DbBackend,
}

/// What a statement returns.
pub(super) trait Outcome {
    /// Whether it holds rows, so that it tells what an INSERT did only if that has RETURNING.
    const HOLDS_ROWS: bool;

    fn is_nothing(&self) -> bool;
}

impl Upsert {
    /// Copies the texts of an upsert, because the statement is given away.
    pub(super) fn new(original: Option<String>, sent: &str, backend: DbBackend) -> Self {
        Self(original.map(|original| Texts {
            original,
            sent: sent.to_owned(),
            backend,
        }))
    }

    /// The text, if it may be an upsert whose outcome tells whether it wrote its rows.
    pub(super) fn text_of(sql: &str, backend: DbBackend) -> Option<String> {
        Self::may_be(sql, backend).then(|| sql.to_owned())
    }

    /// Whether a text may be an upsert whose outcome tells whether it wrote its rows.
    pub(super) fn may_be(sql: &str, backend: DbBackend) -> bool {
        let begins = |word: &str| {
            let first = sql.get(..word.len());
            first.is_some_and(|first| first.eq_ignore_ascii_case(word))
        };
        backend != DbBackend::MySql
            && begins("INSERT")
            && (sql.contains("CONFLICT") || sql.contains("conflict"))
    }

    /// Passes the outcome on, unless a row out of scope kept the upsert from writing anything.
    pub(super) fn check<R: Outcome>(self, scope: &Scope, outcome: R) -> Result<R, DbErr> {
        match self.0.filter(|_| outcome.is_nothing()) {
            Some(texts) => texts.refuse(scope, R::HOLDS_ROWS).map(|()| outcome),
            None => Ok(outcome),
        }
    }
}

impl Texts {
    fn refuse(&self, scope: &Scope, holds_rows: bool) -> Result<(), DbErr> {
        let Some(entity) = self.guarded_table(holds_rows) else {
            return Ok(());
        };
        let (may_be_trashed, scopes) = scope.guards(&self.original, self.backend);
        let error = match (may_be_trashed, scopes.is_empty()) {
            (false, true) => return Ok(()),
            (true, true) => SoftDeleteError::UpsertOfTrashed {
                entity: entity.clone(),
            },
            (may_be_trashed, false) => SoftDeleteError::UpsertOfHidden {
                entity: entity.clone(),
                scopes,
                may_be_trashed,
            },
        };
        tracing::warn!(table = entity, %error, sql = self.original, "an upsert wrote nothing");
        Err(error.into())
    }

    /// The table of the INSERT, if the scope alone has put a condition on its DO UPDATE, and if nothing else explains that
    /// the outcome is empty.
    fn guarded_table(&self, holds_rows: bool) -> Option<String> {
        let dialect = dialect(self.backend);
        let original = Words::new(&self.original, tokenize(&self.original, dialect));
        let sent = Words::new(&self.sent, tokenize(&self.sent, dialect));
        let is_guarded = !original.has_condition_of_update()? && sent.has_condition_of_update()?;
        let mut tokens = original.tokens.iter();
        let is_alone = !tokens.any(|token| token.kind == Kind::Semicolon);
        let reads_rows = original.find(&["SELECT"]).is_some();
        let tells = original.find(&["RETURNING"]).is_some() == holds_rows;
        match is_guarded && is_alone && !reads_rows && tells {
            true => original.table(),
            false => None,
        }
    }
}

/// The tokens of a text outside of parentheses.
struct Words<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Words<'a> {
    fn new(sql: &'a str, mut tokens: Vec<Token>) -> Self {
        tokens.retain(|token| token.depth == 0);
        Self { sql, tokens }
    }

    /// The position of these words.
    fn find(&self, words: &[&str]) -> Option<usize> {
        self.tokens.windows(words.len()).position(|tokens| {
            let mut pairs = tokens.iter().zip(words);
            pairs.all(|(token, word)| token.is_word(self.sql, word))
        })
    }

    /// Whether its only ON CONFLICT has a DO UPDATE with a condition. `None` if it has no DO UPDATE, or several ON
    /// CONFLICT.
    fn has_condition_of_update(&self) -> Option<bool> {
        let conflicts = self.tokens.windows(2).filter(|pair| {
            pair[0].is_word(self.sql, "ON") && pair[1].is_word(self.sql, "CONFLICT")
        });
        if conflicts.count() != 1 {
            return None;
        }
        let update = self.find(&["DO", "UPDATE", "SET"])?;
        let behind = self.tokens.get(update..).unwrap_or_default();
        Some(behind.iter().any(|token| token.is_word(self.sql, "WHERE")))
    }

    /// The table behind INSERT INTO, as `note` or `archive.note`.
    fn table(&self) -> Option<String> {
        let [insert, into, name, rest @ ..] = self.tokens.as_slice() else {
            return None;
        };
        if !insert.is_word(self.sql, "INSERT") || !into.is_word(self.sql, "INTO") {
            return None;
        }
        let name = name.unquoted(self.sql);
        Some(match rest {
            [dot, table, ..] if dot.text(self.sql) == "." => {
                format!("{name}.{}", table.unquoted(self.sql))
            }
            _ => name.into_owned(),
        })
    }
}

impl Outcome for ExecResult {
    const HOLDS_ROWS: bool = false;

    fn is_nothing(&self) -> bool {
        self.rows_affected() == 0
    }
}

impl Outcome for Option<QueryResult> {
    const HOLDS_ROWS: bool = true;

    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl Outcome for Vec<QueryResult> {
    const HOLDS_ROWS: bool = true;

    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: &str = " WHERE \"note\".\"deleted_at\" IS NULL";

    /// The table that the check names for this INSERT into `into`, which the scope has sent with its condition, where the
    /// statement has returned nothing.
    #[track_caller]
    fn check(into: &str, holds_rows: bool, expected: Option<&str>) {
        let original = format!("INSERT INTO {into}");
        let sent = match original.split_once(" RETURNING") {
            Some((update, returning)) => format!("{update}{LIVE} RETURNING{returning}"),
            None => format!("{original}{LIVE}"),
        };
        let texts = Texts {
            original,
            sent,
            backend: DbBackend::Postgres,
        };
        let found = texts.guarded_table(holds_rows);
        assert_eq!(found.as_deref(), expected, "{}", texts.original);
    }

    #[test]
    fn an_upsert_is_of_trashed_rows_if_nothing_else_explains_that_it_wrote_nothing() {
        let update = "ON CONFLICT (slug) DO UPDATE SET title = 'a'";
        let values = format!("(id, slug) VALUES (1, (SELECT 'a')) {update}");
        check(&format!("note {values}"), false, Some("note"));
        check(&format!("\"my note\" {values}"), false, Some("my note"));
        check(
            &format!("archive.\"note\" {values}"),
            false,
            Some("archive.note"),
        );
        check(&format!("note {values} RETURNING id"), true, Some("note"));
        // Rows without RETURNING are none, whatever was written.
        check(&format!("note {values}"), true, None);
        check(&format!("note {values} RETURNING id"), false, None);
        check(&format!("note {values} WHERE note.views > 1"), false, None);
        check(&format!("note SELECT 1, 'a' {update}"), false, None);
        check(&format!("note {values}; SELECT 1"), false, None);
        check("note (id) VALUES (1) ON CONFLICT DO NOTHING", false, None);
        let two = format!("note (id) VALUES (1) ON CONFLICT (id) DO NOTHING {update}");
        check(&two, false, None);
    }

    #[test]
    fn an_upsert_that_the_scope_leaves_as_it_is_is_not_of_trashed_rows() {
        let sql = "INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET title = 'a'";
        let texts = Texts {
            original: sql.to_owned(),
            sent: sql.to_owned(),
            backend: DbBackend::Sqlite,
        };
        assert_eq!(texts.guarded_table(false), None);
    }

    #[test]
    fn the_texts_of_other_statements_are_not_copied() {
        let upsert = "insert into note (id) values (1) on conflict (id) do update set id = 2";
        assert!(Upsert::text_of(upsert, DbBackend::Sqlite).is_some());
        assert!(Upsert::text_of(upsert, DbBackend::MySql).is_none());
        for other in ["SELECT 1", "INSERT INTO note (id) VALUES (1)", "é", ""] {
            assert!(
                Upsert::text_of(other, DbBackend::Postgres).is_none(),
                "{other}"
            );
        }
    }
}
