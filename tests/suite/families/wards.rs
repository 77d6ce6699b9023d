//! A restricting relation between two entities of one family, with foreign keys.
//!
//! ```text
//! ward ─cascade→ nurse ←restrict─ bed
//! ward ─cascade→ bed
//! ```

use sea_orm::ConnectionTrait;
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::rows::{live, refusal, run};
use crate::harness::on_every_database;

mod ward {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_ward")]
    #[soft_delete(cascade(
        super::nurse::Entity on super::nurse::Relation::Ward,
        super::bed::Entity on super::bed::Relation::Ward,
    ))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod nurse {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_nurse")]
    #[soft_delete(restrict(super::bed::Entity on super::bed::Relation::Nurse))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub ward_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::ward::Entity",
            from = "Column::WardId",
            to = "super::ward::Column::Id"
        )]
        Ward,
    }
    impl ActiveModelBehavior for ActiveModel {}
}

mod bed {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_bed")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub ward_id: i32,
        pub nurse_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::ward::Entity",
            from = "Column::WardId",
            to = "super::ward::Column::Id"
        )]
        Ward,
        #[sea_orm(
            belongs_to = "super::nurse::Entity",
            from = "Column::NurseId",
            to = "super::nurse::Column::Id"
        )]
        Nurse,
    }
    impl ActiveModelBehavior for ActiveModel {}
}

on_every_database! {
    async fn restricting_rows_that_the_same_force_delete_removes_are_removed_first(db: &TestDb) {
        db.create_table(ward::Entity).await;
        db.create_table(nurse::Entity).await;
        db.create_table(bed::Entity).await;
        run(
            db,
            &[
                "INSERT INTO family_ward (id) VALUES (1), (2), (3)",
                "INSERT INTO family_nurse (id, ward_id) VALUES (1, 1), (2, 2)",
                "INSERT INTO family_bed (id, ward_id, nurse_id) VALUES (1, 1, 1), (2, 3, 2)",
            ],
        )
        .await;
        ward::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_nurse").await, [2]);
        assert_eq!(live(db, "family_bed").await, [2]);
        // The bed of another ward stays, and so does its nurse.
        let refused = refusal(ward::Entity::force_delete_by_id(2).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        ward::Entity::force_delete_many().exec(&**db).await?;
        assert!(live(db, "family_ward").await.is_empty());
    }

    /// A trigger sees the order of the UPDATEs: a bed that is live before its nurse is refused.
    async fn a_restore_makes_the_restricted_row_live_first(db: &TestDb) {
        db.create_table(ward::Entity).await;
        db.create_table(nurse::Entity).await;
        db.create_table(bed::Entity).await;
        let rows = [
            "INSERT INTO family_ward (id) VALUES (1)",
            "INSERT INTO family_nurse (id, ward_id) VALUES (1, 1)",
            "INSERT INTO family_bed (id, ward_id, nurse_id) VALUES (1, 1, 1)",
        ];
        run(db, &rows).await;
        for schema in [SoftDeleteSchema::of::<nurse::Entity>(), SoftDeleteSchema::of::<bed::Entity>()] {
            for trigger in schema.refuse_trashed_parents() {
                trigger.create(&**db).await?;
            }
        }
        ward::Entity::delete_by_id(1).exec(&**db).await?;
        ward::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_bed").await, [1]);
        bed::Entity::delete_by_id(1).exec(&**db).await?;
        ward::Entity::delete_by_id(1).exec(&**db).await?;
        bed::Entity::restore_by_id(1).with_ancestors().exec(&**db).await?;
        assert_eq!(live(db, "family_nurse").await, [1]);

        bed::Entity::delete_by_id(1).exec(&**db).await?;
        nurse::Entity::delete_by_id(1).exec(&**db).await?;
        let restored = "UPDATE family_bed SET deleted_at = NULL WHERE id = 1";
        let added = "INSERT INTO family_bed (id, ward_id, nurse_id) VALUES (2, 1, 1)";
        for refused in [restored, added] {
            let error = db.execute_unprepared(refused).await.unwrap_err().to_string();
            assert!(error.contains("cannot belong to a trashed row of family_nurse"), "{error}");
        }
    }
}
