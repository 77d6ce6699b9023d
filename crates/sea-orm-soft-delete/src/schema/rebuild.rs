//! Rebuilds a SQLite table, because SQLite can change neither a column nor a constraint.
//!
//! SQLite's documentation describes a rebuild (<https://www.sqlite.org/lang_altertable.html#otheralter>) with
//! foreign keys turned off, which is impossible within a transaction. [`script`] writes that. [`anew`] defers
//! foreign keys instead: rows that point at the table are valid again when the rows are back, before the
//! transaction ends.

use std::ops::Range;

use sea_orm::DbBackend;
use sql_row_scope::tokens::{Kind, Token};

use crate::entity::member::TableKey;
use crate::entity::scope_comment::with_trashed_of;
use crate::error::SoftDeleteError;
use crate::schema::catalogue::{Catalogue, ForeignKey, Table};
use crate::schema::create_text::{cut, is_over, parentheses, parts, tokens};
use crate::schema::sql::{beside, list, path, quote};
use crate::schema::table::SoftDeleteSchema;

const COPY: &str = "soft_delete_rebuild";
const SEQUENCE: &str = "soft_delete_rebuild_sequence";
const SQLITE: DbBackend = DbBackend::Sqlite;

/// The statements that rebuild the table without a UNIQUE over these columns. Run them in one transaction.
pub(crate) fn without_unique(
    schema: &SoftDeleteSchema,
    catalogue: &Catalogue,
    columns: &[String],
) -> Result<Vec<String>, SoftDeleteError> {
    let table = schema.existing(catalogue)?;
    let sql = table.sql.as_deref().unwrap_or_default();
    let Some(create) = without(sql, columns) else {
        return Err(schema.not_changed(
            format!(
                "its UNIQUE over {} was not found in the statement that made it",
                columns.join(", ")
            ),
            "make the table anew without it, by hand",
        ));
    };
    anew(schema, catalogue, &create)
}

/// The statements that rebuild the table as this CREATE TABLE describes it, whatever points at it. Run them in
/// one session, outside of a transaction.
pub(crate) fn script(key: &TableKey, table: &Table, create: &str) -> Vec<String> {
    let mut statements = vec![
        "PRAGMA foreign_keys = OFF".to_owned(),
        "BEGIN IMMEDIATE".to_owned(),
    ];
    statements.extend(steps(key, table, create));
    statements.push("COMMIT".to_owned());
    statements.push("PRAGMA foreign_keys = ON".to_owned());
    statements
}

/// The statements that rebuild the table as this CREATE TABLE describes it. Run them in one transaction.
pub(crate) fn anew(
    schema: &SoftDeleteSchema,
    catalogue: &Catalogue,
    create: &str,
) -> Result<Vec<String>, SoftDeleteError> {
    let table = schema.existing(catalogue)?;
    refuse_actions(schema, catalogue, table)?;
    let mut statements = vec!["PRAGMA defer_foreign_keys = ON".to_owned()];
    statements.extend(steps(schema.key(), table, create));
    Ok(statements)
}

/// The statements between turning foreign keys off and on.
fn steps(key: &TableKey, table: &Table, create: &str) -> Vec<String> {
    let path = path(SQLITE, key);
    let at = |name| beside(SQLITE, key, name);
    let stored = table
        .columns
        .iter()
        .filter(|column| column.generated.is_none());
    let stored: Vec<&str> = stored.map(|column| column.name.as_str()).collect();
    let stored = list(SQLITE, &stored);
    // SQLite's spelling of the table's name.
    let name = table.place.name.replace('\'', "''");

    let mut statements = vec![format!(
        "CREATE TABLE {} AS SELECT {stored} FROM {path} WHERE {}",
        at(COPY),
        with_trashed_of(key.0.as_deref(), &key.1)
    )];
    let counts = (tokens(create).iter()).any(|token| token.is_word(create, "AUTOINCREMENT"));
    if counts {
        statements.push(format!(
            "CREATE TABLE {} AS SELECT seq FROM {} WHERE name = '{name}'",
            at(SEQUENCE),
            at("sqlite_sequence")
        ));
    }
    statements.push(format!("DROP TABLE {path}"));
    statements.push(in_schema(create, key));
    statements.push(format!(
        "INSERT INTO {path} ({stored}) SELECT {stored} FROM {}",
        at(COPY)
    ));
    if counts {
        let sequence = at("sqlite_sequence");
        statements.push(format!("DELETE FROM {sequence} WHERE name = '{name}'"));
        statements.push(format!(
            "INSERT INTO {sequence} (name, seq) SELECT '{name}', seq FROM {}",
            at(SEQUENCE)
        ));
        statements.push(format!("DROP TABLE {}", at(SEQUENCE)));
    }
    statements.push(format!("DROP TABLE {}", at(COPY)));
    // The indexes and triggers that were dropped with the table, except the index of the constraint itself.
    statements.extend(table.dependents.iter().map(|sql| in_schema(sql, key)));
    statements
}

