//! How many values a statement binds, and where the values go that exceed the limit.

use std::collections::HashSet;

#[cfg(feature = "rbac")]
use sea_orm::{AuditError, QueryAccessAudit};
use sea_orm::{DbBackend, Statement, StatementBuilder};

use sql_row_scope::placeholders;

use crate::query::dialect::dialect;
use crate::query::literal;

/// How many values the database binds in one statement. For SQLite it is the default
/// [limit](https://www.sqlite.org/limits.html#max_variable_number); the protocols of the other databases
/// count the values in 16 bits.
pub(crate) const fn most(backend: DbBackend) -> usize {
    match backend {
        DbBackend::Sqlite => 32_766,
        _ => 65_535,
    }
}

/// A statement to which a verb has added values. If these and the caller's values exceed the limit, some
/// values are written into the text.
pub(crate) struct Fitting<S>(pub(crate) S);

impl<S: StatementBuilder> StatementBuilder for Fitting<S> {
    fn build(&self, backend: &DbBackend) -> Statement {
        fit(self.0.build(backend))
    }

    #[cfg(feature = "rbac")]
    fn audit(&self) -> Result<QueryAccessAudit, AuditError> {
        self.0.audit()
    }
}

/// The statement with as many values as the database binds: the excess values stand in the text as literals.
///
/// If too few of the values have a type that is [safe](literal::is_safe) to write, the statement stays as it
/// is, and the database refuses it.
pub(crate) fn fit(mut statement: Statement) -> Statement {
    let backend = statement.db_backend;
    let Some(values) = statement.values.as_mut().map(|values| &mut values.0) else {
        return statement;
    };
    let Some(excess @ 1..) = values.len().checked_sub(most(backend)) else {
        return statement;
    };
    let places = placeholders(&statement.sql, dialect(backend));
    let safe = (0..values.len()).filter(|index| literal::is_safe(&values[*index]));
    let written: HashSet<usize> = safe.take(excess).collect();
    if places.len() != values.len() || written.len() < excess {
        return statement;
    }
    let mut sql = String::with_capacity(statement.sql.len() + excess * 32);
    let (mut end, mut bound) = (0, Vec::with_capacity(most(backend)));
    for (index, (place, value)) in places.into_iter().zip(values.drain(..)).enumerate() {
        sql.push_str(&statement.sql[end..place.start]);
        end = place.end;
        if written.contains(&index)
            && let Some(literal) = literal::safe(&value, backend)
        {
            sql.push_str(&literal);
            continue;
        }
        bound.push(value);
        match backend {
            DbBackend::Postgres => sql.push_str(&format!("${}", bound.len())),
            _ => sql.push('?'),
        }
    }
    sql.push_str(&statement.sql[end..]);
    *values = bound;
    statement.sql = sql;
    statement
}

#[cfg(test)]
mod tests {
    use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};
    use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

    use sea_orm::Value;

    use super::*;

    #[test]
    fn values_past_the_bind_limit_become_literals() {
        for backend in [Sqlite, Postgres, MySql] {
            let select = |numbers: usize| {
                let mut select = Query::select();
                select
                    .expr(Expr::val("is it $1?"))
                    .from(Alias::new("what?"))
                    .and_where(Expr::col("id").is_in((0..numbers).map(|it| it as i32)));
                Fitting(select).build(&backend)
            };
            let most = most(backend);
            let bound = select(most - 1);
            assert_eq!(bound.values.as_ref().map(|it| it.0.len()), Some(most));
            let fits = select(most + 1);
            let values = fits.values.expect("values are bound");
            assert_eq!(values.0.len(), most);
            assert_eq!(values.0.first(), Some(&Value::from(1)));
            assert_eq!(values.0.last(), Some(&Value::from(most as i32)));
            let begin = match backend {
                Postgres => r#"SELECT 'is it $1?' FROM "what?" WHERE "id" IN (0, $1, $2, "#,
                MySql => "SELECT 'is it $1?' FROM `what?` WHERE `id` IN (0, ?, ?, ",
                _ => r#"SELECT 'is it $1?' FROM "what?" WHERE "id" IN (0, ?, ?, "#,
            };
            assert!(fits.sql.starts_with(begin), "{backend:?} {:.80}", fits.sql);
            let end = match backend {
                Postgres => format!(", ${most})"),
                _ => ", ?)".to_owned(),
            };
            assert!(fits.sql.ends_with(&end));
        }
    }

    #[test]
    fn a_value_that_is_not_safe_to_write_stays_bound() {
        for backend in [Sqlite, Postgres, MySql] {
            let bytes = (0..=most(backend)).map(|_| vec![1_u8]);
            let unsafe_alone = Query::select()
                .expr(Expr::cust("1"))
                .and_where(Expr::col("data").is_in(bytes.clone()))
                .to_owned();
            let as_it_was = StatementBuilder::build(&unsafe_alone, &backend);
            assert_eq!(Fitting(unsafe_alone).build(&backend), as_it_was);

            // The value after the unsafe values becomes a literal.
            let mut select = Query::select();
            select
                .expr(Expr::cust("1"))
                .and_where(Expr::col("data").is_in(bytes.take(most(backend))))
                .and_where(Expr::col("name").eq("it's \\"));
            let fits = Fitting(select).build(&backend);
            assert_eq!(
                fits.values.map(|values| values.0.len()),
                Some(most(backend))
            );
            let name = match backend {
                MySql => "`name` = 'it''s \\\\'",
                Postgres => "\"name\" = E'it''s \\\\'",
                _ => "\"name\" = 'it''s \\'",
            };
            assert!(
                fits.sql.ends_with(name),
                "{}",
                &fits.sql[fits.sql.len() - 40..]
            );
        }
    }
}
