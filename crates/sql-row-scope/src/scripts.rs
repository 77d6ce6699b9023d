//! Texts of several statements at random, always the same for the same seed. One of the statements makes a
//! routine.
//!
//! Whatever the routine's body contains, the statements before and after the routine are scoped in the same
//! way as alone, and the routine stays unchanged; or the text is refused. `REWRITE_SEED` and `REWRITE_ROUNDS`
//! are the variables of [`mutation`](super::mutation).

use crate::Dialect::{self, MySql, Postgres, Sqlite};
use fastrand::Rng;

use super::properties::{catalog, check};
use super::{Catalog, Lifted, Options, Refusal, Rewritten, rewrite};

const ROUNDS: u64 = 2_000;

/// The statements beside a routine.
const STATEMENTS: &[&str] = &[
    "DELETE FROM post",
    "UPDATE post SET a = 1 WHERE b = 2 OR c",
    "SELECT a FROM post WHERE b OR c",
    "SELECT 1 AS x",
    "INSERT INTO book (a) SELECT a FROM author",
    "SELECT CASE WHEN a THEN 1 END FROM post",
    "DELETE FROM book WHERE a IN (SELECT a FROM comment)",
];

/// The statements in a body, in every dialect.
const IN_BODIES: &[&str] = &[
    "SELECT 1 AS begin",
    "SELECT 1 AS end",
    "SELECT 1 begin",
    "SELECT 1 end",
    "UPDATE book SET a = CASE WHEN b THEN 1 ELSE 2 END WHERE c",
    "SELECT CASE a WHEN 1 THEN CASE b WHEN 2 THEN 3 END END FROM book",
    "DELETE FROM book WHERE a = 'END; DELETE FROM x'",
    "DELETE FROM post",
    "UPDATE post SET a = 1",
];

/// Statements in which begin and end are columns.
const OF_COLUMNS: &[&str] = &[
    "SELECT end FROM book",
    "SELECT begin, end FROM book WHERE begin < end",
    "UPDATE book SET end = begin",
    "SELECT begin.a FROM book AS begin",
    "SELECT book.end FROM book",
];

const OF_MYSQL: &[&str] = &[
    "BEGIN SELECT 1; END",
    "begin: BEGIN SELECT 1; END begin",
    "end: BEGIN SELECT 1; END",
    "IF a THEN SELECT 1; ELSE SELECT 2; END IF",
    "CASE a WHEN 1 THEN SELECT 1; END CASE",
    "CASE WHEN a THEN SELECT CASE b WHEN 1 THEN 2 END; END CASE",
    "l: LOOP LEAVE l; END LOOP l",
    "WHILE a DO SET @a = CASE WHEN b THEN 1 END; END WHILE",
    "REPEAT SET @a = 1; UNTIL @a END REPEAT",
    "DECLARE end INT",
    "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN SELECT 1; END",
];

fn one<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}

fn body(rng: &mut Rng, dialect: Dialect) -> String {
    let mut body = String::new();
    for _ in 0..rng.u32(1..=3) {
        let statement = match (rng.u32(..4), dialect) {
            (0, Sqlite | MySql) => one(rng, OF_COLUMNS),
            (1, MySql) => one(rng, OF_MYSQL),
            _ => one(rng, IN_BODIES),
        };
        body = format!("{body}{statement}; ");
    }
    body
}

