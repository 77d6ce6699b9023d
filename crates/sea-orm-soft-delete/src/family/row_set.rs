//! The rows that a delete, a restore or a force delete affects, as queries that read them.
//!
//! A set is a common table expression for each entity of a family. It holds the columns that identify a row
//! and the columns to which other rows refer.

mod cycle;

use sea_orm::sea_query::{
    CommonTableExpression, Condition, DynIden, Expr, ExprTrait, IntoIden, JoinType, Query,
    SelectStatement, UnionType, WithClause,
};

use crate::family::graph::{Edge, NodeId};
use crate::family::plan::{Component, Family};
use crate::family::row_set::cycle::Cycle;

/// The common table expressions of a set.
pub(crate) struct RowSets<'a> {
    family: &'a Family,
    /// Each expression follows the expressions that it reads.
    expressions: Vec<Expression>,
}

struct Expression {
    name: DynIden,
    /// The names of the other expressions that it reads.
    reads: Vec<DynIden>,
    is_recursive: bool,
    query: CommonTableExpression,
}

/// Which rows belong to a set.
pub(crate) struct Selection<'a> {
    /// The first rows: a condition on the root's table under its own name.
    pub(crate) root: Condition,
    /// The condition under which a row of the entity, under this alias, joins the set.
    pub(crate) eligible: &'a dyn Fn(NodeId, DynIden) -> Expr,
}

impl<'a> RowSets<'a> {
    /// The set that begins with some rows of the root and includes everything that belongs to them.
    pub(crate) fn of(family: &'a Family, members: &Selection<'_>) -> Self {
        let mut sets = Self {
            family,
            expressions: Vec::new(),
        };
        for component in &family.components {
            match (component.is_cyclic, component.nodes.as_slice()) {
                (false, [node]) => {
                    let rows = sets.reached(*node, members);
                    let reads = sets.parents_of(*node);
                    sets.add(*node, rows, reads, false);
                }
                (_, [node]) => sets.add_tree(*node, members),
                _ => sets.add_cycle(component, members),
            }
        }
        sets
    }

    /// The common table expressions that a statement needs to read the rows of these entities.
    ///
    /// A statement gets no others: MariaDB 10.11.19 crashes when it prepares a DELETE of several tables
    /// with a recursive clause in which the statement reads one expression and not another.
    pub(crate) fn clause(&self, nodes: impl IntoIterator<Item = NodeId>) -> WithClause {
        let mut names: Vec<DynIden> = nodes.into_iter().map(name_of).collect();
        let mut needed: Vec<&Expression> = Vec::new();
        for expression in self.expressions.iter().rev() {
            if names.contains(&expression.name) {
                names.extend(expression.reads.iter().cloned());
                needed.push(expression);
            }
        }
        let mut clause = WithClause::new();
        for expression in needed.into_iter().rev() {
            clause.cte(expression.query.clone());
            if expression.is_recursive {
                clause.recursive(true);
            }
        }
        clause
    }

    /// The name of the expression for an entity's rows in the set.
    pub(crate) fn name(&self, node: NodeId) -> DynIden {
        name_of(node)
    }

    /// Selects these columns of an entity's rows in the set.
    pub(crate) fn select(&self, node: NodeId, columns: &[DynIden]) -> SelectStatement {
        let set = name_of(node);
        let columns = columns.iter().map(|column| (set.clone(), column.clone()));
        Query::select()
            .columns(columns)
            .from(set.clone())
            .to_owned()
    }

    /// The condition that a row of an entity, in its table under its own name, is in the set.
    pub(crate) fn contains(&self, node: NodeId) -> Expr {
        let member = self.family.graph.member(node);
        let key = member.primary_key();
        tuple(&member.alias(), &key).in_subquery(self.select(node, &key))
    }

