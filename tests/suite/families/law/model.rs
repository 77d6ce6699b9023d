//! The rows of a family in memory, and how each verb changes them.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm_soft_delete::Timestamp;

use super::purges::{instant, instant_by_hand};
use super::table::{Policy, Relation, Shape, Table};

/// The table and the key of a row.
pub(super) type RowId = (usize, Vec<i32>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) values: Vec<Option<i32>>,
    /// The operation that trashed the row; `None` if the row is live.
    pub(super) operation: Option<u32>,
}

/// All rows, live or trashed.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) shape: &'static Shape,
    pub(super) rows: BTreeMap<RowId, Row>,
    pub(super) operations: u32,
    /// The number of this step; the clock shows an hour more at each step.
    pub(super) step: i64,
    /// The steps of the operations. Handwritten UPDATEs write an instant of long ago.
    deleted_at: BTreeMap<u32, i64>,
    /// The operations that a purge has begun to remove, of which rows are left.
    pub(super) being_purged: BTreeSet<u32>,
    /// The operations that stand for rows which a handwritten UPDATE trashed.
    pub(super) by_hand: BTreeSet<u32>,
    /// Pairs of a child row that a handwritten statement put under a trashed row, and that trashed row.
    pub(super) put_under: BTreeSet<(RowId, RowId)>,
    /// Whether the tables are in a schema other than the default schema, where the verbs of entities look.
    pub(super) is_elsewhere: bool,
    /// Whether purges are among the verbs.
    pub(super) has_purges: bool,
}

/// Why a verb changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refusal {
    Restricted,
    ParentTrashed,
    ParentGone,
    Clash,
    ForeignKey,
    NotTrashed,
    BeingPurged,
    /// The verb is of an entity that declares none of the relations of its table.
    Undeclared,
}

/// Whether foreign keys of rows that stay count as obstacles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    None,
    All,
}

/// The number of rows that a verb returns, or all reasons for which it may refuse.
pub(super) type Outcome = Result<u64, BTreeSet<Refusal>>;

type Rows = BTreeSet<RowId>;

impl Model {
    pub(super) fn new(shape: &'static Shape, is_elsewhere: bool) -> Self {
        Self {
            shape,
            rows: BTreeMap::new(),
            operations: 0,
            step: 0,
            deleted_at: BTreeMap::new(),
            being_purged: BTreeSet::new(),
            by_hand: BTreeSet::new(),
            put_under: BTreeSet::new(),
            is_elsewhere,
            has_purges: false,
        }
    }

