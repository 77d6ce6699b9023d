//! Constraints that let trashed rows block live ones, or that remove rows.

use std::ops::Range;

use sea_orm::{ConnectionTrait, DbBackend};
use sql_row_scope::tokens::Token;

use crate::doctor::examination::{Examination, Subject, places, spelled};
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::doctor::sqlite_rebuild::rebuilt;
use crate::error::SoftDeleteError;
use crate::schema::catalogue::{get, rows};
use crate::schema::create_text::{cut, tokens};
use crate::schema::sql::quote;

pub(super) async fn check<C: ConnectionTrait>(
    examination: &mut Examination<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let subjects = examination.present();
    match examination.backend {
        DbBackend::Sqlite => {
            for subject in &subjects {
                let finding = replacing(subject);
                examination.findings.extend(finding);
            }
        }
        DbBackend::Postgres if !subjects.is_empty() => {
            let findings = of_postgres(&subjects, db).await?;
            examination.findings.extend(findings);
        }
        _ => {}
    }
    Ok(())
}

/// A UNIQUE or PRIMARY KEY of SQLite that removes the rows that conflict with a new one.
fn replacing(subject: &Subject<'_>) -> Option<Finding> {
    let sql = subject.table.sql.as_deref()?;
    let clauses = replacing_clauses(sql);
    if clauses.is_empty() {
        return None;
    }
    let create = cut(sql, &clauses);
    let advice = "take ON CONFLICT REPLACE out of the table";
    let remedy = rebuilt(advice, subject, Some(create));
    Some(FindingCode::ConstraintReplaces.error(
        subject.name(),
        "a UNIQUE or PRIMARY KEY has ON CONFLICT REPLACE: an INSERT or UPDATE with the values of a row \
         removes that row for good, a trashed one too, on a scoped connection too"
            .to_owned(),
        remedy,
    ))
}

/// The `ON CONFLICT REPLACE` clauses of a CREATE TABLE, except those of a NOT NULL, which replace a value.
fn replacing_clauses(sql: &str) -> Vec<Range<usize>> {
    let mut tokens = tokens(sql);
    // Lists of columns and expressions hold no clauses.
    tokens.retain(|token| token.depth == 1);
    let is_one_of = |token: &Token, words: &[&str]| words.iter().any(|it| token.is_word(sql, it));
    let mut clauses = Vec::new();
    for (at, words) in tokens.windows(4).enumerate() {
        let [before, on, conflict, replace] = words else {
            continue;
        };
        let mut constraints = tokens.iter().take(at + 1).rev();
        let constraint =
            constraints.find(|token| is_one_of(token, &["UNIQUE", "KEY", "NULL", "CHECK"]));
        if on.is_word(sql, "ON")
            && conflict.is_word(sql, "CONFLICT")
            && replace.is_word(sql, "REPLACE")
            && constraint.is_some_and(|token| is_one_of(token, &["UNIQUE", "KEY"]))
        {
            clauses.push(before.range().end..replace.range().end);
        }
    }
    clauses
}

async fn of_postgres<C: ConnectionTrait>(
    subjects: &[Subject<'_>],
    db: &C,
) -> Result<Vec<Finding>, SoftDeleteError> {
    let (of, values) = places(subjects.iter());
    // EXCLUDE constraints, and tables whose REPLICA IDENTITY index no longer exists.
    let sql = format!(
        "SELECT n.nspname::text AS table_schema, c.relname::text AS table_name, \
                k.conname::text AS name, pg_catalog.pg_get_constraintdef(k.oid) AS definition, \
                pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate \
         FROM pg_catalog.pg_constraint k \
         JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_index x ON x.indexrelid = k.conindid \
         WHERE k.contype = 'x' AND ({of}) \
         UNION ALL \
         SELECT n.nspname::text, c.relname::text, NULL, NULL, NULL \
         FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relreplident = 'i' AND ({of}) \
           AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index x \
                           WHERE x.indrelid = c.oid AND x.indisreplident) \
         ORDER BY 1, 2, 3"
    );
    let mut findings = Vec::new();
    for row in rows(&sql, values, db).await? {
        let schema: String = get(&row, "table_schema")?;
        let table: String = get(&row, "table_name")?;
        let is_it = |subject: &&Subject<'_>| {
            subject.table.place.schema == schema && subject.table.place.name == table
        };
        let Some(subject) = subjects.iter().find(is_it) else {
            continue;
        };
        let name: Option<String> = get(&row, "name")?;
        let definition: Option<String> = get(&row, "definition")?;
        let predicate: Option<String> = get(&row, "predicate")?;
        findings.extend(match (name, definition) {
            (Some(name), Some(definition)) => excluding(subject, &name, &definition, predicate),
            _ => Some(without_identity(subject)),
        });
    }
    Ok(findings)
}

