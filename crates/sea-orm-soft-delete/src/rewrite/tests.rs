//! Statement in, statement out.

use sea_orm::DatabaseBackend::{self as DbBackend, MySql, Postgres, Sqlite};

use super::*;

/// `post` with an operation, and `author`, `comment` and `post_tag` with a marker alone; `flag` is
/// a bool, `epoch` an integer that may be NULL, `sentinel` never NULL, and `Odd "name"` is quoted.
fn catalog(backend: DbBackend) -> Catalog {
    let stamp = |name: &str| StampColumn {
        name: name.to_owned(),
        cast: Default::default(),
    };
    let table = |name: &str, live: Live, stamps: &[&str]| Table {
        schema: None,
        name: name.to_owned(),
        marker: stamps[0].to_owned(),
        live,
        stamps: stamps.iter().copied().map(stamp).collect(),
    };
    let tables = vec![
        table("post", Live::Null, &["deleted_at", "deletion_id"]),
        table("author", Live::Null, &["deleted_at"]),
        table("comment", Live::Null, &["deleted_at"]),
        table("post_tag", Live::Null, &["deleted_at"]),
        table("flag", Live::False, &["deleted"]),
        table("epoch", Live::NullOrZero, &["deleted"]),
        table("sentinel", Live::Value, &["deleted"]),
        table("Odd \"name\"", Live::Null, &["deleted_at"]),
    ];
    Catalog::new(backend, tables)
}

fn run(backend: DbBackend, sql: &str) -> Result<Rewritten, Refusal> {
    let catalog = catalog(backend);
    rewrite(
        sql,
        &Options {
            backend,
            catalog: &catalog,
            lifted: &Lifted::Nothing,
            explicit_marker_wins: false,
        },
    )
}

#[track_caller]
fn check(backend: DbBackend, sql: &str, expected: &str) {
    match run(backend, sql) {
        Ok(Rewritten::Untouched) => assert_eq!(sql, expected, "it was left as it is"),
        Ok(Rewritten::Scoped(plan)) => assert_eq!(plan.sql, expected),
        Err(refusal) => panic!("{refusal:?}\n{sql}"),
    }
}

#[track_caller]
fn check_all(sql: &str, expected: &str) {
    for backend in [Sqlite, Postgres] {
        check(backend, sql, expected);
    }
    let backticks = |text: &str| text.replace('"', "`");
    check(MySql, &backticks(sql), &backticks(expected));
}

#[test]
fn from() {
    check_all(
        "SELECT * FROM post WHERE a = 1 OR b = 2",
        "SELECT * FROM post WHERE (a = 1 OR b = 2) AND post.\"deleted_at\" IS NULL",
    );
    check_all(
        "SELECT * FROM post p ORDER BY id",
        "SELECT * FROM post p WHERE p.\"deleted_at\" IS NULL ORDER BY id",
    );
    check_all(
        "SELECT * FROM post p LEFT JOIN author a ON a.id = p.author_id OR 1 = 1",
        "SELECT * FROM post p LEFT JOIN author a ON (a.id = p.author_id OR 1 = 1) AND a.\"deleted_at\" IS NULL WHERE p.\"deleted_at\" IS NULL",
    );
}
