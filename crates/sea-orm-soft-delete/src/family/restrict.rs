//! What forbids a delete: live rows of entities with the policy `restrict`.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::as_of_now::as_of_now;
use crate::family::cascade;
use crate::family::follow_up::{FollowUp, count_rows};
use crate::family::graph::Edge;
use crate::family::plan::Family;
use crate::family::row_set::RowSets;
use crate::operation::id::OperationId;
use crate::report::RestrictingRows;

/// Refuses if live rows forbid the verb on this set.
pub(crate) async fn check<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    match is_forbidden(family, sets, db).await? {
        false => Ok(()),
        true => Err(SoftDeleteError::Restricted {
            entity: family.graph.member(family.root).name(),
            by: forbids(family, sets, db).await?,
        }),
    }
}

/// Whether live rows forbid the verb: stops at the first such row.
pub(crate) async fn is_forbidden<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    db: &C,
) -> Result<bool, DbErr> {
    for edge in family.edges(Policy::Restrict) {
        let mut first = forbidding(family, sets, edge);
        first.expr_as(Expr::val(1), "one").limit(1);
        if db.query_one(&FollowUp(first)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses if live rows forbid what the operation has done.
pub(crate) async fn check_operation<C: ConnectionTrait>(
    family: &Family,
    operation: OperationId,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let mut is_forbidden = false;
    for edge in family.edges(Policy::Restrict) {
        if let Some(mut first) = forbidding_operation(family, operation, edge, db) {
            first.expr_as(Expr::val(1), "one").limit(1);
            as_of_now(&mut first, db.get_database_backend());
            is_forbidden |= db.query_one(&FollowUp(first)).await?.is_some();
        }
        if is_forbidden {
            break;
        }
    }
    if !is_forbidden {
        return Ok(());
    }
    let mut by = Vec::new();
    for edge in family.edges(Policy::Restrict) {
        if let Some(mut all) = forbidding_operation(family, operation, edge, db) {
            as_of_now(&mut all, db.get_database_backend());
            by.extend(count(family, edge, all, db).await?);
        }
    }
    Err(SoftDeleteError::Restricted {
        entity: family.graph.member(family.root).name(),
        by,
    })
}

/// All rows that forbid the verb, as counts.
pub(crate) async fn forbids<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    db: &C,
) -> Result<Vec<RestrictingRows>, DbErr> {
    let mut all = Vec::new();
    for edge in family.edges(Policy::Restrict) {
        all.extend(count(family, edge, forbidding(family, sets, edge), db).await?);
    }
    Ok(all)
}

async fn count<C: ConnectionTrait>(
    family: &Family,
    edge: &Edge,
    rows: SelectStatement,
    db: &C,
) -> Result<Option<RestrictingRows>, DbErr> {
    let count = count_rows(rows, db).await?;
    Ok((count > 0).then(|| RestrictingRows {
        entity: family.graph.member(edge.child).name(),
        count,
        of: family.graph.member(edge.parent).name(),
    }))
}

/// Selects from the live rows that belong to rows of the operation.
fn forbidding_operation<C: ConnectionTrait>(
    family: &Family,
    operation: OperationId,
    edge: &Edge,
    db: &C,
) -> Option<SelectStatement> {
    let parent = family.graph.soft(edge.parent)?;
    let child = family.graph.member(edge.child);
    let backend = db.get_database_backend();
    let mut rows = Query::select();
    rows.from(child.table())
        .and_where(cascade::belongs_as_of_now(
            edge,
            parent,
            child.alias(),
            operation,
            backend,
        ));
    if let Some(soft) = family.graph.soft(edge.child) {
        rows.and_where(soft.is_live(child.alias()))
            .and_where(soft.lift());
    }
    Some(rows)
}

/// Selects from the live rows that belong to rows of the set and are not in the set themselves.
fn forbidding(family: &Family, sets: &RowSets<'_>, edge: &Edge) -> SelectStatement {
    let child = family.graph.member(edge.child);
    let alias = child.alias();
    let mut all = Condition::all().add(sets.belongs(edge, alias.clone()));
    if let Some(soft) = family.graph.soft(edge.child) {
        all = all.add(soft.is_live(alias)).add(soft.lift());
    }
    let mut read = vec![edge.parent];
    if family.contains(edge.child) {
        all = all.add(sets.contains(edge.child).not());
        read.push(edge.child);
    }
    Query::select()
        .from(child.table())
        .cond_where(all)
        .with_cte(sets.clause(read))
        .to_owned()
}
