//! The rows of entities that belong to one another, such as folders of notes that have folders.
//!
//! One recursive expression holds the rows of all of these entities, each entity in columns of its own:
//!
//! ```sql
//! WITH RECURSIVE cycle (c0, c1) AS (        -- c0: folder.id, c1: note.id
//!   SELECT folder.id, NULL FROM folder …    -- the first rows
//!   UNION SELECT NULL, note.id FROM note …
//!   UNION                                   -- the rows that belong to them
//!   SELECT step.c0, step.c1 FROM cycle JOIN (
//!     SELECT 0 AS edge, note.folder_id AS p0, NULL AS p1, NULL AS c0, note.id AS c1 FROM note …
//!     UNION ALL
//!     SELECT 1, NULL, folder.note_id, folder.id, NULL FROM folder …
//!   ) AS step ON (step.edge = 0 AND step.p0 = cycle.c0) OR (step.edge = 1 AND step.p1 = cycle.c1)
//! )
//! ```
//!
//! A recursive expression may name itself only once, so the recursive part joins it with one table, `step`,
//! that holds the children of all of the relations.

use sea_orm::sea_query::{
    Condition, DynIden, Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement, UnionType,
};

use crate::family::graph::{Edge, NodeId};
use crate::family::plan::{Component, Family};
use crate::family::row_set::{PARENT, Selection, columns_of, points_at};

const STEP: &str = "soft_delete_step";
const SEED: &str = "soft_delete_seed";
const EDGE: &str = "edge";

/// Entities that belong to one another, and the expression with their rows.
pub(super) struct Cycle<'a> {
    family: &'a Family,
    nodes: &'a [NodeId],
    name: DynIden,
    slots: Vec<Slot>,
}

/// A column of the expression: a column of one of the entities.
struct Slot {
    node: NodeId,
    column: DynIden,
    /// NULL in the column's type.
    null: SelectStatement,
}

impl<'a> Cycle<'a> {
    pub(super) fn of(family: &'a Family, component: &'a Component) -> Self {
        let nodes = component.nodes.as_slice();
        let number = nodes.first().copied().unwrap_or_default();
        let slots = nodes.iter().flat_map(|node| {
            let columns = columns_of(family, *node).into_iter();
            columns.map(|column| Slot {
                node: *node,
                null: null_of(family, *node, &column),
                column,
            })
        });
        Self {
            family,
            nodes,
            name: format!("soft_delete_cycle{number}").into_iden(),
            slots: slots.collect(),
        }
    }

    pub(super) fn name(&self) -> DynIden {
        self.name.clone()
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = DynIden> {
        (0..self.slots.len()).map(child_slot)
    }

    /// The query of the recursive expression. `first_rows` selects the rows of an entity with which the set
    /// begins.
    pub(super) fn rows(
        &self,
        members: &Selection<'_>,
        first_rows: impl Fn(NodeId) -> SelectStatement,
    ) -> SelectStatement {
        let seeds = self.nodes.iter();
        let seeds = seeds.map(|node| self.seed(*node, first_rows(*node)));
        // MariaDB cannot mix ALL and DISTINCT in a recursive expression.
        let mut rows = union(UnionType::Distinct, seeds);
        rows.union(UnionType::Distinct, self.next(members));
        rows
    }

    /// The rows of one of the entities in the expression.
    pub(super) fn rows_of(&self, node: NodeId) -> SelectStatement {
        let key = self.family.graph.member(node).primary_key();
        let mut rows = Query::select();
        rows.from(self.name());
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.node != node {
                continue;
            }
            let column = Expr::col((self.name(), child_slot(index)));
            // Referenced columns may be NULL; the key tells which entity the row is from.
            if key.contains(&slot.column) {
                rows.and_where(column.clone().is_not_null());
            }
            rows.expr(column);
        }
        rows
    }

    /// First rows of one entity, in the columns of the expression.
    fn seed(&self, node: NodeId, rows: SelectStatement) -> SelectStatement {
        let mut seed = Query::select();
        self.fill(&mut seed, child_slot, |slot| {
            (slot.node == node).then(|| Expr::col((SEED, slot.column.clone())))
        });
        seed.from_subquery(rows, SEED).to_owned()
    }

    /// The rows that belong to rows which the expression holds already.
    fn next(&self, members: &Selection<'_>) -> SelectStatement {
        let edges = self.edges();
        let numbered = || edges.iter().enumerate();
        let steps = numbered().map(|(number, edge)| self.step(number, edge, members));
        let matches = numbered().map(|(number, edge)| self.joins(number, edge));
        let matches = matches.fold(Condition::any(), Condition::add);
        let mut next = Query::select();
        next.columns(self.columns().map(|column| (STEP, column)))
            .from(self.name())
            .join_subquery(
                JoinType::InnerJoin,
                union(UnionType::All, steps),
                STEP,
                matches,
            );
        next
    }