/// An EXCLUDE constraint that includes trashed rows.
fn excluding(
    subject: &Subject<'_>,
    name: &str,
    definition: &str,
    predicate: Option<String>,
) -> Option<Finding> {
    let marker = subject.marker();
    if predicate
        .as_deref()
        .is_some_and(|sql| marker.excludes_trashed(sql))
    {
        return None;
    }
    let live = subject.schema.is_live(DbBackend::Postgres);
    let advice = "let it be about live rows alone";
    let remedy = match among_live(definition, predicate.as_deref(), &live) {
        Some(definition) => Remedy::advice(advice).statements([format!(
            "ALTER TABLE {} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {definition}",
            subject.schema.path(DbBackend::Postgres),
            name = quote(DbBackend::Postgres, name),
        )]),
        None => Remedy::advice(format!("{advice}, with WHERE ({live})")),
    };
    Some(FindingCode::ExclusionCountsTrashed.warning(
        subject.name(),
        format!(
            "the constraint {} is about trashed rows too: as long as a row is in the trash, no live row \
             can be what it excludes",
            spelled(&[name])
        ),
        remedy,
    ))
}

/// The definition of an EXCLUDE constraint with the live condition added.
fn among_live(definition: &str, predicate: Option<&str>, live: &str) -> Option<String> {
    let mut rest = definition;
    let mut ends = Vec::new();
    for end in [" NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE"] {
        if let Some(before) = rest.strip_suffix(end) {
            ends.push(end);
            rest = before;
        }
    }
    let condition = match predicate {
        None => format!("({live})"),
        Some(predicate) => {
            let spellings = [
                format!(" WHERE ({predicate})"),
                format!(" WHERE {predicate}"),
            ];
            rest = spellings
                .iter()
                .find_map(|spelt| rest.strip_suffix(spelt.as_str()))?;
            format!("(({predicate}) AND ({live}))")
        }
    };
    let ends: String = ends.into_iter().rev().collect();
    Some(format!("{rest} WHERE {condition}{ends}"))
}

fn without_identity(subject: &Subject<'_>) -> Finding {
    FindingCode::ReplicaIdentityMissing.error(
        subject.name(),
        "its REPLICA IDENTITY is an index that is not there: where its changes are published, each UPDATE \
         fails, and with it each delete",
        Remedy::advice("let rows be told by the primary key").statements([format!(
            "ALTER TABLE {} REPLICA IDENTITY {}",
            subject.schema.path(DbBackend::Postgres),
            identity(subject)
        )]),
    )
}

/// The REPLICA IDENTITY that needs no unique index: the primary key if the table has one, else the whole
/// row.
pub(super) fn identity(subject: &Subject<'_>) -> &'static str {
    match subject.table.indexes.iter().any(|index| index.is_primary) {
        true => "DEFAULT",
        false => "FULL",
    }
}

/// The indexes that replication uses to identify rows: schema and name. Only PostgreSQL has them.
pub(super) async fn replica_identities<C: ConnectionTrait>(
    db: &C,
) -> Result<Vec<(String, String)>, SoftDeleteError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    let sql = "SELECT n.nspname::text AS index_schema, i.relname::text AS index_name \
               FROM pg_catalog.pg_index x \
               JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
               JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
               WHERE x.indisreplident";
    let rows = rows(sql, Vec::new(), db).await?;
    let identities = rows
        .iter()
        .map(|row| Ok((get(row, "index_schema")?, get(row, "index_name")?)));
    identities.collect()
}

#[cfg(test)]
mod tests {
    use super::{among_live, replacing_clauses};

    #[test]
    fn a_clause_that_removes_rows_differs_from_a_clause_that_replaces_a_value() {
        for (sql, expected) in [
            ("CREATE TABLE t (a TEXT UNIQUE ON CONFLICT REPLACE)", 1),
            (
                "CREATE TABLE t (a INTEGER PRIMARY KEY DESC on conflict replace AUTOINCREMENT)",
                1,
            ),
            (
                "CREATE TABLE t (a, b, UNIQUE (a, b) ON CONFLICT REPLACE, UNIQUE (b) ON CONFLICT REPLACE)",
                2,
            ),
            (
                "CREATE TABLE t (a TEXT NOT NULL ON CONFLICT REPLACE DEFAULT '')",
                0,
            ),
            (
                "CREATE TABLE t (a TEXT UNIQUE NOT NULL ON CONFLICT REPLACE DEFAULT '')",
                0,
            ),
            ("CREATE TABLE t (a TEXT UNIQUE ON CONFLICT IGNORE)", 0),
            (
                "CREATE TABLE t (a TEXT CHECK (a <> 'UNIQUE ON CONFLICT REPLACE'))",
                0,
            ),
        ] {
            assert_eq!(replacing_clauses(sql).len(), expected, "of {sql}");
        }
    }

    #[test]
    fn a_condition_is_added_to_an_exclusion_before_its_deferrable_clause() {
        for (definition, predicate, expected) in [
            (
                "EXCLUDE USING gist (during WITH &&)",
                None,
                "EXCLUDE USING gist (during WITH &&) WHERE (live)",
            ),
            (
                "EXCLUDE USING gist (during WITH &&) WHERE ((room > 3)) DEFERRABLE INITIALLY DEFERRED",
                Some("(room > 3)"),
                "EXCLUDE USING gist (during WITH &&) WHERE (((room > 3)) AND (live)) DEFERRABLE \
                 INITIALLY DEFERRED",
            ),
        ] {
            let among = among_live(definition, predicate, "live");
            assert_eq!(among.as_deref(), Some(expected));
        }
    }
}
