//! The statements that a verb of a family runs in addition to the caller's own.

use sea_orm::sea_query::{
    CaseStatement, DynIden, Expr, Query, SelectStatement, UpdateStatement, WithClause,
};
#[cfg(feature = "rbac")]
use sea_orm::{AuditError, QueryAccessAudit};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, StatementBuilder};

use crate::family::member::SoftMember;
use crate::query::bound;
use sql_row_scope::DEEP_RECURSION;

/// A statement that is a consequence of another one.
///
/// Whoever may run the first statement may run this one, as with a foreign key ON DELETE CASCADE: a
/// `RestrictedConnection` checks only the permission for the delete itself.
pub(crate) struct FollowUp<S>(pub(crate) S);

impl<S: StatementBuilder> StatementBuilder for FollowUp<S> {
    fn build(&self, backend: &DbBackend) -> Statement {
        let mut statement = bound::fit(self.0.build(backend));
        if *backend == DbBackend::MySql && statement.sql.contains("WITH RECURSIVE") {
            statement.sql = without_limit(&statement.sql);
        }
        statement
    }

    #[cfg(feature = "rbac")]
    fn audit(&self) -> Result<QueryAccessAudit, AuditError> {
        // An empty SELECT needs no permission.
        Query::select().audit()
    }
}

/// An UPDATE of the entity that changes no row.
pub(super) fn update_of_nothing(member: &dyn SoftMember) -> UpdateStatement {
    let column = member.operation_column();
    Query::update()
        .table(member.table())
        .value(column.clone(), Expr::col(column))
        .and_where(Expr::Constant(false.into()))
        .and_where(member.lift())
        .to_owned()
}

/// Counts the rows of a SELECT that has no columns yet.
pub(crate) async fn count_rows<C: ConnectionTrait>(
    mut rows: SelectStatement,
    db: &C,
) -> Result<u64, DbErr> {
    rows.expr_as(Expr::cust("COUNT(*)"), "count");
    match db.query_one(&FollowUp(rows)).await? {
        Some(row) => Ok(row.try_get::<i64>("", "count")?.unsigned_abs()),
        None => Ok(0),
    }
}

/// The first of these SELECTs that finds a row, by its position: one statement for all of them.
pub(crate) async fn first_with_rows<C: ConnectionTrait>(
    selects: Vec<SelectStatement>,
    with: Option<WithClause>,
    db: &C,
) -> Result<Option<usize>, DbErr> {
    const FOUND: &str = "soft_delete_found";
    if selects.is_empty() {
        return Ok(None);
    }
    let mut found = CaseStatement::new();
    for (index, select) in (0_i32..).zip(selects) {
        found = found.case(Expr::exists(select), Expr::Constant(index.into()));
    }
    let mut first = Query::select();
    first.expr_as(found.finally(Expr::Constant((-1).into())), FOUND);
    if let Some(with) = with {
        first.with_cte(with);
    }
    let row = db.query_one(&FollowUp(first)).await?;
    let found = row.map_or(Ok(-1), |row| row.try_get::<i32>("", FOUND))?;
    Ok(usize::try_from(found).ok())
}

/// MySQL and MariaDB limit a recursive query to 1,000 levels by default. Past it MySQL fails, but in a
/// SELECT MariaDB returns the rows so far without an error. Each has its own way to raise the limit, which
/// the other reads as a comment.
fn without_limit(sql: &str) -> String {
    const HINT: &str = "/*+ SET_VAR(cte_max_recursion_depth = 4294967295) */";
    for verb in ["UPDATE", "DELETE"] {
        let rest = sql.strip_prefix(verb).and_then(|sql| sql.strip_prefix(' '));
        if let Some(rest) = rest {
            return format!("{DEEP_RECURSION} {verb} {HINT} {rest}");
        }
    }
    // The hint has to follow the first SELECT of the statement.
    format!("{DEEP_RECURSION} SELECT {HINT} * FROM ({sql}) AS `soft_delete_rows`")
}

/// MySQL's `DELETE t FROM t JOIN … ON …`, which sea-query cannot write.
pub(super) struct DeleteJoined {
    /// Selects 1 for each row to delete, from a join with its table.
    pub(super) rows: SelectStatement,
    /// The alias of the table from which the rows are deleted.
    pub(super) from: DynIden,
}

impl StatementBuilder for DeleteJoined {
    fn build(&self, backend: &DbBackend) -> Statement {
        let mut statement = StatementBuilder::build(&self.rows, backend);
        if let Some(joined) = statement.sql.strip_prefix("SELECT 1 FROM ") {
            let quoted = self.from.to_string().replace('`', "``");
            statement.sql = format!("DELETE `{quoted}` FROM {joined}");
        }
        statement
    }

    #[cfg(feature = "rbac")]
    fn audit(&self) -> Result<QueryAccessAudit, AuditError> {
        StatementBuilder::audit(&self.rows)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{
        Alias, CommonTableExpression, IntoIden, Query, TableRef, UpdateStatement, WithClause,
    };

    use super::*;

    fn recursive() -> WithClause {
        let mut below = CommonTableExpression::new();
        below
            .table_name(Alias::new("below"))
            .query(Query::select().expr(1).to_owned());
        WithClause::new().recursive(true).cte(below).to_owned()
    }

    #[track_caller]
    fn check(statement: impl StatementBuilder, sql: &str) {
        let sent = FollowUp(statement).build(&DbBackend::MySql);
        assert_eq!(sent.sql, sql);
    }

    #[test]
    fn the_recursion_limits_of_mysql_and_mariadb_are_lifted_for_a_recursive_query() {
        let select = Query::select()
            .column("id")
            .from("below")
            .with_cte(recursive())
            .to_owned();
        check(
            select.clone(),
            "/*M!100100 SET STATEMENT max_recursive_iterations = 4294967295, max_heap_table_size = 1099511627776, tmp_memory_table_size = 1099511627776 FOR */ \
             SELECT /*+ SET_VAR(cte_max_recursion_depth = 4294967295) */ * FROM (\
             WITH RECURSIVE `below` AS (SELECT ?) SELECT `id` FROM `below`) AS `soft_delete_rows`",
        );
        let update = UpdateStatement::new()
            .table("note")
            .from(TableRef::SubQuery(
                select.into(),
                Alias::new("found").into_iden(),
            ))
            .value("views", 0)
            .to_owned();
        check(
            update,
            "/*M!100100 SET STATEMENT max_recursive_iterations = 4294967295, max_heap_table_size = 1099511627776, tmp_memory_table_size = 1099511627776 FOR */ \
             UPDATE /*+ SET_VAR(cte_max_recursion_depth = 4294967295) */ `note` JOIN (\
             WITH RECURSIVE `below` AS (SELECT ?) SELECT `id` FROM `below`) AS `found` \
             SET `note`.`views` = ?",
        );
    }

    #[test]
    fn other_statements_stay_unchanged() {
        let select = Query::select().column("id").from("note").to_owned();
        check(select, "SELECT `id` FROM `note`");
    }
}
