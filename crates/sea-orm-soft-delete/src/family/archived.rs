//! Archives: each archived table has a twin, to which rows of the trash are moved, and from which a restore returns
//! them.

use sea_orm::sea_query::{
    CommonTableExpression, DynIden, Expr, ExprTrait, InsertStatement, IntoIden, LockType, Query,
    SelectStatement, TableRef,
};
use sea_orm::{Condition, ConnectionTrait, DbBackend, DbErr, SqlErr};

use crate::deletion_log::Verb;
use crate::entity::member::Place;
use crate::error::SoftDeleteError;
use crate::family::ancestors::{key_above, parent_gone, parent_trashed, value_of};
use crate::family::as_of_now::as_of_now;
use crate::family::backup;
use crate::family::counts::recount::recount_parents;
use crate::family::counts::{self, Change};
use crate::family::follow_up::{DeleteJoined, FollowUp, count_rows};
use crate::family::graph::{Edge, Graph, NodeId};
use crate::family::member::{Row, SoftMember};
use crate::family::plan::Family;
use crate::family::record::Deeds;
use crate::family::row_set::{PARENT, belongs_to, is_not_true, points_at};
use crate::family::trashed_rows::{Ancestors, lock_operation};
use crate::family::with_keys::WithKeys;
use crate::operation::attribution::Attribution;
use crate::operation::clock::Clock;
use crate::operation::id::OperationId;
use crate::query::unique_violation;
use crate::report::{EntityRows, Preview};
use crate::value_text::text_of;

/// The columns that a twin has beside those of its table.
pub(crate) const ARCHIVED_AT: &str = "soft_delete_archived_at";
pub(crate) const ARCHIVED_BY: &str = "soft_delete_archived_by";

/// When and by whom rows are archived.
#[derive(Clone, Debug)]
pub(crate) struct Archiving {
    at: String,
    by: Option<String>,
}

impl Archiving {
    /// Now, by the ambient attribution.
    pub(crate) fn now() -> Self {
        Self {
            at: Clock::current().now().to_string(),
            by: Attribution::current().who().map(text_of),
        }
    }

    /// Moves rows of the entity, except held ones, to its archive. Returns how many.
    pub(super) async fn take<C: ConnectionTrait>(
        &self,
        member: &dyn SoftMember,
        rows: Condition,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let mut delete = Query::delete();
        delete
            .from_table(member.table())
            .cond_where(rows.clone())
            .and_where(member.may_be_removed());
        let removed = |error| unique_violation::of_removal(error, member.name());
        if db.get_database_backend() == DbBackend::Postgres {
            let taken: DynIden = "soft_delete_taken".into_iden();
            delete.returning(Query::returning().columns(member.columns()));
            let mut insert = self.insert(member, &taken, taken.clone().into(), |_| {})?;
            let taken = CommonTableExpression::new()
                .table_name(taken)
                .query(delete)
                .to_owned();
            insert.with_cte(taken);
            let done = db.execute(&FollowUp(insert)).await.map_err(removed)?;
            return Ok(done.rows_affected());
        }
        let copy = self.insert(member, &member.alias(), member.table(), |select| {
            select.cond_where(rows).and_where(member.lift());
            if db.get_database_backend() == DbBackend::MySql {
                select.lock(LockType::Update);
            }
        })?;
        let copied = db.execute(&FollowUp(copy)).await?.rows_affected();
        let done = db.execute(&FollowUp(delete)).await.map_err(removed)?;
        match done.rows_affected() == copied {
            true => Ok(copied),
            false => Err(SoftDeleteError::Contended {
                entity: member.name(),
                by: "their operations".into(),
            }),
        }
    }

