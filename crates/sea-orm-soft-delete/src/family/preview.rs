//! What a verb would do, without doing it.

use sea_orm::sea_query::{Alias, DynIden, Expr, ExprTrait, IntoIden, Query};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::ancestors;
use crate::family::clash::{self};
use crate::family::follow_up::{FollowUp, count_rows};
use crate::family::graph::NodeId;
use crate::family::held;
use crate::family::plan::Family;
use crate::family::restrict::{self};
use crate::family::row_set::{RowSets, Selection, asked_of_each, tuple};
use crate::family::trashed_rows::{
    by_operation, operations_of, refuse_being_purged, refuse_if_due,
};
use crate::family::{delete, force_delete};
use crate::operation::id::OperationId;
use crate::report::{AffectedRows, Orphans, Preview, PreviewVerb};

impl Preview {
    /// The preview of what the verb did, if it differs from this preview.
    pub(crate) fn differs_from(
        &self,
        family: &Family,
        done: &[(NodeId, u64)],
    ) -> Option<SoftDeleteError> {
        let affects = tree(family, done, self.verb == PreviewVerb::Delete);
        (affects != self.affects).then(|| SoftDeleteError::PreviewChanged {
            entity: affects.entity.clone(),
            now: Box::new(Self {
                affects,
                ..self.clone()
            }),
        })
    }

    /// Refuses if the current facts differ from this preview.
    pub(crate) fn expect(&self, now: Self) -> Result<(), SoftDeleteError> {
        match now == *self {
            true => Ok(()),
            false => Err(SoftDeleteError::PreviewChanged {
                entity: now.affects.entity.clone(),
                now: Box::new(now),
            }),
        }
    }
}

/// What a delete of the matching rows would do.
pub(crate) async fn of_delete<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    db: &C,
) -> Result<Preview, SoftDeleteError> {
    let sets = delete::doomed(family, rows.clone());
    of_removal(PreviewVerb::Delete, family, &sets, db).await
}

/// What a force delete of the matching rows would do.
pub(crate) async fn of_force_delete<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    db: &C,
) -> Result<Preview, SoftDeleteError> {
    let sets = force_delete::everything(family, rows);
    of_removal(PreviewVerb::ForceDelete, family, &sets, db).await
}

async fn of_removal<C: ConnectionTrait>(
    verb: PreviewVerb,
    family: &Family,
    sets: &RowSets<'_>,
    db: &C,
) -> Result<Preview, SoftDeleteError> {
    let counts = counts(family, sets, db).await?;
    let on_hold = match verb {
        PreviewVerb::ForceDelete => held::find(family, sets, db).await?,
        _ => Vec::new(),
    };
    Ok(Preview {
        verb,
        affects: tree(family, &counts, verb == PreviewVerb::Delete),
        forbids: restrict::forbids(family, sets, db).await?,
        ancestors: Vec::new(),
        clashes: Vec::new(),
        orphans: Vec::new(),
        gone: Vec::new(),
        held: Vec::new(),
        on_hold,
    })
}

/// What a restore of the matching rows would do.
pub(crate) async fn of_restore<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    db: &C,
) -> Result<Preview, SoftDeleteError> {
    let backend = db.get_database_backend();
    let mut sum: Vec<(NodeId, u64)> = family.nodes().map(|node| (node, 0)).collect();
    let mut clashes = Vec::new();
    let mut orphans: Vec<Orphans> = Vec::new();
    let mut gone: Vec<Orphans> = Vec::new();
    let operations = operations_of(family, rows, db).await?;
    for (operation, here) in by_operation(family, rows, operations, db).await? {
        let sets = RowSets::of(
            family,
            &Selection {
                root: here,
                eligible: &|node, alias| match (family.graph.soft(node), operation) {
                    (Some(member), Some(operation)) => {
                        asked_of_each(member.is_of(alias, operation, backend))
                    }
                    _ => Expr::Constant(false.into()),
                },
            },
        );
        let counts = counts(family, &sets, db).await?;
        for ((_, sum), (_, count)) in sum.iter_mut().zip(counts) {
            *sum += count;
        }
        let is_restored = |node: NodeId, alias: DynIden| is_in(&sets, family, node, &alias);
        clashes.extend(clash::find(family, &is_restored, db).await?);
        let found = ancestors::orphans(family, &is_restored, &is_restored, db).await?;
        Orphans::add_all(&mut orphans, found);
        let found = ancestors::gone(family, &is_restored, db).await?;
        Orphans::add_all(&mut gone, found);
    }
    Ok(Preview {
        verb: PreviewVerb::Restore,
        affects: tree(family, &sum, false),
        ancestors: Vec::new(),
        forbids: Vec::new(),
        clashes,
        orphans,
        gone,
        held: Vec::new(),
        on_hold: Vec::new(),
    })
}

/// Operations that began in the root of a family.
pub(crate) struct Began {
    pub(crate) family: Family,
    pub(crate) ids: Vec<OperationId>,
}

impl Began {
    /// The condition that a row of the entity, under this alias, is restored with the operations.
    fn is_restored(&self, node: NodeId, alias: DynIden, backend: DbBackend) -> Expr {
        let Some(member) = self.family.graph.soft(node) else {
            return Expr::Constant(false.into());
        };
        let ids = self.ids.iter().copied();
        let ids: Vec<OperationId> = ids.filter(|id| member.tells_apart(*id)).collect();
        if ids.is_empty() || !self.family.contains(node) {
            return Expr::Constant(false.into());
        }
        let is_of = member.is_of_any(alias.clone(), &ids, backend);
        is_of.add(member.is_trashed(alias)).into()
    }
}

