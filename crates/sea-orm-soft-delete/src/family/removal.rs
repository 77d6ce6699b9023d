//! Physical removal of whole operations: the rows that deletes trashed, and no others.
//!
//! Each statement repeats what makes a row removable: its operation, that it is trashed, and its age. So a
//! row that was restored meanwhile stays.

use std::collections::HashSet;

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, JoinType, Query, ValueTuple};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::follow_up::FollowUp;
use crate::family::graph::{Edge, Graph, NodeId};
use crate::family::member::SoftMember;
use crate::family::operations::Operation;
use crate::family::operations::roots::is_root;
use crate::family::restore::write_first_to;
use crate::family::row_set::{PARENT, belongs_to, is_not_true, points_at, tuple};
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::query::unique_violation;

/// Operations to remove together, and the entities that have rows of them.
pub(crate) struct Removal {
    graph: &'static Graph,
    /// Children before parents.
    nodes: Vec<NodeId>,
    ids: Vec<OperationId>,
    /// Only rows that were trashed until then are removed.
    until: Timestamp,
    backend: DbBackend,
    /// On MySQL and MariaDB, the rows that are locked. A DELETE that finds its rows without an index waits for
    /// every row that others have locked, so rows are deleted by their keys there.
    locked: Vec<(NodeId, OperationId, ValueTuple)>,
}

/// Rows of one entity that record the same operation, and that the transaction has locked.
pub(crate) struct Locked {
    pub(crate) id: OperationId,
    pub(crate) entity: String,
    pub(crate) count: u64,
}

/// Rows that would lose their parent: rows that belong to a row of the operation and are not removed with
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftBehind {
    pub(crate) operation: OperationId,
    pub(crate) child: String,
    pub(crate) policy: Policy,
    pub(crate) live: u64,
    pub(crate) trashed: u64,
}

const CHILD: &str = "soft_delete_child";

/// How many rows one statement deletes by their keys.
const KEYS_AT_ONCE: usize = 1_000;

