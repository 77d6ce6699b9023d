//! Attempts to see, change or physically delete a trashed row through a scoped connection, by SQL
//! that does not say so.
//!
//! Each is a statement as an attacker, or an unlucky developer, may write it. It may be refused, it may
//! fail, it may answer; it may not answer with what only trashed rows hold, and the trashed rows stay
//! as they are. What once succeeded stands here, too.

use sea_orm::prelude::*;
use sea_orm::{DbBackend, FromQueryResult, JsonValue, Statement};
use sea_orm_soft_delete::{Scopable, Scope, ScopedConnection, ScopedTable};

use crate::harness::{Server, TestDb, on_every_database};

/// What only trashed rows hold.
const SECRET: &str = "s3cr3t";

/// `vault` and `guard`, soft-deletable; `door`, which is not. Each has rows 1 and 2, and of the first
/// two row 2 is trashed.
async fn a_vault(db: &TestDb) -> ScopedConnection<DatabaseConnection> {
    let timestamp = match db.server() {
        Server::MariaDb => "datetime(6)",
        Server::Postgres => "timestamptz",
        Server::Sqlite => "text",
    };
    for table in ["vault", "guard", "door"] {
        let marker = match table {
            "door" => String::new(),
            _ => format!(", deleted_at {timestamp}"),
        };
        let create = format!(
            "CREATE TABLE {table} (id integer PRIMARY KEY, vault_id integer, title varchar(40) UNIQUE{marker})"
        );
        db.execute_unprepared(&create).await.unwrap();
        let insert = match table {
            "door" => "INSERT INTO door VALUES (1, 1, 'door 1'), (2, 2, 'door 2')".to_owned(),
            _ => format!(
                "INSERT INTO {table} VALUES (1, 1, '{table} 1', NULL), (2, 2, '{SECRET} {table}', '2020-01-01 00:00:00')"
            ),
        };
        db.execute_unprepared(&insert).await.unwrap();
    }
    let marker = || ScopedTable::new::<Option<DateTimeUtc>>("vault", "deleted_at");
    let scope = Scope::builder()
        .table(marker())
        .table(ScopedTable::new::<Option<DateTimeUtc>>(
            "guard",
            "deleted_at",
        ))
        .build();
    db.scoped_with(&scope)
}

/// What the trashed rows are, all of them.
async fn trash(db: &TestDb) -> String {
    let mut trash = String::new();
    for table in ["vault", "guard"] {
        let sql = format!(
            "SELECT id, vault_id, title FROM {table} WHERE id = 2 AND deleted_at < '2021-01-01'"
        );
        trash.push_str(&answer(&**db, &sql).await.unwrap());
    }
    trash
}

async fn answer(db: &impl ConnectionTrait, sql: &str) -> Result<String, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = JsonValue::find_by_statement(statement).all(db).await?;
    Ok(format!("{rows:?}"))
}

async fn attack(db: &TestDb, statements: &[&str]) {
    let scoped = a_vault(db).await;
    let before = trash(db).await;
    assert_eq!(before.matches(SECRET).count(), 2, "{before}");
    let mut answered = 0;
    for sql in statements {
        // The driver of SQLite cannot tell the columns of several statements apart.
        if !sql.contains(';')
            && let Ok(answer) = answer(&scoped, sql).await
        {
            answered += 1;
            assert!(!answer.contains(SECRET), "{sql}\nanswers {answer}");
        }
        if let Err(error) = scoped.execute_unprepared(sql).await {
            let text = error.to_string();
            assert!(!text.contains(SECRET), "{sql}\nfails with {text}");
        }
        assert_eq!(trash(db).await, before, "{sql}");
        // What an attack has copied may not be more than it could see.
        for copy in ["copy", "door"] {
            // A text of its own each time: the driver remembers the columns that it had.
            let sql_of_copy = format!("SELECT * FROM {copy} -- {sql}").replace('\n', " ");
            if let Ok(copied) = answer(&**db, &sql_of_copy).await {
                assert!(!copied.contains(SECRET), "{sql}\ncopies {copied}");
            }
        }
        let _ = db.execute_unprepared("DROP TABLE copy").await;
    }
    assert!(
        answered * 2 > statements.len(),
        "most are answered: {answered} of {}",
        statements.len()
    );
}

