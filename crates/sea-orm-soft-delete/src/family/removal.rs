//! Physical removal of whole operations: the rows that deletes trashed, and no others.
//!
//! Each statement repeats what makes a row removable: its operation, that it is trashed, and its age. So a
//! row that was restored meanwhile stays.

mod obstacles;
mod slices;

use std::collections::HashSet;

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, JoinType, Query, ValueTuple};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::deletion_log::Verb;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::archived::{self, Archiving};
use crate::family::backup;
use crate::family::counts::{self, Change, Moving};
use crate::family::due::Due;
use crate::family::follow_up::{DeleteJoined, FollowUp};
use crate::family::graph::{Edge, Graph, NodeId};
use crate::family::lock_rows::write_first_to;
use crate::family::member::SoftMember;
use crate::family::operations::Operation;
use crate::family::operations::group::IdRange;
use crate::family::row_set::{PARENT, belongs_to, points_at, tuple};
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::query::unique_violation;

pub(crate) use self::obstacles::UndeclaredKey;

/// Operations to remove together, and the entities that have rows of them.
pub(crate) struct Removal {
    graph: &'static Graph,
    /// Children before parents.
    nodes: Vec<NodeId>,
    ids: Vec<OperationId>,
    /// All operations that are known to have rows among theirs.
    known: Vec<OperationId>,
    /// The same operations as a range of ids, if they form one.
    range: Option<IdRange>,
    /// Only rows that were trashed until then are removed, unless they record a `purge_at`.
    until: Timestamp,
    /// Rows that record a `purge_at` are removed if it has passed. `None` if it does not count.
    now: Option<Timestamp>,
    backend: DbBackend,
    /// On MySQL and MariaDB, the rows that are locked. A DELETE that finds its rows without an index waits for
    /// every row that others have locked, so rows are deleted by their keys there.
    locked: Vec<(NodeId, OperationId, ValueTuple)>,
    /// The archived entities that have rows of the operations in their archives.
    archives: Vec<(NodeId, &'static dyn SoftMember)>,
    /// Whether the rows are moved to archives.
    archiving: Option<Archiving>,
}

/// Rows of one entity that record the same operation, and that the transaction has locked.
pub(crate) struct Locked {
    pub(crate) id: OperationId,
    pub(crate) entity: String,
    pub(crate) count: u64,
}

/// The alias of a child's table.
const CHILD: &str = "soft_delete_child";

/// How long a DELETE of PostgreSQL waits for a row that others have locked, if the rows were not locked before. A
/// verb that deletes or restores one row takes less.
const WAIT: &str = "50ms";

/// How many rows one statement deletes by their keys.
const KEYS_AT_ONCE: usize = 1_000;

impl Removal {
    pub(crate) fn of(
        operations: &[&Operation],
        due: &Due,
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
        let until = operations.iter().filter_map(|it| it.last_due(due));
        Ok(Self {
            graph,
            nodes,
            ids: operations.iter().map(|operation| operation.id()).collect(),
            known: Vec::new(),
            range: None,
            until: until.max().unwrap_or(Timestamp::MIN),
            now: due.passed(),
            backend,
            locked: Vec::new(),
            archives: archives_of(graph, operations),
            archiving: None,
        })
    }

    /// The same, but the rows are moved to the archives of their tables.
    pub(crate) fn into_archive(mut self, archiving: Option<&Archiving>) -> Self {
        self.archiving = archiving.cloned();
        self
    }

    pub(crate) fn archives(&self) -> bool {
        self.archiving.is_some()
    }

    /// What happens to the rows, for the log.
    pub(crate) fn verb(&self) -> Verb {
        match self.archiving {
            Some(_) => Verb::Archive,
            None => Verb::Purge,
        }
    }

    /// The same for fewer operations.
    pub(crate) fn only(&self, is_kept: impl Fn(OperationId) -> bool) -> Self {
        let ids: Vec<OperationId> = self.ids.iter().copied().filter(|id| is_kept(*id)).collect();
        let range = self.range.as_ref();
        Self {
            nodes: self.nodes.clone(),
            range: range.and_then(|_| IdRange::of(&ids, &self.known)),
            known: self.known.clone(),
            ids,
            locked: self.locked.clone(),
            archives: self.archives.clone(),
            archiving: self.archiving.clone(),
            ..*self
        }
    }

