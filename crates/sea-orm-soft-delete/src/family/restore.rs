//! Restore of rows, and of exactly the rows that were trashed with them.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::error::SoftDeleteError;
use crate::family::archived::Return;
use crate::family::as_of_now::as_of_now;
use crate::family::cascade::belongs_as_of_now;
use crate::family::follow_up::first_with_rows;
use crate::family::graph::{Graph, NodeId};
use crate::family::member::SoftMember;
use crate::family::permission;
use crate::family::plan::Family;
use crate::family::restore_batch::{Counts, RestoreBatch};
use crate::family::row_set::{RowSets, Selection, asked_of_each, is_not_true};
use crate::family::trashed_rows::{
    Ancestors, Operations, by_operation, lock_operation, move_apart, refuse_being_purged,
    refuse_if_due,
};
use crate::operation::id::{NewOperation, OperationId};
use crate::report::Preview;

/// Restores the matching rows of the root, which are locked, and the rows that were trashed with them in the same
/// operation. Returns how many rows of each entity, without ancestors.
///
/// A row without a known operation is restored alone.
pub(crate) async fn restore<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    operations: Operations,
    ancestors: Ancestors,
    db: &C,
) -> Result<Counts, SoftDeleteError> {
    let of_operations = by_operation(family, rows, operations, db).await?;
    return_archived(family, &of_operations, ancestors, db).await?;
    if let (Ancestors::Refuse, [(Some(operation), rows)]) = (ancestors, of_operations.as_slice()) {
        let apart = separate(family, rows, *operation, db).await?;
        return RestoreBatch::all_of(family, apart)
            .moved_out_of(*operation)
            .make_live(ancestors, db)
            .await;
    }
    let gathered = Gathered::add(family, of_operations, db).await?;
    gathered.make_live(ancestors, db).await
}

/// Moves archived rows of these operations back: a run that was cut off can have archived a part.
async fn return_archived<C: ConnectionTrait>(
    family: &Family,
    of_operations: &[(Option<OperationId>, Condition)],
    ancestors: Ancestors,
    db: &C,
) -> Result<(), SoftDeleteError> {
    for (operation, _) in of_operations {
        if let Some(operation) = operation {
            let archived = Return::of(family.nodes(), *operation, ancestors, db);
            Box::pin(archived.run()).await?;
        }
    }
    Ok(())
}

/// Rows of families that are about to be restored, with their ancestors: previewed, made live, or both.
pub(crate) struct Gathered<'a> {
    batch: RestoreBatch,
    /// How many rows of each entity, without ancestors.
    counts: Vec<(&'a Family, Counts)>,
    /// How often rows without an operation were asked for.
    unidentified: usize,
}

impl<'a> Gathered<'a> {
    /// The matching rows of the root, which are locked, and the rows that were trashed with them in the same operation.
    pub(crate) async fn rows<C: ConnectionTrait>(
        family: &'a Family,
        rows: &Condition,
        operations: Operations,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        let of_operations = by_operation(family, rows, operations, db).await?;
        return_archived(family, &of_operations, Ancestors::Restore, db).await?;
        Self::add(family, of_operations, db).await
    }

    async fn add<C: ConnectionTrait>(
        family: &'a Family,
        of_operations: Vec<(Option<OperationId>, Condition)>,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        let mut batch = RestoreBatch::nothing(family.graph);
        let counts = batch.add(family, of_operations, db).await?;
        Ok(Self {
            unidentified: batch.unidentified(),
            batch,
            counts: vec![(family, counts)],
        })
    }

    /// Every row of the families that this operation trashed, including rows that were moved to another parent since.
    pub(crate) async fn operation<C: ConnectionTrait>(
        families: &'a [Family],
        operation: OperationId,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        lock_or_refuse(families, operation, db).await?;
        let graph = families.first().map(|family| family.graph);
        let mut batch = RestoreBatch::nothing(graph.unwrap_or_else(Graph::registered));
        let mut counts = Vec::new();
        for family in families {
            counts.push((family, batch.add_all_of(family, operation, db).await?));
        }
        Ok(Self {
            batch,
            counts,
            unidentified: 0,
        })
    }

