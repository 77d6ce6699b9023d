//! The twin of a table, for archived rows.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::entity::any_columns::Role;
use crate::entity::member::{TableKey, archive_of};
use crate::error::SoftDeleteError;
use crate::family::{ARCHIVED_AT, ARCHIVED_BY, SoftMember};
use crate::schema::catalogue::{Catalogue, Column, Table};
use crate::schema::execute::run;
use crate::schema::sql::{create_index, list, name_of, path, quote};
use crate::schema::table::SoftDeleteSchema;

/// The key of a twin: a row of the table can be archived again after its key was used for another row.
const ROW: &str = "soft_delete_row";

/// The twin of a table, to which an [`Archive`](crate::Archive) moves rows: `note_archive` for `note`.
///
/// It has the columns of the table with their types, all of them nullable, and no unique key and no foreign key of the
/// table. It has three further columns: `soft_delete_archived_at`, an instant as `2025-07-10T09:37:34.301641Z`;
/// `soft_delete_archived_by`, who ran the archive by the [`Attribution`](crate::Attribution), as text; and a key of its
/// own, `soft_delete_row`. The operation of a row is in the column where the table has it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// use sea_orm_soft_delete::schema::SoftDeleteSchema;
///
/// SoftDeleteSchema::of::<note::Entity>().archive_table().create(db).await?; // in a migration
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[derive(Clone, Debug)]
pub struct ArchiveTable {
    table: TableKey,
    /// The column that identifies the operation of a row.
    operation: String,
}

impl SoftDeleteSchema {
    /// The twin of the table, for archived rows. [`apply`](Self::apply) creates it for an entity with
    /// `#[soft_delete(archive)]`.
    pub fn archive_table(&self) -> ArchiveTable {
        let operation = self.column_for(Role::Operation);
        ArchiveTable {
            table: self.key().clone(),
            operation: operation.unwrap_or(self.marker()).name.clone(),
        }
    }
}

impl ArchiveTable {
    /// Creates the twin, or adds what it lacks: a column that the table has now, or the new type of a column. Call it
    /// after each migration that changes the table. Rows that are archived already get the default of a new column that
    /// is NOT NULL, and NULL in any other.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, and the database's errors.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(&self.table, db).await?;
        let Some(table) = catalogue.table(&self.table) else {
            return Err(SoftDeleteError::SchemaNotChanged {
                entity: self.table.1.clone(),
                why: "there is no such table".into(),
                remedy: "create it first",
            });
        };
        let twin = catalogue.table(&archive_of(&self.table));
        let mut statements = match twin {
            None => vec![self.create_statement(table)],
            Some(twin) => self.widen(table, twin),
        };
        let has = |name: &str| twin.is_some_and(|twin| twin.index(name).is_some());
        statements.extend(self.indexes(table).into_iter().filter_map(|columns| {
            let twin = archive_of(&self.table);
            let name = name_of(&twin.1, &columns, "archived");
            let parts = list(table.backend, &columns);
            let index = || create_index("INDEX", &twin, &name, &parts, table.backend);
            (!has(&name)).then(index)
        }));
        run(statements, db).await
    }

    /// Drops the twin, if it exists.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if it has rows: restore them or purge them first.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(&self.table, db).await?;
        let twin = archive_of(&self.table);
        if catalogue.table(&twin).is_none() {
            return Ok(());
        }
        let twin = path(db.get_database_backend(), &twin);
        let any = format!("SELECT 1 AS one FROM {twin} LIMIT 1");
        if !crate::schema::catalogue::rows(&any, Vec::new(), db)
            .await?
            .is_empty()
        {
            return Err(SoftDeleteError::SchemaNotChanged {
                entity: self.table.1.clone(),
                why: "its archive has rows".into(),
                remedy: "restore their operations, or purge them, first",
            });
        }
        db.execute_unprepared(&format!("DROP TABLE {twin}")).await?;
        Ok(())
    }

    fn create_statement(&self, table: &Table) -> String {
        let backend = table.backend;
        let key = match backend {
            DbBackend::MySql => "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
            DbBackend::Postgres => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            _ => "INTEGER PRIMARY KEY AUTOINCREMENT",
        };
        let mut columns = vec![format!("{} {key}", quote(backend, ROW))];
        columns.extend(stored(table).map(|column| definition(column, backend)));
        columns.push(format!("{} VARCHAR(32)", quote(backend, ARCHIVED_AT)));
        columns.push(format!("{} TEXT", quote(backend, ARCHIVED_BY)));
        let twin = path(backend, &archive_of(&self.table));
        format!("CREATE TABLE {twin} ({})", columns.join(", "))
    }

    fn widen(&self, table: &Table, twin: &Table) -> Vec<String> {
        let backend = table.backend;
        let alter = format!("ALTER TABLE {}", path(backend, &archive_of(&self.table)));
        let changes = stored(table).filter_map(|column| {
            let definition = definition(column, backend);
            let name = quote(backend, &column.name);
            match (twin.column(&column.name), backend) {
                (None, _) => {
                    let default = filling(column, backend);
                    Some(format!("{alter} ADD COLUMN {definition}{default}"))
                }
                (Some(known), _) if known.declared == column.declared => None,
                (Some(_), DbBackend::MySql) => Some(format!("{alter} MODIFY {definition}")),
                (Some(_), DbBackend::Postgres) => Some(format!(
                    "{alter} ALTER COLUMN {name} TYPE {type_name} USING {name}::{type_name}",
                    type_name = column.declared
                )),
                // SQLite stores any value in any column.
                _ => None,
            }
        });
        changes.collect()
    }

    /// The columns of each index: the one for operations, and one for each foreign key of the table.
    fn indexes(&self, table: &Table) -> Vec<Vec<String>> {
        let mut indexes: Vec<Vec<String>> = vec![vec![self.operation.clone()]];
        for columns in table.foreign_keys.iter().map(|key| key.columns.clone()) {
            if !indexes.contains(&columns) {
                indexes.push(columns);
            }
        }
        indexes
    }
}