    /// An INSERT of rows into the archive of the entity, from the table under this alias.
    fn insert(
        &self,
        member: &dyn SoftMember,
        alias: &DynIden,
        from: TableRef,
        narrow: impl FnOnce(&mut SelectStatement),
    ) -> Result<InsertStatement, SoftDeleteError> {
        let archive = member.soft_at(Place::Archive);
        let columns = member.columns();
        let own = columns.iter().cloned();
        let mut select = Query::select();
        select
            .columns(own.map(|column| (alias.clone(), column)))
            .expr(Expr::val(self.at.clone()))
            .expr(Expr::val(self.by.clone()))
            .from(from);
        narrow(&mut select);
        let stamps = [ARCHIVED_AT, ARCHIVED_BY].map(IntoIden::into_iden);
        let mut insert = Query::insert();
        insert
            .into_table(without_alias(archive.table()))
            .columns(columns.into_iter().chain(stamps));
        insert.select_from(select).map_err(of_query)?;
        Ok(insert)
    }
}

/// Removes rows of an entity's archive for good. Returns how many.
pub(crate) async fn remove<C: ConnectionTrait>(
    archive: &dyn SoftMember,
    rows: Condition,
    db: &C,
) -> Result<u64, SoftDeleteError> {
    let all = || (rows.clone(), None);
    let written = backup::write(archive, Some(archive), None, all, db).await?;
    let rows = rows.add(archive.may_be_removed());
    let removed = delete(archive, rows, db).await?;
    written.covers(removed, archive)?;
    Ok(removed)
}

/// Deletes rows of an entity's archive. Returns how many.
async fn delete<C: ConnectionTrait>(
    archive: &dyn SoftMember,
    rows: Condition,
    db: &C,
) -> Result<u64, SoftDeleteError> {
    let done = match db.get_database_backend() {
        // MariaDB knows an alias only in a DELETE of several tables.
        DbBackend::MySql => {
            let rows = Query::select()
                .expr(Expr::Constant(1.into()))
                .from(archive.table())
                .cond_where(rows)
                .to_owned();
            let from = archive.alias();
            db.execute(&FollowUp(DeleteJoined { rows, from })).await
        }
        _ => {
            let delete = Query::delete()
                .from_table(archive.table())
                .cond_where(rows)
                .to_owned();
            db.execute(&FollowUp(delete)).await
        }
    };
    Ok(done?.rows_affected())
}

/// The condition that a row of the child, under this alias, belongs to a row that these select from the parent or from
/// its archive, under the name [`PARENT`].
fn belongs_to_rows(
    edge: &Edge,
    parent: &dyn SoftMember,
    rows: impl FnOnce(&dyn SoftMember) -> Condition,
    child: &dyn SoftMember,
    backend: DbBackend,
) -> Expr {
    let mut parents = Query::select();
    parents
        .from_as(parent.table(), PARENT)
        .cond_where(rows(parent))
        .and_where(parent.lift());
    as_of_now(&mut parents, backend);
    belongs_to(edge, parents, child.alias())
}

/// Adds to the preview of a force delete what [`force_delete`] would remove from the archives of these entities.
pub(crate) async fn add_to_preview<C: ConnectionTrait>(
    preview: &mut Preview,
    nodes: impl Iterator<Item = NodeId>,
    operation: OperationId,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = Graph::registered();
    let backend = db.get_database_backend();
    for archive in nodes.filter_map(|node| graph.archive(node)) {
        let count = async |is_held: Option<Expr>| {
            let mut rows = Query::select();
            rows.from(archive.table())
                .cond_where(archive.is_of_any(archive.alias(), &[operation], backend))
                .and_where_option(is_held);
            count_rows(rows, db).await
        };
        let entity = archive.name();
        preview.affects.add(&entity, count(None).await?);
        if let Some(is_held) = archive.is_held(archive.alias()) {
            EntityRows::add(&mut preview.on_hold, entity, count(Some(is_held)).await?);
        }
    }
    Ok(())
}

