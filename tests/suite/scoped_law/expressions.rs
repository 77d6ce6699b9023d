//! Values and conditions.

use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

use super::dress::SCHEMA;
use super::schema::Type;
use super::scopes::{IS_PUBLISHED, OWN_TENANT, TENANT_ID};
use super::statements::Generator;

impl Generator<'_, '_, '_> {
    pub(super) fn value(&mut self, ty: Type, depth: usize) -> String {
        match ty {
            Type::Int => self.int(depth),
            Type::Text => self.text(depth),
            Type::Opaque => self.column(ty).unwrap_or_else(|| "NULL".to_owned()),
            Type::Place => "NULL".to_owned(),
        }
    }

    /// A column of the innermost query, or sometimes of a surrounding query.
    pub(super) fn column(&mut self, ty: Type) -> Option<String> {
        let mut level = self.frames.len().checked_sub(1)?;
        while level > 0 && self.choices.one_in(4) {
            level -= 1;
        }
        self.column_at(level, ty)
    }

    /// A column of the innermost query.
    pub(super) fn own_column(&mut self, ty: Type) -> Option<String> {
        self.column_at(self.frames.len().checked_sub(1)?, ty)
    }

    fn column_at(&mut self, level: usize, ty: Type) -> Option<String> {
        let is_innermost = level + 1 == self.frames.len();
        let is_hidden = |name: &str| {
            let inner = self.frames[level + 1..].iter().flatten();
            inner.into_iter().any(|source| source.name == name)
        };
        let mut columns = Vec::new();
        for source in &self.frames[level] {
            for column in source.columns.iter().filter(|column| column.ty == ty) {
                if !is_hidden(&source.name) {
                    columns.push((source.name.clone(), column.clone()));
                }
            }
        }
        if columns.is_empty() {
            return None;
        }
        let (source, column) = self.choices.pick(&columns);
        Some(
            if is_innermost && column.is_bare && self.choices.one_in(2) {
                format!("\"{}\"", column.name)
            } else {
                format!("\"{source}\".\"{}\"", column.name)
            },
        )
    }

    fn int(&mut self, depth: usize) -> String {
        let literal = self.choices.below(5);
        match self.choices.below(if depth == 0 { 6 } else { 14 }) {
            ..4 => self
                .column(Type::Int)
                .unwrap_or_else(|| literal.to_string()),
            4 => literal.to_string(),
            5 => self.param(i32::try_from(literal).unwrap_or_default()),
            6 | 7 => format!("{} + {}", self.int(0), self.int(0)),
            8 => format!("COALESCE({}, {literal})", self.int(depth - 1)),
            9 => {
                let (when, then) = (self.predicate(depth - 1), self.int(depth - 1));
                format!("CASE WHEN {when} THEN {then} ELSE {literal} END")
            }
            10 => format!("LENGTH({})", self.text(depth - 1)),
            11 => match self.choices.below(4) {
                3 if !self.is(Sqlite) => self.count_of_catalogue(),
                2 => self.int_of_function(depth - 1),
                _ => format!("({})", self.int(depth - 1)),
            },
            _ if self.may_nest(1) => self.scalar(Type::Int),
            _ => self.int(0),
        }
    }

    /// The number of tables of a given name in the catalogue.
    fn count_of_catalogue(&mut self) -> String {
        let (alias, name) = (self.fresh('t'), self.world.tables[0].name);
        let column = match self.choices.below(2) {
            0 => format!("\"{alias}\".\"table_schema\""),
            _ => "\"table_schema\"".to_owned(),
        };
        format!(
            "(SELECT COUNT(*) FROM ⟦information_schema.tables⟧ AS \"{alias}\" \
             WHERE {column} = '{SCHEMA}' AND \"{alias}\".\"table_name\" = '{name}')"
        )
    }

    /// A function call with keywords between its arguments.
    fn int_of_function(&mut self, depth: usize) -> String {
        let (text, number) = (self.text(depth), self.int(0));
        match (self.choices.below(4), self.world.backend) {
            (0, Postgres | MySql) => format!("LENGTH(SUBSTRING({text} FROM 1 FOR 1))"),
            (1, Postgres | MySql) => format!("LENGTH(TRIM(BOTH 'a' FROM {text}))"),
            (2, Postgres | MySql) => format!("⟦POSITION⟧('t' IN {text})"),
            (3, MySql) => format!("LENGTH(INSERT({text}, 1, 1, 'x'))"),
            (3, Postgres) => format!("LENGTH(OVERLAY({text} PLACING 'x' FROM 1 FOR 1))"),
            (0, Sqlite) => format!("LENGTH(REPLACE({text}, 'a', 'x'))"),
            (1, Sqlite) => format!("CAST({number} AS INTEGER)"),
            _ => format!("CASE {number} WHEN 1 THEN 2 END"),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.choices.below(if depth == 0 { 6 } else { 10 }) {
            ..4 => self.column(Type::Text).unwrap_or_else(|| "'b'".to_owned()),
            4 => {
                let texts: &[&str] = match self.world.backend {
                    Postgres => &[
                        "'a'",
                        "'it''s'",
                        "'a -- b'",
                        "⟦E'it\\'s'⟧",
                        "⟦$$it's$$⟧",
                        "⟦$a$ -- '$a$⟧",
                    ],
                    MySql => &[
                        "'a'",
                        "'it''s'",
                        "'a -- b'",
                        "⟦'it\\'s'⟧",
                        "⟦\"it's\"⟧",
                        "'/* b'",
                    ],
                    _ => &["'a'", "'it''s'", "'a -- b'", "'/* b'", "'\\'"],
                };
                (*self.choices.pick(texts)).to_owned()
            }
            5 => {
                let text = *self.choices.pick(&["a", "b", "it's"]);
                self.param(text)
            }
            6 => format!("COALESCE({}, 'c')", self.text(depth - 1)),
            7 => {
                let (of, then) = (self.int(0), self.text(depth - 1));
                format!("CASE {of} WHEN 1 THEN {then} WHEN 2 THEN 'b' END")
            }
            8 => format!("UPPER({})", self.text(depth - 1)),
            _ if self.may_nest(1) => self.scalar(Type::Text),
            _ => self.text(0),
        }
    }

    /// A condition. Operands of AND and OR have no parentheses.
    pub(super) fn predicate(&mut self, depth: usize) -> String {
        let first = self.term(depth);
        if depth == 0 {
            return first;
        }
        let word = match self.choices.below(10) {
            5 | 6 => "AND",
            7 | 8 => "OR",
            9 if self.is(MySql) => *self.choices.pick(&["&&", "XOR"]),
            9 => "OR NOT",
            _ => return first,
        };
        format!("{first} {word} {}", self.predicate(depth - 1))
    }

    fn term(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.choices.below(if depth == 0 { 7 } else { 15 }) {
            ..3 => {
                let comparison = *self.choices.pick(&["=", "<>", "<", ">="]);
                format!("{} {comparison} {}", self.int(deeper), self.int(deeper))
            }
            3 => format!("{} = {}", self.text(deeper), self.text(deeper)),
            4 => {
                let types = [Type::Int, Type::Text, Type::Opaque, Type::Place];
                let ty = *self.choices.pick(&types);
                let not = *self.choices.pick(&["", "NOT "]);
                let value = self.column(ty).unwrap_or_else(|| "1".to_owned());
                format!("{value} IS {not}NULL")
            }
            5 => {
                let not = *self.choices.pick(&["", "NOT "]);
                format!(
                    "{} {not}BETWEEN {} AND {}",
                    self.int(deeper),
                    self.int(0),
                    self.int(0)
                )
            }
            6 => {
                let not = *self.choices.pick(&["", "NOT "]);
                format!(
                    "{} {not}IN ({}, {}, 3)",
                    self.int(deeper),
                    self.int(0),
                    self.int(0)
                )
            }
            7 => format!("NOT {}", self.term(deeper)),
            8 => format!("({})", self.predicate(deeper)),
            9 => {
                let like = *self.choices.pick(&["'a%'", "'%t''s'", "'%(%'"]);
                format!("{} LIKE {like}", self.text(deeper))
            }
            10 => {
                let (left, right) = (self.int(deeper), self.int(0));
                match self.world.backend {
                    MySql => format!("{left} <=> {right}"),
                    _ => format!("{left} IS DISTINCT FROM {right}"),
                }
            }
            11 | 12 if self.may_nest(1) => {
                let not = *self.choices.pick(&["", "NOT "]);
                format!("{not}EXISTS ({})", self.subquery(&[Type::Int]))
            }
            13 if self.may_nest(1) => self.membership(deeper),
            14 if self.may_nest(1) && !self.is(Sqlite) => {
                let value = self.int(deeper);
                let comparison = *self
                    .choices
                    .pick(&["= ANY", "<> ALL", "> ANY", "<= ALL", "= SOME"]);
                format!("{value} {comparison} ({})", self.subquery(&[Type::Int]))
            }
            _ => {
                let value = self.int(0);
                format!("{value} > 1")
            }
        }
    }

    /// SQLite's `IN table`, with a value for each column of the table.
    fn membership_of_table(&mut self, not: &str) -> String {
        let at = self.choices.below(self.world.tables.len());
        if self.off_limits == Some(at) {
            return "1 = 1".to_owned();
        }
        let table = self.named_table(at);
        let marker = self.world.tables[at].scoping.marker;
        let columns = self.world.tables[at].all_columns();
        let values = columns.iter().map(|(name, ty)| match (*name, ty) {
            (TENANT_ID, _) => OWN_TENANT.to_owned(),
            (IS_PUBLISHED, _) => "TRUE".to_owned(),
            (name, Type::Opaque) => {
                let marker = marker.filter(|marker| marker.column() == name);
                marker
                    .map_or("NULL", |marker| marker.live(Sqlite))
                    .to_owned()
            }
            (_, Type::Place) => "NULL".to_owned(),
            _ => self.value(*ty, 0),
        });
        let values: Vec<_> = values.collect();
        format!("({}) {not}IN {table}", values.join(", "))
    }

    fn membership(&mut self, depth: usize) -> String {
        let not = *self.choices.pick(&["", "NOT "]);
        match self.choices.below(6) {
            4 | 5 if self.is(Sqlite) => self.membership_of_table(not),
            2 => {
                let row = format!("({}, {})", self.int(0), self.text(0));
                format!(
                    "{row} {not}IN ({})",
                    self.subquery(&[Type::Int, Type::Text])
                )
            }
            3 => format!(
                "{} {not}IN ({})",
                self.text(depth),
                self.subquery(&[Type::Text])
            ),
            _ => format!(
                "{} {not}IN ({})",
                self.int(depth),
                self.subquery(&[Type::Int])
            ),
        }
    }
}
