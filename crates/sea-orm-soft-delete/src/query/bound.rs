//! How many values a statement binds, and where the values go that exceed the limit.

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

/// The statement with as many values as the database binds. Writes the excess values, the first ones of the
/// text, as literals.
pub(crate) fn fit(mut statement: Statement) -> Statement {
    let backend = statement.db_backend;
    let Some(values) = &mut statement.values else {
        return statement;
    };
    let Some(excess @ 1..) = values.0.len().checked_sub(most(backend)) else {
        return statement;
    };
    let mut sql = String::with_capacity(statement.sql.len() + excess * 32);
    let mut end = 0;
    for (index, place) in placeholders(&statement.sql, dialect(backend))
        .into_iter()
        .enumerate()
    {
        let Some(value) = values.0.get(index) else {
            return statement;
        };
        sql.push_str(&statement.sql[end..place.start]);
        end = place.end;
        if index < excess {
            sql.push_str(&literal::as_sent(value, backend));
        } else if backend == DbBackend::Postgres {
            sql.push_str(&format!("${}", index + 1 - excess));
        } else {
            sql.push('?');
        }
    }
    sql.push_str(&statement.sql[end..]);
    statement.sql = sql;
    values.0.drain(..excess);
    statement
}

#[cfg(test)]
mod tests {
    use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};
    use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

    use sea_orm::Value;

    use super::*;

    #[test]
    fn what_does_not_fit_stands_in_the_text() {
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
}
