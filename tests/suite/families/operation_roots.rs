//! The rows on which a delete was called, and their titles: what a list of the trash shows.

use sea_orm::prelude::*;
use sea_orm::sea_query::FromValueTuple;
use sea_orm_soft_delete::{Operation, Scopable, SoftDeleteError};

use super::rows::{refusal, run};
use super::staff::employee;
use crate::harness::{TestDb, on_every_database};

/// Has a key of two columns and a title that may be NULL.
mod drawer {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_drawer")]
    #[soft_delete(cascade(super::paper::Entity))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub room: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: String,
        #[soft_delete(title)]
        pub label: Option<String>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::paper::Entity")]
        Paper,
    }

    impl Related<super::paper::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Paper.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Has no operation column, and its key is its title.
mod paper {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_paper")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[soft_delete(title)]
        pub number: i32,
        pub room: i32,
        pub place: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::drawer::Entity",
            from = "(Column::Room, Column::Place)",
            to = "(super::drawer::Column::Room, super::drawer::Column::Place)"
        )]
        Drawer,
    }

    impl Related<super::drawer::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Drawer.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

async fn two_drawers(db: &TestDb) {
    db.create_table(drawer::Entity).await;
    db.create_table(paper::Entity).await;
    run(
        db,
        &[
            "INSERT INTO family_drawer (room, place, label) \
             VALUES (1, 'top', 'Taxes'), (1, 'bottom', NULL)",
            "INSERT INTO family_paper (number, room, place) \
             VALUES (7, 1, 'top'), (8, 1, 'top'), (9, 1, 'bottom')",
        ],
    )
    .await;
}

/// The newest operation of drawers and papers.
async fn newest(db: &impl ConnectionTrait) -> Result<Operation, DbErr> {
    let list = Operation::list().in_family_of(drawer::Entity).limit(1);
    Ok(list.all(db).await?.remove(0))
}

/// The roots as their entity, key and title.
fn roots(operation: &Operation) -> Vec<String> {
    let roots = operation.roots().iter();
    roots
        .map(|root| {
            let key: Vec<String> = root
                .key
                .clone()
                .into_iter()
                .map(|it| it.to_string())
                .collect();
            let title = root.title.as_deref().unwrap_or("NULL");
            format!("{} {}: {title}", root.entity, key.join(" "))
        })
        .collect()
}

/// How many roots each entity of the operation has.
fn counts(operation: &Operation) -> Vec<(&str, u64, u64)> {
    let members = operation.members().iter();
    members
        .map(|member| (member.entity.as_str(), member.count, member.roots))
        .collect()
}

