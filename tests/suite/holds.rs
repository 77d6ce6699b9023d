//! Legal holds: no statement removes a row that is held, and the error says which rows are.

use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{IntoActiveModel, Set};
use sea_orm_soft_delete::preview::EntityRows;
use sea_orm_soft_delete::purged::BlockedBy;
use sea_orm_soft_delete::{Operation, Purge, Scopable, SoftDeleteError};

use crate::families::rows::run;
use crate::harness::{TestDb, on_every_database};

/// Its sheets are trashed with it, and held with it.
mod binder {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "hold_binder")]
    #[soft_delete(cascade(super::sheet::Entity on super::sheet::Relation::Binder))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(hold)]
        pub is_held: bool,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Held by its own column or with its binder. Its scans are destroyed with it.
mod sheet {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "hold_sheet")]
    #[soft_delete(
        held_with(super::binder::Entity),
        destroy(super::scan::Entity on super::scan::Relation::Sheet)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub binder_id: i32,
        #[soft_delete(hold)]
        pub case_number: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
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

    impl Related<super::binder::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Binder.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Not soft-deletable.
mod scan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "hold_scan")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub sheet_id: i32,
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

/// Without a family.
mod memo {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "hold_memo")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(unique)]
        pub slug: String,
        #[soft_delete(hold)]
        pub is_held: Option<bool>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Memo 2 is held. Binder 1 is held and has the sheets 1 and 2; sheet 3 of binder 2 is held, and sheet 4 is not.
async fn archive(db: &TestDb) {
    db.create_table(memo::Entity).await;
    db.create_table(binder::Entity).await;
    db.create_table(sheet::Entity).await;
    db.create_table(scan::Entity).await;
    run(
        db,
        &[
            "INSERT INTO hold_memo (id, slug, is_held) VALUES (1, 'a', NULL), (2, 'b', TRUE), (3, 'c', NULL)",
            "INSERT INTO hold_binder (id, is_held) VALUES (1, TRUE), (2, FALSE)",
            "INSERT INTO hold_sheet (id, binder_id, case_number) VALUES (1, 1, NULL), (2, 1, NULL), (3, 2, 77), (4, 2, NULL)",
        ],
    )
    .await;
}

