//! Columns, labels and aliases whose names are keywords, and tables that the rewrite replaces by a join or
//! a derived table: if the database accepts the statement, a scoped connection answers it.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Statement};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::{Scopable, Scope, ScopedTable};

use crate::harness::{Server, TestDb, TestResult, on_databases};

/// `note` is soft-deletable, `tag` is not. Each trashed row has a live row of the same values.
fn rows(server: Server) -> Vec<String> {
    let (timestamp, words) = match server {
        Server::Postgres => (
            "timestamptz",
            "by int, set int, exists int, escape int, between int",
        ),
        Server::Sqlite => (
            "text",
            "by int, \"like\" int, match int, \"left\" int, glob int",
        ),
        _ => (
            "datetime(6)",
            "only_note int, hidden int INVISIBLE, offset_of int, glob int, similar int",
        ),
    };
    let columns = words
        .split(", ")
        .map(|column| column.split(' ').next().unwrap());
    let columns: Vec<_> = columns.collect();
    let columns = columns.join(", ");
    vec![
        format!(
            "CREATE TABLE note (id integer PRIMARY KEY, title varchar(40), deleted_at {timestamp}, {words})"
        ),
        "CREATE TABLE tag (id integer PRIMARY KEY, n int)".to_owned(),
        "INSERT INTO tag VALUES (1, 1), (2, 2), (3, 3)".to_owned(),
        format!(
            "INSERT INTO note (id, title, deleted_at, {columns}) VALUES (1, 'one', NULL, 1, 1, 1, 1, 1), (2, 'two', '2020-01-01 00:00:00', 1, 1, 1, 1, 1), (4, 'four', NULL, 2, 2, 2, 2, 2)"
        ),
    ]
}

async fn read(db: &impl ConnectionTrait, sql: &str) -> Result<String, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = JsonValue::find_by_statement(statement).all(db).await?;
    Ok(format!("{rows:?}"))
}

