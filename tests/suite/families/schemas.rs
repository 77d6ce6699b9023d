//! Entities in another schema, or in another database where the server has no schemas.

use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Schema, Statement, TransactionTrait};
use sea_orm_soft_delete::{Operation, Purge, Scopable, SoftDeleteError};

use super::rows::refusal;
use super::vault::{chest, coin, dust, key, room};
use crate::harness::{TestDb, on_databases};
use sea_orm::DbBackend;

/// Creates rooms in the schema of the test, and chests, coins, dust and keys in another schema.
///
/// Concurrent tests share the name of the other schema: on PostgreSQL it is never committed, and on MariaDB
/// a test waits until the other test has dropped it.
async fn rooms(db: &TestDb) -> Result<(DatabaseTransaction, DatabaseTransaction), DbErr> {
    let txn = db.begin().await?;
    let backend = db.get_database_backend();
    if backend == DbBackend::MySql {
        let lock = "SELECT GET_LOCK('soft_delete_family_vault', 9)";
        txn.query_one_raw(Statement::from_string(backend, lock))
            .await?;
        txn.execute_unprepared("DROP DATABASE IF EXISTS soft_delete_family_vault")
            .await?;
    }
    txn.execute_unprepared("CREATE SCHEMA soft_delete_family_vault")
        .await?;
    let schema = Schema::new(backend);
    for table in [
        schema.create_table_from_entity(room::Entity),
        schema.create_table_from_entity(chest::Entity),
        schema.create_table_from_entity(coin::Entity),
        schema.create_table_from_entity(dust::Entity),
        schema.create_table_from_entity(key::Entity),
    ] {
        let mut create = backend.build(&table);
        if backend == DbBackend::MySql {
            // `TestDb::create_table` does the same.
            create.sql = create.sql.replace(" timestamp", " datetime(6)");
        }
        txn.execute_raw(create).await?;
    }
    for sql in [
        "INSERT INTO family_room (id) VALUES (1), (2)",
        "INSERT INTO soft_delete_family_vault.family_chest (id, room_id, parent_id) VALUES \
         (1, 1, NULL), (2, NULL, 1), (3, 2, NULL)",
        "INSERT INTO soft_delete_family_vault.family_coin (id, chest_id, is_gold) VALUES \
         (1, 1, TRUE), (2, 2, TRUE), (3, 2, FALSE), (4, 3, TRUE)",
        "INSERT INTO soft_delete_family_vault.family_dust (id, chest_id) VALUES (1, 2), (2, 3)",
    ] {
        txn.execute_unprepared(sql).await?;
    }
    let within = match backend {
        // CREATE TABLE commits the transaction.
        DbBackend::MySql => db.begin().await?,
        _ => txn.begin().await?,
    };
    Ok((txn, within))
}

async fn leave(db: &TestDb, txn: DatabaseTransaction) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::MySql {
        // The named lock ends with its connection.
        let drop = "DROP DATABASE soft_delete_family_vault";
        return txn.execute_unprepared(drop).await.map(|_| ());
    }
    txn.rollback().await
}

/// How many rooms, chests, coins and dust rows are live.
async fn left(txn: &DatabaseTransaction) -> [u64; 4] {
    [
        room::Entity::find().count(txn).await.unwrap(),
        chest::Entity::find().count(txn).await.unwrap(),
        coin::Entity::find().count(txn).await.unwrap(),
        dust::Entity::find().count(txn).await.unwrap(),
    ]
}

