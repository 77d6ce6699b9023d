//! The parents of rows to restore: trashed or missing parents, which forbid the restore.

use sea_orm::sea_query::{
    DynIden, Expr, ExprTrait, IntoIden, LockType, Order, Query, SelectStatement,
};
use sea_orm::{Condition, ConnectionTrait, DbBackend, Value};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::family::as_of_now::as_of_now;
use crate::family::follow_up::{FollowUp, count_rows};
use crate::family::graph::{Edge, Graph};
use crate::family::member::{Row, Soft, SoftMember};
use crate::family::plan::Family;
use crate::family::row_set::{PARENT, belongs_to, is_not_true, points_at, tuple};
use crate::family::trashed_rows::IsRestored;
use crate::family::trashed_rows::is_among;
use crate::report::trashed_row::TrashedRow;
use crate::report::{MOST_PARENTS, Orphans};

/// For an entity whose deletes affect only its own rows: the condition that a row belongs to no trashed
/// row, to no row that another transaction is about to trash, and to no missing row; `None` if rows of the
/// entity belong to no others at all.
pub(crate) fn guard<E: SoftDeleteEntity>(backend: DbBackend) -> Option<Condition> {
    let graph = Graph::registered();
    let node = graph.node_for::<E>().ok()?;
    let mut all = Condition::all();
    for edge in graph.lives_below(node) {
        if let Some(parent) = graph.soft(edge.parent) {
            let child = graph.member(node).alias();
            let live = is_under(edge, parent, child.clone(), |parents, alias| {
                parents.and_where(parent.is_live(alias));
                if backend != DbBackend::Sqlite {
                    // Wait for a row that is being trashed, and then check it again.
                    parents.lock(LockType::Share);
                }
            });
            let points_at_none = match points_at_some(edge, &child) {
                Some(points) => points.not(),
                None => is_under(edge, parent, child, |_, _| {}).not(),
            };
            all = all.add(live.or(points_at_none));
        }
    }
    (!all.is_empty()).then_some(all)
}

/// The condition that the row of the child under this alias belongs to a row of the parent that passes the
/// filter. The subquery runs once for each row of the child, so that it locks no other rows.
fn is_under(
    edge: &Edge,
    parent: &dyn SoftMember,
    child: DynIden,
    filter: impl FnOnce(&mut SelectStatement, DynIden),
) -> Expr {
    let alias: DynIden = PARENT.into_iden();
    let mut parents = Query::select();
    parents
        .expr(Expr::Constant(1.into()))
        .from_as(parent.table(), alias.clone())
        .cond_where(points_at(edge, alias.clone(), child))
        .and_where(parent.lift());
    filter(&mut parents, alias);
    Expr::exists(parents)
}

/// The condition that the row of the child under this alias names a parent row; `None` if its columns alone
/// do not tell, as when a condition decides whether they refer to this parent.
fn points_at_some(edge: &Edge, child: &DynIden) -> Option<Expr> {
    if edge.condition.is_some() {
        return None;
    }
    let columns = edge.child_columns.iter();
    let mut set = columns.map(|column| Expr::col((child.clone(), column.clone())).is_not_null());
    let first = set.next()?;
    Some(set.fold(first, ExprTrait::and))
}

/// Refuses if a matching row of such an entity belongs to a row that is trashed or missing.
pub(crate) async fn refuse_orphans<E, C>(rows: &Condition, db: &C) -> Result<(), SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    refuse_orphans_of::<E, C>(rows, false, db).await
}

/// Does the same and, inside a transaction, locks the parent rows, so that nobody trashes them before the
/// transaction ends.
pub(crate) async fn lock_and_refuse_orphans<E, C>(
    rows: &Condition,
    db: &C,
) -> Result<(), SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    refuse_orphans_of::<E, C>(rows, true, db).await
}

async fn refuse_orphans_of<E, C>(
    rows: &Condition,
    locks_parents: bool,
    db: &C,
) -> Result<(), SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    let family = Family::for_entity::<E>()?;
    let child = Soft::<E>::MEMBER;
    let is_restored = |node, alias| match node == family.root {
        true => is_among(child, alias, rows, db.get_database_backend()),
        false => Expr::Constant(false.into()),
    };
    for edge in family.graph.lives_below(family.root) {
        if locks_parents {
            lock_parents(&family, edge, &is_restored, db).await?;
        }
        refuse_orphan(&family, edge, &is_restored, db).await?;
    }
    Ok(())
}

