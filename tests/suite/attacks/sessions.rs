//! Attacks of several statements in one session: an early statement changes a setting or creates an object,
//! so that the database reads a later statement in another way than the rewriter.

use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{SECRET, a_vault, answer, trash};
use crate::harness::{Server, on_every_database};

/// The statements of one attack.
type Steps = &'static [&'static str];

/// `'\'` is a complete string if backslashes are plain characters, and begins a string if they escape.
const SHOWS_BY_BACKSLASH: &str = "SELECT '\\' AS x, title FROM vault -- '";
/// The same for double quotes, if they quote names.
const SHOWS_BY_QUOTES: &str = "SELECT title AS \"\\\" FROM vault -- \"";

/// `'\\''` is a complete string if a backslash escapes the quote, and continues otherwise.
const SHOWS_BY_ESCAPE: &str = "SELECT '\\'', title FROM vault -- '";

const MYSQL: &[Steps] = &[
    &[
        "SET @m = 'NO_BACKSLASH_ESCAPES'",
        "SET sql_mode = @m",
        SHOWS_BY_BACKSLASH,
    ],
    &[
        "SET @a = 1, @@sql_mode = CONCAT('NO_BACKSLASH', '_ESCAPES')",
        SHOWS_BY_BACKSLASH,
    ],
    &["SET @@session.sql_mode := 1048576", SHOWS_BY_BACKSLASH],
    &[
        "SET SESSION sql_mode = 'NO_BACKSLASH_' 'ESCAPES'",
        SHOWS_BY_BACKSLASH,
    ],
    &["SET @m = 'ANSI'", "SET @@`sql_mode` = @m", SHOWS_BY_QUOTES],
    &[
        "SET @c = 'gbk'",
        "SET character_set_client = @c",
        "SELECT '\u{4e00}\\', title FROM vault -- '",
    ],
    &[
        "SET time_zone = '+00:00', NAMES sjis",
        "SELECT 'あ\\', title FROM vault -- '",
    ],
    &[
        "/*!50000 SET sql_mode = 'NO_BACKSLASH_ESCAPES' */",
        SHOWS_BY_BACKSLASH,
    ],
    &[
        "/*! PREPARE s FROM CONCAT('SELECT title FROM vau', 'lt') */",
        "EXECUTE s",
    ],
    &[
        "PREPARE s FROM CONCAT('SELECT title FROM vau', 'lt' /*! ) */",
        "EXECUTE s",
    ],
    &["PREPARE s FROM CONCAT('DELETE FROM vau', 'lt'); EXECUTE s; SELECT '"],
    &["BEGIN NOT ATOMIC PREPARE s FROM CONCAT('DELETE FROM vau', 'lt'); EXECUTE s; END"],
    &["IF 1 THEN PREPARE s FROM CONCAT('DELETE FROM vau', 'lt'); EXECUTE s; END IF"],
    &["l: LOOP PREPARE s FROM CONCAT('DELETE FROM vau', 'lt'); EXECUTE s; LEAVE l; END LOOP"],
    &[
        "BEGIN NOT ATOMIC SET @m = 'NO_BACKSLASH_ESCAPES'; SET sql_mode = @m; END",
        SHOWS_BY_BACKSLASH,
    ],
    &["BEGIN NOT ATOMIC SELECT 1 AS begin; DELETE FROM vault; SELECT 1 AS end; END"],
    &["CALL sys.execute_prepared_stmt(CONCAT('DELETE FROM vau', 'lt'))"],
    &[
        "CREATE PROCEDURE hide() SET @a = 1; DELETE FROM vault; SELECT 1 AS end",
        "CALL hide()",
    ],
    &[
        "CREATE TRIGGER begin AFTER INSERT ON door FOR EACH ROW SET @a = 1; DELETE FROM vault; SELECT 1 AS end",
    ],
    &["CREATE PROCEDURE p2() BEGIN SELECT 1 AS begin; END; DELETE FROM vault; SELECT 1 AS end"],
    &[
        "CREATE PROCEDURE p3() BEGIN SELECT CASE WHEN 1 THEN 2 END; END; DELETE FROM guard; SELECT 1 AS end",
    ],
    &[
        "CREATE DEFINER = CURRENT_USER PROCEDURE p4() lbl: BEGIN IF 1 THEN SELECT 1; END IF; END lbl; DELETE FROM vault",
    ],
    &[
        "CREATE EVENT do ON SCHEDULE EVERY 1 YEAR DISABLE DO SET @begin = 1; DELETE FROM vault; SELECT 1 AS end",
        "DROP EVENT do",
    ],
    &[
        "CREATE VIEW peek AS SELECT * FROM vault WHERE id IN (SELECT id FROM guard)",
        "SELECT * FROM peek",
    ],
    &[
        "CREATE OR REPLACE ALGORITHM = TEMPTABLE VIEW peek AS SELECT * FROM vault",
        "SELECT * FROM peek",
    ],
    &[
        "CREATE VIEW peek2 AS SELECT * FROM door",
        "ALTER VIEW peek2 AS SELECT * FROM vault WITH CHECK OPTION",
        "SELECT * FROM peek2",
    ],
    &["CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS $$ ' $$; DELETE FROM vault -- '"],
];

