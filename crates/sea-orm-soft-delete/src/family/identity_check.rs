//! Whether the rows of one operation can be told from the rows of another.
//!
//! An entity without an `operation` column tells them by the instant in its marker. The marker therefore
//! has to hold the instant to the microsecond, in the program and in the database.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::error::SoftDeleteError;
use crate::family::follow_up::FollowUp;
use crate::family::member::SoftMember;
use crate::family::plan::Family;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;

const MARKER: &str = "its marker does not hold the instant of a delete to the microsecond";
const EPOCH: &str = "the clock is set to before 1970, which the id of an operation cannot hold";
const COLUMN: &str = "the column in the database does not keep microseconds, as DATETIME(6) does";

/// Refuses an entity whose marker type cannot hold this operation's instant.
pub(crate) fn check(
    member: &dyn SoftMember,
    operation: OperationId,
    at: Timestamp,
) -> Result<(), SoftDeleteError> {
    if member.has_operation_column() {
        return Ok(());
    }
    if !member.tells_apart(operation) {
        return Err(refusal(member, MARKER));
    }
    if operation.instant() != at {
        return Err(refusal(member, EPOCH));
    }
    Ok(())
}

/// Refuses an entity whose database column is less precise than its type.
pub(crate) async fn check_columns<C: ConnectionTrait>(
    family: &Family,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let schema = match db.get_database_backend() {
        DbBackend::MySql => "DATABASE()",
        DbBackend::Postgres => "ANY (current_schemas(FALSE))",
        // This database stores exactly what it is sent.
        _ => return Ok(()),
    };
    for node in family.nodes() {
        let Some(member) = family.graph.soft(node) else {
            continue;
        };
        if member.has_operation_column() {
            continue;
        }
        let (in_schema, table) = member.key();
        let mut precision = Query::select();
        precision
            .expr(Expr::val(1))
            .from(("information_schema", "columns"))
            .and_where(Expr::col("table_name").eq(table))
            .and_where(Expr::col("column_name").eq(member.operation_column().to_string()))
            .and_where(Expr::col("datetime_precision").lt(6))
            .limit(1);
        precision.and_where(match in_schema {
            Some(in_schema) => Expr::col("table_schema").eq(in_schema),
            None => Expr::cust(format!("table_schema = {schema}")),
        });
        if db.query_one(&FollowUp(precision)).await?.is_some() {
            return Err(refusal(member, COLUMN));
        }
    }
    Ok(())
}

fn refusal(member: &dyn SoftMember, why: &'static str) -> SoftDeleteError {
    SoftDeleteError::OperationNotIdentifiable {
        entity: member.name(),
        column: member.operation_column().to_string(),
        why,
    }
}
