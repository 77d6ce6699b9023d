//! What the model knows of a family: its tables and their relations.

use sea_orm::DbBackend;

use super::verbs::Verbs;

/// Tables with relations between them.
pub(super) struct Shape {
    pub(super) name: &'static str,
    /// Whether the database has a foreign key for each relation.
    pub(super) has_foreign_keys: bool,
    /// With foreign keys, parent tables come first. The first table has no parent table.
    pub(super) tables: &'static [Table],
    pub(super) relations: &'static [Relation],
    /// The counters that triggers keep.
    pub(super) counters: &'static [Counter],
}

/// A column of the parent row counts its live child rows.
pub(super) struct Counter {
    pub(super) parent: &'static str,
    pub(super) counter: &'static str,
    pub(super) child: &'static str,
    pub(super) column: &'static str,
}

/// A table of integer columns.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) key: &'static [&'static str],
    /// The nullable columns beside the key.
    pub(super) columns: &'static [&'static str],
    /// The column whose values are unique among live rows.
    pub(super) unique: Option<&'static str>,
    /// `None` if the table is not soft-deletable.
    pub(super) soft: Option<Soft>,
    /// The verbs of a second entity of the table, which declares no relation.
    pub(super) slim: Option<&'static dyn Verbs>,
}

pub(super) struct Soft {
    pub(super) marker: Marker,
    pub(super) has_operation: bool,
    pub(super) verbs: &'static dyn Verbs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// `deleted_at`
    Instant,
    /// `is_deleted`
    Bool,
}

/// A child row belongs to the parent row whose key its columns hold.
pub(super) struct Relation {
    pub(super) policy: Policy,
    pub(super) parent: &'static str,
    pub(super) child: &'static str,
    pub(super) columns: &'static [&'static str],
    /// The relation leaves out child rows of this color.
    pub(super) unless_color: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Cascade,
    Restrict,
    Destroy,
    Keep,
}

pub(super) const fn relation(
    policy: Policy,
    parent: &'static str,
    child: &'static str,
    columns: &'static [&'static str],
) -> Relation {
    Relation {
        policy,
        parent,
        child,
        columns,
        unless_color: None,
    }
}

impl Shape {
    pub(super) fn at(&self, name: &str) -> usize {
        let mut tables = self.tables.iter();
        let at = tables.position(|table| table.name == name);
        at.expect("a relation is one between tables of the family")
    }

    /// The statements that create the tables and triggers, in the given schema.
    pub(super) fn create(&self, backend: DbBackend, schema: &str) -> Vec<String> {
        let tables = self.tables.iter();
        let counters = self.counters.iter();
        let triggers = counters.flat_map(|counter| self.create_triggers(counter, backend));
        tables
            .flat_map(|table| self.create_table(table, backend, schema))
            .chain(triggers)
            .collect()
    }

    fn create_table(&self, table: &Table, backend: DbBackend, schema: &str) -> Vec<String> {
        let (instant, id) = match backend {
            DbBackend::Postgres => ("TIMESTAMP WITH TIME ZONE", "UUID"),
            DbBackend::MySql => ("DATETIME(6)", "BINARY(16)"),
            _ => ("TEXT", "BLOB"),
        };
        let name = table.name;
        let mut lines = Vec::new();
        for column in table.key {
            lines.push(format!("{column} INTEGER NOT NULL"));
        }
        for column in table.columns {
            lines.push(format!("{column} INTEGER"));
        }
        if let Some(soft) = &table.soft {
            lines.push(match soft.marker {
                Marker::Instant => format!("deleted_at {instant}"),
                Marker::Bool => "is_deleted BOOLEAN NOT NULL DEFAULT FALSE".to_owned(),
            });
            if soft.has_operation {
                lines.push(format!("operation_id {id}"));
            }
        }
        lines.push(format!("PRIMARY KEY ({})", table.key.join(", ")));
        let mut index = None;
        if let Some(unique) = table.unique {
            if backend == DbBackend::MySql {
                lines.push("is_live BOOLEAN AS (IF(deleted_at IS NULL, TRUE, NULL))".to_owned());
                lines.push(format!("UNIQUE ({unique}, is_live)"));
            } else {
                let (index_schema, schema) = match backend {
                    DbBackend::Sqlite => (schema, ""),
                    _ => ("", schema),
                };
                index = Some(format!(
                    "CREATE UNIQUE INDEX {index_schema}{name}_{unique} ON {schema}{name} ({unique}) \
                     WHERE deleted_at IS NULL"
                ));
            }
        }
        if self.has_foreign_keys {
            for relation in self.relations.iter().filter(|it| it.child == name) {
                let parent = &self.tables[self.at(relation.parent)];
                let schema = match backend {
                    DbBackend::Sqlite => "",
                    _ => schema,
                };
                lines.push(format!(
                    "FOREIGN KEY ({}) REFERENCES {schema}{} ({})",
                    relation.columns.join(", "),
                    parent.name,
                    parent.key.join(", ")
                ));
            }
        }
        let create = format!("CREATE TABLE {schema}{name} ({})", lines.join(", "));
        [create].into_iter().chain(index).collect()
    }

