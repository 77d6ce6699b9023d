//! Users who sign up by e-mail, in a table with one of several unique indexes.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, TransactionTrait};
use sea_orm_soft_delete::Clock;

use crate::entities::{NOON, later};
use crate::harness::{Server, TestDb};

pub(crate) mod user {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "signed_user")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub email: String,
        pub name: Option<String>,
        #[sea_orm(unique)]
        pub badge: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i64>,
        #[soft_delete(updated_at)]
        pub touched_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Which rows the unique index counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unique {
    All,
    Live,
    Nothing,
}

pub(crate) const UNIQUE: [Unique; 3] = [Unique::All, Unique::Live, Unique::Nothing];

/// The traits of every connection.
pub(crate) trait Connection: ConnectionTrait + TransactionTrait {}
impl<C: ConnectionTrait + TransactionTrait> Connection for C {}

pub(crate) const A: &str = "a@x";

/// Creates the unique index in the syntax of each database.
pub(crate) async fn make_unique(db: &TestDb, table: &str, columns: &str, unique: Unique) {
    // The name is unique, because a SQLite connection may not know yet that the table of an earlier round
    // was dropped.
    let index = format!("{table}_{unique:?}_key").to_lowercase();
    let sql = match (unique, db.server()) {
        (Unique::Nothing, _) => return,
        (Unique::All, _) => format!("CREATE UNIQUE INDEX {index} ON {table} ({columns})"),
        (Unique::Live, Server::MariaDb | Server::MySql) => format!(
            "ALTER TABLE {table} ADD COLUMN live BOOLEAN AS \
             (CASE WHEN deleted_at IS NULL THEN TRUE END) STORED, \
             ADD UNIQUE INDEX {index} ({columns}, live)"
        ),
        (Unique::Live, _) => {
            format!("CREATE UNIQUE INDEX {index} ON {table} ({columns}) WHERE deleted_at IS NULL")
        }
    };
    db.execute_unprepared(&sql).await.unwrap();
}

pub(crate) async fn users(db: &TestDb, unique: Unique) {
    db.execute_unprepared("DROP TABLE IF EXISTS signed_user")
        .await
        .unwrap();
    db.create_table(user::Entity).await;
    make_unique(db, "signed_user", "email", unique).await;
}

/// A new user with this e-mail and name.
pub(crate) fn someone(email: &str, name: &str) -> user::ActiveModel {
    user::ActiveModel {
        email: Set(email.to_owned()),
        name: Set(Some(name.to_owned())),
        ..Default::default()
    }
}

/// User 1 has the e-mail `a@x`, the badge 7 and the name `Old`, and was trashed at noon by user 9. User 2
/// is live.
pub(crate) async fn one_trashed(db: &TestDb, unique: Unique) {
    users(db, unique).await;
    one_trashed_again(db).await;
}

pub(crate) async fn one_trashed_again(db: &TestDb) {
    db.execute_unprepared("DELETE FROM signed_user")
        .await
        .unwrap();
    let old = user::ActiveModel {
        id: Set(1),
        badge: Set(Some(7)),
        ..someone(A, "Old")
    };
    trash(db, old.insert(&**db).await.unwrap()).await;
    let other = user::ActiveModel {
        id: Set(2),
        ..someone("b@x", "Other")
    };
    other.insert(&**db).await.unwrap();
    // The fixture wrote the ids up to 2 itself, so the sequence has to skip them.
    if db.server() == Server::Postgres {
        db.execute_unprepared("SELECT setval('signed_user_id_seq', 10)")
            .await
            .unwrap();
    }
}

/// Users 1 and 3 are trashed, 3 after 1, under an index that allows both.
pub(crate) async fn two_trashed(db: &TestDb) {
    one_trashed(db, Unique::Live).await;
    let newer = user::ActiveModel {
        id: Set(3),
        ..someone(A, "Newer")
    };
    let newer = newer.insert(&**db).await.unwrap();
    Clock::fixed(later())
        .scope(newer.delete(&**db))
        .await
        .unwrap();
}

pub(crate) async fn trash(db: &TestDb, user: user::Model) {
    let who = sea_orm_soft_delete::Attribution::by(9);
    let delete = user.delete_with(who, &**db);
    Clock::fixed(NOON).scope(delete).await.unwrap();
}

/// All rows, read without this crate.
pub(crate) async fn all(db: &TestDb) -> Vec<user::Model> {
    <user::Entity as EntityTrait>::find()
        .order_by_asc(user::Column::Id)
        .all(&**db)
        .await
        .unwrap()
}

pub(crate) async fn stored(db: &TestDb, id: i32) -> user::Model {
    let found = <user::Entity as EntityTrait>::find_by_id(id)
        .one(&**db)
        .await;
    found.unwrap().unwrap()
}

/// The numbers of live and of trashed users.
pub(crate) async fn count(db: &TestDb) -> (usize, usize) {
    let all = all(db).await;
    let trashed = all.iter().filter(|user| user.is_trashed()).count();
    (all.len() - trashed, trashed)
}
