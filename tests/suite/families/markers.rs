//! A family whose members have every kind of marker.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Clock, Scopable, SoftDeleteError, Timestamp};

use super::boxes::{
    bare_sentinel, basket, coarse, crate_, epoch, flag, naive, nullable_epoch, offset, primitive,
    root, sentinel,
};
use super::rows::{ids, refusal, run};
use crate::harness::{Server, TestDb, on_databases, on_every_database};

const AT: Timestamp = match Timestamp::from_unix_micros(1_700_000_000_123_456) {
    Some(at) => at,
    None => Timestamp::MAX,
};

/// Boxes 1 and 2. Each box has one member of every kind, which has the id of the box.
async fn boxes(db: &TestDb) {
    db.create_table(root::Entity).await;
    db.create_table(flag::Entity).await;
    db.create_table(epoch::Entity).await;
    db.create_table(nullable_epoch::Entity).await;
    db.create_table(sentinel::Entity).await;
    db.create_table(bare_sentinel::Entity).await;
    db.create_table(offset::Entity).await;
    db.create_table(primitive::Entity).await;
    db.create_table(naive::Entity).await;
    let end = match db.server() {
        Server::Sqlite => ["2037-12-31T00:00:00+00:00", "9999-12-31 00:00:00"],
        Server::Postgres => ["2037-12-31 00:00:00+00", "9999-12-31 00:00:00"],
        Server::MariaDb | Server::MySql => ["2037-12-31 00:00:00", "9999-12-31 00:00:00"],
    };
    run(
        db,
        &[
            "INSERT INTO family_box (id, is_gone) VALUES (1, FALSE), (2, FALSE)",
            "INSERT INTO family_flag (id, box_id, is_gone) VALUES (1, 1, FALSE), (2, 2, FALSE)",
            "INSERT INTO family_epoch (id, box_id, gone) VALUES (1, 1, 0), (2, 2, 0)",
            "INSERT INTO family_nullable_epoch (id, box_id, gone) VALUES (1, 1, 0), (2, 2, NULL)",
            &format!("INSERT INTO family_sentinel (id, box_id, gone) VALUES (1, 1, '{0}'), (2, 2, '{0}')", end[0]),
            &format!("INSERT INTO family_bare_sentinel (id, box_id, gone) VALUES (1, 1, '{0}'), (2, 2, '{0}')", end[1]),
            "INSERT INTO family_offset (id, box_id) VALUES (1, 1), (2, 2)",
            "INSERT INTO family_primitive (id, box_id) VALUES (1, 1), (2, 2)",
            "INSERT INTO family_naive (id, box_id) VALUES (1, 1), (2, 2)",
        ],
    )
    .await;
}

/// The ids of the live rows of every kind.
async fn live(db: &TestDb) -> [Vec<i32>; 8] {
    macro_rules! of {
        ($($kind:ident),*) => {
            [$({
                let rows = $kind::Entity::find().all(&**db).await.unwrap();
                rows.iter().map(|row| row.id).collect()
            }),*]
        };
    }
    of!(
        flag,
        epoch,
        nullable_epoch,
        sentinel,
        bare_sentinel,
        offset,
        primitive,
        naive
    )
}

