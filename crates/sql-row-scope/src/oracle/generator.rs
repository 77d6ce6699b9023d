//! Statements at random, always the same for the same seed. Some of their names are replaced by words of SQL:
//! see [`words`](super::words).

use crate::Dialect::{self, MySql, Postgres, Sqlite};
use fastrand::Rng;

use super::contexts::spell;

/// Names of tables; only the last table is not soft-deletable. Common table expressions use these names, too.
const TABLES: &[&str] = &[
    "post",
    "author",
    "comment",
    "blog.post",
    "sentinel",
    "\"tag\"",
    "book",
];

const ALIASES: &[&str] = &["", "", " p", " AS q", " AS \"r\"", " post", " zz_alias"];

const TEXTS: &[&str] = &["'x'", "'FROM post'", "'it''s; --'", "'/*'", "' OR '"];

/// Blanks and comments; none of the comments is a mark.
const BLANKS: &[&str] = &[
    " ",
    " ",
    " ",
    "\n  ",
    " /* FROM post WHERE ( */ ",
    " -- UNION SELECT ' FROM post\n ",
];

pub(super) fn statement(dialect: Dialect, seed: u64) -> String {
    let mut generator = Generator {
        rng: Rng::with_seed(seed),
        dialect,
    };
    spell(dialect, &generator.statement())
}

struct Generator {
    rng: Rng,
    dialect: Dialect,
}