/// Attacks that MySQL 9 understands and MariaDB does not.
const MYSQL_9: &[Steps] = &[
    &[
        "CREATE MATERIALIZED VIEW kept AS SELECT * FROM vault",
        "SELECT * FROM kept",
    ],
    &[
        "CREATE JSON RELATIONAL DUALITY VIEW documents AS SELECT JSON_DUALITY_OBJECT('_id': id, 'title': title) FROM vault",
        "SELECT * FROM documents",
    ],
    &["SELECT /*+ SET_VAR(sql_mode = 'NO_BACKSLASH_ESCAPES') */ '\\' AS x, title FROM vault -- '"],
    &["SELECT title FROM vault QUALIFY row_number() OVER () > 0"],
    &["SELECT v.title FROM door TABLESAMPLE SYSTEM (100), vault v"],
];

const POSTGRES: &[Steps] = &[
    &["PREPARE s AS SELECT title FROM vault", "EXECUTE s"],
    &[
        "PREPARE s (int) AS DELETE FROM vault WHERE id = $1",
        "EXECUTE s (2)",
    ],
    &[
        "UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'",
        SHOWS_BY_ESCAPE,
        SHOWS_BY_ESCAPE,
    ],
    &[
        "WITH x AS (UPDATE pg_catalog.pg_settings SET setting = 'off' WHERE name LIKE 'standard_conf%' RETURNING *) SELECT * FROM x",
        SHOWS_BY_ESCAPE,
    ],
    &[
        "CREATE VIEW settings AS SELECT * FROM pg_settings",
        "UPDATE settings SET setting = 'off' WHERE name LIKE 'standard_conf%'",
        SHOWS_BY_ESCAPE,
    ],
    &[
        "DO $$ BEGIN PERFORM set_config('standard_' || 'conforming_strings', 'off', false); END $$",
        SHOWS_BY_ESCAPE,
    ],
    &[
        r"SELECT set_config(E'standard\x5fconforming_strings', 'off', false)",
        SHOWS_BY_ESCAPE,
    ],
    &["DO $$ BEGIN EXECUTE 'DELETE FROM vau' || 'lt'; END $$"],
    &[
        "CREATE VIEW peek AS SELECT * FROM vault WHERE id IN (SELECT id FROM guard)",
        "SELECT * FROM peek",
    ],
    &[
        "CREATE OR REPLACE TEMP VIEW peek WITH (security_barrier) AS TABLE vault",
        "SELECT * FROM peek",
    ],
    &[
        "CREATE MATERIALIZED VIEW peek AS SELECT * FROM vault",
        "SELECT * FROM peek",
    ],
    &[
        "CREATE RECURSIVE VIEW peek (t) AS SELECT title FROM vault UNION SELECT t FROM peek",
        "SELECT * FROM peek",
    ],
    &[
        "CREATE RULE \"_RETURN\" AS ON SELECT TO door DO INSTEAD SELECT id, vault_id, title FROM vault",
        "SELECT * FROM door",
    ],
    &[
        "CREATE SCHEMA hidden CREATE VIEW peek AS SELECT * FROM vault",
        "SELECT * FROM hidden.peek",
        "DROP SCHEMA hidden CASCADE",
    ],
    &[
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS begin; END; DELETE FROM vault; SELECT 1 AS end",
    ],
    &[
        "CREATE RULE r AS ON INSERT TO door DO ALSO (SELECT 1; SELECT 1 AS begin); DELETE FROM vault; SELECT 1 AS end",
    ],
];

