//! The database's catalogue: columns, indexes and foreign keys, in one form for every database.

mod mysql;
mod postgres;
mod rows;
mod sqlite;

use sea_orm::{ConnectionTrait, DbBackend};

pub(crate) use self::rows::{get, rows};

use crate::entity::member::TableKey;
use crate::error::SoftDeleteError;
use crate::schema::sql::{beside, kept, path, quote};

/// The tables of the schemas that a connection searches by default, and of the schemas that are named.
#[derive(Debug)]
pub(crate) struct Catalogue {
    backend: DbBackend,
    tables: Vec<Table>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) backend: DbBackend,
    pub(crate) place: Place,
    pub(crate) columns: Vec<Column>,
    /// All indexes, including the primary key's.
    pub(crate) indexes: Vec<Index>,
    /// The foreign keys over this table's own columns.
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// Whether it holds a part of the rows of another table of PostgreSQL.
    pub(crate) is_partition: bool,
    /// The CREATE TABLE statement, as SQLite keeps it.
    pub(crate) sql: Option<String>,
    /// The CREATE statements of its indexes and triggers, as SQLite keeps them.
    pub(crate) dependents: Vec<String>,
}

/// The schema and the name of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) schema: String,
    /// Whether the unqualified name finds the table.
    pub(crate) is_visible: bool,
    pub(crate) name: String,
}

#[derive(Debug, Default)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// In lower case, such as `timestamp(6) with time zone`, `datetime(6)` or `varchar(255)`.
    pub(crate) type_name: String,
    /// The type as a statement declares it, with the character set on MySQL and MariaDB.
    pub(crate) declared: String,
    pub(crate) is_nullable: bool,
    pub(crate) default: Option<String>,
    /// The default as a statement declares it.
    pub(crate) declared_default: Option<String>,
    /// The expression of a generated column. It can be empty where the database does not report it.
    pub(crate) generated: Option<String>,
    /// Whether the database numbers new rows.
    pub(crate) is_auto_increment: bool,
    /// Whether MySQL or MariaDB writes the time of each update into it (`ON UPDATE CURRENT_TIMESTAMP`).
    pub(crate) is_written_on_update: bool,
    /// Whether PostgreSQL takes different texts for equal in it, because of a nondeterministic collation.
    pub(crate) is_collated_loosely: bool,
    /// The COMMENT on MySQL and MariaDB, which lose it when a statement changes the column without
    /// repeating it.
    pub(crate) comment: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) backend: DbBackend,
    pub(crate) name: String,
    pub(crate) is_unique: bool,
    pub(crate) is_primary: bool,
    /// Whether the index belongs to a constraint, and is dropped with it.
    pub(crate) is_constraint: bool,
    /// Its columns; `None` for an expression.
    pub(crate) parts: Vec<Option<String>>,
    /// The expressions among its parts, in their order.
    pub(crate) expressions: Vec<String>,
    /// Whether NULL equals NULL in the index (`NULLS NOT DISTINCT` on PostgreSQL).
    pub(crate) is_null_equal: bool,
    /// How the index compares each part, as far as the database reports it: the collation, the prefix
    /// length, and whether NULL equals NULL.
    pub(crate) rules: Vec<String>,
    /// The predicate of a partial index.
    pub(crate) predicate: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ForeignKey {
    /// Empty on SQLite, where foreign keys have no name.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) parent: Place,
    pub(crate) parent_columns: Vec<String>,
    pub(crate) on_delete: OnDelete,
    /// The action when the columns that the key points at change.
    pub(crate) on_update: OnDelete,
    /// The constraint in SQL, as PostgreSQL prints it.
    pub(crate) definition: Option<String>,
}

/// The action on a row when the row that it points at is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDelete {
    Refuse,
    /// Like `Refuse`, even if the constraint is deferred.
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

impl OnDelete {
    /// Reads an action as SQL writes it, or as a letter of PostgreSQL's catalogue.
    fn of_rule(rule: &str) -> Self {
        match rule.to_ascii_uppercase().as_str() {
            "CASCADE" | "C" => Self::Cascade,
            "SET NULL" | "N" => Self::SetNull,
            "SET DEFAULT" | "D" => Self::SetDefault,
            "RESTRICT" | "R" => Self::Restrict,
            _ => Self::Refuse,
        }
    }

    /// Whether the row stays as it is.
    pub(crate) fn is_refusal(self) -> bool {
        matches!(self, Self::Refuse | Self::Restrict)
    }

