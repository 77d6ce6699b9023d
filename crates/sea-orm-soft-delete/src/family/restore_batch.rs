//! The rows that a restore brings back, of one operation or of several.

use std::sync::Arc;

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, Query};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::deletion_log::Verb;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::ancestors::{
    self, Above, lock_parents, orphan, orphaned, parent_gone, parent_of, parent_trashed,
};
use crate::family::clash;
use crate::family::counts::{self, Change, Moving};
use crate::family::follow_up::{count_rows, first_with_rows};
use crate::family::graph::{Edge, Graph, NodeId};
use crate::family::member::SoftMember;
use crate::family::plan::{Component, Family};
use crate::family::preview::tree;
use crate::family::record::Deeds;
use crate::family::trashed_rows::{
    Ancestors, bring_back, by_operation, is_among, move_apart, move_rows, operations_of,
};
use crate::operation::id::{NewOperation, OperationId};
use crate::report::{AffectedRows, Preview, PreviewVerb};

/// Rows to restore together, all or none.
///
/// All of them carry one operation: rows of other operations are moved into it, so that the parent check sees the
/// whole restored set.
pub(crate) struct RestoreBatch {
    graph: &'static Graph,
    operation: OperationId,
    /// The entities whose rows of the operation are restored.
    nodes: Vec<NodeId>,
    /// The entities restored by request; the others are restored because they cascade from these.
    roots: Vec<NodeId>,
    /// Rows of entities without operations.
    unidentified: Vec<(NodeId, Condition)>,
    is_empty: bool,
    /// What is restored of each operation, for the log.
    deeds: Deeds,
    /// The operation whose rows are all restored, if they are no batch of several.
    original: Option<OperationId>,
    /// Whether some rows may belong to none of the others, because they were moved in the trash.
    may_have_moved: bool,
    /// The ancestors that were added, and the rows that were trashed with them.
    ancestors: Vec<AffectedRows>,
}

pub(super) type Counts = Vec<(NodeId, u64)>;

impl RestoreBatch {
    pub(crate) fn nothing(graph: &'static Graph) -> Self {
        Self {
            graph,
            operation: OperationId::Uuid(NewOperation::id_of_its_own()),
            nodes: Vec::new(),
            roots: Vec::new(),
            unidentified: Vec::new(),
            is_empty: true,
            deeds: Deeds::new(Verb::Restore, graph),
            original: None,
            may_have_moved: false,
            ancestors: Vec::new(),
        }
    }

    /// Every row of the family that this operation trashed.
    pub(crate) fn all_of(family: &Family, operation: OperationId) -> Self {
        let mut back = Self::nothing(family.graph);
        back.operation = operation;
        back.original = Some(operation);
        back.is_empty = false;
        back.include(family);
        back
    }

    /// The same, for rows that were moved out of this operation.
    pub(crate) fn moved_out_of(mut self, original: OperationId) -> Self {
        self.original = Some(original);
        self
    }

    /// The same, for an operation whose rows may have been moved in the trash.
    pub(crate) fn with_moved_rows(mut self) -> Self {
        self.may_have_moved = true;
        self
    }

    /// Adds every row of the family that this operation trashed, including rows that were moved to another
    /// parent since. Returns how many rows of each entity.
    pub(crate) async fn add_all_of<C: ConnectionTrait>(
        &mut self,
        family: &Family,
        operation: OperationId,
        db: &C,
    ) -> Result<Counts, SoftDeleteError> {
        self.include(family);
        self.is_empty = false;
        self.may_have_moved = true;
        let counts = self.absorb(family, operation, db).await?;
        self.deeds.extend(Some(operation), &counts);
        Ok(counts)
    }

    /// How often rows without an operation were added.
    pub(crate) fn unidentified(&self) -> usize {
        self.unidentified.len()
    }

