//! What the trashed rows of one entity record about operations, without the entity's type.

use sea_orm::sea_query::{
    Asterisk, Condition, DynIden, Expr, ExprTrait, Func, LockBehavior, LockType, Order, Query,
    SelectStatement, WindowStatement,
};
use sea_orm::{DbBackend, DbErr, QueryResult, Value};

use crate::entity::any_entity::AnyColumn;
use crate::entity::marker::MarkerStorage;
use crate::entity::member::Member;
use crate::entity::uuid_in;
use crate::family::member::{AnySoftMember, SoftMember, as_text};
use crate::family::operations::group::{
    FoundRoot, Group, IdRange, OperationRows, Search, SearchOrder,
};
use crate::family::operations::root::OperationRoot;
use crate::family::operations::text_format;
use crate::operation::id::{NewOperation, OperationId};
use crate::operation::timestamp::Timestamp;
use crate::query::stamp;

// Names that no column of the table has.
const ID: &str = "soft_delete_operation";
const DELETED_BY: &str = "soft_delete_by";
const REASON: &str = "soft_delete_reason";
const COUNT: &str = "soft_delete_count";
const COUNT_OF_VALUE: &str = "soft_delete_count_of";
const PURGE_AT: &str = "soft_delete_purge_at";
const TITLE: &str = "soft_delete_title";
const PLACE: &str = "soft_delete_place";

impl OperationRows for AnySoftMember {
    fn tell_operations(&self) -> bool {
        let columns = self.soft_delete();
        columns.operation.is_some() || columns.marker.holds_instants()
    }

    fn tell_who(&self) -> bool {
        self.soft_delete().deleted_by.is_some()
    }

    fn ids(&self, search: &Search<'_>, backend: DbBackend) -> Option<SelectStatement> {
        let columns = self.soft_delete();
        let mut select = self.trashed();
        let order = match columns.operation {
            Some(to) => {
                let column = Expr::col(to.column.as_column_ref());
                select.and_where(column.clone().is_not_null());
                if matches!((to.null)(), Value::String(_)) {
                    // Other text is no id, and must not take the place of an id.
                    select.and_where(column.clone().like(text_format::UUID));
                }
                let is_before = |before| {
                    let id = match before {
                        OperationId::Uuid(id) => id,
                        OperationId::Instant(at) => NewOperation::ids_of(at).0,
                    };
                    column.clone().lt(bound(to.column, (to.value)(id), backend))
                };
                select.and_where_option(search.before.map(is_before));
                if let Some(due) = search.due {
                    let is_old = due.before.map(|at| is_before(OperationId::Instant(at)));
                    select.and_where(self.due_condition(self.alias(), is_old, due.now, backend)?);
                }
                if let Some(after) = search.after {
                    let id = |id| bound(to.column, (to.value)(id), backend);
                    let last = match after {
                        OperationId::Uuid(id) => id,
                        OperationId::Instant(at) => NewOperation::ids_of(at).1,
                    };
                    select.and_where(column.clone().gt(id(last)));
                    // The mark of a purge sorts behind the id.
                    let mark = after.being_purged().and_then(OperationId::uuid);
                    select.and_where_option(mark.map(|mark| column.clone().ne(id(mark))));
                }
                column
            }
            None => {
                let marker = columns.marker;
                let stored = |at| marker.trashed_value(at);
                let column = Expr::col(marker.column().as_column_ref());
                let kind = stored(Timestamp::MIN);
                select.and_where_option(text_format::is_ours(&column, &kind, backend));
                let sortable = |expr| text_format::sortable(expr, &kind, backend);
                let is_before = |before: OperationId| {
                    let at = bound(marker.column(), stored(before.instant()), backend);
                    let (column, at) = (sortable(column.clone()), sortable(at));
                    match before {
                        // These rows may belong to an older id of the same instant.
                        OperationId::Uuid(_) => column.lte(at),
                        OperationId::Instant(_) => column.lt(at),
                    }
                };
                select.and_where_option(search.before.map(is_before));
                if let Some(due) = search.due {
                    let is_old = due.before.map(|at| is_before(OperationId::Instant(at)));
                    select.and_where(self.due_condition(self.alias(), is_old, due.now, backend)?);
                }
                if let Some(after) = search.after {
                    let at = bound(marker.column(), stored(after.instant()), backend);
                    select.and_where(sortable(column.clone()).gt(sortable(at)));
                }
                sortable(column)
            }
        };
        if let Some(who) = search.by {
            let to = columns.deleted_by?;
            let column = Expr::col(to.column.as_column_ref());
            select.and_where(column.eq(bound(to.column, (to.value)(who)?, backend)));
        }
        if let Some(rows) = search.rows {
            select.cond_where(rows.clone());
        }
        let direction = match search.order {
            SearchOrder::NewestFirst => Order::Desc,
            SearchOrder::OldestFirst => Order::Asc,
        };
        select
            .order_by_expr(order, direction)
            .limit(search.limit)
            .add_group_by([Expr::col(self.id_column().as_column_ref())]);
        Some(select)
    }

