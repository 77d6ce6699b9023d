//! Adds the children of an operation's rows to the operation: one statement for each relation, from parents
//! to children.

use sea_orm::sea_query::{
    DynIden, Expr, ExprTrait, IntoIden, JoinType, LockType, Query, SelectStatement, TableName,
    TableRef, UpdateStatement,
};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::entity::member::Member;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::as_of_now::as_of_now;
use crate::family::backup;
use crate::family::by_key;
use crate::family::follow_up::{DeleteJoined, FollowUp};
use crate::family::graph::{Edge, NodeId};
use crate::family::member::{Assignments, SoftMember};
use crate::family::plan::{Component, Family};
use crate::family::row_set::{PARENT, RowSets, Selection, belongs_to, points_at, tuple};
use crate::operation::id::OperationId;

/// The rows of an operation, and the rules by which their children follow.
pub(crate) struct Cascade<'a> {
    pub(crate) family: &'a Family,
    /// The operation that the first rows already carry.
    pub(crate) operation: OperationId,
    /// The condition that a child follows: a row of the entity, under this alias.
    pub(crate) eligible: &'a (dyn Fn(&dyn SoftMember, DynIden) -> Expr + Send + Sync),
    /// What makes a row part of the operation, for each entity.
    pub(crate) assignments: &'a [(NodeId, Assignments)],
}

impl Cascade<'_> {
    /// Adds everything that belongs to the rows of the operation. Returns how many rows of each entity it
    /// added.
    pub(crate) async fn run<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
        let mut counts: Vec<(NodeId, u64)> = Vec::new();
        for component in &self.family.components {
            let mut moved = vec![0; component.nodes.len()];
            for (node, moved) in component.nodes.iter().zip(&mut moved) {
                for edge in self.family.into(*node) {
                    if !component.nodes.contains(&edge.parent) {
                        *moved += self.follow(edge, db).await?;
                    }
                }
            }
            match (component.is_cyclic, component.nodes.as_slice()) {
                (false, _) => {}
                (true, [node]) => moved[0] += self.descend(*node, db).await?,
                (true, _) => self.go_round(component, &mut moved, db).await?,
            }
            counts.extend(component.nodes.iter().copied().zip(moved));
        }
        Ok(counts)
    }

    /// For entities that belong to one another: repeats until no more rows follow.
    async fn go_round<C: ConnectionTrait>(
        &self,
        component: &Component,
        moved: &mut [u64],
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        loop {
            let mut more = 0;
            for (node, moved) in component.nodes.iter().zip(&mut *moved) {
                for edge in self.family.into(*node) {
                    if component.nodes.contains(&edge.parent) {
                        let rows = self.follow(edge, db).await?;
                        *moved += rows;
                        more += rows;
                    }
                }
            }
            if more == 0 {
                return Ok(());
            }
        }
    }

    /// Adds the rows of the child that belong to rows of the operation.
    async fn follow<C: ConnectionTrait>(
        &self,
        edge: &Edge,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let graph = self.family.graph;
        let (Some(parent), Some(child)) = (graph.soft(edge.parent), graph.soft(edge.child)) else {
            return Ok(0);
        };
        let backend = db.get_database_backend();
        let alias = child.alias();
        let eligible = || (self.eligible)(child, alias.clone());
        let update = || {
            let mut update = self.update(edge.child, child);
            update.and_where(eligible());
            update
        };
        let mut all = update();
        if backend == DbBackend::MySql {
            join_parents(&mut all, edge, parent, child, self.operation);
        } else {
            all.and_where(belongs(
                edge,
                parent,
                alias.clone(),
                self.operation,
                backend,
            ));
        }
        let keys = || {
            let belongs = belongs_as_of_now(edge, parent, alias.clone(), self.operation, backend);
            keys_to_write(child, belongs)
                .and_where(eligible())
                .and_where(child.lift())
                .to_owned()
        };
        let by_key = |is_among| update().and_where(is_among).to_owned();
        Ok(by_key::write(all, child, keys, by_key, db).await?)
    }

    /// For an entity that belongs to itself: adds all levels at once.
    async fn descend<C: ConnectionTrait>(
        &self,
        node: NodeId,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let Some(member) = self.family.graph.soft(node) else {
            return Ok(0);
        };
        let backend = db.get_database_backend();
        let update = FollowUp(self.descending(node, member, backend));
        let mut moved = 0;
        loop {
            let down = db.execute(&update).await?.rows_affected();
            moved += down;
            // SQLite has one writer. Elsewhere the statement may have waited for a row that has a new child
            // by now.
            if down == 0 || backend == DbBackend::Sqlite {
                return Ok(moved);
            }
            let mut more = 0;
            for edge in self.family.into(node).filter(|edge| edge.parent == node) {
                more += self.follow(edge, db).await?;
            }
            moved += more;
            if more == 0 {
                return Ok(moved);
            }
        }
    }

    fn descending(
        &self,
        node: NodeId,
        member: &'static dyn SoftMember,
        backend: DbBackend,
    ) -> UpdateStatement {
        let tree = Family {
            graph: self.family.graph,
            root: node,
            components: vec![Component {
                nodes: vec![node],
                is_cyclic: true,
            }],
        };
        let eligible = |_, alias| (self.eligible)(member, alias);
        let sets = RowSets::of(
            &tree,
            &Selection {
                root: member.is_of(member.alias(), self.operation, backend).into(),
                eligible: &eligible,
            },
        );
        let key = member.primary_key();
        let named = |alias: DynIden| tuple(&alias, &key);
        let mut rows = sets.select(node, &key);
        let mut update = self.update(node, member);
        update.and_where((self.eligible)(member, member.alias()));
        if backend == DbBackend::MySql {
            let found: DynIden = PARENT.into_iden();
            rows.with_cte(sets.clause([node]));
            update
                .from(TableRef::SubQuery(Box::new(rows), found.clone()))
                .and_where(named(member.alias()).eq(named(found)));
        } else {
            update
                .with_cte(sets.clause([node]))
                .and_where(named(member.alias()).in_subquery(rows));
        }
        update
    }

    fn update(&self, node: NodeId, member: &dyn SoftMember) -> UpdateStatement {
        let mut update = Query::update();
        update.table(member.table()).and_where(member.lift());
        let mut assignments = self.assignments.iter();
        if let Some((_, values)) = assignments.find(|(of, _)| *of == node) {
            update.values(values.iter().cloned());
        }
        update
    }
}