impl Generator {
    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.rng.usize(..of.len())]
    }

    fn blank(&mut self) -> &'static str {
        self.one(BLANKS)
    }

    /// Writes an optional part, one time out of `out_of`.
    fn sometimes(&mut self, out_of: u32, part: impl FnOnce(&mut Self) -> String) -> String {
        match self.rng.u32(..out_of) {
            0 => part(self),
            _ => String::new(),
        }
    }

    fn joined(&mut self, most: u32, with: &str, part: impl Fn(&mut Self) -> String) -> String {
        let count = self.rng.u32(1..=most);
        let parts: Vec<String> = (0..count).map(|_| part(self)).collect();
        parts.join(with)
    }

    fn statement(&mut self) -> String {
        let table = self.one(TABLES);
        match self.rng.u32(..8) {
            0 => {
                let set = self.joined(3, ", ", |this| {
                    let column = this.one(&["a", "b", "zz_column"]);
                    format!("{column} = {}", this.expression(2))
                });
                format!("UPDATE {table} SET {set}{}", self.filter(3))
            }
            1 => format!("DELETE FROM {table}{}", self.filter(3)),
            2 => format!("INSERT INTO {table} (a){}{}", self.blank(), self.query(3)),
            3 if self.dialect == Postgres => {
                let using = self.tables(2);
                format!("DELETE FROM {table} USING {using}{}", self.filter(2))
            }
            3 if self.dialect == Sqlite => {
                let from = self.tables(2);
                format!("UPDATE {table} SET a = 1 FROM {from}{}", self.filter(2))
            }
            4 => format!("EXPLAIN {}", self.query(3)),
            5 => self.joined(3, "; ", |this| this.query(2)),
            _ => self.query(4),
        }
    }

    fn query(&mut self, depth: u32) -> String {
        let with = self.sometimes(4, |this| this.with(depth));
        let mut body = self.select(depth);
        while self.rng.u32(..5) == 0 {
            let operator = self.one(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
            body = format!("{body}{}{operator} {}", self.blank(), self.select(depth));
        }
        let order = self.sometimes(4, |this| format!(" ORDER BY {} DESC", this.expression(1)));
        let limit = self.sometimes(4, |_| " LIMIT 5".to_owned());
        format!("{with}{body}{order}{limit}")
    }

    fn with(&mut self, depth: u32) -> String {
        let recursive = self.one(&["", "RECURSIVE "]);
        let names: Vec<&str> = match self.rng.u32(..4) {
            0 => vec!["post"],
            1 => vec!["w", "author"],
            2 => vec!["comment", "w", "\"tag\""],
            _ => vec!["w"],
        };
        let bodies: Vec<String> = names
            .iter()
            .map(|name| format!("{name} AS ({})", self.query(depth.saturating_sub(1))))
            .collect();
        format!("WITH {recursive}{}{}", bodies.join(", "), self.blank())
    }

    fn select(&mut self, depth: u32) -> String {
        let distinct = self.one(&["", "", "DISTINCT "]);
        let list = self.joined(3, ", ", |this| this.expression(depth.saturating_sub(1)));
        let label = self.one(&["", "", " AS x", " zz_label"]);
        let from = self.tables(depth);
        let filter = self.filter(depth);
        let group = self.sometimes(5, |this| {
            format!(" GROUP BY a, b HAVING {}", this.expression(1))
        });
        let blank = self.blank();
        format!("SELECT {distinct}{list}{label}{blank}FROM {from}{filter}{group}")
    }

    fn filter(&mut self, depth: u32) -> String {
        self.sometimes(2, |this| {
            format!("{}WHERE {}", this.blank(), this.expression(depth))
        })
    }

    fn tables(&mut self, depth: u32) -> String {
        self.joined(2, ", ", |this| this.join(depth))
    }

    fn join(&mut self, depth: u32) -> String {
        let mut join = self.reference(depth);
        while self.rng.u32(..5) < 2 {
            join = format!("{join}{}{}", self.blank(), self.join_to(depth));
        }
        join
    }

    fn join_to(&mut self, depth: u32) -> String {
        let kinds: &[&str] = match self.dialect {
            MySql => &["JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT OUTER JOIN"],
            _ => &[
                "JOIN",
                "LEFT OUTER JOIN",
                "RIGHT JOIN",
                "FULL JOIN",
                "LEFT JOIN",
            ],
        };
        let kind = self.one(kinds);
        let right = self.reference(depth);
        match self.rng.u32(..8) {
            0 => format!("CROSS JOIN {right}"),
            1 => format!("NATURAL {kind} {right}").replace("INNER ", ""),
            2 => {
                let column = self.one(&["id", "id", "zz_column"]);
                format!("{kind} {right} USING ({column})")
            }
            _ => format!(
                "{kind} {right} ON {}",
                self.expression(depth.saturating_sub(1))
            ),
        }
    }

    fn reference(&mut self, depth: u32) -> String {
        match self.rng.u32(..10) {
            0 | 1 if depth > 0 => format!("({}) AS d", self.query(depth - 1)),
            2 if depth > 0 => {
                let (left, right) = (self.join(depth - 1), self.join_to(depth - 1));
                format!("({left} {right})")
            }
            _ => format!("{}{}", self.one(TABLES), self.one(ALIASES)),
        }
    }

    fn expression(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.operand();
        }
        let less = depth - 1;
        match self.rng.u32(..14) {
            0 => format!("{} OR {}", self.expression(less), self.expression(less)),
            1 => format!("{} AND {}", self.expression(less), self.expression(less)),
            2 => format!("NOT ({})", self.expression(less)),
            3 => format!("{} IN ({})", self.operand(), self.query(less)),
            4 => format!("EXISTS ({})", self.query(less)),
            5 => format!("({})", self.query(less)),
            6 => format!("a BETWEEN {} AND {}", self.operand(), self.operand()),
            7 => format!(
                "CASE WHEN {} THEN 1 ELSE {} END",
                self.expression(less),
                self.operand()
            ),
            8 => format!("coalesce({}, {})", self.expression(less), self.operand()),
            9 => format!("{} IS NOT NULL", self.operand()),
            10 => format!("{} IN (1, 2, {})", self.operand(), self.operand()),
            _ => format!("{} = {}", self.operand(), self.operand()),
        }
    }

    fn operand(&mut self) -> String {
        match self.rng.u32(..10) {
            8 => "zz_column".to_owned(),
            9 => self
                .one(&["p.zz_column", "zz_alias.x", "zz_column"])
                .to_owned(),
            0 => self.one(TEXTS).to_owned(),
            1 => "p.id".to_owned(),
            2 => "1.5".to_owned(),
            3 => "count(*)".to_owned(),
            4 => "post.\"a\"".to_owned(),
            5 if self.dialect != Postgres => "?".to_owned(),
            5 => "$2".to_owned(),
            6 => "replace(a, 'b', 'c')".to_owned(),
            _ => "x".to_owned(),
        }
    }
}