    /// The same, for operations that are neighbours among these: a range of ids takes the place of their list, which
    /// the database reads faster. Rows of an unknown operation can be in the range, so the caller has to compare
    /// counts.
    pub(crate) fn among(mut self, known: &[OperationId]) -> Self {
        if self
            .all_members()
            .all(|(_, member)| member.has_operation_column())
        {
            self.range = IdRange::of(&self.ids, known);
            self.known = known.to_vec();
        }
        self
    }

    /// The same by a list of ids, which names no other operation.
    pub(crate) fn by_list(mut self) -> Self {
        self.range = None;
        self
    }

    /// Whether [`remove_at_once`](Self::remove_at_once) is safe: no row can come to belong to one of the rows
    /// meanwhile, no hold can keep one, and no parent counts them.
    pub(crate) fn can_be_at_once(&self) -> bool {
        let is_safe = |(node, member): (NodeId, &dyn SoftMember)| {
            self.graph.down(node).is_empty()
                && member.is_held(member.alias()).is_none()
                && self.graph.counters(node).is_empty()
        };
        let is_copied = self.archiving.is_some() && self.backend == DbBackend::MySql;
        let is_backed_up = self.archiving.is_none() && backup::is_on();
        let is_unread = !is_copied && !is_backed_up;
        self.range.is_some() && is_unread && self.members().all(is_safe)
    }

    /// Removes the rows in one statement for each entity. Rows that somebody has locked stay on MySQL and MariaDB, and
    /// PostgreSQL refuses if one stays locked for a while. The caller has to compare counts.
    pub(crate) async fn remove_at_once<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<(String, u64)>, SoftDeleteError> {
        let waits = self.lock_timeout(db).await?;
        if waits.is_some() {
            self.set_lock_timeout(WAIT, db).await?;
        }
        let mut removed = Vec::new();
        for (node, member) in self.all_members() {
            let count = match self.backend {
                _ if member.is_in_archive() => self.delete_archived(member, db).await?,
                DbBackend::MySql => self.delete_free(member, db).await?,
                _ => {
                    let rows = self.rows(member, member.alias());
                    self.delete(node, rows.into(), db).await?
                }
            };
            removed.push((member.name(), count));
        }
        if let Some(waits) = waits {
            self.set_lock_timeout(&waits, db).await?;
        }
        Ok(removed)
    }

    /// Deletes the rows that nobody has locked, on MySQL and MariaDB. The join reads the rows by their keys, so that
    /// it waits for no other row.
    async fn delete_free<C: ConnectionTrait>(
        &self,
        member: &dyn SoftMember,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let found: DynIden = "soft_delete_found".into_iden();
        let key = member.primary_key();
        let on = tuple(&member.alias(), &key).eq(tuple(&found, &key));
        let rows = Query::select()
            .expr(Expr::Constant(1.into()))
            .from_subquery(member.lock_keys(self.rows(member, member.alias())), found)
            .join(JoinType::StraightJoin, member.table(), on)
            .and_where(member.may_be_removed())
            .to_owned();
        let delete = DeleteJoined {
            rows,
            from: member.alias(),
        };
        let done = db.execute(&FollowUp(delete)).await;
        let done = done.map_err(|error| unique_violation::of_removal(error, member.name()))?;
        Ok(done.rows_affected())
    }

    /// The time for which a statement of PostgreSQL waits for a row that others have locked. `None` on other
    /// databases.
    async fn lock_timeout<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Option<String>, SoftDeleteError> {
        if self.backend != DbBackend::Postgres {
            return Ok(None);
        }
        let setting = Expr::cust("current_setting('lock_timeout')");
        let select = Query::select().expr_as(setting, "waits").to_owned();
        let row = db.query_one(&FollowUp(select)).await?;
        Ok(row.map(|row| row.try_get("", "waits")).transpose()?)
    }

