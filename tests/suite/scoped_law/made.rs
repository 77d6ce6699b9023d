//! Views, tables and variables that a statement creates through the scoped connection, and queries that
//! read them.

use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

use super::schema::Type;
use super::statements::{Case, Cte, Generator, Kind};

/// A name that no other table has.
const MADE: &str = "made";

impl Generator<'_, '_, '_> {
    pub(super) fn made(&mut self) -> Case {
        match self.choices.below(7) {
            ..4 => self.view(),
            4 => self.table_of_a_query("TABLE"),
            5 if self.is(Postgres) => self.table_of_a_query("MATERIALIZED VIEW"),
            5 if self.is(MySql) => self.variable(),
            5 | 6 => self.table_of_a_query("TEMPORARY TABLE"),
            _ => self.view(),
        }
    }

    /// A view over a query, or a writable view over a whole table.
    fn view(&mut self) -> Case {
        let (query, table) = match self.choices.below(3) {
            2 => {
                let at = self.choices.below(self.world.tables.len());
                let name = self.named_table(at);
                let star = format!("SELECT * FROM {name}");
                (star, Some(at))
            }
            _ => (self.definition(), None),
        };
        let create = format!("CREATE VIEW \"{MADE}\" AS {query}");
        let case = match table {
            Some(at) if self.choices.one_in(2) => self.change_of_view(at),
            _ => self.reading(),
        };
        self.made_by(create, "VIEW", case)
    }

    fn table_of_a_query(&mut self, what: &str) -> Case {
        let query = self.definition();
        let with = match self.choices.below(6) {
            4 if self.is(Postgres) => " WITH (fillfactor = 70)",
            5 if what == "TEMPORARY TABLE" && self.is(Postgres) => " ON COMMIT PRESERVE ROWS",
            _ => "",
        };
        let with = match with {
            "" => String::new(),
            with => format!("⟦{with}⟧"),
        };
        let create = format!("CREATE {what} \"{MADE}\"{with} AS {query}");
        let case = self.reading();
        self.made_by(create, what, case)
    }

    /// A session variable that holds the result of a query.
    fn variable(&mut self) -> Case {
        self.is_literal = true;
        let value = self.scalar(Type::Int);
        self.is_literal = false;
        let set = match self.choices.below(3) {
            0 => format!("SET ⟦@made⟧ = {value}"),
            1 => format!("SET ⟦@other := 1, @made⟧ := {value} + 0"),
            _ => format!("SELECT {value} INTO ⟦@made⟧"),
        };
        let read = "SELECT ⟦@made⟧ AS~ \"c\"".to_owned();
        Case::reading(Kind::Made, read, false).behind([set])
    }

    /// A query without bound values, with a name for each column.
    fn definition(&mut self) -> String {
        self.is_literal = true;
        let (blocks, known) = (self.blocks, self.ctes.len());
        let query = self.isolated(|inner| inner.query(None));
        self.is_literal = false;
        self.blocks = blocks.max(3);
        self.ctes.truncate(known);
        // The reading query can use it like a CTE.
        self.ctes.push(Cte {
            name: MADE.to_owned(),
            columns: query.columns,
            rows: query.rows,
        });
        query.text
    }

    /// A query that probably reads the created object.
    fn reading(&mut self) -> Case {
        match self.choices.below(3) {
            2 if !self.ctes.is_empty() => {
                let (text, is_ordered) = self.top_query();
                Case::reading(Kind::Made, text, is_ordered)
            }
            1 => Case::reading(
                Kind::Made,
                format!("SELECT COUNT(*) AS~ \"c\" FROM \"{MADE}\""),
                false,
            ),
            _ => Case::reading(Kind::Made, format!("SELECT * FROM \"{MADE}\""), false),
        }
    }

    fn change_of_view(&mut self, at: usize) -> Case {
        let columns = &self.world.tables[at].columns;
        let (number, key) = (columns[2].0, columns[0].0);
        let filter = match self.choices.below(3) {
            0 => String::new(),
            1 => format!(" WHERE \"{number}\" > 1"),
            _ => format!(
                " WHERE \"{key}\" = {} OR \"{number}\" = 2",
                1 + self.choices.below(4)
            ),
        };
        // A DELETE through a view removes the rows that the view shows (see Limits).
        let text = format!("UPDATE \"{MADE}\" SET \"{number}\" = 9{filter}");
        Case::changing(Kind::Made, text, false)
    }

    fn made_by(&mut self, create: String, what: &str, case: Case) -> Case {
        let mut case = case.behind([create]);
        if !self.is(Sqlite) {
            case.after = vec![format!("DROP {what} IF EXISTS \"{MADE}\"")];
        }
        case
    }
}
