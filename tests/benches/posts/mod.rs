//! A thousand posts, every second of them trashed, on SQLite in memory.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectOptions, Database, DbBackend, Schema};

pub(crate) mod post {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "post")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        pub title: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const ROWS: i32 = 1_000;

pub(crate) async fn thousand_posts() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let table = Schema::new(DbBackend::Sqlite).create_table_from_entity(post::Entity);
    db.execute(&table).await.unwrap();
    let posts = (1..=ROWS).map(|id| post::ActiveModel {
        id: Set(id),
        author_id: Set(id % 10),
        title: Set(format!("Post {id}")),
        deleted_at: Set((id % 2 == 0).then(chrono::Utc::now)),
    });
    post::Entity::insert_many(posts).exec(&db).await.unwrap();
    db
}
