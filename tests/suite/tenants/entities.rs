//! Projects with tasks, the lines of their invoices, and pages. All but the pages belong to a tenant.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, DatabaseConnection};
use sea_orm_soft_delete::{FixedScope, RequiredScope, Scopable, ScopedConnection};

use crate::harness::TestDb;

/// The customer that a row belongs to.
pub struct Tenant;

impl RequiredScope for Tenant {
    const NAME: &'static str = "tenant";
    type Value = i64;
}

/// What readers see.
pub struct Published;

impl FixedScope for Published {
    const NAME: &'static str = "published";
}

/// What is not put aside.
pub struct Current;

impl FixedScope for Current {
    const NAME: &'static str = "current";
}

pub mod project {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Scoped, SoftDelete};

    use super::{Current, Tenant};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
    #[sea_orm(table_name = "tenant_project")]
    #[soft_delete(retain = "1 day")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[scope(Tenant)]
        #[sea_orm(unique_key = "name")]
        pub tenant_id: i64,
        #[sea_orm(unique_key = "name")]
        pub name: String,
        #[scope(Current = None)]
        pub archived_at: Option<DateTimeUtc>,
        #[sea_orm(has_many)]
        #[soft_delete(cascade)]
        pub tasks: HasMany<super::task::Entity>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub deletion: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod task {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Scoped, SoftDelete};

    use super::Tenant;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
    #[sea_orm(table_name = "tenant_task")]
    #[soft_delete(retain = "1 day")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub project_id: i32,
        #[sea_orm(belongs_to, from = "project_id", to = "id")]
        pub project: BelongsTo<super::project::Entity>,
        #[scope(Tenant)]
        pub tenant_id: i64,
        pub title: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub deletion: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod line {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::Scoped;

    use super::Tenant;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped)]
    #[sea_orm(table_name = "tenant_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[scope(Tenant)]
        pub tenant_id: Option<i64>,
        pub amount: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod page {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::Scoped;

    use super::Published;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped)]
    #[sea_orm(table_name = "tenant_page")]
    #[scope(Published = Column::State.is_in(["published", "it's out"]))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub state: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub type Scoped = ScopedConnection<DatabaseConnection>;

/// Two projects of tenant 7 and one of tenant 8, each with two tasks, and one task of tenant 8 in the first project.
/// Returns a connection within tenant 7.
pub async fn projects(db: &TestDb) -> Result<Scoped, DbErr> {
    db.create_table(project::Entity).await;
    db.create_table(task::Entity).await;
    db.create_table(line::Entity).await;
    // Without it, an UPDATE of one tenant locks the rows of all.
    let index = "CREATE INDEX of_tenant ON tenant_task (tenant_id, project_id)";
    db.execute_unprepared(index).await?;
    for (tenant_id, name) in [(7, "one"), (7, "two"), (8, "one")] {
        let project = project::ActiveModel {
            tenant_id: Set(tenant_id),
            name: Set(name.to_owned()),
            ..Default::default()
        };
        project::Entity::insert(project).exec(&**db).await?;
    }
    let tasks = [(1, 7), (1, 7), (2, 7), (2, 7), (3, 8), (3, 8), (1, 8)];
    for (id, (project_id, tenant_id)) in (1..).zip(tasks) {
        let task = task::ActiveModel {
            project_id: Set(project_id),
            tenant_id: Set(tenant_id),
            title: Set(format!("task {id}")),
            ..Default::default()
        };
        task::Entity::insert(task).exec(&**db).await?;
    }
    for (id, tenant_id) in [(1, Some(7)), (2, Some(8)), (3, None)] {
        let line = line::ActiveModel {
            id: Set(id),
            tenant_id: Set(tenant_id),
            amount: Set(10 * id),
        };
        line::Entity::insert(line).exec(&**db).await?;
    }
    Ok(db.scoped().within(Tenant, 7))
}

/// The ids of the live tasks of every tenant.
pub async fn live_tasks(db: &TestDb) -> Result<Vec<i32>, DbErr> {
    use sea_orm::{QueryOrder, QuerySelect};
    let all = task::Entity::find().order_by_asc(task::Column::Id);
    let all = all.select_only().column(task::Column::Id);
    all.into_tuple().all(&**db).await
}
