//! Records what verbs did in the log of deletions.

use sea_orm::sea_query::{Expr, Order, Query};
use sea_orm::{ActiveValue, Condition, ConnectionTrait, EntityTrait, QueryTrait, Set, Value};

use crate::deletion_log::{self, Verb};
use crate::error::SoftDeleteError;
use crate::family::as_of_now::as_of_now;
use crate::family::follow_up::FollowUp;
use crate::family::graph::{Graph, NodeId};
use crate::family::member::SoftMember;
use crate::family::operations::Operation;
use crate::family::operations::roots::is_root;
use crate::family::plan::Family;
use crate::family::row_set::RowSets;
use crate::operation::attribution::Attribution;
use crate::operation::clock::Clock;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::value_text;

/// How many rows of the log one statement inserts.
const AT_ONCE: usize = 500;

/// What was done to rows of one entity that belonged to one operation.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    pub(crate) node: NodeId,
    pub(crate) operation: Option<OperationId>,
    pub(crate) count: u64,
    pub(crate) root_key: Option<String>,
}

/// The deeds of one call.
#[derive(Debug)]
pub(crate) struct Deeds {
    verb: Verb,
    at: Timestamp,
    attribution: Attribution,
    graph: &'static Graph,
    all: Vec<Deed>,
}

impl Deeds {
    pub(crate) fn new(verb: Verb, graph: &'static Graph) -> Self {
        Self {
            verb,
            at: Clock::current().now(),
            attribution: Attribution::current(),
            graph,
            all: Vec::new(),
        }
    }

    /// A delete, with the instant, who and why of its rows.
    pub(crate) fn of_delete(
        operation: OperationId,
        attribution: &Attribution,
        graph: &'static Graph,
    ) -> Self {
        Self {
            verb: Verb::Delete,
            at: operation.instant(),
            attribution: attribution.clone(),
            graph,
            all: Vec::new(),
        }
    }

    /// Adds a deed, if its entity is logged.
    pub(crate) fn add(&mut self, deed: Deed) {
        if deed.count == 0 || !Graph::registered().is_logged(deed.node) {
            return;
        }
        let is_same = |it: &&mut Deed| it.node == deed.node && it.operation == deed.operation;
        match self.all.iter_mut().rev().take(64).find(is_same) {
            Some(known) => {
                known.count += deed.count;
                known.root_key = known.root_key.take().or(deed.root_key);
            }
            None => self.all.push(deed),
        }
    }

    /// Adds what was done to the rows of one operation, by entity.
    pub(crate) fn extend(&mut self, operation: Option<OperationId>, counts: &[(NodeId, u64)]) {
        for (node, count) in counts {
            self.add(Deed {
                node: *node,
                operation,
                count: *count,
                root_key: None,
            });
        }
    }

    /// What a run did with these operations.
    pub(crate) fn of_run<'a>(verb: Verb, operations: impl Iterator<Item = &'a Operation>) -> Self {
        let graph = Graph::registered();
        let mut deeds = Self::new(verb, graph);
        for operation in operations {
            for member in operation.members() {
                if let Some((node, _)) = graph.soft_of_name(&member.entity) {
                    deeds.extend(Some(operation.id()), &[(node, member.count)]);
                }
            }
        }
        deeds
    }

    /// The same of some rows of one operation.
    pub(crate) fn of_slice(verb: Verb, operation: OperationId, entity: &str, count: u64) -> Self {
        let graph = Graph::registered();
        let mut deeds = Self::new(verb, graph);
        if let Some((node, _)) = graph.soft_of_name(entity) {
            deeds.extend(Some(operation), &[(node, count)]);
        }
        deeds
    }

    /// Writes the deeds.
    pub(crate) async fn write<C: ConnectionTrait>(self, db: &C) -> Result<(), SoftDeleteError> {
        let at = self.at.to_string();
        let who = self.attribution.who().map(value_text::text_of);
        let reason = self.attribution.why().map(str::to_owned);
        for deeds in self.all.chunks(AT_ONCE) {
            let rows = deeds.iter().map(|deed| deletion_log::ActiveModel {
                id: ActiveValue::NotSet,
                at: Set(at.clone()),
                operation: Set(deed.operation.map(|id| id.to_string())),
                verb: Set(self.verb),
                entity: Set(self.graph.member(deed.node).name()),
                count: Set(i64::try_from(deed.count).unwrap_or(i64::MAX)),
                root_key: Set(deed.root_key.clone()),
                who: Set(who.clone()),
                reason: Set(reason.clone()),
                is_taken: Set(false),
            });
            let insert = deletion_log::Entity::insert_many(rows).into_query();
            if let Err(source) = db.execute(&FollowUp(insert)).await {
                return Err(SoftDeleteError::NotRecorded {
                    entity: deeds
                        .first()
                        .map_or_else(String::new, |deed| self.graph.member(deed.node).name()),
                    source: Box::new(source),
                });
            }
        }
        Ok(())
    }
}

