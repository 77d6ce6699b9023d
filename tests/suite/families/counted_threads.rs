//! Triggers on the child tables that keep counters in their parent row up to date.

use sea_orm::DbBackend;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Operation, Scopable};

use super::rows::{live, number, run};
use crate::harness::{TestDb, on_every_database};

/// A thread counts its replies and its drafts.
mod thread {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "counted_thread")]
    #[soft_delete(
        cascade(super::reply::Entity on super::reply::Relation::Thread),
        destroy(super::draft::Entity on super::draft::Relation::Thread)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub replies: i32,
        pub drafts: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod reply {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "counted_reply")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub thread_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::thread::Entity",
            from = "Column::ThreadId",
            to = "super::thread::Column::Id"
        )]
        Thread,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod draft {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "counted_draft")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub thread_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::thread::Entity",
            from = "Column::ThreadId",
            to = "super::thread::Column::Id"
        )]
        Thread,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Creates a trigger that runs `body` after each inserted, updated or deleted row.
async fn trigger(db: &TestDb, table: &str, event: &str, body: &str) {
    let name = format!("{table}_{event}");
    if db.get_database_backend() == DbBackend::Postgres {
        let function = format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN {body}; RETURN NULL; END $$"
        );
        let trigger = format!(
            "CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        );
        run(db, &[&function, &trigger]).await;
        return;
    }
    let trigger =
        format!("CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW BEGIN {body}; END");
    run(db, &[&trigger]).await;
}

/// Two threads: the first has two replies and two drafts. The trigger of replies adds and subtracts; the
/// trigger of drafts counts all drafts again.
async fn forum(db: &TestDb) {
    db.create_table(thread::Entity).await;
    db.create_table(reply::Entity).await;
    db.create_table(draft::Entity).await;
    let is_live = |row| format!("CASE WHEN {row}.deleted_at IS NULL THEN 1 ELSE 0 END");
    let by = |difference: String, row: &str| {
        format!(
            "UPDATE counted_thread SET replies = replies + {difference} WHERE id = {row}.thread_id"
        )
    };
    trigger(db, "counted_reply", "INSERT", &by(is_live("NEW"), "NEW")).await;
    let difference = format!("{} - {}", is_live("NEW"), is_live("OLD"));
    trigger(db, "counted_reply", "UPDATE", &by(difference, "NEW")).await;
    let difference = format!("0 - {}", is_live("OLD"));
    trigger(db, "counted_reply", "DELETE", &by(difference, "OLD")).await;
    for (event, row) in [("INSERT", "NEW"), ("DELETE", "OLD")] {
        let recount = format!(
            "UPDATE counted_thread SET drafts = (SELECT COUNT(*) FROM counted_draft \
             WHERE thread_id = {row}.thread_id) WHERE id = {row}.thread_id"
        );
        trigger(db, "counted_draft", event, &recount).await;
    }
    run(
        db,
        &[
            "INSERT INTO counted_thread (id, replies, drafts) VALUES (1, 0, 0), (2, 0, 0)",
            "INSERT INTO counted_reply (id, thread_id) VALUES (1, 1), (2, 1), (3, 2)",
            "INSERT INTO counted_draft (id, thread_id) VALUES (1, 1), (2, 1), (3, 2)",
        ],
    )
    .await;
}

async fn replies(db: &TestDb, id: i32) -> i64 {
    let column = format!(
        "SELECT CAST(replies AS {}) FROM counted_thread WHERE id = {id}",
        big(db)
    );
    number(db, &column).await
}

async fn drafts(db: &TestDb, id: i32) -> i64 {
    let column = format!(
        "SELECT CAST(drafts AS {}) FROM counted_thread WHERE id = {id}",
        big(db)
    );
    number(db, &column).await
}

fn big(db: &TestDb) -> &'static str {
    match db.get_database_backend() {
        DbBackend::MySql => "SIGNED",
        _ => "BIGINT",
    }
}

on_every_database! {
    async fn a_delete_and_a_restore_of_a_parent_keep_counters_that_triggers_write(db: &TestDb) {
        forum(db).await;
        assert_eq!((replies(db, 1).await, drafts(db, 1).await), (2, 2));
        thread::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!((replies(db, 1).await, drafts(db, 1).await), (0, 0));
        assert_eq!(live(db, "counted_reply").await, [3]);
        thread::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(replies(db, 1).await, 2);
        assert_eq!(live(db, "counted_reply").await, [1, 2, 3]);
        assert_eq!((replies(db, 2).await, drafts(db, 2).await), (1, 1));
    }

    async fn a_delete_and_a_restore_of_a_child_keep_counters_that_triggers_write(db: &TestDb) {
        forum(db).await;
        reply::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(replies(db, 1).await, 1);
        reply::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(replies(db, 1).await, 2);
        <reply::Entity as EntityTrait>::delete_many().exec(&db.scoped()).await?;
        assert_eq!(replies(db, 1).await, 0);
        let restored = reply::Entity::restore_many().exec(&**db).await?;
        assert_eq!(restored.rows_affected, 3);
        assert_eq!(replies(db, 1).await, 2);
    }

    async fn a_part_of_an_operation_and_a_whole_operation_are_restored_with_counters(db: &TestDb) {
        forum(db).await;
        db.scoped().execute_unprepared("DELETE FROM counted_thread").await?;
        assert_eq!(live(db, "counted_reply").await, [0; 0]);
        thread::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!((replies(db, 1).await, replies(db, 2).await), (2, 0));
        let operations = Operation::list().in_family_of(thread::Entity).all(&**db).await?;
        operations[0].restore(&**db).await?;
        assert_eq!((replies(db, 1).await, replies(db, 2).await), (2, 1));
    }

    async fn a_force_delete_removes_the_children_of_a_parent_that_counts_them(db: &TestDb) {
        forum(db).await;
        reply::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(replies(db, 1).await, 1);
        thread::Entity::force_delete_by_id(1).exec(&db.scoped()).await?;
        let left = "SELECT COUNT(*) FROM counted_reply WHERE thread_id = 1";
        assert_eq!(number(db, left).await, 0);
        let left = "SELECT COUNT(*) FROM counted_draft WHERE thread_id = 1";
        assert_eq!(number(db, left).await, 0);
        assert_eq!((replies(db, 2).await, drafts(db, 2).await), (1, 1));
    }
}
