//! Changes columns and foreign keys in the CREATE TABLE of SQLite, which has no statements for that.

use std::ops::Range;

use sql_row_scope::tokens::{Kind, Token};

use crate::schema::catalogue::OnDelete;
use crate::schema::create_text::{cut, is_over, parentheses, parts, tokens};

/// The CREATE TABLE with this definition of a column in place of its NULL, NOT NULL and DEFAULT; `None` if it has no
/// such column.
pub(crate) fn redefined(sql: &str, column: &str, definition: &str) -> Option<String> {
    let tokens = tokens(sql);
    let definitions = parts(parentheses(&tokens)?.0);
    let is_it = |part: &&&[Token]| {
        let first = part.first();
        first.is_some_and(|first| first.unquoted(sql).eq_ignore_ascii_case(column))
    };
    let part = definitions.iter().find(is_it)?;
    let end = part.last()?.range().end;
    let (head, tail) = sql.split_at(end);
    let head = cut(head, &replaced(sql, part));
    let definition = match definition.is_empty() {
        true => String::new(),
        false => format!(" {definition}"),
    };
    Some(format!("{head}{definition}{tail}"))
}

/// The ranges of NULL, NOT NULL and DEFAULT in the definition of a column, each with its name and its ON CONFLICT.
fn replaced(sql: &str, part: &[Token]) -> Vec<Range<usize>> {
    let is = |at: usize, word| part.get(at).is_some_and(|it| it.is_word(sql, word));
    let is_kind = |at: usize, kind| part.get(at).is_some_and(|it| it.kind == kind);
    let mut cuts = Vec::new();
    let mut at = 1;
    while let Some(token) = part.get(at) {
        let last = if token.depth != 1 {
            None
        } else if is(at, "NOT") && is(at + 1, "NULL") {
            Some(at + 1)
        } else if is(at, "NULL") && !is(at - 1, "SET") {
            Some(at)
        } else if is(at, "DEFAULT") && is_kind(at + 1, Kind::Open) {
            let close = part.iter().skip(at + 1).position(|it| {
                it.kind == Kind::Close && Some(it.depth) == part.get(at + 1).map(|open| open.depth)
            });
            close.map(|close| at + 1 + close)
        } else if is(at, "DEFAULT") && !is(at - 1, "SET") {
            let sign = part.get(at + 1).and_then(|it| sql.get(it.range()));
            let is_signed = sign.is_some_and(|sign| sign == "-" || sign == "+");
            Some(at + 1 + usize::from(is_signed))
        } else {
            None
        };
        let Some(last) = last else {
            at += 1;
            continue;
        };
        let resolves = is(last + 1, "ON") && is(last + 2, "CONFLICT");
        let last = if resolves { last + 3 } else { last };
        let is_named = at > 2 && is(at - 2, "CONSTRAINT");
        let first = if is_named { at - 2 } else { at };
        if let (Some(before), Some(last)) = (part.get(first - 1), part.get(last)) {
            cuts.push(before.range().end..last.range().end);
        }
        at = last + 1;
    }
    cuts
}

/// The CREATE TABLE without the action of the foreign keys over these columns; `None` if none has the action.
pub(crate) fn without_action(sql: &str, columns: &[String], rule: OnDelete) -> Option<String> {
    let tokens = tokens(sql);
    let mut cuts = Vec::new();
    for part in parts(parentheses(&tokens)?.0) {
        let unnamed = match part.first() {
            Some(first) if first.is_word(sql, "CONSTRAINT") => part.get(2..)?,
            _ => part,
        };
        let is_over_them = match unnamed.first() {
            Some(first) if first.is_word(sql, "FOREIGN") => {
                parentheses(unnamed).is_some_and(|(list, _)| is_over(sql, list, columns))
            }
            Some(first) => {
                columns.len() == 1 && first.unquoted(sql).eq_ignore_ascii_case(&columns[0])
            }
            None => false,
        };
        if is_over_them {
            cuts.extend(actions(sql, part, rule));
        }
    }
    (!cuts.is_empty()).then(|| cut(sql, &cuts))
}

/// The CREATE TABLE with one more constraint.
pub(crate) fn with_constraint(sql: &str, constraint: &str) -> Option<String> {
    let tokens = tokens(sql);
    let end = parentheses(&tokens)?.0.last()?.range().end;
    let (head, tail) = sql.split_at(end);
    Some(format!("{head}, {constraint}{tail}"))
}

/// The CREATE TABLE without the COLLATE NOCASE of a column; `None` if it has none.
pub(crate) fn without_nocase(sql: &str, column: &str) -> Option<String> {
    let tokens = tokens(sql);
    let definitions = parts(parentheses(&tokens)?.0);
    let part = definitions.into_iter().find(|part| {
        let first = part.first();
        first.is_some_and(|first| first.unquoted(sql).eq_ignore_ascii_case(column))
    })?;
    let found = part.windows(3).find(|found| {
        found[1].depth == 1
            && found[1].is_word(sql, "COLLATE")
            && found[2].unquoted(sql).eq_ignore_ascii_case("NOCASE")
    })?;
    let mut without = sql.to_owned();
    without.replace_range(found[0].range().end..found[2].range().end, "");
    Some(without)
}