async fn refuse_orphan<C: ConnectionTrait>(
    family: &Family,
    edge: &Edge,
    is_restored: &IsRestored<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    match orphan(family, edge, is_restored, db).await? {
        None => Ok(()),
        Some((child, Above::Trashed(parent))) => Err(parent_trashed(family, edge, child, parent)),
        Some((child, Above::Gone(key))) => Err(parent_gone(family, edge, child, key)),
    }
}

pub(super) fn parent_trashed(
    family: &Family,
    edge: &Edge,
    child: Row,
    parent: Row,
) -> SoftDeleteError {
    let entity = family.graph.member(edge.parent).name();
    SoftDeleteError::ParentTrashed {
        entity: family.graph.member(edge.child).name(),
        key: child.key.clone(),
        parent: entity.clone(),
        parent_key: parent.key.clone(),
        parent_row: Box::new(trashed_row(entity, parent)),
    }
}

fn trashed_row(entity: String, row: Row) -> TrashedRow {
    TrashedRow {
        entity,
        key: row.primary_key,
        title: row.title,
        operation: row.operation,
    }
}

pub(super) fn parent_gone(
    family: &Family,
    edge: &Edge,
    child: Row,
    parent_key: String,
) -> SoftDeleteError {
    SoftDeleteError::ParentGone {
        entity: family.graph.member(edge.child).name(),
        key: child.key,
        parent: family.graph.member(edge.parent).name(),
        parent_key,
    }
}

/// How many of the rows to restore belong to rows that would stay trashed, and the first of those rows. `are_restored`
/// tells the rows of all entities that are restored with them.
pub(crate) async fn orphans<C: ConnectionTrait>(
    family: &Family,
    is_restored: &IsRestored<'_>,
    are_restored: &IsRestored<'_>,
    db: &C,
) -> Result<Vec<Orphans>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let mut all = Vec::new();
    for edge in edges(family) {
        let is_orphan = |parent: &dyn SoftMember, alias| {
            Some(is_orphan(edge, parent, alias, are_restored, backend))
        };
        if let Some(mut orphans) = count_orphans(family, edge, is_restored, &is_orphan, db).await? {
            let parents = trashed_parents(family, edge, is_restored, are_restored, db);
            orphans.parents = parents.await?;
            all.push(orphans);
        }
    }
    Ok(all)
}

/// How many of the rows to restore belong to rows that no longer exist.
pub(crate) async fn gone<C: ConnectionTrait>(
    family: &Family,
    is_restored: &IsRestored<'_>,
    db: &C,
) -> Result<Vec<Orphans>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let mut all = Vec::new();
    for edge in edges(family) {
        let is_gone = |parent: &dyn SoftMember, alias| is_gone(edge, parent, alias, backend);
        all.extend(count_orphans(family, edge, is_restored, &is_gone, db).await?);
    }
    Ok(all)
}

/// The relations from parents to the entities of the family.
fn edges(family: &Family) -> impl Iterator<Item = &Edge> {
    let up = |node| family.graph.lives_below(node).map(AsRef::as_ref);
    family.nodes().flat_map(up)
}

/// The condition that the parent of a row of the child, under this alias, forbids a restore.
type IsWrong<'a> = dyn Fn(&dyn SoftMember, DynIden) -> Option<Expr> + Send + Sync + 'a;

async fn count_orphans<C: ConnectionTrait>(
    family: &Family,
    edge: &Edge,
    is_restored: &IsRestored<'_>,
    is_wrong: &IsWrong<'_>,
    db: &C,
) -> Result<Option<Orphans>, SoftDeleteError> {
    let graph = family.graph;
    let (Some(parent), Some(child)) = (graph.soft(edge.parent), graph.soft(edge.child)) else {
        return Ok(None);
    };
    let alias = child.alias();
    let Some(is_wrong) = is_wrong(parent, alias.clone()) else {
        return Ok(None);
    };
    let mut rows = Query::select();
    rows.from(child.table())
        .and_where(is_restored(edge.child, alias))
        .and_where(is_wrong)
        .and_where(child.lift());
    let count = count_rows(rows, db).await?;
    Ok((count > 0).then(|| Orphans {
        entity: child.name(),
        count,
        of: parent.name(),
        parents: Vec::new(),
    }))
}

