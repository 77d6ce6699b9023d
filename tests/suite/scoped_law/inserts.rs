//! INSERT, with and without a conflicting row.

use sea_orm::DatabaseBackend::{MySql, Sqlite};

use super::from::find_bare_names;
use super::markers::Marker;
use super::schema::Type;
use super::scopes::TENANT_ID;
use super::statements::{Case, Generator, Kind};

impl Generator<'_, '_, '_> {
    pub(super) fn insert(&mut self) -> Case {
        let at = self.choices.below(self.world.tables.len());
        let table = &self.world.tables[at];
        let columns = &table.columns;
        let named: Vec<_> = columns
            .iter()
            .filter(|(_, ty)| *ty != Type::Opaque)
            .collect();
        let names = named
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ");
        let path = self.named_table(at);
        let writes_tenant = table.scoping.has_tenant && self.choices.one_in(5);
        let names = match writes_tenant {
            true => format!("{names}, \"{TENANT_ID}\""),
            false => names,
        };
        if self.world.has_id(at) && self.choices.one_in(2) {
            return self.upsert(at, &path, &names, writes_tenant);
        }
        let body = if self.world.has_id(at) {
            // Each row gets a new id and no code, because codes must be unique.
            let from = self.choices.below(self.world.tables.len());
            let from = if self.world.has_id(from) { from } else { 0 };
            let alias = self.fresh('t');
            let mut sources = [self.table_source(from, &alias)];
            find_bare_names(&mut sources);
            let from = self.named_table(from);
            self.within(&sources, |inner| {
                let number = inner.value(Type::Int, 2);
                let text = inner.value(Type::Text, 2);
                let tenant = match writes_tenant {
                    true => format!(", {}", inner.written_tenant(&read_from(&alias))),
                    false => String::new(),
                };
                let filter = inner.filter();
                format!("SELECT \"{alias}\".\"id\" + 100, \"{alias}\".\"parent_id\", {number}, {text}, NULL{tenant} FROM {from} AS \"{alias}\"{filter}")
            })
        } else if writes_tenant {
            self.counts_of_tables()
        } else {
            let types: Vec<_> = named.iter().map(|(_, ty)| *ty).collect();
            self.query(Some(&types)).text
        };
        self.change(
            Kind::Insert,
            "",
            format!("INSERT INTO {path} ({names}) {body}"),
            false,
        )
    }

    /// A query of three numbers and a tenant.
    fn counts_of_tables(&mut self) -> String {
        let mut selects = Vec::new();
        for _ in 0..=self.choices.below(2) {
            let at = self.choices.below(self.world.tables.len());
            let (from, alias) = (self.named_table(at), self.fresh('t'));
            let key = self.world.tables[at].columns[0].0;
            let tenant = self.written_tenant(&[format!("{alias}.{key}")]);
            let distinct = *self.choices.pick(&["", "DISTINCT "]);
            selects.push(format!(
                "SELECT {distinct}\"{alias}\".\"{key}\", 1, 2, {tenant} FROM {from} AS! \"{alias}\""
            ));
        }
        let operator = *self.choices.pick(&[" UNION ALL ", " UNION "]);
        selects.join(operator)
    }

    /// An INSERT that may conflict with a live row of the same code.
    fn upsert(&mut self, at: usize, path: &str, names: &str, writes_tenant: bool) -> Case {
        let table = &self.world.tables[at];
        let number = table.columns[2].0;
        let (name, text) = (table.name, table.columns[3].0);
        let codes = ["'k1'", "'k2'", "'k3'", "'k4'", "'k6'", "NULL"];
        let first = self.choices.below(codes.len());
        let rows: Vec<_> = (0..=self.choices.below(3))
            .map(|row| {
                let code = codes[(first + row) % codes.len()];
                let number = if self.choices.one_in(3) {
                    format!("({})", self.int_of_a_subquery())
                } else {
                    self.param(3)
                };
                let tenant = match writes_tenant {
                    true => format!(", {}", self.written_tenant(&[])),
                    false => String::new(),
                };
                format!("({}, 1, {number}, 'new', {code}{tenant})", 200 + row)
            })
            .collect();
        let rows = rows.join(", ");
        let source = self.table_source(at, name);
        let set = if self.is(MySql) {
            format!("VALUES(\"{number}\")")
        } else {
            format!("\"excluded\".\"{number}\"")
        };
        let assign = match self.choices.below(3) {
            0 => format!("\"{number}\" = {set}"),
            1 => format!("\"{text}\" = 'met', \"{number}\" = {set} + \"{name}\".\"{number}\""),
            _ => format!(
                "\"{number}\" = \"{name}\".\"{number}\" + 1, \"{text}\" = CASE WHEN \"{name}\".\"{text}\" IS NULL THEN 'x' ELSE 'y' END"
            ),
        };
        let assign = match table.scoping.has_tenant && self.choices.one_in(8) {
            true => {
                let inserted = match self.is(MySql) {
                    true => format!("VALUES({TENANT_ID})"),
                    false => format!("excluded.{TENANT_ID}"),
                };
                let tenant = self.written_tenant(&[inserted]);
                format!("{assign}, \"{TENANT_ID}\" = {tenant}")
            }
            false => assign,
        };
        let text = if self.is(MySql) {
            match self.choices.below(4) {
                3 => format!("INSERT IGNORE INTO {path} ({names}) VALUES {rows}"),
                _ => format!(
                    "INSERT INTO {path} ({names}) VALUES {rows} ON DUPLICATE KEY UPDATE {assign}"
                ),
            }
        } else {
            // SQLite matches a partial index by the text of its condition, so the value must not be bound.
            let only = match table.scoping.marker {
                Some(marker @ Marker::Sentinel) if self.is(Sqlite) => {
                    format!(" WHERE {}", marker.is_live(self.world.backend))
                }
                _ => String::new(),
            };
            let key = match table.scoping.has_tenant {
                true => format!("\"{TENANT_ID}\", \"code\""),
                false => "\"code\"".to_owned(),
            };
            let conflict = match self.choices.below(6) {
                0 => format!("({key}){only} DO NOTHING"),
                1 => "DO NOTHING".to_owned(),
                2 => {
                    let filter = self.within(&[source], |inner| inner.predicate(1));
                    format!("({key}){only} DO UPDATE SET {assign} WHERE {filter}")
                }
                _ => format!("({key}){only} DO UPDATE SET {assign}"),
            };
            format!("INSERT INTO {path} ({names}) VALUES {rows} ON CONFLICT {conflict}")
        };
        self.change(Kind::Insert, "", text, false)
    }

    fn int_of_a_subquery(&mut self) -> String {
        self.blocks = self.blocks.saturating_sub(1);
        self.scalar(Type::Int)
    }
}

/// Expressions over the columns of a row that an INSERT reads.
fn read_from(alias: &str) -> Vec<String> {
    ["id", "parent_id"]
        .map(|column| format!("{alias}.{column}"))
        .to_vec()
}
