//! The rows that a DELETE returns to the statement around it.

use expect_test::expect;

use super::*;

#[test]
fn rows_that_a_delete_moves_into_another_table_are_live_there() {
    check(
        Postgres,
        "WITH moved AS (DELETE FROM post WHERE id = 1 RETURNING *) INSERT INTO archived SELECT * FROM moved",
        expect![[
            r#"WITH moved AS (UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE (id = 1) AND post."deleted_at" IS NULL RETURNING (jsonb_populate_record(post.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL))).*) INSERT INTO archived SELECT * FROM moved"#
        ]],
    );
    check(
        Postgres,
        "WITH moved AS (DELETE FROM post p USING book WHERE id = 1 RETURNING p.*, book.id, deleted_at AS x, p.operation_id, title operation_id) SELECT 1",
        expect![[
            r#"WITH moved AS (UPDATE post p SET "deleted_at" = $1, "operation_id" = $2 FROM book WHERE (id = 1) AND p."deleted_at" IS NULL RETURNING (jsonb_populate_record(p.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL))).*, book.id, (jsonb_populate_record(p.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL))).deleted_at AS x, (jsonb_populate_record(p.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL))).operation_id, title operation_id) SELECT 1"#
        ]],
    );
    check(
        Postgres,
        "WITH moved AS (DELETE FROM public.post RETURNING row_to_json(post), post.deleted_at, public.post.deleted_at, lower(deleted_at)) SELECT 1",
        expect![[
            r#"WITH moved AS (UPDATE public.post SET "deleted_at" = $1, "operation_id" = $2 WHERE public.post."deleted_at" IS NULL RETURNING row_to_json((jsonb_populate_record(post.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL)))), (jsonb_populate_record(post.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL))).deleted_at, (jsonb_populate_record(public.post.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL))).deleted_at, lower((jsonb_populate_record(public.post.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL))).deleted_at)) SELECT 1"#
        ]],
    );
    check(
        Postgres,
        "WITH moved AS (DELETE FROM sentinel RETURNING *) SELECT 1",
        expect![[
            r#"WITH moved AS (UPDATE sentinel SET "deleted" = $1 WHERE sentinel."deleted" = $2 RETURNING (jsonb_populate_record(sentinel.*, jsonb_build_object('deleted', COALESCE($3, sentinel."deleted")))).*) SELECT 1"#
        ]],
    );
    check(
        Postgres,
        "WITH moved AS (DELETE FROM flag RETURNING deleted, (SELECT deleted FROM flag)) SELECT 1",
        expect![[
            r#"WITH moved AS (UPDATE flag SET "deleted" = $1 WHERE flag."deleted" = FALSE RETURNING (jsonb_populate_record(flag.*, jsonb_build_object('deleted', FALSE))).deleted, (SELECT deleted FROM flag WHERE flag."deleted" = FALSE)) SELECT 1"#
        ]],
    );
    check(
        Postgres,
        "WITH moved AS (DELETE FROM epoch RETURNING *) SELECT 1",
        expect![[
            r#"WITH moved AS (UPDATE epoch SET "deleted" = $1 WHERE (epoch."deleted" IS NULL OR epoch."deleted" = 0) RETURNING (jsonb_populate_record(epoch.*, jsonb_build_object('deleted', NULL))).*) SELECT 1"#
        ]],
    );
}

#[test]
fn a_list_of_all_columns_of_several_tables_is_refused() {
    check(
        Postgres,
        "WITH moved AS (DELETE FROM post USING book RETURNING *) SELECT 1",
        expect![
            "(refused) post: a DELETE … USING with RETURNING * that another part of the statement reads; name the columns that it returns"
        ],
    );
}

#[test]
fn a_delete_that_is_the_whole_statement_returns_its_stamps() {
    check(
        Postgres,
        "DELETE FROM post RETURNING *",
        expect![[
            r#"UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE post."deleted_at" IS NULL RETURNING *"#
        ]],
    );
    check(
        Postgres,
        "WITH x AS (SELECT 1) DELETE FROM post RETURNING *",
        expect![[
            r#"WITH x AS (SELECT 1) UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE post."deleted_at" IS NULL RETURNING *"#
        ]],
    );
    check(
        Postgres,
        "WITH x AS (UPDATE post SET a = 1 RETURNING *) SELECT 1",
        expect![[
            r#"WITH x AS (UPDATE post SET a = 1 WHERE post."deleted_at" IS NULL RETURNING *) SELECT 1"#
        ]],
    );
}

#[test]
fn an_alias_that_may_be_a_column_is_refused() {
    check(
        Postgres,
        "WITH moved AS (DELETE FROM flag AS a RETURNING row_to_json(a), a.*, a.b) SELECT 1",
        expect![[
            r#"WITH moved AS (UPDATE flag AS a SET "deleted" = $1 WHERE a."deleted" = FALSE RETURNING row_to_json((jsonb_populate_record(a.*, jsonb_build_object('deleted', FALSE)))), (jsonb_populate_record(a.*, jsonb_build_object('deleted', FALSE))).*, a.b) SELECT 1"#
        ]],
    );
    check(
        Postgres,
        "WITH moved AS (DELETE FROM flag AS a RETURNING a) SELECT 1",
        expect![
            "(refused) flag: RETURNING a, which may be the row or a column,; give the table another alias"
        ],
    );
    check(
        Postgres,
        "WITH moved AS (DELETE FROM post AS a RETURNING a) SELECT 1",
        expect![[
            r#"WITH moved AS (UPDATE post AS a SET "deleted_at" = $1, "operation_id" = $2 WHERE a."deleted_at" IS NULL RETURNING (jsonb_populate_record(a.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL)))) SELECT 1"#
        ]],
    );
}
