//! Rows in the trash: finds their operations, moves them between operations, and restores them.

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, LockType, Query};
use std::collections::HashSet;

use sea_orm::{Condition, ConnectionTrait, DbBackend, QueryResult};

use crate::error::SoftDeleteError;
use crate::family::as_of_now::as_of_now;
use crate::family::cascade::Cascade;
use crate::family::due::Due;
use crate::family::follow_up::{FollowUp, first_with_rows};
use crate::family::graph::{Graph, NodeId};
use crate::family::lock_rows::write_first_to;
use crate::family::member::{Assignments, SoftMember};
use crate::family::plan::Family;
use crate::family::row_set::{asked_of_each, tuple};
use crate::operation::clock::Clock;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::query::bound::Fitting;
use crate::query::unique_violation;

/// What a restore does with the trashed parents of the rows to restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ancestors {
    /// They forbid the restore.
    Refuse,
    /// They are restored too.
    Restore,
}

/// The condition that a row of an entity, under this alias, is one of the rows to restore.
pub(crate) type IsRestored<'a> = dyn Fn(NodeId, DynIden) -> Expr + Send + Sync + 'a;

/// The operations that trashed the matching rows of the root.
pub(crate) async fn operations_of<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    db: &C,
) -> Result<Operations, SoftDeleteError> {
    let Some(root) = family.graph.soft(family.root) else {
        return Ok(Operations::default());
    };
    let mut operations = root.operations_among(rows.clone());
    operations.distinct();
    as_of_now(&mut operations, db.get_database_backend());
    Operations::read(root, &db.query_all(&FollowUp(operations)).await?)
}

/// Locks the matching rows of the root to the end of the transaction, so that nobody changes them. Returns the
/// operations that trashed them.
pub(crate) async fn lock_by_operation<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    db: &C,
) -> Result<Operations, SoftDeleteError> {
    let Some(root) = family.graph.soft(family.root) else {
        return Ok(Operations::default());
    };
    write_first_to(root, db).await?;
    let mut lock = root.operations_among(rows.clone());
    if db.get_database_backend() != DbBackend::Sqlite {
        lock.lock(LockType::Update);
    }
    Operations::read(root, &db.query_all(&Fitting(lock)).await?)
}

/// The operations that trashed some rows.
#[derive(Default)]
pub(crate) struct Operations {
    /// Each once; none for rows without a known operation.
    all: Vec<Option<OperationId>>,
    /// How many rows were read.
    pub(crate) rows: u64,
}

impl Operations {
    fn read(root: &dyn SoftMember, rows: &[QueryResult]) -> Result<Self, SoftDeleteError> {
        let mut all = Vec::new();
        let mut known = HashSet::new();
        for row in rows {
            let operation = root.read_operation(row)?;
            if known.insert(operation) {
                all.push(operation);
            }
        }
        let rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(Self { all, rows })
    }
}

/// The matching rows of the root, grouped by these operations, which may be restored.
pub(crate) async fn by_operation<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    operations: Operations,
    db: &C,
) -> Result<Vec<(Option<OperationId>, Condition)>, SoftDeleteError> {
    let Some(root) = family.graph.soft(family.root) else {
        return Ok(Vec::new());
    };
    let backend = db.get_database_backend();
    let mut all = Vec::new();
    for operation in operations.all {
        if let Some(operation) = operation {
            let begins = |node| family.graph.reaches(node, family.root);
            refuse_being_purged(family.graph, begins, operation, db).await?;
            refuse_if_due(family, operation, db).await?;
        }
        let is_of = match operation {
            Some(operation) => root.is_of(root.alias(), operation, backend),
            None => root.has_no_operation(root.alias()),
        };
        all.push((operation, rows.clone().add(is_of)));
    }
    Ok(all)
}

/// Refuses if a purge has begun to remove the operation: if a row of an entity in which it can have begun carries
/// the mark.
pub(super) async fn refuse_being_purged<C: ConnectionTrait>(
    graph: &Graph,
    can_begin_in: impl Fn(NodeId) -> bool,
    operation: OperationId,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let operation = operation.uuid().map_or(operation, OperationId::of_row);
    let backend = db.get_database_backend();
    let mut entities: Vec<&dyn SoftMember> = Vec::new();
    let mut marked = Vec::new();
    for (node, member) in graph.soft_nodes() {
        let is_marked = member.is_being_purged(member.alias(), operation, backend);
        let Some(is_marked) = is_marked.filter(|_| can_begin_in(node)) else {
            continue;
        };
        let mut rows = Query::select();
        rows.expr(Expr::Constant(1.into()))
            .from(member.table())
            .and_where(is_marked)
            .and_where(member.lift());
        as_of_now(&mut rows, backend);
        marked.push(rows);
        entities.push(member);
    }
    let found = first_with_rows(marked, None, db).await?;
    match found.and_then(|found| entities.get(found)) {
        None => Ok(()),
        Some(member) => Err(SoftDeleteError::BeingPurged {
            entity: member.name(),
            operation,
        }),
    }
}