    /// Sets that time until the end of the transaction.
    async fn set_lock_timeout<C: ConnectionTrait>(
        &self,
        time: &str,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let set = Expr::cust_with_values("set_config('lock_timeout', $1, true)", [time]);
        let select = Query::select().expr(set).to_owned();
        db.query_one(&FollowUp(select)).await?;
        Ok(())
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
        self.locked.clear();
        let mut locked = Vec::new();
        let members: Vec<_> = self.all_members().collect();
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

    /// Removes the rows, children before parents. Returns how many rows of each entity it removed.
    pub(crate) async fn remove<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<(String, u64)>, SoftDeleteError> {
        let mut removed = Vec::new();
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
        for (_, archive) in &self.archives {
            let count = self.delete_archived(*archive, db).await?;
            removed.push((archive.name(), count));
        }
        Ok(removed)
    }

    /// Removes the rows of these operations from an archive.
    async fn delete_archived<C: ConnectionTrait>(
        &self,
        archive: &dyn SoftMember,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        archived::remove(archive, self.rows(archive, archive.alias()), db).await
    }

    /// Removes the rows of entities with the policy `destroy` that belong to the rows.
    pub(crate) async fn remove_destroyed<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<(String, u64)>, SoftDeleteError> {
        let mut removed = Vec::new();
        if self.archives() {
            return Ok(removed); // Such rows forbid it.
        }
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
        let ids: HashSet<OperationId> = self.ids.iter().copied().collect();
        // Thousands of ids and of rows: only an id that is an instant has to be compared with each other.
        let has_instants = ids.iter().any(|id| id.uuid().is_none());
        let is_removed = |id: OperationId| {
            let is_compared = has_instants || id.uuid().is_none();
            let mut all = ids.iter();
            ids.contains(&id) || (is_compared && all.any(|whole| id.is_part_of(*whole)))
        };
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
        let soft = self.graph.soft(node);
        let lift = soft.map(SoftMember::may_be_removed);
        let moving = match soft {
            Some(soft) => {
                let counted = counts::free_rows_of(soft, Condition::all().add(rows.clone()));
                let counters = self.graph.counters(node);
                Some(Moving::begin(counters, soft, counted, Change::LeaveTrash, db).await?)
            }
            None => None,
        };
        let rows = Condition::all().add(rows);
        let count = match (&self.archiving, soft) {
            (Some(archiving), Some(soft)) => Box::pin(archiving.take(soft, rows, db)).await?,
            _ => {
                let all = || (rows.clone(), None);
                let written = backup::write(member, soft, None, all, db).await?;
                let delete = Query::delete()
                    .from_table(member.table())
                    .cond_where(rows.clone())
                    .and_where_option(lift)
                    .to_owned();
                let done = db.execute(&FollowUp(delete)).await;
                let done =
                    done.map_err(|error| unique_violation::of_removal(error, member.name()))?;
                written.covers(done.rows_affected(), member)?;
                done.rows_affected()
            }
        };
        moving.map_or(Ok(()), |moving| moving.end(count))?;
        Ok(count)
    }

    /// The condition that a row of the entity, under this alias, is to be removed.
    fn rows(&self, member: &dyn SoftMember, alias: DynIden) -> Condition {
        let range = self.range.as_ref();
        let is_between = range.and_then(|it| member.is_between(alias.clone(), it, self.backend));
        let is_of = match is_between {
            Some(is_between) => Condition::all().add(is_between),
            None => member.is_of_any(alias.clone(), &self.ids, self.backend),
        };
        is_of
            .add(member.is_trashed(alias.clone()))
            .add_option(member.is_due(alias, self.until, self.now, self.backend))
    }

    /// Whether several statements read the rows of the entity before they are removed, so that the rows have to be
    /// named by their keys.
    fn reads_rows_twice(&self, node: NodeId) -> bool {
        self.archiving.is_some() || !self.graph.counters(node).is_empty()
    }

    fn members(&self) -> impl Iterator<Item = (NodeId, &'static dyn SoftMember)> {
        let members = self.nodes.iter();
        members.filter_map(|node| Some((*node, self.graph.soft(*node)?)))
    }

    /// The entities, and those in archives.
    fn all_members(&self) -> impl Iterator<Item = (NodeId, &'static dyn SoftMember)> {
        self.members().chain(self.archives.iter().copied())
    }
}

/// The archives that have rows of these operations.
fn archives_of(
    graph: &'static Graph,
    operations: &[&Operation],
) -> Vec<(NodeId, &'static dyn SoftMember)> {
    let members = operations.iter().flat_map(|operation| operation.members());
    let archived = members.filter(|member| member.archived > 0);
    let names: HashSet<&str> = archived.map(|member| member.entity.as_str()).collect();
    let archives = graph.soft_nodes().filter_map(|(node, member)| {
        let archive = graph.archive(node)?;
        names
            .contains(member.name().as_str())
            .then_some((node, archive))
    });
    archives.collect()
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
