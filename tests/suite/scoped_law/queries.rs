//! Queries: WITH, set operations, ORDER BY and LIMIT around the SELECTs of `blocks.rs`.

use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

use super::schema::Type;
use super::statements::Generator;

/// A query and the columns of its answer.
pub(super) struct Query {
    pub(super) text: String,
    pub(super) columns: Vec<(String, Type)>,
    /// An upper bound for the number of rows.
    pub(super) rows: usize,
}

impl Generator<'_, '_, '_> {
    /// A query as a whole statement, and whether its rows have an order.
    pub(super) fn top_query(&mut self) -> (String, bool) {
        self.blocks -= 1;
        let hidden = self.ctes.len();
        let with = if self.choices.one_in(5) {
            self.with()
        } else {
            String::new()
        };
        let (body, is_ordered) = match self.choices.below(10) {
            ..2 => self.star(),
            at => {
                let body = match at {
                    8 => self.set_operation(None),
                    _ => self.block(None),
                };
                let order = if self.choices.one_in(2) {
                    self.order(&body)
                } else {
                    String::new()
                };
                (format!("{}{order}", body.text), !order.is_empty())
            }
        };
        self.ctes.truncate(hidden);
        (format!("{with}{body}"), is_ordered)
    }

    /// A query in parentheses.
    pub(super) fn query(&mut self, types: Option<&[Type]>) -> Query {
        self.nested(|inner| inner.enclosed(types))
    }

    fn enclosed(&mut self, types: Option<&[Type]>) -> Query {
        let known = self.ctes.len();
        let with = if self.may_nest(12) {
            self.with()
        } else {
            String::new()
        };
        let mut body = match self.choices.below(8) {
            7 => self.set_operation(types),
            _ => self.block(types),
        };
        if self.choices.one_in(6) {
            let order = self.order(&body);
            body.text = format!("{}{order}", body.text);
        }
        self.ctes.truncate(known);
        body.text = format!("{with}{}", body.text);
        body
    }

    /// A subquery for IN or EXISTS, which may use the columns of the surrounding query.
    pub(super) fn subquery(&mut self, types: &[Type]) -> String {
        // Without LIMIT, which MariaDB does not accept here.
        let query = self.nested(|inner| match inner.choices.below(6) {
            5 => inner.set_operation(Some(types)),
            _ => inner.block(Some(types)),
        });
        query.text
    }

    /// A subquery of one row.
    pub(super) fn scalar(&mut self, ty: Type) -> String {
        self.nested(|inner| inner.one_value(ty))
    }

    fn one_value(&mut self, ty: Type) -> String {
        let (from, sources) = self.from(&[]);
        let select = self.within(&sources, |inner| {
            let column = inner.own_column(ty);
            let filter = inner.filter();
            match (inner.choices.below(4), column, ty) {
                (1, Some(column), _) => format!("SELECT MAX({column}) FROM {from}{filter}"),
                (2, Some(column), _) => {
                    format!("SELECT {column} FROM {from}{filter} ORDER BY {column} DESC LIMIT 1")
                }
                (_, Some(column), Type::Text) => {
                    format!("SELECT MIN({column}) FROM {from}{filter}")
                }
                (_, None, Type::Text | Type::Opaque) => {
                    format!("SELECT 'a' FROM {from}{filter} LIMIT 1")
                }
                _ => format!("SELECT COUNT(*) FROM {from}{filter}"),
            }
        });
        format!("({select})")
    }

    /// An ORDER BY that defines the order completely, with or without a LIMIT.
    fn order(&mut self, query: &Query) -> String {
        let mut keys: Vec<_> = (1..=query.columns.len()).collect();
        let first = self.choices.below(keys.len());
        keys.swap(0, first);
        let keys = keys.iter().map(|key| {
            let way = *self.choices.pick(&["", "", " DESC", " ASC"]);
            let nulls = *self
                .choices
                .pick(&["", "", "", " NULLS FIRST", " NULLS LAST"]);
            let nulls = if self.is(MySql) { "" } else { nulls };
            format!("{key}{way}{nulls}")
        });
        let keys: Vec<_> = keys.collect();
        format!(" ORDER BY {}{}", keys.join(", "), self.limit())
    }

    pub(super) fn limit(&mut self) -> String {
        let rows = 1 + self.choices.below(6);
        let first = self.choices.below(4);
        match self.choices.below(6) {
            1 => format!(" LIMIT {rows}"),
            2 => format!(" LIMIT {rows} OFFSET {first}"),
            3 => {
                let rows = self.param(i64::try_from(rows).unwrap_or(1));
                format!(" LIMIT {rows}")
            }
            4 if self.is(Postgres) => format!(" OFFSET {first} ROWS FETCH FIRST {rows} ROWS ONLY"),
            4 => format!(" LIMIT {first}, {rows}"),
            _ => String::new(),
        }
    }

    fn set_operation(&mut self, types: Option<&[Type]>) -> Query {
        let chosen =
            *self
                .choices
                .pick(&[&[Type::Int][..], &[Type::Int, Type::Text], &[Type::Text]]);
        let types = types.unwrap_or(chosen).to_vec();
        let mut first = self.arm(&types);
        for _ in 0..=self.choices.below(2) {
            let words: &[&str] = match self.world.backend {
                Sqlite => &["UNION", "UNION ALL", "EXCEPT", "INTERSECT"],
                // MariaDB 10.11 never finishes `a INTERSECT ALL b EXCEPT ALL c`.
                MySql => &[
                    "UNION",
                    "UNION ALL",
                    "EXCEPT",
                    "INTERSECT",
                    "UNION DISTINCT",
                ],
                _ => &[
                    "UNION",
                    "UNION ALL",
                    "EXCEPT",
                    "INTERSECT",
                    "EXCEPT ALL",
                    "INTERSECT ALL",
                ],
            };
            let word = *self.choices.pick(words);
            let arm = self.arm(&types);
            first.text = format!("{} {word} {}", first.text, arm.text);
            first.rows += arm.rows;
        }
        first
    }

    fn arm(&mut self, types: &[Type]) -> Query {
        let can_be_enclosed = !self.is(Sqlite);
        match self.choices.below(8) {
            // SQLite accepts nothing after it.
            7 if self.is(Postgres) => {
                let row: Vec<_> = types
                    .iter()
                    .map(|ty| match ty {
                        Type::Int => "1",
                        _ => "'a'",
                    })
                    .collect();
                let columns = types.iter().map(|ty| ("column1".to_owned(), *ty)).collect();
                Query {
                    text: format!("VALUES ({})", row.join(", ")),
                    columns,
                    rows: 1,
                }
            }
            6 if can_be_enclosed && !(self.is(MySql) && self.depth > 0) => {
                let mut arm = self.block(Some(types));
                let order = self.order(&arm);
                arm.text = format!("({}{order})", arm.text);
                arm
            }
            5 if can_be_enclosed => {
                let mut arm = self.block(Some(types));
                arm.text = format!("({})", arm.text);
                arm
            }
            _ => self.block(Some(types)),
        }
    }
}