    /// The condition that a row of `edge`'s child, under this alias, belongs to a row in the set.
    pub(crate) fn belongs(&self, edge: &Edge, child: DynIden) -> Expr {
        let in_set = points_into(edge, child.clone(), |columns| {
            self.select(edge.parent, columns)
        });
        if edge.condition.is_none() {
            return in_set;
        }
        // The condition may use any of the parent's columns.
        let member = self.family.graph.member(edge.parent);
        let parent: DynIden = PARENT.into_iden();
        let key = member.primary_key();
        let mut parents = Query::select();
        parents
            .from_as(member.table(), parent.clone())
            .and_where(tuple(&parent, &key).in_subquery(self.select(edge.parent, &key)))
            .and_where_option(self.family.graph.soft(edge.parent).map(|soft| soft.lift()));
        belongs_to(edge, parents, child)
    }

    /// The rows of the root, or the rows reached from the entities before this one.
    fn reached(&self, node: NodeId, members: &Selection<'_>) -> SelectStatement {
        let member = self.family.graph.member(node);
        let alias = member.alias();
        let mut any = Condition::any();
        if node == self.family.root {
            any = any.add(members.root.clone());
        }
        for edge in self.family.into(node) {
            if self.is_before(edge.parent, node) {
                let eligible = (members.eligible)(node, alias.clone());
                any = any.add(eligible.and(self.belongs(edge, alias.clone())));
            }
        }
        if any.is_empty() {
            any = any.add(Expr::Constant(false.into()));
        }
        self.rows(node).cond_where(any).to_owned()
    }

    /// Every row of the entity.
    fn rows(&self, node: NodeId) -> SelectStatement {
        let member = self.family.graph.member(node);
        let alias = member.alias();
        let columns = columns_of(self.family, node);
        let columns = columns.into_iter().map(|column| (alias.clone(), column));
        let mut rows = Query::select();
        rows.columns(columns).from(member.table());
        if let Some(soft) = self.family.graph.soft(node) {
            rows.and_where(soft.lift());
        }
        rows
    }

    /// The names of the sets that [`reached`](Self::reached) reads.
    fn parents_of(&self, node: NodeId) -> Vec<DynIden> {
        let edges = self.family.into(node);
        let before = edges.filter(|edge| self.is_before(edge.parent, node));
        before.map(|edge| name_of(edge.parent)).collect()
    }

    fn is_before(&self, parent: NodeId, node: NodeId) -> bool {
        let place = |node| {
            let mut components = self.family.components.iter();
            components.position(|component| component.nodes.contains(&node))
        };
        place(parent) < place(node)
    }

    fn add(
        &mut self,
        node: NodeId,
        rows: SelectStatement,
        reads: Vec<DynIden>,
        is_recursive: bool,
    ) {
        let name = name_of(node);
        let mut query = CommonTableExpression::new();
        query
            .table_name(name.clone())
            .columns(columns_of(self.family, node))
            .query(rows);
        self.expressions.push(Expression {
            name,
            reads,
            is_recursive,
            query,
        });
    }

    /// Adds an entity that belongs to itself.
    fn add_tree(&mut self, node: NodeId, members: &Selection<'_>) {
        let set = name_of(node);
        let member = self.family.graph.member(node);
        let alias = member.alias();
        let edges = || self.family.into(node).filter(|edge| edge.parent == node);
        let mut next = self.rows(node);
        next.and_where((members.eligible)(node, alias.clone()));
        // A condition may use columns that the set does not hold, so evaluate it on the table.
        let is_conditional = edges().any(|edge| edge.condition.is_some());
        let parent: DynIden = match is_conditional {
            true => PARENT.into_iden(),
            false => set.clone(),
        };
        let mut any = Condition::any();
        for edge in edges() {
            any = any.add(points_at(edge, parent.clone(), alias.clone()));
        }
        if is_conditional {
            let mut is_same = Condition::all();
            for column in member.primary_key() {
                let of_parent = Expr::col((parent.clone(), column.clone()));
                is_same = is_same.add(of_parent.equals((set.clone(), column)));
            }
            next.join_as(JoinType::InnerJoin, member.table(), parent, any)
                .join(JoinType::InnerJoin, set, is_same);
        } else {
            next.join(JoinType::InnerJoin, set, any);
        }
        let mut rows = self.reached(node, members);
        rows.union(UnionType::Distinct, next);
        let reads = self.parents_of(node);
        self.add(node, rows, reads, true);
    }