    fn create_triggers(&self, counter: &Counter, backend: DbBackend) -> Vec<String> {
        let Counter {
            parent,
            counter,
            child,
            column,
        } = counter;
        let soft = self.tables[self.at(child)].soft.as_ref();
        let is_live = |row: &str| match soft.map(|soft| soft.marker) {
            None => "TRUE".to_owned(),
            Some(Marker::Instant) => format!("{row}.deleted_at IS NULL"),
            Some(Marker::Bool) => format!("NOT {row}.is_deleted"),
        };
        let count = |change: &str, row: &str| {
            let is_live = is_live(row);
            format!(
                "UPDATE {parent} SET {counter} = {counter} {change} 1 \
                 WHERE id = {row}.{column} AND {is_live};"
            )
        };
        let (less, more) = (count("-", "OLD"), count("+", "NEW"));
        let name = format!("{child}_{counter}");
        if backend == DbBackend::Postgres {
            let function = format!(
                "CREATE FUNCTION {name}() RETURNS TRIGGER LANGUAGE plpgsql AS $$BEGIN \
                 IF TG_OP <> 'INSERT' THEN {less} END IF; \
                 IF TG_OP <> 'DELETE' THEN {more} END IF; RETURN NULL; END$$"
            );
            let trigger = format!(
                "CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {child} \
                 FOR EACH ROW EXECUTE FUNCTION {name}()"
            );
            return vec![function, trigger];
        }
        let trigger = |event: &str, body: &str| {
            format!(
                "CREATE TRIGGER {name}_{event} AFTER {event} ON {child} \
                 FOR EACH ROW BEGIN {body} END"
            )
        };
        vec![
            trigger("INSERT", &more),
            trigger("UPDATE", &format!("{less} {more}")),
            trigger("DELETE", &less),
        ]
    }

    /// The statements that empty the tables.
    pub(super) fn clear(&self, schema: &str) -> Vec<String> {
        let mut statements = Vec::new();
        for table in self.tables.iter().rev() {
            let own = self
                .relations
                .iter()
                .filter(|relation| relation.child == table.name && relation.parent == table.name);
            for relation in own.filter(|_| self.has_foreign_keys) {
                // MariaDB checks foreign keys row by row.
                let column = relation.columns[0];
                statements.push(format!("UPDATE {schema}{} SET {column} = NULL", table.name));
            }
            statements.push(format!("DELETE FROM {schema}{}", table.name));
        }
        statements
    }

    /// Selects every row of every table: its table, its columns, its marker and its operation, as text.
    pub(super) fn select(&self, backend: DbBackend, schema: &str) -> String {
        let (number, text) = match backend {
            DbBackend::MySql => ("SIGNED", "CHAR"),
            _ => ("BIGINT", "TEXT"),
        };
        let width = self.width();
        let tables = self.tables.iter().enumerate().map(|(at, table)| {
            let mut columns = vec![format!("CAST({at} AS {number}) AS of_table")];
            for (index, column) in table.all_columns().enumerate() {
                columns.push(format!("CAST({column} AS {number}) AS c{index}"));
            }
            for index in columns.len() - 1..width {
                columns.push(format!("CAST(NULL AS {number}) AS c{index}"));
            }
            let marker = match table.soft.as_ref().map(|soft| soft.marker) {
                None => "NULL",
                Some(Marker::Instant) => "deleted_at",
                Some(Marker::Bool) => "CASE WHEN is_deleted THEN 'true' END",
            };
            columns.push(format!("CAST({marker} AS {text}) AS marker"));
            let has_operation = table.soft.as_ref().is_some_and(|soft| soft.has_operation);
            let operation = match (has_operation, backend) {
                (false, _) => "NULL",
                (true, DbBackend::Postgres) => "operation_id",
                (true, _) => "NULLIF(HEX(operation_id), '')",
            };
            columns.push(format!("CAST({operation} AS {text}) AS operation"));
            format!("SELECT {} FROM {schema}{}", columns.join(", "), table.name)
        });
        tables.collect::<Vec<_>>().join(" UNION ALL ")
    }

    fn width(&self) -> usize {
        let widths = self.tables.iter().map(|table| table.all_columns().count());
        widths.max().unwrap_or_default()
    }
}

impl Table {
    /// The columns of the key, then the other columns.
    pub(super) fn all_columns(&self) -> impl Iterator<Item = &'static str> {
        self.key.iter().chain(self.columns).copied()
    }

    pub(super) fn position(&self, column: &str) -> usize {
        let mut columns = self.all_columns();
        let at = columns.position(|other| other == column);
        at.expect("the table has the column")
    }
}
