//! The entity that most tests use, and rows of it.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, DatabaseConnection};
use sea_orm_soft_delete::{Clock, Timestamp};

use crate::harness::TestDb;

/// A soft-deletable entity with every companion column.
pub(crate) mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub slug: String,
        pub title: String,
        pub views: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i64>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
        #[soft_delete(updated_at)]
        pub updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An instant with microseconds, and the same instant as a chrono value.
pub(crate) const NOON: Timestamp = match Timestamp::from_unix_micros(1_700_000_000_123_456) {
    Some(at) => at,
    None => Timestamp::MIN,
};

pub(crate) fn noon() -> DateTimeUtc {
    utc(NOON)
}

pub(crate) fn utc(at: Timestamp) -> DateTimeUtc {
    DateTimeUtc::from_timestamp_micros(at.unix_micros()).unwrap()
}

/// A later instant.
pub(crate) fn later() -> Timestamp {
    Timestamp::from_unix_micros(NOON.unix_micros() + 86_400_000_000).unwrap()
}

pub(crate) async fn insert(db: &DatabaseConnection, id: i32, slug: &str) -> note::Model {
    note::ActiveModel {
        id: Set(id),
        slug: Set(slug.to_owned()),
        title: Set(format!("Note {id}")),
        views: Set(id),
        updated_at: Set(DateTimeUtc::UNIX_EPOCH),
        ..Default::default()
    }
    .insert(db)
    .await
    .unwrap()
}

/// Note 1, `gone`, was trashed at noon by user 7. Note 2, `here`, is live.
pub(crate) async fn one_trashed_one_live(db: &TestDb) {
    db.create_table(note::Entity).await;
    let gone = insert(db, 1, "gone").await;
    insert(db, 2, "here").await;
    Clock::fixed(NOON)
        .scope(gone.delete_with(
            sea_orm_soft_delete::Attribution::by(7).because("spam"),
            &**db,
        ))
        .await
        .unwrap();
}

/// A row as it is in the table, live or trashed, read without this crate.
pub(crate) async fn row(db: &TestDb, id: i32) -> Option<note::Model> {
    <note::Entity as EntityTrait>::find_by_id(id)
        .one(&**db)
        .await
        .unwrap()
}

pub(crate) fn ids(notes: &[note::Model]) -> Vec<i32> {
    notes.iter().map(|note| note.id).collect()
}