/// The first trashed rows that rows to restore belong to, and that are not restored too.
async fn trashed_parents<C: ConnectionTrait>(
    family: &Family,
    edge: &Edge,
    is_restored: &IsRestored<'_>,
    are_restored: &IsRestored<'_>,
    db: &C,
) -> Result<Vec<TrashedRow>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let graph = family.graph;
    let (Some(parent), Some(child)) = (graph.soft(edge.parent), graph.soft(edge.child)) else {
        return Ok(Vec::new());
    };
    let alias = parent.alias();
    let mut rows = parent.select(
        Condition::all()
            .add(parent.is_trashed(alias.clone()))
            .add(has_child(edge, child, alias.clone(), is_restored, backend))
            .add(is_not_true(are_restored(edge.parent, alias.clone()))),
    );
    for column in parent.primary_key() {
        rows.order_by((alias.clone(), column), Order::Asc);
    }
    rows.limit(MOST_PARENTS as u64);
    as_of_now(&mut rows, backend);
    let rows = db.query_all(&FollowUp(rows)).await?;
    let rows = rows
        .iter()
        .map(|row| Ok(trashed_row(parent.name(), parent.read(row)?)));
    rows.collect()
}

/// Locks the parents of these rows to the end of the transaction, so that nobody trashes them.
pub(super) async fn lock_parents<C: ConnectionTrait>(
    family: &Family,
    edge: &Edge,
    is_restored: &IsRestored<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let backend = db.get_database_backend();
    let graph = family.graph;
    let (Some(parent), Some(child)) = (graph.soft(edge.parent), graph.soft(edge.child)) else {
        return Ok(());
    };
    // SQLite has one writer: this transaction, as soon as it has written.
    if backend == DbBackend::Sqlite {
        return Ok(());
    }
    let alias: DynIden = PARENT.into_iden();
    let mut lock = Query::select();
    lock.expr_as(Expr::val(1), "one")
        .from_as(parent.table(), alias.clone())
        .and_where(has_child(edge, child, alias.clone(), is_restored, backend))
        .and_where(is_not_true(is_restored(edge.parent, alias)))
        .and_where(parent.lift())
        .lock(LockType::Share);
    db.query_all(&FollowUp(lock)).await?;
    Ok(())
}

/// The condition that rows to restore belong to the parent under this alias.
fn has_child(
    edge: &Edge,
    child: &dyn SoftMember,
    parent: DynIden,
    is_restored: &IsRestored<'_>,
    backend: DbBackend,
) -> Expr {
    let alias: DynIden = "soft_delete_child".into_iden();
    let mut children = Query::select();
    children
        .from_as(child.table(), alias.clone())
        .and_where(is_restored(edge.child, alias.clone()))
        .and_where(child.is_trashed(alias.clone()))
        .and_where(child.lift());
    as_of_now(&mut children, backend);
    if edge.condition.is_none() {
        let columns = edge.child_columns.iter();
        children.columns(columns.map(|column| (alias.clone(), column.clone())));
        return tuple(&parent, &edge.parent_columns).in_subquery(children);
    }
    children
        .expr(Expr::Constant(1.into()))
        .cond_where(points_at(edge, parent, alias));
    Expr::exists(children)
}

/// The parent of a row, where the parent forbids a restore.
pub(super) enum Above {
    /// The parent is trashed, and is not restored too.
    Trashed(Row),
    /// The parent no longer exists. Holds its key, as `id = 3`.
    Gone(String),
}

/// The rows to restore whose parents, by this relation, forbid it.
pub(super) fn orphaned(
    family: &Family,
    edge: &Edge,
    is_restored: &IsRestored<'_>,
    backend: DbBackend,
) -> Option<SelectStatement> {
    let child = family.graph.soft(edge.child)?;
    let mut rows = Query::select();
    rows.expr(Expr::Constant(1.into()))
        .from(child.table())
        .cond_where(has_no_parent(family, edge, is_restored, backend)?)
        .and_where(child.lift());
    as_of_now(&mut rows, backend);
    Some(rows)
}

