//! The rewriter against a general SQL parser, sqlparser.
//!
//! The model reads a statement into sqlparser's syntax tree and scopes the tree, by its structure and with
//! recursion. The rewritten text must parse to the same tree: then the rewriter has found the same tables,
//! has put the conditions in the right places, and has changed nothing else.

mod contexts;
mod generator;
mod known_errors;
mod model;
mod mysql;
mod names;
mod places;
mod postgres;
mod renaming;
mod shapes;
mod sqlite;
mod tree;
mod words;

use crate::Dialect::{self, MySql, Postgres, Sqlite};
use sqlparser::ast::Statement;

use self::model::Model;
use super::spec::{catalog, run};
use super::{Lifted, Refusal, Rewritten};

/// The result of comparing a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Equal,
    /// sqlparser cannot read the statement, or cannot read the rewritten statement.
    Unparsed(String),
    Different(String),
}

fn rewritten(dialect: Dialect, sql: &str) -> Result<String, Refusal> {
    Ok(match run(dialect, sql, &Lifted::NOTHING, false)? {
        Rewritten::Untouched => sql.to_owned(),
        Rewritten::Scoped(plan) => plan.sql,
    })
}

fn compare(dialect: Dialect, sql: &str) -> Outcome {
    let output = match rewritten(dialect, sql) {
        Ok(output) => output,
        // The model reads the statement as MySQL does. MariaDB reads it differently.
        Err(refusal)
            if refusal
                .construct
                .starts_with("a name before the WITH RECURSIVE") =>
        {
            return Outcome::Equal;
        }
        Err(refusal) => return Outcome::Different(format!("{refusal:?}\n     input: {sql}")),
    };
    let mut expected = match tree::parse(dialect, sql) {
        Ok(tree) => tree,
        Err(error) => return Outcome::Unparsed(format!("{error}: {sql}")),
    };
    // sqlparser does not know the condition of an index.
    let readable = output.replace(") WHERE \"deleted_at\" IS NULL DO", ") DO");
    // sqlparser does not know a SELECT without columns and tables, either.
    let readable = readable.replace("(SELECT) AS soft_delete_", "(SELECT 1) AS soft_delete_");
    let readable = without_records(readable);
    let mut actual = match tree::parse(dialect, &readable) {
        Ok(tree) => tree,
        Err(error) => return Outcome::Unparsed(format!("{error}: {readable}")),
    };
    let highest = tree::highest_placeholder(&expected);
    let catalog = catalog(dialect);
    Model::new(dialect, &catalog).scope(&mut expected);
    tree::normalize(&mut expected, highest);
    tree::normalize(&mut actual, highest);
    if expected == actual {
        return Outcome::Equal;
    }
    Outcome::Different(format!(
        "\n     input: {sql}\n    output: {output}\n  expected: {}\n    actual: {}",
        text(&expected),
        text(&actual)
    ))
}

/// The output without the record that reverts the stamps of a DELETE's returned rows: sqlparser does not read
/// that record.
fn without_records(mut sql: String) -> String {
    while let Some(begin) = sql.find("(jsonb_populate_record(") {
        let length = sql[begin..].find("))).").expect("an end") + "))).".len();
        sql.replace_range(begin..begin + length, "");
    }
    sql
}

fn text(statements: &[Statement]) -> String {
    let texts: Vec<String> = statements.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// Compares every statement, except the statements that sqlparser is known not to read.
#[track_caller]
fn compare_all(dialect: Dialect, corpus: &[String]) {
    let mut wrong = Vec::new();
    for sql in corpus {
        match compare(dialect, sql) {
            Outcome::Equal => {}
            _ if known_errors::is_known(dialect, sql) => {}
            Outcome::Unparsed(why) | Outcome::Different(why) => wrong.push(why),
        }
    }
    let (count, all) = (wrong.len(), corpus.len());
    wrong.truncate(25);
    assert!(
        count == 0,
        "{count} of {all}, {dialect:?}:\n{}",
        wrong.join("\n")
    );
}

pub(super) fn corpus(dialect: Dialect) -> Vec<String> {
    let own = match dialect {
        MySql => mysql::STATEMENTS,
        Postgres => postgres::STATEMENTS,
        _ => sqlite::STATEMENTS,
    };
    let mut corpus: Vec<String> = own.iter().map(|sql| (*sql).to_owned()).collect();
    corpus.extend(contexts::statements(dialect));
    corpus
}

#[track_caller]
fn compare_corpus(dialect: Dialect) {
    let corpus = corpus(dialect);
    assert!(corpus.len() >= 250, "{dialect:?}: {}", corpus.len());
    compare_all(dialect, &corpus);
}

#[test]
fn in_sqlite_every_shape_in_every_place_is_scoped_like_its_tree() {
    compare_corpus(Sqlite);
}

#[test]
fn in_postgres_every_shape_in_every_place_is_scoped_like_its_tree() {
    compare_corpus(Postgres);
}

#[test]
fn in_mysql_every_shape_in_every_place_is_scoped_like_its_tree() {
    compare_corpus(MySql);
}

#[test]
fn generated_statements_are_scoped_like_their_trees() {
    let seeds = std::env::var("REWRITE_SEEDS").ok();
    let seeds: u64 = seeds.map_or(300, |seeds| seeds.parse().unwrap());
    for dialect in [Sqlite, Postgres, MySql] {
        let corpus: Vec<String> = (0..seeds)
            .map(|seed| generator::statement(dialect, seed))
            .collect();
        compare_all(dialect, &corpus);
    }
}

#[test]
fn the_parser_still_cannot_read_the_known_errors() {
    known_errors::check();
}

/// The comparison detects a leaked condition, a condition in another place and a changed word.
#[test]
fn the_comparison_detects_differences() {
    let differ = |one: &str, other: &str| {
        let mut trees = [one, other].map(|sql| tree::parse(Postgres, sql).unwrap());
        trees.iter_mut().for_each(|tree| tree::normalize(tree, 0));
        trees[0] != trees[1]
    };
    assert!(differ(
        "SELECT a FROM post WHERE a",
        "SELECT a FROM post WHERE b"
    ));
    assert!(differ(
        "SELECT a FROM x LEFT JOIN y ON (p) AND q",
        "SELECT a FROM x LEFT JOIN y ON p WHERE q"
    ));
    assert!(differ(
        "SELECT 1 WHERE (a OR b) AND c",
        "SELECT 1 WHERE a OR b AND c"
    ));
    assert!(!differ(
        "SELECT 1 WHERE (a AND b) AND c",
        "SELECT 1 WHERE a AND b AND c"
    ));
}
