//! Where the conditions go in a tree: the table of the design, applied to sqlparser's joins.

use crate::Dialect::{Postgres, Sqlite};
use sqlparser::ast::{
    BinaryOperator, Expr, Ident, JoinConstraint, JoinOperator, Statement, TableAlias, TableFactor,
    TableWithJoins,
};

use super::names::{Names, qualifier};
use super::tree;

/// Where the conditions of a part of a join go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// To the construct around the whole join.
    Up,
    /// Into the ON of one of its joins.
    On(usize),
    Swap,
}

/// Joins the condition and the additional conditions with AND.
pub(super) fn and(condition: Option<Expr>, more: Vec<Expr>) -> Option<Expr> {
    condition.into_iter().chain(more).reduce(|left, right| {
        let (left, right) = (Box::new(left), Box::new(right));
        let op = BinaryOperator::And;
        Expr::BinaryOp { left, op, right }
    })
}

/// One reference of a join and the operator before it. The first reference, and a reference after a comma,
/// have no operator.
struct Part<'a> {
    operator: Option<&'a mut JoinOperator>,
    relation: &'a mut TableFactor,
}

/// Scopes a comma list, and returns the conditions for the WHERE.
pub(super) fn list(names: &Names<'_>, tables: &mut [TableWithJoins]) -> Vec<Expr> {
    let chains = tables.iter_mut().map(parts);
    if names.dialect == Sqlite {
        // In SQLite the comma is a join like any other.
        return chain(names, chains.flatten().collect(), false);
    }
    chains
        .flat_map(|parts| chain(names, parts, false))
        .collect()
}

/// Scopes a join, and returns the conditions for the construct around it.
pub(super) fn join(names: &Names<'_>, joined: &mut TableWithJoins, swaps: bool) -> Vec<Expr> {
    chain(names, parts(joined), swaps)
}

fn parts(joined: &mut TableWithJoins) -> Vec<Part<'_>> {
    let first = Part {
        operator: None,
        relation: &mut joined.relation,
    };
    let joins = joined.joins.iter_mut().map(|join| Part {
        operator: Some(&mut join.join_operator),
        relation: &mut join.relation,
    });
    std::iter::once(first).chain(joins).collect()
}

fn chain(names: &Names<'_>, parts: Vec<Part<'_>>, swaps: bool) -> Vec<Expr> {
    let mut left = if swaps { Place::Swap } else { Place::Up };
    let mut places = Vec::new();
    for (index, part) in parts.iter().enumerate().rev() {
        let operator = part.operator.as_deref();
        let inside = match operator.and_then(on) {
            Some(_) => Place::On(index),
            None => Place::Swap,
        };
        let right;
        (left, right) = match operator.map_or((false, false), optional) {
            (false, false) => (left, left),
            (false, true) => (left, inside),
            (true, false) => (inside, left),
            (true, true) => (Place::Swap, Place::Swap),
        };
        places.push(right);
    }
    places.reverse();
    let mut up = Vec::new();
    let mut inside: Vec<Vec<Expr>> = vec![Vec::new(); parts.len()];
    let mut operators = Vec::new();
    for (part, place) in parts.into_iter().zip(places) {
        let conditions = factor(names, part.relation, place == Place::Swap);
        match place {
            Place::Up => up.extend(conditions),
            Place::On(index) => inside[index].extend(conditions),
            Place::Swap => assert!(conditions.is_empty()),
        }
        operators.push(part.operator);
    }
    for (operator, more) in operators.into_iter().zip(inside) {
        if let Some(operator) = operator
            && let Some(condition) = on(operator).cloned()
            && !more.is_empty()
        {
            let condition = and(Some(condition), more).expect("there are some");
            set_on(operator, condition);
        }
    }
    up
}

