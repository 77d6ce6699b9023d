//! FROM: tables, derived tables and CTEs, and their joins.

use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

use super::dress::SCHEMA;
use super::schema::{Type, UNSEEN};
use super::statements::{Cte, Generator, Source, SourceColumn};
use super::words::{CLAUSES, WORDS};

pub(super) type Sources = (String, Vec<Source>);

/// Finds out for each column whether its name without a qualifier is unambiguous.
pub(super) fn find_bare_names(sources: &mut [Source]) {
    let names: Vec<_> = sources
        .iter()
        .flat_map(|source| source.columns.iter().map(|column| column.name.clone()))
        .collect();
    for column in sources.iter_mut().flat_map(|source| &mut source.columns) {
        let is_unique = names.iter().filter(|name| **name == column.name).count() == 1;
        column.is_bare = is_unique && !column.is_unseen;
    }
}

impl Generator<'_, '_, '_> {
    /// A FROM clause without the keyword, beside sources that already have names.
    pub(super) fn from(&mut self, beside: &[Source]) -> Sources {
        let (mut text, mut sources) = self.joined(beside);
        while sources.len() < self.max_sources() && self.choices.one_in(5) {
            let named = [beside, &sources].concat();
            if self.room(&named).is_none() {
                break;
            }
            let (more, added) = self.joined(&named);
            text = format!("{text}, {more}");
            sources.extend(added);
        }
        find_bare_names(&mut sources);
        (text, sources)
    }

    pub(super) fn joined(&mut self, beside: &[Source]) -> Sources {
        let (mut text, mut sources) = self.factor(beside, None);
        for _ in 0..[0, 0, 1, 1, 2][self.choices.below(5)] {
            let has_room = self.room(&[beside, &sources].concat()).is_some();
            if has_room && sources.len() < self.max_sources() {
                (text, sources) = self.join(text, sources, beside);
            }
        }
        (text, sources)
    }

    /// One operand of a join. A lateral operand sees the sources on its left.
    pub(super) fn factor(&mut self, beside: &[Source], lateral: Option<&[Source]>) -> Sources {
        // A query should often read the CTEs of its WITH.
        let reads_a_cte = !self.ctes.is_empty() && self.choices.one_in(2);
        match self.choices.below(11) {
            _ if reads_a_cte => self.cte_reference(beside),
            9 if self.blocks > 0 && self.depth < 3 => {
                self.blocks -= 1;
                let known = self.params.len();
                let name = self.fresh('d');
                let (word, query) = match lateral {
                    Some(sources) if self.choices.one_in(2) => {
                        ("LATERAL ", self.within(sources, |inner| inner.query(None)))
                    }
                    _ => ("", self.isolated(|inner| inner.query(None))),
                };
                if self.room(beside).is_none_or(|room| query.rows > room) {
                    self.params.truncate(known);
                    let (text, source, _) = self.table(beside);
                    return (text, vec![source]);
                }
                let (mut columns, mut renamed) = (query.columns, String::new());
                if self.is(Postgres) && self.choices.one_in(3) {
                    for column in &mut columns {
                        column.0 = self.fresh('c');
                    }
                    let names: Vec<_> = columns
                        .iter()
                        .map(|(name, _)| format!("\"{name}\""))
                        .collect();
                    renamed = format!(" ({})", names.join(", "));
                }
                let as_word = if renamed.is_empty() { "AS" } else { "AS!" };
                let text = format!("{word}({}) {as_word} \"{name}\"{renamed}", query.text);
                (text, vec![source(&name, &columns, false, query.rows)])
            }
            10 if beside.len() + 1 < self.max_sources() => {
                let (text, sources) = self.joined(beside);
                match sources.len() {
                    // PostgreSQL accepts no single table in parentheses.
                    1 if self.is(Postgres) => (text, sources),
                    2.. if self.choices.one_in(4) => (format!("(({text}))"), sources),
                    _ => (format!("({text})"), sources),
                }
            }
            _ => {
                let (text, source, _) = self.table(beside);
                (text, vec![source])
            }
        }
    }

    /// A CTE under its own name or an alias, or a table if no CTE fits.
    fn cte_reference(&mut self, beside: &[Source]) -> Sources {
        let Some(Cte {
            name,
            columns,
            rows,
        }) = self.some_cte(beside)
        else {
            let (text, source, _) = self.table(beside);
            return (text, vec![source]);
        };
        let (text, name) = self.aliased(&format!("\"{name}\""), &name, beside, "AS");
        (text, vec![source(&name, &columns, false, rows)])
    }

    /// A CTE that is small enough to join.
    fn some_cte(&mut self, beside: &[Source]) -> Option<Cte> {
        let room = self.room(beside)?;
        let ctes: Vec<_> = self
            .ctes
            .iter()
            .filter(|cte| cte.rows <= room)
            .cloned()
            .collect();
        (!ctes.is_empty()).then(|| self.choices.pick(&ctes).clone())
    }

    /// A table of the schema, under its own name or an alias.
    fn table(&mut self, beside: &[Source]) -> (String, Source, usize) {
        let mut at = self.choices.below(self.world.tables.len());
        if self.off_limits == Some(at) {
            at = (at + 1) % self.world.tables.len();
        }
        let table = self.named_table(at);
        let only = match self.choices.below(12) {
            11 if self.is(Postgres) => format!("ONLY {table}"),
            10 if self.is(Postgres) => format!("{table} *"),
            _ => table,
        };
        let name = self.world.tables[at].name;
        let (text, name) = self.aliased(&only, name, beside, "AS");
        let hint = self.hint(at);
        (format!("{text}{hint}"), self.table_source(at, &name), at)
    }

    /// An index hint or a sample of all rows, neither of which changes the answer.
    fn hint(&mut self, at: usize) -> &'static str {
        let has_key = self.world.has_id(at);
        match (self.world.backend, self.choices.below(16)) {
            (MySql, 13) if has_key => " USE INDEX (PRIMARY)",
            (MySql, 14) if has_key => " IGNORE INDEX FOR JOIN (PRIMARY)",
            (MySql, 15) if has_key => " FORCE KEY FOR ORDER BY (PRIMARY)",
            (Sqlite, 15) => " NOT INDEXED",
            (Postgres, 15) => " TABLESAMPLE SYSTEM (100)",
            _ => "",
        }
    }

    /// A name that reaches the table even if a CTE hides its plain name.
    pub(super) fn named_table(&mut self, at: usize) -> String {
        let table = &self.world.tables[at];
        let name = table.name;
        let is_hidden = self.hidden.iter().any(|hidden| hidden == name)
            || self.ctes.iter().any(|cte| cte.name == name);
        if table.schema.is_some() {
            table.path()
        } else if is_hidden || self.world.is_ambiguous(at) || self.choices.one_in(10) {
            format!("\"{SCHEMA}\".\"{name}\"")
        } else {
            format!("\"{name}\"")
        }
    }

    pub(super) fn table_source(&self, at: usize, name: &str) -> Source {
        let table = &self.world.tables[at];
        let has_id = self.world.has_id(at);
        let mut source = source(name, &table.all_columns(), has_id, table.rows.len());
        let unseen = match self.world.backend {
            Sqlite if has_id => Some(("rowid", Type::Int)),
            Postgres => Some(("ctid", Type::Place)),
            MySql if table.has_unseen => Some((UNSEEN, Type::Int)),
            _ => None,
        };
        source.columns.extend(unseen.map(|(name, ty)| SourceColumn {
            name: name.to_owned(),
            ty,
            is_bare: false,
            is_unseen: true,
        }));
        source
    }

    /// An alias; none if the plain name is still free.
    pub(super) fn aliased(
        &mut self,
        text: &str,
        name: &str,
        beside: &[Source],
        word: &str,
    ) -> (String, String) {
        // To SQLite, "Order" is the name "order".
        let is_free = |name: &str| {
            let mut beside = beside.iter();
            beside.all(|source| !source.name.eq_ignore_ascii_case(name))
        };
        let alias = match self.choices.below(10) {
            ..3 if is_free(name) => return (text.to_owned(), name.to_owned()),
            8 => (*self.choices.pick(&CLAUSES)).to_owned(),
            9 => (*self.choices.pick(&WORDS)).to_owned(),
            6 => self.choices.pick(&self.world.tables).name.to_owned(),
            7 => (*self.choices.pick(&["deleted_at", "code", "memo", "n"])).to_owned(),
            _ => self.fresh('t'),
        };
        let alias = if is_free(&alias) {
            alias
        } else {
            self.fresh('t')
        };
        (format!("{text} {word} \"{alias}\""), alias)
    }
}

fn source(name: &str, columns: &[(impl ToString, Type)], has_key: bool, rows: usize) -> Source {
    let columns = columns.iter().map(|(name, ty)| SourceColumn {
        name: name.to_string(),
        ty: *ty,
        is_bare: false,
        is_unseen: false,
    });
    Source {
        name: name.to_owned(),
        columns: columns.collect(),
        has_key,
        rows,
    }
}
