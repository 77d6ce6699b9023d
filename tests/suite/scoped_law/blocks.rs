//! One SELECT: its list, its sources, its filter and its groups.

use sea_orm::DatabaseBackend::{MySql, Postgres};

use super::queries::Query;
use super::schema::Type;
use super::statements::{Generator, Source, bound_of};
use super::words::WORDS;

impl Generator<'_, '_, '_> {
    /// A SELECT with columns of these types, or of any types.
    pub(super) fn block(&mut self, types: Option<&[Type]>) -> Query {
        let may_be_opaque = types.is_none();
        let types = types.map_or_else(|| self.types(), <[Type]>::to_vec);
        let (from, sources) = self.from(&[]);
        let mut query = self.within(&sources, |inner| {
            let filter = inner.filter();
            match inner.choices.below(10) {
                6 => inner.distinct(&types, &from, &filter),
                7 => inner.groups(&types, &from, &filter),
                8 => inner.aggregates(&types, &from, &filter),
                9 if may_be_opaque => inner.windows(&from, &filter),
                _ => {
                    let list = inner.list(&types, 2);
                    inner.select("", list, &types, &format!(" FROM {from}{filter}"))
                }
            }
        });
        query.rows = bound_of(&sources);
        query
    }

    /// `SELECT *` from any sources. If it has an order, the order covers all columns.
    pub(super) fn star(&mut self) -> (String, bool) {
        let (from, sources) = self.from(&[]);
        let filter = self.within(&sources, Self::filter);
        let star = match self.choices.below(4) {
            3 => format!("\"{}\".*", self.choices.pick(&sources).name),
            2 => format!(
                "{}, 1",
                sources
                    .iter()
                    .map(|s| format!("\"{}\".*", s.name))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            _ => "*".to_owned(),
        };
        let (order, is_ordered) = if self.choices.one_in(2) {
            (
                format!(" ORDER BY {}{}", order_of(&sources), self.limit()),
                true,
            )
        } else {
            (String::new(), false)
        };
        // The optional side of an outer join cannot be locked.
        let lock = match self.choices.below(8) {
            6 if self.is(MySql) => " FOR UPDATE",
            7 if self.is(MySql) => " LOCK IN SHARE MODE",
            6 if self.is(Postgres)
                && !from.contains("RIGHT")
                && !from.contains("LEFT")
                && !from.contains("FULL") =>
            {
                " FOR UPDATE"
            }
            7 if self.is(Postgres) && sources.len() == 1 => " FOR NO KEY UPDATE SKIP LOCKED",
            _ => "",
        };
        (
            format!("SELECT {star} FROM {from}{filter}{order}{lock}"),
            is_ordered,
        )
    }

    pub(super) fn filter(&mut self) -> String {
        match self.choices.below(4) {
            0 => String::new(),
            _ => format!(" WHERE {}", self.predicate(2)),
        }
    }

    fn types(&mut self) -> Vec<Type> {
        let count = 1 + self.choices.below(3);
        let types = [Type::Int, Type::Text, Type::Int, Type::Opaque];
        (0..count).map(|_| *self.choices.pick(&types)).collect()
    }

    fn list(&mut self, types: &[Type], depth: usize) -> Vec<String> {
        types.iter().map(|ty| self.value(*ty, depth)).collect()
    }

    /// Builds a SELECT, with a name for each of its columns.
    fn select(&mut self, word: &str, list: Vec<String>, types: &[Type], rest: &str) -> Query {
        let mut columns: Vec<(String, Type)> = Vec::new();
        let mut parts = Vec::new();
        for (value, ty) in list.iter().zip(types) {
            let name = match self.choices.below(10) {
                8 | 9 => (*self.choices.pick(&WORDS)).to_owned(),
                6 => (*self
                    .choices
                    .pick(&["n", "deleted_at", "name", "is_deleted"]))
                .to_owned(),
                _ => self.fresh('c'),
            };
            let is_taken = columns.iter().any(|(taken, _)| *taken == name);
            let name = if is_taken { self.fresh('c') } else { name };
            parts.push(format!("{value} AS~ \"{name}\""));
            columns.push((name, *ty));
        }
        Query {
            text: format!("SELECT {word}{}{rest}", parts.join(", ")),
            columns,
            rows: 1,
        }
    }

    fn distinct(&mut self, types: &[Type], from: &str, filter: &str) -> Query {
        let list = self.list(types, 1);
        self.select("DISTINCT ", list, types, &format!(" FROM {from}{filter}"))
    }

    /// GROUP BY. After it, a query can use only the grouped columns, or with a primary key all columns of
    /// its table.
    fn groups(&mut self, types: &[Type], from: &str, filter: &str) -> Query {
        let sources = self.frames.last().cloned().unwrap_or_default();
        let key = sources.iter().find(|source| source.has_key).cloned();
        let grouped = match key {
            // PostgreSQL knows the primary key of a table, but not of the derived table that replaces a
            // scoped table in a full join.
            Some(source) if !from.contains("FULL") && self.choices.one_in(3) => {
                (format!("\"{}\".\"id\"", source.name), source)
            }
            _ => {
                let mut source = self.choices.pick(&sources).clone();
                let kept = 1 + self.choices.below(2);
                source.columns.truncate(3);
                while source.columns.len() > kept {
                    let at = self.choices.below(source.columns.len());
                    source.columns.remove(at);
                }
                let columns = source.columns.iter();
                let columns: Vec<_> = columns
                    .map(|c| format!("\"{}\".\"{}\"", source.name, c.name))
                    .collect();
                (columns.join(", "), source)
            }
        };
        let (keys, mut source) = grouped;
        let aggregates: Vec<_> = types.iter().map(|ty| self.aggregate(*ty)).collect();
        let having = self.aggregate(Type::Int);
        for column in &mut source.columns {
            column.is_bare = false;
        }
        if let Some(frame) = self.frames.last_mut() {
            *frame = vec![source];
        }
        let list: Vec<_> = aggregates
            .into_iter()
            .zip(types)
            .map(|(aggregate, ty)| {
                if self.choices.one_in(2) {
                    aggregate
                } else {
                    self.value(*ty, 1)
                }
            })
            .collect();
        let having = match self.choices.below(4) {
            2 => format!(" HAVING {having} > 1"),
            3 => format!(" HAVING {having} > 1 OR {}", self.predicate(1)),
            _ => String::new(),
        };
        self.select(
            "",
            list,
            types,
            &format!(" FROM {from}{filter} GROUP BY {keys}{having}"),
        )
    }

    /// Aggregates over all rows.
    fn aggregates(&mut self, types: &[Type], from: &str, filter: &str) -> Query {
        let list = types.iter().map(|ty| self.aggregate(*ty)).collect();
        let having = if self.choices.one_in(6) {
            " HAVING COUNT(*) > 1"
        } else {
            ""
        };
        self.select("", list, types, &format!(" FROM {from}{filter}{having}"))
    }

    fn aggregate(&mut self, ty: Type) -> String {
        let int = self.own_column(Type::Int);
        match ty {
            Type::Int => match (self.choices.below(6), int) {
                (1, Some(int)) => self.sum(&int, ""),
                (2, Some(int)) => format!("COUNT(DISTINCT {int})"),
                (3, Some(int)) if !self.is(MySql) => {
                    format!("COUNT(*) FILTER (WHERE {int} > 1 OR {int} IS NULL)")
                }
                (4, Some(int)) => format!("MAX({int})"),
                (5, Some(int)) => format!("COUNT(CASE WHEN {int} > 1 THEN 1 END)"),
                _ => "COUNT(*)".to_owned(),
            },
            _ => match self.own_column(Type::Text) {
                Some(text) => format!("MIN({text})"),
                None => "MIN('a')".to_owned(),
            },
        }
    }

    /// A sum, cast to a type that every driver reads.
    fn sum(&self, int: &str, over: &str) -> String {
        match self.world.backend {
            MySql => format!("CAST(SUM({int}){over} AS SIGNED)"),
            _ => format!("CAST(SUM({int}){over} AS INTEGER)"),
        }
    }

    fn windows(&mut self, from: &str, filter: &str) -> Query {
        let int = self.own_column(Type::Int).unwrap_or_else(|| "1".to_owned());
        let by = self.own_column(Type::Text).unwrap_or_else(|| int.clone());
        let (over, named) = match self.choices.below(4) {
            0 => (format!(" OVER (PARTITION BY {by})"), String::new()),
            1 => (format!(" OVER (ORDER BY {int})"), String::new()),
            2 => (
                format!(" OVER (PARTITION BY {by} ORDER BY {int} DESC)"),
                String::new(),
            ),
            _ => (
                " OVER ⟦w⟧".to_owned(),
                format!(" WINDOW ⟦w⟧ AS (ORDER BY {int})"),
            ),
        };
        let window = match self.choices.below(4) {
            0 => format!("COUNT(*){over}"),
            1 => self.sum(&int, &over),
            2 => format!("RANK(){over}"),
            _ => format!("MAX({int}){over}"),
        };
        let value = self.value(Type::Int, 1);
        let list = vec![window, value];
        let types = [Type::Int, Type::Int];
        self.select("", list, &types, &format!(" FROM {from}{filter}{named}"))
    }
}

/// An ORDER BY of all columns of the sources, so that only equal rows have no defined order.
pub(super) fn order_of(sources: &[Source]) -> String {
    let columns = sources.iter().flat_map(|source| {
        let seen = source.columns.iter().filter(|column| !column.is_unseen);
        seen.map(|column| format!("\"{}\".\"{}\"", source.name, column.name))
    });
    columns.collect::<Vec<_>>().join(", ")
}
