//! Authors and their notes, both soft-deletable, in the dense format.

pub mod author {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "author")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[seaography(ignore)] // the API does not show, filter or write the marker
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(has_many)]
        #[soft_delete(keep)]
        pub notes: HasMany<super::note::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        pub title: String,
        #[seaography(ignore)]
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: HasOne<super::author::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[cfg(test)]
pub(crate) mod tests {
    use sea_orm::{
        ActiveValue::Set, ConnectionTrait, Database, DatabaseConnection, Schema, prelude::*,
    };

    use super::{author, note};

    /// A database with two live notes, and one live and one trashed author. The trash holds a note of the live author.
    pub(crate) async fn database() -> DatabaseConnection {
        let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let db = Database::connect(options).await.unwrap();
        let schema = Schema::new(db.get_database_backend());
        db.execute(&schema.create_table_from_entity(author::Entity))
            .await
            .unwrap();
        db.execute(&schema.create_table_from_entity(note::Entity))
            .await
            .unwrap();
        for (id, name) in [(1, "Ada"), (2, "Bob")] {
            let author = author::ActiveModel {
                id: Set(id),
                name: Set(name.into()),
                deleted_at: Set(None),
            };
            author.insert(&db).await.unwrap();
        }
        for (id, author_id, title) in [(1, 1, "kept"), (2, 1, "gone"), (3, 2, "left")] {
            let note = note::ActiveModel {
                id: Set(id),
                author_id: Set(author_id),
                title: Set(title.into()),
                deleted_at: Set(None),
            };
            note.insert(&db).await.unwrap();
        }
        note::Entity::delete_by_id(2).exec(&db).await.unwrap();
        author::Entity::delete_by_id(2).exec(&db).await.unwrap();
        db
    }
}