impl Removal {
    pub(crate) fn of(
        operations: &[&Operation],
        until: Timestamp,
        backend: DbBackend,
    ) -> Result<Self, SoftDeleteError> {
        let graph = Graph::registered();
        let members = operations.iter().flat_map(|operation| operation.members());
        let names: HashSet<&str> = members.map(|member| member.entity.as_str()).collect();
        let mut of_operations: Vec<(NodeId, &'static dyn SoftMember)> = graph
            .soft_nodes()
            .filter(|(_, member)| names.contains(member.name().as_str()))
            .collect();
        // The order in which entities are registered varies from build to build.
        of_operations.sort_by_key(|(_, member)| member.key());
        let nodes = of_operations.iter().map(|(node, _)| *node).collect();
        let nodes = children_first(graph, nodes);
        for node in &nodes {
            graph.check(*node)?;
        }
        Ok(Self {
            graph,
            nodes,
            ids: operations.iter().map(|operation| operation.id()).collect(),
            until,
            backend,
            locked: Vec::new(),
        })
    }

    /// The same for fewer operations.
    pub(crate) fn only(&self, is_kept: impl Fn(OperationId) -> bool) -> Self {
        Self {
            nodes: self.nodes.clone(),
            ids: self.ids.iter().copied().filter(|id| is_kept(*id)).collect(),
            locked: self.locked.clone(),
            ..*self
        }
    }

    pub(crate) fn ids(&self) -> &[OperationId] {
        &self.ids
    }

    /// Locks the rows, except rows that others have locked. Returns how many rows of each operation are
    /// locked, by entity.
    pub(crate) async fn lock<C: ConnectionTrait>(
        &mut self,
        db: &C,
    ) -> Result<Vec<Locked>, SoftDeleteError> {
        let mut locked = Vec::new();
        let members: Vec<_> = self.members().collect();
        for (node, member) in members {
            let rows = self.rows(member, member.alias());
            if self.backend == DbBackend::MySql {
                for row in db.query_all(&FollowUp(member.lock_keys(rows))).await? {
                    if let Some(id) = member.read_id(&row)? {
                        locked.push(Locked {
                            id,
                            entity: member.name(),
                            count: 1,
                        });
                        self.locked.push((node, id, member.read_key(&row)?));
                    }
                }
                continue;
            }
            write_first_to(member, db).await?;
            let lock = member.lock_and_count(rows, self.backend);
            for row in db.query_all(&FollowUp(lock)).await? {
                if let Some((id, count)) = member.read_count(&row)? {
                    locked.push(Locked {
                        id,
                        entity: member.name(),
                        count,
                    });
                }
            }
        }
        Ok(locked)
    }

    /// The operations that began in another entity: they trashed a parent of one of the rows, in an entity that
    /// is not among those of the removal.
    pub(crate) async fn began_elsewhere<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<OperationId>, SoftDeleteError> {
        let mut elsewhere = Vec::new();
        for (node, member) in self.members() {
            let edges = self.graph.falls_with(node);
            for edge in edges.filter(|edge| !self.nodes.contains(&edge.parent)) {
                let Some(parent) = self.graph.soft(edge.parent) else {
                    continue;
                };
                // One condition for each operation: the parent has to be of the same one as its child.
                let alias: DynIden = PARENT.into_iden();
                let same = self.ids.iter().fold(Condition::any(), |any, id| {
                    let of_both = Condition::all()
                        .add(member.is_of_any(member.alias(), &[*id], self.backend))
                        .add(parent.is_of_any(alias.clone(), &[*id], self.backend));
                    any.add(of_both)
                });
                let mut select = member.count_by_operation(Expr::val(1));
                select
                    .join_as(
                        JoinType::InnerJoin,
                        parent.table(),
                        alias.clone(),
                        points_at(edge, alias.clone(), member.alias()),
                    )
                    .cond_where(self.rows(member, member.alias()))
                    .cond_where(self.rows(parent, alias))
                    .cond_where(same)
                    .and_where(parent.lift());
                for row in db.query_all(&FollowUp(select)).await? {
                    elsewhere.extend(member.read_counts(&row)?.map(|(id, ..)| id));
                }
            }
        }
        Ok(elsewhere)
    }

    /// The rows that would lose their parents.
    pub(crate) async fn left_behind<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<LeftBehind>, SoftDeleteError> {
        let mut left = Vec::new();
        for (node, parent) in self.members() {
            let edges = self.graph.down(node).iter();
            let edges =
                edges.filter(|edge| matches!(edge.policy, Policy::Cascade | Policy::Restrict));
            for edge in edges {
                left.extend(self.left_behind_by(edge, parent, db).await?);
            }
        }
        Ok(left)
    }

    async fn left_behind_by<C: ConnectionTrait>(
        &self,
        edge: &Edge,
        parent: &dyn SoftMember,
        db: &C,
    ) -> Result<Vec<LeftBehind>, SoftDeleteError> {
        let child = self.graph.member(edge.child);
        let alias: DynIden = CHILD.into_iden();
        let mut rows = self.rows(parent, parent.alias());
        let mut is_live = Expr::Constant(true.into());
        let mut lift = None;
        if let Some(soft) = self.graph.soft(edge.child) {
            is_live = soft.is_live(alias.clone());
            lift = Some(soft.lift());
            rows = match edge.policy {
                // Trashed rows restrict nothing.
                Policy::Restrict => rows.add(is_live.clone()),
                _ if self.nodes.contains(&edge.child) => {
                    rows.add(is_not_true(self.rows(soft, alias.clone()).into()))
                }
                _ => rows,
            };
        }
        let mut select = parent.count_by_operation(Expr::case(is_live, 1).into());
        select
            .join_as(
                JoinType::InnerJoin,
                child.table(),
                alias.clone(),
                points_at(edge, parent.alias(), alias),
            )
            .cond_where(rows)
            .and_where_option(lift);
        let mut left = Vec::new();
        for row in db.query_all(&FollowUp(select)).await? {
            if let Some((operation, count, live)) = parent.read_counts(&row)? {
                left.push(LeftBehind {
                    operation,
                    child: child.name(),
                    policy: edge.policy,
                    live,
                    trashed: count - live,
                });
            }
        }
        Ok(left)
    }

    /// Removes the rows, children before parents, and before them the rows of entities with the policy
    /// `destroy`. Returns how many rows of each entity it removed.
    pub(crate) async fn remove<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<(String, u64)>, SoftDeleteError> {
        let mut removed = self.remove_destroyed(db).await?;
        let mut circles: Vec<Vec<NodeId>> = Vec::new();
        for node in &self.nodes {
            let circle = self.circle_of(*node);
            if circle.is_empty() {
                let count = self.delete_rows(*node, None, db).await?;
                removed.push((self.graph.member(*node).name(), count));
            } else if !circles.contains(&circle) {
                removed.extend(self.remove_leaves(&circle, db).await?);
                circles.push(circle);
            }
        }
        Ok(removed)
    }

    /// Removes the rows of entities with the policy `destroy` that belong to the rows.
    pub(crate) async fn remove_destroyed<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<(String, u64)>, SoftDeleteError> {
        let mut removed = Vec::new();
        for (node, parent) in self.members() {
            for edge in self.graph.down(node) {
                if edge.policy == Policy::Destroy {
                    let child = self.graph.member(edge.child);
                    let mut parents = Query::select();
                    parents
                        .from_as(parent.table(), PARENT)
                        .cond_where(self.rows(parent, PARENT.into_iden()))
                        .and_where(parent.lift());
                    let rows = belongs_to(edge, parents, child.alias());
                    removed.push((child.name(), self.delete(edge.child, rows, db).await?));
                }
            }
        }
        Ok(removed)
    }

    /// Begins to remove one operation in several transactions: marks one of its root rows, so that a restore
    /// is refused from now on. Returns whether it did: not if others have locked some of the rows in which the
    /// operation began.
    pub(crate) async fn begin<C: ConnectionTrait>(
        &self,
        operation: &Operation,
        db: &C,
    ) -> Result<bool, SoftDeleteError> {
        let Some((node, root, mark)) = self.root_to_mark(operation) else {
            return Ok(false);
        };
        write_first_to(root, db).await?;
        let rows = root.lock_and_count(self.rows(root, root.alias()), self.backend);
        let mut locked = 0;
        for row in db.query_all(&FollowUp(rows)).await? {
            locked += root.read_count(&row)?.map_or(0, |(_, count)| count);
        }
        let mut members = operation.members().iter();
        if members.any(|member| member.entity == root.name() && member.count != locked) {
            return Ok(false);
        }
        let key = root.primary_key();
        let is_root = is_root(node, root, operation.id(), self.graph, self.backend);
        let first = Query::select()
            .columns(key.iter().map(|column| (root.alias(), column.clone())))
            .from(root.table())
            .cond_where(is_root.add(root.is_trashed(root.alias())))
            .and_where(root.lift())
            .limit(1)
            .to_owned();
        let Some(row) = db.query_one(&FollowUp(first)).await? else {
            return Ok(false);
        };
        let values = root.read_key(&row)?.into_iter();
        let columns = key.into_iter().zip(values);
        let is_row = columns.fold(Condition::all(), |all, (column, value)| {
            all.add(Expr::col((root.alias(), column)).eq(value))
        });
        let update = Query::update()
            .table(root.table())
            .values(root.moving_to(mark, self.backend))
            .cond_where(is_row.add(self.rows(root, root.alias())))
            .and_where(root.lift())
            .to_owned();
        Ok(db.execute(&FollowUp(update)).await?.rows_affected() == 1)
    }

    /// The entity in which the operation began, and the mark for one of its rows. `None` if the rows cannot
    /// carry a mark.
    pub(crate) fn root_to_mark(
        &self,
        operation: &Operation,
    ) -> Option<(NodeId, &'static dyn SoftMember, OperationId)> {
        let mark = operation.id().being_purged()?;
        let entity = &operation.members().first()?.entity;
        let mut members = self.members();
        let (node, root) = members.find(|(_, member)| member.name() == *entity)?;
        root.has_operation_column().then_some((node, root, mark))
    }

    /// Removes the mark again.
    pub(crate) async fn take_back<C: ConnectionTrait>(
        &self,
        operation: &Operation,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let Some((_, root, mark)) = self.root_to_mark(operation) else {
            return Ok(());
        };
        let update = Query::update()
            .table(root.table())
            .values(root.moving_to(operation.id(), self.backend))
            .and_where(root.is_of(root.alias(), mark, self.backend))
            .and_where(root.lift())
            .to_owned();
        db.execute(&FollowUp(update)).await?;
        Ok(())
    }

    /// Whether one of the root rows carries the mark.
    pub(crate) async fn has_begun<C: ConnectionTrait>(
        &self,
        operation: &Operation,
        db: &C,
    ) -> Result<bool, SoftDeleteError> {
        let Some((_, root, mark)) = self.root_to_mark(operation) else {
            return Ok(false);
        };
        let marked = Query::select()
            .expr_as(Expr::val(1), "one")
            .from(root.table())
            .and_where(root.is_of(root.alias(), mark, self.backend))
            .and_where(root.lift())
            .limit(1)
            .to_owned();
        Ok(db.query_one(&FollowUp(marked)).await?.is_some())
    }

    /// Removes some rows of one operation that has begun, children before parents, but not the row with the
    /// mark. Returns how many rows it removed, and their entity. `None` if no other row can be removed before the
    /// row with the mark.
    pub(crate) async fn remove_some<C: ConnectionTrait>(
        &self,
        operation: OperationId,
        limit: u64,
        db: &C,
    ) -> Result<Option<(String, u64)>, SoftDeleteError> {
        for (node, member) in self.members() {
            let alias = member.alias();
            let rows = || {
                self.rows(member, alias.clone()).add(member.is_of(
                    alias.clone(),
                    operation,
                    self.backend,
                ))
            };
            let mut free = rows();
            // Children of the operation are gone, and rows that came later keep their parent.
            let edges = self.graph.down(node).iter();
            for edge in edges.filter(|edge| edge.policy == Policy::Cascade) {
                free = free.add(self.has_children(edge, member.alias()).not());
            }
            let key = member.primary_key();
            let mut keys = Query::select();
            keys.columns(key.iter().map(|column| (alias.clone(), column.clone())))
                .from(member.table())
                .cond_where(free)
                .and_where(member.lift())
                .limit(limit);
            let found = match self.backend {
                // A subquery of a DELETE cannot read its table there, nor have a LIMIT.
                DbBackend::MySql => {
                    let rows = db.query_all(&FollowUp(keys)).await?;
                    let keys = rows.iter().map(|row| member.read_key(row));
                    let keys = keys.collect::<Result<Vec<_>, _>>()?.into_iter();
                    let keys: Vec<Expr> = keys
                        .map(|key| Expr::tuple(key.into_iter().map(Expr::val)))
                        .collect();
                    if keys.is_empty() {
                        continue;
                    }
                    tuple(&alias, &key).is_in(keys)
                }
                _ => tuple(&alias, &key).in_subquery(keys),
            };
            let count = self.delete(node, rows().add(found).into(), db).await?;
            if count > 0 {
                return Ok(Some((member.name(), count)));
            }
        }
        Ok(None)
    }

    /// The condition that some row belongs to the row under this alias.
    fn has_children(&self, edge: &Edge, parent: DynIden) -> Expr {
        let alias: DynIden = CHILD.into_iden();
        let children = Query::select()
            .expr(Expr::Constant(1.into()))
            .from_as(self.graph.member(edge.child).table(), alias.clone())
            .cond_where(points_at(edge, parent, alias))
            .and_where_option(self.graph.soft(edge.child).map(SoftMember::lift))
            .to_owned();
        Expr::exists(children)
    }

    /// The entities whose rows must be removed leaf by leaf together with this entity's, because their
    /// foreign keys form a circle. For a tree in one table, this concerns MySQL and MariaDB alone: they check
    /// a foreign key row by row, and the other databases at the end of the statement.
    fn circle_of(&self, node: NodeId) -> Vec<NodeId> {
        let is_around = |other: &NodeId| {
            *other != node && self.graph.reaches(node, *other) && self.graph.reaches(*other, node)
        };
        let is_tree = self.graph.reaches_itself(node) && self.backend == DbBackend::MySql;
        let nodes = self.nodes.iter().copied();
        let circle: Vec<NodeId> = nodes
            .filter(|other| is_around(other) || *other == node)
            .collect();
        match circle.len() > 1 || is_tree {
            true => circle,
            false => Vec::new(),
        }
    }

    /// Removes the rows without children until there are none left.
    async fn remove_leaves<C: ConnectionTrait>(
        &self,
        circle: &[NodeId],
        db: &C,
    ) -> Result<Vec<(String, u64)>, SoftDeleteError> {
        let mut removed = Vec::new();
        loop {
            let mut is_settled = true;
            for node in circle {
                let leaves = self.leaves(*node, circle, db).await?;
                if !leaves.is_empty() {
                    is_settled = false;
                    let count = self.delete_rows(*node, Some(leaves), db).await?;
                    removed.push((self.graph.member(*node).name(), count));
                }
            }
            if is_settled {
                break;
            }
        }
        // Rows that belong to one another in a circle have no leaves. The database refuses to remove them if a
        // foreign key forbids it.
        for node in circle {
            let count = self.delete_rows(*node, None, db).await?;
            removed.push((self.graph.member(*node).name(), count));
        }
        Ok(removed)
    }

    /// The keys of the rows to remove to which no row of the circle belongs.
    async fn leaves<C: ConnectionTrait>(
        &self,
        node: NodeId,
        circle: &[NodeId],
        db: &C,
    ) -> Result<Vec<ValueTuple>, SoftDeleteError> {
        let Some(member) = self.graph.soft(node) else {
            return Ok(Vec::new());
        };
        let key = member.primary_key().into_iter();
        let mut leaves = Query::select();
        leaves
            .columns(key.map(|column| (member.alias(), column)))
            .from(member.table())
            .cond_where(self.rows(member, member.alias()))
            .and_where(member.lift());
        let edges = self.graph.down(node).iter();
        for edge in edges.filter(|edge| circle.contains(&edge.child)) {
            leaves.and_where(self.has_children(edge, member.alias()).not());
        }
        let rows = db.query_all(&FollowUp(leaves)).await?;
        let keys = rows.iter().map(|row| Ok(member.read_key(row)?));
        keys.collect()
    }

    /// Deletes the rows to remove of this entity: all of them, or those with these keys.
    async fn delete_rows<C: ConnectionTrait>(
        &self,
        node: NodeId,
        keys: Option<Vec<ValueTuple>>,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let Some(member) = self.graph.soft(node) else {
            return Ok(0);
        };
        let Some(keys) = keys.or_else(|| self.locked_keys(node)) else {
            let rows = self.rows(member, member.alias());
            return self.delete(node, rows.into(), db).await;
        };
        let mut removed = 0;
        for keys in keys.chunks(KEYS_AT_ONCE) {
            let keys = keys.iter().cloned();
            let keys = keys.map(|key| Expr::tuple(key.into_iter().map(Expr::val)));
            let is_among = tuple(&member.alias(), &member.primary_key()).is_in(keys);
            let rows = self.rows(member, member.alias()).add(is_among);
            removed += self.delete(node, rows.into(), db).await?;
        }
        Ok(removed)
    }

    /// The keys of the locked rows of this entity that are to be removed, where rows are deleted by key.
    fn locked_keys(&self, node: NodeId) -> Option<Vec<ValueTuple>> {
        let is_removed = |id: OperationId| self.ids.iter().any(|whole| id.is_part_of(*whole));
        let of_node = self.locked.iter().filter(|(of, ..)| *of == node);
        let keys = of_node.filter(|(_, id, _)| is_removed(*id));
        (!self.locked.is_empty()).then(|| keys.map(|(.., key)| key.clone()).collect())
    }

    async fn delete<C: ConnectionTrait>(
        &self,
        node: NodeId,
        rows: Expr,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let member = self.graph.member(node);
        let lift = self.graph.soft(node).map(SoftMember::lift_force_delete);
        let delete = Query::delete()
            .from_table(member.table())
            .and_where(rows)
            .and_where_option(lift)
            .to_owned();
        let done = db.execute(&FollowUp(delete)).await;
        let done = done.map_err(|error| unique_violation::of_removal(error, member.name()))?;
        Ok(done.rows_affected())
    }

    /// The condition that a row of the entity, under this alias, is to be removed.
    fn rows(&self, member: &dyn SoftMember, alias: DynIden) -> Condition {
        Condition::all()
            .add(member.is_of_any(alias.clone(), &self.ids, self.backend))
            .add(member.is_trashed(alias.clone()))
            .add_option(member.is_until(alias, self.until, self.backend))
    }

    fn members(&self) -> impl Iterator<Item = (NodeId, &'static dyn SoftMember)> {
        let members = self.nodes.iter();
        members.filter_map(|node| Some((*node, self.graph.soft(*node)?)))
    }
}

/// The entities in an order in which foreign keys allow removing their rows, for relations of every policy.
fn children_first(graph: &Graph, mut rest: Vec<NodeId>) -> Vec<NodeId> {
    let mut order = Vec::new();
    while let Some(last) = rest.len().checked_sub(1) {
        let leads_to = |from: NodeId, to: NodeId| {
            graph.down(from).iter().any(|edge| edge.child == to) && !graph.reaches(to, from)
        };
        let is_last = |node: &NodeId| {
            !rest
                .iter()
                .any(|other| other != node && leads_to(*node, *other))
        };
        let at = rest.iter().rposition(is_last).unwrap_or(last);
        order.push(rest.remove(at));
    }
    order
}
