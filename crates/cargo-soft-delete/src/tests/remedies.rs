//! Each code finds its example, and finds nothing once its remedy is applied.

use std::collections::HashSet;

use super::{ENTITIES, inspection};
use crate::code::Code;

/// A code, code that it finds, and that code with the remedy, which has no finding at all.
const REMEDIES: &[(Code, &str, &str)] = &[
    (
        Code::NotRead,
        "fn run() { note::Entity::find( }",
        "fn run() {}",
    ),
    (
        Code::WritesTrash,
        "fn run() { note::Entity::delete_many().filter(note::Column::DeletedAt.lt(before)).exec(db); }",
        "fn run() { note::Entity::force_delete_many().only_trashed().filter(note::Column::DeletedAt.lt(before)).exec(db); }",
    ),
    (
        Code::WritesTrash,
        "fn run() { note::Entity::update_many().filter(note::Column::DeletedAt.is_not_null()).exec(db); }",
        "fn run() { <note::Entity as sd::SoftDelete>::restore_many().filter(note::Column::DeletedAt.is_not_null()).exec(db); }",
    ),
    (
        Code::ReadsTrash,
        "fn run() { note::Entity::find().filter(note::Column::DeletedAt.is_not_null()).all(db); }",
        "fn run() { note::Entity::only_trashed().filter(note::Column::DeletedAt.is_not_null()).all(db); }",
    ),
    (
        Code::ReadsTrash,
        "fn run() { note::Entity::find_by_id(1).filter(note::Column::DeletedAt.is_not_null()).one(db); }",
        "fn run() { note::Entity::only_trashed_by_id(1).filter(note::Column::DeletedAt.is_not_null()).one(db); }",
    ),
    (
        Code::ReadsTrash,
        "fn run() { let old = Condition::all().add(note::Column::DeletedAt.lt(at)); note::Entity::find().filter(old); }",
        "fn run() { let old = Condition::all().add(note::Column::DeletedAt.lt(at)); note::Entity::with_trashed().filter(old); }",
    ),
    (
        Code::ReadsTrash,
        "fn run() { row.find_related(note::Entity).filter(note::Column::DeletedAt.is_not_null()).all(db); }",
        "fn run() { row.find_related(note::Entity).filter(note::Column::DeletedAt.is_not_null()).all(&db.with_trashed_of(note::Entity)); }",
    ),
    (
        Code::ConditionalFilter,
        "fn run() { let mut query = note::Entity::find(); if live { query = query.filter(note::Column::DeletedAt.is_null()); } }",
        "fn run() { let mut query = note::Entity::with_trashed(); if live { query = query.filter(note::Column::DeletedAt.is_null()); } }",
    ),
    (
        Code::HandRestore,
        "fn run(mut row: note::ActiveModel) { row.deleted_at = Set(None); row.update(db); }",
        "fn run(row: note::ActiveModel) { row.restore(db); }",
    ),
    (
        Code::HandRestore,
        "fn run() { note::Entity::update_many().col_expr(note::Column::DeletedAt, Expr::value(None)).exec(db); }",
        "fn run() { <note::Entity as sd::SoftDelete>::restore_by_id(1).exec(db); note::Entity::restore_many().exec(db); }",
    ),
    (
        Code::Upsert,
        "fn run() { note::Entity::insert(model).on_conflict(title).exec(db); }",
        "fn run() {
             note::Entity::insert_or_revive(model).by([note::Column::Title]).exec(db);
             note::Entity::insert_or_replace_trashed(model).exec(db);
             note::Entity::find_or_insert(model).with_trashed().exec(db);
         }",
    ),
    (
        Code::RawSqlTrash,
        "fn run() { db.execute(\"UPDATE notes SET title = '' WHERE deleted_at IS NOT NULL\"); }",
        "fn run() { db.execute(\"UPDATE notes SET title = '' WHERE /* soft_delete: with_trashed(notes) */ deleted_at IS NOT NULL\"); }",
    ),
    (
        Code::RawSqlTrash,
        "fn run() { db.execute(\"SELECT * FROM notes, authors WHERE deleted_at IS NOT NULL\"); }",
        "fn run() { db.execute(\"/* soft_delete: with_trashed(public.notes, AUTHORS) */ SELECT * FROM notes, authors WHERE deleted_at IS NOT NULL\"); }",
    ),
    (
        Code::RawSqlTrash,
        "fn run() { db.execute(\"DELETE FROM notes WHERE deleted_at < now()\"); }",
        "fn run() { db.execute(\"DELETE FROM notes WHERE deleted_at < now() /* soft_delete: force_delete(notes) */\"); }",
    ),
    (
        Code::RawSqlTrash,
        "fn run() { db.execute(\"DELETE FROM notes USING authors WHERE authors.is_deleted = true\"); }",
        "fn run() { db.execute(\"/* soft_delete: force_delete(notes) */ /* soft_delete: with_trashed(authors) */ DELETE FROM notes USING authors WHERE authors.is_deleted = true\"); }",
    ),
    (
        Code::RawSqlTrash,
        "fn run() { db.execute(\"DELETE n FROM authors a JOIN notes n ON true WHERE a.is_deleted = true\"); }",
        "fn run() { db.execute(\"DELETE /* soft_delete: force_delete(notes) */ /* soft_delete: with_trashed(authors) */ n FROM authors a JOIN notes AS n ON true WHERE a.is_deleted = true\"); }",
    ),
    (
        Code::RawSqlTrash,
        "fn run() { db.execute(\"DELETE n FROM notes n JOIN authors a ON a.id = n.author_id WHERE a.is_deleted = true\"); }",
        "fn run() { db.execute(\"/* soft_delete: force_delete(notes) */ /* soft_delete: with_trashed(authors) */ DELETE n FROM notes n JOIN authors a ON a.id = n.author_id WHERE a.is_deleted = true\"); }",
    ),
    (
        Code::MarkerBranch,
        "impl Repository {
             async fn load(&self) -> Result<Option<note::Model>, DbErr> { note::Entity::find_by_id(1).one(db).await }
             async fn restore(&self) { let row = self.load().await?; if row.deleted_at.is_some() {} }
         }",
        "impl Repository {
             async fn load(&self) -> Result<Option<note::Model>, DbErr> { <note::Entity as sd::SoftDelete>::with_trashed_by_id(1).one(db).await }
             async fn restore(&self) { let row = self.load().await?; if row.deleted_at.is_some() {} }
         }",
    ),
    (
        Code::MarkerBranch,
        "fn run() { let row = note::Entity::find_by_id(1).one(db).await?; if row.deleted_at.is_some() {} }",
        "fn run() { let row = note::Entity::with_trashed_by_id(1).one(db).await?; if row.deleted_at.is_some() {} }",
    ),
    (
        Code::MarkerBranch,
        "fn run() { for row in note::Entity::find().all(db).await? { if row.deleted_at.is_some() {} } }",
        "fn run() { for row in note::Entity::with_trashed().all(db).await? { if row.deleted_at.is_some() {} } }",
    ),
    (
        Code::UnfilteredRead,
        "fn run() { note::Entity::find().all(db); }",
        "fn run() { note::Entity::with_trashed().all(db); }",
    ),
    (
        Code::UnfilteredWrite,
        "fn run() { note::Entity::update_many().filter(note::Column::Id.eq(1)).exec(db); }",
        "fn run() { note::Entity::update_many_with_trashed().filter(note::Column::DeletedAt.lt(at)).exec(db); }",
    ),
    (
        Code::PhysicalDelete,
        "fn run(row: note::Model) { row.delete(db); note::Entity::delete_by_id(1).exec(db); }",
        "fn run(row: note::Model) { row.force_delete(db); note::Entity::force_delete_by_id(1).exec(db); }",
    ),
    (
        Code::HandFilter,
        "fn run() { note::Entity::delete_many().filter(note::Column::DeletedAt.is_null()).exec(db); }",
        "fn run() { <note::Entity as sd::SoftDelete>::delete_many().exec(db); }",
    ),
    (
        Code::HandDelete,
        "fn run(mut row: note::ActiveModel) { row.deleted_at = Set(Some(now)); row.update(db); }",
        "fn run(row: note::Model) {
             <note::Entity as sea_orm_soft_delete::SoftDelete>::delete_by_id(row.id).exec(db);
             <note::Entity as sd::SoftDelete>::delete_many().filter(note::Column::Id.eq(1)).exec(db);
         }",
    ),
    (
        Code::ScopedFilter,
        "fn run() { tag::Entity::find().filter(note::Column::DeletedAt.is_null()).all(db); }",
        "fn run() { tag::Entity::find().all(db); }",
    ),
    (
        Code::RelatedRead,
        "fn run() { row.find_related(note::Entity).all(db); tag::Entity::find().left_join(note::Entity).all(db); }",
        "fn run() {
             row.find_related(note::Entity).filter(note::Entity::is_live()).all(db);
             tag::Entity::find().left_join(note::Entity).filter(<note::Entity as sd::SoftDeleteEntity>::is_live()).all(db);
             tag::Entity::find().left_join(note::Entity).all(&db.with_trashed_of(note::Entity));
             tag::Entity::find().left_join(note::Entity).all(&db.with_trashed());
         }",
    ),
    (
        Code::QueryBuilder,
        "fn run() { Query::select().from(note::Entity); }",
        "fn run() { note::Entity::with_trashed().into_query(); }",
    ),
    (
        Code::RawSql,
        "fn run() { db.execute(\"SELECT title FROM notes\"); }",
        "fn run() { db.execute(\"SELECT title FROM notes WHERE deleted_at IS NULL\"); }",
    ),
    (
        Code::Generic,
        "fn all<E: EntityTrait<Model = M>>() { E::find().all(db) }
         trait Archive: ModelTrait + Sized {}
         fn save<A>(row: A) where A: ActiveModelTrait {}",
        "fn all<E: SoftDelete<Model = M>>() { <E as SoftDelete>::find().all(db) }
         trait Archive: ModelTrait + SoftDeleteModel + Sized {}
         fn save<A>(row: A) where A: SoftDeleteActiveModel {}",
    ),
    (
        Code::Generic,
        "trait SoftDelete: EntityTrait { fn find_with_deleted() -> Select<Self> { Self::find() } }",
        "trait SoftDelete: sea_orm_soft_delete::SoftDelete { fn find_with_deleted() -> Trashed<Self> { Self::with_trashed() } }
         fn all<E: SoftDelete>() { E::find_with_deleted() }",
    ),
    (
        Code::BuilderType,
        "fn run(query: DeleteMany<note::Entity>, one: sea_orm::UpdateOne<note::ActiveModel>) {}",
        "fn run(query: SoftDeleteMany<note::Entity>, one: UpdateLiveOne<note::ActiveModel>) {}",
    ),
    (
        Code::ConcreteConnection,
        "fn run(db: &DatabaseConnection, state: State<DbConn>) {}",
        "fn run(db: &impl ConnectionTrait, state: State<ScopedConnection<DatabaseConnection>>) {}",
    ),
];

