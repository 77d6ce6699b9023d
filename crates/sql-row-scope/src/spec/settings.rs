//! Settings that change how a database reads text, and statements that run text.

use super::*;

#[track_caller]
fn is_refused(dialect: Dialect, sql: &str) {
    let refusal = run(dialect, sql, &Lifted::NOTHING, false);
    assert!(refusal.is_err(), "{dialect:?}: {sql}");
}

#[track_caller]
fn passes(dialect: Dialect, sql: &str) {
    let passed = run(dialect, sql, &Lifted::NOTHING, false);
    assert!(passed.is_ok(), "{dialect:?}: {sql}: {passed:?}");
}

#[test]
fn sql_mode_can_only_be_set_to_a_harmless_literal() {
    for sql in [
        "SET sql_mode = @m",
        "SET @m = 'NO_BACKSLASH_ESCAPES', sql_mode = @m",
        "SET @a = 1, @@sql_mode = @m",
        "SET @@session.sql_mode := @m",
        "SET @@`sql_mode` = @m",
        "SET SESSION sql_mode = @m",
        "SET GLOBAL `sql_mode` = @m",
        "SET PERSIST sql_mode = @m",
        "SET sql_mode = @@global.sql_mode",
        "SET sql_mode = DEFAULT",
        "SET sql_mode = 4",
        "SET sql_mode = 'ANSI' ' '",
        "SET sql_mode = 'STRICT_ALL_TABLES' 'ANSI'",
        "SET sql_mode = _utf8'ANSI_QUOTES'",
        "SET sql_mode = x'414e5349'",
        "SET sql_mode = 'ANSI\\_QUOTES'",
        "SET sql_mode = (SELECT 'x')",
        "SET sql_mode = oracle",
        "SET autocommit = 1, sql_mode = 'ANSI'",
        "SET STATEMENT sql_mode = @m FOR SELECT 1",
        "SET STATEMENT max_statement_time = 1 FOR SET sql_mode = @m",
        "BEGIN NOT ATOMIC SET sql_mode = @m; END",
        "IF 1 THEN SET sql_mode = @m; END IF",
        "CREATE PROCEDURE p() SET sql_mode = @m",
        "SELECT 1; SET sql_mode = @m",
        "SET GLOBAL init_connect = 'DELETE FROM x'",
    ] {
        is_refused(MySql, sql);
    }
    for sql in [
        "SET sql_mode = ''",
        "SET sql_mode = TRADITIONAL",
        "SET @@session.sql_mode = 'STRICT_ALL_TABLES, NO_ZERO_DATE', @a = 1",
        "SET STATEMENT sql_mode = 'STRICT_ALL_TABLES' FOR SELECT 1",
        "SET @sql_mode = 'ANSI'",
        "SELECT @@sql_mode, routine_name FROM information_schema.routines WHERE sql_mode = 'ANSI'",
        "UPDATE book SET sql_mode = @m",
    ] {
        passes(MySql, sql);
    }
}

#[test]
fn the_character_set_of_the_client_can_only_be_set_to_a_known_one() {
    for sql in [
        "SET NAMES gbk",
        "SET NAMES 'sjis' COLLATE sjis_bin",
        "SET NAMES DEFAULT",
        "SET @a = 1, NAMES big5",
        "SET CHARACTER SET cp932",
        "SET CHARSET gb18030",
        "SET character_set_client = @c",
        "SET @@character_set_client = gbk",
        "SET SESSION character_set_client = 'sj' 'is'",
        "BEGIN NOT ATOMIC SET character_set_client = @c; END",
    ] {
        is_refused(MySql, sql);
    }
    for sql in [
        "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
        "SET time_zone = '+00:00', NAMES utf8mb4 COLLATE utf8mb4_unicode_ci",
        "SET NAMES 'latin1'",
        "SET CHARACTER SET utf8",
        "SET character_set_results = gbk",
        "CREATE TABLE book (a VARCHAR(9) CHARACTER SET gbk, b VARCHAR(9) CHARACTER SET gbk)",
        "CREATE TABLE book (a SET('x') CHARACTER SET gbk, b SET('y') CHARACTER SET gbk)",
        "ALTER TABLE book CONVERT TO CHARACTER SET gbk",
        "CREATE PROCEDURE p(a VARCHAR(9) CHARACTER SET gbk) SET @a = CONVERT(a USING gbk)",
    ] {
        passes(MySql, sql);
    }
    is_refused(Postgres, "SET NAMES 'SJIS'");
    is_refused(Postgres, "SET SESSION client_encoding TO gbk");
    is_refused(
        Postgres,
        "SELECT set_config('client_encoding', 'BIG5', false)",
    );
    passes(Postgres, "SET NAMES 'UTF8'");
    passes(Postgres, "SET client_encoding = 'utf-8'");
}