    /// What a restore with ancestors would do. There is one preview for each family, and the first one has the ancestors
    /// and what forbids the restore.
    pub(crate) async fn preview<C: ConnectionTrait>(
        &mut self,
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError> {
        self.batch.preview(&self.counts, db).await
    }

    /// Restores the rows. Returns how many of each entity, without ancestors.
    pub(crate) async fn make_live<C: ConnectionTrait>(
        self,
        ancestors: Ancestors,
        db: &C,
    ) -> Result<Counts, SoftDeleteError> {
        let brought = self.batch.make_live(ancestors, db).await?;
        let counts = self.counts.into_iter().flat_map(|(_, counts)| counts);
        Ok(counts
            .chain(brought.into_iter().take(self.unidentified))
            .collect())
    }
}

/// Restores every row of the families that this operation trashed, including rows that were moved to
/// another parent since. It restores all of them together, so that no row waits for a parent that is
/// restored with it.
pub(crate) async fn restore_operation<C: ConnectionTrait>(
    families: &[Family],
    operation: OperationId,
    ancestors: Ancestors,
    db: &C,
) -> Result<Counts, SoftDeleteError> {
    let Some((first, others)) = families.split_first() else {
        return Ok(Vec::new());
    };
    if ancestors == Ancestors::Restore {
        let gathered = Gathered::operation(families, operation, db).await?;
        return gathered.make_live(ancestors, db).await;
    }
    lock_or_refuse(families, operation, db).await?;
    let mut batch = RestoreBatch::all_of(first, operation).with_moved_rows();
    for family in others {
        batch.include(family);
    }
    batch.make_live(ancestors, db).await
}

/// Locks the rows in which the operation began, and refuses if they are being purged, or are due and not restored then.
async fn lock_or_refuse<C: ConnectionTrait>(
    families: &[Family],
    operation: OperationId,
    db: &C,
) -> Result<(), SoftDeleteError> {
    for family in families {
        if let Some(root) = family.graph.soft(family.root) {
            permission::to_update(root, db).await?;
            lock_operation(root, operation, db).await?;
            let begins = |node| node == family.root;
            refuse_being_purged(family.graph, begins, operation, db).await?;
            refuse_if_due(family, operation, db).await?;
        }
    }
    Ok(())
}

/// Separates these rows if the operation trashed other rows of the root too: moves them, and the rows that
/// were trashed with them, into a new operation. Returns the operation that holds these rows alone.
async fn separate<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    operation: OperationId,
    db: &C,
) -> Result<OperationId, SoftDeleteError> {
    if is_whole(family, rows, operation, db).await? {
        return Ok(operation);
    }
    let apart = OperationId::Uuid(NewOperation::id_of_its_own());
    move_apart(family, rows, operation, apart, db).await?;
    Ok(apart)
}

/// Whether these rows of the root, and what belongs to them, are all rows that the operation trashed.
///
/// An operation begins in one table, and its rows in other tables belonged to its rows in that table. So
/// the answer is yes under two conditions. Every row of the operation in the root's table, or in the table
/// of an entity in a cycle with the root, is one of these rows or belongs to one of them. Every other row
/// of the operation belongs to a row of the operation; it may not, if it was moved in the trash since.
async fn is_whole<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    operation: OperationId,
    db: &C,
) -> Result<bool, SoftDeleteError> {
    let backend = db.get_database_backend();
    let around = family.of_root();
    // Rows can be parents of one another in a circle, and belong to no row of the root.
    let can_be_circle = |node: &NodeId| {
        let mut components = family.components.iter();
        components.any(|it| it.is_cyclic && it.nodes.contains(node))
    };
    let is_in_set = |node: &NodeId| around.contains(*node) || can_be_circle(node);
    let in_sets: Vec<NodeId> = family.nodes().filter(is_in_set).collect();
    let has_circle_below = in_sets.iter().any(|node| !around.contains(*node));
    let reach = if has_circle_below { family } else { &around };
    let sets = rows_of(reach, rows, operation, backend);
    let outside = in_sets.iter();
    let mut others: Vec<SelectStatement> = outside
        .filter_map(|node| rows_outside(&sets, *node, family.graph, operation, backend))
        .collect();
    let below = family.nodes().filter(|node| !is_in_set(node));
    others.extend(below.filter_map(|node| moved_rows(family, node, operation, backend)));
    let other = first_with_rows(others, Some(sets.clause(in_sets)), db).await?;
    Ok(other.is_none())
}

/// These rows of the root, and the rows of the operation that belong to them.
fn rows_of<'a>(
    family: &'a Family,
    rows: &Condition,
    operation: OperationId,
    backend: DbBackend,
) -> RowSets<'a> {
    let is_of = |node, alias| {
        let member = family.graph.soft(node);
        member.map_or_else(
            || false.into(),
            |member| asked_of_each(member.is_of(alias, operation, backend)),
        )
    };
    RowSets::of(
        family,
        &Selection {
            root: rows.clone(),
            eligible: &is_of,
        },
    )
}

/// The rows of the entity that the operation trashed and that are not in the set.
fn rows_outside(
    sets: &RowSets<'_>,
    node: NodeId,
    graph: &Graph,
    operation: OperationId,
    backend: DbBackend,
) -> Option<SelectStatement> {
    let member = graph.soft(node)?;
    let mut other = trashed_by(member, operation, backend);
    other.and_where(sets.contains(node).not());
    Some(other)
}

/// The rows of the entity that the operation trashed and that no longer belong to any of its rows.
fn moved_rows(
    family: &Family,
    node: NodeId,
    operation: OperationId,
    backend: DbBackend,
) -> Option<SelectStatement> {
    let graph = family.graph;
    let member = graph.soft(node)?;
    let alias = member.alias();
    let mut belongs = Condition::any();
    for edge in family.into(node) {
        if let Some(parent) = graph.soft(edge.parent) {
            belongs = belongs.add(belongs_as_of_now(
                edge,
                parent,
                alias.clone(),
                operation,
                backend,
            ));
        }
    }
    let mut moved = trashed_by(member, operation, backend);
    moved.and_where(is_not_true(belongs.into()));
    Some(moved)
}

/// Selects 1 for each row of the entity that the operation trashed.
fn trashed_by(
    member: &dyn SoftMember,
    operation: OperationId,
    backend: DbBackend,
) -> SelectStatement {
    let mut rows = Query::select();
    rows.expr(Expr::Constant(1.into()))
        .from(member.table())
        .and_where(member.is_of(member.alias(), operation, backend))
        .and_where(member.is_trashed(member.alias()))
        .and_where(member.lift());
    as_of_now(&mut rows, backend);
    rows
}