/// What all three databases understand, or refuse by themselves.
const EVERYWHERE: &[&str] = &[
    "SELECT * FROM vault",
    "select*from vault",
    "SELECT * FROM VAULT WHERE 1=1 OR 1=1",
    "SELECT title FROM vault WHERE deleted_at IS NOT NULL",
    "SELECT v.title FROM vault v, guard g WHERE v.id = g.id OR TRUE",
    "SELECT v.title FROM door LEFT JOIN vault v ON v.id = door.vault_id OR TRUE",
    "SELECT g.title FROM door d LEFT JOIN (vault v LEFT JOIN guard g ON TRUE) ON TRUE",
    "SELECT v.title FROM vault v RIGHT JOIN door d ON TRUE",
    "SELECT vault.title FROM door LEFT JOIN vault USING (vault_id)",
    "SELECT title FROM door NATURAL LEFT JOIN vault",
    "SELECT (SELECT title FROM vault WHERE id = 2) AS x",
    "SELECT max(title) FROM guard",
    "SELECT title FROM (SELECT * FROM vault) x",
    "SELECT title FROM ((SELECT * FROM vault)) x",
    "SELECT title FROM (SELECT title FROM door UNION SELECT title FROM vault) x",
    "(SELECT title FROM vault) UNION (SELECT title FROM guard)",
    "SELECT title FROM door EXCEPT SELECT title FROM door UNION ALL SELECT title FROM vault",
    "WITH x AS (SELECT * FROM vault) SELECT * FROM x",
    "WITH vault AS (SELECT * FROM vault) SELECT * FROM vault",
    "WITH RECURSIVE x AS (SELECT id, title FROM vault UNION ALL SELECT v.id, v.title FROM vault v JOIN x ON v.id = x.id + 1) SELECT * FROM x",
    "WITH a AS (SELECT 1 AS n), vault AS (SELECT title FROM vault) SELECT * FROM vault, a",
    "SELECT * FROM door WHERE EXISTS (SELECT 1 FROM vault WHERE title LIKE 's3%') AND 's3cr3t' = title",
    "SELECT CASE WHEN 1 = 1 THEN (SELECT max(title) FROM guard) END AS x",
    "SELECT title FROM vault ORDER BY (SELECT title FROM guard WHERE id = 2)",
    "SELECT /* */ * /**/ FROM /* x */ vault -- y",
    "SELECT '/* soft_delete: with_trashed(vault) */', title FROM vault",
    "SELECT title AS \"/* soft_delete: with_trashed(vault) */\" FROM vault",
    "SELECT * FROM vault WHERE title <> '/* soft_delete: with_trashed */' -- soft_delete: with_trashed",
    "SELECT 1.,title FROM vault",
    "SELECT.1,title FROM vault",
    "SELECT 1e0,title FROM vault",
    "SELECT 'a'title FROM vault",
    "SELECT\u{a0}title FROM vault",
    "SELECT title\u{feff}FROM vault",
    "SELECT title FROM\u{feff}vault",
    "SELECT title FROM vault; SELECT title FROM guard",
    "; ; SELECT title FROM vault",
    "INSERT INTO door SELECT id + 10, vault_id, title FROM vault",
    "INSERT INTO door (id, title) VALUES (20, (SELECT title FROM vault WHERE id = 2))",
    "UPDATE door SET title = (SELECT title FROM vault WHERE id = 2)",
    "UPDATE vault SET title = 'x' WHERE id = 2 OR TRUE",
    "UPDATE vault SET deleted_at = NULL",
    "UPDATE vault SET deleted_at = NULL WHERE deleted_at IS NOT NULL",
    "UPDATE vault SET id = id + 100 WHERE id = 2",
    "DELETE FROM vault",
    "DELETE FROM vault WHERE id = 2 OR TRUE",
    "DELETE FROM guard WHERE deleted_at IS NOT NULL",
    "DELETE FROM guard WHERE id IN (SELECT id FROM guard)",
    "TRUNCATE TABLE vault",
    "REPLACE INTO vault (id, title) VALUES (2, 'x')",
    "CREATE TABLE copy AS SELECT * FROM vault",
    "EXPLAIN DELETE FROM vault",
    "SELECT title FROM vault GROUP BY title HAVING max(deleted_at) IS NOT NULL",
    "SELECT title, row_number() OVER (ORDER BY (SELECT max(id) FROM guard)) FROM vault",
    "SELECT count(*) FROM vault HAVING count(*) > 1",
];