    fn ids_and_counts(&self, search: &Search<'_>, backend: DbBackend) -> Option<SelectStatement> {
        let mut select = self.ids(search, backend)?;
        select.expr_as(Expr::cust("COUNT(*)"), COUNT);
        Some(select)
    }

    fn has_purge_at(&self) -> bool {
        self.soft_delete().purge_at.is_some()
    }

    fn group_by_operation(&self, select: &mut SelectStatement) {
        let id = self.id_column();
        let column = Expr::col(id.as_column_ref());
        select
            .expr_as(id.select_as(column.clone()), ID)
            .add_group_by([column]);
    }

    fn read_id(&self, row: &QueryResult) -> Result<Option<OperationId>, DbErr> {
        let columns = self.soft_delete();
        Ok(match columns.operation {
            Some(to) => uuid_in(&(to.read)(row, ID)?).map(OperationId::of_row),
            None => {
                let at = columns.marker.read_instant(row, ID)?;
                at.map(OperationId::Instant)
            }
        })
    }

    fn grouped(&self, ids: &[OperationId], backend: DbBackend) -> SelectStatement {
        let columns = self.soft_delete();
        let mut select = self.trashed();
        let column = Expr::col(self.id_column().as_column_ref());
        select.cond_where(self.is_of_any(self.alias(), ids, backend));
        let said = [
            (columns.deleted_by.map(|to| to.column), DELETED_BY),
            (columns.reason, REASON),
        ];
        let mut groups = vec![column];
        for (column, name) in said {
            let Some(column) = column else { continue };
            let expr = Expr::col(column.as_column_ref());
            select.expr_as(column.select_as(expr.clone()), name);
            groups.push(expr);
        }
        if let Some(to) = columns.purge_at {
            let expr = Expr::col(to.column.as_column_ref());
            select.expr_as(to.column.select_as(expr.clone()), PURGE_AT);
            groups.push(expr);
        }
        select
            .expr_as(Expr::cust("COUNT(*)"), COUNT)
            .add_group_by(groups)
            .to_owned()
    }

    fn count_between(&self, range: &IdRange, backend: DbBackend) -> Option<SelectStatement> {
        let columns = self.soft_delete();
        let mut select = self.trashed();
        let mut groups = vec![Expr::col(self.id_column().as_column_ref())];
        if let Some(to) = columns.purge_at {
            let expr = Expr::col(to.column.as_column_ref());
            select.expr_as(to.column.select_as(expr.clone()), PURGE_AT);
            groups.push(expr);
        }
        select
            .expr_as(Expr::cust("COUNT(*)"), COUNT)
            .and_where(self.is_between(self.alias(), range, backend)?)
            .add_group_by(groups);
        Some(select)
    }

    fn read_count_between(&self, row: &QueryResult) -> Result<Option<Group>, DbErr> {
        let purge_at = self.soft_delete().purge_at;
        let purge_at = purge_at.map(|to| (to.read)(row, PURGE_AT)).transpose()?;
        let count = self.read_count(row)?;
        Ok(count.map(|(id, count)| Group {
            id,
            deleted_by: None,
            reason: None,
            purge_at: purge_at.as_ref().and_then(Timestamp::from_value),
            count,
        }))
    }

