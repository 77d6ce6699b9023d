//! Where a routine ends, and the statements after it.

use expect_test::expect;

use super::*;

/// Checks that only the last statement is scoped: all the text before it is a routine.
#[track_caller]
fn ends_before_the_delete(dialect: Dialect, routine: &str) {
    let scoped = run(
        dialect,
        &format!("{routine}; DELETE FROM author"),
        &Lifted::NOTHING,
        false,
    );
    let Ok(Rewritten::Scoped(plan)) = scoped else {
        panic!("{scoped:?}: {routine}")
    };
    let expected = format!("{routine}; UPDATE author SET");
    assert!(plan.sql.starts_with(&expected), "{}", plan.sql);
    assert_eq!(plan.statements, 2, "{routine}");
}

/// Checks that the end of the routine is uncertain: the next statement may be in it or after it.
#[track_caller]
fn is_not_certain(dialect: Dialect, routine: &str) {
    let text = format!("{routine}; DELETE FROM author");
    let refusal = run(dialect, &text, &Lifted::NOTHING, false).unwrap_err();
    assert!(
        refusal.construct.contains("not certain") || refusal.construct.contains("a block"),
        "{refusal:?}"
    );
    // The routine alone stays unchanged.
    let alone = run(dialect, routine, &Lifted::NOTHING, false);
    let names_table = routine.contains("post");
    assert!(
        names_table || matches!(alone, Ok(Rewritten::Untouched)),
        "{alone:?}"
    );
}

#[test]
fn a_trigger_of_sqlite_ends_with_the_end_that_begins_a_statement() {
    for routine in [
        "CREATE TRIGGER t AFTER INSERT ON book BEGIN SELECT 1 AS begin; END",
        "CREATE TRIGGER t AFTER INSERT ON book BEGIN SELECT 1 AS end; END",
        "CREATE TRIGGER t AFTER INSERT ON book BEGIN SELECT end FROM book; DELETE FROM post; END",
        "CREATE TRIGGER t AFTER INSERT ON book BEGIN SELECT begin, \"case\" FROM book; END",
        "CREATE TRIGGER t AFTER INSERT ON book BEGIN SELECT CASE WHEN end THEN begin END; END",
        "CREATE TEMP TRIGGER begin AFTER UPDATE OF begin ON begin WHEN begin BEGIN DELETE FROM post; END",
        "CREATE TRIGGER IF NOT EXISTS \"end\" INSTEAD OF DELETE ON book BEGIN SELECT 1; SELECT 2; END",
        "EXPLAIN CREATE TRIGGER t AFTER INSERT ON book BEGIN DELETE FROM post; END",
        "EXPLAIN QUERY PLAN CREATE TRIGGER t AFTER INSERT ON book BEGIN DELETE FROM post; END",
    ] {
        ends_before_the_delete(Sqlite, routine);
    }
    is_not_certain(
        Sqlite,
        "CREATE TRIGGER t AFTER INSERT ON book BEGIN SELECT 1",
    );
    // A view, a table or an index is not a routine, whatever its name.
    ends_before_the_delete(Sqlite, "CREATE TABLE trigger_ (begin integer)");
    ends_before_the_delete(Sqlite, "CREATE VIEW function AS SELECT 1 AS begin");
}

#[test]
fn a_body_of_postgres_ends_with_the_end_that_begins_a_statement() {
    for routine in [
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS begin; END",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS end; SELECT 2; END",
        "CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC DELETE FROM post; END",
        "CREATE PROCEDURE f() BEGIN ATOMIC END",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a THEN begin END FROM book; END",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2'",
        "CREATE FUNCTION f() RETURNS int AS $$ BEGIN DELETE FROM post; END $$ LANGUAGE plpgsql",
        "CREATE RULE r AS ON INSERT TO book DO ALSO (SELECT 1; SELECT 2)",
        "CREATE TRIGGER t BEFORE INSERT ON book FOR EACH ROW EXECUTE FUNCTION begin()",
        "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f()",
        "CREATE TEMP VIEW package AS SELECT 1 AS begin",
        "CREATE SCHEMA s CREATE TABLE event (begin int)",
    ] {
        ends_before_the_delete(Postgres, routine);
    }
    is_not_certain(
        Postgres,
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; END; END",
    );
    is_not_certain(
        Postgres,
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1",
    );
}