/// Refuses if the root declares that its rows are not restored once a purge may remove them, and rows of the
/// operation are due.
pub(super) async fn refuse_if_due<C: ConnectionTrait>(
    family: &Family,
    operation: OperationId,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = family.graph;
    let Some(root) = graph.soft(family.root) else {
        return Ok(());
    };
    if !graph.restores_until_due(family.root) {
        return Ok(());
    }
    let backend = db.get_database_backend();
    let due = Due {
        now: Clock::current().now(),
        older_than: None,
        by_purge_at: true,
    };
    let until = due.cutoff(family.root).unwrap_or(Timestamp::MIN);
    let Some(is_due) = root.is_due(root.alias(), until, due.passed(), backend) else {
        return Ok(());
    };
    let mut rows = Query::select();
    rows.expr_as(Expr::val(1), "one")
        .from(root.table())
        .and_where(root.is_of(root.alias(), operation, backend))
        .and_where(root.is_trashed(root.alias()))
        .and_where(is_due)
        .and_where(root.lift())
        .limit(1);
    as_of_now(&mut rows, backend);
    match db.query_one(&FollowUp(rows)).await? {
        None => Ok(()),
        Some(_) => Err(SoftDeleteError::TooLateToRestore {
            entity: root.name(),
            operation,
        }),
    }
}

/// The condition that a row of the entity, under this alias, is one of the matching rows.
pub(super) fn is_among(
    member: &dyn SoftMember,
    alias: DynIden,
    rows: &Condition,
    backend: DbBackend,
) -> Expr {
    let key = member.primary_key();
    let mut among = Query::select()
        .columns(key.iter().map(|column| (member.alias(), column.clone())))
        .from(member.table())
        .cond_where(rows.clone())
        .and_where(member.lift())
        .to_owned();
    as_of_now(&mut among, backend);
    tuple(&alias, &key).in_subquery(among)
}

pub(super) async fn bring_back<C: ConnectionTrait>(
    member: &dyn SoftMember,
    rows: Condition,
    is_root: bool,
    db: &C,
) -> Result<u64, SoftDeleteError> {
    let mut update = Query::update();
    update
        .table(member.table())
        .values(member.restoring(db.get_database_backend()))
        .cond_where(rows)
        .and_where(member.is_trashed(member.alias()))
        .and_where(member.lift());
    let restored = match is_root {
        true => db.execute(&Fitting(update)).await,
        false => db.execute(&FollowUp(update)).await,
    };
    match restored {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => Err(unique_violation::of_restore(error, member.name(), None)),
    }
}

/// Moves these rows of the root, and the rows that were trashed with them in this operation, into another
/// operation. Returns how many rows of each entity it moved.
pub(super) async fn move_apart<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    operation: OperationId,
    apart: OperationId,
    db: &C,
) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let mut moves: Vec<(NodeId, Assignments)> = Vec::new();
    for node in family.nodes() {
        if let Some(member) = family.graph.soft(node) {
            moves.push((node, member.moving_to(apart, backend)));
        }
    }
    let moved = move_rows(family, family.root, rows.clone(), apart, db).await?;
    let cascade = Cascade {
        family,
        operation: apart,
        eligible: &|member, alias| match member.tells_apart(operation) {
            true => asked_of_each(member.is_of(alias, operation, backend)),
            false => Expr::Constant(false.into()),
        },
        assignments: &moves,
    };
    let mut counts = cascade.run(db).await?;
    counts.push((family.root, moved));
    Ok(counts)
}

/// Moves rows of one entity into this operation. Returns how many it moved.
pub(super) async fn move_rows<C: ConnectionTrait>(
    family: &Family,
    node: NodeId,
    rows: Condition,
    to: OperationId,
    db: &C,
) -> Result<u64, SoftDeleteError> {
    let Some(member) = family.graph.soft(node) else {
        return Ok(0);
    };
    let mut update = Query::update();
    update
        .table(member.table())
        .values(member.moving_to(to, db.get_database_backend()))
        .cond_where(rows)
        .and_where(member.lift());
    Ok(db.execute(&FollowUp(update)).await?.rows_affected())
}

/// Locks the rows of the operation to the end of the transaction, so that no purge marks one of them after the
/// check, and no archive moves one.
pub(crate) async fn lock_operation<C: ConnectionTrait>(
    root: &dyn SoftMember,
    operation: OperationId,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let backend = db.get_database_backend();
    if backend == DbBackend::Sqlite {
        return Ok(()); // It has one writer.
    }
    let lock = Query::select()
        .expr_as(Expr::val(1), "one")
        .from(root.table())
        .and_where(root.is_of(root.alias(), operation, backend))
        .and_where(root.is_trashed(root.alias()))
        .and_where(root.lift())
        .lock(LockType::Update)
        .to_owned();
    db.query_all(&FollowUp(lock)).await?;
    Ok(())
}
