//! The people, and the author of each note.

use sea_orm::DbBackend;
use sea_orm::prelude::DateTimeUtc;
use sea_orm_migration::prelude::*;
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::{empty_table, key, line, trash_of};
use crate::{note, person};

pub(super) struct People;

impl People {
    fn people() -> SoftDeleteSchema {
        SoftDeleteSchema::new("person", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
    }

    fn notes() -> SoftDeleteSchema {
        trash_of("note").belonging_to(&Self::people(), [("author_id", "id")])
    }
}

impl MigrationName for People {
    fn name(&self) -> &str {
        "m2026_01_01_000004_people"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for People {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();

        let people = Self::people();
        let mut table = empty_table(person::Entity, backend);
        table
            .col(key(person::Column::Id))
            .col(line(person::Column::Name).not_null())
            .col(line(person::Column::Email).not_null());
        manager.create_table(people.add_to(table, backend)).await?;
        people.unique_among_live(["email"]).create(db).await?;

        let foreign_key = match backend {
            DbBackend::Sqlite => "REFERENCES person (id)",
            _ => ", ADD CONSTRAINT note_author FOREIGN KEY (author_id) REFERENCES person (id)",
        };
        let add = format!("ALTER TABLE note ADD COLUMN author_id INTEGER {foreign_key}");
        db.execute_unprepared(&add).await?;
        // An erasure finds the notes of a person by it.
        for index in Self::notes().index_parents() {
            index.create(db).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if db.get_database_backend() == DbBackend::MySql {
            db.execute_unprepared("ALTER TABLE note DROP FOREIGN KEY note_author")
                .await?;
        }
        for index in Self::notes().index_parents() {
            index.drop(db).await?;
        }
        let mut drop = Table::alter().table(note::Entity).to_owned();
        drop.drop_column(note::Column::AuthorId);
        manager.alter_table(drop).await?;
        let drop = Table::drop().table(person::Entity).to_owned();
        manager.drop_table(drop).await
    }
}
