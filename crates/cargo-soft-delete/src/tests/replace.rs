//! What can go.

use expect_test::expect;

use super::{check, check_file};

#[test]
fn filters_for_live_rows_are_reported() {
    check(
        "note::Entity::find().filter(note::Column::DeletedAt.is_null()).all(db).await?;
         note::Entity::find_by_id(1).filter(author::Column::Id.eq(2).and(note::Column::DeletedAt.is_null()));
         author::Entity::find().filter(author::Column::IsDeleted.eq(false));
         author::Entity::find().filter(author::Column::IsDeleted.ne(true));
         note::Entity::find().filter(note::COLUMN.deleted_at.is_null());
         note::Entity::find().filter(Expr::col((note::Entity, note::Column::DeletedAt)).is_null());
         note::Entity::find().filter(Expr::cust(\"deleted_at IS NULL\"));
         let live = Condition::all().add(note::Column::DeletedAt.is_null());
         generated::Entity::find().filter(generated::Column::DeletedAt.is_null());",
        &expect![[r#"
            hand-filter src/app.rs:3:53 note: note::Entity::find().filter(note::Column::DeletedAt.is_null()).all(db).await?;
            hand-filter src/app.rs:4:98 note: note::Entity::find_by_id(1).filter(author::Column::Id.eq(2).and(note::Column::DeletedAt.is_null()));
            hand-filter src/app.rs:5:66 author: author::Entity::find().filter(author::Column::IsDeleted.eq(false));
            hand-filter src/app.rs:6:66 author: author::Entity::find().filter(author::Column::IsDeleted.ne(true));
            hand-filter src/app.rs:7:62 note: note::Entity::find().filter(note::COLUMN.deleted_at.is_null());
            hand-filter src/app.rs:8:89 note: note::Entity::find().filter(Expr::col((note::Entity, note::Column::DeletedAt)).is_null());
            hand-filter src/app.rs:9:49 note: note::Entity::find().filter(Expr::cust("deleted_at IS NULL"));
            hand-filter src/app.rs:10:66 note: let live = Condition::all().add(note::Column::DeletedAt.is_null());
            hand-filter src/app.rs:11:72 unknown entity: generated::Entity::find().filter(generated::Column::DeletedAt.is_null());
        "#]],
    );
}

#[test]
fn other_uses_of_the_marker_s_column_and_enums_that_look_like_it_are_no_filters() {
    check(
        "note::Entity::find_by_id(1).filter(note::Column::DeletedAt.is_null()).order_by_desc(note::Column::DeletedAt);
         let sort = match sort { SortBy::DeletedAt => note::Column::DeletedAt, _ => note::Column::Id };
         tag::Entity::find().filter(tag::Column::DeletedAt.is_null());
         note::Relation::DeletedAt.is_null();",
        &expect![[r#"
            hand-filter src/app.rs:3:60 note: note::Entity::find_by_id(1).filter(note::Column::DeletedAt.is_null()).order_by_desc(note::Column::DeletedAt);
        "#]],
    );
}

#[test]
fn deletes_by_hand_are_reported() {
    check(
        "let mut active: note::ActiveModel = row.into();
         active.deleted_at = Set(Some(Utc::now()));
         active.deleted_at = ActiveValue::Set(Some(now));
         active.deleted_at = NotSet;
         note::ActiveModel { id: Unchanged(1), deleted_at: Set(Some(now)), ..Default::default() }.update(db);
         note::ActiveModel { id: Set(1), deleted_at: Set(Some(now)), ..Default::default() }.insert(db);
         author::Entity::update_many().col_expr(author::Column::IsDeleted, Expr::value(true)).exec(db);
         active.set(note::Column::DeletedAt, now.into());
         model.deleted_at = Some(now);",
        &expect![[r#"
            hand-delete src/app.rs:4:17 note: active.deleted_at = Set(Some(Utc::now()));
            hand-delete src/app.rs:5:17 note: active.deleted_at = ActiveValue::Set(Some(now));
            hand-delete src/app.rs:7:48 note: note::ActiveModel { id: Unchanged(1), deleted_at: Set(Some(now)), ..Default::default() }.update(db);
            hand-delete src/app.rs:9:40 author: author::Entity::update_many().col_expr(author::Column::IsDeleted, Expr::value(true)).exec(db);
            hand-delete src/app.rs:10:17 note: active.set(note::Column::DeletedAt, now.into());
        "#]],
    );
}

#[test]
fn test_code_is_labelled() {
    check_file(
        "use crate::entities::note;
         #[cfg(test)]
         mod checks {
             fn live() { note::Entity::find().filter(note::Column::DeletedAt.is_null()); }
         }
         #[tokio::test]
         async fn lists() { note::Entity::find().filter(note::Column::DeletedAt.is_null()); }
         #[cfg(test)]
         struct Fixture { id: i32 }
         #[cfg(not(test))]
         fn run() { note::Entity::find().filter(note::Column::DeletedAt.is_null()); }",
        &expect![[r#"
            hand-filter src/app.rs:11:73 note: fn run() { note::Entity::find().filter(note::Column::DeletedAt.is_null()); }
            hand-filter src/app.rs:4:78 [test] note: fn live() { note::Entity::find().filter(note::Column::DeletedAt.is_null()); }
            hand-filter src/app.rs:7:81 [test] note: async fn lists() { note::Entity::find().filter(note::Column::DeletedAt.is_null()); }
        "#]],
    );
}
