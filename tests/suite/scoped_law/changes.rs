//! UPDATE and DELETE.

use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

use super::blocks::order_of;
use super::from::find_bare_names;
use super::schema::{Column, Type};
use super::scopes::{IS_PUBLISHED, TENANT_ID};
use super::statements::{Case, Generator, Kind, Source, SourceColumn};

/// The tables beside the one that an UPDATE changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    Nothing,
    /// MySQL's UPDATE of joined tables.
    Joined,
    /// UPDATE … FROM.
    From,
}

impl Generator<'_, '_, '_> {
    pub(super) fn update(&mut self) -> Case {
        if self.is(MySql)
            && self.choices.one_in(8)
            && let Some(case) = self.update_of_the_optional_side()
        {
            return case;
        }
        let (at, source, target) = self.target("UPDATE");
        let with = self.with_before_a_change();
        let (text, returning) = match self.choices.below(4) {
            3 if self.is(MySql) => {
                self.off_limits = Some(at);
                let (tables, mut sources) = self.joined_target(&target, source.clone());
                find_bare_names(&mut sources);
                let mut written = sources[0].clone();
                // A bare column of a table that a derived table replaces can be resolved only if an entity
                // describes its columns (see Limits), and these tables have no entities.
                if tables.contains("USING") || tables.contains("NATURAL") {
                    written.columns.iter_mut().for_each(|it| it.is_bare = false);
                }
                let set = self.assignments(&written, at, Beside::Joined);
                let filter = self.within(&sources, Self::filter);
                (format!("UPDATE {tables} SET {set}{filter}"), false)
            }
            3 => {
                let set = self.assignments(&source, at, Beside::From);
                let (from, others) = self.from(std::slice::from_ref(&source));
                let mut sources = [&[source.clone()][..], &others].concat();
                find_bare_names(&mut sources);
                let filter = self.within(&sources, Self::filter);
                let (returning, returns) = self.returning(&source);
                (
                    format!("UPDATE {target} SET {set} FROM {from}{filter}{returning}"),
                    returns,
                )
            }
            _ => {
                let set = self.assignments(&source, at, Beside::Nothing);
                let filter = self.own_filter(&source);
                let (rest, returns) = if self.is(MySql) {
                    (self.order_and_limit(&source), false)
                } else {
                    self.returning(&source)
                };
                (format!("UPDATE {target} SET {set}{filter}{rest}"), returns)
            }
        };
        self.change(Kind::Update, &with, text, returning)
    }

    /// An UPDATE of a table in a position where the rewriter would replace it by a derived table, if it
    /// were not the target.
    fn update_of_the_optional_side(&mut self) -> Option<Case> {
        let at = self.choices.below(self.world.tables.len());
        let other = (at + 1) % self.world.tables.len();
        // The column of a condition is not known to belong to the table, and a column that both tables have may be
        // either's.
        let of_other = self.world.tables[other].all_columns();
        let is_clear = |column: &Column| column.0 != IS_PUBLISHED && !of_other.contains(column);
        let scoping = self.world.tables[at].scoping;
        let columns: Vec<_> = scoping.columns().filter(is_clear).collect();
        let (column, _) = *columns.get(self.choices.below(columns.len()))?;
        let (table, other) = (self.named_table(at), self.named_table(other));
        let (natural, using) = *self
            .choices
            .pick(&[("", " USING (\"parent_id\")"), ("NATURAL ", "")]);
        let text = format!(
            "UPDATE {other} {natural}LEFT JOIN {table}{using} SET \"{column}\" = \"{column}\""
        );
        Some(Case::changing(Kind::Update, text, false))
    }

    pub(super) fn delete(&mut self) -> Case {
        if self.is(Postgres) && self.choices.one_in(5) {
            return self.moved();
        }
        let (at, source, target) = self.target("DELETE FROM");
        let with = self.with_before_a_change();
        let name = &source.name;
        let (text, returning) = match self.choices.below(5) {
            3 | 4 if self.is(MySql) => {
                self.off_limits = Some(at);
                let own = format!("{} AS \"{name}\"", self.named_table(at));
                let (tables, mut sources) = self.joined_target(&own, source.clone());
                find_bare_names(&mut sources);
                let filter = self.within(&sources, Self::filter);
                let words = *self.choices.pick(&["FROM", "USING"]);
                match words {
                    "FROM" => (format!("DELETE \"{name}\" FROM {tables}{filter}"), false),
                    _ => (
                        format!("DELETE FROM \"{name}\" USING {tables}{filter}"),
                        false,
                    ),
                }
            }
            3 if self.is(Postgres) => {
                let (using, others) = self.from(std::slice::from_ref(&source));
                let mut sources = [&[source.clone()][..], &others].concat();
                find_bare_names(&mut sources);
                let filter = self.within(&sources, Self::filter);
                let (returning, returns) = self.returning(&source);
                (
                    format!("DELETE FROM {target} USING {using}{filter}{returning}"),
                    returns,
                )
            }
            at => {
                let filter = self.own_filter(&source);
                let (rest, returns) = match at {
                    2 if self.is(MySql) => (self.order_and_limit(&source), false),
                    2 => self.returning(&source),
                    _ => (String::new(), false),
                };
                (format!("DELETE FROM {target}{filter}{rest}"), returns)
            }
        };
        self.change(Kind::Delete, &with, text, returning)
    }

    /// Inserts the rows that a DELETE returns into another table.
    fn moved(&mut self) -> Case {
        let (at, source, target) = self.target("DELETE FROM");
        let filter = self.own_filter(&source);
        let table = &self.world.tables[at];
        let columns = table.all_columns();
        let tables = self.world.tables.iter();
        let others = tables.filter(|other| other.path() != table.path());
        let mut alike = others
            .clone()
            .filter(|other| other.all_columns() == columns && other.scoping == table.scoping);
        let (to, list) = match alike.next_back() {
            Some(other) => (other.path(), "* FROM \"moved\"".to_owned()),
            None => {
                let list = match (self.choices.below(3), table.scoping.marker) {
                    (0, _) => format!("\"{}\", 1, 2 FROM \"moved\"", columns[0].0),
                    // The rows were live before the DELETE.
                    (1, Some(marker)) => format!(
                        "1, 2, COUNT(*) FROM \"moved\" WHERE {}",
                        marker.is_live(self.world.backend)
                    ),
                    _ => "1, 2, COUNT(*) FROM \"moved\"".to_owned(),
                };
                ("\"link\"".to_owned(), list)
            }
        };
        let returning = match self.choices.below(3) {
            0 => "*".to_owned(),
            1 => format!("\"{}\".*", source.name),
            _ => {
                let columns = columns.iter().map(|(name, _)| format!("\"{name}\""));
                columns.collect::<Vec<_>>().join(", ")
            }
        };
        let (names, list) = match to.as_str() {
            "\"link\"" => (" (\"parent_id\", \"other_id\", \"n\")".to_owned(), list),
            // Columns that are not named cannot be held to a tenant.
            _ if table.scoping.has_tenant && !self.choices.one_in(3) => {
                let columns = columns.iter().filter(|(name, _)| *name != TENANT_ID);
                let columns: Vec<_> = columns.map(|(name, _)| format!("\"{name}\"")).collect();
                let columns = columns.join(", ");
                (format!(" ({columns})"), format!("{columns} FROM \"moved\""))
            }
            _ => (String::new(), list),
        };
        let text = format!(
            "WITH \"moved\" AS (DELETE FROM {target}{filter} RETURNING {returning}) \
             INSERT INTO {to}{names} SELECT {list}"
        );
        Case::changing(Kind::Move, text, false)
    }

    pub(super) fn change(
        &mut self,
        kind: Kind,
        with: &str,
        text: String,
        returns_rows: bool,
    ) -> Case {
        let is_in_a_query = self.is(Postgres) && returns_rows && self.choices.one_in(3);
        let text = if is_in_a_query {
            // A statement sees the tables as they were before its own changes.
            let (from, sources) = self.from(&[]);
            let filter = self.within(&sources, Self::filter);
            let and = if with.is_empty() { "WITH " } else { ", " };
            let with = with.trim_end();
            format!(
                "{with}{and}\"changed\" AS ({text}), \"read\" AS (SELECT COUNT(*) AS \"c\" FROM {from}{filter}) \
                 SELECT \"changed\".*, \"read\".\"c\" FROM \"changed\", \"read\""
            )
        } else {
            format!("{with}{text}")
        };
        Case::changing(kind, text, returns_rows)
    }

    /// A table to change: its index, its columns, and its name in the statement.
    fn target(&mut self, verb: &str) -> (usize, Source, String) {
        let at = self.choices.below(self.world.tables.len());
        let name = self.world.tables[at].name;
        let has_alias = !(self.is(MySql) && verb.starts_with("DELETE"));
        let path = self.named_table(at);
        let (text, name) = match self.choices.below(3) {
            2 if has_alias => self.aliased(&path, name, &[], "AS!"),
            _ => (path, name.to_owned()),
        };
        let mut source = self.table_source(at, &name);
        // An assignment may affect the next row, so the result must not depend on the order of rows.
        self.off_limits = (!self.is(Postgres)).then_some(at);
        find_bare_names(std::slice::from_mut(&mut source));
        (at, source, text)
    }

    fn with_before_a_change(&mut self) -> String {
        // MariaDB knows WITH only before SELECT.
        if self.is(MySql) || !self.choices.one_in(6) {
            return String::new();
        }
        let (known, bound) = (self.ctes.len(), self.params.len());
        let with = self.with();
        let target_is_hidden = self.ctes[known..]
            .iter()
            .any(|cte| self.world.tables.iter().any(|table| table.name == cte.name));
        if target_is_hidden {
            self.ctes.truncate(known);
            self.params.truncate(bound);
            return String::new();
        }
        with
    }

    /// A WHERE that may read the table that the statement changes. MariaDB evaluates such a WHERE of an UPDATE, and what it
    /// assigns, row by row, while the rows change, without this crate, too. MySQL refuses it.
    fn own_filter(&mut self, source: &Source) -> String {
        if self.is(MySql) {
            return self.within(std::slice::from_ref(source), Self::filter);
        }
        let off_limits = self.off_limits.take();
        let filter = self.within(std::slice::from_ref(source), Self::filter);
        self.off_limits = off_limits;
        filter
    }

    /// MySQL's target with the sources that are joined to it.
    fn joined_target(&mut self, target: &str, source: Source) -> (String, Vec<Source>) {
        self.join(target.to_owned(), vec![source], &[])
    }

    /// The assignments, whose values depend only on the assigned row.
    fn assignments(&mut self, source: &Source, at: usize, beside: Beside) -> String {
        let is_joined = beside == Beside::Joined;
        let columns: Vec<_> = self.world.tables[at].columns.iter().collect();
        let own_prefix = format!("\"{}\".", source.name);
        let mut qualified = [source.clone()];
        for column in &mut qualified[0].columns {
            column.is_bare = false;
        }
        let count = 1 + self.choices.below(2);
        let candidates: Vec<_> = columns
            .iter()
            .filter(|(name, ty)| !matches!(*name, "id" | "code") && *ty != Type::Opaque)
            .collect();
        let first = self.choices.below(candidates.len());
        let (mut parts, mut names) = (Vec::new(), Vec::<&str>::new());
        for at in 0..count.min(candidates.len()) {
            let (name, ty) = candidates[(first + at) % candidates.len()];
            let bound = self.params.len();
            let value = self.within(&qualified, |inner| match ty {
                Type::Text => {
                    let text = inner.value(*ty, 1);
                    if inner.is(Postgres) {
                        format!("CAST({text} AS VARCHAR(20))")
                    } else {
                        text
                    }
                }
                _ => inner.value(*ty, 2),
            });
            let is_bare = source
                .columns
                .iter()
                .any(|it| it.name == *name && it.is_bare);
            let prefix = match is_joined && !(is_bare && self.choices.one_in(2)) {
                true => own_prefix.as_str(),
                false => "",
            };
            let value = match self.world.has_sequence() && *ty == Type::Int {
                true if self.choices.one_in(8) => {
                    format!("{value} + 0 * NEXT VALUE FOR \"sq\"")
                }
                _ => value,
            };
            // MySQL carries the assignments of several tables out in no particular order.
            let reads = |text: &str, name: &str| text.contains(&format!("\"{name}\""));
            let reads_another = names.iter().any(|other| reads(&value, other))
                || parts.iter().any(|part: &String| reads(part, name));
            if is_joined && reads_another {
                self.params.truncate(bound);
                break;
            }
            names.push(name);
            parts.push(format!("{prefix}\"{name}\" = {value}"));
        }
        if self.world.tables[at].scoping.has_tenant && self.choices.one_in(8) {
            parts.insert(
                self.choices.below(parts.len() + 1),
                self.assigned_tenant(source, beside),
            );
        }
        parts.join(", ")
    }

    /// An assignment to the tenant of a row.
    fn assigned_tenant(&mut self, source: &Source, beside: Beside) -> String {
        let quote = if self.is(MySql) { '`' } else { '"' };
        let name = &source.name;
        let columns = [
            TENANT_ID.to_owned(),
            format!("{quote}{name}{quote}.{TENANT_ID}"),
            format!("{TENANT_ID} + 1"),
        ];
        let columns = match beside {
            Beside::Nothing => &columns[..],
            // A bare name may be of another table.
            Beside::Joined | Beside::From => &columns[1..2],
        };
        let is_joined = beside == Beside::Joined;
        let value = self.written_tenant(columns);
        let is_tenant = |it: &&SourceColumn| it.name == TENANT_ID;
        let is_bare = source.columns.iter().find(is_tenant);
        let is_bare = is_bare.is_some_and(|it| it.is_bare);
        match is_joined && !(is_bare && self.choices.one_in(2)) {
            true => format!("\"{name}\".\"{TENANT_ID}\" = {value}"),
            false => format!("\"{TENANT_ID}\" = {value}"),
        }
    }

    fn order_and_limit(&mut self, source: &Source) -> String {
        match self.choices.below(3) {
            1 => format!(" ORDER BY {}", order_of(std::slice::from_ref(source))),
            2 => format!(
                " ORDER BY {} LIMIT {}",
                order_of(std::slice::from_ref(source)),
                1 + self.choices.below(4)
            ),
            _ => String::new(),
        }
    }

    /// The returned columns of a changed row, without its marker.
    fn returning(&mut self, source: &Source) -> (String, bool) {
        if !self.choices.one_in(3) {
            return (String::new(), false);
        }
        let columns = source
            .columns
            .iter()
            .filter(|column| !matches!(column.ty, Type::Opaque | Type::Place));
        let columns = columns.take(3).map(|column| match self.world.backend {
            // SQLite does not know the alias in this place.
            Sqlite => format!("\"{}\"", column.name),
            _ => format!("\"{}\".\"{}\"", source.name, column.name),
        });
        let columns: Vec<_> = columns.collect();
        (format!(" RETURNING {}", columns.join(", ")), true)
    }
}