/// The condition that a row of the child is to be restored, and that its parent forbids it.
fn has_no_parent(
    family: &Family,
    edge: &Edge,
    is_restored: &IsRestored<'_>,
    backend: DbBackend,
) -> Option<Condition> {
    let parent = family.graph.soft(edge.parent)?;
    let child = family.graph.soft(edge.child)?;
    let alias = child.alias();
    let is_trashed = is_orphan(edge, parent, alias.clone(), is_restored, backend);
    let is_in_the_way = match is_gone(edge, parent, alias.clone(), backend) {
        Some(is_gone) => is_trashed.or(is_gone),
        None => is_trashed,
    };
    let condition = Condition::all()
        .add(is_restored(edge.child, alias.clone()))
        .add(child.is_trashed(alias))
        .add(is_in_the_way);
    Some(condition)
}

/// A row to restore whose parent forbids it, and that parent.
pub(super) async fn orphan<C: ConnectionTrait>(
    family: &Family,
    edge: &Edge,
    is_restored: &IsRestored<'_>,
    db: &C,
) -> Result<Option<(Row, Above)>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let graph = family.graph;
    let (Some(parent), Some(child)) = (graph.soft(edge.parent), graph.soft(edge.child)) else {
        return Ok(None);
    };
    let Some(has_no_parent) = has_no_parent(family, edge, is_restored, backend) else {
        return Ok(None);
    };
    let mut rows = child.select(has_no_parent);
    rows.limit(1);
    as_of_now(&mut rows, backend);
    let Some(row) = db.query_one(&FollowUp(rows)).await? else {
        return Ok(None);
    };
    let row = child.read(&row)?;
    let mut parents = parent.select(parent_of(family, edge, &row));
    parents.limit(1);
    as_of_now(&mut parents, backend);
    match db.query_one(&FollowUp(parents)).await? {
        Some(above) => Ok(Some((row, Above::Trashed(parent.read(&above)?)))),
        None if edge.condition.is_none() => {
            let key = key_above(edge, &row);
            Ok(Some((row, Above::Gone(key))))
        }
        None => Ok(None),
    }
}

/// The condition that the parent of the child's row, under this alias, no longer exists; `None` if the
/// columns of the child alone do not tell whether it belongs to a row of this parent.
fn is_gone(
    edge: &Edge,
    parent: &dyn SoftMember,
    child: DynIden,
    backend: DbBackend,
) -> Option<Expr> {
    let points = points_at_some(edge, &child)?;
    let is_there = is_under(edge, parent, child, |parents, _| {
        as_of_now(parents, backend)
    });
    Some(points.and(is_there.not()))
}

/// The key of the parent row, as `id = 3`, from the child's columns.
pub(super) fn key_above(edge: &Edge, child: &Row) -> String {
    let columns = edge.parent_columns.iter().zip(&edge.child_columns);
    let columns = columns.map(|(parent_column, child_column)| {
        format!("{} = {}", parent_column, value_of(child, child_column))
    });
    columns.collect::<Vec<_>>().join(", ")
}

pub(super) fn value_of(row: &Row, column: &DynIden) -> Value {
    let mut values = row.values.iter();
    let value = values.find(|(name, _)| *name == column.to_string());
    value.map_or(Value::Bool(None), |(_, value)| value.clone())
}

/// The condition that the row of the child under this alias belongs to a trashed row that is not restored
/// with it.
pub(crate) fn is_orphan(
    edge: &Edge,
    parent: &dyn SoftMember,
    child: DynIden,
    is_restored: &IsRestored<'_>,
    backend: DbBackend,
) -> Expr {
    let alias: DynIden = PARENT.into_iden();
    let mut parents = Query::select();
    parents
        .from_as(parent.table(), alias.clone())
        .and_where(parent.is_trashed(alias.clone()))
        .and_where(is_not_true(is_restored(edge.parent, alias)))
        .and_where(parent.lift());
    as_of_now(&mut parents, backend);
    belongs_to(edge, parents, child)
}

/// The condition that a row of the parent is the trashed row to which this row belongs.
pub(super) fn parent_of(family: &Family, edge: &Edge, child: &Row) -> Condition {
    let mut all = Condition::all();
    let Some(parent) = family.graph.soft(edge.parent) else {
        return all.add(Expr::Constant(false.into()));
    };
    let columns = edge.parent_columns.iter().zip(&edge.child_columns);
    for (parent_column, child_column) in columns {
        let value = value_of(child, child_column);
        all = all.add(Expr::col((parent.alias(), parent_column.clone())).eq(value));
    }
    all.add(parent.is_trashed(parent.alias()))
        .add(parent.lift())
}
