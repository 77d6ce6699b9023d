//! Keeps counter caches: the numbers of live and trashed rows that parents hold, in the transaction that changes the
//! rows.
//!
//! One UPDATE for each counter counts the rows by their parents in the database, and adds the counts to those of the
//! parents or takes them away. The rows are locked or written by then, so that the counts are exact.

pub(crate) mod recount;

use sea_orm::sea_query::{
    CaseStatement, DynIden, Expr, ExprTrait, IntoIden, LockType, Query, SelectStatement, TableRef,
    UpdateStatement,
};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::error::SoftDeleteError;
use crate::family::counter::Counter;
use crate::family::follow_up::{FollowUp, count_rows};
use crate::family::graph::{Graph, NodeId};
use crate::family::member::SoftMember;
use crate::family::plan::Family;
use crate::family::row_set::is_not_true;
use crate::operation::id::OperationId;

// Names that no column of a table has.
const FOUND: &str = "soft_delete_found";
const LIVE: &str = "soft_delete_live";
const TRASHED: &str = "soft_delete_trashed";

/// What happens to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// They were trashed.
    Trash,
    /// Trashed rows are about to become live.
    Restore,
    /// Rows are about to be removed, or to belong to other parents.
    Leave,
    /// Rows were inserted, or belong to these parents now.
    Arrive,
    /// Trashed rows are about to be removed from the table.
    LeaveTrash,
    /// Trashed rows were inserted.
    ArriveInTrash,
}

