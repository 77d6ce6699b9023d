//! The removal of one large operation in several transactions.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::follow_up::FollowUp;
use crate::family::graph::NodeId;
use crate::family::member::SoftMember;
use crate::family::operations::Operation;
use crate::family::operations::roots::is_root;
use crate::family::removal::Removal;
use crate::family::row_set::tuple;
use crate::operation::id::OperationId;

impl Removal {
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
        if self.backend == DbBackend::Sqlite {
            self.write_first(root, db).await?;
        }
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
        let first = |among: Condition| {
            Query::select()
                .columns(key.iter().map(|column| (root.alias(), column.clone())))
                .from(root.table())
                .cond_where(among.add(self.rows(root, root.alias())))
                .and_where(root.lift())
                .limit(1)
                .to_owned()
        };
        let is_root = is_root(node, root, operation.id(), self.graph, self.backend);
        let mut row = db.query_one(&FollowUp(first(is_root))).await?;
        if row.is_none() {
            // Each row has a parent in the operation, as where rows are their own parents.
            row = db.query_one(&FollowUp(first(Condition::all()))).await?;
        }
        let Some(row) = row else {
            return Ok(false);
        };
        let values = root.read_key(&row)?.into_iter();
        let columns = key.iter().cloned().zip(values);
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
    /// mark. Returns how many rows of which entity; `None` if only that row is left, or rows that are in its
    /// way.
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
}
