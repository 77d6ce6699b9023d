//! Added values, and their positions among the statement's own values.

use super::super::Bound;
use super::*;

/// Checks the added values as `(own values before it, value)`, and the number of values that the statement
/// binds itself.
#[track_caller]
fn check_binds(dialect: Dialect, sql: &str, own: u32, expected: &[(u32, Bound)]) {
    let plan = plan(dialect, sql).unwrap();
    let binds: Vec<_> = plan
        .binds
        .iter()
        .map(|bind| (bind.behind, bind.value))
        .collect();
    assert_eq!(binds, expected, "{}", plan.sql);
    assert_eq!(plan.placeholders, own, "{}", plan.sql);
    for bind in &plan.binds {
        let (start, end) = bind.placeholder;
        let placeholder = &plan.sql[start..end];
        assert!(
            placeholder.starts_with(['?', '$']),
            "{placeholder} in {}",
            plan.sql
        );
    }
}

const POST: usize = 0;
const SENTINEL: usize = 6;

#[test]
fn question_marks_are_counted() {
    for dialect in [Sqlite, MySql] {
        check_binds(
            dialect,
            "UPDATE book SET a = ?, b = '?' WHERE c IN (?, ?) AND d IN (SELECT 1 FROM sentinel WHERE e = ?) AND f = ?",
            5,
            &[(4, Bound::Live(SENTINEL))],
        );
        check_binds(
            dialect,
            "DELETE FROM post WHERE a = ? AND b = ?",
            2,
            &[(0, Bound::Stamp(POST, 0)), (0, Bound::Stamp(POST, 1))],
        );
    }
    check_binds(
        Sqlite,
        "SELECT ?, ? FROM sentinel /* ? */ WHERE a = ? LIMIT ?, ?",
        5,
        &[(3, Bound::Live(SENTINEL))],
    );
}

#[test]
fn added_placeholders_continue_after_the_highest_number() {
    check_binds(
        Postgres,
        "DELETE FROM post WHERE a = $2 AND b = $1 AND c = $2 AND d ? 'e'",
        2,
        &[(2, Bound::Stamp(POST, 0)), (2, Bound::Stamp(POST, 1))],
    );
    check_binds(
        Sqlite,
        "SELECT * FROM sentinel WHERE a = ?3",
        3,
        &[(3, Bound::Live(SENTINEL))],
    );
}

#[test]
fn placeholders_with_names_are_refused_only_where_a_value_is_added() {
    assert!(plan(Sqlite, "SELECT * FROM post WHERE a = :a").is_some());
    for sql in [
        "SELECT * FROM sentinel WHERE a = :a",
        "SELECT * FROM sentinel WHERE a = ? AND b = ?2",
        "DELETE FROM post WHERE a = $a",
    ] {
        let refused = run(Sqlite, sql, &Lifted::NOTHING, false);
        assert!(refused.is_err(), "{sql}");
    }
}