on_databases! { [postgres: Postgres, mariadb: MariaDb, mysql: MySql]
    async fn a_delete_cascades_into_another_schema(db: &TestDb) {
        let (outer, txn) = rooms(db).await?;
        let insert = "INSERT INTO soft_delete_family_vault.family_key (id, chest_id) VALUES (1, 2)";
        txn.execute_unprepared(insert).await?;
        let refused = refusal(room::Entity::delete_by_id(1).exec(&txn).await);
        let SoftDeleteError::Restricted { by, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(by[0].entity, "soft_delete_family_vault.family_key");
        assert_eq!(left(&txn).await, [2, 3, 4, 2]);

        key::Entity::delete_many().exec(&txn).await?;
        room::Entity::delete_by_id(1).exec(&txn).await?;
        // Chest 2 is in chest 1. The copper coin stays live.
        assert_eq!(left(&txn).await, [1, 1, 2, 1]);
        let room = room::Entity::only_trashed().one(&txn).await?.unwrap();
        for coin in coin::Entity::only_trashed().all(&txn).await? {
            assert_eq!(coin.deleted_at, room.deleted_at);
        }
        let scoped = txn.scoped();
        let delete = "DELETE FROM soft_delete_family_vault.family_chest WHERE id = 3";
        scoped.execute_unprepared(delete).await?;
        assert_eq!(left(&txn).await, [1, 0, 1, 0]);
        txn.rollback().await?;
        leave(db, outer).await?;
    }

    async fn a_purge_removes_rows_in_another_schema(db: &TestDb) {
        let (outer, txn) = rooms(db).await?;
        room::Entity::delete_by_id(1).exec(&txn).await?;
        room::Entity::delete_by_id(2).exec(&txn).await?;
        let trashed = Operation::list().in_family_of(room::Entity).all(&txn).await?;
        let purge = Purge::of_all().in_family_of(room::Entity).older_than(Duration::ZERO);
        let preview = purge.preview(&txn).await?;
        let held = "INSERT INTO soft_delete_family_vault.family_key (id, chest_id) VALUES (1, 3)";
        txn.execute_unprepared(held).await?;
        for rows in [1, 1_000] {
            let slices = purge.clone().rows_per_transaction(rows);
            let within = txn.begin().await?;
            let report = slices.run(&within).await?;
            // The key holds chest 3, which is in room 2.
            assert_eq!((report.operations, report.blocked.len()), (1, 1), "{report}");
            assert_eq!(report.rows(), trashed[1].count());
            let rest = Operation::list().in_family_of(room::Entity).all(&within).await?;
            assert_eq!(rest, trashed[..1]);
            rest[0].restore(&within).await?;
            assert_eq!(left(&within).await, [1, 1, 2, 0]); // the deletes destroyed the dust
            within.rollback().await?;
        }
        key::Entity::delete_many().exec(&txn).await?;
        let report = purge.run(&txn.scoped()).await?;
        assert_eq!((report.operations, report.rows()), (2, preview.rows()), "{report}");
        assert_eq!(room::Entity::with_trashed().count(&txn).await?, 0);
        assert_eq!(chest::Entity::with_trashed().count(&txn).await?, 0);
        txn.rollback().await?;
        leave(db, outer).await?;
    }

    /// The statement means the table in the connection's default schema, which is not the entity's table.
    async fn a_delete_of_a_table_of_the_same_name_in_another_schema_is_refused(db: &TestDb) {
        let (outer, txn) = rooms(db).await?;
        let create = match db.get_database_backend() {
            DbBackend::MySql => "CREATE TABLE family_chest LIKE soft_delete_family_vault.family_chest",
            _ => "CREATE TABLE family_chest (LIKE soft_delete_family_vault.family_chest)",
        };
        match db.get_database_backend() {
            DbBackend::MySql => db.execute_unprepared(create).await?,
            _ => txn.execute_unprepared(create).await?,
        };
        txn.execute_unprepared("INSERT INTO family_chest (id, room_id) VALUES (1, 1)").await?;
        let scoped = txn.scoped();
        let refused = refusal(scoped.execute_unprepared("DELETE FROM family_chest WHERE id = 1").await);
        let SoftDeleteError::NotScopable { construct, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(construct, "a DELETE that cascades, of a table of this name in another schema,");
        let row = "SELECT deleted_at FROM family_chest";
        let row = Statement::from_string(txn.get_database_backend(), row);
        let row = txn.query_one_raw(row).await?.unwrap();
        assert_eq!(row.try_get_by_index::<Option<DateTime>>(0).ok().flatten(), None);
        assert_eq!(left(&txn).await, [2, 3, 4, 2]);
        // The refused statement leaves the connection usable.
        scoped.execute_unprepared("DELETE FROM family_chest WHERE id = 9").await?;
        txn.rollback().await?;
        leave(db, outer).await?;
    }
}