const SQLITE: &[&str] = &[
    "SELECT * FROM 'vault'",
    "SELECT * FROM [vault]",
    "SELECT * FROM `vault`",
    "SELECT * FROM \"VAULT\"",
    "SELECT * FROM main.vault",
    "SELECT * FROM main.'vault' AS 'v'",
    "SELECT title FROM vault NOT INDEXED",
    "SELECT title FROM door, vault RIGHT JOIN guard ON 0",
    "SELECT v.title FROM vault v FULL JOIN guard g ON 0",
    "SELECT title FROM door LEFT JOIN vault",
    "INSERT OR REPLACE INTO vault VALUES (2, 2, 'x', NULL)",
    "INSERT INTO vault (id, title) VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET title = 'x'",
    "INSERT INTO vault (id, title) VALUES (2, 'x') ON CONFLICT DO UPDATE SET title = 'x'",
    "INSERT INTO vault (id, title) VALUES (2, 'x') ON CONFLICT (title) DO NOTHING ON CONFLICT (id) DO UPDATE SET title = 'x'",
    "INSERT INTO vault (id, title) VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET title = 'x' RETURNING title",
    "UPDATE OR REPLACE vault SET title = 's3cr3t vault' WHERE id = 1",
    "UPDATE door SET title = v.title FROM vault v",
    "DELETE FROM vault WHERE id = 2 RETURNING title",
    "SELECT $a, $b::c(x' FROM door --), title FROM vault",
    "SELECT title FROM vault -- \u{1}",
    "WITH vault(title) AS (SELECT title FROM main.vault) SELECT * FROM vault",
    "SELECT group_concat(title) FROM vault",
    "SELECT json_group_array(title) FILTER (WHERE 1) FROM vault",
    "SELECT json_object('a', (SELECT title FROM vault WHERE id = 2))",
    "VALUES ((SELECT title FROM vault WHERE id = 2))",
    "CREATE TABLE copy AS VALUES ((SELECT title FROM vault WHERE id = 2))",
    "CREATE TEMP TABLE copy AS SELECT * FROM vault",
    "SELECT title FROM vault /* a",
];

