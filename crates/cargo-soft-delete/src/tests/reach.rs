//! What the verbs do not reach.

use expect_test::expect;

use super::{check, check_file, check_files};

#[test]
fn live_filters_of_joined_entities_and_of_built_queries_stay_on_a_plain_connection() {
    check(
        "note::Entity::find()
             .inner_join(author::Entity)
             .filter(note::Column::DeletedAt.is_null())
             .filter(author::Column::IsDeleted.eq(false));
         row.find_related(note::Entity).filter(note::Column::DeletedAt.is_null()).all(db);
         Relation::Note.def().on_condition(|_, note| {
             Expr::col((note, note::Column::DeletedAt)).is_null().into_condition()
         });
         Query::select()
             .from(note::Entity)
             .and_where(Expr::col((note::Entity, note::Column::DeletedAt)).is_null());",
        &expect![[r#"
            hand-filter src/app.rs:5:46 note: .filter(note::Column::DeletedAt.is_null())
            scoped-filter src/app.rs:6:48 author: .filter(author::Column::IsDeleted.eq(false));
            scoped-filter src/app.rs:7:72 note: row.find_related(note::Entity).filter(note::Column::DeletedAt.is_null()).all(db);
            scoped-filter src/app.rs:9:57 note: Expr::col((note, note::Column::DeletedAt)).is_null().into_condition()
            scoped-filter src/app.rs:13:76 note: .and_where(Expr::col((note::Entity, note::Column::DeletedAt)).is_null());
            query-builder src/app.rs:11:17 note: Query::select()
        "#]],
    );
}

#[test]
fn related_rows_without_a_filter_are_reported() {
    check(
        "tag::Entity::find().find_also_related(note::Entity).all(db);
         tag::Entity::find().join(JoinType::InnerJoin, tag::Relation::Note.def()).all(db);
         tag::Entity::find().join_rev(JoinType::InnerJoin, note::Relation::Tag.def()).all(db);
         note::Entity::find_by_id(1).filter(live()).join(JoinType::LeftJoin, note::Relation::Shelf.def());
         tag::Entity::find().left_join(author::Entity).filter(author::Column::IsDeleted.eq(false)).all(db);
         note::Entity::find_by_id(1).filter(note::Column::DeletedAt.is_null()).find_also_related(tag::Entity);
         row.find_related(note::Entity).all(db);
         tags.load_many(note::Entity, db);
         tag::Entity::load().with(note::Entity).all(db);
         notes.load_many(tag::Entity, db);",
        &expect![[r#"
            unfiltered-read src/app.rs:6:24 note: note::Entity::find_by_id(1).filter(live()).join(JoinType::LeftJoin, note::Relation::Shelf.def());
            hand-filter src/app.rs:8:69 note: note::Entity::find_by_id(1).filter(note::Column::DeletedAt.is_null()).find_also_related(tag::Entity);
            scoped-filter src/app.rs:7:89 author: tag::Entity::find().left_join(author::Entity).filter(author::Column::IsDeleted.eq(false)).all(db);
            related-read src/app.rs:3:21 note: tag::Entity::find().find_also_related(note::Entity).all(db);
            related-read src/app.rs:4:30 note: tag::Entity::find().join(JoinType::InnerJoin, tag::Relation::Note.def()).all(db);
            related-read src/app.rs:5:30 note: tag::Entity::find().join_rev(JoinType::InnerJoin, note::Relation::Tag.def()).all(db);
            related-read src/app.rs:9:14 note: row.find_related(note::Entity).all(db);
            related-read src/app.rs:10:15 note: tags.load_many(note::Entity, db);
            related-read src/app.rs:11:30 note: tag::Entity::load().with(note::Entity).all(db);
        "#]],
    );
}

#[test]
fn statements_without_the_verbs_are_reported() {
    check(
        "Query::select().column(note::Column::Id).from(note::Entity);
         Query::delete().from_table(note::Entity);
         sea_orm::Delete::many(note::Entity).exec(db);
         Query::select().from(tag::Entity);
         Delete::many(tag::Entity);
         Update::now();",
        &expect![[r#"
            query-builder src/app.rs:3:8 note: Query::select().column(note::Column::Id).from(note::Entity);
            query-builder src/app.rs:4:17 note: Query::delete().from_table(note::Entity);
            query-builder src/app.rs:5:27 note: sea_orm::Delete::many(note::Entity).exec(db);
        "#]],
    );
}

#[test]
fn generic_code_is_reported() {
    check_file(
        "use sea_orm::EntityTrait;
         async fn all<E: EntityTrait>(db: &impl ConnectionTrait) -> Vec<E::Model> { E::find().all(db).await }
         fn page<E>(query: Select<E>) where E: Send + EntityTrait {}
         trait Archive: ModelTrait {}
         fn one(entity: impl EntityTrait) {}
         impl EntityTrait for Entity {}
         fn plain() { <E as EntityTrait>::find() }",
        &expect![[r#"
            generic-code src/app.rs:2:26 unknown entity: async fn all<E: EntityTrait>(db: &impl ConnectionTrait) -> Vec<E::Model> { E::find().all(db).await }
            generic-code src/app.rs:3:55 unknown entity: fn page<E>(query: Select<E>) where E: Send + EntityTrait {}
            generic-code src/app.rs:4:25 unknown entity: trait Archive: ModelTrait {}
            generic-code src/app.rs:5:30 unknown entity: fn one(entity: impl EntityTrait) {}
        "#]],
    );
}

#[test]
fn own_traits_with_a_supertrait_of_sea_orm_are_generic_code() {
    check_file(
        "use sea_orm::EntityTrait;
         trait SoftDelete: EntityTrait { fn find_with_deleted() -> Select<Self> { Self::find() } }
         impl<E: EntityTrait> Purge for E { fn purge() { E::delete_many() } }
         impl<E> Purge for E where E: EntityTrait {}
         fn all<E: SoftDelete>() { E::find_with_deleted() }
         impl<T> Page for T where T: Send + crate::app::SoftDelete {}
         trait Old<T>: SoftDelete + Send { fn old() { Self::find() } }
         fn old(entity: impl Old<i32>) {}
         fn both<E: EntityTrait + SoftDelete>() {}
         fn moved<E: EntityTrait + sea_orm_soft_delete::SoftDelete>() {}
         trait Moved: EntityTrait + sea_orm_soft_delete::SoftDelete {}
         fn of_moved<E: Moved>() {}
         impl SoftDelete for note::Entity {}
         trait Plain: Send {}
         fn plain<P: Plain>() {}",
        &expect![[r#"
            generic-code src/app.rs:2:28 unknown entity: trait SoftDelete: EntityTrait { fn find_with_deleted() -> Select<Self> { Self::find() } }
            generic-code src/app.rs:3:18 unknown entity: impl<E: EntityTrait> Purge for E { fn purge() { E::delete_many() } }
            generic-code src/app.rs:4:39 unknown entity: impl<E> Purge for E where E: EntityTrait {}
            generic-code src/app.rs:5:20 unknown entity: fn all<E: SoftDelete>() { E::find_with_deleted() }
            generic-code src/app.rs:6:57 unknown entity: impl<T> Page for T where T: Send + crate::app::SoftDelete {}
            generic-code src/app.rs:7:24 unknown entity: trait Old<T>: SoftDelete + Send { fn old() { Self::find() } }
            generic-code src/app.rs:8:30 unknown entity: fn old(entity: impl Old<i32>) {}
            generic-code src/app.rs:9:21 unknown entity: fn both<E: EntityTrait + SoftDelete>() {}
        "#]],
    );
}

#[test]
fn types_of_builders_are_reported() {
    check_file(
        "use crate::entities::{note, tag};
         fn a(query: DeleteMany<note::Entity>) {}
         impl<E: Owned> Scope for DeleteMany<E> {}
         fn b(query: DeleteMany<tag::Entity>) {}
         fn c(query: Select<note::Entity>) {}",
        &expect![[r#"
            builder-type src/app.rs:2:22 note: fn a(query: DeleteMany<note::Entity>) {}
            builder-type src/app.rs:3:35 unknown entity: impl<E: Owned> Scope for DeleteMany<E> {}
        "#]],
    );
}

#[test]
fn parameters_and_fields_of_a_concrete_connection_are_reported() {
    check_file(
        "use sea_orm::{DatabaseConnection, DbConn};
         struct App { db: DatabaseConnection, shared: RwLock<Option<DbConn>> }
         async fn a(db: &DatabaseConnection, state: State<DatabaseConnection>) {}
         async fn b(db: &mut sea_orm::DatabaseTransaction) {}
         fn db(&self) -> &DatabaseConnection { &self.db }
         async fn connect() -> DatabaseConnection { todo!() }
         async fn try_connect() -> Result<DatabaseConnection, DbErr> { todo!() }
         impl Health for DatabaseConnection {}
         fn c(db: &DatabaseConnection::Other) {}",
        &expect![[r#"
            concrete-connection src/app.rs:2:27 unknown entity: struct App { db: DatabaseConnection, shared: RwLock<Option<DbConn>> }
            concrete-connection src/app.rs:2:69 unknown entity: struct App { db: DatabaseConnection, shared: RwLock<Option<DbConn>> }
            concrete-connection src/app.rs:3:26 unknown entity: async fn a(db: &DatabaseConnection, state: State<DatabaseConnection>) {}
            concrete-connection src/app.rs:3:59 unknown entity: async fn a(db: &DatabaseConnection, state: State<DatabaseConnection>) {}
            concrete-connection src/app.rs:4:39 unknown entity: async fn b(db: &mut sea_orm::DatabaseTransaction) {}
            concrete-connection src/app.rs:5:27 unknown entity: fn db(&self) -> &DatabaseConnection { &self.db }
        "#]],
    );
}

/// All entities derive `SoftDelete`, and a scoped connection is in use.
#[test]
fn an_application_that_has_moved_hears_of_mistakes_only() {
    check_files(
        "
//- src/note.rs
#[derive(DeriveEntityModel, SoftDelete)]
pub struct Model { pub id: i32, pub deleted_at: Option<DateTimeUtc> }
//- src/app.rs
use crate::note;
struct App { db: ScopedConnection<DatabaseConnection> }
fn run<E: EntityTrait>() {
    note::Entity::find().all(db);
    note::Entity::update_many().exec(db);
    note::Entity::delete_by_id(1).exec(db);
    tags.load_many(note::Entity, db);
    row.find_related(note::Entity).all(db);
    if row.deleted_at.is_some() {}
    Statement::from_string(backend, \"SELECT * FROM note\");
    note::Entity::find().filter(note::Column::DeletedAt.is_not_null());
    note::Entity::find().filter(note::Column::DeletedAt.is_null());
}",
        &[],
        &expect![[r#"
            reads-trash src/app.rs:11:57 note: note::Entity::find().filter(note::Column::DeletedAt.is_not_null());
            hand-filter src/app.rs:12:57 note: note::Entity::find().filter(note::Column::DeletedAt.is_null());
        "#]],
    );
}