/// Removes the rows that belong to rows of the operation and whose entities are not soft-deletable.
pub(crate) async fn destroy<C: ConnectionTrait>(
    family: &Family,
    operation: OperationId,
    db: &C,
) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let mut counts: Vec<(NodeId, u64)> = Vec::new();
    for edge in family.edges(Policy::Destroy) {
        let Some(parent) = family.graph.soft(edge.parent) else {
            continue;
        };
        let child = family.graph.member(edge.child);
        let rows = || {
            let belongs = belongs_as_of_now(edge, parent, child.alias(), operation, backend);
            (Condition::all().add(belongs), None)
        };
        let soft = family.graph.soft(edge.child);
        let written = backup::write(child, soft, Some(operation), rows, db).await?;
        let removed = if backend == DbBackend::MySql {
            let delete = delete_joined(family, edge, parent, child, operation);
            let lift = || may_be_removed(family, edge.child);
            let keys = || {
                let belongs = belongs_as_of_now(edge, parent, child.alias(), operation, backend);
                keys_to_write(child, belongs)
                    .and_where_option(lift())
                    .to_owned()
            };
            let by_key = |is_among| {
                Query::delete()
                    .from_table(child.table())
                    .and_where(is_among)
                    .and_where_option(lift())
                    .to_owned()
            };
            by_key::write(delete, child, keys, by_key, db).await?
        } else {
            let mut delete = Query::delete();
            delete
                .from_table(child.table())
                .and_where(belongs(edge, parent, child.alias(), operation, backend))
                .and_where_option(may_be_removed(family, edge.child));
            db.execute(&FollowUp(delete)).await?.rows_affected()
        };
        written.covers(removed, child)?;
        counts.push((edge.child, removed));
    }
    Ok(counts)
}

/// Selects the keys of rows that match, and locks the rows.
fn keys_to_write(member: &(impl Member + ?Sized), belongs: Expr) -> SelectStatement {
    let key = member.primary_key().into_iter();
    Query::select()
        .columns(key.map(|column| (member.alias(), column)))
        .from(member.table())
        .and_where(belongs)
        .lock(LockType::Update)
        .to_owned()
}

/// The condition that a row of the child, under this alias, belongs to a row of the operation.
pub(crate) fn belongs(
    edge: &Edge,
    parent: &dyn SoftMember,
    child: DynIden,
    operation: OperationId,
    backend: DbBackend,
) -> Expr {
    belongs_to(edge, parents_of(parent, operation, backend), child)
}