/// The columns of a table that hold values of their own.
fn stored(table: &Table) -> impl Iterator<Item = &Column> {
    let columns = table.columns.iter();
    columns.filter(|column| column.generated.is_none())
}

fn definition(column: &Column, backend: DbBackend) -> String {
    // MySQL makes a TIMESTAMP that says nothing NOT NULL.
    let null = if backend == DbBackend::MySql {
        " NULL"
    } else {
        ""
    };
    format!("{} {}{null}", quote(backend, &column.name), column.declared)
}

/// What rows that are archived already get in a new column: what the rows of the table got in it, so that they can be
/// returned. Empty for NULL.
fn filling(column: &Column, backend: DbBackend) -> String {
    // SQLite adds no column with a default that is computed.
    let is_computed = |default: &&String| {
        backend == DbBackend::Sqlite
            && (default.starts_with('(') || default.to_ascii_uppercase().starts_with("CURRENT"))
    };
    let default = column.declared_default.as_ref();
    let default = default.filter(|_| !column.is_nullable && !column.is_auto_increment);
    match default.filter(|default| !is_computed(default)) {
        Some(default) => format!(" DEFAULT {default}"),
        None => String::new(),
    }
}

/// Why rows of a table cannot be archived.
#[derive(Clone, Debug)]
pub(crate) struct ArchiveMistake {
    pub(crate) why: String,
    pub(crate) remedy: &'static str,
    pub(crate) is_missing: bool,
    /// Whether [`ArchiveTable::create`] corrects it.
    pub(crate) is_created: bool,
}

const CREATE: &str =
    "create it with `SoftDeleteSchema::of::<Entity>().archive_table().create(&db)`";

/// What is wrong with the archive of an entity.
pub(crate) fn mistake(member: &dyn SoftMember, catalogue: &Catalogue) -> Option<ArchiveMistake> {
    let table = catalogue.table(&member.key())?;
    let mistake = |why: String, remedy: &'static str| {
        Some(ArchiveMistake {
            why,
            remedy,
            is_missing: false,
            is_created: false,
        })
    };
    let name = archive_of(&member.key());
    let Some(twin) = catalogue.table(&name) else {
        return mistake(format!("there is no table `{}`", name.1), CREATE).map(|it| {
            ArchiveMistake {
                is_missing: true,
                is_created: true,
                ..it
            }
        });
    };
    let columns: Vec<String> = member.columns().iter().map(ToString::to_string).collect();
    let is_of_entity = |column: &Column| {
        let mut all = columns.iter();
        all.any(|name| {
            table
                .column(name)
                .is_some_and(|known| known.name == column.name)
        })
    };
    for column in &table.columns {
        let name = &column.name;
        match (column.generated.is_some(), is_of_entity(column)) {
            (true, true) => {
                return mistake(
                    format!(
                        "the database generates its column `{name}`, which no restore can insert"
                    ),
                    "leave the column out of the entity",
                );
            }
            (false, false) => {
                return mistake(
                    format!(
                        "its entity has no column `{name}`, so a restore would lose the values"
                    ),
                    "add the column to the entity, or drop it",
                );
            }
            _ => {}
        }
    }
    let differs = |column: &&Column| {
        let known = twin.column(&column.name);
        known.is_none_or(|it| table.backend != DbBackend::Sqlite && it.declared != column.declared)
    };
    let narrow: Vec<&str> = stored(table)
        .filter(differs)
        .map(|it| it.name.as_str())
        .collect();
    match narrow.is_empty() {
        true => None,
        false => mistake(
            format!(
                "`{}` lacks columns of the table, or has other types: {}",
                name.1,
                narrow.join(", ")
            ),
            "call `archive_table().create(&db)` again, which adds what is missing",
        )
        .map(|it| ArchiveMistake {
            is_created: true,
            ..it
        }),
    }
}
