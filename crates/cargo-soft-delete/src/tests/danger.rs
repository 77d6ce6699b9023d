//! What the move changes silently.

use expect_test::expect;

use super::{check, check_file, check_files};

#[test]
fn a_query_for_trashed_rows_is_reported_once_however_many_conditions_it_has() {
    check(
        "let a = note::Entity::find().filter(note::Column::DeletedAt.is_not_null()).all(db).await?;
         let b = note::Entity::find()
             .filter(note::Column::DeletedAt.is_not_null())
             .filter(note::Column::DeletedAt.lt(cutoff));
         let c = author::Entity::find().filter(author::Column::IsDeleted.eq(true));
         let d = note::Entity::find().filter(note::Column::DeletedAt.is_null().not());
         let e = note::Entity::find().filter(note::COLUMN.deleted_at.is_not_null());
         let f = note::Entity::find().filter(Expr::cust(\"notes.deleted_at IS NOT NULL\"));",
        &expect![[r#"
            reads-trash src/app.rs:3:61 note: let a = note::Entity::find().filter(note::Column::DeletedAt.is_not_null()).all(db).await?;
            reads-trash src/app.rs:5:46 note: .filter(note::Column::DeletedAt.is_not_null())
            reads-trash src/app.rs:7:74 author: let c = author::Entity::find().filter(author::Column::IsDeleted.eq(true));
            reads-trash src/app.rs:8:70 note: let d = note::Entity::find().filter(note::Column::DeletedAt.is_null().not());
            reads-trash src/app.rs:9:70 note: let e = note::Entity::find().filter(note::COLUMN.deleted_at.is_not_null());
            reads-trash src/app.rs:10:57 note: let f = note::Entity::find().filter(Expr::cust("notes.deleted_at IS NOT NULL"));
        "#]],
    );
}

#[test]
fn a_query_that_says_that_it_means_the_trash_is_not_reported() {
    check(
        "let a = note::Entity::only_trashed().filter(note::Column::DeletedAt.lt(cutoff)).all(db);
         let b = note::Entity::with_trashed().filter(note::Column::DeletedAt.is_not_null());
         let c = <note::Entity as EntityTrait>::find().filter(note::Column::DeletedAt.is_not_null());",
        &expect![[""]],
    );
}

#[test]
fn either_live_or_recently_trashed_is_one_query_for_trashed_rows() {
    check(
        "note::Entity::find().filter(
            Condition::any()
                .add(note::Column::DeletedAt.is_null())
                .add(note::Column::DeletedAt.gt(yesterday)),
        )",
        &expect![[r#"
            reads-trash src/app.rs:6:46 note: .add(note::Column::DeletedAt.gt(yesterday)),
        "#]],
    );
}

#[test]
fn a_condition_reaches_its_query_through_variables() {
    check(
        "let trashed = Condition::all().add(note::Column::DeletedAt.is_not_null());
         let mut query = note::Entity::find();
         query = query.filter(trashed.clone());
         let mut live = note::Entity::find();
         if newest { live = live.order_by_desc(note::Column::Id); }
         live = live.filter(note::Column::DeletedAt.is_null());",
        &expect![[r#"
            reads-trash src/app.rs:3:60 note: let trashed = Condition::all().add(note::Column::DeletedAt.is_not_null());
            reads-trash src/app.rs:4:40 note: let mut query = note::Entity::find();
            hand-filter src/app.rs:8:53 note: live = live.filter(note::Column::DeletedAt.is_null());
        "#]],
    );
}

#[test]
fn a_condition_reaches_its_query_through_functions() {
    check_file(
        "use crate::entities::note;
         fn in_trash(owner: i32) -> Condition {
             Condition::all().add(note::Column::DeletedAt.is_not_null())
         }
         fn old_trash(owner: i32) -> Condition { in_trash(owner).add(note::Column::Id.lt(9)) }
         fn live() -> SimpleExpr { note::Column::DeletedAt.is_null() }
         fn only_live(query: Select<note::Entity>) -> Select<note::Entity> { query.filter(live()) }
         fn run() {
             note::Entity::find().filter(old_trash(1));
             note::Entity::find().filter(live());
             only_live(note::Entity::find());
         }",
        &expect![[r#"
            reads-trash src/app.rs:3:59 note: Condition::all().add(note::Column::DeletedAt.is_not_null())
            reads-trash src/app.rs:9:28 note: note::Entity::find().filter(old_trash(1));
            hand-filter src/app.rs:6:60 note: fn live() -> SimpleExpr { note::Column::DeletedAt.is_null() }
        "#]],
    );
}

#[test]
fn mass_writes_of_trashed_rows_are_reported() {
    check(
        "note::Entity::delete_many().filter(note::Column::DeletedAt.lt(cutoff)).exec(db).await?;
         note::Entity::update_many()
             .col_expr(note::Column::Title, Expr::value(\"\"))
             .filter(note::Column::DeletedAt.is_not_null());
         note::Entity::force_delete_many().filter(note::Column::DeletedAt.lt(cutoff));",
        &expect![[r#"
            writes-trash src/app.rs:3:60 note: note::Entity::delete_many().filter(note::Column::DeletedAt.lt(cutoff)).exec(db).await?;
            writes-trash src/app.rs:6:46 note: .filter(note::Column::DeletedAt.is_not_null());
        "#]],
    );
}

#[test]
fn a_filter_in_one_branch_only_is_reported() {
    check(
        "let mut query = note::Entity::find();
         if !include_deleted {
             query = query.filter(note::Column::DeletedAt.is_null());
         }
         let either = note::Entity::find().filter(match trash {
             true => note::Column::DeletedAt.is_not_null(),
             false => note::Column::DeletedAt.is_null(),
         });
         let maybe = note::Entity::find().apply_if(only_live, |query, ()| {
             query.filter(note::Column::DeletedAt.is_null())
         });
         if verbose {
             let whole = note::Entity::find().filter(note::Column::DeletedAt.is_null());
         }",
        &expect![[r#"
            reads-trash src/app.rs:8:46 note: true => note::Column::DeletedAt.is_not_null(),
            conditional-filter src/app.rs:5:59 note: query = query.filter(note::Column::DeletedAt.is_null());
            conditional-filter src/app.rs:9:47 note: false => note::Column::DeletedAt.is_null(),
            conditional-filter src/app.rs:12:51 note: query.filter(note::Column::DeletedAt.is_null())
            hand-filter src/app.rs:15:78 note: let whole = note::Entity::find().filter(note::Column::DeletedAt.is_null());
        "#]],
    );
}

#[test]
fn restores_by_hand_are_reported() {
    check(
        "let row = note::Entity::find_by_id(1).filter(note::Column::DeletedAt.is_not_null()).one(db).await?;
         let mut active: note::ActiveModel = row.into();
         active.deleted_at = Set(None);
         active.title = Set(None);
         note::Entity::update_many()
             .col_expr(note::Column::DeletedAt, Expr::value(Option::<DateTimeUtc>::None))
             .filter(note::Column::DeletedAt.is_not_null());
         let author = author::ActiveModel { id: Set(1), is_deleted: Set(false) }.update(db);
         let new = author::ActiveModel { id: Set(1), is_deleted: Set(false) }.insert(db);
         let new = note::ActiveModel { deleted_at: Set(None), ..Default::default() };",
        &expect![[r#"
            reads-trash src/app.rs:3:70 note: let row = note::Entity::find_by_id(1).filter(note::Column::DeletedAt.is_not_null()).one(db).await?;
            hand-restore src/app.rs:5:17 note: active.deleted_at = Set(None);
            hand-restore src/app.rs:8:15 note: .col_expr(note::Column::DeletedAt, Expr::value(Option::<DateTimeUtc>::None))
            hand-restore src/app.rs:10:57 author: let author = author::ActiveModel { id: Set(1), is_deleted: Set(false) }.update(db);
        "#]],
    );
}

#[test]
fn a_marker_behind_a_function_that_is_named_after_it_is_known() {
    check_file(
        "use crate::entities::{author, note};
         trait Trash: EntityTrait { fn deleted_at_col() -> Self::Column; }
         impl note::Entity {
             fn live() -> Select<Self> { Self::find().filter(Self::deleted_at_col().is_null()) }
             fn old() -> Select<Self> { Self::find().filter(Expr::col(Self::deleted_at_col()).lt(at)) }
         }
         fn run(entity: E, row: Json) {
             note::Entity::find().filter(note::Entity::deleted_at_column().is_not_null());
             author::Entity::find().filter(entity.is_deleted_column().is_null());
             author::Entity::find().filter(IS_DELETED.is_null());
             note::Entity::update_many().col_expr(note::deleted_at_col(), Expr::value(Some(now)));
             row[\"deleted_at\"].is_null();
             row.undeleted_at_all().is_null();
             kind::DeletedAt.is_null();
         }",
        &expect![[r#"
            reads-trash src/app.rs:5:95 note: fn old() -> Select<Self> { Self::find().filter(Expr::col(Self::deleted_at_col()).lt(at)) }
            reads-trash src/app.rs:8:76 note: note::Entity::find().filter(note::Entity::deleted_at_column().is_not_null());
            hand-filter src/app.rs:4:85 note: fn live() -> Select<Self> { Self::find().filter(Self::deleted_at_col().is_null()) }
            hand-filter src/app.rs:9:71 author: author::Entity::find().filter(entity.is_deleted_column().is_null());
            hand-filter src/app.rs:10:55 author: author::Entity::find().filter(IS_DELETED.is_null());
            hand-delete src/app.rs:11:42 note: note::Entity::update_many().col_expr(note::deleted_at_col(), Expr::value(Some(now)));
            generic-code src/app.rs:2:23 unknown entity: trait Trash: EntityTrait { fn deleted_at_col() -> Self::Column; }
        "#]],
    );
}

#[test]
fn upserts_of_soft_deletable_entities_are_reported() {
    check(
        "note::Entity::insert(model).on_conflict(OnConflict::column(note::Column::Id).to_owned()).exec(db);
         note::Entity::insert_many(models).on_conflict_do_nothing().exec(db);
         note::Entity::insert(model).exec(db);
         tag::Entity::insert(model).on_conflict(on_name).exec(db);",
        &expect![[r#"
            upsert src/app.rs:3:29 note: note::Entity::insert(model).on_conflict(OnConflict::column(note::Column::Id).to_owned()).exec(db);
            upsert src/app.rs:4:44 note: note::Entity::insert_many(models).on_conflict_do_nothing().exec(db);
        "#]],
    );
}

#[test]
fn sql_about_the_trash_is_reported_apart_from_other_sql() {
    check(
        "db.execute_unprepared(\"DELETE FROM notes WHERE deleted_at < now()\");
         Statement::from_string(backend, \"UPDATE notes\\nSET deleted_at = NULL\");
         Statement::from_string(backend, format!(\"SELECT * FROM {table} WHERE is_deleted = true\"));
         Statement::from_string(backend, \"SELECT * FROM notes WHERE deleted_at IS NULL\");
         Statement::from_string(backend, r#\"SELECT \"id\" FROM \"authors\"\"#);
         Statement::from_string(backend, \"SELECT * FROM tags\");
         tracing::warn!(\"Select a note, and delete it from the notes page\");
         tracing::warn!(\"Delete notes\");",
        &expect![[r##"
            raw-sql-trash src/app.rs:3:23 note: db.execute_unprepared("DELETE FROM notes WHERE deleted_at < now()");
            raw-sql-trash src/app.rs:4:42 note: Statement::from_string(backend, "UPDATE notes\nSET deleted_at = NULL");
            raw-sql-trash src/app.rs:5:50 unknown entity: Statement::from_string(backend, format!("SELECT * FROM {table} WHERE is_deleted = true"));
            raw-sql src/app.rs:7:42 author: Statement::from_string(backend, r#"SELECT "id" FROM "authors""#);
        "##]],
    );
}

#[test]
fn a_file_that_is_not_rust_is_reported_and_the_others_are_read() {
    let files = format!(
        "{}//- src/broken.rs\nfn broken() {{\n    note::Entity::find(\n}}\n//- src/app.rs\n\
         fn run() {{ crate::entities::note::Entity::find_by_id(1) }}",
        super::ENTITIES
    );
    check_files(
        &files,
        &[],
        &expect![[r#"
        not-read src/broken.rs:3:1 unknown entity: it is not Rust: a delimiter, a quote or a character is wrong
        unfiltered-read src/app.rs:1:43 note: fn run() { crate::entities::note::Entity::find_by_id(1) }
    "#]],
    );
}

#[test]
fn code_in_the_bodies_of_macros_is_found() {
    check(
        "tokio::select! {
             row = note::Entity::find().filter(note::Column::DeletedAt.is_not_null()).one(db) => row,
             _ = stop => None,
         };
         let body = json!({ \"count\": note::Entity::find().count(db).await? });
         let rows = vec![note::Entity::find().filter(note::Column::DeletedAt.is_null()).all(db).await?];",
        &expect![[r#"
            reads-trash src/app.rs:4:72 note: row = note::Entity::find().filter(note::Column::DeletedAt.is_not_null()).one(db) => row,
            unfiltered-read src/app.rs:7:52 note: let body = json!({ "count": note::Entity::find().count(db).await? });
            hand-filter src/app.rs:8:78 note: let rows = vec![note::Entity::find().filter(note::Column::DeletedAt.is_null()).all(db).await?];
        "#]],
    );
}

#[test]
fn a_comment_silences_a_code_on_its_line_or_on_the_next() {
    check(
        "let a = note::Entity::find().filter(note::Column::DeletedAt.lt(now)); // soft-delete: allow(reads-trash)
         // The trash page. soft-delete: allow(unfiltered-read, reads-trash)
         let b = note::Entity::find().filter(note::Column::DeletedAt.lt(now));
         // soft-delete: allow(hand-filter)
         let c = note::Entity::find().filter(note::Column::DeletedAt.lt(now));",
        &expect![[r#"
            reads-trash src/app.rs:7:70 note: let c = note::Entity::find().filter(note::Column::DeletedAt.lt(now));
        "#]],
    );
}
