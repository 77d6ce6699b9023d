//! What forbids the removal of operations.

use std::sync::Arc;

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, JoinType, SelectStatement, TableRef};
use sea_orm::{Condition, ConnectionTrait};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::follow_up::FollowUp;
use crate::family::graph::{Edge, NodeId};
use crate::family::member::SoftMember;
use crate::family::removal::{CHILD, Removal};
use crate::family::row_set::{is_not_true, points_at};
use crate::operation::id::OperationId;
use crate::report::blocked::BlockedBy;

/// A foreign key that no relation of the entities declares, and that forbids the removal of the rows that it refers
/// to.
#[derive(Clone, Debug)]
pub(crate) struct UndeclaredKey {
    /// The entity of the rows that it refers to.
    pub(crate) parent: NodeId,
    pub(crate) table: TableRef,
    /// The entity of the table with the foreign key, if it has one.
    pub(crate) child: Option<NodeId>,
    pub(crate) table_name: String,
    pub(crate) name: String,
    /// The columns of the parent and of the table, in pairs.
    pub(crate) columns: Vec<(DynIden, DynIden)>,
}

impl Removal {
    /// What forbids the removal of each operation: rows that would lose their parents, legal holds, and these
    /// foreign keys.
    pub(crate) async fn obstacles<C: ConnectionTrait>(
        &self,
        undeclared: &[UndeclaredKey],
        db: &C,
    ) -> Result<Vec<(OperationId, BlockedBy)>, SoftDeleteError> {
        let mut all = Vec::new();
        for (node, member) in self.members() {
            let edges = self.graph.down(node).iter();
            let forbids = |edge: &&Arc<Edge>| match edge.policy {
                Policy::Cascade | Policy::Restrict => true,
                // They are removed with their parents, and an archive would lose them.
                Policy::Destroy => self.archives(),
                Policy::Keep => false,
            };
            let edges = edges.filter(forbids);
            for edge in edges {
                all.extend(self.left_behind(edge, member, db).await?);
            }
            for key in undeclared.iter().filter(|key| key.parent == node) {
                all.extend(self.refused_by(key, member, db).await?);
            }
        }
        for (_, member) in self.all_members() {
            all.extend(self.held(member, db).await?);
        }
        Ok(all)
    }

    /// The rows that belong to a row of the operation and are not removed with it.
    async fn left_behind<C: ConnectionTrait>(
        &self,
        edge: &Edge,
        parent: &dyn SoftMember,
        db: &C,
    ) -> Result<Vec<(OperationId, BlockedBy)>, SoftDeleteError> {
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
        let blocked = |count, live| match live {
            0 => BlockedBy::KeptRows {
                entity: child.name(),
                count,
            },
            count => BlockedBy::LiveRows {
                entity: child.name(),
                count,
            },
        };
        read(parent, select, blocked, db).await
    }

    /// The rows of the operation that a legal hold keeps.
    async fn held<C: ConnectionTrait>(
        &self,
        member: &dyn SoftMember,
        db: &C,
    ) -> Result<Vec<(OperationId, BlockedBy)>, SoftDeleteError> {
        let Some(is_held) = member.is_held(member.alias()) else {
            return Ok(Vec::new());
        };
        let mut select = member.count_by_operation(Expr::val(1));
        select
            .cond_where(self.rows(member, member.alias()))
            .and_where(is_held);
        let blocked = |count, _| BlockedBy::LegalHold {
            entity: member.name(),
            count,
        };
        read(member, select, blocked, db).await
    }

    /// The rows of another table that refer to rows of the operation.
    async fn refused_by<C: ConnectionTrait>(
        &self,
        key: &UndeclaredKey,
        parent: &dyn SoftMember,
        db: &C,
    ) -> Result<Vec<(OperationId, BlockedBy)>, SoftDeleteError> {
        let alias: DynIden = CHILD.into_iden();
        let mut refers = Condition::all();
        for (of_parent, of_child) in &key.columns {
            let column = Expr::col((alias.clone(), of_child.clone()));
            refers = refers.add(column.equals((parent.alias(), of_parent.clone())));
        }
        let mut rows = self.rows(parent, parent.alias());
        let child = key.child.and_then(|child| self.graph.soft(child));
        if let Some(child) = child.filter(|_| key.child.is_some_and(|it| self.nodes.contains(&it)))
        {
            rows = rows.add(is_not_true(self.rows(child, alias.clone()).into()));
        }
        let mut select = parent.count_by_operation(Expr::val(1));
        select
            .join_as(JoinType::InnerJoin, key.table.clone(), alias, refers)
            .cond_where(rows)
            .and_where_option(child.map(SoftMember::lift));
        let blocked = |_, _| BlockedBy::ForeignKey {
            holder: Some(key.table_name.clone()),
            constraint: key.name.clone(),
        };
        read(parent, select, blocked, db).await
    }
}

/// Reads the counts of the operations.
async fn read<C: ConnectionTrait>(
    member: &dyn SoftMember,
    select: SelectStatement,
    blocked: impl Fn(u64, u64) -> BlockedBy,
    db: &C,
) -> Result<Vec<(OperationId, BlockedBy)>, SoftDeleteError> {
    let mut all = Vec::new();
    for row in db.query_all(&FollowUp(select)).await? {
        if let Some((operation, count, live)) = member.read_counts(&row)? {
            all.push((operation, blocked(count, live)));
        }
    }
    Ok(all)
}