    /// Adds entities that belong to one another: one expression with the rows of all of them, and then one
    /// expression for each entity.
    fn add_cycle(&mut self, component: &Component, members: &Selection<'_>) {
        let cycle = Cycle::of(self.family, component);
        let rows = cycle.rows(members, |node| self.reached(node, members));
        let mut query = CommonTableExpression::new();
        query
            .table_name(cycle.name())
            .columns(cycle.columns())
            .query(rows);
        let nodes = component.nodes.iter();
        let reads = nodes.flat_map(|node| self.parents_of(*node)).collect();
        self.expressions.push(Expression {
            name: cycle.name(),
            reads,
            is_recursive: true,
            query,
        });
        for node in &component.nodes {
            self.add(*node, cycle.rows_of(*node), vec![cycle.name()], false);
        }
    }
}

/// The alias of the parent's table where parent and child may be the same table.
pub(crate) const PARENT: &str = "soft_delete_parent";

/// The name of the expression for an entity's rows in a set.
fn name_of(node: NodeId) -> DynIden {
    format!("soft_delete_{node}").into_iden()
}

/// An entity's columns in a set: the columns that identify a row, and the columns to which other rows
/// refer.
pub(crate) fn columns_of(family: &Family, node: NodeId) -> Vec<DynIden> {
    let mut columns = family.graph.member(node).primary_key();
    for edge in family.graph.down(node) {
        for column in &edge.parent_columns {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
    }
    columns
}

/// The condition that a row of the child, under this alias, refers to a row of the parent.
pub(crate) fn points_at(edge: &Edge, parent: DynIden, child: DynIden) -> Condition {
    let columns = edge.parent_columns.iter().zip(&edge.child_columns);
    let mut all = Condition::all();
    for (parent_column, child_column) in columns {
        let column = Expr::col((child.clone(), child_column.clone()));
        all = all.add(column.equals((parent.clone(), parent_column.clone())));
    }
    match &edge.condition {
        Some(condition) => all.add(condition(parent, child)),
        None => all,
    }
}

/// The condition that a row of the child, under this alias, refers to one of these rows of the parent.
/// `parents` selects the given columns of these rows.
pub(crate) fn points_into(
    edge: &Edge,
    child: DynIden,
    parents: impl FnOnce(&[DynIden]) -> SelectStatement,
) -> Expr {
    tuple(&child, &edge.child_columns).in_subquery(parents(&edge.parent_columns))
}

/// The condition that a row of the child, under this alias, belongs to one of these rows of the parent. The
/// SELECT names the parent's table [`PARENT`] and has no columns yet.
pub(crate) fn belongs_to(edge: &Edge, mut parents: SelectStatement, child: DynIden) -> Expr {
    let alias: DynIden = PARENT.into_iden();
    if edge.condition.is_none() {
        return points_into(edge, child, |columns| {
            let columns = columns.iter();
            parents.columns(columns.map(|column| (alias.clone(), column.clone())));
            parents
        });
    }
    parents
        .expr(Expr::Constant(1.into()))
        .cond_where(points_at(edge, alias, child));
    Expr::exists(parents)
}

/// Writes the condition in a form that no index serves, so that the database finds rows by their parents.
///
/// If a whole tree was trashed at once, every row has the operation. If the database found the rows of each
/// level by the operation, a thousand levels would read all of the rows a thousand times.
pub(crate) fn asked_of_each(condition: Expr) -> Expr {
    Expr::case(condition, Expr::Constant(1.into()))
        .finally(Expr::Constant(0.into()))
        .eq(Expr::Constant(1.into()))
}

/// The condition is false or NULL. It is NULL, for example, where a row without an operation is compared
/// with this operation.
pub(crate) fn is_not_true(condition: Expr) -> Expr {
    Expr::case(condition, Expr::Constant(0.into()))
        .finally(Expr::Constant(1.into()))
        .eq(Expr::Constant(1.into()))
}

/// The columns of the table with this alias: one column, or several as a row value.
pub(crate) fn tuple(alias: &DynIden, columns: &[DynIden]) -> Expr {
    let columns = columns.iter();
    let mut columns: Vec<Expr> = columns
        .map(|column| Expr::col((alias.clone(), column.clone())))
        .collect();
    match columns.len() {
        1 => columns.remove(0),
        _ => Expr::tuple(columns),
    }
}