/// The rows of the root in which the operation began: how many, and the key of the first one. `None` if the root
/// is not logged.
pub(crate) async fn roots<C: ConnectionTrait>(
    family: &Family,
    operation: OperationId,
    db: &C,
) -> Result<Option<Deed>, SoftDeleteError> {
    let node = family.root;
    let root = family.graph.soft(node);
    let Some(root) = root.filter(|_| family.graph.is_logged(node)) else {
        return Ok(None);
    };
    let backend = db.get_database_backend();
    let began = is_root(node, root, operation, family.graph, backend);
    let first = root.roots(began, 1, backend);
    let Some(row) = db.query_one(&FollowUp(first)).await? else {
        return Ok(None);
    };
    Ok(root.read_root(&row)?.map(|found| Deed {
        node,
        operation: Some(operation),
        count: found.of,
        root_key: Some(key_text(found.root.key)),
    }))
}

/// What a force delete is about to remove of each operation, for the log.
pub(crate) struct Recorded {
    deeds: Deeds,
    /// The key of the first row of the root.
    root: Option<(NodeId, String)>,
}

impl Recorded {
    /// Reads what the sets hold, before it is removed.
    pub(crate) async fn before<C: ConnectionTrait>(
        family: &Family,
        rows: &Condition,
        sets: &RowSets<'_>,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        let graph = family.graph;
        let mut deeds = Deeds::new(Verb::ForceDelete, graph);
        for node in family.nodes().filter(|node| graph.is_logged(*node)) {
            let Some(member) = graph.soft(node) else {
                continue;
            };
            let mut select = member.count_by_operation(Expr::val(1));
            select
                .and_where(member.is_trashed(member.alias()))
                .and_where(sets.contains(node))
                .with_cte(sets.clause([node]));
            as_of_now(&mut select, db.get_database_backend());
            for row in db.query_all(&FollowUp(select)).await? {
                if let Some((operation, count)) = member.read_count(&row)? {
                    deeds.extend(Some(operation), &[(node, count)]);
                }
            }
        }
        let root = graph.soft(family.root);
        let root = match root.filter(|_| graph.is_logged(family.root)) {
            Some(root) => first_key(root, rows, db).await?,
            None => None,
        };
        Ok(Self {
            deeds,
            root: root.map(|key| (family.root, key)),
        })
    }

    /// Writes what was removed. Fails if the rows have changed since: the transaction has to be repeated.
    pub(crate) async fn write<C: ConnectionTrait>(
        mut self,
        removed: &[(NodeId, u64)],
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        // In the order of the removal: the order of the nodes depends on how the program is linked.
        let mut nodes: Vec<NodeId> = Vec::new();
        for (node, _) in removed {
            if !nodes.contains(node) {
                nodes.push(*node);
            }
        }
        for node in nodes {
            let of_node = removed.iter().filter(|(of, _)| *of == node);
            let removed: u64 = of_node.map(|(_, count)| count).sum();
            let known = self.deeds.all.iter().filter(|deed| deed.node == node);
            let known: u64 = known.map(|deed| deed.count).sum();
            let Some(of_none) = removed.checked_sub(known) else {
                return Err(SoftDeleteError::Contended {
                    entity: self.deeds.graph.member(node).name(),
                    by: "the operations of its rows".into(),
                });
            };
            self.deeds.extend(None, &[(node, of_none)]);
        }
        if let Some((root, key)) = self.root {
            let mut deeds = self.deeds.all.iter_mut();
            if let Some(deed) = deeds.find(|deed| deed.node == root) {
                deed.root_key = Some(key);
            }
        }
        self.deeds.write(db).await
    }
}

/// The key of the first of these rows.
async fn first_key<C: ConnectionTrait>(
    member: &dyn SoftMember,
    rows: &Condition,
    db: &C,
) -> Result<Option<String>, SoftDeleteError> {
    let key = member.primary_key();
    let mut first = Query::select();
    first
        .columns(key.iter().map(|column| (member.alias(), column.clone())))
        .from(member.table())
        .cond_where(rows.clone())
        .and_where(member.lift())
        .limit(1);
    for column in key {
        first.order_by((member.alias(), column), Order::Asc);
    }
    match db.query_one(&FollowUp(first)).await? {
        Some(row) => Ok(Some(key_text(member.read_key(&row)?))),
        None => Ok(None),
    }
}

/// The values of a key as text, separated by commas.
pub(crate) fn key_text(key: impl IntoIterator<Item = Value>) -> String {
    let key: Vec<String> = key
        .into_iter()
        .map(|value| value_text::text_of(&value))
        .collect();
    key.join(",")
}