    /// Adds rows of the family's root, operation by operation, and the rows that were trashed with them. Returns
    /// how many of each entity.
    pub(crate) async fn add<C: ConnectionTrait>(
        &mut self,
        family: &Family,
        of_operations: Vec<(Option<OperationId>, Condition)>,
        db: &C,
    ) -> Result<Counts, SoftDeleteError> {
        let mut counts = Counts::new();
        self.include(family);
        let root = family.graph.soft(family.root);
        let is_told = root.is_some_and(|root| root.tells_apart(self.operation));
        for (operation, rows) in of_operations {
            match operation {
                // A child was trashed with its parent only if both have the same operation: a child of a row of
                // another operation that is here already was not.
                Some(operation) if !self.is_empty => {
                    let apart = OperationId::Uuid(NewOperation::id_of_its_own());
                    let moved = move_apart(family, &rows, operation, apart, db).await?;
                    self.deeds.extend(Some(operation), &moved);
                    counts.extend(moved);
                    self.absorb(family, apart, db).await?;
                }
                Some(operation) => {
                    self.is_empty = false;
                    let to = self.operation;
                    let moved = move_apart(family, &rows, operation, to, db).await?;
                    self.deeds.extend(Some(operation), &moved);
                    counts.extend(moved);
                }
                None if is_told => {
                    self.is_empty = false;
                    let moved = move_rows(family, family.root, rows, self.operation, db).await?;
                    self.deeds.extend(None, &[(family.root, moved)]);
                    counts.push((family.root, moved));
                }
                None => self.unidentified.push((family.root, rows)),
            }
        }
        Ok(counts)
    }

    /// What [`make_live`](Self::make_live) with ancestors would do: a preview for each of these families, to which the
    /// rows that were added belong, with their numbers. The first one has the ancestors, and what forbids the restore.
    ///
    /// The ancestors move into the operation of the batch, so the transaction has to make the rows live, or to be rolled
    /// back.
    pub(crate) async fn preview<C: ConnectionTrait>(
        &mut self,
        added: &[(&Family, Counts)],
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError> {
        let backend = db.get_database_backend();
        let requested = self.unidentified.len();
        match self.resolve_parents(Ancestors::Restore, db).await {
            // The preview counts such rows.
            Ok(()) | Err(SoftDeleteError::ParentGone { .. }) => {}
            Err(error) => return Err(error),
        }
        let mut ancestors = self.ancestors.clone();
        let mut alone = Counts::new();
        for (index, (node, rows)) in self.unidentified.iter().enumerate() {
            let count = self.count(*node, rows, db).await?;
            match index < requested {
                true => alone.push((*node, count)),
                false => {
                    let above = Family::of(self.graph, *node)?;
                    AffectedRows::add_tree(&mut ancestors, all_of_tree(&above, &[(*node, count)]));
                }
            }
        }
        let all = self.family();
        let is_restored = |node, alias| self.is_restored(node, alias, backend);
        let mut clashes = clash::find(&all, &is_restored, db).await?;
        let mut gone = ancestors::gone(&all, &is_restored, db).await?;
        let previews = added.iter().map(|(family, counts)| {
            let counts = [counts.as_slice(), alone.as_slice()].concat();
            Preview {
                verb: PreviewVerb::Restore,
                affects: all_of_tree(family, &counts),
                ancestors: std::mem::take(&mut ancestors),
                forbids: Vec::new(),
                clashes: std::mem::take(&mut clashes),
                orphans: Vec::new(),
                gone: std::mem::take(&mut gone),
                held: Vec::new(),
                on_hold: Vec::new(),
            }
        });
        Ok(previews.collect())
    }

    /// How many of these rows are in the trash.
    async fn count<C: ConnectionTrait>(
        &self,
        node: NodeId,
        rows: &Condition,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let Some(member) = self.graph.soft(node) else {
            return Ok(0);
        };
        let mut counted = Query::select();
        counted
            .from(member.table())
            .cond_where(rows.clone())
            .and_where(member.is_trashed(member.alias()))
            .and_where(member.lift());
        Ok(count_rows(counted, db).await?)
    }

    /// Makes the rows live, unless a parent or a unique value forbids it. Returns how many of each entity, rows
    /// without an operation first.
    pub(crate) async fn make_live<C: ConnectionTrait>(
        mut self,
        ancestors: Ancestors,
        db: &C,
    ) -> Result<Counts, SoftDeleteError> {
        let backend = db.get_database_backend();
        self.resolve_parents(ancestors, db).await?;
        let is_restored = |node, alias| self.is_restored(node, alias, backend);
        clash::refuse(&self.family(), &is_restored, db).await?;
        let (mut counts, mut told) = (Counts::new(), Counts::new());
        for node in self.parents_first() {
            let Some(member) = self.graph.soft(node) else {
                continue;
            };
            for (_, rows) in self.unidentified.iter().filter(|(of, _)| *of == node) {
                let restored = self
                    .bring_back(node, member, rows.clone(), true, db)
                    .await?;
                counts.push((node, restored));
            }
            if let Some(rows) = self.of_operation(node, backend) {
                let is_root = self.roots.contains(&node);
                let restored = self.bring_back(node, member, rows, is_root, db).await?;
                told.push((node, restored));
            }
        }
        if self.original.is_some() {
            self.deeds.extend(self.original, &told);
        }
        self.deeds.write(db).await?;
        counts.extend(told);
        Ok(counts)
    }

    /// Makes the rows of one entity live, and counts them. Returns how many.
    async fn bring_back<C: ConnectionTrait>(
        &self,
        node: NodeId,
        member: &dyn SoftMember,
        rows: Condition,
        is_root: bool,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let counters = self.graph.counters(node);
        let trashed = Condition::all()
            .add(rows.clone())
            .add(member.is_trashed(member.alias()));
        let counted = counts::rows_of(member, trashed);
        let moving = Moving::begin(counters, member, counted, Change::Restore, db).await?;
        let restored = bring_back(member, rows, is_root, db).await?;
        moving.end(restored)?;
        Ok(restored)
    }

    /// The entities, parents first, so that no row is live before its parent; entities in a cycle in any order.
    fn parents_first(&self) -> Vec<NodeId> {
        let restricts = |node: &NodeId| {
            let mut up = self.graph.up(*node).iter();
            up.any(|edge| edge.policy == Policy::Restrict)
        };
        // The entities of one family are in the order of the cascades already.
        if self.roots.len() <= 1 && !self.nodes.iter().any(restricts) {
            return self.nodes.clone();
        }
        let mut left = self.nodes.clone();
        let mut ordered = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let is_above =
                |a: NodeId, b| self.graph.lives_above(a, b) && !self.graph.lives_above(b, a);
            let is_first = |node: &NodeId| !left.iter().any(|other| is_above(*other, *node));
            let first = left.iter().position(is_first).unwrap_or_default();
            ordered.push(left.remove(first));
        }
        ordered
    }

