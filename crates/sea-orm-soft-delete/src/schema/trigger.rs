//! Triggers for schemas that other programs write to.

mod physical_delete;
mod trashed_parent;

use sea_orm::{ConnectionTrait, DbBackend};

pub use self::physical_delete::{NoPhysicalDelete, allow_physical_deletes};
pub use self::trashed_parent::NoTrashedParent;
use crate::error::SoftDeleteError;
use crate::query::literal::quoted;
use crate::schema::catalogue::{get, rows};
use crate::schema::execute::run;
use crate::schema::sql::{beside, dollar_quoted, kept, quote};
use crate::schema::table::SoftDeleteSchema;

const LONGEST_MESSAGE: usize = 128;

/// A trigger for SQLite, MySQL or MariaDB that refuses if the condition is true.
fn refusal(
    schema: &SoftDeleteSchema,
    name: &str,
    event: &str,
    condition: &str,
    message: &str,
    backend: DbBackend,
) -> String {
    let name = beside(backend, schema.key(), name);
    // MySQL rejects a longer message, and reports that error instead.
    let message: String = match backend {
        DbBackend::MySql => message.chars().take(LONGEST_MESSAGE).collect(),
        _ => message.to_owned(),
    };
    let message = quoted(&message, backend);
    match backend {
        DbBackend::MySql => format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {} FOR EACH ROW BEGIN IF {condition} THEN \
             SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = {message}; END IF; END",
            schema.path(backend)
        ),
        // The trigger's name has the schema, and its table is in the same schema.
        _ => format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {} WHEN {condition} \
             BEGIN SELECT RAISE(ABORT, {message}); END",
            quote(backend, &schema.key().1)
        ),
    }
}

/// A function of PostgreSQL for triggers.
fn function(schema: &SoftDeleteSchema, name: &str, settings: &str, body: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql{settings} AS {}",
        beside(DbBackend::Postgres, schema.key(), name),
        dollar_quoted(body)
    )
}

/// A trigger of PostgreSQL that runs this function.
fn trigger(
    schema: &SoftDeleteSchema,
    name: &str,
    event: &str,
    each: &str,
    function: &str,
) -> String {
    format!(
        "CREATE TRIGGER {} {event} ON {} FOR EACH {each} EXECUTE FUNCTION {}()",
        quote(DbBackend::Postgres, name),
        schema.path(DbBackend::Postgres),
        beside(DbBackend::Postgres, schema.key(), function)
    )
}

/// Drops the triggers that exist, and PostgreSQL's function, which has the name of the first.
async fn drop_own<C: ConnectionTrait>(
    schema: &SoftDeleteSchema,
    names: &[String],
    db: &C,
) -> Result<(), SoftDeleteError> {
    expect_own(schema, names, db).await?;
    let backend = db.get_database_backend();
    let own = |name: &String| beside(backend, schema.key(), name);
    let drops = names.iter().map(|name| match backend {
        DbBackend::Postgres => format!(
            "DROP TRIGGER IF EXISTS {} ON {}",
            quote(backend, name),
            schema.path(backend)
        ),
        _ => format!("DROP TRIGGER IF EXISTS {}", own(name)),
    });
    let function = names.first().filter(|_| backend == DbBackend::Postgres);
    let function = function.map(|name| format!("DROP FUNCTION IF EXISTS {}()", own(name)));
    run(drops.chain(function).collect(), db).await
}

/// Refuses if another table has a trigger with one of these names: different tables and columns can combine
/// to the same name. On PostgreSQL the two triggers would share a function.
async fn expect_own<C: ConnectionTrait>(
    schema: &SoftDeleteSchema,
    names: &[String],
    db: &C,
) -> Result<(), SoftDeleteError> {
    let backend = db.get_database_backend();
    let (space, table) = schema.key();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT c.relname::text AS other FROM pg_catalog.pg_trigger t \
             JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid \
             JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
             JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
             WHERE NOT t.tgisinternal AND COALESCE(to_jsonb(t) ->> 'tgparentid', '0') = '0' \
               AND n.nspname::text = COALESCE($1, current_schema()::text) \
               AND p.proname::text = $2 AND c.relname::text <> $3 LIMIT 1"
        }
        DbBackend::MySql => {
            "SELECT CAST(t.event_object_table AS CHAR) AS other FROM information_schema.triggers t \
             WHERE t.trigger_schema = COALESCE(?, DATABASE()) AND t.trigger_name = ? \
               AND LOWER(t.event_object_table) <> LOWER(?) LIMIT 1"
        }
        _ => {
            "SELECT tbl_name AS other FROM {schema}.sqlite_master WHERE type = 'trigger' \
               AND name = ? COLLATE NOCASE AND tbl_name <> ? COLLATE NOCASE LIMIT 1"
        }
    };
    for name in names {
        let mut values = vec![kept(name, backend).into(), kept(table, backend).into()];
        let sql = match backend {
            DbBackend::Sqlite => {
                let space = space.as_deref().unwrap_or("main");
                sql.replace("{schema}", &quote(backend, space))
            }
            _ => {
                let space = space.as_deref().map(|space| kept(space, backend));
                values.insert(0, space.into());
                sql.to_owned()
            }
        };
        if let Some(row) = rows(&sql, values, db).await?.first() {
            let other: String = get(row, "other")?;
            return Err(schema.not_changed(
                format!("`{other}` has a trigger `{name}`, the name of which this one would have"),
                "give one of the two another name",
            ));
        }
    }
    Ok(())
}
