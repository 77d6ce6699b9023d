//! The exact SQL of each verb.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, DbBackend, QueryTrait, Statement};

/// An entity with only a marker.
pub(crate) mod post {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "post")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Defines entities whose markers are compared with a value.
macro_rules! marked_by {
    ($($name:ident: $ty:ty $(, $key:ident = $value:literal)?;)*) => {$(
        mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = "post")]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                #[soft_delete(marker $(, $key = $value)?)]
                pub gone: $ty,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    )*};
}

marked_by! {
    flag: bool;
    epoch: i64, epoch = "seconds";
    nullable_epoch: Option<i64>, epoch = "seconds";
    sentinel: DateTimeUtc, live = "9999-12-31T00:00:00Z";
}

const BACKENDS: [DbBackend; 3] = [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql];

/// Asserts the SQL, with the quotes and placeholders of each database.
#[track_caller]
fn check(build: impl Fn(DbBackend) -> Statement, sql: &str) {
    for backend in BACKENDS {
        let mut expected = sql.to_owned();
        if backend == DbBackend::MySql {
            expected = expected.replace('"', "`");
        }
        if backend == DbBackend::Postgres {
            let mut parts = expected.split('?');
            let mut numbered = parts.next().unwrap().to_owned();
            for (n, part) in parts.enumerate() {
                numbered += &format!("${}{part}", n + 1);
            }
            expected = numbered;
        }
        assert_eq!(build(backend).sql, expected, "{backend:?}");
    }
}

#[test]
fn reads_equal_handwritten_sql() {
    check(
        |db| post::Entity::find().build(db),
        r#"SELECT "post"."id", "post"."title", "post"."deleted_at" FROM "post" WHERE "post"."deleted_at" IS NULL"#,
    );
    for backend in BACKENDS {
        let by_hand = <post::Entity as EntityTrait>::find()
            .filter(post::Column::DeletedAt.is_null())
            .filter(post::Column::Title.eq("x"));
        let ours = post::Entity::find().filter(post::Column::Title.eq("x"));
        assert_eq!(ours.build(backend), by_hand.build(backend));

        let by_hand =
            <post::Entity as EntityTrait>::find_by_id(1).filter(post::Column::DeletedAt.is_null());
        assert_eq!(
            post::Entity::find_by_id(1).build(backend),
            by_hand.build(backend)
        );
    }
    check(
        |db| post::Entity::find_by_id(1).build(db),
        r#"SELECT "post"."id", "post"."title", "post"."deleted_at" FROM "post" WHERE "post"."id" = ? AND "post"."deleted_at" IS NULL"#,
    );
    check(
        |db| post::Entity::with_trashed_by_id(1).build(db),
        r#"SELECT "post"."id", "post"."title", "post"."deleted_at" FROM "post" WHERE "post"."id" = ? AND (/* soft_delete: with_trashed(post) */ TRUE)"#,
    );
    check(
        |db| post::Entity::only_trashed_by_id(1).build(db),
        r#"SELECT "post"."id", "post"."title", "post"."deleted_at" FROM "post" WHERE "post"."id" = ? AND (/* soft_delete: with_trashed(post) */ TRUE) AND "post"."deleted_at" IS NOT NULL"#,
    );
    check(
        |db| post::Entity::with_trashed().build(db),
        r#"SELECT "post"."id", "post"."title", "post"."deleted_at" FROM "post" WHERE /* soft_delete: with_trashed(post) */ TRUE"#,
    );
    check(
        |db| post::Entity::only_trashed().build(db),
        r#"SELECT "post"."id", "post"."title", "post"."deleted_at" FROM "post" WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND "post"."deleted_at" IS NOT NULL"#,
    );
}

#[test]
fn an_or_is_in_parentheses() {
    let either = || post::Column::Id.eq(1).or(post::Column::Id.eq(2));
    check(
        |db| post::Entity::find().filter(either()).build(db),
        r#"SELECT "post"."id", "post"."title", "post"."deleted_at" FROM "post" WHERE "post"."deleted_at" IS NULL AND ("post"."id" = ? OR "post"."id" = ?)"#,
    );
    check(
        |db| post::Entity::delete_many().filter(either()).build(db),
        r#"UPDATE "post" SET "deleted_at" = ? WHERE "post"."deleted_at" IS NULL AND (/* soft_delete: delete(post) */ TRUE) AND ("post"."id" = ? OR "post"."id" = ?)"#,
    );
    check(
        |db| {
            post::Entity::delete_many()
                .filter(Expr::cust("a OR b"))
                .build(db)
        },
        r#"UPDATE "post" SET "deleted_at" = ? WHERE "post"."deleted_at" IS NULL AND (/* soft_delete: delete(post) */ TRUE) AND (a OR b)"#,
    );
}

