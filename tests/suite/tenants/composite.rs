//! Keys that hold the tenant: a foreign key that keeps a row within it, and unique keys of each tenant.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, Schema, Statement};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::entities::{Scoped, Tenant};
use crate::harness::{TestDb, on_every_database};

pub mod folder {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Scoped, SoftDelete};

    use super::Tenant;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
    #[sea_orm(table_name = "tenant_folder")]
    pub struct Model {
        // Before the id: MySQL and MariaDB expect the columns in the order of the foreign key.
        #[scope(Tenant)]
        #[sea_orm(unique_key = "of_tenant")]
        pub tenant_id: i64,
        #[sea_orm(primary_key, unique_key = "of_tenant")]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        #[soft_delete(cascade)]
        pub files: HasMany<super::file::Entity>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub deletion: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod file {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Scoped, SoftDelete};

    use super::Tenant;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
    #[sea_orm(table_name = "tenant_file")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[scope(Tenant)]
        #[sea_orm(unique_key = "path")]
        pub tenant_id: i64,
        #[sea_orm(unique_key = "path")]
        pub folder_id: i32,
        #[sea_orm(belongs_to, from = "(tenant_id, folder_id)", to = "(tenant_id, id)")]
        pub folder: BelongsTo<super::folder::Entity>,
        #[sea_orm(unique_key = "path")]
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub deletion: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// One folder of tenant 7 and one of tenant 8, each with the files `a` and `b`. Returns a connection within tenant 7.
async fn folders(db: &TestDb) -> Result<Scoped, SoftDeleteError> {
    let schema = Schema::new(db.get_database_backend());
    db.create_table(folder::Entity).await;
    for index in schema.create_index_from_entity(folder::Entity) {
        db.execute(&index).await?;
    }
    db.create_table(file::Entity).await;
    for index in schema.create_index_from_entity(file::Entity) {
        db.execute(&index).await?;
    }
    let folders = SoftDeleteSchema::of::<folder::Entity>();
    folders.apply(&**db).await?;
    folders
        .unique_among_live(["tenant_id", "name"])
        .create(&**db)
        .await?;
    SoftDeleteSchema::of::<file::Entity>().apply(&**db).await?;
    let seven = db.scoped().within(Tenant, 7);
    for db in [&seven, &seven.clone().within(Tenant, 8)] {
        let folder = insert_folder("work", db).await?;
        for name in ["a", "b"] {
            insert_file(&folder, name, db).await?;
        }
    }
    Ok(seven)
}

async fn insert_folder(name: &str, db: &Scoped) -> Result<folder::Model, DbErr> {
    let new = folder::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    };
    new.insert(db).await
}

async fn insert_file(
    folder: &folder::Model,
    name: &str,
    db: &Scoped,
) -> Result<file::Model, DbErr> {
    let new = file::ActiveModel {
        folder_id: Set(folder.id),
        name: Set(name.to_owned()),
        ..Default::default()
    };
    new.insert(db).await
}

on_every_database! {
    async fn each_tenant_has_its_own_unique_keys(db: &TestDb) {
        let seven = folders(db).await?;
        let unique = |error: DbErr| error.sql_err().is_some();
        assert!(unique(insert_folder("work", &seven).await.unwrap_err()));
        let work = folder::Entity::find().one(&seven).await?.unwrap();
        assert!(unique(insert_file(&work, "a", &seven).await.unwrap_err()));
        work.clone().delete(&seven).await?;
        let again = insert_folder("work", &seven).await?;
        insert_file(&again, "a", &seven).await?;
        assert_eq!(file::Entity::with_trashed().count(&seven).await?, 3);
        assert!(folder::Entity::restore_by_id(work.id).exec(&seven).await.is_err());
        again.delete(&seven).await?;
        folder::Entity::restore_by_id(work.id).exec(&seven).await?;
        assert_eq!(file::Entity::find().count(&seven).await?, 2);
        assert_eq!(file::Entity::find().count(&seven.within(Tenant, 8)).await?, 2);
    }

    async fn a_foreign_key_keeps_a_row_within_its_tenant(db: &TestDb) {
        let seven = folders(db).await?;
        let work = folder::Entity::find().one(&seven).await?.unwrap();
        let eight = seven.clone().within(Tenant, 8);
        assert!(insert_file(&work, "c", &eight).await.is_err());
        assert!(insert_file(&work, "c", &seven).await.is_ok());
    }

    async fn families_over_a_key_with_the_tenant(db: &TestDb) {
        let seven = folders(db).await?;
        let work = folder::Entity::find().one(&seven).await?.unwrap();
        let preview = folder::Entity::delete_by_id(work.id).preview(&seven).await?;
        assert_eq!((preview.affects.count, preview.affects.members[0].count), (1, 2), "{preview}");
        work.clone().delete(&seven).await?;
        assert_eq!(file::Entity::find().count(&**db).await?, 2);
        folder::Entity::restore_by_id(work.id).exec(&seven).await?;
        let delete = Statement::from_string(db.get_database_backend(), "DELETE FROM tenant_folder");
        seven.execute_raw(delete).await?;
        assert_eq!(file::Entity::find().count(&**db).await?, 2);
        let trashed = file::Entity::only_trashed().one(&seven).await?.unwrap();
        file::Entity::restore_by_id(trashed.id).with_ancestors().exec(&seven).await?;
        assert_eq!(folder::Entity::find().count(&seven).await?, 1);
        folder::Entity::force_delete_by_id(work.id).exec(&seven).await?;
        assert_eq!(file::Entity::with_trashed().count(&**db).await?, 2);
    }

    async fn the_doctor_finds_nothing(db: &TestDb) {
        let _ = folders(db).await?;
        // A key that holds the primary key is of all rows, because foreign keys point at it.
        let keys = SoftDeleteSchema::of::<folder::Entity>().unique_keys();
        assert!(keys.is_empty(), "{keys:?}");
        let diagnosis = Doctor::new().of(folder::Entity).of(file::Entity).examine(&**db).await?;
        // `tenant_id` is in the key `of_tenant`, and SeaORM declares one key for a column.
        let undeclared = FindingCode::UniqueUndeclared;
        let notes = [FindingCode::RetentionUndeclared, FindingCode::PurgeUnindexed, undeclared];
        let findings = diagnosis.findings().iter().filter(|it| !notes.contains(&it.code));
        assert_eq!(findings.count(), 0, "{diagnosis}");
    }

    async fn schemas_that_are_built_by_hand(db: &TestDb) {
        let seven = folders(db).await?;
        let marker = || Marker::of::<Option<DateTimeUtc>>("deleted_at");
        let folders = SoftDeleteSchema::new("tenant_folder", marker()).with_operation::<Option<Uuid>>("deletion");
        let files = SoftDeleteSchema::new("tenant_file", marker())
            .belonging_to(&folders, [("tenant_id", "tenant_id"), ("folder_id", "id")]);
        for index in files.index_parents() {
            index.create(&**db).await?;
        }
        for guard in files.refuse_trashed_parents() {
            guard.create(&**db).await?;
        }
        let work = folder::Entity::find().one(&seven).await?.unwrap();
        folder::Entity::delete_by_id(work.id).exec(&seven).await?;
        assert!(insert_file(&work, "c", &seven).await.is_err());
        let eight = seven.within(Tenant, 8);
        let other = folder::Entity::find().one(&eight).await?.unwrap();
        insert_file(&other, "c", &eight).await?;
    }
}
