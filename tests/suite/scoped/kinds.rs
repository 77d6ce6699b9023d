//! Each kind of marker on a scoped connection, with statements that do not mention the marker.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, Delete, IntoActiveModel, JoinType,
    QueryOrder, QuerySelect, RelationTrait, Statement, Update,
};
use sea_orm_soft_delete::Scopable;

use super::rows::plain;
use crate::harness::{Server, TestDb, on_every_database};

/// The number of rows that a view shows.
async fn rows(db: &TestDb, view: &str) -> usize {
    let all = format!("SELECT id FROM {view}");
    let all = Statement::from_string(db.get_database_backend(), all);
    db.query_all_raw(all).await.unwrap().len()
}

/// Defines an entity with a marker of the given type, whose rows refer to a previous row, and its test.
macro_rules! kinds {
    ($($name:ident in $table:literal: $ty:ty, live $live:expr $(, $key:ident = $value:literal)?;)*) => {$(
        mod $name {
            use super::*;

            mod item {
                use sea_orm::entity::prelude::*;
                use sea_orm_soft_delete::SoftDelete;

                #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
                #[sea_orm(table_name = $table)]
                pub struct Model {
                    #[sea_orm(primary_key, auto_increment = false)]
                    pub id: i32,
                    pub before: Option<i32>,
                    pub name: String,
                    #[soft_delete(marker $(, $key = $value)?)]
                    pub gone: $ty,
                }

                #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
                pub enum Relation {
                    #[sea_orm(belongs_to = "Entity", from = "Column::Before", to = "Column::Id", skip_fk)]
                    Before,
                }

                impl ActiveModelBehavior for ActiveModel {}
            }

            on_every_database! {
                /// Scenario 74.
                async fn a_row_with_this_marker_is_hidden_stamped_and_restored(db: &TestDb) {
                    use item::{ActiveModel, Column, Entity, Relation};

                    db.create_table(Entity).await;
                    for (id, before) in [(1, None), (2, Some(1)), (3, Some(2))] {
                        let name = Set("a".to_owned());
                        let item = ActiveModel { id: Set(id), before: Set(before), name, gone: Set($live) };
                        item.insert(&**db).await?;
                    }
                    let scoped = db.scoped();
                    assert_eq!(Delete::many(Entity).filter(Column::Id.eq(1)).exec(&scoped).await?.rows_affected, 1);
                    assert_eq!(Delete::many(Entity).filter(Column::Id.eq(1)).exec(&scoped).await?.rows_affected, 0);
                    let trashed = Entity::only_trashed().one(&**db).await?.unwrap();
                    assert!(trashed.is_trashed());

                    assert_eq!(plain(Entity).count(&scoped).await?, 2);
                    let befores = plain(Entity)
                        .select_only()
                        .column(Column::Id)
                        .expr_as(Expr::col(("before_it", Column::Id)), "before_id")
                        .join_as(JoinType::LeftJoin, Relation::Before.def(), "before_it")
                        .order_by_asc(Column::Id)
                        .into_tuple::<(i32, Option<i32>)>()
                        .all(&scoped)
                        .await?;
                    assert_eq!(befores, [(2, None), (3, Some(2))]);
                    // A database binds no values in the definition of a view.
                    scoped.execute_unprepared(concat!("CREATE VIEW ", $table, "_view AS SELECT * FROM ", $table)).await?;
                    assert_eq!(rows(db, concat!($table, "_view")).await, 2);
                    if db.server() == Server::Postgres {
                        let view = concat!("CREATE MATERIALIZED VIEW ", $table, "_kept AS SELECT * FROM ", $table);
                        scoped.execute_raw(Statement::from_string(scoped.get_database_backend(), view)).await?;
                        assert_eq!(rows(db, concat!($table, "_kept")).await, 2);
                        let drop = concat!("DROP MATERIALIZED VIEW ", $table, "_kept");
                        db.execute_unprepared(drop).await?;
                    }
                    db.execute_unprepared(concat!("DROP VIEW ", $table, "_view")).await?;

                    let renamed = Update::many(Entity).col_expr(Column::Name, "b".into()).exec(&scoped).await?;
                    assert_eq!(renamed.rows_affected, 2);
                    let mut again = trashed.clone().into_active_model().reset_all();
                    again.name = Set("c".to_owned());
                    let or_name = OnConflict::column(Column::Id).update_column(Column::Name).to_owned();
                    let upsert = Entity::insert(again).on_conflict(or_name);
                    let done = upsert.exec_without_returning(&scoped).await;
                    assert_eq!(done.is_ok(), db.server().speaks_mysql(), "{done:?}");
                    let still = Entity::only_trashed().all(&scoped).await?;
                    assert_eq!(still, std::slice::from_ref(&trashed));

                    let restored = trashed.restore(&scoped).await?;
                    assert_eq!(restored.name, "a");
                    assert_eq!(plain(Entity).count(&scoped).await?, 3);
                    assert_eq!(Entity::force_delete_many().exec(&scoped).await?.rows_affected, 3);
                }
            }
        }
    )*};
}

kinds! {
    instant in "kind_instant": Option<DateTimeUtc>, live None;
    instant_without_zone in "kind_naive": Option<DateTime>, live None;
    instant_of_time in "kind_time": Option<TimeDateTimeWithTimeZone>, live None;
    flag in "kind_flag": bool, live false;
    seconds in "kind_seconds": i64, live 0, epoch = "seconds";
    nullable_milliseconds in "kind_milliseconds": Option<i64>, live None, epoch = "milliseconds";
    sentinel in "kind_sentinel": DateTimeUtc,
        live "2037-12-31T00:00:00Z".parse().unwrap(), live = "2037-12-31T00:00:00Z";
}