fn routine(rng: &mut Rng, dialect: Dialect) -> String {
    let body = body(rng, dialect);
    let name = match dialect {
        Postgres => "r",
        _ => one(rng, &["r", "begin", "end", "\"case\"", "r.end"]),
    };
    let name = match dialect {
        MySql => name.replace('"', "`"),
        _ => name.to_owned(),
    };
    match (dialect, rng.u32(..5)) {
        (Sqlite, at) => {
            let temp = one(rng, &["", "", "TEMP "]);
            let of = one(rng, &["INSERT", "DELETE", "UPDATE", "UPDATE OF end"]);
            let when = one(
                rng,
                &["", " FOR EACH ROW", " WHEN CASE 1 WHEN 1 THEN 1 END"],
            );
            let when = if at == 0 { " WHEN NEW.end = 1" } else { when };
            format!("CREATE {temp}TRIGGER {name} AFTER {of} ON book{when} BEGIN {body}END")
        }
        (MySql, 0) => {
            format!("CREATE TRIGGER {name} AFTER INSERT ON book FOR EACH ROW BEGIN {body}END")
        }
        (MySql, 1) => format!(
            "CREATE TRIGGER {name} AFTER INSERT ON book FOR EACH ROW SET @a = CASE WHEN 1 THEN 2 END"
        ),
        (MySql, 2) => {
            format!("CREATE FUNCTION {name}(end INT) RETURNS INT BEGIN {body}RETURN 1; END")
        }
        (MySql, 3) => format!("CREATE EVENT {name} ON SCHEDULE EVERY 1 DAY DO BEGIN {body}END"),
        (MySql, _) => format!("CREATE PROCEDURE {name}() BEGIN {body}END"),
        (_, 0) => format!(
            "CREATE FUNCTION {name}() RETURNS INT LANGUAGE sql RETURN CASE WHEN a THEN 1 END"
        ),
        (_, 1) => format!("CREATE FUNCTION {name}() RETURNS INT LANGUAGE sql AS $$ {body} $$"),
        (_, 2) => format!("CREATE PROCEDURE {name}(begin INT) LANGUAGE sql BEGIN ATOMIC {body}END"),
        _ => format!("CREATE FUNCTION {name}() RETURNS INT LANGUAGE sql BEGIN ATOMIC {body}END"),
    }
}

fn rewritten(catalog: &Catalog, dialect: Dialect, sql: &str) -> Result<String, Refusal> {
    let options = Options {
        dialect,
        catalog,
        lifted: &Lifted::NOTHING,
        explicit_marker_wins: false,
    };
    Ok(match rewrite(sql, &options)? {
        Rewritten::Untouched => sql.to_owned(),
        Rewritten::Scoped(plan) => plan.sql,
    })
}

/// The text without the numbers of its placeholders, because they count on from statement to statement.
fn unnumbered(sql: &str) -> String {
    let sql = sql
        .split('$')
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    sql.collect::<Vec<_>>().join("$")
}

fn run(dialect: Dialect) {
    let catalog = catalog(dialect);
    let number = |name: &str, otherwise| {
        let number = std::env::var(name).ok();
        number.map_or(otherwise, |number| number.parse().unwrap())
    };
    let (seed, rounds) = (
        number("REWRITE_SEED", 1_u64),
        number("REWRITE_ROUNDS", ROUNDS),
    );
    let (mut held, mut refused) = (0, 0);
    let mut wrong = Vec::new();
    for seed in seed..seed.wrapping_add(rounds) {
        let rng = &mut Rng::with_seed(seed);
        let routine = routine(rng, dialect);
        let before = (rng.u32(..3) == 0).then(|| one(rng, STATEMENTS));
        let behind: Vec<&str> = (0..rng.u32(..3)).map(|_| one(rng, STATEMENTS)).collect();
        let parts = before.into_iter().chain([routine.as_str()]).chain(behind);
        let parts: Vec<&str> = parts.collect();
        let text = parts.join("; ");
        let Ok(output) = rewritten(&catalog, dialect, &text) else {
            refused += 1;
            continue;
        };
        let expected = parts.iter().map(|part| match *part == routine {
            true => Ok(routine.clone()),
            false => rewritten(&catalog, dialect, part),
        });
        let expected: Vec<String> = expected.collect::<Result<_, _>>().unwrap();
        if unnumbered(&output) == unnumbered(&expected.join("; ")) {
            held += 1;
            check(&catalog, dialect, &text).unwrap();
        } else {
            wrong.push(format!(
                "REWRITE_SEED={seed}\n   input: {text}\n  output: {output}"
            ));
        }
    }
    let count = wrong.len();
    wrong.sort_by_key(String::len);
    wrong.truncate(8);
    assert!(
        count == 0,
        "{dialect:?}, {count} of {rounds}:\n{}",
        wrong.join("\n")
    );
    assert!(held > rounds / 20, "{held} held, {refused} refused");
}

#[test]
fn statements_beside_a_routine_of_sqlite_are_scoped_as_alone() {
    run(Sqlite);
}

#[test]
fn statements_beside_a_routine_of_postgres_are_scoped_as_alone() {
    run(Postgres);
}

#[test]
fn statements_beside_a_routine_of_mysql_are_scoped_as_alone() {
    run(MySql);
}
