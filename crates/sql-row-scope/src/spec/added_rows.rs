//! Writes that reach more rows when a table loses its trashed rows.

use super::*;
use crate::inspect;

/// The tables whose trashed rows spare other rows from the statement, in every dialect that can read it.
#[track_caller]
fn check_added(sql: &str, expected: &[&str]) {
    for dialect in [Sqlite, Postgres, MySql] {
        let catalog = catalog(dialect);
        let options = Options {
            dialect,
            catalog: &catalog,
            lifted: &Lifted::NOTHING,
            explicit_marker_wins: false,
        };
        let Ok(inspection) = inspect(sql, &options) else {
            continue;
        };
        let added = inspection.named.iter().filter(|named| named.may_add_rows);
        let added: Vec<_> = added
            .map(|named| catalog.table(named.table).name.as_str())
            .collect();
        assert_eq!(added, expected, "{dialect:?}: {sql}");
    }
}

#[test]
fn a_write_whose_condition_needs_a_row_to_be_there_reaches_fewer_rows() {
    for condition in [
        "post_id IN (SELECT id FROM post)",
        "a = 1 AND (b = 2 OR (post_id IN (SELECT id FROM post)))",
        "EXISTS (SELECT 1 FROM post WHERE post.id = room.post_id)",
        "a IS NOT NULL AND post_id IN (SELECT id FROM post)",
        "post_id = ANY (SELECT id FROM post)",
        "post_id = (SELECT id FROM post WHERE slug = 'a')",
        "post_id IN (SELECT post_id FROM book WHERE author_id IN (SELECT id FROM post))",
        "post_id IN (SELECT p.id FROM (SELECT id FROM post) p JOIN book b ON b.id = p.id)",
        "post_id IN (SELECT id FROM post UNION SELECT id FROM book)",
        "post_id IN (SELECT CAST(id AS INTEGER) FROM post)",
        // They hide nothing from the subquery that it would have seen.
        "post_id NOT IN (SELECT id FROM post WHERE deleted_at IS NULL)",
        "post_id NOT IN (SELECT id FROM post /* soft_delete: with_trashed(post) */)",
        "post_id NOT IN (SELECT id FROM book)",
    ] {
        check_added(&format!("DELETE FROM room WHERE {condition}"), &[]);
        check_added(&format!("UPDATE room SET a = 1 WHERE {condition}"), &[]);
        check_added(
            &format!("INSERT INTO room SELECT * FROM book WHERE {condition}"),
            &[],
        );
    }
    check_added("UPDATE room SET a = (SELECT COUNT(*) FROM post)", &[]);
    check_added(
        "INSERT INTO room SELECT author_id, COUNT(*) FROM post GROUP BY author_id",
        &[],
    );
    check_added(
        "INSERT INTO room SELECT id, (SELECT MAX(id) FROM post) FROM book",
        &[],
    );
    check_added("DELETE FROM post WHERE id = 1", &[]);
    check_added("UPDATE post SET a = 1 WHERE NOT (a = 2)", &[]);
    check_added(
        "DELETE FROM room USING post WHERE post.id = room.post_id",
        &[],
    );
    check_added(
        "DELETE room FROM room JOIN post ON post.id = room.post_id",
        &[],
    );
    check_added(
        "WITH gone AS (SELECT id FROM post) DELETE FROM room WHERE post_id IN (SELECT id FROM gone)",
        &[],
    );
    check_added(
        "SELECT * FROM room WHERE post_id NOT IN (SELECT id FROM post)",
        &[],
    );
}

#[test]
fn a_write_whose_condition_needs_a_row_to_be_absent_may_reach_more_rows() {
    for condition in [
        "post_id NOT IN (SELECT id FROM post)",
        "NOT post_id IN (SELECT id FROM post)",
        "NOT (a = 1 AND post_id IN (SELECT id FROM post))",
        "a = 1 OR NOT EXISTS (SELECT 1 FROM post WHERE post.id = room.post_id)",
        "(post_id IN (SELECT id FROM post)) = FALSE",
        "(post_id IN (SELECT id FROM post)) IS NOT TRUE",
        "CASE WHEN post_id IN (SELECT id FROM post) THEN FALSE ELSE TRUE END",
        "(SELECT COUNT(*) FROM post) = 0",
        "a >= (SELECT COUNT(*) FROM post WHERE post.room_id = room.id)",
        "a > ALL (SELECT id FROM post)",
        "COALESCE((SELECT id FROM post), 0) = 0",
        "post_id IN (SELECT id FROM post ORDER BY id LIMIT 1)",
        "post_id IN (SELECT MAX(id) FROM post GROUP BY a)",
        "post_id IN (SELECT a FROM post GROUP BY a HAVING a < 3)",
        "post_id IN (SELECT id FROM book EXCEPT SELECT id FROM post)",
        "id IN (SELECT room.id FROM room LEFT JOIN post ON post.id = room.post_id WHERE post.id IS NULL)",
        "post_id IN (SELECT MAX(p.id) FROM (SELECT id FROM post) p)",
        "id IN (SELECT b.id FROM book b LEFT JOIN (SELECT id FROM post) p ON p.id = b.id WHERE p.id IS NULL)",
        "id NOT IN (SELECT id FROM book WHERE id IN (SELECT id FROM post))",
        "(SELECT id FROM post) IS NULL",
        "a IS DISTINCT FROM (SELECT id FROM post)",
        "! post_id IN (SELECT id FROM post)",
        "NOT (a IS NULL) AND NOT (post_id IN (SELECT id FROM post))",
    ] {
        check_added(&format!("DELETE FROM room WHERE {condition}"), &["post"]);
        check_added(
            &format!("UPDATE room SET a = 1 WHERE {condition}"),
            &["post"],
        );
        check_added(
            &format!("INSERT INTO room SELECT * FROM book WHERE {condition}"),
            &["post"],
        );
        check_added(&format!("DELETE FROM tag WHERE {condition}"), &["post"]);
    }
    check_added(
        "DELETE FROM post WHERE id NOT IN (SELECT post_id FROM comment)",
        &["comment"],
    );
    check_added(
        "DELETE room FROM room LEFT JOIN post ON post.id = room.post_id WHERE post.id IS NULL",
        &["post"],
    );
    check_added(
        "INSERT INTO room SELECT id FROM post ORDER BY id LIMIT 3",
        &["post"],
    );
    check_added(
        "INSERT INTO room WITH n AS (SELECT COUNT(*) AS c FROM post) SELECT id FROM book, n WHERE n.c = 0",
        &["post"],
    );
    check_added(
        "WITH kept AS (SELECT id FROM post) DELETE FROM room WHERE post_id NOT IN (SELECT id FROM kept)",
        &["post"],
    );
    check_added(
        "WITH a AS (SELECT id FROM post), b AS (SELECT id FROM a) \
         DELETE FROM room WHERE post_id NOT IN (SELECT id FROM b)",
        &["post"],
    );
}

#[test]
fn a_table_in_an_in_clause_of_sqlite_is_a_subquery() {
    let added = |sql: &str| {
        let catalog = catalog(Sqlite);
        let options = Options {
            dialect: Sqlite,
            catalog: &catalog,
            lifted: &Lifted::NOTHING,
            explicit_marker_wins: false,
        };
        inspect(sql, &options).unwrap().named[0].may_add_rows
    };
    assert!(added("DELETE FROM room WHERE post_id NOT IN post"));
    assert!(!added("DELETE FROM room WHERE post_id IN post"));
}