    /// The relations between the entities.
    fn edges(&self) -> Vec<&Edge> {
        let within = self.nodes.iter().flat_map(|node| self.family.into(*node));
        within
            .filter(|edge| self.nodes.contains(&edge.parent))
            .map(AsRef::as_ref)
            .collect()
    }

    /// Every row that can join the set by this relation, with its values for the parent's columns.
    fn step(&self, number: usize, edge: &Edge, members: &Selection<'_>) -> SelectStatement {
        let graph = &self.family.graph;
        let child = graph.member(edge.child);
        let alias = child.alias();
        let mut step = Query::select();
        step.expr_as(number_of(number), EDGE);
        self.fill(&mut step, parent_slot, |slot| {
            self.parent_value(edge, slot).map(Expr::col)
        });
        self.fill(&mut step, child_slot, |slot| {
            let is_here = slot.node == edge.child;
            is_here.then(|| Expr::col((alias.clone(), slot.column.clone())))
        });
        step.from(child.table())
            .and_where((members.eligible)(edge.child, alias.clone()))
            .and_where_option(graph.soft(edge.child).map(|soft| soft.lift()));
        if edge.condition.is_some() {
            let parent: DynIden = PARENT.into_iden();
            let matches = points_at(edge, parent.clone(), alias);
            let table = graph.member(edge.parent).table();
            step.join_as(JoinType::InnerJoin, table, parent, matches)
                .and_where_option(graph.soft(edge.parent).map(|soft| soft.lift()));
        }
        step
    }

    /// The condition that a row of this relation's step belongs to a row of the expression.
    fn joins(&self, number: usize, edge: &Edge) -> Condition {
        let is_of_edge = Expr::col((STEP, EDGE)).eq(number_of(number));
        let mut all = Condition::all().add(is_of_edge);
        for (index, slot) in self.slots.iter().enumerate() {
            if self.parent_value(edge, slot).is_some() {
                let value = Expr::col((STEP, parent_slot(index)));
                all = all.add(value.equals((self.name(), child_slot(index))));
            }
        }
        all
    }

    /// The column of a step's tables that holds the parent's value for a slot; `None` if the relation does
    /// not compare that slot.
    ///
    /// The condition of a relation may use columns that the set does not hold. The value is then the key of
    /// the parent's row, which the step joins.
    fn parent_value(&self, edge: &Edge, slot: &Slot) -> Option<(DynIden, DynIden)> {
        if slot.node != edge.parent {
            return None;
        }
        let graph = &self.family.graph;
        if edge.condition.is_some() {
            let key = graph.member(edge.parent).primary_key();
            let is_of_key = key.contains(&slot.column);
            return is_of_key.then(|| (PARENT.into_iden(), slot.column.clone()));
        }
        let columns = edge.parent_columns.iter().zip(&edge.child_columns);
        let mut same = columns.filter(|(column, _)| **column == slot.column);
        let (_, column) = same.next()?;
        Some((graph.member(edge.child).alias(), column.clone()))
    }

    /// Selects a value for each slot, or NULL where there is none.
    fn fill(
        &self,
        select: &mut SelectStatement,
        name: impl Fn(usize) -> DynIden,
        value: impl Fn(&Slot) -> Option<Expr>,
    ) {
        for (index, slot) in self.slots.iter().enumerate() {
            let value = value(slot).unwrap_or_else(|| Expr::from(slot.null.clone()));
            select.expr_as(value, name(index));
        }
    }
}

/// NULL in the type of this column: a query of the column that finds no row.
fn null_of(family: &Family, node: NodeId, column: &DynIden) -> SelectStatement {
    let member = family.graph.member(node);
    Query::select()
        .column((member.alias(), column.clone()))
        .from(member.table())
        .and_where(Expr::Constant(false.into()))
        .and_where_option(family.graph.soft(node).map(|soft| soft.lift()))
        .to_owned()
}

fn number_of(edge: usize) -> Expr {
    Expr::val(edge as i32)
}

/// The name of the column that holds a row's own value.
fn child_slot(index: usize) -> DynIden {
    format!("c{index}").into_iden()
}

/// The name of the column that holds a row's value for its parent's column.
fn parent_slot(index: usize) -> DynIden {
    format!("p{index}").into_iden()
}

/// The union of one or more queries.
fn union(kind: UnionType, selects: impl Iterator<Item = SelectStatement>) -> SelectStatement {
    let mut selects = selects;
    let mut all = selects.next().unwrap_or_default();
    all.unions(selects.map(|select| (kind, select)));
    all
}