#[derive(Clone, Copy)]
enum Delta {
    Plus(&'static str),
    Minus(&'static str),
}

impl Change {
    /// What it does to the count of live rows.
    fn of_live(self) -> Option<Delta> {
        match self {
            Self::Trash => Some(Delta::Minus(TRASHED)),
            Self::Restore => Some(Delta::Plus(TRASHED)),
            Self::Leave => Some(Delta::Minus(LIVE)),
            Self::Arrive => Some(Delta::Plus(LIVE)),
            Self::LeaveTrash | Self::ArriveInTrash => None,
        }
    }

    /// What it does to the count of trashed rows.
    fn of_trashed(self) -> Delta {
        match self {
            Self::Trash | Self::Arrive | Self::ArriveInTrash => Delta::Plus(TRASHED),
            Self::Restore | Self::Leave | Self::LeaveTrash => Delta::Minus(TRASHED),
        }
    }
}

/// Rows that are counted, and then restored or removed.
#[must_use]
pub(crate) struct Moving {
    entity: String,
    /// How many rows are locked. `None` if nothing has to be compared.
    locked: Option<u64>,
}

impl Moving {
    /// Locks the rows, which a SELECT without columns names, and changes the counts of their parents.
    pub(crate) async fn begin<C: ConnectionTrait>(
        counters: &[Counter],
        member: &dyn SoftMember,
        rows: SelectStatement,
        change: Change,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        let mut moving = Self {
            entity: member.name(),
            locked: None,
        };
        if !counters.iter().any(|it| it.is_changed_by(change)) {
            return Ok(moving);
        }
        // On the heap: every verb of a family has this future within its own, and few entities have counters.
        Box::pin(async move {
            // SQLite has one writer.
            if db.get_database_backend() != DbBackend::Sqlite {
                let locked = lock(rows.clone(), db).await?;
                moving.locked = Some(locked);
                if locked == 0 {
                    return Ok(moving);
                }
            }
            apply(counters, member, &rows, change, db).await?;
            Ok(moving)
        })
        .await
    }

    /// Fails if more rows than were counted have changed: the transaction has to be repeated. Counted rows are locked,
    /// so that fewer have changed only if the database removed them with others.
    pub(crate) fn end(self, changed: u64) -> Result<(), SoftDeleteError> {
        match self.locked {
            Some(locked) if changed > locked => Err(SoftDeleteError::Contended {
                entity: self.entity,
                by: "its parents".into(),
            }),
            _ => Ok(()),
        }
    }
}

/// Counts the rows that the operation trashed. `followed` has those below the root.
pub(crate) async fn trashed<C: ConnectionTrait>(
    family: &Family,
    operation: OperationId,
    followed: &[(NodeId, u64)],
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = family.graph;
    for node in family.nodes() {
        let has_rows = |(of, count): &(NodeId, u64)| *of == node && *count > 0;
        let is_written = node == family.root || followed.iter().any(has_rows);
        if let Some(member) = graph.soft(node).filter(|_| is_written) {
            let is_of = member.is_of(member.alias(), operation, db.get_database_backend());
            let rows = Condition::all()
                .add(is_of)
                .add(member.is_trashed(member.alias()));
            let rows = rows_of(member, rows);
            apply(graph.counters(node), member, &rows, Change::Trash, db).await?;
        }
    }
    Ok(())
}

/// Changes the counts of the parents of these rows.
pub(crate) async fn apply<C: ConnectionTrait>(
    counters: &[Counter],
    member: &dyn SoftMember,
    rows: &SelectStatement,
    change: Change,
    db: &C,
) -> Result<(), SoftDeleteError> {
    for counter in counters.iter().filter(|it| it.is_changed_by(change)) {
        let update = counter.changing(member, rows.clone(), change);
        db.execute(&FollowUp(update)).await?;
    }
    Ok(())
}

/// The same for rows that somebody else writes: counts them where they leave, and where they arrive.
pub(crate) async fn apply_to<C: ConnectionTrait>(
    node: NodeId,
    rows: Condition,
    change: Change,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = Graph::registered();
    let Some(member) = graph.soft(node) else {
        return Ok(());
    };
    let rows = rows_of(member, rows);
    apply(graph.counters(node), member, &rows, change, db).await
}

/// Whether one of these columns tells which parent counts a row of the entity.
pub(crate) fn depend_on(node: NodeId, is_written: impl Fn(&str) -> bool) -> bool {
    let mut counters = Graph::registered().counters(node).iter();
    let is_written = |column: &DynIden| is_written(&column.to_string());
    counters.any(|counter| counter.child_columns.iter().any(is_written))
}

/// Selects these rows of the entity, trashed ones included. The SELECT has no columns.
pub(crate) fn rows_of(member: &dyn SoftMember, rows: Condition) -> SelectStatement {
    Query::select()
        .from(member.table())
        .cond_where(rows)
        .and_where(member.lift())
        .to_owned()
}

/// The same without the rows on legal hold, which no statement removes.
pub(crate) fn free_rows_of(member: &dyn SoftMember, rows: Condition) -> SelectStatement {
    let is_held = member.is_held(member.alias());
    rows_of(member, rows.add_option(is_held.map(is_not_true)))
}

/// Locks the rows. Returns how many there are.
async fn lock<C: ConnectionTrait>(
    mut rows: SelectStatement,
    db: &C,
) -> Result<u64, SoftDeleteError> {
    rows.lock(LockType::Update);
    if db.get_database_backend() == DbBackend::MySql {
        return Ok(count_rows(rows, db).await?);
    }
    // PostgreSQL cannot lock the rows of an aggregate.
    rows.expr_as(Expr::Constant(1.into()), "one");
    let rows = Query::select().from_subquery(rows, FOUND).to_owned();
    Ok(count_rows(rows, db).await?)
}

impl Counter {
    fn is_changed_by(&self, change: Change) -> bool {
        self.trashed.is_some() || (self.live.is_some() && change.of_live().is_some())
    }

    /// `UPDATE parent SET live = live - n … FROM (SELECT parent_id, COUNT(…) AS n FROM child … GROUP BY parent_id)`
    fn changing(
        &self,
        child: &dyn SoftMember,
        rows: SelectStatement,
        change: Change,
    ) -> UpdateStatement {
        let alias = child.alias();
        let mut counts = rows;
        for (index, column) in self.child_columns.iter().enumerate() {
            let column = Expr::col((alias.clone(), column.clone()));
            counts
                .expr_as(column.clone(), key(index))
                .add_group_by([column]);
        }
        counts
            .expr_as(count_if(child.is_live(alias.clone())), LIVE)
            .expr_as(count_if(child.is_trashed(alias)), TRASHED);
        let mut update = self.update_from(counts, &self.parent_columns);
        let of_parent = |column: &DynIden| Expr::col((self.parent.alias(), column.clone()));
        let changed = |column: &DynIden, delta| match delta {
            Delta::Plus(count) => of_parent(column).add(Expr::col((FOUND, count))),
            // A count that is wrong already must neither become negative nor, in an unsigned column, fail the delete.
            Delta::Minus(count) => {
                let count = || Expr::col((FOUND, count));
                let is_less = of_parent(column).lt(count());
                CaseStatement::new()
                    .case(is_less, Expr::Constant(0.into()))
                    .finally(of_parent(column).sub(count()))
                    .into()
            }
        };
        if let (Some(live), Some(delta)) = (&self.live, change.of_live()) {
            update.value(live.clone(), changed(live, delta));
        }
        if let Some(trashed) = &self.trashed {
            update.value(trashed.clone(), changed(trashed, change.of_trashed()));
        }
        update
    }

    /// An UPDATE of the parents with these columns, joined to what is counted for each.
    fn update_from(&self, counts: SelectStatement, columns: &[DynIden]) -> UpdateStatement {
        let found: DynIden = FOUND.into_iden();
        let mut update = Query::update();
        update
            .table(self.parent.table())
            .from(TableRef::SubQuery(Box::new(counts), found.clone()));
        for (index, column) in columns.iter().enumerate() {
            let column = Expr::col((self.parent.alias(), column.clone()));
            update.and_where(column.equals((found.clone(), key(index))));
        }
        update.and_where_option(self.lift_parent());
        update
    }
}

/// The name under which a column of a key is selected.
fn key(index: usize) -> DynIden {
    format!("soft_delete_key{index}").into_iden()
}

fn count_if(condition: Expr) -> Expr {
    let one = CaseStatement::new().case(condition, Expr::Constant(1.into()));
    let one: Expr = one.into();
    one.count()
}
