//! Generated statements whose names are words of SQL: if a database takes a word for a name, the rewriter
//! takes it for a name, too, or it refuses the statement.

use std::collections::BTreeMap;

use crate::Dialect::{self, MySql, Postgres, Sqlite};
use fastrand::Rng;

use super::words::{PLACES, stand_in, words};
use super::{generator, rewritten};

/// How many statements of a hundred the rewriter may refuse because of the word.
const MOST_REFUSED: u64 = 10;

fn run(dialect: Dialect) {
    let seeds = std::env::var("REWRITE_SEEDS").ok();
    let seeds: u64 = seeds.map_or(1500, |seeds| seeds.parse().unwrap());
    let (mut renamed, mut refused) = (0, 0);
    let mut wrong: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for seed in 0..seeds {
        let sql = generator::statement(dialect, seed);
        let Ok(expected) = rewritten(dialect, &sql) else {
            continue;
        };
        let mut rng = Rng::with_seed(seed);
        for place in PLACES {
            let name = stand_in(place);
            if !sql.contains(name) {
                continue;
            }
            let words = words(dialect, place);
            let word = words[rng.usize(..words.len())];
            let sql = sql.replace(name, word);
            let expected = expected.replace(name, word);
            renamed += 1;
            match rewritten(dialect, &sql) {
                Err(_) => refused += 1,
                // SQLite takes the word `with` behind a parenthesis for the begin of a query.
                Ok(output) if output.replace("(0 OR with", "(with") == expected => {}
                Ok(output) => {
                    let how = format!(
                        "REWRITE_SEEDS={}\n     input: {sql}\n  expected: {expected}\n    actual: {output}",
                        seed + 1
                    );
                    let entry = wrong.entry(format!("{place:?} {word}"));
                    let (count, shortest) = entry.or_insert_with(|| (0, how.clone()));
                    *count += 1;
                    if how.len() < shortest.len() {
                        *shortest = how;
                    }
                }
            }
        }
    }
    let told: Vec<_> = wrong
        .iter()
        .map(|(what, (count, shortest))| format!("{what}, {count} times: {shortest}"))
        .collect();
    assert!(
        wrong.is_empty(),
        "{dialect:?}, {renamed} renamed, {refused} refused:\n{}",
        told.join("\n")
    );
    assert!(
        refused * 100 <= renamed * MOST_REFUSED,
        "{refused} of {renamed}"
    );
}

#[test]
fn words_that_are_names_in_sqlite_change_nothing() {
    run(Sqlite);
}

#[test]
fn words_that_are_names_in_postgres_change_nothing() {
    run(Postgres);
}

#[test]
fn words_that_are_names_in_mysql_change_nothing() {
    run(MySql);
}