/// Refuses if dropping the table would change or remove rows that point at it.
fn refuse_actions(
    schema: &SoftDeleteSchema,
    catalogue: &Catalogue,
    table: &Table,
) -> Result<(), SoftDeleteError> {
    let others = catalogue
        .tables()
        .iter()
        .filter(|other| other.place != table.place);
    let mut keys = others.flat_map(|other| other.foreign_keys.iter().map(move |key| (other, key)));
    let acts = |(_, key): &(&Table, &ForeignKey)| {
        catalogue.is_at(&key.parent, schema.key()) && !key.on_delete.is_refusal()
    };
    match keys.find(acts) {
        None => Ok(()),
        Some((other, key)) => Err(schema.not_changed(
            format!(
                "SQLite can take a UNIQUE out of it only by making it anew, and `{}` points \
                 at it with ON DELETE {}, which that would trigger",
                other.place.name,
                key.on_delete.as_sql()
            ),
            "run the statements that `doctor` prints for it, which turn foreign keys off, in one session and \
             outside of a transaction",
        )),
    }
}

/// Whether dropping the table, with foreign keys turned on, would change or remove rows that point at it.
pub(crate) fn triggers_actions(schema: &SoftDeleteSchema, catalogue: &Catalogue) -> bool {
    let refused = schema
        .existing(catalogue)
        .and_then(|table| refuse_actions(schema, catalogue, table));
    refused.is_err()
}

/// Adds the table's schema to a CREATE statement, which SQLite keeps without a schema.
pub(crate) fn in_schema(create: &str, (schema, _): &TableKey) -> String {
    let Some(name) = schema else {
        return create.to_owned();
    };
    let tokens = tokens(create);
    // Only keywords precede the name: CREATE [UNIQUE] (TABLE | INDEX | TRIGGER).
    let kind = tokens.iter().position(|token| {
        ["TABLE", "INDEX", "TRIGGER"]
            .iter()
            .any(|kind| token.is_word(create, kind))
    });
    match kind.and_then(|kind| tokens.get(kind + 1)) {
        Some(token) => {
            let (head, tail) = create.split_at(token.range().start);
            format!("{head}{}.{tail}", quote(SQLITE, name))
        }
        None => create.to_owned(),
    }
}

/// Removes every UNIQUE over these columns from the CREATE TABLE; `None` if it has none.
pub(crate) fn without(sql: &str, columns: &[String]) -> Option<String> {
    let tokens = tokens(sql);
    let definitions = parts(parentheses(&tokens)?.0);
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for (at, definition) in definitions.iter().enumerate() {
        let unnamed = match definition.first() {
            Some(first) if first.is_word(sql, "CONSTRAINT") => definition.get(2..)?,
            _ => definition,
        };
        let [first, rest @ ..] = unnamed else {
            continue;
        };
        if first.is_word(sql, "UNIQUE") && rest.first().is_some_and(|t| t.kind == Kind::Open) {
            let (list, rest) = parentheses(rest)?;
            if is_over(sql, list, columns) {
                cuts.push(match after_conflict(sql, rest).first() {
                    // SQLite requires no comma between constraints, so this comma belongs to the next one.
                    Some(next) => definition.first()?.range().start..next.range().start,
                    // Cut the comma before the constraint too; one exists, since a table begins with a
                    // column.
                    None => {
                        let before = definitions.get(at.checked_sub(1)?)?.last()?.range().end;
                        before..definition.last()?.range().end
                    }
                });
            }
        } else if let [column] = columns
            && first.unquoted(sql).eq_ignore_ascii_case(column)
        {
            cuts.extend(uniques(sql, definition));
        }
    }
    (!cuts.is_empty()).then(|| cut(sql, &cuts))
}

