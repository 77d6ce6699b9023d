//! Statements that are broken at random, always in the same way for the same seed: the properties hold for
//! every result.
//!
//! `REWRITE_SEED=1234 cargo test -p sql-row-scope mutation` begins with another seed;
//! `REWRITE_ROUNDS` sets the number of rounds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Dialect::{self, MySql, Postgres, Sqlite};
use fastrand::Rng;

use super::{oracle, properties};

const ROUNDS: u64 = 15_000;

/// The pieces that are inserted into statements, in addition to pieces of other statements.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "'",
    "\"",
    "`",
    "$$",
    "$a$",
    "/*",
    "*/",
    "--",
    "#",
    "\n",
    ";",
    ",",
    ".",
    "\\",
    "?",
    "$1",
    "?2",
    ":a",
    "@a",
    "=",
    "-",
    "*",
    " ",
    "E'",
    "U&\"",
    "1.",
    "0x",
    "é",
    "\u{feff}",
    "\0",
    " post ",
    " FROM post ",
    " JOIN author ON true ",
    " LEFT JOIN comment USING (id) ",
    " FULL JOIN sentinel ON 1 = 1 ",
    " NATURAL ",
    " WHERE ",
    " OR ",
    " AND ",
    " ON ",
    " AS ",
    " UNION ",
    " SELECT ",
    " (SELECT * FROM post) ",
    " WITH post AS (",
    " DELETE FROM post ",
    " UPDATE post SET a = ? ",
    " INSERT INTO post VALUES (1) ",
    " ON CONFLICT (a) DO UPDATE SET a = 1 ",
    " ON DUPLICATE KEY UPDATE a = 1 ",
    " RETURNING ",
    " GROUP BY ",
    " LIMIT 1 ",
    " OFFSET ",
    " FOR UPDATE ",
    " VALUES ",
    " USING ",
    " SET ",
    " CREATE TABLE x AS ",
    " EXPLAIN ",
    " BEGIN ",
    " END ",
    " CREATE TRIGGER ",
    " CASE ",
    " ONLY ",
    " LATERAL ",
    " DISTINCT FROM ",
    " WINDOW w AS () ",
    " AS begin ",
    " AS end ",
    " BEGIN SELECT 1; END; DELETE FROM post ",
    " CREATE TRIGGER t AFTER INSERT ON x BEGIN ",
    " CREATE PROCEDURE p() BEGIN ",
    " BEGIN ATOMIC ",
    " by ",
    " returning ",
    " NEXT VALUE FOR s ",
    " IN post ",
    " (post) ",
    " NATURAL FULL JOIN post ",
    " rowid ",
    " ctid ",
    " information_schema.post ",
    " WITH RECURSIVE post AS (SELECT 1), ",
    " USE INDEX (a) ",
    " CREATE VIEW v AS ",
    " CREATE TEMPORARY TABLE post AS ",
    " RETURNING * ",
    " SET sql_mode = @m; ",
    " SET @m = ",
    " PREPARE s FROM ",
    " EXECUTE IMMEDIATE ",
    "/* soft_delete: with_trashed(post) */",
    "/* soft_delete: force_delete */",
    "/* soft_delete: ? */",
    " TABLESAMPLE x (1) ",
    " PARTITION (p) ",
    " line ",
    " page, line ",
    "(tenant_id)",
    " tenant_id, ",
    " tenant_id = ",
    " INSERT INTO line (a, tenant_id) VALUES (1, ",
    " INSERT INTO line (a) SELECT ",
    " ON CONFLICT (tenant_id) DO UPDATE SET ",
    "/* soft_delete: lift(published) */",
];

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().unwrap())
}

fn cut(rng: &mut Rng, text: &str) -> usize {
    let mut at = rng.usize(..=text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn mutated(rng: &mut Rng, corpus: &[String]) -> String {
    let mut text = corpus[rng.usize(..corpus.len())].clone();
    for _ in 0..rng.u32(1..5) {
        let (one, other) = (cut(rng, &text), cut(rng, &text));
        let (from, to) = (one.min(other), one.max(other));
        match rng.u32(..8) {
            0 => text.replace_range(from..to, ""),
            1 => {
                let again = text[from..to].to_owned();
                text.insert_str(from, &again);
            }
            2 => text.truncate(to),
            3 => {
                let donor = &corpus[rng.usize(..corpus.len())];
                let (one, other) = (cut(rng, donor), cut(rng, donor));
                text.replace_range(from..to, &donor[one.min(other)..one.max(other)]);
            }
            4 => {
                let word = text[from..to].to_owned();
                text.replace_range(from..to, "");
                let at = cut(rng, &text);
                text.insert_str(at, &word);
            }
            _ => text.insert_str(one, PIECES[rng.usize(..PIECES.len())]),
        }
    }
    text
}

fn run(dialect: Dialect) {
    let seed = number("REWRITE_SEED", 1);
    let corpus = oracle::corpus(dialect);
    let catalog = properties::catalog(dialect);
    let (mut scoped, mut refused) = (0, 0);
    let rounds = number("REWRITE_ROUNDS", ROUNDS);
    for round in 0..rounds {
        let seed = seed.wrapping_add(round);
        let sql = mutated(&mut Rng::with_seed(seed), &corpus);
        let outcome = AssertUnwindSafe(|| properties::check(&catalog, dialect, &sql));
        match catch_unwind(outcome) {
            Ok(Ok(is_scoped)) => scoped += u64::from(is_scoped),
            Ok(Err(_)) => refused += 1,
            Err(_) => panic!("{dialect:?}, REWRITE_SEED={seed}, of this text:\n{sql}"),
        }
    }
    // The test is useless if the rewriter refuses everything.
    assert!(
        scoped > rounds / 8 && refused > rounds / 50,
        "{scoped}, {refused}"
    );
}

#[test]
fn broken_statements_of_sqlite_keep_the_properties() {
    run(Sqlite);
}

#[test]
fn broken_statements_of_postgres_keep_the_properties() {
    run(Postgres);
}

#[test]
fn broken_statements_of_mysql_keep_the_properties() {
    run(MySql);
}

/// The rewriter scopes the corpus itself, and the properties hold.
#[test]
fn whole_statements_keep_the_properties() {
    for dialect in [Sqlite, Postgres, MySql] {
        let catalog = properties::catalog(dialect);
        for sql in oracle::corpus(dialect).iter().step_by(3) {
            properties::check(&catalog, dialect, sql).unwrap();
        }
    }
}
