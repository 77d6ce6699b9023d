//! Triggers that count the live child rows in a column of their parent row.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Operation, Scopable};

use super::notebooks::*;
use super::rows::{number, run};
use crate::harness::{Server, TestDb, on_every_database};

/// A child table, its foreign key, its parent table, and the condition that a child row is live.
const COUNTED: [(&str, &str, &str, &str); 5] = [
    (
        "family_folder",
        "notebook_id",
        "family_notebook",
        "{row}deleted_at IS NULL",
    ),
    (
        "family_note",
        "folder_id",
        "family_folder",
        "{row}deleted_at IS NULL",
    ),
    (
        "family_attachment",
        "note_id",
        "family_note",
        "{row}deleted_at IS NULL",
    ),
    (
        "family_note_tag",
        "note_id",
        "family_note",
        "NOT {row}is_deleted",
    ),
    ("family_index_entry", "note_id", "family_note", "TRUE"),
];

/// The rows of `two_notebooks`, with triggers that count the live child rows of each parent row.
async fn counted_notebooks(db: &TestDb) {
    two_notebooks(db).await;
    for (child, key, parent, is_live) in COUNTED {
        let count = format!("{child}_count");
        let live = |row: &str| {
            let is_live = is_live.replace("{row}", row);
            format!("CASE WHEN {is_live} THEN 1 ELSE 0 END")
        };
        let changed = format!(
            "UPDATE {parent} SET {count} = {count} + {} - {} WHERE id = NEW.{key}",
            live("NEW."),
            live("OLD.")
        );
        let removed = format!(
            "UPDATE {parent} SET {count} = {count} - {} WHERE id = OLD.{key}",
            live("OLD.")
        );
        run(
            db,
            &[
                &format!("ALTER TABLE {parent} ADD COLUMN {count} INT NOT NULL DEFAULT 0"),
                &format!(
                    "UPDATE {parent} SET {count} = (SELECT COUNT(*) FROM {child} \
                     WHERE {child}.{key} = {parent}.id)"
                ),
            ],
        )
        .await;
        for (event, update) in [("UPDATE", changed), ("DELETE", removed)] {
            let name = format!("{child}_{event}");
            let trigger = format!("CREATE TRIGGER {name} AFTER {event} ON {child} FOR EACH ROW");
            let texts = match db.server() {
                Server::Postgres => vec![
                    format!(
                        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS \
                         $$ BEGIN {update}; RETURN NULL; END $$"
                    ),
                    format!("{trigger} EXECUTE FUNCTION {name}()"),
                ],
                Server::Sqlite => vec![format!("{trigger} BEGIN {update}; END")],
                Server::MariaDb | Server::MySql => vec![format!("{trigger} {update}")],
            };
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            run(db, &texts).await;
        }
    }
}

/// Every counter equals the number of live child rows.
#[track_caller]
fn assert_counts(wrong: Vec<(&'static str, i64)>) {
    assert!(wrong.iter().all(|(_, rows)| *rows == 0), "{wrong:?}");
}

async fn wrong_counts(db: &TestDb) -> Vec<(&'static str, i64)> {
    let mut wrong = Vec::new();
    for (child, key, parent, is_live) in COUNTED {
        let is_live = is_live.replace("{row}", &format!("{child}."));
        let sql = format!(
            "SELECT COUNT(*) FROM {parent} WHERE {child}_count <> (SELECT COUNT(*) FROM {child} \
             WHERE {child}.{key} = {parent}.id AND {is_live})"
        );
        wrong.push((child, number(db, &sql).await));
    }
    wrong
}

on_every_database! {
    async fn deletes_and_restores_keep_the_counts_of_triggers(db: &TestDb) {
        counted_notebooks(db).await;
        let all = live(db).await;

        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        assert_counts(wrong_counts(db).await);
        let back = notebook::Entity::restore_by_id(1);
        let preview = back.preview(&**db).await?;
        back.confirm(&preview, &**db).await?;
        assert_counts(wrong_counts(db).await);
        // A relation of policy `destroy` removes its rows for good.
        assert_eq!(live(db).await[..5], all[..5]);

        note::Entity::delete_by_id(3).exec(&**db).await?;
        notebook::Entity::delete_many().exec(&**db).await?;
        assert_counts(wrong_counts(db).await);
        notebook::Entity::restore_many().filter(notebook::Column::Id.eq(1)).exec(&**db).await?;
        assert_counts(wrong_counts(db).await);
        for operation in Operation::list().in_family_of(notebook::Entity).all(&**db).await? {
            operation.restore(&**db).await?;
            assert_counts(wrong_counts(db).await);
        }
        assert_eq!(live(db).await[..5], all[..5]);
    }

    async fn force_deletes_keep_the_counts_of_triggers(db: &TestDb) {
        counted_notebooks(db).await;
        folder::Entity::delete_by_id(2).exec(&**db).await?;
        folder::Entity::force_delete_by_id(2).exec(&**db).await?;
        assert_counts(wrong_counts(db).await);
        let remove = notebook::Entity::force_delete_by_id(1);
        let preview = remove.preview(&**db).await?;
        remove.confirm(&preview, &**db).await?;
        assert_counts(wrong_counts(db).await);
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
        notebook::Entity::force_delete_many().exec(&**db).await?;
        assert_eq!(live(db).await, [0; 6]);
    }

    async fn a_plain_delete_on_a_scoped_connection_keeps_the_counts_of_triggers(db: &TestDb) {
        counted_notebooks(db).await;
        let scoped = db.scoped();
        scoped.execute_unprepared("DELETE FROM family_notebook WHERE id = 1").await?;
        assert_counts(wrong_counts(db).await);
        assert_eq!(live(db).await[..5], [1, 1, 1, 1, 1]);
    }
}