/// The tokens after a leading ON CONFLICT.
fn after_conflict<'a>(sql: &str, tokens: &'a [Token]) -> &'a [Token] {
    match tokens {
        [on, conflict, _, rest @ ..]
            if on.is_word(sql, "ON") && conflict.is_word(sql, "CONFLICT") =>
        {
            rest
        }
        rest => rest,
    }
}

/// The ranges of the UNIQUE constraints in a column's definition.
fn uniques(sql: &str, definition: &[Token]) -> Vec<Range<usize>> {
    let is = |at: usize, word| {
        definition
            .get(at)
            .is_some_and(|token| token.depth == 1 && token.is_word(sql, word))
    };
    let mut cuts = Vec::new();
    for at in (1..definition.len()).filter(|at| is(*at, "UNIQUE")) {
        let is_named = at > 2 && is(at - 2, "CONSTRAINT");
        let first = if is_named { at - 2 } else { at };
        let resolves = is(at + 1, "ON") && is(at + 2, "CONFLICT");
        let last = if resolves { at + 3 } else { at };
        if let (Some(before), Some(last)) = (definition.get(first - 1), definition.get(last)) {
            cuts.push(before.range().end..last.range().end);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::without;

    #[track_caller]
    fn check(sql: &str, columns: &[&str], expected: Option<&str>) {
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        assert_eq!(without(sql, &columns).as_deref(), expected, "of {sql}");
    }

    #[test]
    fn only_the_unique_of_a_column_is_removed() {
        check(
            r#"CREATE TABLE "note" ( "id" integer PRIMARY KEY, "title" varchar NOT NULL UNIQUE, "x" text UNIQUE )"#,
            &["title"],
            Some(
                r#"CREATE TABLE "note" ( "id" integer PRIMARY KEY, "title" varchar NOT NULL, "x" text UNIQUE )"#,
            ),
        );
        check(
            "CREATE TABLE t (a text CONSTRAINT u unique ON CONFLICT IGNORE DEFAULT 'UNIQUE, (' -- a UNIQUE\n, b)",
            &["A"],
            Some("CREATE TABLE t (a text DEFAULT 'UNIQUE, (' -- a UNIQUE\n, b)"),
        );
        check(
            "CREATE TABLE t ([a] text CHECK (a <> 'UNIQUE') UNIQUE)",
            &["a"],
            Some("CREATE TABLE t ([a] text CHECK (a <> 'UNIQUE'))"),
        );
    }

    #[test]
    fn the_unique_of_a_table_over_these_columns_is_removed() {
        check(
            "CREATE TABLE t (a, \"b\" text, CONSTRAINT u UNIQUE (\"b\", a DESC) ON CONFLICT FAIL, UNIQUE (a, c), c)",
            &["a", "b"],
            Some("CREATE TABLE t (a, \"b\" text, UNIQUE (a, c), c)"),
        );
    }

    #[test]
    fn a_constraint_after_it_without_a_comma_stays() {
        check(
            "CREATE TABLE t (a, b, CONSTRAINT u UNIQUE (a) ON CONFLICT FAIL CHECK (a > b) UNIQUE (b))",
            &["a"],
            Some("CREATE TABLE t (a, b, CHECK (a > b) UNIQUE (b))"),
        );
    }

    #[test]
    fn a_table_without_such_a_unique_stays_unchanged() {
        check("CREATE TABLE t (a text, unique_b text)", &["a"], None);
        check("CREATE TABLE t (a text, UNIQUE (a, b), b)", &["a"], None);
        check("CREATE TABLE \"unique\" (a text)", &["a"], None);
        check("", &["a"], None);
    }
}