/// The ranges of this ON DELETE in a definition.
fn actions(sql: &str, part: &[Token], rule: OnDelete) -> Vec<Range<usize>> {
    let words: Vec<&str> = ["ON", "DELETE"]
        .into_iter()
        .chain(rule.as_sql().split(' '))
        .collect();
    let mut cuts = Vec::new();
    for (at, found) in part.windows(words.len() + 1).enumerate() {
        let [before, found @ ..] = found else {
            continue;
        };
        let mut pairs = found.iter().zip(&words);
        if pairs.all(|(token, word)| token.depth == 1 && token.is_word(sql, word))
            && let Some(last) = part.get(at + words.len())
        {
            cuts.push(before.range().end..last.range().end);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_null_and_the_default_of_a_column_are_replaced() {
        for (sql, definition, expected) in [
            (
                r#"CREATE TABLE "note" ( "id" integer PRIMARY KEY, "gone" text NOT NULL DEFAULT 'a, b', "x" text NOT NULL )"#,
                "NULL",
                r#"CREATE TABLE "note" ( "id" integer PRIMARY KEY, "gone" text NULL, "x" text NOT NULL )"#,
            ),
            (
                "CREATE TABLE t (a, GONE boolean CONSTRAINT c NOT NULL ON CONFLICT FAIL CHECK (gone IS NOT NULL) DEFAULT (1 + (2)))",
                "NOT NULL DEFAULT FALSE",
                "CREATE TABLE t (a, GONE boolean CHECK (gone IS NOT NULL) NOT NULL DEFAULT FALSE)",
            ),
            (
                "CREATE TABLE t (gone integer DEFAULT -1 NULL -- none\n)",
                "",
                "CREATE TABLE t (gone integer -- none\n)",
            ),
            (
                "CREATE TABLE t (gone integer REFERENCES u ON DELETE SET NULL ON UPDATE SET DEFAULT)",
                "NULL",
                "CREATE TABLE t (gone integer REFERENCES u ON DELETE SET NULL ON UPDATE SET DEFAULT NULL)",
            ),
        ] {
            let redefined = redefined(sql, "gone", definition);
            assert_eq!(redefined.as_deref(), Some(expected), "of {sql}");
        }
        assert_eq!(redefined("CREATE TABLE t (a)", "gone", "NULL"), None);
    }

    #[test]
    fn a_constraint_is_added_behind_the_others() {
        for (sql, expected) in [
            (
                "CREATE TABLE t (a int, b int -- (\n) STRICT",
                "CREATE TABLE t (a int, b int, CHECK (a > b) -- (\n) STRICT",
            ),
            (
                "CREATE TABLE t (a int, UNIQUE (a))",
                "CREATE TABLE t (a int, UNIQUE (a), CHECK (a > b))",
            ),
        ] {
            let with = with_constraint(sql, "CHECK (a > b)");
            assert_eq!(with.as_deref(), Some(expected), "of {sql}");
        }
    }

    #[test]
    fn the_collation_of_one_column_is_removed() {
        for (sql, expected) in [
            (
                "CREATE TABLE t (b text COLLATE NOCASE, a text NOT NULL collate \"nocase\" UNIQUE)",
                Some("CREATE TABLE t (b text COLLATE NOCASE, a text NOT NULL UNIQUE)"),
            ),
            (
                "CREATE TABLE t (a text CHECK (a = 'b' COLLATE NOCASE) COLLATE BINARY)",
                None,
            ),
        ] {
            assert_eq!(without_nocase(sql, "A").as_deref(), expected, "of {sql}");
        }
    }

    #[test]
    fn only_the_action_of_the_foreign_key_over_these_columns_is_removed() {
        for (sql, columns, rule, expected) in [
            (
                "CREATE TABLE t (a int, b int, FOREIGN KEY (a) REFERENCES u (id) ON DELETE CASCADE ON UPDATE CASCADE, \
                 CONSTRAINT f FOREIGN KEY (b) REFERENCES u (id) ON DELETE CASCADE)",
                &["b"][..],
                OnDelete::Cascade,
                Some(
                    "CREATE TABLE t (a int, b int, FOREIGN KEY (a) REFERENCES u (id) ON DELETE CASCADE ON UPDATE \
                     CASCADE, CONSTRAINT f FOREIGN KEY (b) REFERENCES u (id))",
                ),
            ),
            (
                "CREATE TABLE t (a int REFERENCES u (id) on delete set null DEFERRABLE, b int)",
                &["A"],
                OnDelete::SetNull,
                Some("CREATE TABLE t (a int REFERENCES u (id) DEFERRABLE, b int)"),
            ),
            (
                "CREATE TABLE t (a int REFERENCES u (id), b int)",
                &["a"],
                OnDelete::Cascade,
                None,
            ),
        ] {
            let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
            let without = without_action(sql, &columns, rule);
            assert_eq!(without.as_deref(), expected, "of {sql}");
        }
    }
}