    pub(crate) fn as_sql(self) -> &'static str {
        match self {
            Self::Refuse => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

impl Catalogue {
    /// Reads the catalogue: the visible tables, and the tables in these schemas.
    pub(crate) async fn read<C: ConnectionTrait>(
        schemas: &[String],
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        let mut catalogue = Self {
            backend: db.get_database_backend(),
            tables: Vec::new(),
        };
        match catalogue.backend {
            DbBackend::MySql => mysql::read(schemas, &mut catalogue, db).await?,
            DbBackend::Postgres => postgres::read(schemas, &mut catalogue, db).await?,
            _ => sqlite::read(schemas, &mut catalogue, db).await?,
        }
        Ok(catalogue)
    }

    /// Reads the catalogue that this table needs.
    pub(crate) async fn read_for<C: ConnectionTrait>(
        table: &TableKey,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        Self::read(table.0.as_slice(), db).await
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table of an entity.
    pub(crate) fn table(&self, key: &TableKey) -> Option<&Table> {
        let mut tables = self.tables.iter();
        tables.find(|table| self.is_at(&table.place, key))
    }

    /// Whether an entity's table is at this place.
    pub(crate) fn is_at(&self, place: &Place, (schema, name): &TableKey) -> bool {
        let is_in_schema = match schema {
            Some(schema) => self.is_same(&place.schema, schema),
            None => place.is_visible,
        };
        is_in_schema && self.is_same(&place.name, name)
    }

    /// Whether two names of tables or columns are equal to this database.
    pub(crate) fn is_same(&self, a: &str, b: &str) -> bool {
        is_same(self.backend, a, b)
    }
}

impl Table {
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        let name = kept(name, self.backend);
        // PostgreSQL's names almost never differ in case alone; an exact match wins.
        let named = |column: &&Column| column.name == name;
        self.columns.iter().find(named).or_else(|| {
            let alike = |column: &&Column| column.name.eq_ignore_ascii_case(name);
            self.columns.iter().find(alike)
        })
    }

    /// The statement that drops an index, or the constraint that it belongs to. `key` is how the program names the table.
    pub(crate) fn drop_of(&self, key: &TableKey, index: &Index) -> String {
        match self.backend {
            backend @ DbBackend::Postgres if index.is_constraint => format!(
                "ALTER TABLE {} DROP CONSTRAINT {}",
                path(backend, key),
                quote(backend, &index.name)
            ),
            _ => self.drop_index(key, &index.name),
        }
    }

    /// `DROP INDEX …`.
    pub(crate) fn drop_index(&self, key: &TableKey, name: &str) -> String {
        let backend = self.backend;
        let index = quote(backend, name);
        match backend {
            DbBackend::MySql => format!("DROP INDEX {index} ON {}", path(backend, key)),
            // Qualified with this table's schema, since the search path may find another index of this name
            // first.
            DbBackend::Postgres => {
                format!("DROP INDEX {}.{index}", quote(backend, &self.place.schema))
            }
            _ => format!("DROP INDEX {}", beside(backend, key, name)),
        }
    }

    pub(crate) fn index(&self, name: &str) -> Option<&Index> {
        let name = kept(name, self.backend);
        self.indexes.iter().find(|index| index.name == name)
    }
}

impl Index {
    /// Whether the index is over exactly these columns, in any order.
    pub(crate) fn is_over<S: AsRef<str>>(&self, columns: &[S]) -> bool {
        self.parts.len() == columns.len() && self.has_all(columns)
    }

    /// Whether the index compares each of its columns as the other index does.
    pub(crate) fn compares_as(&self, other: &Self) -> bool {
        self.parts.iter().zip(&self.rules).all(|(part, rule)| {
            let mut others = other.parts.iter().zip(&other.rules);
            others.any(|(other, others)| other == part && others == rule)
        })
    }

    /// Whether the index has all these columns.
    pub(crate) fn has_all<S: AsRef<str>>(&self, columns: &[S]) -> bool {
        self.are_among(columns, &self.parts)
    }

    /// Whether the index starts with these columns, in any order, and so can find rows by them.
    pub(crate) fn begins_with<S: AsRef<str>>(&self, columns: &[S]) -> bool {
        let Some(first) = self.parts.get(..columns.len()) else {
            return false;
        };
        self.are_among(columns, first)
    }

    fn are_among<S: AsRef<str>>(&self, columns: &[S], parts: &[Option<String>]) -> bool {
        columns.iter().all(|column| {
            let column = kept(column.as_ref(), self.backend);
            let mut parts = parts.iter().flatten();
            parts.any(|part| part.eq_ignore_ascii_case(column))
        })
    }
}

fn is_same(backend: DbBackend, a: &str, b: &str) -> bool {
    match backend {
        DbBackend::Postgres => kept(a, backend) == kept(b, backend),
        _ => a.eq_ignore_ascii_case(b),
    }
}