on_every_database! {
    async fn an_operation_names_the_row_on_which_the_delete_was_called(db: &TestDb) {
        two_drawers(db).await;
        drawer::Entity::delete_by_id((1, "top".to_owned())).exec(&**db).await?;
        let operation = newest(&**db).await?;
        assert_eq!(roots(&operation), ["family_drawer 1 'top': Taxes"]);
        assert_eq!(counts(&operation), [("family_drawer", 1, 1), ("family_paper", 2, 0)]);
        assert_eq!(operation.roots()[0].to_string(), "Taxes");
        assert_eq!(operation.title(), "Taxes");
        assert_eq!(newest(&db.scoped()).await?, operation);
        let found = Operation::list().in_family_of(drawer::Entity).find(operation.id(), &**db).await?;
        assert_eq!(found, Some(operation));
    }

    async fn a_root_without_a_title_prints_its_entity_and_key(db: &TestDb) {
        two_drawers(db).await;
        drawer::Entity::delete_by_id((1, "bottom".to_owned())).exec(&**db).await?;
        let operation = newest(&**db).await?;
        assert_eq!(operation.roots()[0].title, None);
        assert_eq!(operation.roots()[0].to_string(), "family_drawer (1, 'bottom')");
    }

    async fn the_title_can_be_the_key_and_the_operation_an_instant(db: &TestDb) {
        two_drawers(db).await;
        paper::Entity::delete_by_id(8).exec(&**db).await?;
        let operation = newest(&**db).await?;
        assert_eq!(roots(&operation), ["family_paper 8: 8"]);
        assert_eq!(counts(&operation), [("family_paper", 1, 1)]);
    }

    async fn a_refused_restore_names_the_trashed_parent_by_its_key_and_title(db: &TestDb) {
        two_drawers(db).await;
        for (place, number) in [("top", 8), ("bottom", 9)] {
            paper::Entity::delete_by_id(number).exec(&**db).await?;
            drawer::Entity::delete_by_id((1, place.to_owned())).exec(&**db).await?;
            let refused = refusal(paper::Entity::restore_by_id(number).exec(&db.scoped()).await);
            let text = refused.to_string();
            let SoftDeleteError::ParentTrashed { parent, parent_row, .. } = refused else { panic!("{refused}") };
            assert_eq!((parent.as_str(), parent_row.entity.as_str()), ("family_drawer", "family_drawer"));
            let (room, at) = <(i32, String)>::from_value_tuple(parent_row.key.clone());
            assert_eq!((room, at.as_str()), (1, place));
            let title = if place == "top" { "Taxes" } else { "family_drawer (1, 'bottom')" };
            assert_eq!(parent_row.to_string(), title);
            assert_eq!(text.contains("`family_drawer` room = 1, place = 'top' (Taxes), is trashed"), place == "top", "{text}");
            assert_eq!(parent_row.operation, Some(newest(&**db).await?.id()));
            drawer::Entity::restore_by_id((room, at)).exec(&**db).await?;
            paper::Entity::restore_by_id(number).exec(&**db).await?;
        }
    }

    async fn rows_whose_parent_was_trashed_by_another_delete_are_roots(db: &TestDb) {
        two_drawers(db).await;
        paper::Entity::delete_by_id(8).exec(&**db).await?;
        drawer::Entity::delete_many().exec(&**db).await?;
        let list = Operation::list().in_family_of(drawer::Entity).all(&**db).await?;
        assert_eq!(roots(&list[0]), ["family_drawer 1 'bottom': NULL", "family_drawer 1 'top': Taxes"]);
        assert_eq!(counts(&list[0]), [("family_drawer", 2, 2), ("family_paper", 2, 0)]);
        assert_eq!(roots(&list[1]), ["family_paper 8: 8"]);
    }

    async fn rows_below_another_row_of_a_tree_are_no_roots(db: &TestDb) {
        db.create_table(employee::Entity).await;
        run(db, &[
            "INSERT INTO family_employee (id, manager_id) VALUES (1, NULL), (2, 1), (3, 2), (4, NULL)",
        ]).await;
        employee::Entity::delete_by_id(3).exec(&**db).await?;
        employee::Entity::delete_many().exec(&**db).await?;
        let list = Operation::list().in_family_of(employee::Entity).all(&**db).await?;
        assert_eq!(roots(&list[0]), ["family_employee 1: NULL", "family_employee 4: NULL"]);
        assert_eq!(counts(&list[0]), [("family_employee", 3, 2)]);
        assert_eq!(roots(&list[1]), ["family_employee 3: NULL"]);
    }

    async fn five_roots_of_an_entity_are_listed_and_all_are_counted(db: &TestDb) {
        two_drawers(db).await;
        let papers: Vec<String> = (10..19).map(|number| format!("({number}, 1, 'top')")).collect();
        let insert = format!(
            "INSERT INTO family_paper (number, room, place) VALUES {}", papers.join(", ")
        );
        run(db, &[insert.as_str()]).await;
        paper::Entity::delete_many().exec(&**db).await?;
        let operation = newest(&**db).await?;
        let titles: Vec<String> = operation.roots().iter().map(ToString::to_string).collect();
        assert_eq!(titles, ["7", "8", "9", "10", "11"]);
        assert_eq!(counts(&operation), [("family_paper", 12, 12)]);
        assert_eq!(operation.title(), "7 and 11 more");
    }

    async fn roots_are_serialized_with_their_keys(db: &TestDb) {
        two_drawers(db).await;
        drawer::Entity::delete_by_id((1, "top".to_owned())).exec(&**db).await?;
        let json = serde_json::to_value(newest(&**db).await?).unwrap();
        let roots = serde_json::json!([{"entity": "family_drawer", "key": [1, "top"], "title": "Taxes"}]);
        assert_eq!(json["roots"], roots);
        paper::Entity::delete_by_id(9).exec(&**db).await?;
        let json = serde_json::to_value(newest(&**db).await?).unwrap();
        assert_eq!(json["roots"], serde_json::json!([{"entity": "family_paper", "key": 9, "title": "9"}]));
    }
}