    /// Refuses a row whose parent stays trashed, or adds the parent.
    ///
    /// An entity with one parent entity, whose rows nobody asked for, needs no check: its rows were found through
    /// their parents, which are restored too. Rows found by their operation alone may have been moved to another
    /// parent in the trash, so they are checked.
    async fn resolve_parents<C: ConnectionTrait>(
        &mut self,
        ancestors: Ancestors,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        loop {
            let edges = self.edges_to_check();
            for edge in &edges {
                self.lock_parents(edge, db).await?;
            }
            let Some(first) = self.first_with_orphans(&edges, db).await? else {
                return Ok(());
            };
            let mut is_settled = true;
            for edge in edges.into_iter().skip(first) {
                while self.add_parent(edge, ancestors, db).await? {
                    is_settled = false;
                }
            }
            if is_settled {
                return Ok(());
            }
            // The parents of the added rows are not locked yet.
        }
    }

    /// The relations to parents that may forbid the restore.
    fn edges_to_check(&self) -> Vec<&'static Arc<Edge>> {
        let mut edges = Vec::new();
        for node in &self.nodes {
            let up: Vec<_> = self.graph.lives_below(*node).collect();
            if self.roots.contains(node) || up.len() > 1 || self.may_have_moved {
                edges.extend(up);
            }
        }
        edges
    }

    /// The first of these relations by which a row to restore has no live parent, by its position.
    async fn first_with_orphans<C: ConnectionTrait>(
        &self,
        edges: &[&'static Arc<Edge>],
        db: &C,
    ) -> Result<Option<usize>, SoftDeleteError> {
        let backend = db.get_database_backend();
        let family = self.family();
        let selects = {
            let is_restored = |node, alias| self.is_restored(node, alias, backend);
            let rows = |edge: &&Arc<Edge>| orphaned(&family, edge, &is_restored, backend);
            edges.iter().filter_map(rows).collect::<Vec<_>>()
        };
        Ok(first_with_rows(selects, None, db).await?)
    }

    async fn lock_parents<C: ConnectionTrait>(
        &self,
        edge: &Edge,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let is_restored = |node, alias| self.is_restored(node, alias, backend);
        lock_parents(&self.family(), edge, &is_restored, db).await
    }

    /// Adds the trashed parent of a row. Returns whether there was one.
    async fn add_parent<C: ConnectionTrait>(
        &mut self,
        edge: &Edge,
        ancestors: Ancestors,
        db: &C,
    ) -> Result<bool, SoftDeleteError> {
        let backend = db.get_database_backend();
        let family = self.family();
        let found = {
            let is_restored = |node, alias| self.is_restored(node, alias, backend);
            orphan(&family, edge, &is_restored, db).await?
        };
        let (child, parent) = match found {
            None => return Ok(false),
            Some((child, Above::Trashed(parent))) => (child, parent),
            Some((child, Above::Gone(parent_key))) => {
                return Err(parent_gone(&family, edge, child, parent_key));
            }
        };
        if ancestors == Ancestors::Refuse {
            return Err(parent_trashed(&family, edge, child, parent));
        }
        let above = Family::of(self.graph, edge.parent)?;
        let rows = parent_of(&family, edge, &child);
        let operations = operations_of(&above, &rows, db).await?;
        let of_operations = by_operation(&above, &rows, operations, db).await?;
        let unidentified = self.unidentified.len();
        let added = self.add(&above, of_operations, db).await?;
        if added.iter().any(|(_, rows)| *rows > 0) {
            AffectedRows::add_tree(&mut self.ancestors, all_of_tree(&above, &added));
        }
        let is_added =
            self.unidentified.len() > unidentified || added.iter().any(|(_, rows)| *rows > 0);
        match is_added {
            true => Ok(true),
            false => Err(parent_trashed(&family, edge, child, parent)),
        }
    }

    /// Moves every row of the family that this operation trashed into the operation of the batch.
    async fn absorb<C: ConnectionTrait>(
        &self,
        family: &Family,
        operation: OperationId,
        db: &C,
    ) -> Result<Counts, SoftDeleteError> {
        let backend = db.get_database_backend();
        let mut counts = Counts::new();
        for node in family.nodes() {
            let Some(member) = family.graph.soft(node) else {
                continue;
            };
            if member.tells_apart(operation) && member.tells_apart(self.operation) {
                let rows = member.is_of(member.alias(), operation, backend).into();
                let moved = move_rows(family, node, rows, self.operation, db).await?;
                counts.push((node, moved));
            }
        }
        Ok(counts)
    }

    /// Adds the entities of a family.
    pub(crate) fn include(&mut self, family: &Family) {
        for node in family.nodes() {
            if !self.nodes.contains(&node) {
                self.nodes.push(node);
            }
        }
        if !self.roots.contains(&family.root) {
            self.roots.push(family.root);
        }
    }

    /// The entities, as one family.
    fn family(&self) -> Family {
        let components = self.nodes.iter().map(|node| Component {
            nodes: vec![*node],
            is_cyclic: false,
        });
        Family {
            graph: self.graph,
            root: self.roots.first().copied().unwrap_or_default(),
            components: components.collect(),
        }
    }

    /// The condition that a row of the entity, under this alias, is restored.
    fn is_restored(&self, node: NodeId, alias: DynIden, backend: DbBackend) -> Expr {
        let Some(member) = self.graph.soft(node) else {
            return Expr::Constant(false.into());
        };
        let is_told = self.nodes.contains(&node) && member.tells_apart(self.operation);
        let mut is_restored = match is_told {
            true => member.is_of(alias.clone(), self.operation, backend),
            false => Expr::Constant(false.into()),
        };
        for (_, rows) in self.unidentified.iter().filter(|(of, _)| *of == node) {
            is_restored = is_restored.or(is_among(member, alias.clone(), rows, backend));
        }
        is_restored
    }

    fn of_operation(&self, node: NodeId, backend: DbBackend) -> Option<Condition> {
        let member = self.graph.soft(node)?;
        let is_of = member.is_of(member.alias(), self.operation, backend);
        member
            .tells_apart(self.operation)
            .then(|| Condition::all().add(is_of))
    }
}

/// The counts as a tree that has every entity of the family.
fn all_of_tree(family: &Family, counts: &[(NodeId, u64)]) -> AffectedRows {
    let none = family.nodes().map(|node| (node, 0));
    let counts: Counts = none.chain(counts.iter().copied()).collect();
    tree(family, &counts, false)
}
