//! Statements that ask for trashed rows, and get none: the scope, or a verb, hides these rows.

use sea_orm::{DbBackend, Value};

use super::{Scope, Shared, call_site};
use crate::default_scope::values::integer;
use crate::entity::marker::MarkerStorage;
use crate::error::SoftDeleteError;
use sql_row_scope::{MarkerUse, MarkerUseKind, Operator, Plan};

const ASK_FOR_TRASH: &str = "to reach trashed rows, use `only_trashed()`, `with_trashed()` or the handle \
                                        `db.with_trashed_of(…)`; if the rows are to be live, remove the condition";
const PURGE: &str = "to remove trashed rows for good, use `Purge`, `force_delete_many()`, or in SQL the \
                                comment `/* soft_delete: force_delete */`";
const RESTORE: &str = "to restore trashed rows, use `restore_by_id`, `restore_many` or `insert_or_revive`; \
                                  if the rows are live, leave the marker out";

impl Scope {
    /// Emits an event for each part of the statement that contradicts the scope. Refuses the statement if one of its
    /// conditions is true for no live row, and the scope is strict.
    ///
    /// Under `explicit_marker_wins` it also refuses such a DELETE. One whose text is about trashed rows alone is
    /// physical there, but here only a bound value says so, and the text was planned for any value.
    pub(super) fn contradictions(
        &self,
        sql: &str,
        plan: &Plan,
        values: &[Value],
        backend: DbBackend,
    ) -> Result<(), SoftDeleteError> {
        for found in &plan.contradictions {
            if found.kind == MarkerUseKind::Other {
                tracing::warn!(
                    call_site = call_site(),
                    table = self.shared.tables[found.table].key().1,
                    condition = found.text,
                    remedy = PURGE,
                    sql,
                    "a DELETE computes with the marker, and reaches live rows alone",
                );
                continue;
            }
            let Some(is_condition) = self.shared.contradicts(found, values, backend) else {
                continue;
            };
            let table = self.shared.tables[found.table].key().1;
            let is_delete = plan.trashed.iter().any(|of| of.table == found.table);
            let remedy = match (is_condition, is_delete) {
                (false, _) => RESTORE,
                (true, false) => ASK_FOR_TRASH,
                (true, true) => PURGE,
            };
            let is_refused = self.shared.refuse_contradictions
                || (is_delete && self.shared.explicit_marker_wins);
            if is_condition && is_refused {
                tracing::warn!(
                    call_site = call_site(),
                    table,
                    condition = found.text,
                    remedy,
                    sql,
                    "a statement is refused"
                );
                return Err(SoftDeleteError::NotScopable {
                    table: table.to_owned(),
                    construct: format!(
                        "the condition `{}`, which no live row satisfies,",
                        found.text
                    ),
                    remedy,
                });
            }
            if is_condition {
                tracing::warn!(
                    call_site = call_site(),
                    table,
                    condition = found.text,
                    remedy,
                    sql,
                    "a statement asks for trashed rows, and finds none",
                );
            } else {
                tracing::warn!(
                    call_site = call_site(),
                    table,
                    assignment = found.text,
                    remedy,
                    sql,
                    "a statement makes rows live, and reaches only rows that are",
                );
            }
        }
        Ok(())
    }
}

impl Shared {
    /// Whether this part of a statement with these values makes sense for trashed rows alone; and then,
    /// whether it is a condition (or else an assignment).
    pub(super) fn contradicts(
        &self,
        found: &MarkerUse,
        values: &[Value],
        backend: DbBackend,
    ) -> Option<bool> {
        let table = &self.tables[found.table];
        match found.kind {
            MarkerUseKind::TrashedRows => Some(true),
            MarkerUseKind::SetLive => Some(false),
            MarkerUseKind::Compared { operator, value } => {
                let value = values.get(value)?;
                let is_one = match table.storage()? {
                    MarkerStorage::Flag => match operator {
                        Operator::Equal => is_true(value)?,
                        Operator::NotEqual => !is_true(value)?,
                        _ => false,
                    },
                    MarkerStorage::Epoch { .. } | MarkerStorage::NullableEpoch { .. } => {
                        operator.of_zero(number(value)?) == Some(false)
                    }
                    MarkerStorage::Sentinel { .. } => {
                        let is_live = *value == table.live_value(backend)?;
                        match operator {
                            Operator::Equal => !is_live,
                            Operator::NotEqual | Operator::Less | Operator::Greater => is_live,
                            _ => false,
                        }
                    }
                    MarkerStorage::Nullable { .. } => true,
                };
                is_one.then_some(true)
            }
            MarkerUseKind::SetTo { value } => {
                let value = values.get(value)?;
                let is_null = *value == value.as_null();
                let is_live = match table.storage()? {
                    MarkerStorage::Nullable { .. } => is_null,
                    MarkerStorage::NullableEpoch { .. } => is_null || number(value)? == 0,
                    MarkerStorage::Epoch { .. } => number(value)? == 0,
                    MarkerStorage::Flag => !is_true(value)?,
                    MarkerStorage::Sentinel { .. } => *value == table.live_value(backend)?,
                };
                is_live.then_some(false)
            }
            MarkerUseKind::LiveRows | MarkerUseKind::Set | MarkerUseKind::Other => None,
        }
    }
}

fn is_true(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => *value,
        other => Some(number(other)? != 0),
    }
}

fn number(value: &Value) -> Option<i64> {
    i64::try_from(integer(value)?).ok()
}