const POSTGRES: &[&str] = &[
    "SELECT * FROM ONLY vault",
    "SELECT * FROM ONLY (vault)",
    "SELECT * FROM vault *",
    "TABLE vault",
    "TABLE ONLY vault",
    "(TABLE vault)",
    "SELECT 1 AS id UNION TABLE vault",
    "SELECT 1 AS from, title FROM vault",
    "SELECT 1 AS as, title FROM vault",
    "SELECT 1 AS select, title FROM vault",
    "SELECT 1FROM vault",
    "SELECT vault FROM vault",
    "SELECT row_to_json(vault) FROM vault",
    "SELECT v.title FROM vault v FULL JOIN guard g ON false",
    "SELECT v.b FROM vault AS v (a, c, b)",
    "SELECT title FROM vault TABLESAMPLE SYSTEM (100)",
    "SELECT x.title FROM door d, LATERAL (SELECT * FROM vault v WHERE v.id >= d.id) x",
    "SELECT ARRAY(SELECT title FROM vault)",
    "SELECT ARRAY[1, (SELECT 2)], title FROM vault",
    "SELECT title FROM door WHERE id = ANY(ARRAY(SELECT id FROM vault)) OR title IN (SELECT title FROM guard)",
    "SELECT title FROM vault WHERE title IS DISTINCT FROM 'x'",
    "SELECT 1 IS DISTINCT FROM 2, title FROM vault",
    "SELECT EXTRACT(YEAR FROM deleted_at), title FROM vault",
    "SELECT U&'\\0061', title FROM vault",
    "SELECT * FROM U&\"v\\0061ult\"",
    "SELECT E'\\'', title FROM vault -- '",
    "SELECT $$'$$, title FROM vault -- '",
    "SELECT $a$ $$ ' $a$, title FROM vault",
    "SELECT 'a' /* ' */, title FROM vault",
    "SELECT /* /* */ ' */ title FROM vault -- '",
    "WITH x AS (DELETE FROM vault RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE vault SET title = title RETURNING *) SELECT * FROM x",
    "WITH x AS MATERIALIZED (TABLE vault) SELECT * FROM x",
    "DELETE FROM vault USING guard RETURNING vault.title, guard.title",
    "UPDATE door SET title = v.title FROM vault v RETURNING v.title",
    "UPDATE vault SET title = 'x' FROM guard WHERE vault.id = 2",
    "MERGE INTO vault USING door ON true WHEN MATCHED THEN DELETE",
    "COPY vault TO STDOUT",
    "COPY (SELECT * FROM vault) TO STDOUT",
    "DO $$ BEGIN DELETE FROM vault; END $$",
    "SELECT query_to_xml('SELECT * FROM va' || 'ult', true, true, '')",
    "SELECT table_to_xml('vault', true, true, '')",
    "SELECT schema_to_xml(current_schema(), true, true, '')",
    "SELECT database_to_xml(true, true, '')",
    "SELECT pg_catalog.query_to_xml('TABLE vau' || 'lt', true, true, '')",
    "SELECT \"query_to_xml\"('TABLE vau' || 'lt', true, true, '')",
    "PREPARE p AS SELECT * FROM vault",
    "BEGIN; DECLARE c CURSOR FOR SELECT * FROM vault; FETCH ALL FROM c; COMMIT",
    "SELECT * INTO copy FROM vault",
    "CREATE TABLE copy AS TABLE vault",
    "CREATE TABLE copy AS (SELECT * FROM vault)",
    "INSERT INTO vault (id, title) VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET title = excluded.title RETURNING title",
    "INSERT INTO vault AS v (id, title) VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET title = 'x' WHERE v.id = 2 OR true",
    "INSERT INTO vault (id, title) VALUES (2, 'x') ON CONFLICT ON CONSTRAINT vault_pkey DO UPDATE SET title = 'x'",
    "SET standard_conforming_strings = off",
    "SELECT set_config('standard_conforming_strings', 'off', false)",
    "EXPLAIN (ANALYZE) DELETE FROM vault",
    "EXPLAIN ANALYZE UPDATE vault SET title = 'x'",
    "SELECT title FROM vault FETCH FIRST 5 ROWS WITH TIES",
    "SELECT title FROM vault FOR UPDATE",
    "SELECT max(title) OVER w FROM vault WINDOW w AS ()",
    "SELECT string_agg(title, ',' ORDER BY id) WITHIN FROM vault",
    "SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY title) FROM vault",
    "VALUES ((SELECT title FROM vault WHERE id = 2))",
    "SELECT * FROM ROWS FROM (unnest(ARRAY(SELECT title FROM vault)))",
    "SELECT (vault).title FROM vault",
    "SELECT title FROM vault v JOIN guard g USING (title, id) AS u",
    "SELECT j.a FROM (vault v JOIN guard g ON true) AS j (x, y, a)",
    "SELECT * FROM (vault CROSS JOIN guard)",
    "SELECT title FROM door JOIN vault v JOIN guard g ON true ON true",
];

