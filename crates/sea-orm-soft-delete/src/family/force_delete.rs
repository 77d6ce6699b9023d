//! Physical delete of rows and of everything that belongs to them, trashed or live.

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::backup;
use crate::family::by_key;
use crate::family::counts::{self, Change, Moving};
use crate::family::follow_up::{DeleteJoined, FollowUp};
use crate::family::graph::NodeId;
use crate::family::held;
use crate::family::member::SoftMember;
use crate::family::permission;
use crate::family::plan::{Component, Family};
use crate::family::record::Recorded;
use crate::family::restrict;
use crate::family::row_set::{RowSets, Selection, points_at, tuple};
use crate::query::unique_violation;

/// How many rows one statement removes.
const BATCH: u64 = 10_000;

/// Removes the matching rows of the root and everything that belongs to them, children before parents, in
/// batches. Returns how many rows of each entity it removed.
pub(crate) async fn force_delete<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    db: &C,
) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
    if let Some(root) = family.graph.soft(family.root) {
        permission::to_delete(root, db).await?;
    }
    let sets = everything(family, rows);
    restrict::check(family, &sets, db).await?;
    held::check(family, &sets, db).await?;
    let recorded = Recorded::before(family, rows, &sets, db).await?;
    let counted = count(family, &sets, db).await?;
    let mut counts: Vec<(NodeId, u64)> = Vec::new();
    for edge in family.edges(Policy::Destroy) {
        let child = family.graph.member(edge.child);
        let belonging = Query::select()
            .columns(
                child
                    .primary_key()
                    .into_iter()
                    .map(|column| (child.alias(), column)),
            )
            .from(child.table())
            .and_where(sets.belongs(edge, child.alias()))
            .to_owned();
        let removed = remove(family, &sets, edge.child, edge.parent, belonging, db).await?;
        counts.push((edge.child, removed));
    }
    for component in children_first(family) {
        if component.is_cyclic {
            counts.extend(remove_leaves(family, &sets, component, db).await?);
        }
        for node in component.nodes.iter().rev() {
            let key = family.graph.member(*node).primary_key();
            let all = sets.select(*node, &key);
            let removed = remove(family, &sets, *node, *node, all, db).await?;
            // A row that was not removed came under a hold meanwhile.
            held::check_entity(family, &sets, *node, db).await?;
            counts.push((*node, removed));
        }
    }
    for (node, moving) in counted {
        let removed = counts.iter().filter(|(of, _)| *of == node);
        moving.end(removed.map(|(_, count)| count).sum())?;
    }
    recorded.write(&counts, db).await?;
    Ok(counts)
}

/// Takes the rows of the set out of the counts of their parents.
async fn count<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    db: &C,
) -> Result<Vec<(NodeId, Moving)>, SoftDeleteError> {
    let mut all = Vec::new();
    for node in family.nodes() {
        let counters = family.graph.counters(node);
        let Some(member) = family.graph.soft(node).filter(|_| !counters.is_empty()) else {
            continue;
        };
        let mut rows = counts::free_rows_of(member, Condition::all().add(sets.contains(node)));
        rows.with_cte(sets.clause([node]));
        let moving = Moving::begin(counters, member, rows, Change::Leave, db).await?;
        all.push((node, moving));
    }
    Ok(all)
}

/// The components in an order in which foreign keys allow removing their rows: the child's before the
/// parent's, for relations of every policy. Where relations of other policies lead back to the start of a
/// cascade, the cascades decide the order.
fn children_first(family: &Family) -> Vec<&Component> {
    let leads_to = |from: &Component, to: &Component| {
        let mut down = from.nodes.iter().flat_map(|node| family.graph.down(*node));
        down.any(|edge| to.nodes.contains(&edge.child))
    };
    let mut rest: Vec<&Component> = family.components.iter().collect();
    let mut order = Vec::new();
    while let Some(last) = rest.len().checked_sub(1) {
        let has_no_children = |from: &&Component| {
            let mut others = rest.iter().filter(|other| !std::ptr::eq(**other, *from));
            !others.any(|other| leads_to(from, other))
        };
        let at = rest.iter().rposition(has_no_children);
        order.push(rest.remove(at.unwrap_or(last)));
    }
    order
}