/// Asserts that each statement on tables with trashed rows returns the same answer, and leaves the same
/// live rows, as on a plain connection without trashed rows.
async fn as_if_deleted(db: &TestDb, statements: &[&str]) -> TestResult {
    let scope = Scope::builder()
        .table(ScopedTable::new(
            "note",
            Marker::of::<Option<DateTimeUtc>>("deleted_at"),
        ))
        .build();
    let scoped = db.scoped_with(&scope);
    let mut wrong = String::new();
    for sql in statements {
        let mut answers = Vec::new();
        for is_scoped in [true, false] {
            for set_up in ["DROP TABLE IF EXISTS note", "DROP TABLE IF EXISTS tag"] {
                db.execute_unprepared(set_up).await?;
            }
            for set_up in rows(db.server()) {
                db.execute_unprepared(&set_up).await?;
            }
            if !is_scoped {
                db.execute_unprepared("DELETE FROM note WHERE deleted_at IS NOT NULL")
                    .await?;
            }
            let answer = match is_scoped {
                true => read(&scoped, sql).await,
                false => read(&**db, sql).await,
            };
            let mut all = vec![format!("{:?}", answer.map_err(|error| error.to_string()))];
            for table in ["note WHERE deleted_at IS NULL", "tag WHERE 1 = 1"] {
                all.push(read(&**db, &format!("SELECT * FROM {table} ORDER BY id")).await?);
            }
            answers.push(all);
        }
        if answers[0] != answers[1] || answers[1][0].starts_with("Err") {
            wrong += &format!(
                "\n{sql}\n  expected {:?}\n       got {:?}\n",
                answers[1], answers[0]
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    Ok(())
}

on_databases! { [postgres: Postgres]
    async fn words_of_postgres_are_columns_labels_and_aliases(db: &TestDb) {
        as_if_deleted(db, &[
            "UPDATE note SET title = by WHERE id > 0",
            "UPDATE note SET by = set, set = escape WHERE id = 1 OR true",
            "SELECT count(*) AS n FROM note WHERE 1 = exists",
            "SELECT count(*) AS n FROM note WHERE by BETWEEN between AND set GROUP BY escape ORDER BY escape",
            "SELECT count(*) AS n FROM tag LEFT JOIN note ON n = by WHERE true OR false",
            "SELECT count(*) AS n FROM note WHERE NOT by IS DISTINCT FROM by",
            "SELECT count(*) insert, max(by) delete FROM note",
            "SELECT count(*) select, max(by) and, min(id) table FROM note",
            "SELECT count(*) AS n FROM note force JOIN tag use ON use.n = force.by",
            "SELECT count(*) AS n FROM note set JOIN tag values ON true",
            "SELECT count(*) AS n FROM note delete JOIN tag ON true",
            "SELECT min(a) AS n FROM note partition (a, b) WHERE b = 'two'",
        ]).await?;
    }

    async fn a_table_that_postgres_joins_to_nothing_stays_a_table(db: &TestDb) {
        as_if_deleted(db, &[
            "SELECT note.title, count(*) AS n FROM tag LEFT JOIN note USING (id) GROUP BY note.id ORDER BY 1",
            "SELECT * FROM tag NATURAL LEFT JOIN note ORDER BY id",
            "SELECT count(note.ctid) AS n FROM tag LEFT JOIN note USING (id)",
            "SELECT tag.n, note.title FROM note FULL JOIN tag ON note.id = tag.id ORDER BY 1, 2",
            "SELECT * FROM (note JOIN tag USING (id)) AS j FOR UPDATE",
            "SELECT note FROM tag LEFT JOIN note USING (id) ORDER BY tag.id",
            "SELECT j.id, j.title FROM (note LEFT JOIN tag USING (id)) AS j ORDER BY 1",
            "UPDATE tag SET n = 7 FROM tag t LEFT JOIN note USING (id) WHERE t.id = tag.id AND note.id IS NULL",
        ]).await?;
    }

    async fn rows_that_a_delete_moves_into_another_table_are_live_there(db: &TestDb) {
        as_if_deleted(db, &[
            "WITH moved AS (DELETE FROM note WHERE id = 1 RETURNING *) SELECT * FROM moved",
            "WITH moved AS (DELETE FROM note n USING tag WHERE tag.id = n.id RETURNING n.*, tag.n AS m, n.deleted_at AS x) SELECT * FROM moved",
            "WITH moved AS (DELETE FROM note RETURNING id, deleted_at, row_to_json(note) AS r) SELECT * FROM moved ORDER BY id",
            "WITH moved AS (DELETE FROM note WHERE id = 1 RETURNING *) INSERT INTO tag SELECT id + 10, 1 FROM moved WHERE deleted_at IS NULL",
        ]).await?;
    }
}

on_databases! { [sqlite: Sqlite]
    async fn words_of_sqlite_are_columns_and_aliases(db: &TestDb) {
        as_if_deleted(db, &[
            "UPDATE note SET title = by WHERE id > 0",
            "UPDATE note SET title = like WHERE id = 1 OR 1",
            "SELECT count(*) AS n FROM note WHERE by NOT LIKE like ORDER BY by",
            "SELECT count(*) AS n FROM note WHERE by = glob GROUP BY by",
            "SELECT count(*) AS n FROM tag LEFT JOIN note ON tag.n = left LEFT JOIN tag t ON t.n = by WHERE 1 OR 0",
            "SELECT count(*) AS n FROM note for, tag partition",
            "SELECT count(*) AS n FROM tag tablesample JOIN (note)",
            "SELECT max(id) by, min(id) replace FROM note",
        ]).await?;
    }

    async fn parentheses_of_sqlite_keep_the_names_of_their_tables(db: &TestDb) {
        as_if_deleted(db, &[
            "SELECT tag.id, note.title FROM tag LEFT JOIN (note) ON note.id = tag.id ORDER BY 1",
            "SELECT tag.id, note.title FROM tag LEFT JOIN ((note)) ON note.id = tag.id ORDER BY 1",
            "SELECT tag.id, b.title FROM tag LEFT JOIN (note) AS b ON b.id = tag.id ORDER BY 1",
            "SELECT note.id FROM (note), tag ORDER BY 1",
            "SELECT tag.id, note.title FROM tag LEFT JOIN (note n) ON note.id = tag.id ORDER BY 1",
            "SELECT tag.id, note.title FROM tag, ((note AS n)) ORDER BY 1, 2",
            "SELECT tag.id, b.title FROM tag LEFT JOIN (note n) AS b ON b.id = tag.id ORDER BY 1",
            "SELECT n.id FROM (note n) ORDER BY 1",
            "SELECT * FROM tag LEFT JOIN (note JOIN tag t2 ON t2.id = note.id) ON note.id = tag.id ORDER BY tag.id",
        ]).await?;
    }

    async fn the_rowid_of_sqlite_is_the_rowid_of_the_row(db: &TestDb) {
        as_if_deleted(db, &[
            "SELECT tag.id, note.rowid AS r FROM tag LEFT JOIN note USING (id) ORDER BY 1",
            "SELECT tag.n, note._rowid_ AS r, note.oid AS o FROM note FULL JOIN tag ON note.id = tag.id ORDER BY 1, 2",
        ]).await?;
    }

    async fn the_table_in_an_in_clause_of_sqlite_holds_live_rows(db: &TestDb) {
        as_if_deleted(db, &[
            "SELECT id FROM tag WHERE (id, 'one', NULL, 1, 1, 1, 1, 1) NOT IN note ORDER BY id",
            "SELECT id, (4, 'four', 1, 2, 2, 2, 2, 2) IN note AS x, (9, 'two', 0, 1, 1, 1, 1, 1) IN note AS y FROM tag ORDER BY id",
        ]).await?;
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn an_update_resolves_an_unqualified_column(db: &TestDb) {
        let scoped = crate::scoped::rows::blog(db).await;
        db.execute_unprepared("CREATE TABLE plain (id integer PRIMARY KEY, n int)").await?;
        db.execute_unprepared("INSERT INTO plain SELECT id, 1 FROM blog_post").await?;
        let slugs = "SELECT slug, deleted_at IS NULL AS live FROM blog_post ORDER BY id";
        let before = read(&**db, slugs).await?;
        scoped
            .execute_unprepared("UPDATE plain LEFT JOIN blog_post USING (id) SET slug = CONCAT(slug, '!')")
            .await?;
        scoped
            .execute_unprepared("UPDATE plain LEFT JOIN blog_post USING (id) SET n = blog_post.id IS NULL")
            .await?;
        let after = read(&**db, slugs).await?;
        let count = |rows: &str, what: &str| rows.matches(what).count();
        let (live, all) = (count(&before, "live\": Number(1)"), count(&before, "live\""));
        assert!(0 < live && live < all, "{before}");
        assert_eq!(count(&after, "!\""), live, "{after}");
        let absent = read(&**db, "SELECT n FROM plain").await?;
        assert_eq!(count(&absent, "Number(1)"), all - live, "{absent}");
        let refused = "UPDATE plain LEFT JOIN blog_post USING (id) SET slug = 'x', n = 1";
        assert!(scoped.execute_unprepared(refused).await.is_err());
    }

    async fn words_of_mysql_are_columns_and_aliases(db: &TestDb) {
        as_if_deleted(db, &[
            "SELECT count(*) AS n FROM note WHERE glob = similar GROUP BY glob ORDER BY glob",
            "SELECT count(*) AS n FROM tag full LEFT JOIN note ON full.id = note.id WHERE note.id IS NULL",
            "UPDATE tag LEFT JOIN note ON tag.id = note.id SET n = 9 WHERE note.id IS NULL",
            "WITH RECURSIVE a AS (SELECT 1 AS x UNION SELECT x + 1 FROM a WHERE x < 4) SELECT x FROM a WHERE x IN (SELECT id FROM note) ORDER BY x",
        ]).await?;
    }
}

on_databases! { [mysql: MySql]
    async fn the_word_from_in_a_window_function_begins_no_from_clause(db: &TestDb) {
        as_if_deleted(db, &[
            "SELECT nth_value(id, 2) FROM FIRST OVER (ORDER BY id) AS n FROM note ORDER BY id",
        ]).await?;
    }
}

on_databases! { [mariadb: MariaDb]
    async fn words_of_mariadb_are_columns_and_aliases(db: &TestDb) {
        as_if_deleted(db, &[
            "SELECT count(*) AS n FROM note tablesample WHERE id = 1 OR 1",
            "SELECT count(*) AS n FROM tag tablesample JOIN (note)",
        ]).await?;
    }

    async fn next_value_for_reads_a_sequence(db: &TestDb) {
        db.execute_unprepared("CREATE SEQUENCE sq").await?;
        as_if_deleted(db, &[
            "UPDATE note SET only_note = NEXT VALUE FOR sq * 0 WHERE id > 0",
            "SELECT count(*) AS n FROM note WHERE NEXT VALUE FOR sq > 0 OR 1 FOR UPDATE",
        ]).await?;
    }
}