/// Scenario 61.
#[test]
fn a_delete_is_an_update_of_the_live_row() {
    let set = |id| post::ActiveModel {
        id: Set(id),
        ..Default::default()
    };
    check(
        |db| post::Entity::delete_by_id(1).build(db),
        r#"UPDATE "post" SET "deleted_at" = ? WHERE "post"."id" = ? AND "post"."deleted_at" IS NULL AND (/* soft_delete: delete(post) */ TRUE)"#,
    );
    check(
        |db| post::Entity::delete(set(1)).build(db),
        r#"UPDATE "post" SET "deleted_at" = ? WHERE "post"."id" = ? AND "post"."deleted_at" IS NULL AND (/* soft_delete: delete(post) */ TRUE)"#,
    );
    check(
        |db| post::Entity::delete_many().build(db),
        r#"UPDATE "post" SET "deleted_at" = ? WHERE "post"."deleted_at" IS NULL AND (/* soft_delete: delete(post) */ TRUE)"#,
    );
    check(
        |db| crate::entities::note::Entity::delete_by_id(1).build(db),
        r#"UPDATE "note" SET "deleted_at" = ?, "operation_id" = ?, "deleted_by" = ?, "reason" = ?, "updated_at" = ? WHERE "note"."id" = ? AND "note"."deleted_at" IS NULL AND (/* soft_delete: delete(note) */ TRUE)"#,
    );
}

#[test]
fn updates_change_live_rows_only_unless_they_say_so() {
    let title = |id| post::ActiveModel {
        id: Set(id),
        title: Set("x".into()),
        ..Default::default()
    };
    check(
        |db| post::Entity::update(title(1)).build(db),
        r#"UPDATE "post" SET "title" = ? WHERE "post"."id" = ? AND "post"."deleted_at" IS NULL"#,
    );
    check(
        |db| {
            post::Entity::update_many()
                .col_expr(post::Column::Title, Expr::value("x"))
                .filter(post::Column::Id.gt(1))
                .build(db)
        },
        r#"UPDATE "post" SET "title" = ? WHERE "post"."deleted_at" IS NULL AND "post"."id" > ?"#,
    );
    check(
        |db| post::Entity::update_with_trashed(title(1)).build(db),
        r#"UPDATE "post" SET "title" = ? WHERE "post"."id" = ? AND (/* soft_delete: with_trashed(post) */ TRUE)"#,
    );
    check(
        |db| {
            post::Entity::update_many_with_trashed()
                .col_expr(post::Column::Title, Expr::value("x"))
                .filter(post::Column::Id.gt(1))
                .build(db)
        },
        r#"UPDATE "post" SET "title" = ? WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND "post"."id" > ?"#,
    );
}

#[test]
fn a_restore_clears_every_stamp() {
    check(
        |db| post::Entity::restore_by_id(1).build(db),
        r#"UPDATE "post" SET "deleted_at" = ? WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND "post"."id" = ? AND "post"."deleted_at" IS NOT NULL"#,
    );
    check(
        |db| crate::entities::note::Entity::restore_many().build(db),
        r#"UPDATE "note" SET "deleted_at" = ?, "operation_id" = ?, "deleted_by" = ?, "reason" = ?, "updated_at" = ? WHERE (/* soft_delete: with_trashed(note) */ TRUE) AND "note"."deleted_at" IS NOT NULL"#,
    );
}

#[test]
fn a_force_delete_is_a_delete() {
    check(
        |db| post::Entity::force_delete_by_id(1).build(db),
        r#"DELETE FROM "post" WHERE (/* soft_delete: force_delete(post) */ TRUE) AND "post"."id" = ?"#,
    );
    check(
        |db| post::Entity::force_delete_by_id(1).only_trashed().build(db),
        r#"DELETE FROM "post" WHERE (/* soft_delete: force_delete(post) */ TRUE) AND "post"."id" = ? AND "post"."deleted_at" IS NOT NULL"#,
    );
    check(
        |db| {
            post::Entity::force_delete_many()
                .only_trashed()
                .filter(post::Column::Id.eq(1).or(post::Column::Id.eq(2)))
                .build(db)
        },
        r#"DELETE FROM "post" WHERE (/* soft_delete: force_delete(post) */ TRUE) AND "post"."deleted_at" IS NOT NULL AND ("post"."id" = ? OR "post"."id" = ?)"#,
    );
}