/// The same for a SELECT, which on MySQL and MariaDB reads a snapshot unless it locks the rows.
pub(crate) fn belongs_as_of_now(
    edge: &Edge,
    parent: &dyn SoftMember,
    child: DynIden,
    operation: OperationId,
    backend: DbBackend,
) -> Expr {
    let mut parents = parents_of(parent, operation, backend);
    as_of_now(&mut parents, backend);
    belongs_to(edge, parents, child)
}

/// The condition that a row of the child belongs to a row of the operation that a legal hold keeps. `None` if the
/// parent declares no hold.
pub(crate) fn belongs_to_held(
    edge: &Edge,
    parent: &dyn SoftMember,
    child: DynIden,
    operation: OperationId,
    backend: DbBackend,
) -> Option<Expr> {
    let is_held = parent.is_held(PARENT.into_iden())?;
    let mut parents = parents_of(parent, operation, backend);
    parents.and_where(is_held);
    as_of_now(&mut parents, backend);
    Some(belongs_to(edge, parents, child))
}

fn parents_of(
    parent: &dyn SoftMember,
    operation: OperationId,
    backend: DbBackend,
) -> SelectStatement {
    let alias: DynIden = PARENT.into_iden();
    Query::select()
        .from_as(parent.table(), alias.clone())
        .and_where(parent.is_of(alias, operation, backend))
        .and_where(parent.lift())
        .to_owned()
}

/// `UPDATE child JOIN parent ON …` instead of a subquery, because MariaDB before 11.1 runs a subquery once
/// for each row of the child.
fn join_parents(
    update: &mut UpdateStatement,
    edge: &Edge,
    parent: &dyn SoftMember,
    child: &dyn SoftMember,
    operation: OperationId,
) {
    let backend = DbBackend::MySql;
    let alias: DynIden = PARENT.into_iden();
    let is_qualified = matches!(child.table(), TableRef::Table(TableName(Some(_), _), _));
    if is_qualified {
        join_found(update, edge, parent, child, operation);
        return;
    }
    update
        .from(parent.table().alias(alias.clone()))
        .cond_where(points_at(edge, alias.clone(), child.alias()))
        .and_where(parent.is_of(alias, operation, backend))
        .and_where(parent.lift());
}

/// `UPDATE child JOIN (SELECT …) ON …`. If the child's name has a database, the columns are written without
/// their table, so the joined SELECT must have other column names.
fn join_found(
    update: &mut UpdateStatement,
    edge: &Edge,
    parent: &dyn SoftMember,
    child: &dyn SoftMember,
    operation: OperationId,
) {
    let alias: DynIden = PARENT.into_iden();
    let mut found = parents_of(parent, operation, DbBackend::MySql);
    let (selected, columns) = if edge.condition.is_none() {
        let of_parent = edge.parent_columns.iter();
        let of_parent = of_parent.map(|column| (alias.clone(), column.clone()));
        (of_parent.collect::<Vec<_>>(), edge.child_columns.clone())
    } else {
        let child_alias: DynIden = "soft_delete_child".into_iden();
        let at = points_at(edge, alias.clone(), child_alias.clone());
        // The database reads a DISTINCT select to its end before it writes anything.
        found
            .distinct()
            .join_as(JoinType::InnerJoin, child.table(), child_alias.clone(), at)
            .and_where(child.lift());
        let key = child.primary_key();
        let of_child = key
            .iter()
            .map(|column| (child_alias.clone(), column.clone()));
        (of_child.collect(), key)
    };
    for (index, (column, selected)) in columns.iter().zip(selected).enumerate() {
        let name = format!("soft_delete_key{index}").into_iden();
        found.expr_as(Expr::col(selected), name.clone());
        let column = Expr::col((child.alias(), column.clone()));
        update.and_where(column.equals((alias.clone(), name)));
    }
    update.from(TableRef::SubQuery(Box::new(found), alias));
}

fn may_be_removed(family: &Family, node: NodeId) -> Option<Expr> {
    let soft = family.graph.soft(node)?;
    Some(soft.may_be_removed())
}

fn delete_joined(
    family: &Family,
    edge: &Edge,
    parent: &dyn SoftMember,
    child: &dyn Member,
    operation: OperationId,
) -> DeleteJoined {
    let alias: DynIden = PARENT.into_iden();
    let rows = parents_of(parent, operation, DbBackend::MySql)
        .expr(Expr::Constant(1.into()))
        .join_as(
            JoinType::InnerJoin,
            child.table(),
            child.alias(),
            points_at(edge, alias, child.alias()),
        )
        .and_where_option(may_be_removed(family, edge.child))
        .to_owned();
    DeleteJoined {
        rows,
        from: child.alias(),
    }
}
