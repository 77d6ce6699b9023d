//! sqlparser's syntax trees: the code parses them and brings them to one form.

use std::ops::ControlFlow;

use crate::Dialect::{self, MySql, Postgres};
use sqlparser::ast::{Expr, Statement, TableFactor, Value, ValueWithSpan, VisitMut, VisitorMut};
use sqlparser::dialect::{
    Dialect as ParserDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect,
};
use sqlparser::parser::{Parser, ParserError};

/// The name of an added value in a normalized tree.
pub(super) const ADDED: &str = "$added";

pub(super) fn parser_dialect(dialect: Dialect) -> &'static dyn ParserDialect {
    match dialect {
        MySql => &MySqlDialect {},
        Postgres => &PostgreSqlDialect {},
        _ => &SQLiteDialect {},
    }
}

pub(super) fn parse(dialect: Dialect, sql: &str) -> Result<Vec<Statement>, ParserError> {
    Parser::parse_sql(parser_dialect(dialect), sql)
}

/// Parses an expression. The text must be one expression.
pub(super) fn expression(dialect: Dialect, sql: &str) -> Expr {
    let parser = Parser::new(parser_dialect(dialect)).try_with_sql(sql);
    let expression = parser.and_then(|mut parser| parser.parse_expr());
    expression.unwrap_or_else(|error| panic!("{error}: {sql}"))
}

/// Parses a statement. The text must be one statement.
pub(super) fn statement(dialect: Dialect, sql: &str) -> Statement {
    let mut all = parse(dialect, sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    all.remove(0)
}

/// Removes parentheses around expressions, and marks placeholders above `highest` as added.
pub(super) fn normalize(tree: &mut Vec<Statement>, highest: u32) {
    let _ = tree.visit(&mut Normal { highest });
}

/// The highest number of a placeholder.
pub(super) fn highest_placeholder(tree: &[Statement]) -> u32 {
    let mut highest = Highest(0);
    let _ = tree.to_vec().visit(&mut highest);
    highest.0
}

fn number(value: &ValueWithSpan) -> Option<u32> {
    match &value.value {
        Value::Placeholder(name) => name.strip_prefix('$')?.parse().ok(),
        _ => None,
    }
}

struct Normal {
    highest: u32,
}

impl VisitorMut for Normal {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        while let Expr::Nested(inner) = expression {
            let inner = std::mem::replace(inner.as_mut(), Expr::value(Value::Null));
            *expression = inner;
        }
        ControlFlow::Continue(())
    }

    /// Removes the number from the name of a row without columns.
    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Derived {
            alias: Some(alias), ..
        } = factor
            && alias.name.value.starts_with("soft_delete_")
        {
            "soft_delete_".clone_into(&mut alias.name.value);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if number(value).is_some_and(|number| number > self.highest) {
            value.value = Value::Placeholder(ADDED.to_owned());
        }
        ControlFlow::Continue(())
    }
}

struct Highest(u32);

impl VisitorMut for Highest {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        self.0 = number(value).unwrap_or(0).max(self.0);
        ControlFlow::Continue(())
    }
}
