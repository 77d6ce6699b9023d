//! The removal of one large operation in several transactions.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::archived;
use crate::family::backup;
use crate::family::follow_up::FollowUp;
use crate::family::graph::NodeId;
use crate::family::lock_rows::write_first_to;
use crate::family::member::SoftMember;
use crate::family::operations::Operation;
use crate::family::record::Deeds;
use crate::family::removal::Removal;
use crate::family::row_set::tuple;
use crate::operation::id::OperationId;

impl Removal {
    /// Locks the rows of the entity in which the operation began. Returns whether it locked all of them: not if
    /// others have locked some.
    pub(crate) async fn lock_roots<C: ConnectionTrait>(
        &self,
        operation: &Operation,
        db: &C,
    ) -> Result<bool, SoftDeleteError> {
        let Some((_, root, _)) = self.root_to_mark(operation) else {
            return Ok(false);
        };
        write_first_to(root, db).await?;
        let mut locked = 0;
        let roots = self.all_members();
        for (_, root) in roots.filter(|(_, member)| member.name() == root.name()) {
            let rows = root.lock_and_count(self.rows(root, root.alias()), self.backend);
            for row in db.query_all(&FollowUp(rows)).await? {
                locked += root.read_count(&row)?.map_or(0, |(_, count)| count);
            }
        }
        let mut members = operation.members().iter();
        Ok(members.all(|member| member.entity != root.name() || member.count == locked))
    }

    /// Begins to remove one operation in several transactions: marks the rows of the entity in which it began, so
    /// that a restore is refused from now on. One row of an entity without children is enough, because it is
    /// removed last.
    pub(crate) async fn mark<C: ConnectionTrait>(
        &self,
        operation: &Operation,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let Some((node, root, mark)) = self.root_to_mark(operation) else {
            return Ok(());
        };
        let mut rows = self.rows(root, root.alias());
        if !self.has_cascades(node) {
            let key = root.primary_key();
            let first = Query::select()
                .columns(key.iter().map(|column| (root.alias(), column.clone())))
                .from(root.table())
                .cond_where(rows.clone())
                .and_where(root.lift())
                .limit(1)
                .to_owned();
            let Some(row) = db.query_one(&FollowUp(first)).await? else {
                return Ok(());
            };
            for (column, value) in key.into_iter().zip(root.read_key(&row)?) {
                rows = rows.add(Expr::col((root.alias(), column)).eq(value));
            }
        }
        let update = Query::update()
            .table(root.table())
            .values(root.moving_to(mark, self.backend))
            .cond_where(rows)
            .and_where(root.lift())
            .to_owned();
        db.execute(&FollowUp(update)).await?;
        Ok(())
    }

    fn has_cascades(&self, node: NodeId) -> bool {
        let mut down = self.graph.down(node).iter();
        down.any(|edge| edge.policy == Policy::Cascade)
    }

    /// The entity in which the operation began, and the mark for its rows. `None` if the rows cannot carry a
    /// mark.
    pub(crate) fn root_to_mark(
        &self,
        operation: &Operation,
    ) -> Option<(NodeId, &'static dyn SoftMember, OperationId)> {
        let mark = operation.id().being_purged()?;
        let first = operation.members().first()?;
        let is_archived = first.archived == first.count;
        let (node, root) = self.all_members().find(|(_, member)| {
            member.name() == first.entity && member.is_in_archive() == is_archived
        })?;
        root.has_operation_column().then_some((node, root, mark))
    }

    /// Removes the marks again.
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

    /// Whether a row carries the mark.
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

    /// Removes some rows of one operation that has begun, children before parents, but not the last row with a
    /// mark: the transaction that removes the whole rest knows that the operation is gone. Returns how many rows it
    /// removed, and their entity. `None` if no other row can be removed before that row.
    pub(crate) async fn remove_some<C: ConnectionTrait>(
        &self,
        operation: &Operation,
        limit: u64,
        db: &C,
    ) -> Result<Option<(String, u64)>, SoftDeleteError> {
        let root = self.root_to_mark(operation);
        for (node, member) in self.all_members() {
            let alias = member.alias();
            let is_root = root.is_some_and(|(root, ..)| root == node);
            let carries_mark_alone = is_root && !self.has_cascades(node);
            let unmarked = member.is_of(alias.clone(), operation.id(), self.backend);
            let rows = || {
                let rows = self.rows(member, alias.clone());
                rows.add_option(carries_mark_alone.then(|| unmarked.clone()))
            };
            let mut free = rows();
            // Children of the operation are gone, and rows that came later keep their parent.
            let is_archive = member.is_in_archive();
            let edges = self.graph.down(node).iter();
            for edge in edges.filter(|it| it.policy == Policy::Cascade && !is_archive) {
                free = free.add(self.has_children(edge, member.alias()).not());
            }
            let key = member.primary_key();
            let mut keys = Query::select();
            keys.columns(key.iter().map(|column| (alias.clone(), column.clone())))
                .from(member.table())
                .cond_where(free)
                .and_where(member.lift())
                .limit(limit);
            if is_root && !carries_mark_alone {
                for column in &key {
                    keys.order_by((alias.clone(), column.clone()), Order::Asc);
                }
                keys.offset(1);
            }
            // A subquery of a DELETE cannot read its table there, nor have a LIMIT.
            let is_by_key = self.backend == DbBackend::MySql
                // The DELETE removes the rows that were read before.
                || backup::is_on()
                || self.reads_rows_twice(node);
            let found = match is_by_key {
                true => {
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
                false => tuple(&alias, &key).in_subquery(keys),
            };
            let found = rows().add(found);
            let count = match is_archive {
                true => archived::remove(member, found, db).await?,
                false => self.delete(node, found.into(), db).await?,
            };
            if count > 0 {
                let deeds = Deeds::of_slice(self.verb(), operation.id(), &member.name(), count);
                deeds.write(db).await?;
                return Ok(Some((member.name(), count)));
            }
        }
        Ok(None)
    }
}