/// Scopes a table reference, and returns the conditions for the construct around it.
fn factor(names: &Names<'_>, factor: &mut TableFactor, swaps: bool) -> Vec<Expr> {
    match factor {
        TableFactor::Table {
            name,
            alias,
            args: None,
            ..
        } => {
            let Some(table) = names.table(name) else {
                return Vec::new();
            };
            let renames = alias
                .as_ref()
                .is_some_and(|alias| !alias.columns.is_empty());
            if !swaps && !renames {
                return vec![names.live(table, name, alias.as_ref())];
            }
            let new_alias = match alias {
                Some(_) if renames => alias.take().expect("it is there"),
                Some(alias) => named(alias.name.clone()),
                None => named(
                    name.0
                        .last()
                        .and_then(|part| part.as_ident())
                        .expect("a name")
                        .clone(),
                ),
            };
            let condition = names.live(table, name, alias.as_ref());
            if names.dialect == Postgres && !renames {
                join_to_nothing(names, factor, condition);
                return Vec::new();
            }
            swap(names, factor, condition, new_alias);
            Vec::new()
        }
        TableFactor::NestedJoin {
            table_with_joins,
            alias,
        } => join(names, table_with_joins, swaps || alias.is_some()),
        _ => Vec::new(),
    }
}

fn named(mut name: Ident) -> TableAlias {
    if name.quote_style == Some('\'') {
        name.quote_style = Some('"');
    }
    TableAlias {
        explicit: true,
        name,
        columns: Vec::new(),
        at: None,
    }
}

/// `(it JOIN (SELECT) AS soft_delete_ ON live)`
fn join_to_nothing(names: &Names<'_>, factor: &mut TableFactor, condition: Expr) {
    let text = "SELECT * FROM (t JOIN (SELECT 1) AS soft_delete_ ON x)";
    let Statement::Query(mut query) = tree::statement(names.dialect, text) else {
        unreachable!("it is a query");
    };
    let sqlparser::ast::SetExpr::Select(select) = query.body.as_mut() else {
        unreachable!("it is a SELECT");
    };
    let mut nested = select.from.remove(0).relation;
    let TableFactor::NestedJoin {
        table_with_joins, ..
    } = &mut nested
    else {
        unreachable!("it is a join in parentheses");
    };
    if let JoinOperator::Join(JoinConstraint::On(on)) = &mut table_with_joins.joins[0].join_operator
    {
        *on = condition;
    }
    std::mem::swap(&mut table_with_joins.relation, factor);
    *factor = nested;
}

/// `(SELECT * FROM it WHERE live) AS alias`
fn swap(names: &Names<'_>, factor: &mut TableFactor, condition: Expr, alias: TableAlias) {
    let Statement::Query(mut subquery) = tree::statement(names.dialect, "SELECT * FROM t WHERE 1")
    else {
        unreachable!("it is a query");
    };
    let derived = |subquery| TableFactor::Derived {
        lateral: false,
        subquery,
        alias: Some(alias),
        sample: None,
    };
    let sqlparser::ast::SetExpr::Select(select) = subquery.body.as_mut() else {
        unreachable!("it is a SELECT");
    };
    std::mem::swap(&mut select.from[0].relation, factor);
    select.selection = Some(condition);
    *factor = derived(subquery);
}

/// Whether the left and the right side can be missing from a row.
fn optional(operator: &JoinOperator) -> (bool, bool) {
    match operator {
        JoinOperator::Left(_) | JoinOperator::LeftOuter(_) => (false, true),
        JoinOperator::Right(_) | JoinOperator::RightOuter(_) => (true, false),
        JoinOperator::FullOuter(_) => (true, true),
        _ => (false, false),
    }
}

fn on(operator: &JoinOperator) -> Option<&Expr> {
    match constraint(operator) {
        Some(JoinConstraint::On(condition)) => Some(condition),
        _ => None,
    }
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::StraightJoin(constraint) => Some(constraint),
        _ => None,
    }
}

fn set_on(operator: &mut JoinOperator, condition: Expr) {
    match operator {
        JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint) => *constraint = JoinConstraint::On(condition),
        other => unreachable!("nothing goes into the ON of {other:?}"),
    }
}

/// The qualifier for the columns of a table that is written.
pub(super) fn target(relation: &TableFactor) -> Option<String> {
    match relation {
        TableFactor::Table { name, alias, .. } => Some(qualifier(name, alias.as_ref())),
        _ => None,
    }
}