#[test]
fn a_body_of_the_mysql_family_is_read_statement_by_statement() {
    for routine in [
        "CREATE TRIGGER t AFTER INSERT ON book FOR EACH ROW SET @a = 1",
        "CREATE TRIGGER begin AFTER INSERT ON begin FOR EACH ROW SET @a = 1",
        "CREATE DEFINER = 'a'@'b' TRIGGER t BEFORE DELETE ON book FOR EACH ROW FOLLOWS begin BEGIN SELECT 1 AS begin; END",
        "CREATE DEFINER=root@localhost PROCEDURE p() BEGIN SELECT end FROM book; DELETE FROM post; END",
        "CREATE DEFINER = CURRENT_USER() PROCEDURE p() BEGIN END",
        "CREATE OR REPLACE PROCEDURE p(IN begin INT) COMMENT 'x' NOT DETERMINISTIC READS SQL DATA BEGIN SELECT begin; END",
        "CREATE FUNCTION f() RETURNS VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC RETURN CASE WHEN 1 THEN 2 END",
        "CREATE PROCEDURE p() BEGIN IF a THEN BEGIN SELECT 1; END; ELSEIF b THEN SELECT 2; ELSE DELETE FROM post; END IF; END",
        "CREATE PROCEDURE p() IF CASE WHEN a THEN end END THEN SELECT 1; END IF",
        "CREATE PROCEDURE p() BEGIN CASE WHEN a THEN SELECT 1; ELSE BEGIN END; END CASE; CASE a WHEN 1 THEN SELECT 1; END CASE; END",
        "CREATE PROCEDURE p() BEGIN l: LOOP LEAVE l; END LOOP l; REPEAT SET @a = 1; UNTIL @a END REPEAT; WHILE 0 DO SELECT 1; END WHILE; END",
        "CREATE PROCEDURE p() outer_: BEGIN FOR r IN (SELECT 1) DO SELECT 1; END FOR; END outer_",
        "CREATE PROCEDURE p() BEGIN DECLARE c CURSOR FOR SELECT 1; DECLARE CONTINUE HANDLER FOR NOT FOUND, SQLSTATE VALUE '02000' BEGIN SET @a = 1; END; DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 1; END",
        "CREATE EVENT do ON SCHEDULE EVERY 1 DAY COMMENT 'x' DO BEGIN SELECT 1 AS begin; END",
        "ALTER EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM post",
        "ALTER EVENT e ENABLE",
        "CREATE TABLE event (begin INT)",
        "CREATE ALGORITHM = MERGE DEFINER = `a`@`b` SQL SECURITY INVOKER VIEW trigger_ AS SELECT 1 AS begin",
    ] {
        ends_before_the_delete(MySql, routine);
    }
    for routine in [
        "CREATE PROCEDURE p() BEGIN SELECT 1",
        "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END; END",
        "CREATE FUNCTION f() RETURNS INT SOMETHING BEGIN SELECT 1; END",
        "CREATE TRIGGER t AFTER INSERT OR UPDATE ON book FOR EACH ROW BEGIN SELECT 1; END",
        "CREATE PACKAGE p PROCEDURE q(); END",
        "CREATE PROCEDURE p IS BEGIN SELECT 1; END",
        "BEGIN NOT ATOMIC SELECT 1; END",
        "IF 1 THEN SELECT 1; END IF",
        "begin_: LOOP LEAVE begin_; END LOOP",
        "FOR i IN 1..2 DO SELECT 1; END FOR",
        "WHILE 0 DO SELECT 1; END WHILE",
        "REPEAT SELECT 1; UNTIL 1 END REPEAT",
        "CASE WHEN 1 THEN SELECT 1; END CASE",
        "SET STATEMENT max_statement_time = 1 FOR BEGIN NOT ATOMIC SELECT 1; END",
    ] {
        is_not_certain(MySql, routine);
    }
}

#[test]
fn a_body_alone_stays_unchanged() {
    check(
        MySql,
        "CREATE TRIGGER t AFTER INSERT ON post FOR EACH ROW BEGIN UPDATE post SET a = 1; DELETE FROM author; END;",
        expect![["(untouched)"]],
    );
    check(
        MySql,
        "CREATE PROCEDURE p IS BEGIN DELETE FROM post; SELECT 1; END",
        expect![["(untouched)"]],
    );
    check(
        Sqlite,
        "CREATE TRIGGER t AFTER INSERT ON book WHEN (SELECT 1 FROM post) BEGIN SELECT end FROM post; DELETE FROM post; END",
        expect![["(untouched)"]],
    );
    check(
        Postgres,
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM post; SELECT 1 AS end; END",
        expect![["(untouched)"]],
    );
    check(
        MySql,
        "IF 1 THEN SELECT 1; DELETE FROM post; END IF",
        expect![
            "(refused) post: a block outside of a routine; send its statements one by one, or run it on the inner connection with `unscoped()`"
        ],
    );
}
