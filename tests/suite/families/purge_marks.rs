//! An operation that a purge has begun to remove is not restored in part, whatever happens to its rows
//! meanwhile.
//!
//! ```text
//! binder ─cascade→ sheet ─cascade→ cell
//! ```
//!
//! A sheet has no operation column, and cannot carry the mark of a purge.

use std::ops::ControlFlow;
use std::time::Duration;

use sea_orm_soft_delete::{Operation, Purge, SoftDeleteError};

use crate::families::rows::{ids, run};
use crate::harness::{TestDb, on_every_database};

mod binder {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "mark_binder")]
    #[soft_delete(cascade(super::sheet::Entity on super::sheet::Relation::Binder))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod sheet {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "mark_sheet")]
    #[soft_delete(cascade(super::cell::Entity on super::cell::Relation::Sheet))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub binder_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::binder::Entity",
            from = "Column::BinderId",
            to = "super::binder::Column::Id"
        )]
        Binder,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod cell {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "mark_cell")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub sheet_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::sheet::Entity",
            from = "Column::SheetId",
            to = "super::sheet::Column::Id"
        )]
        Sheet,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Two binders with two sheets each, and six cells in each sheet. One delete trashes both binders.
async fn two_binders(db: &TestDb) {
    db.create_table(binder::Entity).await;
    db.create_table(sheet::Entity).await;
    db.create_table(cell::Entity).await;
    let cells: Vec<String> = (0..24)
        .map(|id| format!("({id}, {})", 1 + id / 6))
        .collect();
    run(
        db,
        &[
            "INSERT INTO mark_binder (id) VALUES (1), (2)",
            "INSERT INTO mark_sheet (id, binder_id) VALUES (1, 1), (2, 1), (3, 2), (4, 2)",
            &format!(
                "INSERT INTO mark_cell (id, sheet_id) VALUES {}",
                cells.join(", ")
            ),
        ],
    )
    .await;
    binder::Entity::delete_many().exec(&**db).await.unwrap();
}

fn purge() -> Purge {
    let purge = Purge::of_all().in_family_of(binder::Entity);
    purge.older_than(Duration::ZERO).rows_per_transaction(4)
}

/// Ends a purge after two transactions.
async fn begin(db: &TestDb) {
    let mut transactions = 0;
    let between = |_| {
        transactions += 1;
        std::future::ready(match transactions {
            2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
    };
    let report = purge().run_with(between, &**db).await.unwrap();
    assert_eq!((report.operations, report.rows()), (0, 8), "{report}");
}

/// Checks that nothing is restored, and that a purge removes the rest.
async fn check(restored: Result<impl Send, SoftDeleteError>, db: &TestDb) {
    assert!(
        matches!(restored, Err(SoftDeleteError::BeingPurged { .. })),
        "{:?}",
        restored.map(drop)
    );
    let report = purge().run(&**db).await.unwrap();
    assert_eq!(
        (report.operations, report.blocked.len()),
        (1, 0),
        "{report}"
    );
    for table in ["mark_binder", "mark_sheet", "mark_cell"] {
        assert!(ids(db, &format!("SELECT id FROM {table}")).await.is_empty());
    }
}

on_every_database! {
    async fn a_root_of_an_operation_being_purged_is_not_restored(db: &TestDb) {
        two_binders(db).await;
        begin(db).await;
        check(binder::Entity::restore_by_id(2).exec(&**db).await, db).await;
    }

    async fn a_row_without_an_operation_column_is_not_restored(db: &TestDb) {
        two_binders(db).await;
        begin(db).await;
        run(db, &["UPDATE mark_sheet SET binder_id = NULL WHERE id = 1"]).await;
        check(sheet::Entity::restore_by_id(1).exec(&**db).await, db).await;
    }

    async fn an_operation_is_not_restored_after_a_force_delete_of_the_row_with_the_mark(db: &TestDb) {
        two_binders(db).await;
        begin(db).await;
        let binders = binder::Entity::with_trashed().all(&**db).await?;
        let is_marked = |row: &&binder::Model| row.operation_id.unwrap().get_version_num() == 8;
        let marked = binders.iter().find(is_marked).unwrap().id;
        binder::Entity::force_delete_by_id(marked).exec(&**db).await?;
        check(binder::Entity::restore_by_id(3 - marked).exec(&**db).await, db).await;
    }

    async fn operations_with_rows_under_one_another_are_removed_together(db: &TestDb) {
        db.create_table(binder::Entity).await;
        db.create_table(sheet::Entity).await;
        db.create_table(cell::Entity).await;
        run(db, &[
            "INSERT INTO mark_binder (id) VALUES (1), (2)",
            "INSERT INTO mark_sheet (id, binder_id) VALUES (1, 1), (2, 1), (3, 2), (4, 2)",
        ]).await;
        binder::Entity::delete_by_id(1).exec(&**db).await?;
        binder::Entity::delete_by_id(2).exec(&**db).await?;
        run(db, &["UPDATE mark_sheet SET binder_id = 2 WHERE id = 1", "UPDATE mark_sheet SET binder_id = 1 WHERE id = 3"]).await;
        let report = purge().run(&**db).await?;
        let left = Operation::list().in_family_of(binder::Entity).all(&**db).await?;
        assert_eq!(left, [], "{report}");
    }
}