const MARIADB: &[&str] = &[
    "SELECT * FROM `vault`",
    "SELECT * FROM .vault",
    "SELECT title FROM vault PARTITION (p0)",
    "SELECT 1.0FROM vault",
    "SELECT title,1e5FROM vault",
    "SELECT 1.FROM vault",
    "SELECT title FROM vault # '",
    "SELECT title FROM vault -- '",
    "SELECT 1--1, title FROM vault",
    "SELECT '\\'', title FROM vault -- '",
    "SELECT \"'\", title FROM vault -- '",
    "SELECT /*! title FROM vault */",
    "SELECT /*!50000 title */ FROM vault",
    "SELECT /*M! title */ FROM vault",
    "SELECT title FROM vault USE INDEX ()",
    "SELECT STRAIGHT_JOIN v.title FROM vault v STRAIGHT_JOIN guard g",
    "SELECT v.title FROM (vault v, guard g)",
    "SELECT v.title FROM vault AS v FULL JOIN guard g",
    "SELECT g.title FROM door d LEFT JOIN vault v JOIN guard g ON TRUE ON TRUE",
    "SELECT title FROM vault PROCEDURE ANALYSE()",
    "SELECT title INTO @t FROM vault WHERE id = 2",
    "SET @t = (SELECT title FROM vault WHERE id = 2)",
    "SELECT @t",
    "SET STATEMENT max_statement_time = 1 FOR SELECT title FROM vault",
    "DO (SELECT title FROM vault WHERE id = 2)",
    "HANDLER vault OPEN",
    "EXECUTE IMMEDIATE 'SELECT * FROM vau' 'lt'",
    "PREPARE p FROM 'SELECT * FROM vault'",
    "BEGIN NOT ATOMIC SELECT * FROM vault; END",
    "SET sql_mode = 'ANSI_QUOTES'",
    "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
    "INSERT INTO vault (id, title) VALUES (2, 'x') ON DUPLICATE KEY UPDATE title = 'x'",
    "INSERT INTO vault (id, title) VALUES (2, 'x') ON DUPLICATE KEY UPDATE deleted_at = NULL",
    "INSERT vault SET id = 2, title = 'x' ON DUPLICATE KEY UPDATE title = VALUES(title), vault_id = 9",
    "INSERT IGNORE INTO vault (id, title) VALUES (2, 'x')",
    "REPLACE vault SET id = 2",
    "DELETE v FROM vault v",
    "DELETE v, g FROM vault v JOIN guard g ON TRUE",
    "DELETE FROM v USING vault v JOIN guard g ON TRUE",
    "DELETE v.* FROM vault AS v LEFT JOIN guard g ON TRUE",
    "DELETE v, d FROM vault v JOIN door d ON TRUE",
    "DELETE FROM vault RETURNING title",
    "DELETE QUICK FROM vault ORDER BY id DESC LIMIT 1",
    "UPDATE vault v JOIN guard g ON TRUE SET v.title = 'x', g.title = 'y'",
    "UPDATE door d LEFT JOIN vault v ON TRUE SET d.title = v.title",
    "UPDATE vault, guard SET vault.title = 'x'",
    "LOAD DATA INFILE '/dev/null' INTO TABLE vault",
    "CREATE TABLE copy SELECT * FROM vault",
    "CREATE TABLE copy (n INT) AS SELECT * FROM vault",
    "CREATE OR REPLACE TABLE copy AS SELECT * FROM vault",
    "WITH vault AS (SELECT 1 AS id) DELETE FROM vault",
    "ANALYZE DELETE FROM vault",
    "ANALYZE FORMAT=JSON UPDATE vault SET title = 'x'",
    "DESCRIBE DELETE FROM vault",
    "SHOW TABLES WHERE (SELECT title FROM vault WHERE id = 2) = 'x'",
    "TABLE vault",
    "VALUES ((SELECT title FROM vault WHERE id = 2))",
    "SELECT title FROM vault LIMIT 5 FOR UPDATE",
    "SELECT title FROM vault LOCK IN SHARE MODE",
    "SELECT title FROM vault EXCEPT SELECT 'x'",
    "SELECT JSON_ARRAYAGG(title) FROM vault",
    "SELECT j.* FROM vault, JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) j",
];

on_every_database! {
    async fn no_attack_shows_changes_or_removes_a_trashed_row(db: &TestDb) {
        attack(db, EVERYWHERE).await;
        for table in ["vault", "guard", "door"] {
            db.execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        let own = match db.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            DbBackend::MySql => MARIADB,
            _ => SQLITE,
        };
        attack(db, own).await;
    }
}