/// What a restore of all rows of some of these operations would do, including rows that were moved to another parent
/// since. All of the operations are restored together.
pub(crate) async fn of_operations<C: ConnectionTrait>(
    some: &Began,
    together: &[Began],
    db: &C,
) -> Result<Preview, SoftDeleteError> {
    let backend = db.get_database_backend();
    let family = &some.family;
    for operation in &some.ids {
        let begins = |node| node == family.root;
        refuse_being_purged(family.graph, begins, *operation, db).await?;
        refuse_if_due(family, *operation, db).await?;
    }
    let is_restored = |node: NodeId, alias: DynIden| some.is_restored(node, alias, backend);
    let is_any_restored = |node: NodeId, alias: DynIden| {
        let any = together.iter();
        any.map(|began| began.is_restored(node, alias.clone(), backend))
            .fold(Expr::Constant(false.into()), ExprTrait::or)
    };
    let mut counts: Vec<(NodeId, u64)> = Vec::new();
    for node in family.nodes() {
        let Some(member) = family.graph.soft(node) else {
            continue;
        };
        let mut rows = Query::select();
        rows.from(member.table())
            .and_where(is_restored(node, member.alias()))
            .and_where(member.lift());
        counts.push((node, count_rows(rows, db).await?));
    }
    let mut clashes = clash::find(family, &is_restored, db).await?;
    if together.iter().any(|began| began.ids.len() > 1) || together.len() > 1 {
        clashes.extend(clash::among(family, &is_restored, &is_any_restored, db).await?);
    }
    let (rows, parents) = (&is_restored, &is_any_restored);
    Ok(Preview {
        verb: PreviewVerb::Restore,
        affects: tree(family, &counts, false),
        ancestors: Vec::new(),
        forbids: Vec::new(),
        clashes,
        orphans: ancestors::orphans(family, rows, parents, db).await?,
        gone: ancestors::gone(family, rows, db).await?,
        held: Vec::new(),
        on_hold: Vec::new(),
    })
}

/// The condition that a row of the entity, under this alias, is in the set.
fn is_in(sets: &RowSets<'_>, family: &Family, node: NodeId, alias: &DynIden) -> Expr {
    if !family.contains(node) {
        return Expr::Constant(false.into());
    }
    let key = family.graph.member(node).primary_key();
    let mut among = sets.select(node, &key);
    among.with_cte(sets.clause([node]));
    tuple(alias, &key).in_subquery(among)
}

/// What a force delete of all rows of these operations would do, family by family. A row that goes with an operation
/// of one family counts there, and not again in a family that follows.
pub(crate) async fn of_force_deletes<C: ConnectionTrait>(
    all: &[Began],
    db: &C,
) -> Result<Vec<Preview>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let mut before: Vec<(&Family, RowSets<'_>)> = Vec::new();
    let mut previews = Vec::new();
    for Began { family, ids } in all {
        let Some(root) = family.graph.soft(family.root) else {
            continue;
        };
        let alias = root.alias();
        let mut rows = root
            .is_of_any(alias.clone(), ids, backend)
            .add(root.is_trashed(alias.clone()))
            .add(root.lift());
        for (above, sets) in &before {
            if above.contains(family.root) {
                rows = rows.add(is_in(sets, above, family.root, &alias).not());
            }
        }
        previews.push(of_force_delete(family, &rows, db).await?);
        before.push((family, force_delete::everything(family, &rows)));
    }
    Ok(previews)
}

/// How many rows of each entity are in the set, and how many rows belong to it whose entities are not
/// soft-deletable. One statement counts them all, so that the counts are from one moment.
async fn counts<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    db: &C,
) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
    let name = |index: usize| -> DynIden { Alias::new(format!("count{index}")).into_iden() };
    let mut all = Query::select();
    let mut nodes: Vec<NodeId> = Vec::new();
    for node in family.nodes() {
        let count = Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .from(sets.name(node))
            .to_owned();
        all.expr_as(count, name(nodes.len()));
        nodes.push(node);
    }
    for edge in family.edges(Policy::Destroy) {
        let child = family.graph.member(edge.child);
        let count = Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .from(child.table())
            .and_where(sets.belongs(edge, child.alias()))
            .to_owned();
        all.expr_as(count, name(nodes.len()));
        nodes.push(edge.child);
    }
    // The statement reads all of the expressions.
    all.with_cte(sets.clause(family.nodes()));
    let row = db.query_one(&FollowUp(all)).await?;
    let mut counts = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.into_iter().enumerate() {
        let count: i64 = match &row {
            Some(row) => row.try_get("", &name(index).to_string())?,
            None => 0,
        };
        counts.push((node, u64::try_from(count).unwrap_or_default()));
    }
    Ok(counts)
}

/// The counts as a tree, with each entity under the first entity that it belongs to.
pub(crate) fn tree(family: &Family, counts: &[(NodeId, u64)], is_delete: bool) -> AffectedRows {
    let mut placed = vec![family.root];
    below(family, counts, family.root, is_delete, &mut placed)
}

fn below(
    family: &Family,
    counts: &[(NodeId, u64)],
    node: NodeId,
    is_delete: bool,
    placed: &mut Vec<NodeId>,
) -> AffectedRows {
    let of_node = counts.iter().filter(|(of, _)| *of == node);
    let mut members = Vec::new();
    for edge in family.graph.down(node) {
        let is_affected = matches!(edge.policy, Policy::Cascade | Policy::Destroy);
        let is_counted = counts.iter().any(|(of, _)| *of == edge.child);
        if is_affected && is_counted && !placed.contains(&edge.child) {
            placed.push(edge.child);
            members.push(below(family, counts, edge.child, is_delete, placed));
        }
    }
    AffectedRows {
        entity: family.graph.member(node).name(),
        count: of_node.map(|(_, count)| count).sum(),
        is_destroyed: is_delete && family.graph.soft(node).is_none(),
        members,
    }
}