    pub(super) fn table(&self, id: &RowId) -> &'static Table {
        &self.shape.tables[id.0]
    }

    pub(super) fn is_live(&self, id: &RowId) -> bool {
        self.rows.get(id).is_some_and(|row| row.operation.is_none())
    }

    fn operation(&self, id: &RowId) -> Option<u32> {
        self.rows.get(id).and_then(|row| row.operation)
    }

    pub(super) fn value(&self, id: &RowId, column: &str) -> Option<i32> {
        let row = self.rows.get(id)?;
        row.values[self.table(id).position(column)]
    }

    /// Trashes live rows with their live descendants.
    pub(super) fn delete(&mut self, roots: &Rows) -> Outcome {
        if roots.is_empty() {
            return Ok(0);
        }
        let doomed = self.closure(roots, |_, child| self.is_live(child));
        if self.is_restricted(&doomed) {
            return Err([Refusal::Restricted].into());
        }
        let destroyed = self.destroyed(&doomed);
        self.rows.retain(|id, _| !destroyed.contains(id));
        self.operations += 1;
        self.deleted_at.insert(self.operations, self.step);
        self.mark(&doomed, Some(self.operations));
        Ok(roots.len() as u64)
    }

    /// Restores trashed rows with their descendants of the same operation.
    pub(super) fn restore(&mut self, roots: &Rows, with_ancestors: bool) -> Outcome {
        let mut back = self.with_rows_of_their_operations(roots);
        let mut refusals = BTreeSet::new();
        loop {
            let above: Rows = back
                .iter()
                .flat_map(|id| self.parents_to_be_live(id))
                .filter(|id| !self.is_live(id) && !back.contains(id))
                .collect();
            if above.is_empty() {
                break;
            }
            if !with_ancestors {
                refusals.insert(Refusal::ParentTrashed);
                break;
            }
            back.extend(self.with_rows_of_their_operations(&above));
        }
        let is_alone = |id: &RowId| !with_ancestors && self.is_alone(id.0);
        if back
            .iter()
            .any(|id| self.is_being_purged(id) && !is_alone(id))
        {
            refusals.insert(Refusal::BeingPurged);
        }
        if back.iter().any(|id| self.has_lost_a_parent(id)) {
            refusals.insert(Refusal::ParentGone);
        }
        if self.clashes(&back) {
            refusals.insert(Refusal::Clash);
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        self.mark(&back, None);
        Ok(roots.len() as u64)
    }

    pub(super) fn is_being_purged(&self, id: &RowId) -> bool {
        let operation = self.operation(id);
        operation.is_some_and(|operation| self.being_purged.contains(&operation))
    }

    /// Whether a delete from this table concerns no rows of other tables. Such a row is restored alone, even
    /// while a purge removes other rows of its operation.
    fn is_alone(&self, at: usize) -> bool {
        let name = self.shape.tables[at].name;
        let relations = self.shape.relations.iter();
        let mut down = relations.filter(|relation| relation.parent == name);
        down.all(|relation| relation.policy == Policy::Keep)
    }

    /// Whether deletes from the first table cascade to the other one, or it is the same.
    pub(super) fn reaches(&self, from: usize, to: usize) -> bool {
        let mut reached = vec![self.shape.tables[from].name];
        let mut next = 0;
        while let Some(parent) = reached.get(next).copied() {
            let relations = self.shape.relations.iter();
            let down = relations.filter(|it| it.policy == Policy::Cascade && it.parent == parent);
            for relation in down {
                if !reached.contains(&relation.child) {
                    reached.push(relation.child);
                }
            }
            next += 1;
        }
        reached.contains(&self.shape.tables[to].name)
    }

    /// Whether a trashed row records its operation.
    pub(super) fn tells_operation(&self, id: &RowId) -> bool {
        let soft = self.table(id).soft.as_ref();
        let has_column = soft.is_some_and(|soft| soft.has_operation);
        let is_by_hand = self
            .operation(id)
            .is_some_and(|it| self.by_hand.contains(&it));
        !(has_column && is_by_hand)
    }

    /// The step of this operation; a negative number if it was made by hand.
    pub(super) fn step_of(&self, operation: u32) -> i64 {
        let of_delete = self.deleted_at.get(&operation).copied();
        of_delete.unwrap_or(i64::MIN / 2 + i64::from(operation))
    }

    /// The operation of this instant.
    pub(super) fn operation_at(&self, at: Timestamp) -> Option<u32> {
        let mut all = 1..=self.operations;
        all.find(|operation| match self.deleted_at.get(operation) {
            Some(step) => instant(*step) == at,
            None => instant_by_hand(*operation) == at,
        })
    }

    pub(super) fn step_at(&self, at: Timestamp) -> Option<i64> {
        Some(self.step_of(self.operation_at(at)?))
    }

    pub(super) fn of_operations(&self, operations: &BTreeSet<u32>) -> Rows {
        let rows = self.rows.iter().filter(|(_, row)| {
            let operation = row.operation;
            operation.is_some_and(|operation| operations.contains(&operation))
        });
        rows.map(|(id, _)| id.clone()).collect()
    }

    /// The most of these operations that can be removed together: no row that stays belongs or refers to a
    /// row of them, and no live row restricts one.
    pub(super) fn removable(&self, due: &BTreeSet<u32>, keys: Keys) -> BTreeSet<u32> {
        let mut free = due.clone();
        let keys = match self.shape.has_foreign_keys {
            true => keys,
            false => Keys::None,
        };
        loop {
            let gone = self.of_operations(&free);
            let destroyed = self.destroyed(&gone);
            let is_left = |id: &RowId| !gone.contains(id);
            let is_blocked = |id: &RowId| {
                let below = |policy| self.children(id, policy).into_iter();
                let restricts = |id: &RowId| is_left(id) && self.is_live(id);
                let refers = |id: &RowId| is_left(id) && !destroyed.contains(id);
                below(Policy::Cascade).any(|id| is_left(&id))
                    || below(Policy::Restrict).any(|id| restricts(&id))
                    || (keys == Keys::All
                        && below(Policy::Restrict)
                            .chain(below(Policy::Keep))
                            .any(|id| refers(&id)))
            };
            let blocked = gone.iter().filter(|id| is_blocked(id));
            let blocked: BTreeSet<u32> = blocked.filter_map(|id| self.operation(id)).collect();
            if blocked.is_empty() {
                return free;
            }
            free.retain(|operation| !blocked.contains(operation));
        }
    }

    /// The trashed rows of this operation, whatever their parent rows are now.
    pub(super) fn of_operation(&self, operation: u32) -> Rows {
        let rows = self.rows.iter();
        let of_it = rows.filter(|(_, row)| row.operation == Some(operation));
        of_it.map(|(id, _)| id.clone()).collect()
    }

    /// Removes rows with all their descendants.
    pub(super) fn force_delete(&mut self, roots: &Rows) -> Outcome {
        let mut gone = self.closure(roots, |_, _| true);
        let mut refusals = BTreeSet::new();
        if self.is_restricted(&gone) {
            refusals.insert(Refusal::Restricted);
        }
        gone.extend(self.destroyed(&gone));
        let mut points_at_none = false;
        for policy in [Policy::Restrict, Policy::Keep] {
            let children = gone.iter().flat_map(|id| self.children(id, policy));
            points_at_none |= children.into_iter().any(|id| !gone.contains(&id));
        }
        if self.shape.has_foreign_keys && points_at_none {
            refusals.insert(Refusal::ForeignKey);
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        self.rows.retain(|id, _| !gone.contains(id));
        Ok(roots.len() as u64)
    }

    /// Each live row with a trashed parent row, and that parent row.
    pub(super) fn live_under_trashed(&self) -> BTreeSet<(RowId, RowId)> {
        let live = self.rows.keys().filter(|id| self.is_live(id));
        let pairs = live.flat_map(|id| {
            let parents = self.parents_to_be_live(id).into_iter();
            parents.map(move |parent| (id.clone(), parent))
        });
        pairs.filter(|(_, parent)| !self.is_live(parent)).collect()
    }

    /// The parent rows of this row.
    pub(super) fn parents(&self, child: &RowId, policy: Policy) -> Vec<RowId> {
        let relations = self.shape.relations.iter();
        let of_policy = relations.filter(|relation| relation.policy == policy);
        of_policy
            .filter_map(|relation| self.parent(child, relation))
            .collect()
    }

    /// The parent rows that have to be live if this row is.
    fn parents_to_be_live(&self, child: &RowId) -> Vec<RowId> {
        let policies = [Policy::Cascade, Policy::Restrict];
        let parents = policies.map(|policy| self.parents(child, policy));
        parents.concat()
    }

    /// Whether a parent row that would have to be live was removed. A relation that leaves out some rows does not tell.
    fn has_lost_a_parent(&self, child: &RowId) -> bool {
        let relations = self.shape.relations.iter();
        let mut up = relations.filter(|relation| {
            matches!(relation.policy, Policy::Cascade | Policy::Restrict)
                && relation.child == self.table(child).name
                && relation.unless_color.is_none()
        });
        up.any(|relation| {
            let mut columns = relation.columns.iter();
            let names_a_parent = columns.all(|column| self.value(child, column).is_some());
            names_a_parent && self.parent(child, relation).is_none()
        })
    }

    /// The child rows of this row.
    pub(super) fn children(&self, parent: &RowId, policy: Policy) -> Vec<RowId> {
        let rows = self.rows.keys();
        rows.filter(|child| self.parents(child, policy).contains(parent))
            .cloned()
            .collect()
    }

    fn parent(&self, child: &RowId, relation: &Relation) -> Option<RowId> {
        let is_excluded = || {
            let color = relation.unless_color;
            color.is_some() && self.value(child, "color") == color
        };
        if self.table(child).name != relation.child || is_excluded() {
            return None;
        }
        let columns = relation.columns.iter();
        let key: Option<Vec<i32>> = columns.map(|column| self.value(child, column)).collect();
        let parent = (self.shape.at(relation.parent), key?);
        self.rows.contains_key(&parent).then_some(parent)
    }

    /// These rows and their descendants. `goes_on` decides for each parent row and child row whether to
    /// descend.
    pub(super) fn closure(&self, roots: &Rows, goes_on: impl Fn(&RowId, &RowId) -> bool) -> Rows {
        let mut reached = roots.clone();
        let mut next: Vec<RowId> = roots.iter().cloned().collect();
        while let Some(parent) = next.pop() {
            for child in self.children(&parent, Policy::Cascade) {
                if goes_on(&parent, &child) && reached.insert(child.clone()) {
                    next.push(child);
                }
            }
        }
        reached
    }

    /// These rows, and their descendants of the same operation.
    pub(super) fn with_rows_of_their_operations(&self, roots: &Rows) -> Rows {
        let is_same = |parent: &RowId, child: &RowId| {
            !self.is_live(child) && self.operation(child) == self.operation(parent)
        };
        self.closure(roots, is_same)
    }

    fn is_restricted(&self, doomed: &Rows) -> bool {
        let children = |id| self.children(id, Policy::Restrict);
        let mut children = doomed.iter().flat_map(children);
        children.any(|id| self.is_live(&id) && !doomed.contains(&id))
    }

    pub(super) fn destroyed(&self, doomed: &Rows) -> Rows {
        let children = |id| self.children(id, Policy::Destroy);
        doomed.iter().flat_map(children).collect()
    }

    /// Whether two live rows would hold the same unique value if these rows were live.
    fn clashes(&self, back: &Rows) -> bool {
        let mut taken = BTreeSet::new();
        let live = self
            .rows
            .keys()
            .filter(|id| self.is_live(id) || back.contains(id));
        live.filter_map(|id| Some((id.0, self.value(id, self.table(id).unique?)?)))
            .any(|value| !taken.insert(value))
    }

    /// Sets the counters as the triggers do.
    pub(super) fn recount(&mut self) {
        for counter in self.shape.counters {
            let (parent, child) = (self.shape.at(counter.parent), self.shape.at(counter.child));
            let at = self.shape.tables[parent].position(counter.counter);
            let parents = self.rows.keys().filter(|id| id.0 == parent);
            for id in parents.cloned().collect::<Vec<_>>() {
                let children = self.rows.keys().filter(|child_id| child_id.0 == child);
                let own = children.filter(|child_id| {
                    self.is_live(child_id) && self.value(child_id, counter.column) == Some(id.1[0])
                });
                let count = own.count() as i32;
                if let Some(row) = self.rows.get_mut(&id) {
                    row.values[at] = Some(count);
                }
            }
        }
    }

    fn mark(&mut self, rows: &Rows, operation: Option<u32>) {
        for id in rows {
            if let Some(row) = self.rows.get_mut(id) {
                row.operation = operation;
            }
        }
    }
}
