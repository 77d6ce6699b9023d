//! The statements of an erasure: overwrites rows, and removes them.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Query, ValueTuple};
use sea_orm::{Condition, ConnectionTrait, DbErr, SqlErr, Value};

use crate::deletion_log::Verb;
use crate::entity::erasure::{EraseColumn, EraseRule, RowKey};
use crate::erasure::log;
use crate::erasure::receipt::ErasedTable;
use crate::erasure::walk::{Reached, Walk, is_among, values_of};
use crate::error::SoftDeleteError;
use crate::family::counts::{self, Change};
use crate::family::{
    self, Deeds, FollowUp, Graph, SoftMember, backup, is_not_true, permission, tuple,
};
use crate::query::stamp::bindable;
use crate::report::EntityRows;

/// How many rows one UPDATE overwrites with the same values.
const ROWS_AT_ONCE: usize = 10_000;

/// How many rows one UPDATE overwrites with values that depend on the row.
const CASES_AT_ONCE: usize = 500;

/// Fails unless the connection permits what the erasure writes.
pub(super) async fn ask_permission<C: ConnectionTrait>(
    walk: &Walk,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = Graph::registered();
    for table in &walk.tables {
        let is_overwritten = !table.rules().columns.is_empty() && table.staying().next().is_some();
        let member = graph.soft(table.node);
        if let (Some(member), true) = (member, is_overwritten) {
            permission::to_update(member, db).await?;
        }
    }
    for removal in &walk.removals {
        if let Some(root) = graph.soft(removal.family.root) {
            permission::to_delete(root, db).await?;
        }
    }
    Ok(())
}

/// Overwrites and removes the rows. Returns what it did in each table.
pub(super) async fn run<C: ConnectionTrait>(
    walk: &Walk,
    db: &C,
) -> Result<Vec<ErasedTable>, SoftDeleteError> {
    let graph = Graph::registered();
    let mut erased = Vec::new();
    let mut deeds = Deeds::new(Verb::Erase, graph);
    for table in &walk.tables {
        let Some(member) = table.member() else {
            continue;
        };
        let overwritten = overwrite(member, table, db).await?;
        deeds.extend(None, &[(table.node, overwritten)]);
        if overwritten > 0 {
            let columns = table.rules().columns.iter();
            erased.push(ErasedTable {
                entity: table.name(),
                overwritten,
                removed: 0,
                columns: columns.map(|it| it.column.to_string()).collect(),
            });
        }
    }
    remove_archived(walk, &mut erased, db).await?;
    for removal in &walk.removals {
        let counts = family::force_delete(&removal.family, &removal.rows, db).await?;
        for (node, count) in counts {
            ErasedTable::add_removed(&mut erased, graph.member(node).name(), count);
        }
    }
    deeds.write(db).await?;
    log::erase_reasons(walk, db).await?;
    Ok(erased)
}

/// Removes rows of archives.
async fn remove_archived<C: ConnectionTrait>(
    walk: &Walk,
    erased: &mut Vec<ErasedTable>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = Graph::registered();
    let mut deeds = Deeds::new(Verb::ForceDelete, graph);
    for table in walk.tables.iter().filter(|table| table.is_archive) {
        let Some(archive) = table.member() else {
            continue;
        };
        let keys: Vec<&ValueTuple> = table.removed().collect();
        for keys in keys.chunks(CASES_AT_ONCE) {
            let rows = is_among(archive, keys.iter().copied());
            let rows = Condition::all().add(rows);
            let count = family::delete_archived(archive, rows, db).await?;
            deeds.extend(None, &[(table.node, count)]);
            ErasedTable::add_removed(erased, table.name(), count);
        }
    }
    deeds.write(db).await
}

async fn overwrite<C: ConnectionTrait>(
    member: &dyn SoftMember,
    table: &Reached,
    db: &C,
) -> Result<u64, SoftDeleteError> {
    let columns = &table.rules().columns;
    let keys: Vec<ValueTuple> = table.staying().cloned().collect();
    if columns.is_empty() || keys.is_empty() {
        return Ok(0);
    }
    let by_key = |it: &EraseColumn| matches!(it.rule, EraseRule::ByKey(_));
    let at_once = match columns.iter().any(by_key) {
        true => CASES_AT_ONCE,
        false => ROWS_AT_ONCE,
    };
    // The archive is not counted.
    let is_written = |name: &str| columns.iter().any(|it| it.column.to_string() == name);
    let moves = !table.is_archive && counts::depend_on(table.node, is_written);
    let mut overwritten = 0;
    for keys in keys.chunks(at_once) {
        let mut update = Query::update();
        update.table(member.table());
        for column in columns {
            update.value(column.column.clone(), value(member, column, keys, db)?);
        }
        let rows = || Condition::all().add(is_among(member, keys));
        backup::write_overwritten(member, rows, db).await?;
        let is_held = member.is_held(member.alias());
        update
            .and_where(is_among(member, keys))
            .and_where(member.lift())
            .and_where_option(is_held.map(is_not_true));
        let rows = || Condition::all().add(is_among(member, keys));
        if moves {
            counts::apply_to(table.node, rows(), Change::Leave, db).await?;
        }
        let done = db.execute(&FollowUp(update)).await;
        let done = done.map_err(|error| explained(member, error))?;
        if moves {
            counts::apply_to(table.node, rows(), Change::Arrive, db).await?;
        }
        overwritten += done.rows_affected();
    }
    match (keys.len() as u64).saturating_sub(overwritten) {
        0 => Ok(overwritten),
        // The rows are locked, so that they are still there, and a parent came under a hold.
        count => Err(SoftDeleteError::Held {
            entity: member.name(),
            held: vec![EntityRows {
                entity: member.name(),
                count,
            }],
        }),
    }
}

/// What an UPDATE of these rows assigns to the column.
fn value<C: ConnectionTrait>(
    member: &dyn SoftMember,
    column: &EraseColumn,
    keys: &[ValueTuple],
    db: &C,
) -> Result<Expr, SoftDeleteError> {
    let backend = db.get_database_backend();
    let bound = |value: Value| (column.save_as)(Expr::val(bindable(value, backend)));
    let checked = |value: Result<Value, String>| {
        value
            .map(bound)
            .map_err(|why| SoftDeleteError::NotErasable {
                entity: member.name(),
                why: format!("`{}` cannot be overwritten, because {why}", column.column),
                remedy: "nothing was erased",
            })
    };
    let of_key = match &column.rule {
        EraseRule::Null(null) => return Ok(bound(null.clone())),
        EraseRule::Literal(value) => return checked(value.clone()),
        EraseRule::ByKey(of_key) => of_key,
    };
    let key_columns = tuple(&member.alias(), &member.primary_key());
    let mut by_key = CaseStatement::new();
    for key in keys {
        let is_row = key_columns.clone().eq(values_of(key));
        by_key = by_key.case(is_row, checked(of_key(&RowKey(key.clone())))?);
    }
    Ok(by_key.finally(Expr::col(column.column.clone())).into())
}

/// The error of an UPDATE, with its own variant if the overwritten values are not unique.
fn explained(member: &dyn SoftMember, error: DbErr) -> SoftDeleteError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => SoftDeleteError::NotErasable {
            entity: member.name(),
            why: format!("an overwritten value is not unique ({message})"),
            remedy: "put `{key}` into the literal, so that each row gets a value of its own; nothing was erased",
        },
        _ => error.into(),
    }
}