const SQLITE: &[Steps] = &[
    &[
        "CREATE TRIGGER t1 AFTER INSERT ON door BEGIN SELECT 1 AS begin; END; DELETE FROM vault; SELECT 1 AS end",
    ],
    &[
        "CREATE TRIGGER begin AFTER INSERT ON door WHEN NEW.id BEGIN SELECT CASE WHEN 1 THEN 2 END AS \"case\"; END; DELETE FROM vault; SELECT 1 AS end",
    ],
    &[
        "EXPLAIN CREATE TRIGGER t2 AFTER INSERT ON door BEGIN SELECT 1 AS begin; END; DELETE FROM vault; SELECT 1 AS end",
    ],
    &[
        "CREATE VIEW peek AS SELECT * FROM vault WHERE id IN (SELECT id FROM guard)",
        "SELECT * FROM peek",
    ],
    &[
        "CREATE TEMP VIEW peek2 (a, b, c, d) AS SELECT * FROM vault LEFT JOIN guard USING (id, vault_id, title, deleted_at)",
        "SELECT * FROM peek2",
    ],
    &[
        "CREATE VIRTUAL TABLE f USING fts5(title, content='vault', content_rowid='id')",
        "SELECT * FROM f",
    ],
    &[
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_schema SET name = 'door2', tbl_name = 'door2', sql = 'CREATE TABLE door2 (id, vault_id, title, deleted_at)' WHERE name LIKE 'vau%' AND type = 'table'",
    ],
];

/// The rows that a statement returns, as text.
async fn step(db: &impl ConnectionTrait, sql: &str) -> String {
    match answer(db, sql).await {
        Ok(answer) => answer,
        Err(_) => {
            let _ = db.execute_unprepared(sql).await;
            String::new()
        }
    }
}

on_every_database! {
    async fn no_session_shows_changes_or_removes_a_trashed_row(db: &TestDb) {
        let scoped = a_vault(db).await;
        let before = trash(db).await;
        let attempts = match db.server() {
            Server::Sqlite => SQLITE,
            Server::Postgres => POSTGRES,
            _ => MYSQL,
        };
        let of_mysql = match db.server() {
            Server::MySql => MYSQL_9,
            _ => &[],
        };
        for steps in attempts.iter().chain(of_mysql) {
            let session = scoped.begin().await?;
            for sql in *steps {
                let answered = match db.server() {
                    // On PostgreSQL, an error would end the transaction and the attack. On MySQL, each
                    // definition ends the transaction and its savepoints.
                    Server::Postgres => {
                        let savepoint = session.begin().await?;
                        let answered = step(&savepoint, sql).await;
                        let _ = savepoint.commit().await;
                        answered
                    }
                    _ => step(&session, sql).await,
                };
                assert!(!answered.contains(SECRET), "{steps:?}\nanswers {answered}");
            }
            let _ = session.commit().await;
            assert_eq!(trash(db).await, before, "{steps:?}");
        }
    }
}
