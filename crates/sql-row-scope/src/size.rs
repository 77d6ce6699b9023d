//! Texts of any size: the scanner looks at each part of a text a limited number of times.

use crate::Dialect::{self, MySql, Postgres, Sqlite};

use super::properties;
use super::source::work;

/// The parts of a text: its beginning, the repeated part, and its end.
type Shape = (&'static str, &'static str, &'static str);

/// Statements that the databases would accept if they were shorter.
const LONG: &[Shape] = &[
    ("SELECT * FROM post WHERE a IN (?", ", ?", ")"),
    ("SELECT * FROM post WHERE a = 1", " OR a = 'x'", ""),
    ("SELECT * FROM post p", " JOIN author a ON a.id = p.id", ""),
    (
        "SELECT * FROM book b",
        " LEFT JOIN post p ON p.id = b.id",
        "",
    ),
    (
        "SELECT * FROM post p",
        " RIGHT JOIN post p ON p.id = b.id",
        "",
    ),
    ("SELECT * FROM post p", " NATURAL LEFT JOIN author", ""),
    ("SELECT * FROM post", ", author", ""),
    ("SELECT 1", " UNION ALL SELECT a FROM post WHERE b OR c", ""),
    (
        "WITH x AS (SELECT 1)",
        ", post AS (SELECT * FROM post)",
        " SELECT * FROM post",
    ),
    (
        "WITH x AS (SELECT 1)",
        ", y AS (SELECT * FROM post)",
        " SELECT replace(a) FROM y",
    ),
    (
        "SELECT 1",
        ", (WITH post AS (SELECT 1) SELECT * FROM post)",
        " FROM post",
    ),
    (
        "SELECT 1",
        ", (SELECT a FROM post WHERE replace(b) OR c)",
        " FROM post",
    ),
    ("SELECT 1", "; SELECT a FROM post WHERE b OR c", ""),
    ("SELECT 1", "; DELETE FROM post WHERE b OR c", ""),
    (
        "SELECT 1",
        "; SELECT /* soft_delete: with_trashed(post) */ a FROM post",
        "",
    ),
    (
        "SELECT * FROM post WHERE a",
        " AND /* soft_delete: with_trashed(author) */ b",
        "",
    ),
    (
        "SELECT 1 FROM post",
        " UNION SELECT /* soft_delete: with_trashed */ a FROM post",
        "",
    ),
    ("INSERT INTO post (a) VALUES (1)", ", (2)", ""),
    ("UPDATE post SET a = 1", ", a = (SELECT b FROM author)", ""),
    ("SELECT '", "''", "' FROM post"),
    ("UPDATE post SET a = 1", ", post.a = by", " WHERE like"),
    (
        "UPDATE book LEFT JOIN post USING (id) SET post.a = 1",
        ", post.a = 1",
        "",
    ),
    ("SELECT 1", ", a select", " FROM post"),
    ("SELECT 1 IN post", " OR (a, b) IN post", ""),
    (
        "WITH x AS (DELETE FROM post RETURNING id",
        ", deleted_at, post.deleted_at",
        ") SELECT 1",
    ),
    (
        "SELECT rowid FROM tag LEFT JOIN post USING (id)",
        " LEFT JOIN post USING (id)",
        "",
    ),
    ("SELECT 1 /*", " /", "*/ FROM post"),
    ("SELECT * FROM post WHERE a", " AND deleted_at IS NULL", ""),
    (
        "SELECT * FROM post WHERE a",
        " AND (deleted_at IS NULL OR deleted_at > ?)",
        "",
    ),
    (
        "SELECT * FROM post WHERE deleted_at IS NOT NULL",
        " AND a IN (SELECT b FROM post WHERE deleted_at IS NULL) AND deleted_at > 1",
        "",
    ),
    (
        "SELECT * FROM book b",
        " LEFT JOIN post p ON p.deleted_at IS NOT NULL",
        "",
    ),
    ("SELECT 1", ", deleted_at + 1", " FROM post"),
    ("UPDATE post SET a = 1", ", deleted_at = NULL", ""),
];

/// The test tries a hundred thousand of each of these parts, which takes a second for each without
/// optimization.
const LONGEST: &[&str] = &[
    " LEFT JOIN post p ON p.id = b.id",
    " UNION ALL SELECT a FROM post WHERE b OR c",
    ", post AS (SELECT * FROM post)",
    "; SELECT a FROM post WHERE b OR c",
    " OR a = 'x'",
];

/// Texts that no database accepts.
const BROKEN: &[Shape] = &[
    ("SELECT * FROM post", " LEFT", ""),
    ("SELECT * FROM post a JOIN post b ON x", " LEFT NATURAL", ""),
    ("SELECT * FROM post", " WITH post AS (SELECT 1)", ""),
    ("SELECT * FROM post", " WITH post AS (x) VALUES (1)", ""),
    ("SELECT 1", " AS", " FROM post"),
    ("SELECT 1", " AS FROM", " post"),
    ("SELECT", " SELECT", " FROM post"),
    ("SELECT * FROM post", " ON", ""),
    ("SELECT * FROM post", " JOIN author", ""),
    ("SELECT * FROM post", " LEFT JOIN author", ""),
    ("SELECT * FROM post WHERE a", " UNION", ""),
    ("SELECT * FROM post WHERE", " WHERE", ""),
    ("SELECT * FROM", " ONLY", " post"),
    ("SELECT * FROM", " LATERAL", " post"),
    ("SELECT post", ".post", ""),
    ("SELECT * FROM post", " USE INDEX", ""),
    ("DELETE post", ", post", " FROM post"),
    ("DELETE post FROM post", ", post", ""),
    (
        "INSERT INTO post VALUES (1)",
        " ON CONFLICT (a) DO NOTHING",
        "",
    ),
    (
        "INSERT INTO post VALUES (1)",
        " ON DUPLICATE KEY UPDATE a = 1",
        "",
    ),
    ("SELECT post, set_config(1)", ", set_config(a)", ""),
    ("CREATE TRIGGER post", " BEGIN", ""),
    ("SELECT post", " $a$ $b$", ""),
    ("EXPLAIN", " EXPLAIN", " SELECT * FROM post"),
];

fn text((begin, part, end): Shape, count: usize) -> String {
    [begin, &part.repeat(count), end].concat()
}

/// A nested text: its beginning, the parts before and after the inner text, and its end.
const NESTED: &[(&str, &str, &str, &str)] = &[
    (
        "SELECT * FROM post WHERE ",
        "EXISTS (SELECT 1 FROM post WHERE a AND ",
        " AND b)",
        "",
    ),
    ("SELECT * FROM post WHERE ", "a AND NOT (b OR ", ")", ""),
    ("SELECT ", "f(a, ", ", b)", " FROM post"),
    ("SELECT post, ", "set_config('a', ", ", 'b')", ""),
    (
        "SELECT * FROM book WHERE ",
        "(a, b) IN (SELECT * FROM book WHERE a IN post AND ",
        ")",
        "",
    ),
    (
        "SELECT ",
        "(SELECT a by FROM post WHERE ",
        " = by)",
        " select FROM post",
    ),
    (
        "SELECT ",
        "(WITH post AS (SELECT 1) SELECT ",
        " FROM post)",
        " FROM post",
    ),
    (
        "WITH RECURSIVE ",
        "x AS (WITH RECURSIVE post AS (SELECT ",
        ") SELECT 1)",
        " SELECT * FROM post",
    ),
    (
        "SELECT ",
        "CASE WHEN (",
        ") THEN by ELSE 1 END",
        " FROM post",
    ),
    (
        "SELECT ",
        "(SELECT rowid FROM tag NATURAL LEFT JOIN post WHERE ",
        ")",
        "",
    ),
    (
        "WITH x AS (DELETE FROM post RETURNING ",
        "f(deleted_at, ",
        ")",
        ") SELECT 1",
    ),
    (
        "INSERT INTO post SELECT * FROM book WHERE ",
        "EXISTS (SELECT * FROM (post) WHERE ",
        ")",
        " ON CONFLICT (a) DO NOTHING",
    ),
];

/// How many tokens the scanner looks at.
fn looks(dialect: Dialect, shape: Shape, count: usize) -> u64 {
    let catalog = properties::catalog(dialect);
    let before = work();
    let _ = properties::check(&catalog, dialect, &text(shape, count));
    work() - before
}

#[test]
fn twice_the_text_is_twice_the_work() {
    for dialect in [Sqlite, Postgres, MySql] {
        for shape in LONG.iter().chain(BROKEN) {
            let (one, two) = (looks(dialect, *shape, 400), looks(dialect, *shape, 800));
            assert!(
                two <= 2 * one + one / 5 + 2_000,
                "{dialect:?}, {shape:?}: {one}, {two}"
            );
        }
    }
}

#[test]
fn twice_the_depth_is_twice_the_work() {
    for dialect in [Sqlite, Postgres, MySql] {
        let catalog = properties::catalog(dialect);
        for (begin, open, close, end) in NESTED {
            let nest = |depth| {
                let inner = [&open.repeat(depth), "1", &close.repeat(depth)].concat();
                let before = work();
                let _ = properties::check(&catalog, dialect, &[begin, &*inner, end].concat());
                work() - before
            };
            let (one, two) = (nest(200), nest(400));
            assert!(
                two <= 2 * one + one / 5 + 2_000,
                "{dialect:?}, {open}: {one}, {two}"
            );
        }
    }
}

/// A quadratic algorithm would take minutes here.
#[test]
fn a_text_of_a_hundred_thousand_parts_is_rewritten_in_time() {
    small_stack(|| {
        for (index, shape) in LONG.iter().chain(BROKEN).enumerate() {
            let dialect = [Sqlite, Postgres, MySql][index % 3];
            let catalog = properties::catalog(dialect);
            let count = if LONGEST.contains(&shape.1) {
                100_000
            } else {
                10_000
            };
            let _ = properties::check(&catalog, dialect, &text(*shape, count));
        }
    });
}

/// Comparing each table with each assignment would take minutes.
#[test]
fn many_tables_and_many_assignments_are_rewritten_in_time() {
    let joins: String = (0..30_000)
        .map(|n| format!(" LEFT JOIN post p{n} USING (id)"))
        .collect();
    let assignments = vec!["p0.x = 1"; 30_000].join(", ");
    let sql = format!("UPDATE book{joins} SET {assignments}");
    let catalog = properties::catalog(MySql);
    assert_eq!(properties::check(&catalog, MySql, &sql), Ok(true));
}

#[test]
fn a_list_of_a_million_placeholders_is_one_token() {
    let sql = text(("SELECT * FROM post WHERE a IN (?", ", ?", ")"), 1_000_000);
    let catalog = properties::catalog(MySql);
    let before = work();
    assert_eq!(properties::check(&catalog, MySql, &sql), Ok(true));
    assert!(work() - before < 2_000);
}

#[test]
fn a_text_that_nests_too_deep_is_refused() {
    const NESTS: &[(&str, &str)] = &[
        ("(", ")"),
        ("(SELECT * FROM post WHERE a IN ", ")"),
        ("(post JOIN ", " ON true)"),
        ("(post LEFT JOIN author ON true JOIN ", " ON true)"),
        ("[", "]"),
        ("f(", ")"),
        ("CASE WHEN (", ") THEN 1 END"),
        ("(WITH post AS (SELECT 1) SELECT * FROM ", ")"),
    ];
    small_stack(|| {
        for dialect in [Sqlite, Postgres, MySql] {
            let catalog = properties::catalog(dialect);
            for (open, close) in NESTS {
                let nest = |depth| [&open.repeat(depth), "post", &close.repeat(depth)].concat();
                for depth in [1, 3, 60, 70, 2_900, 100_000] {
                    let sql = format!("SELECT * FROM post, {}", nest(depth));
                    let outcome = properties::check(&catalog, dialect, &sql);
                    let is_name = *open == "[" && dialect == Sqlite;
                    assert!(depth < 3_000 || is_name || outcome.is_err(), "{open}");
                }
            }
        }
    });
}

/// Runs the test in a thread with the smallest stack that a thread may have.
fn small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    thread.spawn(run).unwrap().join().unwrap();
}