    fn read_group(&self, row: &QueryResult) -> Result<Option<Group>, DbErr> {
        let columns = self.soft_delete();
        let Some(id) = self.read_id(row)? else {
            return Ok(None);
        };
        let who = columns.deleted_by.map(|to| (to.read)(row, DELETED_BY));
        let why = columns.reason.map(|_| row.try_get("", REASON));
        let purge_at = columns.purge_at.map(|to| (to.read)(row, PURGE_AT));
        let count: i64 = row.try_get("", COUNT)?;
        Ok(Some(Group {
            id,
            purge_at: purge_at
                .transpose()?
                .as_ref()
                .and_then(Timestamp::from_value),
            deleted_by: who.transpose()?.filter(|who| *who != who.as_null()),
            reason: why.transpose()?.flatten(),
            count: u64::try_from(count).unwrap_or_default(),
        }))
    }

    fn roots(&self, among: Condition, limit: u64, backend: DbBackend) -> SelectStatement {
        let of_operation = || WindowStatement::partition_by(self.id_column().as_column_ref());
        let mut by_key = of_operation();
        let mut rows = self.trashed();
        for column in self.entity().key() {
            let expr = Expr::col(column.as_column_ref());
            rows.expr_as(column.select_as(expr), column.as_str());
            by_key.order_by(column.as_column_ref(), Order::Asc);
        }
        if let Some(title) = self.soft_delete().title {
            let title = Expr::col(title.as_column_ref());
            rows.expr_as(as_text(title, backend), TITLE);
        }
        rows.expr_window_as(Expr::cust("ROW_NUMBER()"), by_key, PLACE)
            .expr_window_as(Expr::cust("COUNT(*)"), of_operation(), COUNT)
            .cond_where(among);
        Query::select()
            .column(Asterisk)
            .from_subquery(rows, "soft_delete_roots")
            .and_where(Expr::col(PLACE).lte(limit))
            .order_by(PLACE, Order::Asc)
            .to_owned()
    }

    fn is_of_any(&self, alias: DynIden, ids: &[OperationId], backend: DbBackend) -> Condition {
        let columns = self.soft_delete();
        let column = Expr::col((alias, self.id_column().as_column_ref().1));
        let Some(to) = columns.operation else {
            let marker = columns.marker;
            let at = |id: &OperationId| {
                let value = marker.trashed_value(id.instant());
                bound(marker.column(), value, backend)
            };
            return Condition::all().add(column.is_in(ids.iter().map(at)));
        };
        let id = |id| bound(to.column, (to.value)(id), backend);
        if ids.is_empty() {
            return Condition::all().add(Expr::Constant(false.into()));
        }
        let mut any = Condition::any();
        let marked = ids.iter().filter_map(|id| id.being_purged());
        let all = ids.iter().copied().chain(marked);
        let uuids: Vec<Expr> = all.filter_map(OperationId::uuid).map(id).collect();
        if !uuids.is_empty() {
            any = any.add(column.clone().is_in(uuids));
        }
        for at in ids.iter().filter(|id| id.uuid().is_none()) {
            let (first, last) = NewOperation::ids_of(at.instant());
            any = any.add(column.clone().between(id(first), id(last)));
        }
        // Callers add conditions to it.
        Condition::all().add(any)
    }

    fn is_between(&self, alias: DynIden, range: &IdRange, backend: DbBackend) -> Option<Expr> {
        let to = self.soft_delete().operation?;
        let column = Expr::col((alias, to.column.as_column_ref().1));
        let id = |id: &OperationId| {
            let id = id.uuid()?;
            Some(bound(to.column, (to.value)(id), backend))
        };
        let (first, last) = range.ends();
        let mut between = column.clone().between(id(&first)?, id(&last)?);
        let without = range.without();
        if !without.is_empty() {
            let without = without.iter().filter_map(id);
            between = between.and(column.clone().is_not_in(without));
        }
        if !range.marks().is_empty() {
            between = between.or(column.is_in(range.marks().iter().filter_map(id)));
        }
        Some(between)
    }

    fn is_due(
        &self,
        alias: DynIden,
        until: Timestamp,
        now: Option<Timestamp>,
        backend: DbBackend,
    ) -> Option<Expr> {
        let marker = self.soft_delete().marker;
        let holds_instant = !matches!(marker.storage(), MarkerStorage::Flag);
        let is_old = holds_instant.then(|| {
            let until = marker.trashed_value(until);
            is_until(&alias, marker.column(), until, backend)
        });
        self.due_condition(alias, is_old, now, backend)
    }