/// Removes the rows that archives of these entities have of the operation, for good. Returns how many.
pub(crate) async fn force_delete<C: ConnectionTrait>(
    nodes: impl Iterator<Item = NodeId>,
    operation: OperationId,
    db: &C,
) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
    let graph = Graph::registered();
    let backend = db.get_database_backend();
    let mut counts = Vec::new();
    for node in nodes {
        let Some(archive) = graph.archive(node) else {
            continue;
        };
        let is_of = || archive.is_of_any(archive.alias(), &[operation], backend);
        counts.push((node, remove(archive, is_of(), db).await?));
        let mut held = Query::select();
        held.from(archive.table()).cond_where(is_of());
        let count = count_rows(held, db).await?;
        if count > 0 {
            let entity = archive.name();
            return Err(SoftDeleteError::Held {
                entity: entity.clone(),
                held: vec![EntityRows { entity, count }],
            });
        }
    }
    let mut deeds = Deeds::new(Verb::ForceDelete, graph);
    deeds.extend(Some(operation), &counts);
    deeds.write(db).await?;
    Ok(counts)
}

/// What a restore returns from the archives: the rows of an operation, to the trash of their tables.
pub(crate) struct Return<'a, C> {
    graph: &'static Graph,
    operation: OperationId,
    /// The archived entities, parents before children. Entities that are parents of one another form one group.
    groups: Vec<Vec<NodeId>>,
    ancestors: Ancestors,
    backend: DbBackend,
    db: &'a C,
}

impl<'a, C: ConnectionTrait> Return<'a, C> {
    /// The rows that archives of these entities have of the operation.
    pub(crate) fn of(
        nodes: impl Iterator<Item = NodeId>,
        operation: OperationId,
        ancestors: Ancestors,
        db: &'a C,
    ) -> Self {
        let graph = Graph::registered();
        let nodes = nodes.filter(|it| graph.archive(*it).is_some()).collect();
        Self {
            graph,
            operation,
            groups: graph.parents_first(nodes),
            ancestors,
            backend: db.get_database_backend(),
            db,
        }
    }

    /// Moves the rows back.
    pub(crate) async fn run(self) -> Result<(), SoftDeleteError> {
        let mut counts: Vec<(NodeId, u64)> = Vec::new();
        for group in &self.groups {
            let mut nodes = Vec::new();
            for node in group {
                // What an archive has begun to move is in the archive afterwards, and the rest stays here.
                if let Some(member) = self.graph.soft(*node) {
                    lock_operation(member, self.operation, self.db).await?;
                }
                if self.has_rows(*node).await? {
                    self.resolve_parents(*node).await?;
                    nodes.push(*node);
                }
            }
            // MySQL and MariaDB check a foreign key row by row, and the other databases at the end of a statement.
            let is_tree = |node: &NodeId| self.graph.reaches_itself(*node);
            let is_by_level =
                group.len() > 1 || (self.backend == DbBackend::MySql && group.iter().any(is_tree));
            let mut is_left = is_by_level;
            while is_left {
                is_left = false;
                for node in &nodes {
                    let moved = self.move_back(*node, Some(group)).await?;
                    is_left |= moved > 0;
                    counts.push((*node, moved));
                }
            }
            // All rows, or the rows that are parents of one another.
            for node in nodes {
                counts.push((node, self.move_back(node, None).await?));
            }
        }
        self.recount_parents(&counts).await?;
        let mut deeds = Deeds::new(Verb::Return, self.graph);
        deeds.extend(Some(self.operation), &counts);
        deeds.write(self.db).await
    }

    /// Recounts what the returned rows count: rows that belong to them may have been removed meanwhile.
    async fn recount_parents(&self, moved: &[(NodeId, u64)]) -> Result<(), SoftDeleteError> {
        for node in self.groups.iter().flatten() {
            let has_rows = moved.iter().any(|(of, count)| of == node && *count > 0);
            if let Some(member) = self.graph.soft(*node).filter(|_| has_rows) {
                let is_of = |alias| member.is_of_any(alias, &[self.operation], self.backend);
                recount_parents(member, is_of, self.db).await?;
            }
        }
        Ok(())
    }

    async fn has_rows(&self, node: NodeId) -> Result<bool, SoftDeleteError> {
        let Some(archive) = self.graph.archive(node) else {
            return Ok(false);
        };
        let mut first = Query::select();
        first
            .expr_as(Expr::val(1), "one")
            .from(archive.table())
            .cond_where(self.is_of(archive))
            .limit(1);
        as_of_now(&mut first, self.backend);
        Ok(self.db.query_one(&FollowUp(first)).await?.is_some())
    }

