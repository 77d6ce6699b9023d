//! Links between two entities that both destroy them, in a table that no entity of the family names.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Backup, SoftDeleteError};

use super::rows::{refusal, run};
use crate::harness::{TestDb, on_every_database};

mod scholar {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_scholar")]
    #[soft_delete(destroy(super::seminar_title::Entity))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl Related<super::seminar_title::Entity> for Entity {
        fn to() -> RelationDef {
            super::attends::to_seminar()
        }

        fn via() -> Option<RelationDef> {
            Some(super::attends::of_scholar())
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod seminar {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_seminar")]
    #[soft_delete(destroy(super::scholar_name::Entity))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl Related<super::scholar_name::Entity> for Entity {
        fn to() -> RelationDef {
            super::attends::to_scholar()
        }

        fn via() -> Option<RelationDef> {
            Some(super::attends::of_seminar())
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

macro_rules! target {
    ($module:ident, $table:literal) => {
        mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}
target!(seminar_title, "family_seminar_title");
target!(scholar_name, "family_scholar_name");

mod attends {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_attends")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub scholar_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seminar_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    pub fn of_scholar() -> RelationDef {
        super::scholar::Entity::belongs_to(Entity)
            .from(super::scholar::Column::Id)
            .to(Column::ScholarId)
            .into()
    }

    pub fn of_seminar() -> RelationDef {
        super::seminar::Entity::belongs_to(Entity)
            .from(super::seminar::Column::Id)
            .to(Column::SeminarId)
            .into()
    }

    pub fn to_seminar() -> RelationDef {
        Entity::belongs_to(super::seminar_title::Entity)
            .from(Column::SeminarId)
            .to(super::seminar_title::Column::Id)
            .into()
    }

    pub fn to_scholar() -> RelationDef {
        Entity::belongs_to(super::scholar_name::Entity)
            .from(Column::ScholarId)
            .to(super::scholar_name::Column::Id)
            .into()
    }
}

/// Scholars 1 and 2 attend the seminars 1 and 2.
async fn school(db: &TestDb) {
    db.create_table(scholar::Entity).await;
    db.create_table(seminar::Entity).await;
    run(
        db,
        &[
            "CREATE TABLE family_attends (scholar_id INT, seminar_id INT, PRIMARY KEY (scholar_id, seminar_id))",
            "INSERT INTO family_scholar (id) VALUES (1), (2)",
            "INSERT INTO family_seminar (id) VALUES (1), (2)",
            "INSERT INTO family_attends (scholar_id, seminar_id) VALUES (1, 1), (1, 2), (2, 1), (2, 2)",
        ],
    )
    .await;
}

async fn links(db: &TestDb) -> Vec<(i32, i32)> {
    let links = attends::Entity::find().all(&**db).await.unwrap();
    let mut links: Vec<_> = links
        .iter()
        .map(|it| (it.scholar_id, it.seminar_id))
        .collect();
    links.sort_unstable();
    links
}

on_every_database! {
    async fn a_force_delete_destroys_only_the_links_of_its_own_row(db: &TestDb) {
        school(db).await;
        scholar::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(links(db).await, [(2, 1), (2, 2)]);
        seminar::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(links(db).await, [(2, 2)]);
    }

    async fn a_backup_refuses_links_without_an_entity(db: &TestDb) {
        school(db).await;
        run(db, &["DELETE FROM family_attends WHERE scholar_id = 2"]).await;
        let backup = Backup::to(std::io::sink());
        let deletes = || scholar::Entity::force_delete_by_id(1);
        for refused in [
            backup.scope(deletes().exec(&**db)).await.map(drop),
            backup.scope(scholar::Entity::delete_by_id(1).exec(&**db)).await.map(drop).map_err(Into::into),
        ] {
            let SoftDeleteError::NotBackedUp { entity, column: None, .. } = &refusal(refused) else { panic!() };
            assert_eq!(entity, "family_attends");
        }
        assert_eq!(links(db).await, [(1, 1), (1, 2)]);
        backup.scope(scholar::Entity::force_delete_by_id(2).exec(&**db)).await?;
        deletes().exec(&**db).await?;
        assert_eq!(links(db).await, []);
    }

    async fn a_delete_destroys_only_the_links_of_its_own_row(db: &TestDb) {
        school(db).await;
        seminar::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!(links(db).await, [(1, 1), (2, 1)]);
        scholar::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!(links(db).await, [(1, 1)]);
    }
}
