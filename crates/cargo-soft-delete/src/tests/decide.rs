//! What changes meaning.

use expect_test::expect;

use super::{check, check_file};

#[test]
fn reads_without_a_condition_on_the_marker_are_reported() {
    check(
        "let a = note::Entity::find().all(db).await?;
         let b = note::Entity::find_by_id(1).one(db).await?;
         let c = author::Entity::find_by_email(\"a@b\").one(db).await?;
         let d = note::Entity::load().filter(note::Column::Id.eq(1));
         let e = note::Entity::find().filter(author::Column::IsDeleted.eq(false));
         let f = note::Entity::find().order_by_asc(note::Column::DeletedAt);
         let g = tag::Entity::find().all(db).await?;
         let h = File::find();
         let i = note::Model::find(1);",
        &expect![[r#"
            unfiltered-read src/app.rs:3:23 note: let a = note::Entity::find().all(db).await?;
            unfiltered-read src/app.rs:4:32 note: let b = note::Entity::find_by_id(1).one(db).await?;
            unfiltered-read src/app.rs:5:34 author: let c = author::Entity::find_by_email("a@b").one(db).await?;
            unfiltered-read src/app.rs:6:32 note: let d = note::Entity::load().filter(note::Column::Id.eq(1));
            unfiltered-read src/app.rs:7:32 note: let e = note::Entity::find().filter(author::Column::IsDeleted.eq(false));
            unfiltered-read src/app.rs:8:32 note: let f = note::Entity::find().order_by_asc(note::Column::DeletedAt);
            scoped-filter src/app.rs:7:72 author: let e = note::Entity::find().filter(author::Column::IsDeleted.eq(false));
        "#]],
    );
}

#[test]
fn a_function_of_the_application_that_is_named_like_a_finder_is_none() {
    check_file(
        "use crate::entities::note;
         impl note::Entity {
             fn find_by_pid(pid: Uuid) -> Select<Self> { Self::find().filter(note::Column::Pid.eq(pid)) }
         }
         fn run() { note::Entity::find_by_pid(pid).one(db) }",
        &expect![[r#"
            unfiltered-read src/app.rs:3:64 note: fn find_by_pid(pid: Uuid) -> Select<Self> { Self::find().filter(note::Column::Pid.eq(pid)) }
        "#]],
    );
}

#[test]
fn writes_without_a_condition_on_the_marker_are_reported() {
    check(
        "note::Entity::update_many().col_expr(note::Column::Title, Expr::value(\"\")).exec(db);
         note::Entity::update_many().filter(note::Column::DeletedAt.is_null()).exec(db);
         note::Entity::update_many().col_expr(note::Column::DeletedAt, Expr::value(Some(now))).exec(db);
         tag::Entity::update_many().exec(db);",
        &expect![[r#"
            unfiltered-write src/app.rs:3:15 note: note::Entity::update_many().col_expr(note::Column::Title, Expr::value("")).exec(db);
            hand-filter src/app.rs:4:69 note: note::Entity::update_many().filter(note::Column::DeletedAt.is_null()).exec(db);
            hand-delete src/app.rs:5:38 note: note::Entity::update_many().col_expr(note::Column::DeletedAt, Expr::value(Some(now))).exec(db);
        "#]],
    );
}

#[test]
fn deletes_of_rows_are_reported() {
    check(
        "note::Entity::delete_by_id(1).exec(db);
         note::Entity::delete_many().filter(note::Column::DeletedAt.is_null()).exec(db);
         author::Entity::delete_by_email(\"a@b\").exec(db);
         let row = note::Entity::find_by_id(1).one(db).await?;
         row.delete(db).await?;
         let label = tag::Entity::find_by_id(1).one(db).await?;
         label.delete(db).await?;
         cache.delete(key).await?;",
        &expect![[r#"
            unfiltered-read src/app.rs:6:34 note: let row = note::Entity::find_by_id(1).one(db).await?;
            physical-delete src/app.rs:3:15 note: note::Entity::delete_by_id(1).exec(db);
            physical-delete src/app.rs:4:24 note: note::Entity::delete_many().filter(note::Column::DeletedAt.is_null()).exec(db);
            physical-delete src/app.rs:5:26 author: author::Entity::delete_by_email("a@b").exec(db);
            physical-delete src/app.rs:7:14 note: row.delete(db).await?;
            hand-filter src/app.rs:4:69 note: note::Entity::delete_many().filter(note::Column::DeletedAt.is_null()).exec(db);
        "#]],
    );
}

#[test]
fn branches_on_the_marker_of_a_row_are_reported() {
    check(
        "let row = note::Entity::find_by_id(1).one(db).await?;
         if row.deleted_at.is_some() { return Err(Gone); }
         if let Some(since) = row.deleted_at { return Err(GoneSince(since)); }
         match author::Entity::find_by_id(1).one(db).await? {
             Some(found) if found.is_deleted => revive(found),
             Some(found) => Ok(found),
             None => create(),
         }
         let rows = note::Entity::find().all(db).await?;
         for each in rows { println!(\"{}\", each.deleted_at.is_none()); }
         let dto = Dto { deleted_at: row.deleted_at, deleted: request.is_deleted };
         if other.get().await?.deleted_at.is_none() {}
         if row.hidden || row.deleted_at.is_some() || row.title.is_empty() {}",
        &expect![[r#"
            marker-branch src/app.rs:4:17 note: if row.deleted_at.is_some() { return Err(Gone); }
            marker-branch src/app.rs:5:35 note: if let Some(since) = row.deleted_at { return Err(GoneSince(since)); }
            marker-branch src/app.rs:7:35 author: Some(found) if found.is_deleted => revive(found),
            marker-branch src/app.rs:12:49 note: for each in rows { println!("{}", each.deleted_at.is_none()); }
            marker-branch src/app.rs:14:32 unknown entity: if other.get().await?.deleted_at.is_none() {}
            marker-branch src/app.rs:15:31 note: if row.hidden || row.deleted_at.is_some() || row.title.is_empty() {}
            unfiltered-read src/app.rs:3:25 note: let row = note::Entity::find_by_id(1).one(db).await?;
            unfiltered-read src/app.rs:6:32 author: match author::Entity::find_by_id(1).one(db).await? {
            unfiltered-read src/app.rs:11:35 note: let rows = note::Entity::find().all(db).await?;
        "#]],
    );
}

#[test]
fn rows_that_functions_return_are_known() {
    check_file(
        "use crate::entities::note;
         async fn load(id: i32) -> Result<note::Model, Error> { query(id).await }
         async fn run() {
             let row = load(1).await?;
             row.delete(db).await?;
         }",
        &expect![[r#"
            physical-delete src/app.rs:5:18 note: row.delete(db).await?;
        "#]],
    );
}

#[test]
fn a_row_that_comes_from_elsewhere_is_of_the_only_entity_that_the_file_imports() {
    check_file(
        "use crate::entities::{note, tag};
         fn run(data: Data) { let mut item = data.model.into_active_model(); item.deleted_at = Set(Some(now)); }",
        &expect![[r#"
            hand-delete src/app.rs:2:83 note: fn run(data: Data) { let mut item = data.model.into_active_model(); item.deleted_at = Set(Some(now)); }
        "#]],
    );
    check_file(
        "use crate::entities::{author, note};
         fn run(data: Data) { let mut item = data.model.into_active_model(); item.deleted_at = Set(Some(now)); }",
        &expect![[r#"
            hand-delete src/app.rs:2:83 unknown entity: fn run(data: Data) { let mut item = data.model.into_active_model(); item.deleted_at = Set(Some(now)); }
        "#]],
    );
}
