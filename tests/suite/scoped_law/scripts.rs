//! Texts of several statements with routines between them, and dynamic SQL.

use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

use super::statements::{Case, Generator, Kind};
use crate::harness::Server;

impl Generator<'_, '_, '_> {
    /// Statements that change rows, before and after the definition of a routine.
    pub(super) fn script(&mut self) -> Case {
        self.is_literal = true;
        let mut parts = Vec::new();
        for _ in 0..self.choices.below(2) {
            parts.push(self.part());
        }
        let (routine, drop) = self.routine();
        parts.push(routine);
        for _ in 0..=self.choices.below(3) {
            parts.push(self.part());
        }
        self.is_literal = false;
        let mut case = Case::changing(Kind::Script, parts.join("; "), false);
        case.after = vec![drop];
        case
    }

    fn part(&mut self) -> String {
        let part = self.one_part();
        self.off_limits = None;
        self.ctes.clear();
        part
    }

    fn one_part(&mut self) -> String {
        self.blocks = self.blocks.max(2);
        match self.choices.below(8) {
            ..3 => {
                let at = self.choices.below(self.world.tables.len());
                let (table, filter) = (self.named_table(at), self.simple_filter(at));
                format!("DELETE FROM {table}{filter}")
            }
            3 => {
                let at = self.choices.below(self.world.tables.len());
                let (table, filter) = (self.named_table(at), self.simple_filter(at));
                let number = self.world.tables[at].columns[2].0;
                format!("UPDATE {table} SET \"{number}\" = 9{filter}")
            }
            4 => {
                let at = self.choices.below(self.world.tables.len());
                let table = self.named_table(at);
                format!(
                    "INSERT INTO \"link\" (\"parent_id\", \"other_id\", \"n\") \
                     SELECT 7, 7, COUNT(*) FROM {table}"
                )
            }
            5 => self.update().text,
            6 => {
                let label = *self.choices.pick(&["end", "begin", "case", "if", "loop"]);
                format!("SELECT 1 AS~ \"{label}\"")
            }
            _ => self.delete().text,
        }
    }

    fn simple_filter(&mut self, at: usize) -> String {
        let number = self.world.tables[at].columns[2].0;
        match self.choices.below(3) {
            0 => String::new(),
            1 => format!(" WHERE \"{number}\" > 1"),
            _ => format!(" WHERE CASE WHEN \"{number}\" = 1 THEN 1 ELSE 2 END = 2"),
        }
    }

    /// The definition of a routine, and the statement that drops it.
    fn routine(&mut self) -> (String, String) {
        let log = "AFTER INSERT ON \"log\" FOR EACH ROW";
        match (self.world.backend, self.choices.below(4)) {
            (Sqlite, at) => {
                let when = match at {
                    3 => " WHEN NEW.⟦\"end\"⟧ = CASE 1 WHEN 1 THEN 2 END",
                    _ => "",
                };
                let body = self.body(false);
                (
                    format!("CREATE TRIGGER \"made\" {log}{when} BEGIN {body} END"),
                    "DROP TRIGGER \"made\"".to_owned(),
                )
            }
            (MySql, 0) => {
                let body = self.body(true);
                (
                    format!("CREATE PROCEDURE \"made\" () BEGIN {body} END"),
                    "DROP PROCEDURE IF EXISTS \"made\"".to_owned(),
                )
            }
            (MySql, 1) => (
                format!("CREATE TRIGGER \"made\" {log} SET ⟦@x⟧ = CASE WHEN 1 THEN 2 END"),
                "DROP TRIGGER IF EXISTS \"made\"".to_owned(),
            ),
            (MySql, 2) => (
                "CREATE FUNCTION \"made\" () RETURNS INTEGER DETERMINISTIC RETURN CASE 1 WHEN 1 THEN 2 END"
                    .to_owned(),
                "DROP FUNCTION IF EXISTS \"made\"".to_owned(),
            ),
            (MySql, _) => {
                let body = self.body(false);
                (
                    format!("CREATE TRIGGER \"made\" {log} BEGIN {body} END"),
                    "DROP TRIGGER IF EXISTS \"made\"".to_owned(),
                )
            }
            (_, 0) => (
                "CREATE FUNCTION ⟦made⟧() RETURNS INTEGER LANGUAGE SQL RETURN CASE WHEN TRUE THEN 1 END"
                    .to_owned(),
                String::new(),
            ),
            (_, 1) => (
                "CREATE FUNCTION ⟦made⟧() RETURNS INTEGER LANGUAGE SQL AS ⟦$$ SELECT 1 AS begin; SELECT 2 $$⟧"
                    .to_owned(),
                String::new(),
            ),
            (_, _) => {
                let body = self.body(false);
                (
                    format!(
                        "CREATE PROCEDURE ⟦made⟧() LANGUAGE SQL BEGIN ATOMIC {body} END"
                    ),
                    String::new(),
                )
            }
        }
    }

    /// The statements of a body, each with a semicolon.
    fn body(&mut self, is_procedure: bool) -> String {
        let mut body = String::new();
        for _ in 0..=self.choices.below(2) {
            let (label, inner) = (self.fresh('l'), self.fresh('l'));
            let statement = match self.choices.below(10) {
                0 if !self.is(MySql) => "SELECT 1 AS~ \"begin\"".to_owned(),
                1 if !self.is(MySql) => "SELECT \"end\", \"case\" FROM \"log\"".to_owned(),
                2 => "DELETE FROM \"log\" WHERE \"begin\" = 3".to_owned(),
                3 => {
                    "UPDATE \"log\" SET \"end\" = CASE WHEN \"begin\" = 1 THEN 2 ELSE \"case\" END"
                        .to_owned()
                }
                4 if self.is(MySql) => "BEGIN SET ⟦@x⟧ = 1; END".to_owned(),
                5 if self.is(MySql) => "IF 1 = 1 THEN SET ⟦@x⟧ = 1; END IF".to_owned(),
                6 if self.is(MySql) => {
                    format!("{label}: LOOP LEAVE {label}; END LOOP {label}").to_lowercase()
                }
                7 if self.is(MySql) => "CASE 1 WHEN 1 THEN SET ⟦@x⟧ = 1; END CASE".to_owned(),
                8 if self.is(MySql) && is_procedure => {
                    format!("⟦{inner}: BEGIN LEAVE {inner}; END {inner}⟧")
                }
                9 => {
                    let at = self.choices.below(self.world.tables.len());
                    format!("DELETE FROM {}", self.named_table(at))
                }
                _ => "UPDATE \"log\" SET \"end\" = \"begin\" WHERE \"case\" = 1".to_owned(),
            };
            body = format!("{body}{statement}; ");
        }
        body
    }

    /// A statement that only the database reads, as dynamic SQL.
    pub(super) fn dynamic(&mut self) -> Case {
        let at = self.choices.below(self.world.tables.len());
        let quote = if self.is(MySql) { "`" } else { "\"" };
        let path = self.named_table(at).replace('"', quote);
        let table = &self.world.tables[at];
        let name = format!("{quote}{}{quote}", table.name);
        let number = format!("{quote}{}{quote}", table.columns[2].0);
        let inner = match self.choices.below(2) {
            0 => format!("DELETE FROM {path}"),
            _ => format!("UPDATE {path} SET {number} = 9"),
        };
        // The name of the table is split, so that it does not occur as a whole.
        let cut = match self.choices.below(3) {
            0 => inner.len(),
            _ => inner.find(&name).unwrap_or_default() + 2,
        };
        let (one, other) = inner.split_at(cut);
        let pieces = match self.is(MySql) {
            true => format!("CONCAT('{one}', '{other}')"),
            false => format!("'{one}' || '{other}'"),
        };
        let is_mariadb = self.world.server == Server::MariaDb;
        let (before, text) = match (self.world.backend, self.choices.below(7)) {
            (MySql, 0) if is_mariadb => (vec![], format!("EXECUTE IMMEDIATE {pieces}")),
            (MySql, 1 | 2) if is_mariadb => (
                vec![],
                format!("BEGIN NOT ATOMIC PREPARE s FROM {pieces}; EXECUTE s; END"),
            ),
            (MySql, 3) if is_mariadb => (
                vec![],
                format!("IF 1 = 1 THEN PREPARE s FROM {pieces}; EXECUTE s; END IF"),
            ),
            (MySql, 4) => (
                vec![format!("SET @s = {pieces}"), "PREPARE s FROM @s".to_owned()],
                "EXECUTE s".to_owned(),
            ),
            (MySql, 5) => (vec![], format!("/*!50000 {inner} */")),
            (MySql, _) => (
                vec![],
                format!("SET @s = {pieces}; PREPARE s FROM @s; EXECUTE s"),
            ),
            (Postgres, 0 | 1) => (vec![], format!("DO $$BEGIN EXECUTE {pieces}; END$$")),
            (Postgres, 2) => (
                vec![format!("PREPARE s AS {inner}")],
                // A rollback does not drop the prepared statement.
                "EXECUTE s; DEALLOCATE s".to_owned(),
            ),
            (Postgres, 3) => (vec![], format!("EXPLAIN (ANALYZE, COSTS OFF) {inner}")),
            (Postgres, 4) => (vec![], format!("COPY ({inner} RETURNING 1) TO STDOUT")),
            (Postgres, 5) => (
                vec![],
                format!("SELECT query_to_xml({pieces}, true, true, '')"),
            ),
            (Postgres, _) => (vec![], format!("DO LANGUAGE plpgsql 'BEGIN {inner}; END'")),
            _ => (vec![], format!("EXPLAIN {inner}")),
        };
        let verbatim = |text: String| format!("⟦{text}⟧");
        let mut case = Case::changing(Kind::Dynamic, verbatim(text), false)
            .behind(before.into_iter().map(verbatim));
        if self.is(MySql) {
            case.after = vec!["⟦DEALLOCATE PREPARE s⟧".to_owned()];
        }
        case
    }
}