    /// The condition that a row, under the name of its table, is one of the operation.
    fn is_of(&self, member: &dyn SoftMember) -> Condition {
        member
            .is_of_any(member.alias(), &[self.operation], self.backend)
            .add(member.is_trashed(member.alias()))
    }

    /// Moves rows of the entity back: all, or those whose parents in a group of entities are back. Returns how many.
    async fn move_back(
        &self,
        node: NodeId,
        parents: Option<&Vec<NodeId>>,
    ) -> Result<u64, SoftDeleteError> {
        let (Some(member), Some(archive)) = (self.graph.soft(node), self.graph.archive(node))
        else {
            return Ok(0);
        };
        let mut rows = self.is_of(archive);
        for edge in self.graph.up(node) {
            let is_around = parents.is_some_and(|group| group.contains(&edge.parent));
            if let Some(parent) = self.graph.archive(edge.parent).filter(|_| is_around) {
                let mut waiting = Query::select();
                waiting
                    .expr(Expr::Constant(1.into()))
                    .from_as(parent.table(), PARENT)
                    .cond_where(points_at(edge, PARENT.into_iden(), archive.alias()))
                    .cond_where(parent.is_of_any(
                        PARENT.into_iden(),
                        &[self.operation],
                        self.backend,
                    ));
                rows = rows.add(Expr::exists(waiting).not());
            }
        }
        let moved = self.insert(member, rows.clone()).await?;
        if moved > 0 {
            // A DELETE by the first condition would remove the children of the rows that it removes.
            let moved_rows = match parents {
                Some(_) => self.is_of(archive).add(self.is_back(member, archive)),
                None => rows,
            };
            let counted = Query::select()
                .from(archive.table())
                .cond_where(moved_rows.clone())
                .to_owned();
            let counters = self.graph.counters(node);
            counts::apply(counters, archive, &counted, Change::ArriveInTrash, self.db).await?;
            let removed = delete(archive, moved_rows, self.db).await?;
            self.expect(member, moved, removed)?;
        }
        Ok(moved)
    }

    /// The condition that a row of the archive is in the table again.
    fn is_back(&self, member: &dyn SoftMember, archive: &dyn SoftMember) -> Expr {
        let back = PARENT.into_iden();
        let mut rows = Query::select();
        rows.expr(Expr::Constant(1.into()))
            .from_as(member.table(), back.clone())
            .cond_where(member.is_of_any(back.clone(), &[self.operation], self.backend))
            .and_where(member.lift());
        for column in member.primary_key() {
            let own = Expr::col((back.clone(), column.clone()));
            rows.and_where(own.equals((archive.alias(), column)));
        }
        Expr::exists(rows)
    }

    /// Inserts these rows of the archive into the table.
    async fn insert(
        &self,
        member: &dyn SoftMember,
        rows: Condition,
    ) -> Result<u64, SoftDeleteError> {
        let archive = member.soft_at(Place::Archive);
        let columns = member.columns();
        let own = columns.iter().cloned();
        let mut select = Query::select();
        select
            .columns(own.map(|column| (archive.alias(), column)))
            .from(archive.table())
            .cond_where(rows);
        if self.backend != DbBackend::Sqlite {
            select.lock(LockType::Update);
        }
        let mut insert = Query::insert();
        insert.into_table(member.table()).columns(columns);
        insert.select_from(select).map_err(of_query)?;
        let done = self.db.execute(&FollowUp(WithKeys(insert))).await;
        done.map(|done| done.rows_affected())
            .map_err(|error| self.explained(member, error))
    }

    fn explained(&self, member: &dyn SoftMember, error: DbErr) -> SoftDeleteError {
        match error.sql_err() {
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => SoftDeleteError::NotReturned {
                entity: member.name(),
                operation: self.operation,
                source: Box::new(error),
            },
            _ => unique_violation::of_restore(error, member.name(), None),
        }
    }