#[test]
fn standard_conforming_strings_cannot_be_turned_off_in_any_way() {
    for sql in [
        "SET standard_conforming_strings = off",
        "SET LOCAL \"standard_conforming_strings\" TO 'of'",
        "SET SESSION Standard_Conforming_Strings TO DEFAULT",
        "UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'",
        "UPDATE ONLY pg_catalog.\"pg_settings\" AS s SET setting = 'off' WHERE name LIKE 'standard%'",
        "WITH x AS (UPDATE pg_settings SET setting = 'off' RETURNING *) SELECT * FROM x",
        "CREATE VIEW s AS SELECT * FROM pg_settings",
        "INSERT INTO pg_db_role_setting VALUES (0, 10, '{standard_conforming_strings=off}')",
        "UPDATE pg_catalog.pg_db_role_setting SET setconfig = '{standard_conforming_strings=off}'",
        "CREATE FUNCTION f() RETURNS void AS $$ BEGIN SET standard_conforming_strings = off; END $$ LANGUAGE plpgsql",
        "CREATE FUNCTION f(text, text, bool) RETURNS text AS 'set_config_by_name' LANGUAGE internal",
        "SELECT set_config('standard_conforming_strings', 'o' || 'ff', false)",
        "SELECT pg_catalog.\"set_config\"('Standard_conforming_strings', $1, false)",
        r"SELECT set_config(E'standard\x5fconforming_strings', 'off', false)",
        "SELECT set_config(name, 'off', false) FROM x",
        "SELECT set_config($1, 'off', false)",
        "SELECT set_config(value => 'off', name => 'x')",
        "ALTER ROLE me SET standard_conforming_strings = off",
        "ALTER ROLE ALL IN DATABASE d SET standard_conforming_strings TO off",
        "ALTER DATABASE d SET standard_conforming_strings TO off",
        "ALTER SYSTEM SET standard_conforming_strings = off",
        "ALTER FUNCTION f() SET standard_conforming_strings = off",
        "CREATE FUNCTION f() RETURNS int SET standard_conforming_strings = off AS 'SELECT 1' LANGUAGE sql",
        "DO $$ BEGIN PERFORM set_config('standard_' || 'conforming_strings', 'off', false); END $$",
        "DO 'BEGIN EXECUTE ''DELETE FROM po'' || ''st''; END'",
        r"DO E'BEGIN \x45XECUTE 1; END'",
        "DO LANGUAGE plperl $$ spi_exec_query('DELETE FROM po' . 'st') $$",
        "SELECT 1; SET standard_conforming_strings = off",
    ] {
        is_refused(Postgres, sql);
    }
    for sql in [
        "SET standard_conforming_strings = on",
        "SHOW standard_conforming_strings",
        "RESET ALL",
        "SELECT current_setting('standard_conforming_strings')",
        "SELECT setting FROM pg_settings WHERE name = 'standard_conforming_strings' FOR UPDATE",
        "SELECT set_config('search_path', $1, false)",
        "SELECT set_config('standard_conforming_strings', 'on', true)",
        "SET search_path = a, b",
        "CREATE FUNCTION f() RETURNS void AS $$ BEGIN PERFORM set_config('app.tenant', '1', true); END $$ LANGUAGE plpgsql",
        "DO LANGUAGE plpgsql $$ BEGIN RAISE NOTICE 'x'; END $$",
    ] {
        passes(Postgres, sql);
    }
    is_refused(Sqlite, "PRAGMA writable_schema = 1");
    is_refused(Sqlite, "PRAGMA writable_schema = 1; SELECT '");
    is_refused(Sqlite, "PRAGMA writable_schema = 1 \0");
    is_refused(Sqlite, "PRAGMA main.writable_schema(ON)");
    is_refused(Sqlite, "PRAGMA \"writable_schema\" = reset");
    passes(Sqlite, "PRAGMA writable_schema = 0");
    passes(Sqlite, "PRAGMA foreign_keys = 1");
}

#[test]
fn a_statement_that_runs_text_is_refused_anywhere_in_a_block() {
    for sql in [
        "BEGIN NOT ATOMIC PREPARE s FROM CONCAT('DELETE FROM po', 'st'); EXECUTE s; END",
        "BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR 1062 PREPARE s FROM @a; END",
        "IF 1 THEN PREPARE s FROM @a; END IF",
        "l: LOOP PREPARE s FROM @a; LEAVE l; END LOOP",
        "WHILE 1 DO PREPARE `s` FROM @a; END WHILE",
        "CASE WHEN 1 THEN SELECT 1; ELSE PREPARE s FROM @a; END CASE",
        "REPEAT PREPARE s FROM @a; UNTIL 1 END REPEAT",
        "FOR i IN 1..2 DO EXECUTE IMMEDIATE @a; END FOR",
        "CREATE PROCEDURE p() PREPARE s FROM @a",
        "SET STATEMENT max_statement_time = 1 FOR PREPARE s FROM @a",
        "PREPARE s FROM @a; SELECT '",
        "PREPARE s FROM CONCAT('DELETE FROM po', 'st' /*! ) */",
        "SELECT 1; PREPARE s FROM @a",
        "/*!50000 PREPARE s FROM CONCAT(@a) */",
        "/*! SET sql_mode = @m */",
        "SET /*!50000 sql_mode */ = @m",
        "/*M!100100 SET NAMES gbk */",
        "CALL sys.execute_prepared_stmt(CONCAT('DELETE FROM po', 'st'))",
        "CALL `sys`.`create_synonym_db`('app', 'x')",
        "CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS $$ ' $$; SELECT title FROM post -- '",
        "CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS $a$ ' $a$; SELECT title FROM post -- '",
    ] {
        is_refused(MySql, sql);
    }
    for sql in [
        "SELECT prepare p FROM book",
        "SELECT a, prepare p FROM book",
        "SELECT /*! STRAIGHT_JOIN */ a FROM book",
        "SELECT a$b FROM book",
    ] {
        passes(MySql, sql);
    }
}

/// The database may be able to read a text that this crate cannot read.
#[test]
fn a_text_that_the_rewriter_cannot_read_hides_no_table() {
    let deep = |text: &str| format!("{text}, {}1{}", "(".repeat(3_001), ")".repeat(3_001));
    let hidden = "SELECT query_to_xml('SELECT * FROM po' || 'st', true, true, '')";
    is_refused(Postgres, &deep(hidden));
    is_refused(MySql, &deep("SELECT 1"));
    is_refused(Sqlite, &deep("SELECT 1"));
    passes(Postgres, "SELECT (1; SELECT '");
    passes(MySql, "SELECT '");
}