/// The set of the matching rows of the root and everything that belongs to them.
pub(crate) fn everything<'a>(family: &'a Family, rows: &Condition) -> RowSets<'a> {
    RowSets::of(
        family,
        &Selection {
            root: rows.clone(),
            eligible: &|_, _| Expr::Constant(true.into()),
        },
    )
}

/// For entities whose rows belong to one another: removes the rows without children until there are none
/// left. If rows belong to one another in a circle, one statement removes the rest.
async fn remove_leaves<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    component: &Component,
    db: &C,
) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
    let mut counts: Vec<(NodeId, u64)> = Vec::new();
    loop {
        let mut removed = 0;
        for node in component.nodes.iter().rev() {
            let leaves = leaves(family, sets, component, *node);
            let rows = remove(family, sets, *node, *node, leaves, db).await?;
            removed += rows;
            counts.push((*node, rows));
        }
        if removed == 0 {
            return Ok(counts);
        }
    }
}

/// Selects the keys of the set's rows to which no row of the component belongs.
fn leaves(
    family: &Family,
    sets: &RowSets<'_>,
    component: &Component,
    node: NodeId,
) -> SelectStatement {
    let key = family.graph.member(node).primary_key();
    let mut leaves = sets.select(node, &key);
    for edge in family.edges(Policy::Cascade) {
        if edge.parent != node || !component.nodes.contains(&edge.child) {
            continue;
        }
        let child = family.graph.member(edge.child);
        let alias: DynIden = "soft_delete_child".into_iden();
        let belonging = Query::select()
            .expr(Expr::Constant(1.into()))
            .from_as(child.table(), alias.clone())
            .cond_where(points_at(edge, sets.name(node), alias))
            .and_where_option(family.graph.soft(edge.child).map(SoftMember::lift))
            .to_owned();
        leaves.and_where(Expr::exists(belonging).not());
    }
    leaves
}

/// Removes the rows with these keys, which are selected from the set's rows of `read`.
async fn remove<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    node: NodeId,
    read: NodeId,
    keys: SelectStatement,
    db: &C,
) -> Result<u64, SoftDeleteError> {
    let backend = db.get_database_backend();
    let member = family.graph.member(node);
    let mark = family.graph.soft(node).map(SoftMember::may_be_removed);
    let key = member.primary_key();
    let named = |alias: DynIden| tuple(&alias, &key);
    let rows = || {
        let is_among = named(member.alias()).in_subquery(keys.clone());
        (Condition::all().add(is_among), Some(sets.clause([read])))
    };
    let soft = family.graph.soft(node);
    let written = backup::write(member, soft, None, rows, db).await?;
    let mut keys = keys;
    keys.limit(BATCH);
    let mut removed = 0;
    loop {
        let here = if backend == DbBackend::MySql {
            // MySQL and MariaDB cannot delete from a table that a subquery reads, nor use a LIMIT in one,
            // and sea-query cannot write a DELETE with a JOIN.
            let found: DynIden = "soft_delete_found".into_iden();
            let mut batch = keys.clone();
            batch.with_cte(sets.clause([read]));
            let rows = Query::select()
                .expr(Expr::Constant(1.into()))
                .from(member.table())
                .join_subquery(
                    JoinType::InnerJoin,
                    batch,
                    found.clone(),
                    named(member.alias()).eq(named(found)),
                )
                .and_where_option(mark.clone())
                .to_owned();
            let delete = DeleteJoined {
                rows,
                from: member.alias(),
            };
            let batch = || keys.clone().with_cte(sets.clause([read])).to_owned();
            let by_key = |is_among| {
                Query::delete()
                    .from_table(member.table())
                    .and_where(is_among)
                    .and_where_option(mark.clone())
                    .to_owned()
            };
            let removed = by_key::write(delete, member, batch, by_key, db).await;
            removed.map_err(|error| unique_violation::of_removal(error, member.name()))?
        } else {
            let mut delete = Query::delete();
            delete
                .from_table(member.table())
                .and_where(named(member.alias()).in_subquery(keys.clone()))
                .and_where_option(mark.clone())
                .with_cte(sets.clause([read]));
            let removed = db.execute(&FollowUp(delete)).await;
            let removed =
                removed.map_err(|error| unique_violation::of_removal(error, member.name()));
            removed?.rows_affected()
        };
        removed += here;
        if here < BATCH {
            written.covers(removed, member)?;
            return Ok(removed);
        }
    }
}