on_every_database! {
    async fn members_of_every_kind_are_trashed_with_the_root(db: &TestDb) {
        boxes(db).await;
        assert!(live(db).await.iter().all(|ids| ids.len() == 2));
        let delete = root::Entity::delete_by_id(1).by(7).exec(&**db);
        Clock::fixed(AT).scope(delete).await?;
        assert!(live(db).await.iter().all(|ids| *ids == [2]), "{:?}", live(db).await);
        let root = root::Entity::only_trashed().one(&**db).await?.unwrap();
        let id = root.operation_id;
        assert_eq!(flag::Entity::only_trashed().one(&**db).await?.unwrap().operation_id.map(|id| id.to_string()), id);
        let epoch = epoch::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!((epoch.gone, epoch.deleted_by), (AT.unix_seconds(), Some(7)));
        let epoch = nullable_epoch::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!((epoch.gone, epoch.operation_id), (Some(AT.unix_millis()), id));
        let bare = bare_sentinel::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!(bare.operation().map(|of| of.instant()), Some(AT));
        let offset = offset::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!(offset.operation().map(|of| of.instant()), Some(AT));
    }

    async fn a_plain_delete_on_a_scoped_connection_trashes_members_of_every_kind(db: &TestDb) {
        boxes(db).await;
        <root::Entity as EntityTrait>::delete_by_id(2).exec(&db.scoped()).await?;
        assert!(live(db).await.iter().all(|ids| *ids == [1]), "{:?}", live(db).await);
    }

    async fn the_actor_must_fit_the_column_of_every_member(db: &TestDb) {
        boxes(db).await;
        let refused = refusal(root::Entity::delete_by_id(1).by("an editor").exec(&**db).await);
        let SoftDeleteError::AttributionType { entity, column, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!((entity.as_str(), *column), ("family_epoch", "deleted_by"));
        assert_eq!(root::Entity::find().count(&**db).await?, 2);
        assert!(live(db).await.iter().all(|ids| ids.len() == 2));
    }

    async fn without_an_operation_column_the_instant_identifies_the_operation(db: &TestDb) {
        boxes(db).await;
        db.create_table(crate_::Entity).await;
        run(db, &["INSERT INTO family_crate (id) VALUES (1), (2)"]).await;
        Clock::fixed(AT).scope(crate_::Entity::delete_by_id(1).exec(&**db)).await?;
        let [flags, .., offsets, _, _] = live(db).await;
        assert_eq!((flags, offsets), (vec![2], vec![2]));
        let of = |model: flag::Model| model.operation().map(|of| of.instant());
        assert_eq!(of(flag::Entity::only_trashed().one(&**db).await?.unwrap()), Some(AT));
    }

    /// Without an operation column, the instant identifies the operation. So a delete of a parent row also
    /// changes the child rows of another delete in the same microsecond.
    async fn two_deletes_in_one_microsecond_without_an_operation_column_are_one_operation(db: &TestDb) {
        boxes(db).await;
        db.create_table(crate_::Entity).await;
        run(db, &["INSERT INTO family_crate (id) VALUES (1), (2)"]).await;
        Clock::fixed(AT).scope(async {
            crate_::Entity::delete_by_id(1).exec(&**db).await?;
            run(db, &["INSERT INTO family_offset (id, box_id) VALUES (3, 1)"]).await;
            crate_::Entity::delete_by_id(2).exec(&**db).await
        }).await?;
        assert_eq!(ids(db, "SELECT id FROM family_offset WHERE gone IS NULL").await, [0; 0]);
    }

    async fn a_marker_type_that_drops_microseconds_needs_an_operation_column(db: &TestDb) {
        db.create_table(basket::Entity).await;
        db.create_table(coarse::Entity).await;
        run(db, &[
            "INSERT INTO family_basket (id) VALUES (1)",
            "INSERT INTO family_coarse (id, box_id) VALUES (1, 1)",
        ]).await;
        for refused in [
            refusal(basket::Entity::delete_by_id(1).exec(&**db).await),
            refusal(db.scoped().execute_unprepared("DELETE FROM family_basket").await),
        ] {
            let SoftDeleteError::OperationNotIdentifiable { entity, column, .. } = &refused else {
                panic!("{refused}");
            };
            assert_eq!((entity.as_str(), column.as_str()), ("family_coarse", "gone"));
        }
        assert_eq!(basket::Entity::find().count(&**db).await?, 1);
        assert_eq!(coarse::Entity::find().count(&**db).await?, 1);
    }
}

on_databases! { [postgres: Postgres, mariadb: MariaDb, mysql: MySql]
    async fn a_column_that_drops_microseconds_is_detected_in_the_database(db: &TestDb) {
        boxes(db).await;
        let (drop, create) = ("DROP TABLE family_naive", match db.server() {
            Server::Postgres => "CREATE TABLE family_naive (id int, box_id int, gone timestamp(3))",
            _ => "CREATE TABLE family_naive (id int, box_id int, gone datetime)",
        });
        run(db, &[drop, create, "INSERT INTO family_naive (id, box_id) VALUES (1, 1), (2, 2)"]).await;
        for refused in [
            refusal(root::Entity::delete_by_id(1).exec(&**db).await),
            refusal(db.scoped().execute_unprepared("DELETE FROM family_box WHERE id = 1").await),
        ] {
            let SoftDeleteError::OperationNotIdentifiable { entity, column, .. } = &refused else {
                panic!("{refused}");
            };
            assert_eq!((entity.as_str(), column.as_str()), ("family_naive", "gone"));
        }
        assert_eq!(root::Entity::find().count(&**db).await?, 2);
        assert!(live(db).await.iter().all(|ids| ids.len() == 2));
    }
}