#[test]
fn the_remedy_of_each_code_takes_its_finding_away_and_makes_no_other() {
    for &(code, before, after) in REMEDIES {
        let found = findings(before);
        assert!(
            found.contains(&code),
            "{code:?} is not in {found:?}: {before}"
        );
        assert_eq!(findings(after), [], "of {code:?}: {after}");
    }
    let tested: HashSet<&str> = REMEDIES.iter().map(|(code, ..)| code.name()).collect();
    let codes: HashSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(tested, codes, "a code has no remedy here");
}

#[test]
fn a_comment_decides_for_the_tables_that_it_names_only() {
    for text in [
        "SELECT * FROM notes, authors WHERE deleted_at IS NOT NULL /* soft_delete: with_trashed(authors) */",
        "DELETE FROM notes WHERE deleted_at < now() /* soft_delete: with_trashed(notes) */",
        "UPDATE notes SET title = '' WHERE deleted_at IS NOT NULL /* soft_delete: force_delete(notes) */",
        "SELECT * FROM notes WHERE deleted_at IS NOT NULL /* with_trashed(notes) */",
        "DELETE FROM notes USING authors WHERE is_deleted = true /* soft_delete: force_delete(notes) */",
        "DELETE FROM notes USING authors WHERE is_deleted = true \
         /* soft_delete: force_delete(authors) */ /* soft_delete: with_trashed(notes) */",
    ] {
        let found = findings(&format!("fn run() {{ db.execute(\"{text}\"); }}"));
        assert_eq!(found, [Code::RawSqlTrash], "{text}");
    }
    for text in [
        "SELECT * FROM notes JOIN authors ON true WHERE deleted_at IS NULL",
        "SELECT * FROM notes, authors WHERE deleted_at IS NULL",
        "SELECT * FROM notes a JOIN notes b ON true WHERE a.deleted_at IS NULL",
        "SELECT * FROM notes WHERE deleted_at IS NULL OR title = ''",
        "DELETE FROM notes WHERE deleted_at IS NULL",
        "/* by id */ SELECT * FROM notes WHERE id = 1",
    ] {
        let found = findings(&format!("fn run() {{ db.execute(\"{text}\"); }}"));
        assert_eq!(found, [Code::RawSql], "{text}");
    }
}

fn findings(app: &str) -> Vec<Code> {
    let imports = "use crate::entities::{author, note, tag};\nuse sea_orm_soft_delete as sd;";
    let inspection = inspection(&format!("{ENTITIES}//- src/app.rs\n{imports}\n{app}"), &[]);
    inspection
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect()
}