    fn expect(
        &self,
        member: &dyn SoftMember,
        moved: u64,
        gone: u64,
    ) -> Result<(), SoftDeleteError> {
        match moved == gone {
            true => Ok(()),
            false => Err(SoftDeleteError::Contended {
                entity: member.name(),
                by: format!("operation = {}", self.operation),
            }),
        }
    }

    /// Returns archived parents of archived rows too, if they are to be restored. Refuses if a parent stays archived, or
    /// no longer exists.
    async fn resolve_parents(&self, node: NodeId) -> Result<(), SoftDeleteError> {
        let edges = self.graph.lives_below(node);
        for edge in edges.filter(|edge| edge.condition.is_none()) {
            while let Some((child, parent)) = self.orphan(edge).await? {
                let family = Family::of(self.graph, node)?;
                let Some(parent) = parent else {
                    let key = key_above(edge, &child);
                    return Err(parent_gone(&family, edge, child, key));
                };
                match parent.operation {
                    Some(operation) if self.ancestors == Ancestors::Restore => {
                        let related = self.graph.related(edge.parent).into_iter();
                        let above = Return::of(related, operation, self.ancestors, self.db);
                        Box::pin(above.run()).await?;
                    }
                    _ => return Err(parent_trashed(&family, edge, child, parent)),
                }
            }
        }
        Ok(())
    }

    /// An archived row of the operation that belongs to no row of its parent's table, nor to a row that comes back with
    /// it; and the row to which it belongs, if that is archived.
    async fn orphan(&self, edge: &Edge) -> Result<Option<(Row, Option<Row>)>, SoftDeleteError> {
        let (Some(parent), Some(archive)) =
            (self.graph.soft(edge.parent), self.graph.archive(edge.child))
        else {
            return Ok(None);
        };
        let parent_archive = self.graph.archive(edge.parent);
        let any = |_: &dyn SoftMember| Condition::all();
        let comes_back = |parent: &dyn SoftMember| {
            parent.is_of_any(PARENT.into_iden(), &[self.operation], self.backend)
        };
        let mut rows = self.is_of(archive).add(is_not_true(belongs_to_rows(
            edge,
            parent,
            any,
            archive,
            self.backend,
        )));
        if let Some(parent) = parent_archive {
            let comes_back = belongs_to_rows(edge, parent, comes_back, archive, self.backend);
            rows = rows.add(is_not_true(comes_back));
        }
        for column in &edge.child_columns {
            rows = rows.add(Expr::col((archive.alias(), column.clone())).is_not_null());
        }
        let mut orphans: SelectStatement = archive.select(rows);
        orphans.limit(1);
        as_of_now(&mut orphans, self.backend);
        let Some(orphan) = self.db.query_one(&FollowUp(orphans)).await? else {
            return Ok(None);
        };
        let child = archive.read(&orphan)?;
        let Some(parent) = parent_archive else {
            return Ok(Some((child, None)));
        };
        let mut above = parent.select(parent_of(edge, parent, &child));
        above.limit(1);
        as_of_now(&mut above, self.backend);
        let above = self.db.query_one(&FollowUp(above)).await?;
        let above = above.map(|row| parent.read(&row)).transpose()?;
        Ok(Some((child, above)))
    }
}

/// The condition that a row of the parent is the one to which the child belongs.
fn parent_of(edge: &Edge, parent: &dyn SoftMember, child: &Row) -> Condition {
    let mut all = Condition::all();
    for (above, column) in edge.parent_columns.iter().zip(&edge.child_columns) {
        let above = Expr::col((parent.alias(), above.clone()));
        all = all.add(above.eq(value_of(child, column)));
    }
    all
}

fn without_alias(table: TableRef) -> TableRef {
    match table {
        TableRef::Table(name, _) => TableRef::Table(name, None),
        table => table,
    }
}

fn of_query(error: sea_orm::sea_query::error::Error) -> SoftDeleteError {
    DbErr::Custom(error.to_string()).into()
}