    fn lock_and_count(&self, rows: Condition, backend: DbBackend) -> SelectStatement {
        let mut locked = self.trashed();
        locked.cond_where(rows);
        if backend != DbBackend::Sqlite {
            locked.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        Query::select()
            .column(ID)
            .expr_as(Expr::cust("COUNT(*)"), COUNT)
            .from_subquery(locked, "soft_delete_locked")
            .add_group_by([Expr::col(ID)])
            .to_owned()
    }

    fn lock_keys(&self, rows: Condition) -> SelectStatement {
        let mut locked = self.trashed();
        for column in self.entity().key() {
            let expr = Expr::col(column.as_column_ref());
            locked.expr_as(column.select_as(expr), column.as_str());
        }
        locked
            .cond_where(rows)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .to_owned()
    }

    fn read_count(&self, row: &QueryResult) -> Result<Option<(OperationId, u64)>, DbErr> {
        let count: i64 = row.try_get("", COUNT)?;
        let id = self.read_id(row)?;
        Ok(id.map(|id| (id, u64::try_from(count).unwrap_or_default())))
    }

    fn count_by_operation(&self, value: Expr) -> SelectStatement {
        let id = self.id_column();
        let column = Expr::col(id.as_column_ref());
        Query::select()
            .expr_as(id.select_as(column.clone()), ID)
            .expr_as(Expr::cust("COUNT(*)"), COUNT)
            .expr_as(Expr::expr(Func::count(value)), COUNT_OF_VALUE)
            .from(self.table())
            .and_where(self.lift())
            .add_group_by([column])
            .to_owned()
    }

    fn read_counts(&self, row: &QueryResult) -> Result<Option<(OperationId, u64, u64)>, DbErr> {
        let of_value: i64 = row.try_get("", COUNT_OF_VALUE)?;
        let count = self.read_count(row)?;
        Ok(count.map(|(id, count)| (id, count, u64::try_from(of_value).unwrap_or_default())))
    }

    fn read_root(&self, row: &QueryResult) -> Result<Option<FoundRoot>, DbErr> {
        let Some(id) = self.read_id(row)? else {
            return Ok(None);
        };
        let title = self.soft_delete().title.map(|_| row.try_get("", TITLE));
        let count: i64 = row.try_get("", COUNT)?;
        Ok(Some(FoundRoot {
            id,
            root: OperationRoot {
                entity: self.name(),
                key: self.read_key(row)?,
                title: title.transpose()?.flatten(),
            },
            of: u64::try_from(count).unwrap_or_default(),
        }))
    }
}

impl AnySoftMember {
    /// Selects the column that identifies the operation of a trashed row.
    fn trashed(&self) -> SelectStatement {
        let id = self.id_column();
        Query::select()
            .expr_as(id.select_as(Expr::col(id.as_column_ref())), ID)
            .from(self.table())
            .and_where(self.is_trashed(self.alias()))
            .and_where(self.lift())
            .to_owned()
    }

    /// The column that identifies the operation of a trashed row.
    fn id_column(&self) -> AnyColumn {
        let columns = self.soft_delete();
        columns
            .operation
            .map(|to| to.column)
            .unwrap_or(columns.marker.column())
    }

    /// The condition that a trashed row is due: its `purge_at` has passed or, if it has none, it is old. `None` if
    /// nothing says so.
    fn due_condition(
        &self,
        alias: DynIden,
        is_old: Option<Expr>,
        now: Option<Timestamp>,
        backend: DbBackend,
    ) -> Option<Expr> {
        let (Some(to), Some(now)) = (self.soft_delete().purge_at, now) else {
            return is_old;
        };
        let is_null = Expr::col((alias.clone(), to.column.as_column_ref().1)).is_null();
        let has_passed = is_until(&alias, to.column, (to.value)(now), backend);
        Some(match is_old {
            Some(is_old) => has_passed.or(is_null.and(is_old)),
            None => has_passed,
        })
    }
}

/// The condition that the column holds this instant or an earlier one.
fn is_until(alias: &DynIden, column: AnyColumn, at: Value, backend: DbBackend) -> Expr {
    let sortable = |expr| text_format::sortable(expr, &at, backend);
    let held = Expr::col((alias.clone(), column.as_column_ref().1));
    sortable(held).lte(sortable(bound(column, at.clone(), backend)))
}

fn bound(column: AnyColumn, value: Value, backend: DbBackend) -> Expr {
    column.save_as(Expr::val(stamp::bindable(value, backend)))
}
