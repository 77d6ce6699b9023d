//! Counters that are declared wrongly are refused before anything is written.

use sea_orm::prelude::*;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::{Counters, Scopable, SoftDeleteError};

use crate::families::rows::{live, refusal, run};
use crate::harness::on_every_database;

mod shelf {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "miscounted_shelf")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub label: String,
        pub total: i32,
        pub copies: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Defines an entity that declares this counter.
macro_rules! miscounted {
    ($name:ident, $table:literal, [$($declared:tt)*]) => {
        mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            #[soft_delete(counted_in(super::shelf::Entity on $($declared)*))]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                pub shelf_id: i32,
                pub deleted_at: Option<DateTimeUtc>,
                #[soft_delete(operation)]
                pub operation_id: Option<Uuid>,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {
                #[sea_orm(
                    belongs_to = "super::shelf::Entity",
                    from = "Column::ShelfId",
                    to = "super::shelf::Column::Id",
                    skip_fk
                )]
                Shelf,
                #[sea_orm(
                    belongs_to = "super::shelf::Entity",
                    from = "Column::ShelfId",
                    to = "super::shelf::Column::Id",
                    on_condition = r#"super::shelf::Column::Total.gt(1)"#,
                    skip_fk
                )]
                Full,
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

miscounted! { texts, "miscounted_text", [Relation::Shelf, live = "label"] }
miscounted! { filtered, "miscounted_filter", [Relation::Full, live = "total"] }
miscounted! { below, "miscounted_below", [super::to_children(), live = "total"] }
miscounted! { first, "miscounted_first", [Relation::Shelf, live = "copies"] }
miscounted! { second, "miscounted_second", [Relation::Shelf, trashed = "copies"] }

/// A relation from a row to the shelves that belong to it.
fn to_children() -> RelationDef {
    let to_parent = below::Entity::belongs_to(shelf::Entity);
    let to_children: RelationDef = to_parent
        .from(below::Column::Id)
        .to(shelf::Column::Total)
        .into();
    RelationDef {
        is_owner: true,
        ..to_children
    }
}

/// Another entity of a counted table, which declares no counter.
mod slim {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "counter_word")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

macro_rules! is_refused {
    ($db:ident, $entity:ident, $table:literal, $mistake:literal) => {
        $db.create_table($entity::Entity).await;
        let insert = concat!("INSERT INTO ", $table, " (id, shelf_id) VALUES (1, 1)");
        run($db, &[insert]).await;
        for refused in [
            refusal($entity::Entity::delete_by_id(1).exec(&**$db).await),
            refusal($entity::Entity::force_delete_by_id(1).exec(&**$db).await),
            refusal(
                $db.scoped()
                    .execute_unprepared(concat!("DELETE FROM ", $table))
                    .await,
            ),
            refusal(Counters::of::<$entity::Entity>().recount(&**$db).await),
        ] {
            let SoftDeleteError::InvalidRelation { mistake, .. } = &refused else {
                panic!("{refused}");
            };
            assert!(mistake.contains($mistake), "{mistake}");
        }
        assert_eq!(live($db, $table).await, [1]);
        let diagnosis = Doctor::new().of($entity::Entity).examine(&**$db).await?;
        let mut findings = diagnosis.findings().iter();
        let is_it = |code| code == FindingCode::RelationMisdeclared;
        assert!(
            findings.any(|it| is_it(it.code) && it.message.contains($mistake)),
            "{diagnosis}"
        );
    };
}

on_every_database! {
    async fn a_column_that_holds_no_integers_is_refused(db: &TestDb) {
        is_refused!(db, texts, "miscounted_text", "names the column `label` of `miscounted_shelf`, which holds no integers");
    }

    async fn a_relation_with_a_condition_is_refused(db: &TestDb) {
        is_refused!(db, filtered, "miscounted_filter", "follows a relation with a condition");
    }

    async fn a_relation_to_children_is_refused(db: &TestDb) {
        is_refused!(db, below, "miscounted_below", "needs a relation by which rows of `miscounted_below` belong to rows of `miscounted_shelf`");
    }

    async fn a_column_that_counts_the_rows_of_two_entities_is_refused(db: &TestDb) {
        db.create_table(first::Entity).await;
        db.create_table(second::Entity).await;
        // Which of the two is right depends on how the program is linked.
        let refused = [
            Counters::of::<first::Entity>().find_wrong(&**db).await.err().map(|it| it.to_string()),
            Counters::of::<second::Entity>().find_wrong(&**db).await.err().map(|it| it.to_string()),
        ];
        let told = |text: &&String| text.contains("counts the rows of another relation too");
        assert_eq!(refused.iter().flatten().filter(told).count(), 1, "{refused:?}");
    }

    async fn another_entity_of_a_counted_table_is_refused(db: &TestDb) {
        let refused = refusal(slim::Entity::delete_many().exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::FamilyNotDeclared { .. }), "{refused}");
    }
}
