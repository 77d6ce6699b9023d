//! The live schema of PostgreSQL: views of live rows under the names of the tables, for programs that know nothing of
//! soft delete.

mod apply;
mod deletes;
mod doctor;
mod entities;
mod families;
mod markers;
mod reads;
mod verbs;
mod writes;

use sea_orm::ConnectionTrait;
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::schema::live_schema;

use crate::harness::on_databases;

on_databases! { [sqlite: Sqlite, mariadb: MariaDb, mysql: MySql]
    async fn another_database_than_postgresql_is_refused(db: &TestDb) {
        let live = live_schema("live").of(entities::folder::Entity);
        for refused in [live.apply(&**db).await, live.drop(&**db).await] {
            let Err(SoftDeleteError::SchemaNotChanged { entity, why, remedy, .. }) = refused else {
                panic!("not refused: {refused:?}");
            };
            assert_eq!(entity, "live");
            assert!(why.contains("PostgreSQL only"), "{why}");
            assert!(remedy.contains("db.scoped()"), "{remedy}");
        }
        assert!(live.statements(&**db).await.is_err());
        db.execute_unprepared("SELECT 1").await?;
    }
}
