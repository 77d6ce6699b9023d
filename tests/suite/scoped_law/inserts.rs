//! INSERT, with and without a conflicting row.

use sea_orm::DatabaseBackend::{MySql, Sqlite};

use super::from::find_bare_names;
use super::markers::Marker;
use super::schema::Type;
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
        if self.world.has_id(at) && self.choices.one_in(2) {
            return self.upsert(at, &path, &names);
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
                let filter = inner.filter();
                format!("SELECT \"{alias}\".\"id\" + 100, \"{alias}\".\"parent_id\", {number}, {text}, NULL FROM {from} AS \"{alias}\"{filter}")
            })
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

    /// An INSERT that may conflict with a live row of the same code.
    fn upsert(&mut self, at: usize, path: &str, names: &str) -> Case {
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
                format!("({}, 1, {number}, 'new', {code})", 200 + row)
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
        let text = if self.is(MySql) {
            match self.choices.below(4) {
                3 => format!("INSERT IGNORE INTO {path} ({names}) VALUES {rows}"),
                _ => format!(
                    "INSERT INTO {path} ({names}) VALUES {rows} ON DUPLICATE KEY UPDATE {assign}"
                ),
            }
        } else {
            // SQLite matches a partial index by the text of its condition, so the value must not be bound.
            let only = match table.marker {
                Some(marker @ Marker::Sentinel) if self.is(Sqlite) => {
                    format!(" WHERE {}", marker.is_live(self.world.backend))
                }
                _ => String::new(),
            };
            let conflict = match self.choices.below(6) {
                0 => format!("(\"code\"){only} DO NOTHING"),
                1 => "DO NOTHING".to_owned(),
                2 => {
                    let filter = self.within(&[source], |inner| inner.predicate(1));
                    format!("(\"code\"){only} DO UPDATE SET {assign} WHERE {filter}")
                }
                _ => format!("(\"code\"){only} DO UPDATE SET {assign}"),
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