/// Conditions that are the same for every row are literals in the SQL, because only a literal matches a
/// partial index.
#[test]
fn each_marker_has_its_predicates() {
    check(
        |db| flag::Entity::find().build(db),
        r#"SELECT "post"."id", "post"."gone" FROM "post" WHERE "post"."gone" = FALSE"#,
    );
    check(
        |db| flag::Entity::only_trashed().build(db),
        r#"SELECT "post"."id", "post"."gone" FROM "post" WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND "post"."gone" = TRUE"#,
    );
    check(
        |db| epoch::Entity::find().build(db),
        r#"SELECT "post"."id", "post"."gone" FROM "post" WHERE "post"."gone" = 0"#,
    );
    check(
        |db| epoch::Entity::only_trashed().build(db),
        r#"SELECT "post"."id", "post"."gone" FROM "post" WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND "post"."gone" <> 0"#,
    );
    check(
        |db| {
            nullable_epoch::Entity::find()
                .filter(Expr::cust("x"))
                .build(db)
        },
        r#"SELECT "post"."id", "post"."gone" FROM "post" WHERE ("post"."gone" IS NULL OR "post"."gone" = 0) AND (x)"#,
    );
    check(
        |db| nullable_epoch::Entity::only_trashed().build(db),
        r#"SELECT "post"."id", "post"."gone" FROM "post" WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND ("post"."gone" IS NOT NULL AND "post"."gone" <> 0)"#,
    );
    check(
        |db| sentinel::Entity::find().build(db),
        r#"SELECT "post"."id", "post"."gone" FROM "post" WHERE "post"."gone" = ?"#,
    );
    check(
        |db| sentinel::Entity::only_trashed().build(db),
        r#"SELECT "post"."id", "post"."gone" FROM "post" WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND "post"."gone" <> ?"#,
    );
}

/// `as_query` already has every condition of the verb, so running it alone reaches no other row.
#[test]
fn a_query_has_its_conditions_before_its_stamps() {
    let update = post::ActiveModel {
        id: Set(1),
        title: Set("x".into()),
        ..Default::default()
    };
    let statements = [
        DbBackend::Sqlite
            .build(post::Entity::update(update).as_query())
            .sql,
        DbBackend::Sqlite
            .build(post::Entity::delete_many().as_query())
            .sql,
        DbBackend::Sqlite
            .build(post::Entity::restore_by_id(1).as_query())
            .sql,
        DbBackend::Sqlite
            .build(post::Entity::force_delete_many().only_trashed().as_query())
            .sql,
    ];
    let [update, delete, restore, force_delete] = statements;
    assert!(
        update.ends_with(r#""post"."id" = ? AND "post"."deleted_at" IS NULL"#),
        "{update}"
    );
    assert!(
        delete.ends_with(r#"IS NULL AND (/* soft_delete: delete(post) */ TRUE)"#),
        "{delete}"
    );
    assert!(
        restore.ends_with(r#""post"."id" = ? AND "post"."deleted_at" IS NOT NULL"#),
        "{restore}"
    );
    assert_eq!(
        force_delete,
        r#"DELETE FROM "post" WHERE (/* soft_delete: force_delete(post) */ TRUE) AND "post"."deleted_at" IS NOT NULL"#
    );
}

#[test]
fn a_statement_taken_out_of_a_builder_is_complete() {
    use crate::entities::note;
    let delete = note::Entity::delete_by_id(1)
        .by("nobody of this type")
        .because("spam");
    let delete = DbBackend::Postgres.build(&delete.into_query());
    assert_eq!(
        delete.sql,
        r#"UPDATE "note" SET "deleted_at" = $1, "operation_id" = $2, "deleted_by" = $3, "reason" = $4, "updated_at" = $5 WHERE "note"."id" = $6 AND "note"."deleted_at" IS NULL AND (/* soft_delete: delete(note) */ TRUE)"#,
    );
    let values = delete.values.unwrap().0;
    assert_ne!(
        values[1],
        Value::Uuid(None),
        "the delete has an operation id"
    );
    assert_eq!(values[2], Value::BigInt(None), "the delete has no actor");
    assert_eq!(values[3], "spam".into());
}

#[test]
fn a_statement_without_a_key_reaches_no_row() {
    let unset = || <post::ActiveModel as Default>::default();
    let statements = [
        post::Entity::update(unset()).build(DbBackend::Postgres).sql,
        post::Entity::delete(unset()).build(DbBackend::Postgres).sql,
        post::Entity::update_with_trashed(unset())
            .build(DbBackend::Postgres)
            .sql,
    ];
    for statement in statements {
        assert!(statement.contains(r#"UPDATE "post""#), "{statement}");
        assert!(statement.contains("WHERE FALSE AND"), "{statement}");
    }
}