#[track_caller]
fn held<T: std::fmt::Debug, E: Into<SoftDeleteError>>(result: Result<T, E>) -> Vec<(String, u64)> {
    match result.map_err(Into::into) {
        Err(SoftDeleteError::Held { held, .. }) => {
            held.into_iter().map(|it| (it.entity, it.count)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn rows(entity: &str, count: u64) -> (String, u64) {
    (entity.to_owned(), count)
}

on_every_database! {
    async fn a_force_delete_refuses_held_rows_and_removes_nothing(db: &TestDb) {
        archive(db).await;
        let one = memo::Entity::force_delete_by_id(2).exec(&**db).await;
        assert_eq!(held(one), [rows("hold_memo", 1)]);
        let many = memo::Entity::force_delete_many().exec(&**db).await;
        let message = many.as_ref().unwrap_err().to_string();
        assert!(message.contains("a legal hold keeps 1 row of `hold_memo`"), "{message}");
        assert_eq!(held(many), [rows("hold_memo", 1)]);
        assert_eq!(memo::Entity::find().count(&**db).await?, 3);
        assert_eq!(memo::Entity::force_delete_by_id(1).exec(&**db).await?.rows_affected, 1);
        run(db, &["UPDATE hold_memo SET is_held = FALSE"]).await;
        assert_eq!(memo::Entity::force_delete_many().exec(&**db).await?.rows_affected, 2);
    }

    async fn held_rows_are_trashed_and_restored(db: &TestDb) {
        archive(db).await;
        assert_eq!(memo::Entity::delete_by_id(2).exec(&**db).await?.rows_affected, 1);
        assert_eq!(memo::Entity::restore_by_id(2).exec(&**db).await?.id, 2);
        assert_eq!(binder::Entity::delete_by_id(1).exec(&**db).await?.rows_affected, 1);
        assert_eq!(sheet::Entity::find().count(&**db).await?, 2);
    }

    async fn a_hold_on_a_row_of_a_family_refuses_the_whole(db: &TestDb) {
        archive(db).await;
        let of_both = binder::Entity::force_delete_many().exec(&**db).await;
        assert_eq!(held(of_both), [rows("hold_binder", 1), rows("hold_sheet", 3)]);
        let below = binder::Entity::force_delete_by_id(2).exec(&**db).await;
        assert_eq!(held(below), [rows("hold_sheet", 1)]);
        let with_its_binder = sheet::Entity::force_delete_by_id(1).exec(&**db).await;
        assert_eq!(held(with_its_binder), [rows("hold_sheet", 1)]);
        assert_eq!(sheet::Entity::find().count(&**db).await?, 4);
        assert_eq!(sheet::Entity::force_delete_by_id(4).exec(&**db).await?.rows_affected, 1);
        run(db, &["UPDATE hold_binder SET is_held = FALSE"]).await;
        assert_eq!(binder::Entity::force_delete_by_id(1).exec(&**db).await?.rows_affected, 1);
        assert_eq!(sheet::Entity::with_trashed().count(&**db).await?, 1);
    }

    async fn a_hold_refuses_the_force_delete_of_an_operation_and_previews_show_it(db: &TestDb) {
        archive(db).await;
        binder::Entity::delete_by_id(2).exec(&**db).await?;
        let operation = Operation::list().in_family_of(binder::Entity).all(&**db).await?.remove(0);
        assert_eq!(held(operation.force_delete(&**db).await), [rows("hold_sheet", 1)]);
        let preview = operation.preview_force_delete(&**db).await?.remove(0);
        let [EntityRows { entity, count, .. }] = preview.on_hold.as_slice() else { panic!("{preview}") };
        assert_eq!((entity.as_str(), *count, preview.is_allowed()), ("hold_sheet", 1, false));
        assert!(preview.to_string().contains("forbidden by a legal hold: 1 row of `hold_sheet`"), "{preview}");
        let preview = binder::Entity::force_delete_many().preview(&**db).await?;
        assert_eq!(preview.on_hold.len(), 2, "{preview}");
        assert_eq!(operation.restore(&**db).await?, 3);
    }

    async fn a_purge_leaves_operations_with_held_rows(db: &TestDb) {
        archive(db).await;
        sheet::Entity::delete_by_id(4).exec(&**db).await?;
        sheet::Entity::delete_by_id(3).exec(&**db).await?;
        sheet::Entity::delete_by_id(1).exec(&**db).await?;
        let purge = Purge::of_all().in_family_of(binder::Entity).older_than(Duration::ZERO);
        let preview = purge.preview(&**db).await?;
        assert_eq!((preview.operations, preview.blocked.len()), (1, 2), "{preview}");
        let report = purge.run(&**db).await?;
        assert_eq!((report.operations, report.rows()), (1, 1), "{report}");
        for blocked in &report.blocked {
            let by = BlockedBy::LegalHold { entity: "hold_sheet".into(), count: 1 };
            assert_eq!(blocked.by, [by]);
        }
        assert!(report.to_string().contains("a legal hold keeps 1 row of `hold_sheet`"), "{report}");
        assert_eq!(sheet::Entity::with_trashed().count(&**db).await?, 3);
        run(db, &["UPDATE hold_sheet SET case_number = NULL"]).await;
        assert_eq!(purge.run(&**db).await?.operations, 1, "sheet 1 is held with its binder");
        run(db, &["UPDATE hold_binder SET is_held = FALSE"]).await;
        assert_eq!(purge.run(&**db).await?.operations, 1);
    }

    async fn a_large_operation_with_a_held_row_is_left_whole(db: &TestDb) {
        archive(db).await;
        binder::Entity::delete_by_id(2).exec(&**db).await?;
        let purge = Purge::of_all().in_family_of(binder::Entity).older_than(Duration::ZERO);
        let report = purge.clone().rows_per_transaction(1).run(&**db).await?;
        assert_eq!((report.rows(), report.blocked.len()), (0, 1), "{report}");
        assert_eq!(binder::Entity::restore_by_id(2).exec(&**db).await?.id, 2);
    }

    async fn a_held_row_is_not_replaced(db: &TestDb) {
        archive(db).await;
        memo::Entity::delete_by_id(2).exec(&**db).await?;
        let new = memo::ActiveModel { id: Set(9), slug: Set("b".into()), ..Default::default() };
        let replaced = memo::Entity::insert_or_replace_trashed(new).by([memo::Column::Slug]).exec(&**db).await;
        assert_eq!(held(replaced), [rows("hold_memo", 1)]);
        assert_eq!(memo::Entity::with_trashed().count(&**db).await?, 3);
    }

    async fn a_delete_does_not_destroy_rows_of_a_held_row(db: &TestDb) {
        archive(db).await;
        run(db, &["INSERT INTO hold_scan (id, sheet_id) VALUES (1, 3), (2, 3), (3, 4)"]).await;
        let refused = sheet::Entity::delete_by_id(3).exec(&**db).await;
        assert_eq!(held(refused), [rows("hold_scan", 2)]);
        let refused = db.scoped().execute_unprepared("DELETE FROM hold_sheet WHERE id = 3").await;
        assert_eq!(held(refused), [rows("hold_scan", 2)]);
        assert_eq!(sheet::Entity::find().count(&**db).await?, 4);
        sheet::Entity::delete_by_id(4).exec(&**db).await?;
        assert_eq!(scan::Entity::find().count(&**db).await?, 2);
    }

    async fn a_physical_delete_by_hand_leaves_held_rows(db: &TestDb) {
        archive(db).await;
        let scoped = db.scoped();
        let delete = "DELETE FROM hold_memo /* soft_delete: force_delete */";
        assert_eq!(scoped.execute_unprepared(delete).await?.rows_affected(), 2);
        let delete = "DELETE FROM hold_sheet WHERE /* soft_delete: force_delete(hold_sheet) */ id > 0";
        assert_eq!(scoped.execute_unprepared(delete).await?.rows_affected(), 1, "sheet 4");
        assert_eq!(memo::Entity::find().count(&**db).await?, 1);
        assert_eq!(sheet::Entity::find().count(&**db).await?, 3);
    }

    async fn a_force_delete_on_a_scoped_connection_refuses_held_rows_too(db: &TestDb) {
        archive(db).await;
        binder::Entity::delete_by_id(1).exec(&**db).await?;
        let scoped = db.scoped();
        assert_eq!(held(sheet::Entity::force_delete_by_id(1).exec(&scoped).await), [rows("hold_sheet", 1)]);
        assert_eq!(held(memo::Entity::force_delete_many().exec(&scoped).await), [rows("hold_memo", 1)]);
        let model = memo::Entity::find_by_id(2).one(&scoped).await?.unwrap();
        assert_eq!(held(model.into_active_model().force_delete(&scoped).await), [rows("hold_memo", 1)]);
    }

    async fn a_force_delete_can_skip_held_rows(db: &TestDb) {
        archive(db).await;
        let done = memo::Entity::force_delete_many().exec_skipping_held(&**db).await?;
        assert_eq!(done.removed, 2);
        assert_eq!((done.held[0].key.as_str(), done.held[0].constraint.as_str()), ("id = 2", "legal hold"));
    }
}
