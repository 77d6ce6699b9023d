//! WITH: common table expressions, recursive or not.

use sea_orm::DatabaseBackend::{MySql, Sqlite};

use super::schema::Type;
use super::statements::{Cte, Generator};

impl Generator<'_, '_, '_> {
    /// Writes a WITH. The following queries can use its names.
    pub(super) fn with(&mut self) -> String {
        let is_recursive = self.choices.one_in(3);
        let count = 1 + self.choices.below(2);
        let names: Vec<_> = (0..count)
            .map(|at| match self.choices.below(3) {
                2 if at == 0 => self.choices.pick(&self.world.tables).name.to_owned(),
                _ => self.fresh('w'),
            })
            .collect();
        let known_hidden = self.hidden.len();
        // In these dialects, each name stands for a CTE in every body of the WITH.
        if is_recursive || self.is(Sqlite) {
            self.hidden.extend(names.iter().cloned());
        }
        let mut parts = Vec::new();
        let late = self.late_name(is_recursive, &mut parts);
        for (at, name) in names.iter().enumerate() {
            let (part, columns, rows) = if is_recursive && at == 0 {
                self.isolated(|inner| inner.walk(name))
            } else {
                self.isolated(|inner| inner.cte(name))
            };
            parts.push(part);
            self.ctes.push(Cte {
                name: name.clone(),
                columns,
                rows,
            });
        }
        if let Some(late) = late {
            parts.push(format!("\"{late}\" AS (SELECT 1 AS \"id\")"));
            self.ctes.push(one_row(late, "id"));
        }
        self.hidden.truncate(known_hidden);
        let word = if is_recursive {
            "WITH RECURSIVE"
        } else {
            "WITH"
        };
        format!("{word} {} ", parts.join(", "))
    }

    /// Names a later CTE of the list like a table that an earlier CTE reads. MariaDB takes the name in the
    /// earlier CTE for the later CTE, and MySQL takes it for the table.
    fn late_name(&mut self, is_recursive: bool, parts: &mut Vec<String>) -> Option<String> {
        if !is_recursive || !self.is(MySql) || !self.choices.one_in(4) {
            return None;
        }
        let at = self.choices.below(self.world.tables.len());
        let late = self.world.tables[at].name.to_owned();
        let is_clear = !self.world.is_ambiguous(at) && !self.hidden.contains(&late);
        if !is_clear || self.off_limits.is_some() {
            return None;
        }
        let early = self.fresh('w');
        parts.push(format!(
            "\"{early}\" AS (SELECT COUNT(*) AS~ \"c\" FROM \"{late}\")"
        ));
        self.ctes.push(one_row(early, "c"));
        self.hidden.push(late.clone());
        Some(late)
    }

    fn cte(&mut self, name: &str) -> (String, Vec<(String, Type)>, usize) {
        self.blocks = self.blocks.saturating_sub(1);
        let query = self.query(None);
        let (mut columns, mut renamed) = (query.columns, String::new());
        if self.choices.one_in(3) {
            for column in &mut columns {
                column.0 = self.fresh('c');
            }
            let names: Vec<_> = columns
                .iter()
                .map(|(name, _)| format!("\"{name}\""))
                .collect();
            renamed = format!(" ({})", names.join(", "));
        }
        let kept = match self.choices.below(6) {
            4 if !self.is(MySql) => "MATERIALIZED ",
            5 if !self.is(MySql) => "NOT MATERIALIZED ",
            _ => "",
        };
        (
            format!("\"{name}\"{renamed} AS {kept}({})", query.text),
            columns,
            query.rows,
        )
    }

    /// A recursive CTE of the descendants of a row.
    fn walk(&mut self, name: &str) -> (String, Vec<(String, Type)>, usize) {
        self.blocks = self.blocks.saturating_sub(2);
        let tables = (0..self.world.tables.len()).filter(|at| self.world.has_id(*at));
        let tables: Vec<_> = tables.filter(|at| self.off_limits != Some(*at)).collect();
        let at = *self.choices.pick(&tables);
        let (root, branch) = (self.named_table(at), self.named_table(at));
        let alias = self.fresh('t');
        let source = self.table_source(at, &alias);
        let (start, more) =
            self.within(&[source], |inner| (inner.predicate(1), inner.predicate(1)));
        let union = *self.choices.pick(&["UNION ALL", "UNION"]);
        let join = match self.choices.below(3) {
            2 => format!(
                "FROM \"{name}\" AS \"w\", {branch} AS \"{alias}\" WHERE \"{alias}\".\"parent_id\" = \"w\".\"id\" AND"
            ),
            1 => format!(
                "FROM \"{name}\" AS \"w\" JOIN {branch} AS \"{alias}\" ON \"{alias}\".\"parent_id\" = \"w\".\"id\" WHERE"
            ),
            _ => format!(
                "FROM {branch} AS \"{alias}\" JOIN \"{name}\" AS \"w\" ON \"{alias}\".\"parent_id\" = \"w\".\"id\" WHERE"
            ),
        };
        let text = format!(
            "\"{name}\" (\"id\", \"depth\") AS (\
             SELECT \"{alias}\".\"id\", 0 FROM {root} AS \"{alias}\" WHERE {start} \
             {union} SELECT \"{alias}\".\"id\", \"w\".\"depth\" + 1 {join} \"w\".\"depth\" < 3 AND ({more}))"
        );
        // A row has one parent row, so the query meets each row at most once at each depth.
        let rows = 4 * self.world.tables[at].rows.len();
        (
            text,
            vec![
                ("id".to_owned(), Type::Int),
                ("depth".to_owned(), Type::Int),
            ],
            rows,
        )
    }
}

fn one_row(name: String, column: &str) -> Cte {
    Cte {
        name,
        columns: vec![(column.to_owned(), Type::Int)],
        rows: 1,
    }
}
