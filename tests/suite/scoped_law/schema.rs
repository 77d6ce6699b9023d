//! The generated tables and their rows.

use std::sync::Arc;

use sea_orm::DbBackend;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm_soft_delete::{Scope, ScopedTable, Timestamp};

use super::choices::Choices;
use super::dress::{OTHER, SCHEMA};
use super::markers::{MARKERS, Marker};
use super::scopes::{
    IS_PUBLISHED, OTHER_TENANT, OWN_TENANT, Published, Scoping, TENANT_ID, Tenant,
};
use super::statements::{Case, Kind};
use super::words::{WORDS, Words};
use crate::harness::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Int,
    Text,
    /// A marker or a similar column: statements only select it and ask whether it is NULL.
    Opaque,
    /// The storage position of a row: statements only ask whether it is NULL.
    Place,
}

pub(super) type Column = (&'static str, Type);

pub(super) struct Row {
    /// The literals of all columns except those of the scopes.
    values: Vec<String>,
    pub(super) is_in_scope: bool,
    /// The literals of the columns of the scopes.
    scopes: Vec<String>,
}

pub(super) struct Table {
    pub(super) name: &'static str,
    /// All columns except those of the scopes.
    pub(super) columns: Vec<Column>,
    pub(super) scoping: Scoping,
    pub(super) rows: Vec<Row>,
    /// The other schema, which has a table of the same name.
    pub(super) schema: Option<&'static str>,
    /// Whether the table has the invisible column [`UNSEEN`], which `*` leaves out.
    pub(super) has_unseen: bool,
}

/// The tables of a case.
pub(super) struct World {
    pub(super) server: Server,
    pub(super) backend: DbBackend,
    /// The keywords that the database accepts as names without quotes.
    pub(super) words: Arc<Words>,
    pub(super) tables: Vec<Table>,
}

/// Names that need quotes, names that are keywords, and names that a column has too.
const TABLES: [(&str, &str, &str); 6] = [
    ("item", "n", "name"),
    ("Order", "Rank", "name"),
    ("memo", "n", "memo"),
    ("user", "n", "name"),
    ("Line Item", "order", "select"),
    // The catalogue has a table of this name, too.
    ("tables", "n", "table_name"),
];

/// The name of the invisible column, which `*` leaves out.
pub(super) const UNSEEN: &str = "unseen";

/// A table that only routines name.
const LOG: &str =
    "CREATE TABLE \"log\" (\"id\" INTEGER, \"end\" INTEGER, \"begin\" INTEGER, \"case\" INTEGER)";

/// The most rows of a table. They are few, because joins multiply them.
pub(super) const MAX_ROWS: usize = 5;

const END_OF_2037: Timestamp = match Timestamp::from_unix_seconds(2_145_830_400) {
    Some(at) => at,
    None => Timestamp::MAX,
};

impl World {
    pub(super) fn generate(
        server: Server,
        backend: DbBackend,
        words: Arc<Words>,
        choices: &mut Choices<'_>,
    ) -> Self {
        let first = choices.below(TABLES.len());
        let mut tables = Vec::new();
        for at in 0..2 + choices.below(2) {
            let (name, number, text) = TABLES[(first + at) % TABLES.len()];
            let (number, text) = match choices.below(4) {
                0 => (number, text),
                1 => (*choices.pick(&WORDS), text),
                2 => (number, *choices.pick(&WORDS)),
                _ => (*choices.pick(&WORDS), *choices.pick(&WORDS)),
            };
            let number = if number == text { "n" } else { number };
            let columns = [
                ("id", Type::Int),
                ("parent_id", Type::Int),
                (number, Type::Int),
                (text, Type::Text),
                ("code", Type::Text),
            ];
            let mut table = Table::generate(name, &columns, choices);
            table.has_unseen = backend == DbBackend::MySql && choices.one_in(3);
            tables.push(table);
        }
        if choices.one_in(2) {
            // The other table has the same columns, and the same marker or another one.
            let columns = tables[0].columns.clone();
            let mut twin = Table::generate(tables[0].name, &columns, choices);
            twin.schema = Some(OTHER);
            twin.columns = columns;
            let is_column = |marker: Marker| {
                let mut columns = twin.columns.iter();
                columns.any(|(name, _)| *name == marker.column())
            };
            if choices.one_in(2) || twin.scoping.marker.is_some_and(is_column) {
                twin.scoping.marker = tables[0].scoping.marker;
            }
            tables.push(twin);
        }
        let junction = [
            ("parent_id", Type::Int),
            ("other_id", Type::Int),
            ("n", Type::Int),
        ];
        tables.push(Table::generate("link", &junction, choices));
        if tables.iter().all(|table| table.scoping.marker.is_none()) {
            // No other column has its name.
            tables[0].scoping.marker = Some(Marker::Flag);
        }
        if choices.one_in(2) {
            for table in &mut tables {
                table.scoping.has_tenant = !choices.one_in(3);
                table.scoping.has_condition = choices.one_in(3);
            }
            let first = tables[0].scoping;
            let mut twins = tables.iter_mut().filter(|table| table.schema.is_some());
            if let Some(twin) = twins.next()
                && twin.scoping.marker == first.marker
                && choices.one_in(2)
            {
                twin.scoping = first;
            }
        }
        for table in &mut tables {
            table.fill(backend, choices);
        }
        Self {
            server,
            backend,
            words,
            tables,
        }
    }

    /// Whether a table has a scope beside that of the live rows.
    pub(super) fn has_more_scopes(&self) -> bool {
        let mut scopings = self.tables.iter().map(|table| table.scoping);
        scopings.any(|scoping| scoping.has_tenant || scoping.has_condition)
    }

    /// The scope that describes the tables whose rows have a scope.
    pub(super) fn scope(&self, own: &str, other: &str) -> Scope {
        let is_twin = |table: &&Table| table.schema.is_some();
        let twin = self.tables.iter().find(is_twin);
        let mut scope = Scope::builder();
        for table in &self.tables {
            let Some(described) = table.described() else {
                continue;
            };
            let namesake = twin.filter(|twin| twin.name == table.name);
            scope = match (namesake, table.schema) {
                (Some(twin), Some(_)) if twin.scoping == self.tables[0].scoping => scope,
                (Some(_), Some(_)) => scope.table(described.in_schema(other.to_owned())),
                (Some(twin), None) if twin.scoping != table.scoping => {
                    scope.table(described.in_schema(own.to_owned()))
                }
                // A table without a schema is scoped in every schema.
                _ => scope.table(described),
            };
        }
        scope.build()
    }

    /// The statements that create everything, without the rows of the tables.
    pub(super) fn create(&self, is_pruned: bool) -> Vec<String> {
        let mut create = vec![LOG.to_owned()];
        if self.has_sequence() {
            create.push("CREATE SEQUENCE \"sq\"".to_owned());
        }
        for table in &self.tables {
            create.extend(table.create(self.backend, is_pruned));
        }
        create
    }

    pub(super) fn drop(&self) -> Vec<String> {
        let tables = self.tables.iter().map(Table::path);
        let tables = tables.chain(["\"log\"".to_owned()]);
        let mut drop: Vec<_> = tables.map(|table| format!("DROP TABLE {table}")).collect();
        if self.has_sequence() {
            drop.push("DROP SEQUENCE \"sq\"".to_owned());
        }
        drop
    }

    /// Whether the database has `NEXT VALUE FOR`.
    pub(super) fn has_sequence(&self) -> bool {
        self.server == Server::MariaDb
    }

    /// Whether the name of the table without its schema may mean another table.
    pub(super) fn is_ambiguous(&self, table: usize) -> bool {
        let namesakes = self.tables.iter();
        let mut namesakes = namesakes.filter(|other| other.name == self.tables[table].name);
        namesakes.any(|other| other.scoping != self.tables[table].scoping)
    }

    /// A table of a tenant that the case reads or writes, if that is plain to see.
    pub(super) fn tenant_table_in(&self, case: &Case) -> Option<String> {
        // The settings decide which part of such a text is a string, and the body of a routine is the database's.
        let is_plain = case.kind != Kind::Setting && !case.text.contains("BEGIN");
        if case.text.contains("WITH") || !is_plain {
            return None;
        }
        // IS DISTINCT FROM stands before a value.
        let text = case.text.replace("DISTINCT FROM", "");
        let words = ["FROM", "JOIN", "INTO", "UPDATE"];
        let mut paths = (0..self.tables.len()).flat_map(|at| {
            let table = &self.tables[at];
            let name = table.name;
            let bare = (!self.is_ambiguous(at)).then(|| format!("\"{name}\""));
            let schema = table.schema.unwrap_or(SCHEMA);
            let paths = [bare, Some(format!("\"{schema}\".\"{name}\""))];
            let has_tenant = table.scoping.has_tenant;
            paths.into_iter().flatten().filter(move |_| has_tenant)
        });
        paths.find(|path| {
            let mut words = words.iter();
            words.any(|word| text.contains(&format!("{word} {path}")))
        })
    }

    /// Whether the primary key of the table is the column `id` alone.
    pub(super) fn has_id(&self, table: usize) -> bool {
        self.tables[table].columns[0].0 == "id"
    }
}

impl Table {
    fn generate(name: &'static str, columns: &[Column], choices: &mut Choices<'_>) -> Self {
        let marker = (!choices.one_in(4)).then(|| *choices.pick(&MARKERS));
        let mut columns = columns.to_vec();
        // A column that is no marker, but has a marker's name.
        if marker != Some(Marker::Instant) && choices.one_in(4) {
            columns.push((Marker::Instant.column(), Type::Opaque));
        }
        Self {
            name,
            columns,
            scoping: Scoping {
                marker,
                ..Scoping::default()
            },
            rows: Vec::new(),
            schema: None,
            has_unseen: false,
        }
    }

    /// The qualified name of the table.
    pub(super) fn path(&self) -> String {
        match self.schema {
            Some(schema) => format!("\"{schema}\".\"{}\"", self.name),
            None => format!("\"{}\"", self.name),
        }
    }

    fn fill(&mut self, backend: DbBackend, choices: &mut Choices<'_>) {
        let codes = vec!["'k5'", "'k4'", "'k3'", "'k2'", "'k1'"];
        let (mut free, mut free_of_others) = (codes.clone(), codes);
        let scoping = self.scoping;
        for id in 1..=2 + choices.below(MAX_ROWS - 1) {
            let is_trashed = scoping.marker.is_some() && choices.below(9) >= 5;
            let marker = scoping.marker.map(|marker| match marker {
                Marker::NullableEpoch if !is_trashed && choices.one_in(2) => "0",
                _ if is_trashed => marker.trashed(backend),
                _ => marker.live(backend),
            });
            let is_own = !scoping.has_tenant || !choices.one_in(3);
            let tenant = match is_own {
                true => OWN_TENANT,
                false => *choices.pick(&[OTHER_TENANT, OTHER_TENANT, "NULL"]),
            };
            let is_published = !scoping.has_condition || !choices.one_in(4);
            let published = match is_published {
                true => "TRUE",
                false => *choices.pick(&["FALSE", "NULL"]),
            };
            let values = self.columns.iter().map(|(name, ty)| match (*name, ty) {
                ("id", _) => id.to_string(),
                ("code", _) if is_trashed => (*choices.pick(&["NULL", "'k1'", "'k3'"])).to_owned(),
                // The unique index has no condition for them.
                ("code", _) if !is_published => "NULL".to_owned(),
                ("code", _) if choices.one_in(2) => {
                    let free = if is_own {
                        &mut free
                    } else {
                        &mut free_of_others
                    };
                    free.pop().unwrap_or("NULL").to_owned()
                }
                ("code", _) | (_, Type::Opaque | Type::Place) => "NULL".to_owned(),
                (_, Type::Int) => match choices.below(6) {
                    5 => "NULL".to_owned(),
                    n => n.to_string(),
                },
                (_, Type::Text) => {
                    (*choices.pick(&["'a'", "'b'", "'c'", "'it''s'", "NULL"])).to_owned()
                }
            });
            let values = values.collect();
            let scopes = [
                scoping.has_tenant.then_some(tenant),
                scoping.has_condition.then_some(published),
                marker,
            ];
            self.rows.push(Row {
                values,
                is_in_scope: !is_trashed && is_own && is_published,
                scopes: scopes.into_iter().flatten().map(str::to_owned).collect(),
            });
        }
    }

    fn described(&self) -> Option<ScopedTable> {
        let scoping = self.scoping;
        if scoping == Scoping::default() {
            return None;
        }
        let mut described = match scoping.marker {
            Some(marker) => self.marked_by(marker),
            None => ScopedTable::without_trash(self.name),
        };
        if scoping.has_tenant {
            described = described.required(Tenant, TENANT_ID);
        }
        if scoping.has_condition {
            described = described.fixed(Published, Expr::col(IS_PUBLISHED).eq(true));
        }
        Some(described)
    }

    fn marked_by(&self, marker: Marker) -> ScopedTable {
        let (table, column) = (self.name, marker.column());
        match marker {
            Marker::Instant => ScopedTable::new(
                table,
                sea_orm_soft_delete::describe::Marker::of::<Option<DateTimeUtc>>(column),
            ),
            Marker::Flag => ScopedTable::new(
                table,
                sea_orm_soft_delete::describe::Marker::of::<bool>(column),
            ),
            Marker::Epoch => ScopedTable::new(
                table,
                sea_orm_soft_delete::describe::Marker::epoch_seconds::<i64>(column),
            ),
            Marker::NullableEpoch => ScopedTable::new(
                table,
                sea_orm_soft_delete::describe::Marker::epoch_seconds::<Option<i64>>(column),
            ),
            Marker::Sentinel => ScopedTable::new(
                table,
                sea_orm_soft_delete::describe::Marker::sentinel::<DateTimeUtc>(column, END_OF_2037),
            ),
        }
    }

    /// All columns: those of the scopes after the others, and the marker last.
    pub(super) fn all_columns(&self) -> Vec<Column> {
        let scopes = self.scoping.columns();
        self.columns.iter().copied().chain(scopes).collect()
    }

    /// The statements that create the table. Codes are unique among the live rows of a tenant, or among all rows
    /// of a tenant in the copy without trashed rows.
    pub(super) fn create(&self, backend: DbBackend, is_pruned: bool) -> Vec<String> {
        let is_mysql = backend == DbBackend::MySql;
        let (name, path) = (self.name, self.path());
        let mut columns = Vec::new();
        for (column, ty) in &self.columns {
            let ty = match (*column, ty) {
                ("id", _) => "INTEGER NOT NULL PRIMARY KEY",
                (_, Type::Int) => "INTEGER",
                (_, Type::Text) => "VARCHAR(20)",
                (_, Type::Opaque | Type::Place) => Marker::Instant.column_type(backend),
            };
            columns.push(format!("\"{column}\" {ty}"));
        }
        let scoping = self.scoping;
        if scoping.has_tenant {
            // An INSERT that gets no value writes a row of another tenant.
            let default = if is_pruned { OWN_TENANT } else { OTHER_TENANT };
            columns.push(format!("\"{TENANT_ID}\" INTEGER DEFAULT {default}"));
        }
        if scoping.has_condition {
            columns.push(format!("\"{IS_PUBLISHED}\" BOOLEAN DEFAULT TRUE"));
        }
        if let Some(marker) = scoping.marker {
            let (column, ty) = (marker.column(), marker.column_type(backend));
            let null = if marker.is_nullable() {
                ""
            } else {
                " NOT NULL"
            };
            columns.push(format!(
                "\"{column}\" {ty}{null} DEFAULT {}",
                marker.live(backend)
            ));
        }
        if self.has_unseen {
            columns.push(format!("\"{UNSEEN}\" INTEGER INVISIBLE DEFAULT 3"));
        }
        let has_code = self.columns.iter().any(|(column, _)| *column == "code");
        let is_live = scoping.marker.map(|marker| marker.is_live(backend));
        if let (true, true, Some(is_live)) = (has_code, is_mysql, &is_live) {
            columns.push(format!(
                "\"live_code\" VARCHAR(20) AS (IF({is_live}, \"code\", NULL))"
            ));
        }
        let columns = columns.join(", ");
        let mut create = vec![format!("CREATE TABLE {path} ({columns})")];
        if has_code {
            let (column, only) = match is_live {
                Some(_) if is_pruned => ("code", String::new()),
                Some(_) if is_mysql => ("live_code", String::new()),
                Some(is_live) => ("code", format!(" WHERE {is_live}")),
                None => ("code", String::new()),
            };
            let (index, path) = match (self.schema, backend) {
                (Some(schema), DbBackend::Sqlite) => {
                    (format!("\"{schema}\"."), format!("\"{name}\""))
                }
                _ => (String::new(), path),
            };
            let tenant = if scoping.has_tenant {
                "\"tenant_id\", "
            } else {
                ""
            };
            create.push(format!(
                "CREATE UNIQUE INDEX {index}\"{name} code\" ON {path} ({tenant}\"{column}\"){only}"
            ));
        }
        create
    }

    /// The statement that inserts the rows, if there are any.
    pub(super) fn insert(&self, is_pruned: bool) -> Option<String> {
        let columns = self.all_columns();
        let columns = columns.iter().map(|(column, _)| format!("\"{column}\""));
        let columns: Vec<_> = columns.collect();
        let rows = self.rows.iter().filter(|row| !is_pruned || row.is_in_scope);
        let rows = rows.map(|row| {
            let values: Vec<_> = row.values.iter().chain(&row.scopes).cloned().collect();
            format!("({})", values.join(", "))
        });
        let rows: Vec<_> = rows.collect();
        let (path, columns) = (self.path(), columns.join(", "));
        (!rows.is_empty())
            .then(|| format!("INSERT INTO {path} ({columns}) VALUES {}", rows.join(", ")))
    }
}
